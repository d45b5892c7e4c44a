// The journal as one SQLite file: every call returns when its row is on the disk, whatever happens to the task that
// called.
package import DCV
import Foundation
import GRDB

/// The `Journal` port over an audit chain in SQLite (WAL, synchronous FULL). Several handles on one file are allowed;
/// writes take turns.
package struct SQLiteJournal: Journal {
    private let file: JournalFile

    /// Opens the journal of an existing state folder, or makes one where there never was one. A file that is missing
    /// though it once was there, or is empty, foreign, damaged, older than it should be or newer than this program is
    /// refused, never made anew.
    package static func open(folder: String) throws(JournalFailure) -> SQLiteJournal {
        SQLiteJournal(file: try JournalFile.open(folder: folder))
    }

    package func begin(_ intent: Intent) async throws(JournalFailure) {
        try await write { database in
            let body = try JournalText.encode(intent)
            guard try !AuditChain.contains(.intent, intent.id, in: database) else {
                throw JournalFailure(.stateRefused, "the journal already holds an intent \(intent.id)")
            }
            try AuditChain.append(AuditEntry(.intent, subject: intent.id, at: intent.at, body: body), to: database)
        }
    }

    package func end(_ receipt: Receipt) async throws(JournalFailure) {
        try await write { database in
            let body = try JournalText.encode(receipt)
            guard try AuditChain.contains(.intent, receipt.intent, in: database) else {
                throw JournalFailure(
                    .stateRefused,
                    "a receipt came for \(receipt.intent), which is no intent in the journal"
                )
            }
            guard try !AuditChain.contains(.receipt, receipt.intent, in: database) else {
                throw JournalFailure(
                    .stateRefused,
                    "the intent \(receipt.intent) already has its receipt in the journal"
                )
            }
            try AuditChain.append(
                AuditEntry(.receipt, subject: receipt.intent, at: receipt.at, body: body),
                to: database
            )
        }
    }

    package func history(since: Instant) async throws(JournalFailure) -> History {
        try await write { database in
            History(
                entries: try JournalQueries.entries(since: since, in: database),
                quarantined: try JournalQueries.quarantined(in: database)
            )
        }
    }

    package func quarantine(publisher: String, reason: String, at: Instant) async throws(JournalFailure) {
        try await write { database in
            let body = try JournalText.encode(["reason": reason])
            try AuditChain.append(AuditEntry(.quarantine, subject: publisher, at: at, body: body), to: database)
        }
    }

    package func trust(publisher: String, at: Instant) async throws(JournalFailure) {
        try await write { database in
            try AuditChain.append(AuditEntry(.trust, subject: publisher, at: at, body: "{}"), to: database)
        }
    }

    package func toldFindings() async throws(JournalFailure) -> [ToldFinding] {
        try await write { try JournaledFindings.read($0) }
    }

    package func keep(told: [ToldFinding]) async throws(JournalFailure) {
        try await write { try JournaledFindings.replace(with: told, in: $0) }
    }

    package func hookTests() async throws(JournalFailure) -> [HookTest] {
        try await write { try JournaledHookTests.read($0) }
    }

    package func keep(_ test: HookTest) async throws(JournalFailure) {
        try await write { try JournaledHookTests.keep(test, in: $0) }
    }

    package func begin(trial write: TrialWrite) async throws(JournalFailure) {
        try await self.write { try JournaledTrials.begin(write, in: $0) }
    }

    package func end(trial id: String) async throws(JournalFailure) {
        try await write { try JournaledTrials.end(id, in: $0) }
    }

    package func trialWrites() async throws(JournalFailure) -> [TrialWrite] {
        try await write { try JournaledTrials.read($0) }
    }

    package func awaited(
        adding challenges: [AwaitedChallenge],
        forgetting: Set<AuthorizationKey>,
        since: Instant
    ) async throws(JournalFailure) -> [AwaitedChallenge] {
        try await write { database in
            try JournaledChallenges.change(adding: challenges, forgetting: forgetting, since: since, in: database)
        }
    }

    /// Recomputes the audit chain and returns how many rows it holds; refuses the journal when a row was changed,
    /// removed or added by somebody else.
    package func verify() async throws(JournalFailure) -> Int {
        try await write { database in try AuditChain.verify(database) }
    }

    /// One transaction, in full though the run is told to end: what it did gets its receipts.
    private func write<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(JournalFailure) -> Value {
        do {
            return try await file.queue.atomically(work).get()
        } catch {
            throw JournalFailure(error, path: file.path)
        }
    }
}

extension Database {
    /// A transaction that takes the write lock at its start, so that what it reads is still true when it writes.
    func atomically<Value>(_ work: (Database) throws -> Value) throws -> Value {
        try beginTransaction(.immediate)
        do {
            let value = try work(self)
            try commit()
            return value
        } catch {
            // A failed commit may have ended the transaction itself; the first error is the one to tell.
            try? rollback()
            throw error
        }
    }
}

// The count of calls to providers that all runs share: a table beside the audit chain, and memory alone where no file can hold it.
package import DCV
import Foundation
import GRDB

/// The `CallLedger` port over the journal's file. Several handles and processes count together: each admission is one transaction that
/// holds the write lock from its beginning.
///
/// The table is no part of the audit chain and its schema has no number: a journal without it gets it, a program without it passes it over.
/// Its connection is its own and synchronous NORMAL: losing the last counts at a power loss harms nobody, and a request does not wait for the
/// disk. What the journal itself writes stays FULL; its commits sync whatever stands before them in the same log.
package actor JournaledCalls: CallLedger {
    /// Where rows are kept for this process.
    private struct Place {
        let queue: DatabaseQueue
        let isFile: Bool
    }

    private let folder: String?
    /// Chosen at the first request: a run has made its journal by then, a command that only looks makes none.
    private var place: Place?
    /// Set once the file could not be used: then this process counts for itself alone, by the same rules.
    package private(set) var trouble: Finding?

    /// - Parameter folder: the state folder; nil where there is none.
    package init(folder: String?) { self.folder = folder }

    package func admit(
        _ call: CallKind,
        to provider: ProviderName,
        under limits: [CallLimit],
        at now: Instant
    ) async -> CallAdmission {
        await counted { try CallRules.admit(call, to: provider, under: limits, at: now, in: $0) } ?? .granted
    }

    package func ended(
        _ outcome: CallOutcome,
        at provider: ProviderName,
        at now: Instant,
        restUntil: Instant?
    ) async {
        _ = await counted { try CallRules.ended(outcome, at: provider, at: now, restUntil: restUntil, in: $0) }
    }

    /// What was sent to each provider of late, and which is left alone; for people.
    package func uses(at now: Instant) async -> [ProviderUse] {
        await counted { try CallRules.uses(at: now, in: $0) } ?? []
    }

    /// Nil when not even memory can count.
    private func counted<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async -> Value? {
        guard let place = openedPlace() else { return nil }
        let result = await place.queue.atomically(work)
        guard place.isFile, case .failure(let error) = result else { return try? result.get() }
        guard let memory = memory(after: error, from: place) else { return nil }
        return try? await memory.queue.atomically(work).get()
    }

    private func openedPlace() -> Place? {
        if let place { return place }
        guard let path = folder.map({ $0 + "/" + JournalFile.fileName }), FileManager.default.fileExists(atPath: path)
        else {
            place = Self.emptyMemory()
            return place
        }
        do {
            place = Place(queue: try Self.open(path), isFile: true)
            return place
        } catch {
            return memory(after: error, from: nil)
        }
    }

    /// The file failed: what it still lets be read goes on counting, and a person is told once.
    private func memory(after error: any Error, from failed: Place?) -> Place? {
        // Another call may have come here first.
        if let place, !place.isFile { return place }
        let memory = Self.emptyMemory()
        if let memory, let failed { try? CallRules.copy(from: failed.queue, to: memory.queue) }
        place = memory
        let path = (folder ?? ".") + "/" + JournalFile.fileName
        trouble = Finding(
            "calls-not-counted",
            .notice,
            subject: "the count of calls to providers",
            saw: JournalFailure(error, path: path).text,
            wanted: "one count for all runs, so that a provider's limit is never passed",
            advice: "repair the state folder; until then each run counts for itself alone"
        )
        return memory
    }

    private static func emptyMemory() -> Place? {
        guard let queue = try? DatabaseQueue() else { return nil }
        guard (try? queue.inDatabase { try CallRules.prepare($0) }) != nil else { return nil }
        return Place(queue: queue, isFile: false)
    }

    /// Through SQLite alone: to open and close the file by other means would let go of the locks that this process's journal holds on it.
    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(JournalFile.busySeconds)
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { database in
            let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
            let mark = try UInt32.fetchOne(database, sql: "PRAGMA application_id")
            let version = try Int.fetchOne(database, sql: "PRAGMA user_version")
            // Without the log NORMAL could damage the journal itself.
            guard mode == "wal", mark == JournalFile.applicationID, version == JournalFile.schemaVersion else {
                throw JournalFailure(.stateRefused, "the file is no journal of this dnsproof")
            }
            try database.atomically { try CallRules.prepare($0) }
        }
        return queue
    }
}

extension DatabaseQueue {
    /// One transaction. Not a task's business: what was sent must be counted though the run is told to end.
    func atomically<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async -> Result<Value, any Error> {
        await withCheckedContinuation { continuation in
            asyncWriteWithoutTransaction { database in
                continuation.resume(returning: Result { try database.atomically(work) })
            }
        }
    }
}

// The folder that holds the journal and the run lock: made private, and left alone by commands that only look.
package import DCV
import Foundation
import Platform

/// Where this agent keeps what must survive it.
package struct StateFolder: Sendable {
    package static let lockName = "run.lock"

    package let path: String

    package init(path: String) { self.path = path }

    /// The journal, made on first use: under the run lock, so that two first runs do not make it at once.
    package func journal() async throws(JournalFailure) -> any Journal {
        try makeFolder()
        if hasJournal { return try SQLiteJournal.open(folder: path) }
        let lock = try lock()
        // A run that holds the lock for longer has made the journal meanwhile.
        _ = try await lock.acquire(withinMilliseconds: Self.firstRunPatienceMilliseconds)
        defer { lock.release() }
        return try SQLiteJournal.open(folder: path)
    }

    private static let firstRunPatienceMilliseconds: Int64 = 5000

    private var hasJournal: Bool {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return false }
        return names.contains { $0 != Self.lockName }
    }

    /// The journal for a command that only looks: an empty one where nothing was ever recorded, and no folder is made for it.
    package func journalToRead() throws(JournalFailure) -> any Journal {
        guard hasJournal else { return NoJournal() }
        return try SQLiteJournal.open(folder: path)
    }

    /// The lock under which effects are made.
    package func lock() throws(JournalFailure) -> any EffectLock {
        try makeFolder()
        do {
            return FileEffectLock(try RunLock(path: path + "/" + Self.lockName))
        } catch {
            throw JournalFailure(.storeIO, "the run lock cannot be opened: \(error)")
        }
    }

    private func makeFolder() throws(JournalFailure) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw JournalFailure(
                .storeIO,
                "the state folder \(path) cannot be made (\((error as NSError).localizedDescription)); "
                    + "name another one under state:, or give this user the right"
            )
        }
    }
}

/// The journal of somebody who only looks and has never done anything.
package struct NoJournal: Journal {
    package init() {}

    package func begin(_ intent: Intent) async throws(JournalFailure) { throw Self.refusal }
    package func end(_ receipt: Receipt) async throws(JournalFailure) { throw Self.refusal }
    package func history(since: Instant) async throws(JournalFailure) -> History { .empty }

    package func quarantine(publisher: String, reason: String, at: Instant) async throws(JournalFailure) {
        throw Self.refusal
    }

    package func trust(publisher: String, at: Instant) async throws(JournalFailure) { throw Self.refusal }

    package func toldFindings() async throws(JournalFailure) -> [ToldFinding] { [] }
    package func keep(told: [ToldFinding]) async throws(JournalFailure) { throw Self.refusal }
    package func hookTests() async throws(JournalFailure) -> [HookTest] { [] }
    package func keep(_ test: HookTest) async throws(JournalFailure) { throw Self.refusal }
    package func begin(trial write: TrialWrite) async throws(JournalFailure) { throw Self.refusal }
    package func end(trial id: String) async throws(JournalFailure) { throw Self.refusal }
    package func trialWrites() async throws(JournalFailure) -> [TrialWrite] { [] }
    package func awaited(
        adding: [AwaitedChallenge],
        forgetting: Set<AuthorizationKey>,
        since: Instant
    ) async throws(JournalFailure) -> [AwaitedChallenge] { throw Self.refusal }

    private static let refusal = JournalFailure(.stateRefused, "this command only looks; it may not write the journal")
}

/// The lock of somebody who only looks: never needed, never in anybody's way.
package struct NoLock: EffectLock {
    package init() {}
    package func acquire(withinMilliseconds: Int64) async throws(JournalFailure) -> Bool { true }
    package func release() {}
}

private struct FileEffectLock: EffectLock {
    private let lock: RunLock

    init(_ lock: RunLock) { self.lock = lock }

    func acquire(withinMilliseconds limit: Int64) async throws(JournalFailure) -> Bool {
        do {
            return try await lock.acquire(withinMilliseconds: limit)
        } catch is CancellationError {
            return false
        } catch {
            throw JournalFailure(.storeIO, "the run lock cannot be taken: \(error)")
        }
    }

    func release() { lock.release() }
}

// The journal of a call that somebody has just made: what rested after an earlier failure is tried once more at once.
import DCV

/// A client that calls again has its reason: whoever started it has repaired something. Failures of this call itself rest as ever.
struct FreshJournal: Journal {
    let base: any Journal
    let keys: Set<AuthorizationKey>
    let calledAt: Instant

    func history(since: Instant) async throws(JournalFailure) -> History {
        let history = try await base.history(since: since)
        return History(entries: history.entries.map { rested($0) }, quarantined: history.quarantined)
    }

    private func rested(_ entry: JournalEntry) -> JournalEntry {
        guard keys.contains(entry.intent.authorization), let receipt = entry.receipt, receipt.outcome == .failed,
            receipt.at < calledAt
        else { return entry }
        let over = Receipt(
            intent: receipt.intent,
            outcome: receipt.outcome,
            code: receipt.code,
            reason: receipt.reason,
            at: receipt.at,
            notBefore: receipt.at
        )
        return JournalEntry(intent: entry.intent, receipt: over)
    }

    func begin(_ intent: Intent) async throws(JournalFailure) { try await base.begin(intent) }
    func end(_ receipt: Receipt) async throws(JournalFailure) { try await base.end(receipt) }

    func quarantine(publisher: String, reason: String, at: Instant) async throws(JournalFailure) {
        try await base.quarantine(publisher: publisher, reason: reason, at: at)
    }

    func trust(publisher: String, at: Instant) async throws(JournalFailure) {
        try await base.trust(publisher: publisher, at: at)
    }

    func toldFindings() async throws(JournalFailure) -> [ToldFinding] { try await base.toldFindings() }
    func keep(told: [ToldFinding]) async throws(JournalFailure) { try await base.keep(told: told) }
    func hookTests() async throws(JournalFailure) -> [HookTest] { try await base.hookTests() }
    func keep(_ test: HookTest) async throws(JournalFailure) { try await base.keep(test) }
    func begin(trial write: TrialWrite) async throws(JournalFailure) { try await base.begin(trial: write) }
    func end(trial id: String) async throws(JournalFailure) { try await base.end(trial: id) }
    func trialWrites() async throws(JournalFailure) -> [TrialWrite] { try await base.trialWrites() }

    func awaited(
        adding challenges: [AwaitedChallenge],
        forgetting: Set<AuthorizationKey>,
        since: Instant
    ) async throws(JournalFailure) -> [AwaitedChallenge] {
        try await base.awaited(adding: challenges, forgetting: forgetting, since: since)
    }
}

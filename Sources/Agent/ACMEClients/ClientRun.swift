// Serving one call of an ACME client: one ordinary run for which the client is the only provider, and what its end means to the caller.
package import DCV
import Synchronization

/// How a call ended, for a caller that reads the exit code, and for people who read the client's log.
package struct ClientOutcome: Sendable {
    package let exitCode: ExitCode
    /// For standard error.
    package let lines: [String]
}

package struct ClientRun: Sendable {
    /// An error that was met and stands for longer is not waited for any more: a person must act, and somebody waits for the answer.
    static let errorPatienceSeconds: Int64 = 60
    /// Calls of one certificate follow each other; what the journal holds from earlier is another attempt's.
    static let certificateSpanSeconds: Int64 = 3600
    /// For taking back what could not be proved.
    static let withdrawalMilliseconds: Int64 = 60_000

    private let call: ClientCall
    private let waitMilliseconds: Int64
    private let journal: any Journal
    private let clock: any Clock
    private let reconciler: @Sendable (any Provider, any Journal) -> Reconciler

    package init(
        _ call: ClientCall,
        waitMilliseconds: Int64,
        journal: any Journal,
        clock: any Clock,
        reconciler: @escaping @Sendable (any Provider, any Journal) -> Reconciler
    ) {
        self.call = call
        self.waitMilliseconds = waitMilliseconds
        self.journal = journal
        self.clock = clock
        self.reconciler = reconciler
    }

    package func carryOut() async throws(JournalFailure) -> ClientOutcome {
        let started = clock.monotonicMilliseconds()
        let earlier = call.work == .prove ? try await earlierCalls() : []
        guard let client = CallingClient(call, beside: earlier) else {
            return ClientOutcome(exitCode: .software, lines: ["the call could not be made an authorization"])
        }
        let keys = Set(client.authorizations.map(\.key))
        let fresh = FreshJournal(base: journal, keys: keys, calledAt: clock.now())
        let report = try await reconciler(client, fresh).run(options(keys))
        let elapsed = clock.monotonicMilliseconds() - started
        let text = ClientText(report, call, elapsedMilliseconds: elapsed)
        let outcome = text.outcome
        guard outcome.exitCode != .done, call.withdrawsWhatFails, report.ending != .locked, !Task.isCancelled else {
            return outcome
        }
        let left = try await takeBack()
        return ClientOutcome(exitCode: outcome.exitCode, lines: outcome.lines + left.lines)
    }

    private func takeBack() async throws(JournalFailure) -> ClientOutcome {
        let withdrawal = ClientCall(call.client, .withdraw, call.challenges)
        let run = ClientRun(
            withdrawal,
            waitMilliseconds: Self.withdrawalMilliseconds,
            journal: journal,
            clock: clock,
            reconciler: reconciler
        )
        return try await run.carryOut()
    }

    /// What earlier calls of the same certificate have published: each was a process of its own. The youngest of each place counts, should an
    /// attempt before have left something behind.
    private func earlierCalls() async throws(JournalFailure) -> [PublishedRecord] {
        guard let place = call.place else { return [] }
        let now = clock.now()
        let history = try await journal.history(since: now)
        var byScope: [String: PublishedRecord] = [:]
        for published in history.published
        where published.record.purpose == .oneTime && ACMEClient(published.authorization.provider) == call.client
            && published.scope.utf8.starts(with: (place.certificate + "/").utf8) && published.scope != place.scope
            && published.at > now.adding(seconds: -Self.certificateSpanSeconds)
        {
            if let known = byScope[published.scope], known.at > published.at { continue }
            byScope[published.scope] = published
        }
        return byScope.sorted { $0.key < $1.key }.map(\.value)
    }

    private func options(_ keys: Set<AuthorizationKey>) -> RunOptions {
        let errors = Mutex<[AuthorizationKey: Instant]>([:])
        let work = call.work
        return RunOptions(waitMilliseconds: waitMilliseconds) { situation, plan in
            guard work == .prove else { return true }
            if Planner.ready(situation).isSuperset(of: keys) { return true }
            return errors.withLock { met in
                keys.contains { key in
                    guard plan.findings(of: key).contains(where: { $0.severity == .error }) else {
                        met[key] = nil
                        return false
                    }
                    let since = met[key] ?? situation.at
                    met[key] = since
                    return plan.isAtRest(key) || since.adding(seconds: Self.errorPatienceSeconds) <= situation.at
                }
            }
        }
    }
}

extension Plan {
    func findings(of key: AuthorizationKey) -> [Finding] {
        steps.compactMap { step in
            if case .report(let finding) = step.action, step.authorization == key { finding } else { nil }
        }
    }

    /// Whether nothing but a new try of what failed will happen to it.
    fileprivate func isAtRest(_ key: AuthorizationKey) -> Bool {
        steps.allSatisfy { step in
            guard step.authorization == key else { return true }
            switch step.action {
            case .wait(_, let reason): return reason == .backOff
            case .report: return true
            case .publish, .withdraw, .changeMethod, .trigger, .revalidate: return false
            }
        }
    }
}

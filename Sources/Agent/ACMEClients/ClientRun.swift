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
    private let zones: [Situation.ZoneRule]
    private let reconciler: @Sendable (any Provider, Set<String>, any Journal) async throws -> Reconciler

    /// - Parameters:
    ///   - zones: policies and publishers' names.
    ///   - reconciler: for this provider, with these publishers at least. What is wrong with others is no matter of the call.
    package init(
        _ call: ClientCall,
        waitMilliseconds: Int64,
        journal: any Journal,
        clock: any Clock,
        zones: [Situation.ZoneRule],
        reconciler: @escaping @Sendable (any Provider, Set<String>, any Journal) async throws -> Reconciler
    ) {
        self.call = call
        self.waitMilliseconds = waitMilliseconds
        self.journal = journal
        self.clock = clock
        self.zones = zones
        self.reconciler = reconciler
    }

    package func carryOut() async throws -> ClientOutcome {
        let started = clock.monotonicMilliseconds()
        let published = try await journal.history(since: clock.now()).published
        let earlier = call.work == .prove ? earlierCalls(among: published) : []
        guard let client = CallingClient(call, beside: earlier) else {
            return ClientOutcome(exitCode: .software, lines: ["the call could not be made an authorization"])
        }
        let keys = Set(client.authorizations.map(\.key))
        let fresh = FreshJournal(base: journal, keys: keys, calledAt: clock.now())
        let own = published.filter { keys.contains($0.authorization) }.map(\.publisher)
        let publishers = zones.publishers(for: client.authorizations.flatMap(\.records)).union(own)
        let reconciler = try await reconciler(client, publishers, fresh)
        let report = try await reconciler.run(options(keys, published, publishers))
        let elapsed = clock.monotonicMilliseconds() - started
        let text = ClientText(report, call, elapsedMilliseconds: elapsed)
        let outcome = text.outcome
        let mayStand = report.ending != .locked || !report.performed.isEmpty
        guard outcome.exitCode != .done, call.withdrawsWhatFails, mayStand, !Task.isCancelled else { return outcome }
        let left = try await takeBack()
        return ClientOutcome(exitCode: outcome.exitCode, lines: outcome.lines + left.lines)
    }

    private func takeBack() async throws -> ClientOutcome {
        let withdrawal = ClientCall(call.client, .withdraw, call.challenges)
        let run = ClientRun(
            withdrawal,
            waitMilliseconds: Self.withdrawalMilliseconds,
            journal: journal,
            clock: clock,
            zones: zones,
            reconciler: reconciler
        )
        return try await run.carryOut()
    }

    /// What earlier calls of the same certificate have published: each was a process of its own. Back from this call each had one more to
    /// come; where that breaks off, what is older was left behind by an attempt before.
    private func earlierCalls(among published: [PublishedRecord]) -> [PublishedRecord] {
        guard let place = call.place else { return [] }
        let since = clock.now().adding(seconds: -Self.certificateSpanSeconds)
        let candidates = published.filter { published in
            published.record.purpose == .oneTime && ACMEClient(published.authorization.provider) == call.client
                && published.at > since
        }
        var remaining = place.remaining
        var earlier: [PublishedRecord] = []
        let inOrder = candidates.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        for published in inOrder.reversed().map(\.element) {
            guard let count = place.remaining(inScope: published.scope), published.scope != place.scope else {
                continue
            }
            guard count > remaining else { break }
            remaining = count
            earlier.append(published)
        }
        return earlier
    }

    private func options(
        _ keys: Set<AuthorizationKey>,
        _ published: [PublishedRecord],
        _ publishers: Set<String>
    ) -> RunOptions {
        let errors = Mutex<[AuthorizationKey: Instant]>([:])
        let work = call.work
        // What was published for providers is the business of runs that ask them; what was through other hands, of runs that have these.
        let left = published.filter {
            ACMEClient($0.authorization.provider) != nil && publishers.contains($0.publisher)
        }
        .map(\.authorization)
        let selection = Selection(items: keys.union(left).sorted().map { .authorization($0) })
        return RunOptions(waitMilliseconds: waitMilliseconds, selection: selection) { situation, plan in
            if work == .withdraw { return true }
            let ready = Planner.ready(situation)
            // What stands in the journal is known to the call that waits for it.
            let known = work == .publish ? ready.union(situation.history.published.map(\.authorization)) : ready
            if known.isSuperset(of: keys) { return true }
            return errors.withLock { met in
                keys.contains { key in
                    // A record that takes its time may come while it is waited for.
                    let isWrong = { (finding: Finding) in
                        finding.severity == .error && finding.code != PublishedBefore.liedCode
                    }
                    guard plan.findings(of: key).contains(where: isWrong) else {
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

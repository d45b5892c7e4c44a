// Serving one call of an ACME client: one ordinary run for which the client is the only provider, and what its end means to the caller.
package import DCV
import Platform
import Synchronization

/// How a call ended, for a caller that reads the exit code, and for people who read the client's log.
package struct ClientOutcome: Sendable {
    package let exitCode: ExitCode
    /// For standard error.
    package let lines: [String]
    /// The call was told to end; what it has published is to be taken back.
    package var isCutShort = false

    init(exitCode: ExitCode, lines: [String]) {
        self.exitCode = exitCode
        self.lines = lines
    }
}

package struct ClientRun: Sendable {
    /// An error that was met and stands for longer is not waited for any more: a person must act, and somebody waits for the answer.
    static let errorPatienceSeconds: Int64 = 60
    /// Calls of one certificate follow each other; what the journal holds from earlier is another attempt's.
    static let certificateSpanSeconds: Int64 = 3600
    /// For taking back what could not be proved.
    static let withdrawalMilliseconds: Int64 = 60_000
    private static let idOctets = 16

    private let call: ClientCall
    private let waitMilliseconds: Int64
    private let journal: any Journal
    private let clock: any Clock
    let zones: [Situation.ZoneRule]
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
        if let strayed = call.strayed(zones) { return strayed }
        let (started, calledAt) = (clock.monotonicMilliseconds(), clock.now())
        if call.work != .withdraw { try await keepWhatIsWantedAgain(since: calledAt) }
        let published = try await journal.history(since: calledAt).published
        let awaited = try await journal.awaited(
            adding: call.awaited(at: calledAt),
            forgetting: call.work == .withdraw ? Set(call.challenges.compactMap { $0.key(of: call.client) }) : [],
            since: calledAt.adding(seconds: -Self.certificateSpanSeconds)
        )
        let earlier = call.work == .prove ? earlierCalls(among: awaited) : []
        guard let client = CallingClient(call, beside: earlier) else {
            return ClientOutcome(exitCode: .software, lines: ["the call could not be made an authorization"])
        }
        let keys = Set(client.authorizations.map(\.key))
        let fresh = FreshJournal(base: journal, keys: keys, calledAt: calledAt)
        let own = published.filter { keys.contains($0.authorization) }.map(\.publisher)
        let publishers = zones.publishers(for: client.authorizations.flatMap(\.records)).union(own)
        var reconciler: Reconciler
        do {
            reconciler = try await self.reconciler(client, publishers, fresh)
        } catch {
            // Its publisher cannot be had now; the client does not come back for it.
            if call.work == .withdraw { try await noteWhatIsLeft(keys, since: calledAt) }
            throw error
        }
        if call.mayHaveFollowed { reconciler.rules = RulesWithoutCAA(base: reconciler.rules) }
        let report = try await reconciler.run(options(keys, published, publishers))
        let elapsed = clock.monotonicMilliseconds() - started
        var outcome = ClientText(report, call, elapsedMilliseconds: elapsed).outcome
        if call.work == .withdraw {
            try await noteWhatIsLeft(keys, since: calledAt)
            return outcome
        }
        guard outcome.exitCode != .done else { return outcome }
        outcome.isCutShort = Task.isCancelled
        let mayStand = report.ending != .locked || !report.performed.isEmpty
        guard call.withdrawsWhatFails, mayStand, !outcome.isCutShort else { return outcome }
        let left = try await takeBack()
        return ClientOutcome(exitCode: outcome.exitCode, lines: outcome.lines + left.lines)
    }

    /// Withdraws what this call has published, also after it was told to end.
    package func takeBack() async throws -> ClientOutcome {
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

    /// The client says only once that it is done. What could not even be tried in this call stands in the journal as due, so that the next
    /// run takes it away, and not the one after the order's life.
    private func noteWhatIsLeft(_ keys: Set<AuthorizationKey>, since calledAt: Instant) async throws {
        let history = try await journal.history(since: calledAt)
        let tried = history.entries.filter { $0.intent.at >= calledAt }.map(\.intent.effect)
        for published in history.published
        where keys.contains(published.authorization) && published.record.purpose == .oneTime {
            let withdrawal = Effect.withdraw(
                record: published.record,
                target: published.target,
                zone: published.zone,
                publisher: published.publisher
            )
            let isWanted = zones.policy(for: published.target).publish.withdraw == .afterValidation
            guard isWanted, !tried.contains(withdrawal) else { continue }
            try await note(withdrawal, of: published) { id, now in
                let reason = "the call of \(call.client.rawValue) ended before it was begun"
                let code = Receipt.unstartedCode
                return Receipt(intent: id, outcome: .failed, code: code, reason: reason, at: now, notBefore: now)
            }
        }
    }

    /// What an earlier call should have taken away and did not even begin to is wanted again: nobody has touched it, and it is not due to go.
    private func keepWhatIsWantedAgain(since calledAt: Instant) async throws {
        let history = try await journal.history(since: calledAt)
        let keys = Set(call.challenges.compactMap { $0.key(of: call.client) })
        for published in history.published where keys.contains(published.authorization) {
            let withdrawal = history.entries.last { entry in
                guard case .withdraw(published.record, published.target, _, published.publisher) = entry.intent.effect
                else { return false }
                return entry.intent.at >= published.at
            }
            guard let withdrawal, withdrawal.receipt?.code == Receipt.unstartedCode else { continue }
            let again = Effect.publish(
                record: published.record,
                target: published.target,
                zone: published.zone,
                publisher: published.publisher
            )
            // Of two rows of one moment the withdrawal would count.
            let later = withdrawal.intent.at.adding(milliseconds: 1)
            try await note(again, of: published, notBefore: later) { id, now in
                Receipt(intent: id, outcome: .done, at: now)
            }
        }
    }

    /// A row for which nothing is started.
    private func note(
        _ effect: Effect,
        of published: PublishedRecord,
        notBefore earliest: Instant? = nil,
        _ receipt: (_ id: String, _ now: Instant) -> Receipt
    ) async throws {
        let intent = Intent(
            id: ASCII.hex(SystemRandom().bytes(Self.idOctets)),
            authorization: published.authorization,
            title: published.title,
            scope: published.scope,
            effect: effect,
            generation: [],
            at: max(clock.now(), earliest ?? clock.now())
        )
        try await journal.begin(intent)
        try await journal.end(receipt(intent.id, intent.at))
    }

    /// What earlier calls of the same certificate were about: each was a process of its own. Back from this call each had one more to
    /// come; where that breaks off, what is older was left behind by an attempt before.
    private func earlierCalls(among awaited: [AwaitedChallenge]) -> [AwaitedChallenge] {
        guard let place = call.place else { return [] }
        var remaining = place.remaining
        var earlier: [AwaitedChallenge] = []
        for challenge in awaited.reversed()
        where ACMEClient(challenge.authorization.provider) == call.client && challenge.scope != place.scope {
            guard let count = place.remaining(inScope: challenge.scope) else { continue }
            guard count > remaining else { break }
            remaining = count
            earlier.append(challenge)
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

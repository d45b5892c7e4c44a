// One run: observe, decide, act, look again, until only waits are left. It decides nothing itself and knows only ports.
package import DCV

/// A lock under which effects are made; a run that only sleeps lets it go.
package protocol EffectLock: Sendable {
    /// False when another run still holds it after that time. Taking it twice is taking it once.
    func acquire(withinMilliseconds: Int64) async throws(JournalFailure) -> Bool
    func release()
}

/// Which publishers and policy serve each zone. What a publisher can do is asked of it only when a run needs hands.
package protocol ZoneRules: Sendable {
    /// Policies and publishers' names; no publisher's kinds.
    var undescribed: [Situation.ZoneRule] { get }
    func describe() async -> (rules: [Situation.ZoneRule], findings: [Finding])
}

extension HookCatalog: ZoneRules {}

/// Drives one run over all configured providers.
package struct Reconciler: Sendable {
    let providers: [any Provider]
    let surveyor: any Surveyor
    let publishers: [String: any Publisher]
    let journal: any Journal
    let lock: any EffectLock
    let outlived: any OutlivedEffects
    let clock: any Clock
    let random: any RandomSource
    var rules: any ZoneRules
    let isLaboratory: Bool
    let readDeadlineMilliseconds: Int64
    let tell: @Sendable (RunEvent) -> Void

    package init(
        providers: [any Provider],
        surveyor: any Surveyor,
        publishers: [String: any Publisher],
        journal: any Journal,
        lock: any EffectLock,
        outlived: any OutlivedEffects = NothingOutlived(),
        clock: any Clock,
        random: any RandomSource,
        rules: any ZoneRules,
        isLaboratory: Bool,
        readDeadlineMilliseconds: Int64 = ProviderReader.deadlineMilliseconds,
        tell: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.providers = providers
        self.surveyor = surveyor
        self.publishers = publishers
        self.journal = journal
        self.lock = lock
        self.outlived = outlived
        self.clock = clock
        self.random = random
        self.rules = rules
        self.isLaboratory = isLaboratory
        self.readDeadlineMilliseconds = readDeadlineMilliseconds
        self.tell = tell
    }

    /// Passes until nothing but waits is left, the deadline is there or the task is cancelled. Cancelling starts no new effect; the
    /// one under way gets its receipt.
    package func run(_ options: RunOptions) async throws(JournalFailure) -> RunReport {
        let started = clock.monotonicMilliseconds()
        var deadline = started + (options.waitMilliseconds ?? RunOptions.deadlineMilliseconds)
        var performed: [PerformedStep] = []
        var readings: [ProviderReading]?
        var readAt = started
        var report: RunReport?
        var held: [AuthorizationKey: HeldStep] = [:]
        var looks = StandingLooks()
        var remains = Remains()
        defer { lock.release() }
        for _ in 0..<RunOptions.passLimit {
            if let obstacle = try await obstacle(options, deadline, report, performed, &remains) { return obstacle }
            if readings == nil { readAt = clock.monotonicMilliseconds() }
            let reading = await read(readings)
            // After the deadline the world is looked at once more as a whole, so that the report is true, and left as it is.
            if clock.monotonicMilliseconds() >= deadline { looks = StandingLooks() }
            let changes = performed.count { $0.step.action.isChange }
            let situation = try await observe(reading, options, &looks, changes: changes, remains.findings)
            // Reading a thousand zones takes longer than a run may last: the time for acting begins when something is known.
            if report == nil, options.waitMilliseconds == nil {
                deadline = clock.monotonicMilliseconds() + RunOptions.deadlineMilliseconds
            }
            let plan = options.selection.plan(situation).holding(held, at: situation.at)
            func ended(_ ending: RunReport.Ending) -> RunReport {
                let unread = reading.filter { !$0.isComplete }.map(\.provider)
                return RunReport(
                    ending: ending,
                    situation: situation,
                    plan: plan,
                    performed: performed,
                    selection: options.selection,
                    unread: unread,
                    isWhole: ending != .stopped && options.selection.items.isEmpty && unread.isEmpty
                )
            }
            report = ended(.stopped)
            let isEmptySelection = options.selection.isMissed(by: situation)
            if options.isDryRun { return ended(isEmptySelection ? .nothingSelected : .dryRun) }
            if Task.isCancelled { return ended(.stopped) }
            let effects = plan.effects
            if !effects.isEmpty, clock.monotonicMilliseconds() < deadline {
                let decided = looks.decided(effects, situation)
                let steps = try await perform(decided, situation)
                performed += steps
                for (key, step) in HeldStep.among(steps) { held[key] = step }
                // A provider's answer is worth keeping only while nothing was done to change it.
                readings = decided.contains(where: \.action.changesProvider) ? nil : reading
                continue
            }
            let elapsed = clock.monotonicMilliseconds() - started
            guard let pause = pause(plan, options, isEmptySelection, deadline, elapsed, situation) else {
                return ended(
                    isEmptySelection ? .nothingSelected : plan.waits.isEmpty && effects.isEmpty ? .quiet : .waiting
                )
            }
            // While only name servers are waited for, the provider need not be asked at every look: a trigger reads it afresh anyway.
            let isForServers = plan.waits.allSatisfy { $0.reason == .propagation || $0.reason == .pace }
            let age = clock.monotonicMilliseconds() + pause - readAt
            readings = isForServers && !plan.waits.isEmpty && age < Self.readingAgeMilliseconds ? reading : nil
            lock.release()
            remains.isLookedFor = false
            tell(.sleeping(until: situation.at.adding(milliseconds: pause), because: plan.steps))
            guard (try? await clock.sleep(milliseconds: pause)) != nil else { return ended(.stopped) }
        }
        return report?.ending(.waiting, performed) ?? idleReport(.waiting)
    }

    /// Milliseconds to sleep before the next pass; nil when the run is over.
    private func pause(
        _ plan: Plan,
        _ options: RunOptions,
        _ isEmptySelection: Bool,
        _ deadline: Int64,
        _ elapsed: Int64,
        _ situation: Situation
    ) -> Int64? {
        if options.isEnough(situation, plan) { return nil }
        let left = deadline - clock.monotonicMilliseconds()
        func span(_ until: Instant) -> Int64 { max(until.milliseconds(since: situation.at), 0) }
        let pace = plan.waits.filter { $0.reason == .pace }.map { span($0.until) }
            .filter { $0 <= RunOptions.shortWaitMilliseconds }.min()
        // What was ordered a moment ago shows its records some seconds later: somebody who asks for it by name gets these looks.
        let isOrderAwaited = isEmptySelection || plan.waits.contains { $0.reason == .records }
        let order =
            isOrderAwaited && !options.selection.items.isEmpty
            ? Self.orderLooksMilliseconds.first { $0 > elapsed }.map { $0 - elapsed } : nil
        if options.waitMilliseconds == nil {
            guard let next = [pace, order].compactMap({ $0 }).min(), next < left else { return nil }
            return max(next, Self.shortestPauseMilliseconds)
        }
        guard left > 0 else { return nil }
        let later = plan.nextLook.map(span) ?? (isEmptySelection ? Self.emptySelectionPauseMilliseconds : nil)
        guard let next = [order, later].compactMap({ $0 }).min() else { return nil }
        return min(max(next, Self.shortestPauseMilliseconds), left)
    }

    private static let shortestPauseMilliseconds: Int64 = 200
    /// A provider's answer older than this is not decided upon.
    private static let readingAgeMilliseconds: Int64 = 60_000
    /// Since the start of a run that was told by name what to look for.
    private static let orderLooksMilliseconds: [Int64] = [2_000, 5_000, 10_000, 20_000, 30_000]
    private static let emptySelectionPauseMilliseconds: Int64 = 5_000
    private static let closingPatienceMilliseconds: Int64 = 10_000

    private func read(_ kept: [ProviderReading]?) async -> [ProviderReading] {
        if let kept { return kept }
        tell(.reading)
        return await ProviderReader(deadlineMilliseconds: readDeadlineMilliseconds).read(providers)
    }

    /// Takes the lock; what the run ends with where it cannot have it, or may do nothing under it.
    private func obstacle(
        _ options: RunOptions,
        _ deadline: Int64,
        _ report: RunReport?,
        _ performed: [PerformedStep],
        _ remains: inout Remains
    ) async throws(JournalFailure) -> RunReport? {
        // A run that has begun ends with a look at what it did, though another one may be at work in that moment.
        let least = report == nil ? 0 : Self.closingPatienceMilliseconds
        let patience = options.waitMilliseconds == nil ? 0 : max(least, deadline - clock.monotonicMilliseconds())
        guard try await lock.acquire(withinMilliseconds: patience) else {
            return report?.ending(.locked, performed) ?? idleReport(.locked)
        }
        return try await end(&remains, options) ? nil : idleReport(.outlived, performed, remains.findings)
    }

    /// Before anything is done under the lock: hooks of a run that was killed may still be at work. False when they cannot be ended.
    private func end(_ remains: inout Remains, _ options: RunOptions) async throws(JournalFailure) -> Bool {
        if remains.isLookedFor || options.isDryRun { return true }
        remains.isLookedFor = true
        let recent = clock.now().adding(seconds: -Self.memoryDays * 86_400)
        let unended = try await journal.history(since: recent).unended(since: recent)
        guard !unended.isEmpty else { return true }
        let (met, isOver) = await outlived.end(unended.map(\.id))
        remains.findings += unended.filter { met.contains($0.id) }.map { $0.outlivedRun(isOver: isOver) }
        return isOver
    }

    /// Of a run that could not look.
    private func idleReport(
        _ ending: RunReport.Ending,
        _ performed: [PerformedStep] = [],
        _ findings: [Finding] = []
    ) -> RunReport {
        RunReport(
            ending: ending,
            situation: Situation(
                at: clock.now(),
                zones: rules.undescribed,
                authorizations: [],
                surveys: [],
                history: .empty,
                isLaboratory: isLaboratory
            ),
            plan: Plan(steps: findings.map { Step(nil, .report($0), because: $0.saw) }),
            performed: performed
        )
    }
}

extension RunReport {
    fileprivate func ending(_ ending: Ending, _ performed: [PerformedStep]) -> RunReport {
        RunReport(
            ending: ending,
            situation: situation,
            plan: plan,
            performed: performed,
            selection: selection,
            unread: unread
        )
    }
}

extension Step.Action {
    /// Counts against publish.changes_per_run.
    var isChange: Bool {
        switch self {
        case .publish, .withdraw: true
        case .changeMethod, .trigger, .revalidate, .wait, .report: false
        }
    }

    var changesProvider: Bool {
        switch self {
        case .changeMethod, .trigger, .revalidate: true
        case .publish, .withdraw, .wait, .report: false
        }
    }
}

extension Selection {
    /// The plan of a situation less the steps of authorizations that were not asked for. It is made over all of them, because a record
    /// may serve two certificates, and with those that were asked for first, so that none of them waits for one that is left out.
    package func plan(_ situation: Situation) -> Plan {
        if items.isEmpty { return Planner.plan(situation) }
        // What is meant by its handle may be listed no longer, and have something left to be withdrawn.
        let named = items.compactMap { item -> AuthorizationKey? in
            if case .authorization(let key) = item { key } else { nil }
        }
        let selected = Set(situation.authorizations.filter(contains).map(\.key)).union(named)
        let plan = Planner.plan(situation, first: selected)
        return Plan(steps: plan.steps.filter { step in step.authorization.map(selected.contains) ?? true })
    }
}

/// What runs that were killed have left running, as this run met it.
private struct Remains {
    /// Since the lock was taken.
    var isLookedFor = false
    var findings: [Finding] = []
}

/// A step that was not carried out because the world had moved on. It left no row, so the run itself must remember to leave the
/// authorization alone for a while: otherwise two answers of a provider that contradict each other would make it spin.
struct HeldStep: Sendable {
    static let pauseSeconds: Int64 = 30

    let until: Instant
    let because: String
    /// What people are told meanwhile.
    let finding: Finding?

    static func among(_ steps: [PerformedStep]) -> [(AuthorizationKey, HeldStep)] {
        steps.compactMap { performed in
            guard let key = performed.step.authorization else { return nil }
            let until = performed.at.adding(seconds: pauseSeconds)
            switch performed.result {
            case .superseded(let because): return (key, HeldStep(until: until, because: because, finding: nil))
            case .refused(let finding): return (key, HeldStep(until: until, because: finding.saw, finding: finding))
            case .done, .complained, .failed, .missed, .unknown: return nil
            }
        }
    }
}

extension Plan {
    /// The plan with the effects of held authorizations turned into waits.
    fileprivate func holding(_ held: [AuthorizationKey: HeldStep], at now: Instant) -> Plan {
        if held.isEmpty { return self }
        return Plan(
            steps: steps.flatMap { step -> [Step] in
                guard step.action.isEffect, let hold = step.authorization.flatMap({ held[$0] }), hold.until > now else {
                    return [step]
                }
                let told = hold.finding.map {
                    Step(step.authorization, .report($0), because: $0.saw, title: step.title)
                }
                let reason = hold.finding == nil ? Step.WaitReason.provider : .backOff
                let wait = Step.Action.wait(until: hold.until, for: reason)
                return [told].compactMap { $0 } + [
                    Step(step.authorization, wait, because: hold.because, title: step.title)
                ]
            }
        )
    }
}

// Carrying out a plan's effects: intent row, effect, another look, receipt row - one step at a time per zone, zones in parallel.
import DCV
import Synchronization

extension Reconciler {
    /// Of a look at what a hook has left, in a run that was told to end.
    private static let lastLookMilliseconds: Int64 = 3000

    /// Carries out effects in order within each zone or provider scope. A journal that cannot be written stops everything.
    func perform(_ steps: [Step], _ situation: Situation) async throws(JournalFailure) -> [PerformedStep] {
        let lanes = Dictionary(grouping: steps) { Self.lane($0, situation) }
        let pass = Pass(situation: situation, own: OwnValues(situation.history, steps))
        let results = await withTaskGroup(of: Result<[PerformedStep], JournalFailure>.self) { group in
            for (_, steps) in lanes.sorted(by: { $0.key < $1.key }) {
                group.addTask {
                    do throws(JournalFailure) {
                        return .success(try await performInOrder(steps, pass))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            var results: [Result<[PerformedStep], JournalFailure>] = []
            for await result in group { results.append(result) }
            return results
        }
        var performed: [PerformedStep] = []
        for result in results { performed += try result.get() }
        return performed.sorted { $0.at < $1.at }
    }

    /// What must not be touched by two steps at once: a zone, or a provider's scope.
    private static func lane(_ step: Step, _ situation: Situation) -> String {
        switch step.action {
        case .publish(let publication), .withdraw(let publication): return "zone \(publication.zone)"
        case .changeMethod, .trigger, .revalidate, .wait, .report:
            let authorization = situation.authorizations.first { $0.key == step.authorization }
            // As pacing counts: what stands behind a "/" is another kind of thing in the same zone of the provider.
            let zone = authorization?.scope.split(separator: "/").first ?? ""
            return "scope \(step.authorization?.provider.text ?? "") \(zone)"
        }
    }

    private func performInOrder(
        _ steps: [Step],
        _ pass: Pass
    ) async throws(JournalFailure) -> [PerformedStep] {
        let situation = pass.situation
        var performed: [PerformedStep] = []
        for step in steps {
            if Task.isCancelled { break }
            guard let key = step.authorization else { continue }
            let authorization = situation.authorizations.first { $0.key == key }
            tell(.performing(step))
            let result: PerformedStep.Result
            var restoring: [Step.Publication] = []
            switch step.action {
            case .publish(let publication):
                let change = try await changeIfTrusted(.publish, publication, step, key, pass)
                (result, restoring) = (change.result, change.restoring)
            case .withdraw(let publication):
                let change = try await changeIfTrusted(.withdraw, publication, step, key, pass)
                (result, restoring) = (change.result, change.restoring)
            case .changeMethod(let method):
                guard let authorization else { continue }
                result = try await ask(authorization, step.title, .changeMethod(to: method), situation)
            case .trigger(let style):
                guard let authorization else { continue }
                result = try await ask(authorization, step.title, .trigger(style: style), situation)
            case .revalidate(let method):
                guard let authorization else { continue }
                result = try await ask(authorization, step.title, .revalidate(by: method), situation)
            case .wait, .report: continue
            }
            let done = PerformedStep(step: step, result: result, at: clock.now())
            performed.append(done)
            tell(.performed(done))
            performed += try await restore(restoring, after: step, key, pass)
        }
        return performed
    }

    /// Puts back what a hook took away, until one of these calls does harm itself.
    private func restore(
        _ publications: [Step.Publication],
        after step: Step,
        _ key: AuthorizationKey,
        _ pass: Pass
    ) async throws(JournalFailure) -> [PerformedStep] {
        var performed: [PerformedStep] = []
        for publication in publications {
            if Task.isCancelled { break }
            let because = "a hook took it away, and publish.restore is set"
            let repair = Step(key, .publish(publication), because: because, title: step.title)
            tell(.performing(repair))
            let change = try await change(.publish, publication, repair, key, pass)
            let done = PerformedStep(step: repair, result: change.result, at: clock.now())
            performed.append(done)
            tell(.performed(done))
            if change.isHarmful { break }
        }
        return performed
    }

    // MARK: at a zone or web server

    /// Not through a hook that has done harm in this very pass, which was decided before that was known.
    private func changeIfTrusted(
        _ effect: HookVerdict.Effect,
        _ publication: Step.Publication,
        _ step: Step,
        _ key: AuthorizationKey,
        _ pass: Pass
    ) async throws(JournalFailure) -> Change {
        if pass.isHarmful(publication.publisher) {
            return Change(.superseded(because: "publisher \(publication.publisher) has just touched values of others"))
        }
        return try await change(effect, publication, step, key, pass)
    }

    private func change(
        _ effect: HookVerdict.Effect,
        _ publication: Step.Publication,
        _ step: Step,
        _ key: AuthorizationKey,
        _ pass: Pass
    ) async throws(JournalFailure) -> Change {
        let (situation, own) = (pass.situation, pass.own.changes(at: publication.target))
        guard let publisher = publishers[publication.publisher] else {
            return Change(
                .superseded(
                    because: "no publisher is named \"\(publication.publisher)\" in the configuration any more"
                )
            )
        }
        let (record, target) = (publication.record, publication.target)
        let authorization = situation.authorizations.first { $0.key == key }
        let before = await surveyor.rrset(of: record, at: target)
        if let refusal = refusal(effect, publication, before, situation, own) { return Change(.refused(refusal)) }
        let intent = intent(
            key,
            step.title,
            authorization?.scope ?? situation.history.published.first { $0.record == record }?.scope ?? "",
            effect == .publish
                ? .publish(record: record, target: target, zone: publication.zone, publisher: publication.publisher)
                : .withdraw(record: record, target: target, zone: publication.zone, publisher: publication.publisher),
            authorization?.tokenGeneration ?? []
        )
        try await journal.begin(intent)
        let order = PublishingOrder(
            id: intent.id,
            record: record,
            target: target,
            zone: publication.zone,
            ttlSeconds: publication.ttlSeconds
        )
        let outcome = effect == .publish ? await publisher.publish(order) : await publisher.withdraw(order)
        let after = await afterwards(record, at: target)
        let verdict = HookVerdict.judge(
            effect,
            record: record,
            before: before,
            after: after,
            own: own
        )
        let harm = HookHarm(verdict, before: before, after: after)
        var restoring: [Step.Publication] = []
        if let harm { restoring = try await distrust(publication, after: effect, harm, pass) }
        let result = Self.result(effect, outcome, verdict)
        let isUnseen = effect == .publish && verdict.settled.isEmpty
        try await journal.end(
            receipt(intent, result, situation, isUnseen: isUnseen, isCutShort: Task.isCancelled)
        )
        return Change(result, isHarmful: harm != nil, restoring: restoring)
    }

    /// The publisher is called no more, which outlives this run.
    /// - Returns: what is to be published again.
    private func distrust(
        _ culprit: Step.Publication,
        after effect: HookVerdict.Effect,
        _ harm: HookHarm,
        _ pass: Pass
    ) async throws(JournalFailure) -> [Step.Publication] {
        pass.distrust(culprit.publisher)
        let restoring = RestoreRule.publications(
            harm,
            culprit,
            effect,
            own: pass.own.changes(at: culprit.target).appearing,
            distrusted: pass.distrusted,
            pass.situation
        )
        try await journal.quarantine(
            publisher: culprit.publisher,
            reason: ([harm.told] + restoring.map(\.promise)).joined(separator: "\n"),
            at: clock.now()
        )
        return restoring
    }

    /// What a call has left is looked at also when this run is told to end, but then not for long: harm must be seen.
    private func afterwards(_ record: RequiredRecord, at target: DomainName) async -> RRsetView {
        let look = Task { await surveyor.rrset(of: record, at: target) }
        return await withTaskCancellationHandler {
            await look.value
        } onCancel: {
            Task {
                try? await clock.sleep(milliseconds: Self.lastLookMilliseconds)
                look.cancel()
            }
        }
    }

    /// What was decided is held against what its servers show now: another value may have come.
    private func refusal(
        _ effect: HookVerdict.Effect,
        _ publication: Step.Publication,
        _ before: RRsetView,
        _ situation: Situation,
        _ own: HookVerdict.OwnChanges
    ) -> Finding? {
        if let collision = HookLimits.collision(effect, publication.record, before) { return collision }
        guard let publisher = situation.zones.publisher(publication.publisher) else { return nil }
        return HookLimits.refusal(
            effect,
            publication.record,
            at: publication.target,
            by: publisher,
            others: before.others(than: publication.record, leaving: effect == .withdraw ? own.disappearing : [])
        )
    }

    /// The hook's word is a hint: what was seen wins over it in both directions.
    private static func result(
        _ effect: HookVerdict.Effect,
        _ outcome: HookOutcome,
        _ verdict: HookVerdict
    ) -> PerformedStep.Result {
        if !verdict.settled.isEmpty, effect == .publish || verdict.unsettled.isEmpty {
            guard effect == .publish, let complaint = outcome.complaint else { return .done }
            return .complained(reason: complaint)
        }
        switch outcome {
        case .done:
            guard effect == .withdraw, verdict.settled.isEmpty else { return .done }
            // Whoever is not seen to have gone is not forgotten.
            return verdict.isBlind
                ? .failed(
                    code: "not-seen",
                    reason: "the hook said it is gone, and no server answered that could show it"
                )
                : .failed(code: "still-shown", reason: "the hook said it is gone, and every name server still shows it")
        case .notMyZone(let reason): return .failed(code: "hook-not-my-zone", reason: reason)
        case .tryLater(let reason): return .failed(code: "hook-try-later", reason: reason)
        case .misconfigured(let reason): return .failed(code: "hook-misconfigured", reason: reason)
        case .failed(let reason): return .failed(code: "hook-failed", reason: reason)
        }
    }

    // MARK: rows

    func intent(
        _ key: AuthorizationKey,
        _ title: String?,
        _ scope: String,
        _ effect: Effect,
        _ generation: [String]
    ) -> Intent {
        Intent(
            id: ASCII.hex(random.bytes(16)),
            authorization: key,
            title: title,
            scope: scope,
            effect: effect,
            generation: generation,
            at: clock.now()
        )
    }

    func receipt(
        _ intent: Intent,
        _ result: PerformedStep.Result,
        _ situation: Situation,
        floorSeconds: Int64 = BackOff.shortestSeconds,
        isUnseen: Bool = false,
        isCutShort: Bool = false
    ) -> Receipt {
        let now = clock.now()
        switch result {
        case .done, .superseded, .refused:
            return Receipt(intent: intent.id, outcome: .done, code: isUnseen ? Receipt.unseenCode : nil, at: now)
        case .complained(let reason):
            return Receipt(intent: intent.id, outcome: .done, code: Receipt.complainedCode, reason: reason, at: now)
        case .missed(let reason):
            return Receipt(intent: intent.id, outcome: .done, code: Receipt.missedCode, reason: reason, at: now)
        case .unknown(let reason):
            return Receipt(intent: intent.id, outcome: .unknown, code: "answer-lost", reason: reason, at: now)
        case .failed(let code, let reason):
            let failures = 1 + situation.history.consecutiveFailures(of: intent.effect, intent.authorization)
            return Receipt(
                intent: intent.id,
                outcome: .failed,
                code: code,
                reason: reason,
                at: now,
                // What failed because this run was told to end is no reason for the next run to leave it alone.
                notBefore: isCutShort
                    ? now : BackOff.notBefore(now, failures: failures, atLeastSeconds: floorSeconds, random: random)
            )
        }
    }
}

/// What the steps of one pass share.
private final class Pass: Sendable {
    let situation: Situation
    let own: OwnValues
    /// Publishers that have touched values of others meanwhile.
    private let harmful = Mutex<Set<String>>([])

    init(situation: Situation, own: OwnValues) {
        self.situation = situation
        self.own = own
    }

    func distrust(_ publisher: String) { _ = harmful.withLock { $0.insert(publisher) } }
    func isHarmful(_ publisher: String) -> Bool { distrusted.contains(publisher) }
    var distrusted: Set<String> { harmful.withLock(\.self) }
}

extension Step.Publication {
    /// Said before it is done: the run may end on the way.
    fileprivate var promise: String { "to be published again through \(publisher) (publish.restore): \(record)" }
}

/// What came of one hook call.
private struct Change {
    let result: PerformedStep.Result
    /// Whether values of others changed.
    let isHarmful: Bool
    /// What is to be published again because of that.
    let restoring: [Step.Publication]

    init(_ result: PerformedStep.Result, isHarmful: Bool = false, restoring: [Step.Publication] = []) {
        self.result = result
        self.isHarmful = isHarmful
        self.restoring = restoring
    }
}

extension HookOutcome {
    /// What a hook says that failed or would not.
    fileprivate var complaint: String? {
        switch self {
        case .done: nil
        case .notMyZone(let reason), .tryLater(let reason), .misconfigured(let reason), .failed(let reason): reason
        }
    }
}

extension History {
    /// How often the same effect for the same authorization failed in a row, up to now.
    fileprivate func consecutiveFailures(of effect: Effect, _ key: AuthorizationKey) -> Int {
        entries.reversed()
            .filter { $0.intent.authorization == key && $0.intent.effect == effect }
            .prefix { $0.receipt?.outcome == .failed }.count { $0.receipt?.code != Receipt.unstartedCode }
    }
}

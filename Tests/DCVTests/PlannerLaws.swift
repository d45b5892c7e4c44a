// What must hold of every plan, written down apart from the planner: each law says what is wrong with a plan, or nothing.

import DCV

/// A situation and its plan, with the questions the laws ask.
struct JudgedPlan {
    let situation: Situation
    let plan: Plan

    init(_ situation: Situation) {
        self.situation = situation
        plan = Planner.plan(situation)
    }

    private var now: Instant { situation.at }

    /// The first breach of a law, in words.
    var breach: String? {
        let laws = [
            publishBreach, withdrawBreach, triggerBreach, methodBreach, blockedBreach, progressBreach, changesBreach,
            waitBreach, uniquenessBreach, revalidationBreach, paceBreach, caaBreach,
        ]
        return laws.lazy.compactMap { $0() }.first
    }

    func authorization(_ step: Step) -> Authorization? {
        let matching = situation.authorizations.filter { $0.key == step.authorization }
        return matching.count == 1 ? matching.first : nil
    }

    func policy(_ authorization: Authorization) -> Policy {
        let governing = authorization.identifiers.first?.name ?? authorization.records.first?.name
        return governing.flatMap { situation.rule(for: $0) }?.policy ?? .standard
    }

    func policy(_ record: RequiredRecord, _ authorization: Authorization) -> Policy {
        situation.rule(for: record.name)?.policy ?? policy(authorization)
    }

    func isReady(_ authorization: Authorization) -> Bool {
        authorization.status == .pending && !isBlocked(authorization) && !isExpired(authorization)
            && !authorization.challenges.isEmpty
            && authorization.challenges.allSatisfy { challenge in
                challenge.alternatives.contains { record in
                    situation.surveys.contains { survey in
                        survey.record == record
                            && Propagation.judge(survey, policy(record, authorization).propagation) == .complete
                    }
                }
            }
    }

    private func isExpired(_ authorization: Authorization) -> Bool {
        authorization.expiresAt.map { $0 <= now } ?? false
    }

    private func isBlocked(_ authorization: Authorization) -> Bool {
        authorization.needsManualReview || authorization.findings.contains { $0.severity == .error }
            || situation.authorizations.filter { $0.key == authorization.key }.count > 1
    }

    private func entries(_ isWanted: (JournalEntry) -> Bool) -> [JournalEntry] {
        situation.history.entries.filter { isWanted($0) && $0.intent.at <= now.adding(seconds: 4 * 3600) }
    }

    // MARK: laws

    private func publishBreach() -> String? {
        for step in plan.steps {
            guard case .publish(let publication) = step.action else { continue }
            let record = publication.record
            guard let authorization = authorization(step) else { return "publishes for nobody" }
            let policy = policy(record, authorization)
            guard authorization.status == .pending else { return "publishes for status \(authorization.status)" }
            guard authorization.records.contains(record) else { return "publishes what nobody asked for" }
            guard !isExpired(authorization) else { return "publishes an expired token" }
            guard policy.publish.isAllowed else { return "publishes against publish.allow" }
            guard let survey = situation.surveys.last(where: { $0.record == record }) else { return "publishes unseen" }
            guard Propagation.judge(survey, policy.propagation) == .missing else {
                return "publishes what is not missing"
            }
            let isPlaced = authorization.placements.contains { placement in
                switch placement {
                case .zone(let apex): survey.zone == apex
                case .below(let name): survey.target.isSubdomain(of: name)
                }
            }
            guard record.kind == .http || !isPlaced else { return "publishes where the provider does" }
            let isWildcards = survey.wildcardZone != nil && publication.target == record.name
            guard publication.target == survey.target || isWildcards else {
                return "publishes elsewhere than the survey says"
            }
            guard !isWildcards || publication.zone == survey.wildcardZone else { return "publishes into another zone" }
            let isDelegated = publication.target != record.name
            if isDelegated, !policy.publish.delegations.contains(where: { publication.target.isSubdomain(of: $0) }) {
                return "follows a CNAME without leave"
            }
            if record.kind != .http, policy.publish.labels == .underscore, !record.name.text.hasPrefix("_") {
                return "publishes at a host's own name"
            }
            guard isBound(record, authorization) else { return "publishes a name of somebody else" }
            let rule = situation.rule(for: publication.target)
            if record.kind != .http, let apex = rule?.apex, apex.labels.count > publication.zone.labels.count {
                return "publishes into a zone above the one that was configured"
            }
            let isServed = rule?.publishers.contains {
                $0.name == publication.publisher && ($0.kinds ?? []).contains(record.kind)
            }
            guard isServed == true else { return "publishes through a stranger" }
            guard situation.history.quarantined[publication.publisher] == nil else {
                return "starts a quarantined hook"
            }
            let failures = entries { entry in
                guard case .publish(record, _, _, _) = entry.intent.effect else { return false }
                return entry.receipt?.outcome == .failed
            }
            if let last = failures.last?.receipt, last == entries({ $0.isPublish(of: record) }).last?.receipt,
                let notBefore = last.notBefore, min(notBefore, last.at.adding(seconds: 4 * 3600)) > now
            {
                return "publishes against a back-off"
            }
        }
        return nil
    }

    /// The owner is `_labels` before an identifier or a parent of one; a CNAME may have one plain label there.
    private func isBound(_ record: RequiredRecord, _ authorization: Authorization) -> Bool {
        authorization.identifiers.contains { identifier in
            if record.kind == .http { return identifier.name == record.name && !identifier.isWildcard }
            return identifier.name.selfAndAncestors.contains { domain in
                guard domain.labels.count > 1, record.name.isSubdomain(of: domain) else { return false }
                let front = record.name.labels.dropLast(domain.labels.count)
                return front.allSatisfy { $0.hasPrefix("_") } || record.kind == .cname && front.count == 1
            }
        }
    }

    private func withdrawBreach() -> String? {
        for step in plan.steps {
            guard case .withdraw(let publication) = step.action else { continue }
            let record = publication.record
            let isOurs = situation.history.published.contains {
                $0.record == record && $0.target == publication.target && $0.publisher == publication.publisher
            }
            guard isOurs else { return "withdraws what we did not publish" }
            guard record.purpose == .oneTime else { return "withdraws a standing record" }
            let claimants = situation.authorizations.filter { $0.records.contains { $0.content == record.content } }
            if claimants.contains(where: { $0.status != .valid && $0.status != .dead }) {
                return "withdraws a wanted record"
            }
            if claimants.contains(where: {
                $0.records.contains { $0.content == record.content && $0.purpose == .standing }
            }) {
                return "withdraws what another calls standing"
            }
            guard situation.history.quarantined[publication.publisher] == nil else {
                return "starts a quarantined hook"
            }
            let policy = situation.rule(for: publication.target)?.policy ?? .standard
            guard policy.publish.withdraw == .afterValidation else { return "withdraws against the policy" }
            let owners = situation.authorizations.filter { $0.key == step.authorization }
            if owners.isEmpty {
                // What another publisher has shown since then is its own to take away.
                let youngest = situation.history.entries.last { entry in
                    guard case .publish(_, publication.target, _, publication.publisher) = entry.intent.effect else {
                        return false
                    }
                    return entry.isPublish(of: record)
                }
                let limit = now.adding(seconds: -30 * 86_400)
                guard let youngest, youngest.intent.at <= limit else { return "withdraws because an answer was empty" }
            } else if let odd = owners.first(where: { [.unknown, .busy].contains($0.status) || isBlocked($0) }) {
                return "withdraws on an odd answer (\(odd.status))"
            }
        }
        return nil
    }

    private func triggerBreach() -> String? {
        var inPlan: [String: [TriggerStyle]] = [:]
        for step in plan.steps {
            guard case .trigger(let style) = step.action else { continue }
            guard let authorization = authorization(step) else { return "triggers for nobody" }
            guard isReady(authorization) else { return "triggers what is not ready" }
            let policy = policy(authorization)
            guard policy.trigger.action != .none, authorization.capabilities.triggers.contains(style) else {
                return "triggers in a way that is not offered"
            }
            let inScope = situation.authorizations.filter {
                $0.scope == authorization.scope && $0.key.provider == authorization.key.provider
            }
            if style == .retry {
                let unready = inScope.first { ($0.status == .pending || $0.status == .unknown) && !isReady($0) }
                if let unready { return "retries a scope in which \(unready.key) is not ready" }
                let left = inScope.first { $0.status == .pending && self.policy($0).trigger.action == .none }
                if let left { return "retries a scope in which \(left.key) is to be left alone" }
            }
            for touched in style == .retry ? inScope.filter({ $0.status == .pending }) : [authorization] {
                if let breach = budgetBreach(touched) { return breach }
            }
            let scope = "\(authorization.key.provider) \(authorization.scope)"
            let pace = now.adding(seconds: -policy.trigger.paceSeconds)
            let recent = entries { entry in
                entry.intent.scope == authorization.scope && entry.isAsking && entry.intent.at > pace
                    && entry.intent.authorization.provider == authorization.key.provider
            }
            guard recent.isEmpty else { return "breaks the pace of the scope" }
            if policy.trigger.paceSeconds > 0, inPlan[scope] != nil { return "breaks the pace inside the plan" }
            inPlan[scope, default: []].append(style)
        }
        let mixed = inPlan.values.first { $0.contains(.retry) && $0.count > 1 }
        return mixed == nil ? nil : "repeats a retry that covers the scope"
    }

    /// A trigger, a change of method and a revalidation are calls with an effect: one a zone of the provider in one plan, at its pace.
    private func paceBreach() -> String? {
        var asked: Set<String> = []
        for step in plan.steps {
            switch step.action {
            case .trigger, .changeMethod, .revalidate: break
            default: continue
            }
            guard let authorization = authorization(step), policy(authorization).trigger.paceSeconds > 0 else {
                continue
            }
            let pace = now.adding(seconds: -policy(authorization).trigger.paceSeconds)
            let zone = authorization.scope.prefix { $0 != "/" }
            let recent = entries { entry in
                entry.isAsking && entry.intent.at > pace && entry.intent.scope.prefix { $0 != "/" } == zone
                    && entry.intent.authorization.provider == authorization.key.provider
            }
            if !recent.isEmpty { return "breaks the pace with \(step.action.code)" }
            if !asked.insert("\(authorization.key.provider) \(zone)").inserted {
                return "breaks the pace inside the plan with \(step.action.code)"
            }
        }
        return nil
    }

    private func budgetBreach(_ authorization: Authorization) -> String? {
        let rules = policy(authorization).trigger
        let made = entries { entry in
            entry.isTrigger && entry.receipt?.outcome != .failed
                && (entry.intent.authorization == authorization.key
                    || entry.intent.effect == .trigger(style: .retry) && entry.intent.scope == authorization.scope
                        && entry.intent.authorization.provider == authorization.key.provider)
        }
        if made.count(where: { $0.intent.at > now.adding(seconds: -86_400) }) >= rules.attemptsPerDay {
            return "triggers \(authorization.key) beyond its attempts a day"
        }
        if made.contains(where: { $0.intent.at > now.adding(seconds: -rules.minimumIntervalSeconds) }) {
            return "triggers \(authorization.key) within its minimum interval"
        }
        return nil
    }

    private func methodBreach() -> String? {
        for step in plan.steps {
            guard case .changeMethod(let method) = step.action else { continue }
            guard let authorization = authorization(step) else { return "changes the method of nobody" }
            guard authorization.status == .pending else {
                return "changes the method of status \(authorization.status)"
            }
            guard authorization.capabilities.methods.contains(method), method != authorization.method else {
                return "changes to a method that is not offered"
            }
            guard policy(authorization).methods.contains(method) else {
                return "changes to a method the policy does not name"
            }
            guard method == .txt || method == .http else { return "changes to \(method)" }
            if method == .http, authorization.identifiers.contains(where: \.isWildcard) {
                return "proves a wildcard by http"
            }
            let isServed = authorization.identifiers.allSatisfy { identifier in
                situation.rule(for: identifier.name)?.publishers.contains {
                    ($0.kinds ?? []).map(\.method).contains(method) && situation.history.quarantined[$0.name] == nil
                } ?? false
            }
            guard isServed else { return "changes to a method nobody can publish" }
            let isHalfKnown = authorization.identifiers.contains { identifier in
                situation.rule(for: identifier.name)?.publishers.contains { $0.kinds == nil } ?? false
            }
            if isHalfKnown { return "changes the method while a publisher has not said what it can do" }
            let changes = entries { entry in
                guard case .changeMethod = entry.intent.effect else { return false }
                return entry.intent.authorization == authorization.key && entry.receipt?.outcome != .failed
            }
            let rules = policy(authorization).trigger
            if changes.count(where: { $0.intent.at > now.adding(seconds: -86_400) }) >= rules.attemptsPerDay {
                return "changes the method beyond the attempts a day"
            }
        }
        return nil
    }

    private func revalidationBreach() -> String? {
        for step in plan.steps {
            guard case .revalidate(let method) = step.action else { continue }
            guard let authorization = authorization(step), let proof = authorization.proof else {
                return "renews a proof that nobody has"
            }
            guard [.valid, .dead].contains(authorization.status) else { return "renews while \(authorization.status)" }
            guard authorization.capabilities.revalidations.contains(method), method != .email else {
                return "renews in a way that is not offered"
            }
            let rules = policy(authorization)
            let left = proof.until.milliseconds(since: now) / 1000
            guard rules.revalidate.beforeExpirySeconds > 0, left <= rules.revalidate.beforeExpirySeconds else {
                return "renews \(left) s before the end"
            }
            if let from = proof.from, left * 3 > proof.until.milliseconds(since: from) / 1000 {
                return "renews with most of the proof left"
            }
            let isTooSoon = situation.history.entries.contains { entry in
                guard case .revalidate = entry.intent.effect, entry.intent.authorization == authorization.key else {
                    return false
                }
                return entry.receipt?.outcome != .failed && entry.intent.at <= now
                    && entry.intent.at > now.adding(seconds: -86_400)
            }
            // Only the newest entry rests; an older one that went through lies behind a failure that has rested.
            let newest = entries { entry in
                guard case .revalidate = entry.intent.effect else { return false }
                return entry.intent.authorization == authorization.key
            }.last
            if isTooSoon, newest?.receipt?.outcome != .failed { return "renews twice a day" }
            let isServed = authorization.identifiers.allSatisfy { identifier in
                situation.rule(for: identifier.name)?.publishers.contains {
                    ($0.kinds ?? []).map(\.method).contains(method) && situation.history.quarantined[$0.name] == nil
                } ?? false
            }
            guard isServed else { return "renews by a method nobody can publish" }
        }
        return nil
    }

    /// A review by people, an unknown status, a half-understood or doubled authorization: words only.
    private func blockedBreach() -> String? {
        for step in plan.effects {
            let owners = situation.authorizations.filter { $0.key == step.authorization }
            if owners.contains(where: { $0.status == .unknown || isBlocked($0) }) {
                return "acts where only words are allowed"
            }
        }
        return nil
    }

    private func progressBreach() -> String? {
        for authorization in situation.authorizations where [.pending, .busy].contains(authorization.status) {
            let isServed = plan.steps.contains { step in
                guard step.authorization == authorization.key else { return false }
                if case .report(let finding) = step.action { return finding.severity >= .waiting }
                return true
            }
            if !isServed { return "forgets \(authorization.key)" }
        }
        return nil
    }

    private func changesBreach() -> String? {
        let limits = situation.zones.map(\.policy.publish.changesPerRun) + [Policy.standard.publish.changesPerRun]
        let changes = plan.steps.count { step in
            switch step.action {
            case .publish, .withdraw: true
            default: false
            }
        }
        let limit = max(limits.max() ?? 0, situation.changesMade)
        return changes + situation.changesMade > limit && changes > 0 ? "makes more changes than a run may" : nil
    }

    private func waitBreach() -> String? {
        let latest = now.adding(seconds: 30 * 3600)
        let odd = plan.waits.first { $0.until <= now || $0.until > latest }
        return odd.map { "waits \($0.until.milliseconds(since: now)) ms for \($0.reason)" }
    }

    private func uniquenessBreach() -> String? {
        let triggers = plan.steps.filter { $0.action.code == "trigger" }.compactMap(\.authorization)
        if Set(triggers).count < triggers.count { return "triggers one authorization twice" }
        let records = plan.steps.compactMap { step in
            if case .publish(let publication) = step.action { publication.record.content } else { nil }
        }
        return Set(records).count < records.count ? "publishes one record twice" : nil
    }
}

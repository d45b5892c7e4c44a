// May this missing record be published now, by whom, and where? All refusals stand here, each with its reason.

enum PublishRule {
    enum Decision {
        case publish(Step.Publication, finding: Finding?)
        case wait(until: Instant, reason: Step.WaitReason, because: String, finding: Finding?)
        case refused(Finding)
        /// Nothing here can publish this kind there: another validation method may do.
        case noPublisher(Finding)
    }

    static func decide(
        _ survey: Survey,
        for authorization: Authorization,
        _ policy: Policy,
        in draft: Draft
    ) -> Decision {
        let record = survey.record
        let situation = draft.situation
        if let refusal = unbound(record, authorization) { return .refused(refusal) }
        if let placed = placedByProvider(survey, authorization, policy, situation.at) { return placed }
        if let refusal = refusal(survey, policy) { return .refused(refusal) }
        // A wildcard's CNAME is followed like any other where a person has named its target.
        let isDelegated = isDelegated(survey, policy)
        let owner = isDelegated ? survey.target : survey.owner
        guard let rule = situation.rule(for: owner) else {
            return .refused(
                Finding(
                    "zone-not-configured",
                    .error,
                    subject: "\(record)",
                    saw: "\(owner) lies in no configured zone",
                    wanted: "a zone at or above it under `zones:`, or \"*\"",
                    advice: "add the zone and its publishers to the configuration, or publish by hand: "
                        + byHand(survey, policy),
                    rule: "zones"
                )
            )
        }
        guard let zone = (isDelegated ? survey.zone : survey.ownersZone) ?? rule.apex else {
            return .refused(
                Finding(
                    "zone-cut-unknown",
                    .waiting,
                    subject: "\(record)",
                    saw: "the zone that holds \(owner) is not known",
                    advice: "look at it again later"
                )
            )
        }
        if record.kind != .http, let apex = rule.apex, apex != zone, apex.isSubdomain(of: zone) {
            return .refused(notDelegated(apex, zone, record))
        }
        let fitting = rule.publishers.filter { $0.serves(record.kind, at: owner) }
        let free = fitting.filter { situation.history.quarantined[$0.name] == nil }
        let others = HookLimits.others(than: record, at: owner, in: draft)
        let refusals = free.map { HookLimits.refusal(.publish, record, at: owner, by: $0, others: others) }
        guard let publisher = zip(free, refusals).first(where: { $1 == nil })?.0 else {
            if let refusal = refusals.first ?? nil { return .refused(refusal) }
            return unheard(survey, rule, policy, situation.at) ?? noPublisher(survey, rule, fitting, policy, situation)
        }
        let earlier = PublishedBefore.judge(survey, rule, policy, in: draft)
        if let rest = earlier.rest {
            return .wait(until: rest.until, reason: rest.reason, because: rest.because, finding: earlier.finding)
        }
        return .publish(
            Step.Publication(
                record: record,
                target: owner,
                zone: zone,
                publisher: publisher.name,
                ttlSeconds: policy.publish.ttlSeconds
            ),
            finding: earlier.finding
        )
    }

    /// Where the provider shows its tokens itself, a second value from here would only stand in its way.
    private static func placedByProvider(
        _ survey: Survey,
        _ authorization: Authorization,
        _ policy: Policy,
        _ now: Instant
    ) -> Decision? {
        guard survey.record.kind != .http,
            let placement = authorization.placements.first(where: {
                $0.covers(target: survey.target, in: survey.zone)
                    || $0.covers(target: survey.owner, in: survey.ownersZone)
            })
        else { return nil }
        let place =
            switch placement {
            case .zone(let apex): "zone \(apex) is served by the provider"
            case .below: "\(survey.target) is the provider's own"
            }
        return .wait(
            until: now.adding(seconds: policy.wait.pollMaximumSeconds),
            reason: .provider,
            because: "\(place), which shows \(survey.record.name) itself",
            finding: nil
        )
    }

    /// The last door before a hook: a record is published only at a name that proves one of the authorization's own identifiers, that
    /// is at the identifier or a domain above it (BR 1.6.1 Authorization Domain Name), below labels made for proofs. A file proves the
    /// host that serves it and nothing else (BR 3.2.2.4.18, 3.2.2.4.19).
    private static func unbound(_ record: RequiredRecord, _ authorization: Authorization) -> Finding? {
        var proved = record.name
        let isBound: Bool
        if record.kind == .http {
            isBound = authorization.identifiers.contains { $0.name == proved && !$0.isWildcard }
        } else {
            while proved.isUnderscored, let parent = proved.parent { proved = parent }
            // Some CAs put a CNAME at a bare digest below the domain; publish.labels decides whether that is allowed.
            if record.kind == .cname, proved == record.name, let parent = proved.parent { proved = parent }
            isBound = authorization.identifiers.contains { $0.name.isSubdomain(of: proved) }
        }
        if isBound && proved.labels.count > 1 { return nil }
        return Finding(
            "name-not-bound",
            .error,
            subject: "\(record)",
            saw: "\(record.name) proves none of \(authorization.subject)",
            wanted: "a record for one of the authorization's own names",
            advice: "not published: tell the provider, or look for a mistake in the order"
        )
    }

    /// The configured apex is no zone of its own in DNS: what is written there would be written into a zone nobody named.
    private static func notDelegated(_ apex: DomainName, _ zone: DomainName, _ record: RequiredRecord) -> Finding {
        Finding(
            "zone-not-delegated",
            .error,
            subject: "\(record)",
            saw: "\(apex) is no zone of its own: \(zone) holds its names",
            wanted: "\(apex) delegated from \(zone), or \(zone) under `zones:`",
            advice: "not published: name the zone that holds the record under zones:, or delegate \(apex)",
            reproduce: DigLine.text("SOA", apex),
            rule: "zones"
        )
    }

    /// Asks one of the servers that were asked where they serve the record's own name, else the person's resolver.
    private static func question(_ survey: Survey) -> String {
        let name = survey.record.name
        let first = survey.observations.first {
            if case .authoritative = $0.vantage { true } else { false }
        }
        guard let zone = survey.zone, name.isSubdomain(of: zone), let first else { return DigLine.text("CNAME", name) }
        return DigLine.text("CNAME", name, at: first.vantage.address, port: first.asked?.port, .norecurse)
    }

    private static func isDelegated(_ survey: Survey, _ policy: Policy) -> Bool {
        policy.publish.delegations.contains { survey.target.isSubdomain(of: $0) }
    }

    /// What a person enters.
    private static func byHand(_ survey: Survey, _ policy: Policy) -> String {
        RecordToAdd(survey, ttlSeconds: policy.publish.ttlSeconds)?.words ?? survey.record.fileToAdd
            ?? "\(survey.record)"
    }

    private static func refusal(_ survey: Survey, _ policy: Policy) -> Finding? {
        let record = survey.record
        if !policy.publish.isAllowed {
            return Finding(
                "publishing-not-allowed",
                .error,
                subject: "\(record)",
                saw: "the record is missing and the policy forbids publishing",
                advice: "publish it by hand: \(byHand(survey, policy))",
                rule: "policies/\(policy.name).yaml#publish.allow"
            )
        }
        if survey.owner != record.name, !isDelegated(survey, policy) {
            return Finding(
                "cname-in-the-way",
                .error,
                subject: "\(record)",
                saw: "\(survey.chain.map(\.text).joined(separator: " CNAME "))",
                wanted:
                    "a \(record.kind.rawValue) record at \(record.name), or a target this agent may write to",
                advice: "remove the CNAME, or name the target's zone under publish.delegations",
                reproduce: question(survey),
                rule: "policies/\(policy.name).yaml#publish.delegations"
            )
        }
        // Where a CNAME leads it is a person's word under publish.delegations that allows the name.
        if record.kind != .http, policy.publish.labels == .underscore, !record.name.isUnderscored {
            return Finding(
                "label-not-allowed",
                .error,
                subject: "\(record)",
                saw: "the owner name \(record.name) does not begin with an underscore label",
                wanted: "a name such as _acme-challenge.\(record.name)",
                advice: "set publish.labels to any for this zone, or publish by hand: \(byHand(survey, policy))",
                rule: "policies/\(policy.name).yaml#publish.labels"
            )
        }
        return nil
    }

    /// What a publisher can do that has not said it is not known: that is a reason to look again, never to change the method.
    private static func unheard(
        _ survey: Survey,
        _ rule: Situation.ZoneRule,
        _ policy: Policy,
        _ now: Instant
    ) -> Decision? {
        guard let publisher = rule.publishers.first(where: { $0.kinds == nil }) else { return nil }
        return .wait(
            until: now.adding(seconds: policy.wait.pollMaximumSeconds),
            reason: .unseen,
            because: "publisher \(publisher.name) has not said whether it can publish \(survey.record.kind.rawValue)",
            finding: nil
        )
    }

    private static func noPublisher(
        _ survey: Survey,
        _ rule: Situation.ZoneRule,
        _ fitting: [Situation.PublisherView],
        _ policy: Policy,
        _ situation: Situation
    ) -> Decision {
        let record = survey.record
        if let locked = fitting.first {
            // A matter for a person, not for another validation method: a change would void tokens over a hook that can be repaired.
            return .refused(
                Finding(
                    "publisher-quarantined",
                    .error,
                    subject: "\(record)",
                    saw: "publisher \(locked.name): \(situation.history.whyQuarantined(locked.name) ?? "quarantined")",
                    wanted: "a publisher that touches nothing but its own value",
                    advice: "repair the hook, then lift the quarantine: dnsproof hook trust \(locked.name)"
                )
            )
        }
        return .noPublisher(
            Finding(
                "no-publisher",
                .error,
                subject: "\(record)",
                saw: "no publisher of zone \(rule.apex?.text ?? "*") can publish \(record.kind.rawValue)",
                wanted: "\(record)",
                advice: "add a publisher for \(record.kind.rawValue) to the zone, or publish by hand: "
                    + byHand(survey, policy),
                rule: "zones"
            )
        )
    }
}

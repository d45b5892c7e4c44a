// When the present method cannot be proved here, another one may: which, and whether a change is worth its price (new tokens).

enum MethodRule {
    /// Writes a change of method, or a wait for one, into the draft. False when no method offered could be proved here.
    static func apply(to authorization: Authorization, _ policy: Policy, in draft: inout Draft) -> Bool {
        let situation = draft.situation
        let candidates = policy.methods.filter { method in
            method != authorization.method && authorization.capabilities.methods.contains(method)
        }
        guard !candidates.isEmpty else { return false }
        // The best method may be one whose publisher has not spoken yet: a change that voids tokens is not made on half the answers.
        if let silent = unheard(authorization, in: situation) {
            draft.wait(
                authorization.key,
                seconds: policy.wait.pollMaximumSeconds,
                for: .unseen,
                because: "publisher \(silent) has not said what it can publish"
            )
            return true
        }
        guard let method = candidates.first(where: { canBeProved($0, authorization, in: situation) }) else {
            return false
        }
        let changes = draft.methodChanges(of: authorization.key)
        if let wait = rest(after: changes.last, policy, situation.at) {
            draft.wait(authorization.key, until: wait.until, for: wait.reason, because: wait.because)
            return true
        }
        // A change voids tokens as a failed look does, so both have the same budget.
        let today = changes.filter(\.mayHaveHappened)
            .since(situation.at.adding(seconds: -TriggerRule.secondsPerDay))
        guard today.count < policy.trigger.attemptsPerDay else { return false }
        if let until = draft.paceEnd(of: authorization, policy) {
            draft.wait(authorization.key, until: until, for: .pace, because: TriggerRule.paceWording(policy))
            return true
        }
        draft.changeMethod(
            authorization,
            to: method,
            because:
                "\(authorization.method?.rawValue ?? "the present method") cannot be proved here, \(method.rawValue) can"
        )
        return true
    }

    /// The first publisher for one of its names that has not said what it can do.
    static func unheard(_ authorization: Authorization, in situation: Situation) -> String? {
        authorization.identifiers.lazy.compactMap { identifier in
            situation.rule(for: identifier.name)?.publishers.first { $0.kinds == nil }?.name
        }.first
    }

    private static func rest(
        after last: JournalEntry?,
        _ policy: Policy,
        _ now: Instant
    ) -> (until: Instant, reason: Step.WaitReason, because: String)? {
        guard let last else { return nil }
        if let receipt = last.receipt, receipt.outcome == .failed {
            let again = receipt.retryAt(pauseSeconds: policy.trigger.minimumIntervalSeconds)
            guard again > now else { return nil }
            return (
                again, .backOff,
                "the provider did not take the change of method: \(receipt.reason ?? "no reason given")"
            )
        }
        let again = last.intent.at.adding(seconds: policy.trigger.minimumIntervalSeconds)
        guard again > now else { return nil }
        let poll = now.adding(seconds: policy.wait.pollSeconds(since: last.intent.at, now: now))
        return (
            min(again, poll), .provider,
            "the method was changed a moment ago and the provider still shows the old records"
        )
    }

    /// A wildcard is proved by DNS only (BR 3.2.2.4.18, 3.2.2.4.19); e-mail and CNAME (whose target only a provider's
    /// delegation can name) are never changed to; everything else needs a publisher for every identifier.
    private static func canBeProved(
        _ method: ValidationMethod,
        _ authorization: Authorization,
        in situation: Situation
    ) -> Bool {
        method != .cname && canBePublished(method, authorization, in: situation)
    }

    /// Whether a record of that method could be shown for every identifier by a publisher of ours.
    static func canBePublished(
        _ method: ValidationMethod,
        _ authorization: Authorization,
        in situation: Situation
    ) -> Bool {
        let kind: RecordKind
        switch method {
        case .txt: kind = .txt
        case .cname: kind = .cname
        case .http: kind = .http
        case .email: return false
        }
        if kind == .http, authorization.identifiers.contains(where: \.isWildcard) { return false }
        guard !authorization.identifiers.isEmpty else { return false }
        return authorization.identifiers.allSatisfy { identifier in
            guard let rule = situation.rule(for: identifier.name), rule.policy.publish.isAllowed else { return false }
            return rule.publishers.contains {
                ($0.kinds ?? []).contains(kind) && situation.history.quarantined[$0.name] == nil
            }
        }
    }
}

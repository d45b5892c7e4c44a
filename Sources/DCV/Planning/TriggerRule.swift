// Everything is shown: may the provider be told to look? A look that fails voids the tokens and costs quota at the CA.

enum TriggerRule {
    private static let secondsPerDay: Int64 = 86_400

    static func apply(to authorization: Authorization, _ policy: Policy, in draft: inout Draft) {
        let situation = draft.situation
        let now = situation.at
        let attempts = draft.entries(of: authorization.key, effect: "trigger")
        if let expiry = authorization.expiresAt, expiry <= now {
            draft.wait(
                authorization.key,
                until: now.adding(seconds: policy.wait.pollMaximumSeconds),
                for: .provider,
                because: "the tokens have expired; the provider must issue new ones"
            )
            return
        }
        guard let style = style(for: authorization, policy) else {
            draft.wait(
                authorization.key,
                until: now.adding(seconds: policy.wait.pollMaximumSeconds),
                for: .provider,
                because: "everything is shown; the provider looks by itself"
            )
            return
        }
        if let wait = rest(after: attempts.last, policy, now) {
            draft.wait(authorization.key, until: wait.until, for: wait.reason, because: wait.because)
            return
        }
        let dayAgo = now.adding(seconds: -secondsPerDay)
        let today = attempts.filter { $0.intent.at > dayAgo }
        if today.count >= policy.trigger.attemptsPerDay, let first = today.first {
            draft.report(spent(authorization, policy, today.count), for: authorization.key)
            draft.wait(
                authorization.key,
                until: first.intent.at.adding(seconds: secondsPerDay),
                for: .budget,
                because: "\(today.count) attempts in 24 hours (trigger.attempts_per_day)"
            )
            return
        }
        if let clear = paceClear(authorization, style, policy, in: draft), clear > now {
            draft.wait(
                authorization.key,
                until: clear,
                for: .pace,
                because: "triggers at this provider keep \(policy.trigger.paceSeconds) s apart (trigger.pace)"
            )
            return
        }
        draft.trigger(authorization, style: style, because: "every name server that counts shows every record")
    }

    private static func style(for authorization: Authorization, _ policy: Policy) -> TriggerStyle? {
        let offered = authorization.capabilities.triggers
        switch policy.trigger.action {
        case .none: return nil
        case .patch: return offered.contains(.patch) ? .patch : offered.first
        case .retry: return offered.contains(.retry) ? .retry : offered.first
        }
    }

    /// The rest after the last trigger: the provider needs time, and its failure is not repeated at once.
    private static func rest(
        after last: JournalEntry?,
        _ policy: Policy,
        _ now: Instant
    ) -> (until: Instant, reason: Step.WaitReason, because: String)? {
        guard let last else { return nil }
        let latest = now.adding(seconds: Planner.backOffLimitSeconds)
        if let notBefore = last.receipt?.notBefore.map({ min($0, latest) }), notBefore > now {
            return (
                notBefore, .backOff, "the provider did not take the last trigger: \(last.receipt?.reason ?? "unknown")"
            )
        }
        let again = last.intent.at.adding(seconds: policy.trigger.minimumIntervalSeconds)
        // A trigger the provider refused before it did anything has its own back-off above; all others keep the interval.
        guard again > now, last.receipt?.outcome != .failed else { return nil }
        let poll = now.adding(seconds: policy.wait.pollSeconds(since: last.intent.at, now: now))
        return (min(poll, again), .provider, "the provider was told to look and has not answered yet")
    }

    private static func paceClear(
        _ authorization: Authorization,
        _ style: TriggerStyle,
        _ policy: Policy,
        in draft: Draft
    ) -> Instant? {
        let paceEnd = draft.situation.at.adding(seconds: policy.trigger.paceSeconds)
        if let other = draft.triggered[authorization.scope] {
            // One retry covers its whole scope, so further ones in the same plan are the same call.
            return other == .retry && style == .retry ? nil : paceEnd
        }
        return draft.situation.history
            .lastTrigger(inScope: authorization.scope, of: authorization.key.provider)?
            .intent.at.adding(seconds: policy.trigger.paceSeconds)
    }

    private static func spent(_ authorization: Authorization, _ policy: Policy, _ count: Int) -> Finding {
        Finding(
            "trigger-budget-spent",
            .error,
            subject: authorization.subject,
            saw: "\(count) attempts in 24 hours, all records shown, and the provider still says "
                + "\"\(authorization.providerStatus.shortened())\"",
            wanted: "a validation that succeeds",
            advice: "read the validation errors in the provider's console (CAA, DNSSEC, rate limits of the CA)",
            rule: "policies/\(policy.name).yaml#trigger.attempts_per_day"
        )
    }
}

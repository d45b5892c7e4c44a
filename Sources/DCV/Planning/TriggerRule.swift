// Everything is shown: may the provider be told to look? A look that fails voids the tokens and costs quota at the CA.

enum TriggerRule {
    static let secondsPerDay: Int64 = 86_400

    /// A reason to leave the provider alone until then.
    private struct Rest {
        let until: Instant
        let reason: Step.WaitReason
        let because: String
    }

    static func apply(to authorization: Authorization, _ policy: Policy, in draft: inout Draft) {
        guard let style = style(for: authorization, policy, in: draft) else {
            let records = authorization.challenges.flatMap(\.alternatives)
            let publishedAt = records.compactMap { draft.publications(of: $0).last?.intent.at }.max()
            draft.wait(
                authorization.key,
                seconds: policy.wait.pollSeconds(since: publishedAt, now: draft.situation.at),
                for: .provider,
                because: "everything is shown; the provider looks by itself"
            )
            return
        }
        let own = rest(of: authorization, policy, in: draft)
        if own?.reason == .budget { draft.report(spent(authorization, policy, in: draft), for: authorization.key) }
        let rest =
            own
            ?? inPlan(authorization, style, policy, in: draft)
            ?? (style == .retry ? company(of: authorization, policy, in: draft) : nil)
            ?? pace(authorization, policy, in: draft)
        if let rest {
            draft.wait(authorization.key, until: rest.until, for: rest.reason, because: rest.because)
        } else {
            draft.trigger(authorization, style: style, because: "every record is shown everywhere that counts")
        }
    }

    /// The style the policy asks for where the provider offers it, else what it does offer. A retry that would make the provider look
    /// at certificates that are not ready gives way to a patch.
    private static func style(
        for authorization: Authorization,
        _ policy: Policy,
        in draft: Draft
    ) -> TriggerStyle? {
        let offered = authorization.capabilities.triggers
        switch policy.trigger.action {
        case .none: return nil
        case .patch: return offered.contains(.patch) ? .patch : offered.first
        case .retry:
            guard offered.contains(.retry) else { return offered.first }
            let mustPatch = offered.contains(.patch) && company(of: authorization, policy, in: draft) != nil
            return mustPatch ? .patch : .retry
        }
    }

    /// The rest after the last trigger (the provider needs time, and its failure is not repeated at once), or after the day's last one.
    private static func rest(of authorization: Authorization, _ policy: Policy, in draft: Draft) -> Rest? {
        let now = draft.situation.at
        let attempts = draft.triggers(of: authorization)
        if let receipt = attempts.last?.receipt, receipt.outcome == .failed || receipt.notBefore != nil {
            let again = receipt.retryAt(pauseSeconds: policy.trigger.minimumIntervalSeconds)
            if again > now {
                return Rest(
                    until: again,
                    reason: .backOff,
                    because: "the provider did not take the last trigger: \(receipt.reason ?? "no reason given")"
                )
            }
        }
        let made = attempts.filter(\.mayHaveHappened)
        if let last = made.last {
            let again = last.intent.at.adding(seconds: policy.trigger.minimumIntervalSeconds)
            if again > now {
                let poll = now.adding(seconds: policy.wait.pollSeconds(since: last.intent.at, now: now))
                return Rest(
                    until: min(poll, again),
                    reason: .provider,
                    because: last.receipt?.missed.map { "the provider looked and did not find it: \($0)" }
                        ?? "the provider was told to look and has not answered yet"
                )
            }
        }
        let (today, limit) = budget(of: authorization, policy, in: draft)
        guard today.count >= limit else { return nil }
        let oldest = limit > 0 ? today[today.count - limit].intent.at : now
        return Rest(
            until: oldest.adding(seconds: secondsPerDay),
            reason: .budget,
            because: "\(today.count) attempt\(today.count == 1 ? "" : "s") in 24 hours "
                + (limit < policy.trigger.attemptsPerDay
                    ? "is all while CAA records leave it open (caa.account)" : "(trigger.attempts_per_day)")
        )
    }

    /// What a trigger already in this plan means for this one.
    private static func inPlan(
        _ authorization: Authorization,
        _ style: TriggerStyle,
        _ policy: Policy,
        in draft: Draft
    ) -> Rest? {
        guard let other = draft.triggered[TriggerScope(authorization)] else { return nil }
        let now = draft.situation.at
        if other.style == .retry {
            return Rest(
                until: now.adding(seconds: policy.wait.pollMinimumSeconds),
                reason: .provider,
                because: "the retry for \(draft.title(of: other.by)) covers it"
            )
        }
        // A retry covers what the first one asked for; it comes after it in any case.
        guard style == .retry, policy.trigger.paceSeconds == 0 else { return nil }
        return Rest(until: now.adding(seconds: 1), reason: .pace, because: paceWording(policy))
    }

    /// A retry makes the provider look at everything that is pending in the scope, so all of it must be ready and rested.
    private static func company(of authorization: Authorization, _ policy: Policy, in draft: Draft) -> Rest? {
        let siblings = draft.siblings(of: authorization)
        let hindrance: (by: Authorization, reason: Step.WaitReason, because: String)
        if let left = siblings.first(where: { draft.policy(for: $0).trigger.action == .none }) {
            let name = draft.policy(for: left).name
            hindrance = (
                left, .provider,
                "which its policy \"\(name)\" leaves alone (trigger.action); let that one trigger, too, or trigger this one by hand"
            )
        } else if let unready = siblings.first(where: { sibling in
            !PendingRule.isReady(sibling, in: draft) || rest(of: sibling, draft.policy(for: sibling), in: draft) != nil
        }) {
            hindrance = (unready, .propagation, "which is not ready for it")
        } else {
            return nil
        }
        return Rest(
            until: draft.situation.at.adding(seconds: policy.wait.pollMaximumSeconds),
            reason: hindrance.reason,
            because: "a retry would make the provider look at \(hindrance.by.subject) too, \(hindrance.because)"
        )
    }

    private static func pace(_ authorization: Authorization, _ policy: Policy, in draft: Draft) -> Rest? {
        draft.paceEnd(of: authorization, policy).map { Rest(until: $0, reason: .pace, because: paceWording(policy)) }
    }

    static func paceWording(_ policy: Policy) -> String {
        "calls with an effect at this provider keep \(policy.trigger.paceSeconds) s apart (trigger.pace)"
    }

    /// The attempts of the last day that count, and how many may be made. Those that the provider refused before it looked cost nothing at
    /// the CA. Where CAA records may forbid it, and nobody here can know, the CA's answer to one attempt is enough to know for a day.
    private static func budget(
        of authorization: Authorization,
        _ policy: Policy,
        in draft: Draft
    ) -> (today: [JournalEntry], limit: Int) {
        let made = draft.triggers(of: authorization).filter(\.mayHaveHappened)
            .since(draft.situation.at.adding(seconds: -secondsPerDay))
        let limit = policy.trigger.attemptsPerDay
        // A neighbour's retry may have been made before there was this order.
        let own = made.filter { $0.intent.authorization == authorization.key }
        guard limit > 1, !own.isEmpty, made.count < limit, CAARule.judge(authorization, in: draft).isDoubtful else {
            return (made, limit)
        }
        return (own, 1)
    }

    private static func spent(_ authorization: Authorization, _ policy: Policy, in draft: Draft) -> Finding {
        let (today, limit) = budget(of: authorization, policy, in: draft)
        let isDoubtful = limit < policy.trigger.attemptsPerDay
        return Finding(
            "trigger-budget-spent",
            .error,
            subject: authorization.subject,
            saw:
                "\(today.count) attempt\(today.count == 1 ? "" : "s") in 24 hours, all records shown, and the provider still says "
                + "\"\(authorization.providerStatus.shortened())\"",
            wanted: "a validation that succeeds",
            advice: isDoubtful
                ? "correct the CAA records told above, or write the account they must name under caa.account"
                : "read the validation errors in the provider's console (CAA, DNSSEC, rate limits of the CA)",
            rule: "policies/\(policy.name).yaml#" + (isDoubtful ? "caa.account" : "trigger.attempts_per_day")
        )
    }
}

extension JournalEntry {
    /// Whether the effect happened, or may have: a crash or a lost answer counts as done.
    var mayHaveHappened: Bool { receipt?.outcome != .failed }
}

extension [JournalEntry] {
    func since(_ instant: Instant) -> [JournalEntry] { filter { $0.intent.at > instant } }
}

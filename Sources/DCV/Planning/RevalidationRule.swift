// A proof that still holds and will run out: when to begin the next one, so that no renewal ever waits for it.

enum RevalidationRule {
    /// However short a proof holds, this part of its time is left when the next one is begun.
    private static let remainingShare: Int64 = 3
    /// Between two revalidations of one authorization: each starts a validation with its own tokens.
    static let minimumIntervalSeconds: Int64 = 86_400

    static func apply(to authorization: Authorization, in draft: inout Draft) {
        let policy = draft.policy(for: authorization)
        let now = draft.situation.at
        guard isDue(authorization, policy, at: now), let proof = authorization.proof else { return }
        if let rest = rest(of: authorization, policy, in: draft) {
            draft.wait(authorization.key, until: rest.until, for: rest.reason, because: rest.because)
            return
        }
        if let silent = MethodRule.unheard(authorization, in: draft.situation) {
            draft.wait(
                authorization.key,
                seconds: policy.wait.pollMaximumSeconds,
                for: .unseen,
                because: "publisher \(silent) has not said what it can publish"
            )
            return
        }
        guard let method = method(for: authorization, policy, in: draft.situation) else {
            draft.report(notProvable(authorization, proof, policy, now), for: authorization.key)
            return
        }
        if let until = draft.paceEnd(of: authorization, policy) {
            draft.wait(authorization.key, until: until, for: .pace, because: TriggerRule.paceWording(policy))
            return
        }
        draft.revalidate(authorization, by: method, because: wording(proof, now))
    }

    static func isDue(_ authorization: Authorization, _ policy: Policy, at now: Instant) -> Bool {
        guard !authorization.capabilities.revalidations.isEmpty, policy.revalidate.beforeExpirySeconds > 0,
            let proof = authorization.proof
        else { return false }
        return proof.until.adding(seconds: -leadSeconds(proof, policy)) <= now
    }

    /// How long before its end a proof is renewed: what the policy says, but never most of the time that it holds. A proof of ten days
    /// (BR 4.2.1 from 2029-03-15) under a lead of thirty would be renewed without end.
    static func leadSeconds(_ proof: ProofPeriod, _ policy: Policy) -> Int64 {
        let lead = policy.revalidate.beforeExpirySeconds
        guard let from = proof.from, from < proof.until else { return lead }
        return min(lead, proof.until.milliseconds(since: from) / 1000 / remainingShare)
    }

    private static func rest(
        of authorization: Authorization,
        _ policy: Policy,
        in draft: Draft
    ) -> (until: Instant, reason: Step.WaitReason, because: String)? {
        guard let last = draft.revalidations(of: authorization.key).last else { return nil }
        let now = draft.situation.at
        if let receipt = last.receipt, receipt.outcome == .failed {
            let again = receipt.retryAt(pauseSeconds: policy.wait.pollMaximumSeconds)
            guard again > now else { return nil }
            return (
                again, .backOff, "the provider did not take the revalidation: \(receipt.reason ?? "no reason given")"
            )
        }
        let again = last.intent.at.adding(seconds: minimumIntervalSeconds)
        guard again > now else { return nil }
        let poll = now.adding(seconds: policy.wait.pollSeconds(since: last.intent.at, now: now))
        return (min(poll, again), .provider, "a revalidation was begun and the provider still shows the old proof")
    }

    /// The method it was proved by, unless it cannot be shown from here; else the best of the policy's that can.
    private static func method(
        for authorization: Authorization,
        _ policy: Policy,
        in situation: Situation
    ) -> ValidationMethod? {
        let candidates = [authorization.method].compactMap { $0 } + policy.methods
        return candidates.first { method in
            authorization.capabilities.revalidations.contains(method)
                && MethodRule.canBePublished(method, authorization, in: situation)
        }
    }

    private static func wording(_ proof: ProofPeriod, _ now: Instant) -> String {
        let left = proof.until.milliseconds(since: now)
        guard left > 0 else { return "the proof has run out" }
        let days = left / 86_400_000
        return days == 0 ? "the proof holds for less than a day more" : "the proof holds for \(days) days more"
    }

    private static func notProvable(
        _ authorization: Authorization,
        _ proof: ProofPeriod,
        _ policy: Policy,
        _ now: Instant
    ) -> Finding {
        let offered = authorization.capabilities.revalidations.map(\.rawValue).joined(separator: ", ")
        return Finding(
            "revalidation-not-possible",
            .error,
            subject: authorization.subject,
            saw: "\(wording(proof, now)), and no publisher here can show a record for it",
            wanted: "a publisher for one of: \(offered)",
            advice: "add a publisher to the zone, or validate the domain by hand in the provider's console",
            rule: "policies/\(policy.name).yaml#revalidate.before_expiry"
        )
    }
}

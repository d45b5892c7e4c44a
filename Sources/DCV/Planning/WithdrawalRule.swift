// Which of our own records have served and go. Only what the journal says we published, only exactly that value, and never on an odd answer.

enum WithdrawalRule {
    static func apply(to draft: inout Draft) {
        let situation = draft.situation
        let byKey = Dictionary(situation.authorizations.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let wanted = Set(
            situation.authorizations.filter { $0.status != .valid && $0.status != .dead }.flatMap(\.records)
        )
        for published in draft.published where !wanted.contains(published.record) {
            guard published.record.purpose == .oneTime,
                let reason = reason(published, byKey[published.authorization], at: situation.at)
            else { continue }
            let policy = situation.rule(for: published.target)?.policy ?? .standard
            guard policy.publish.withdraw == .afterValidation else { continue }
            write(published, policy, because: reason, in: &draft)
        }
    }

    private static func reason(
        _ published: PublishedRecord,
        _ authorization: Authorization?,
        at now: Instant
    ) -> String? {
        guard let authorization else {
            // Gone from the provider's answer: that alone is no reason, the answer may be wrong. Age is.
            let dead = published.at.adding(seconds: Planner.tokenLifeLimitDays * 86_400)
            return dead <= now ? "its token is older than \(Planner.tokenLifeLimitDays) days" : nil
        }
        switch authorization.status {
        case .valid: return "the provider has validated it"
        case .dead: return "the provider has ended this authorization"
        case .unknown: return nil
        case .pending, .busy:
            let isUnderstood = !authorization.findings.contains { $0.severity == .error }
            return isUnderstood && !authorization.challenges.isEmpty ? "the provider has issued other tokens" : nil
        }
    }

    private static func write(
        _ published: PublishedRecord,
        _ policy: Policy,
        because reason: String,
        in draft: inout Draft
    ) {
        let situation = draft.situation
        guard situation.zones.contains(where: { $0.publishers.contains { $0.name == published.publisher } }) else {
            draft.report(
                Finding(
                    "publisher-unknown",
                    .error,
                    subject: "\(published.record)",
                    saw:
                        "it was published through \"\(published.publisher)\", which no zone of the configuration names any more",
                    wanted: "the record withdrawn, because \(reason)",
                    advice: "bring the publisher back for one run, or remove the record by hand"
                ),
                for: published.authorization
            )
            return
        }
        if let quarantine = situation.history.quarantined[published.publisher] {
            draft.report(
                Finding(
                    "publisher-quarantined",
                    .error,
                    subject: "\(published.record)",
                    saw: "publisher \(published.publisher): \(quarantine)",
                    wanted: "the record withdrawn, because \(reason)",
                    advice: "repair the hook and lift the quarantine (dnsproof hook trust \(published.publisher)), "
                        + "or remove the record by hand"
                ),
                for: published.authorization
            )
            return
        }
        let attempts = situation.history.entries.filter { entry in
            if case .withdraw(published.record, published.target, _, published.publisher) = entry.intent.effect {
                entry.intent.at >= published.at
            } else {
                false
            }
        }
        let latest = situation.at.adding(seconds: Planner.backOffLimitSeconds)
        if let notBefore = attempts.last?.receipt?.notBefore.map({ min($0, latest) }), notBefore > situation.at {
            draft.wait(
                published.authorization,
                until: notBefore,
                for: .backOff,
                because: "the last attempt to withdraw \(published.record.name) failed: "
                    + "\(attempts.last?.receipt?.reason ?? "no reason given")"
            )
            return
        }
        draft.change(
            published.authorization,
            .withdraw(
                Step.Publication(
                    record: published.record,
                    target: published.target,
                    zone: published.zone,
                    publisher: published.publisher,
                    ttlSeconds: policy.publish.ttlSeconds
                )
            ),
            limit: policy.publish.changesPerRun,
            because: reason
        )
    }
}

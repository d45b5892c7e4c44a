// Which of our own records have served and go. Only what the journal says we published, only exactly that value, and never on an odd answer.

enum WithdrawalRule {
    static func apply(to draft: inout Draft) {
        let situation = draft.situation
        let byKey = Dictionary(situation.authorizations.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let wanted = Set(
            situation.authorizations.flatMap { authorization in
                let isFinished = authorization.status == .valid || authorization.status == .dead
                return authorization.records.filter { !isFinished || $0.purpose == .standing }
            }
            .map { place($0.content) }
        )
        // One value may have been published twice, through publishers that reach the same name servers: the younger one counts.
        let youngest = Dictionary(draft.published.map { (place($0.record.content), $0.at) }, uniquingKeysWith: max)
        let due = draft.published.compactMap {
            published -> (record: PublishedRecord, policy: Policy, reason: String)? in
            guard !wanted.contains(place(published.record.content)), published.record.purpose == .oneTime,
                !draft.ambiguous.contains(published.authorization),
                let reason = reason(
                    published,
                    youngest[place(published.record.content)] ?? published.at,
                    byKey[published.authorization],
                    in: draft
                )
            else { return nil }
            let policy = situation.zones.policy(for: published.target)
            return policy.publish.withdraw == .afterValidation ? (published, policy, reason) : nil
        }
        let leaving = Set(due.map(\.record.record))
        for one in due { write(one.record, one.policy, because: one.reason, leaving: leaving, in: &draft) }
    }

    /// What two certificates may share, whatever each calls its purpose. One web root may serve several hosts, so a file is compared
    /// without its host.
    private static func place(_ content: RequiredRecord.Content) -> RequiredRecord.Content {
        guard case .http(_, let path, let body) = content else { return content }
        return .http(host: .root, path: path, body: body)
    }

    /// - Parameter publishedAt: when the value was published last, by whatever publisher.
    private static func reason(
        _ published: PublishedRecord,
        _ publishedAt: Instant,
        _ authorization: Authorization?,
        in draft: Draft
    ) -> String? {
        let now = draft.situation.at
        guard let authorization else {
            if let client = ACMEClient(published.authorization.provider) {
                return reason(published, publishedAt, client, in: draft)
            }
            // Gone from the provider's answer: that alone is no reason, the answer may be wrong. Age is.
            let dead = publishedAt.adding(seconds: Planner.tokenLifeLimitDays * 86_400)
            return dead <= now ? "its token is older than \(Planner.tokenLifeLimitDays) days" : nil
        }
        guard authorization.mayBeActedOn else { return nil }
        switch authorization.status {
        case .valid: return "the provider has validated it"
        case .dead: return "the provider has ended this authorization"
        case .pending: return authorization.challenges.isEmpty ? nil : "the provider has issued other tokens"
        // A busy provider may leave out what it still looks for.
        case .busy, .unknown: return nil
        }
    }

    /// Nobody lists what an ACME client waits for: it calls again when it is done, or it never will.
    private static func reason(
        _ published: PublishedRecord,
        _ publishedAt: Instant,
        _ client: ACMEClient,
        in draft: Draft
    ) -> String? {
        if lastWithdrawal(of: published, in: draft) != nil {
            return "\(client.rawValue) is done with it, and an earlier try to withdraw it did not succeed"
        }
        let dead = publishedAt.adding(seconds: ACMEClient.orderLifeDays * 86_400)
        guard dead <= draft.situation.at else { return nil }
        return
            "\(client.rawValue) has not come back for it in \(ACMEClient.orderLifeDays) days, longer than its order lives"
    }

    private static func write(
        _ published: PublishedRecord,
        _ policy: Policy,
        because reason: String,
        leaving: Set<RequiredRecord>,
        in draft: inout Draft
    ) {
        if let hindrance = hindrance(published, reason, leaving, draft) {
            draft.report(hindrance, for: published.authorization)
        } else if let rest = rest(published, policy, in: draft) {
            draft.wait(
                published.authorization,
                until: rest.until,
                for: .backOff,
                because: "the last attempt to withdraw \(published.record.name) failed: \(rest.reason)"
            )
        } else {
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

    /// Why the publisher that showed the record cannot take it away.
    private static func hindrance(
        _ published: PublishedRecord,
        _ reason: String,
        _ leaving: Set<RequiredRecord>,
        _ draft: Draft
    ) -> Finding? {
        let situation = draft.situation
        let publisher = published.publisher
        if let quarantine = situation.history.whyQuarantined(publisher) {
            return Finding(
                "publisher-quarantined",
                .error,
                subject: "\(published.record)",
                saw: "publisher \(publisher): \(quarantine)",
                wanted: "the record withdrawn, because \(reason)",
                advice: "repair the hook and lift the quarantine (dnsproof hook trust \(publisher)), "
                    + "or remove the record by hand"
            )
        }
        if let view = situation.zones.publisher(publisher) {
            let (record, target) = (published.record, published.target)
            let others = HookLimits.others(than: record, at: target, leaving: leaving, in: draft)
            return HookLimits.refusal(.withdraw, record, at: target, by: view, others: others)
        }
        return Finding(
            "publisher-unknown",
            .error,
            subject: "\(published.record)",
            saw: "it was published through \"\(publisher)\", which no zone of the configuration names any more",
            wanted: "the record withdrawn, because \(reason)",
            advice: "bring the publisher back for one run, or remove the record by hand"
        )
    }

    /// The rest after an attempt that failed.
    private static func rest(
        _ published: PublishedRecord,
        _ policy: Policy,
        in draft: Draft
    ) -> (until: Instant, reason: String)? {
        guard let receipt = lastWithdrawal(of: published, in: draft)?.receipt, receipt.outcome == .failed else {
            return nil
        }
        let until = receipt.retryAt(pauseSeconds: policy.wait.pollMaximumSeconds)
        return until > draft.situation.at ? (until, receipt.reason ?? "no reason given") : nil
    }

    /// The last try to take it away since it was published last.
    private static func lastWithdrawal(of published: PublishedRecord, in draft: Draft) -> JournalEntry? {
        draft.withdrawals(of: published.record).last { entry in
            guard case .withdraw(_, published.target, _, published.publisher) = entry.intent.effect else {
                return false
            }
            return entry.intent.at >= published.at
        }
    }
}

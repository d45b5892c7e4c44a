// What to do about an authorization that waits for proof: choose the record for each challenge, publish, change method or trigger.

enum PendingRule {
    /// How far one record is, best first; the raw value is the rank when alternatives compete.
    private enum Progress: Int {
        case shown, onItsWay, publishable, unseen, blocked, unprovable
    }

    /// One alternative of a challenge, judged, with the steps that would follow from choosing it.
    private struct Assessment {
        let record: RequiredRecord
        let progress: Progress
        var publication: Step.Publication?
        var wait: (until: Instant, reason: Step.WaitReason, because: String)?
        var findings: [Finding] = []
    }

    static func apply(to authorization: Authorization, in draft: inout Draft) {
        let policy = draft.policy(for: authorization)
        guard !authorization.challenges.isEmpty else {
            draft.wait(
                authorization.key,
                until: draft.situation.at.adding(seconds: policy.wait.pollMinimumSeconds),
                for: .provider,
                because: "the provider has not named a record yet"
            )
            return
        }
        let chosen = authorization.challenges.compactMap { challenge in
            challenge.alternatives
                .map { assess($0, of: authorization, in: draft) }
                .min { rank($0, policy) < rank($1, policy) }
        }
        if chosen.contains(where: { $0.progress == .unprovable }),
            MethodRule.apply(to: authorization, policy, in: &draft)
        {
            return
        }
        for assessment in chosen { write(assessment, of: authorization, policy, in: &draft) }
        if chosen.allSatisfy({ $0.progress == .shown }) {
            TriggerRule.apply(to: authorization, policy, in: &draft)
        }
    }

    private static func rank(_ assessment: Assessment, _ policy: Policy) -> (Int, Int) {
        let preference = policy.methods.firstIndex(of: assessment.record.kind.method) ?? policy.methods.count
        return (assessment.progress.rawValue, preference)
    }

    private static func write(
        _ assessment: Assessment,
        of authorization: Authorization,
        _ policy: Policy,
        in draft: inout Draft
    ) {
        for finding in assessment.findings { draft.report(finding, for: authorization.key) }
        if let publication = assessment.publication {
            if draft.publishing.contains(publication.record) { return }
            draft.change(
                authorization.key,
                .publish(publication),
                limit: policy.publish.changesPerRun,
                because: "no name server shows it yet"
            )
        } else if let wait = assessment.wait {
            draft.wait(authorization.key, until: wait.until, for: wait.reason, because: wait.because)
        }
    }

    private static func assess(
        _ record: RequiredRecord,
        of authorization: Authorization,
        in draft: Draft
    ) -> Assessment {
        let situation = draft.situation
        let policy = situation.rule(for: record.name)?.policy ?? draft.policy(for: authorization)
        guard let survey = draft.survey(of: record) else {
            return Assessment(
                record: record,
                progress: .unseen,
                wait: (
                    situation.at.adding(seconds: policy.wait.pollMinimumSeconds), .unseen,
                    "\(record.name) has not been looked at yet"
                )
            )
        }
        let findings = Checks.findings(survey)
        switch Propagation.judge(survey, policy.propagation) {
        case .complete:
            return Assessment(record: record, progress: .shown, findings: findings)
        case .missing:
            return assessMissing(survey, policy, findings, in: draft)
        case .incomplete(let lacking, let cacheSeconds):
            let poll = pollAgain(record, policy, in: draft)
            let caches = situation.at.adding(seconds: cacheSeconds)
            return Assessment(
                record: record,
                progress: .onItsWay,
                wait: (
                    max(poll, caches), .propagation,
                    "\(record.name) is not shown yet by \(listing(lacking))"
                ),
                findings: findings
            )
        case .contradicted:
            return Assessment(record: record, progress: .blocked, findings: findings)
        case .cannotTell(let unseen, let problems):
            let why = problems.first.map(\.text) ?? "no answer that counts from \(listing(unseen))"
            return Assessment(
                record: record,
                progress: .unseen,
                wait: (
                    situation.at.adding(seconds: policy.wait.pollMaximumSeconds), .unseen, "\(record.name): \(why)"
                ),
                findings: findings
            )
        }
    }

    private static func assessMissing(
        _ survey: Survey,
        _ policy: Policy,
        _ findings: [Finding],
        in draft: Draft
    ) -> Assessment {
        switch PublishRule.decide(survey, policy, in: draft) {
        case .publish(let publication):
            return Assessment(
                record: survey.record,
                progress: .publishable,
                publication: publication,
                findings: findings
            )
        case .wait(let until, let reason, let because, let finding):
            return Assessment(
                record: survey.record,
                progress: .onItsWay,
                wait: (until, reason, because),
                findings: findings + (finding.map { [$0] } ?? [])
            )
        case .refused(let finding):
            return Assessment(record: survey.record, progress: .blocked, findings: findings + [finding])
        case .noPublisher(let finding):
            return Assessment(record: survey.record, progress: .unprovable, findings: findings + [finding])
        }
    }

    /// Half the time since the record was published, within the policy's bounds: quick at first, patient later.
    private static func pollAgain(_ record: RequiredRecord, _ policy: Policy, in draft: Draft) -> Instant {
        let publishedAt = draft.publications(of: record).last?.intent.at
        let now = draft.situation.at
        return now.adding(seconds: policy.wait.pollSeconds(since: publishedAt, now: now))
    }

    private static func listing(_ observations: [Observation]) -> String {
        let shown = observations.prefix(4).map(\.vantage.description).joined(separator: ", ")
        return observations.count > 4 ? "\(shown) and \(observations.count - 4) more" : shown
    }
}

extension Policy.Wait {
    /// Seconds until the next look at something that began at `since`; the longest poll when that is not known.
    func pollSeconds(since: Instant?, now: Instant) -> Int64 {
        guard let since else { return pollMaximumSeconds }
        return min(max(now.milliseconds(since: since) / 2000, pollMinimumSeconds), pollMaximumSeconds)
    }
}

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

    /// Whether everything a CA will look for is shown, in this very situation, by tokens that still live, and CAA lets it issue: the only
    /// state in which a provider may be made to look.
    static func isReady(_ authorization: Authorization, in draft: Draft) -> Bool {
        guard authorization.status == .pending, authorization.mayBeActedOn, !authorization.challenges.isEmpty,
            !draft.ambiguous.contains(authorization.key), !isExpired(authorization, in: draft)
        else { return false }
        let isShown = authorization.challenges.allSatisfy { challenge in
            challenge.alternatives.contains { record in
                guard let survey = draft.survey(of: record) else { return false }
                return Propagation.judge(survey, draft.policy(for: record).propagation)
                    == .complete
            }
        }
        return isShown && !CAARule.judge(authorization, in: draft).blocks
    }

    static func apply(to authorization: Authorization, in draft: inout Draft) {
        let policy = draft.policy(for: authorization)
        if isExpired(authorization, in: draft) {
            draft.report(expired(authorization), for: authorization.key)
            draft.wait(
                authorization.key,
                seconds: policy.wait.pollMaximumSeconds,
                for: .provider,
                because: "the tokens have expired; the provider must issue new ones"
            )
            return
        }
        let ruling = CAARule.judge(authorization, in: draft)
        for finding in ruling.findings { draft.report(finding, for: authorization.key) }
        if let because = ruling.hindrance.isOpenBecause {
            draft.wait(
                authorization.key,
                seconds: policy.wait.pollMaximumSeconds,
                for: .unseen,
                because: because
            )
        }
        if authorization.challenges.isEmpty, authorization.method != .email {
            awaitRecords(of: authorization, policy, in: &draft)
            return
        }
        let chosen = assessments(of: authorization, policy, in: draft)
        // A challenge without a record (a mail, a record that was refused) is proved by nothing here.
        let isRecordless = chosen.count < max(authorization.challenges.count, 1)
        if !ruling.blocks, isRecordless || chosen.contains(where: { $0.progress == .unprovable }),
            MethodRule.apply(to: authorization, policy, in: &draft)
        {
            return
        }
        if isRecordless { draft.report(recordless(authorization), for: authorization.key) }
        for assessment in chosen { write(assessment, of: authorization, policy, in: &draft) }
        if isReady(authorization, in: draft) { TriggerRule.apply(to: authorization, policy, in: &draft) }
    }

    /// The best alternative of every challenge that has any.
    private static func assessments(
        of authorization: Authorization,
        _ policy: Policy,
        in draft: Draft
    ) -> [Assessment] {
        authorization.challenges.compactMap { challenge in
            challenge.alternatives
                .map { assess($0, of: authorization, in: draft) }
                .min { rank($0, policy) < rank($1, policy) }
        }
    }

    /// Quick at first after a change of method, patient later: new tokens take the provider some seconds.
    private static func awaitRecords(of authorization: Authorization, _ policy: Policy, in draft: inout Draft) {
        let changedAt = draft.methodChanges(of: authorization.key).last?.intent.at
        draft.wait(
            authorization.key,
            seconds: policy.wait.pollSeconds(since: changedAt, now: draft.situation.at),
            for: .records,
            because: "the provider has not named a record yet"
        )
    }

    private static func isExpired(_ authorization: Authorization, in draft: Draft) -> Bool {
        authorization.expiresAt.map { $0 <= draft.situation.at } ?? false
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
            if draft.publishing.contains(publication.record.content) {
                draft.wait(
                    authorization.key,
                    seconds: policy.wait.pollMinimumSeconds,
                    for: .propagation,
                    because: "\(publication.record.name) is being published for another certificate"
                )
                return
            }
            draft.change(
                authorization.key,
                .publish(publication),
                limit: policy.publish.changesPerRun,
                because: publication.record.kind == .http
                    ? "the host does not serve it yet" : "no name server shows it yet"
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
        let policy = draft.policy(for: record)
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
        var findings = Checks.findings(survey)
        let propagation = Propagation.judge(survey, policy.propagation)
        if propagation != .missing, let complaint = PublishedBefore.complaint(record, in: draft) {
            findings.append(complaint)
        }
        switch propagation {
        case .complete:
            // What the policy tolerates is worth telling, and nothing is waited for.
            return Assessment(record: record, progress: .shown, findings: findings.map(\.withoutWaiting))
        case .missing:
            return assessMissing(survey, authorization, policy, findings, in: draft)
        case .incomplete(let lacking, _):
            let changedAt = draft.changedAt(record)
            let forecast = Forecast(survey, propagation, toldAt: situation.at, changedAt: changedAt)
            let reasons = forecast?.reasons(limit: 4) ?? "not shown yet by \(listing(lacking))"
            let why = [reasons, Perspectives.told(survey)].compactMap { $0 }.joined(separator: "; ")
            return Assessment(
                record: record,
                progress: .onItsWay,
                wait: (
                    draft.nextLook(propagation, survey, policy), .propagation, "\(record.name): \(why)"
                ),
                findings: findings
            )
        case .contradicted:
            return Assessment(record: record, progress: .blocked, findings: findings)
        case .cannotTell(let unseen, let problems):
            let why =
                problems.first.map(\.text)
                ?? (unseen.isEmpty ? "nobody has been asked yet" : "no answer that counts from \(listing(unseen))")
            return Assessment(
                record: record,
                progress: .unseen,
                wait: (
                    survey.at.adding(seconds: policy.wait.pollMaximumSeconds), .unseen, "\(record.name): \(why)"
                ),
                findings: findings
            )
        }
    }

    private static func assessMissing(
        _ survey: Survey,
        _ authorization: Authorization,
        _ policy: Policy,
        _ findings: [Finding],
        in draft: Draft
    ) -> Assessment {
        switch PublishRule.decide(survey, for: authorization, policy, in: draft) {
        case .publish(let publication, let finding):
            return Assessment(
                record: survey.record,
                progress: .publishable,
                publication: publication,
                findings: findings + (finding.map { [$0] } ?? [])
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

    private static func expired(_ authorization: Authorization) -> Finding {
        Finding(
            "tokens-expired",
            .waiting,
            subject: authorization.subject,
            saw: "the provider still lists tokens that have expired",
            wanted: "new tokens",
            advice:
                "nothing is published or triggered until the provider issues new ones; if it does not, order the certificate again"
        )
    }

    private static func recordless(_ authorization: Authorization) -> Finding {
        Finding(
            "no-record-offered",
            .error,
            subject: authorization.subject,
            saw:
                "validation method \(authorization.method?.rawValue ?? "unknown"), and a challenge without a usable record",
            wanted: "a TXT or CNAME record or an HTTP file for every challenge",
            advice: "change the validation method at the provider, or prove it by hand"
        )
    }

    private static func listing(_ observations: [Observation]) -> String {
        observations.map(\.vantage.description).listed(upTo: 4)
    }
}

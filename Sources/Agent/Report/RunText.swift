// What a run says: while it goes on (one line an event) and when it is over (what was done, what is left, what to do).
package import DCV

package enum RunText {
    /// The lines of one event for a live view; empty when it is not worth a line.
    package static func lines(_ event: RunEvent, at now: Instant) -> [String] {
        switch event {
        case .reading: []
        case .surveying(let records): ["look      \(records) record\(records == 1 ? "" : "s") at every name server"]
        case .surveyed(let surveys): surveys.flatMap { SurveyText.lines($0) }.map { "          " + $0 }
        case .performing(let step): [PlanText.headline(step, at: now)]
        case .performed(let performed): PlanText.lines(performed.step, at: now) + result(performed)
        case .sleeping(let until, let steps):
            ["look again in \(TimeText.span(milliseconds: until.milliseconds(since: now)))\(reason(steps))"]
        }
    }

    /// What is left to say after a run: how it ended, findings and waits, and one line that closes it.
    /// - Parameters:
    ///   - news: what earlier runs have told; nil when that is not known.
    ///   - isNewsOnly: leaves out what stands as it was told before, and the last line; empty when all is well.
    package static func summary(
        _ report: RunReport,
        at now: Instant,
        news: RunNews? = nil,
        isNewsOnly: Bool = false
    ) -> [String] {
        var lines: [String] = []
        switch report.ending {
        case .locked where report.performed.isEmpty: lines.append("another run holds the lock; nothing was done")
        case .locked:
            lines.append("another run has taken the lock; what was done until then has its receipts")
        case .outlived: lines.append("a hook of a run that was killed is still at work; nothing more is done beside it")
        case .stopped: lines.append("stopped by a signal; every effect that was begun has its receipt")
        case .quiet, .waiting, .nothingSelected, .dryRun: break
        }
        for step in report.plan.steps {
            if isNewsOnly, let news, news.news(of: step) == .known { continue }
            lines += PlanText.lines(step, at: now, since: news?.since(step))
            if step.action.isEffect { lines.append(PlanText.indented("left", "to the next run: this one is over")) }
        }
        lines += (news?.gone ?? []).map { PlanText.gone($0) }
        if isNewsOnly, let count = news?.memory.untoldCount {
            lines.append(
                "and \(count) more findings and waits, too many to be told one by one: dnsproof plan shows all"
            )
        }
        return isNewsOnly || [.locked, .outlived].contains(report.ending)
            ? lines : lines + [ClosingText.line(report, at: now)]
    }

    /// The plan of a run that was asked to decide only.
    package static func plan(_ report: RunReport) -> [String] {
        laboratory(report.situation.isLaboratory)
            + report.plan.steps.flatMap { PlanText.lines($0, at: report.situation.at) }
            + [ClosingText.line(report, at: report.situation.at)]
    }

    /// The announcement that stands at the head of every report from a laboratory.
    package static func laboratory(_ isLaboratory: Bool) -> [String] {
        isLaboratory ? ["laboratory: special-use addresses are opened by the configuration"] : []
    }

    private static func result(_ performed: PerformedStep) -> [String] {
        switch performed.result {
        case .done: []
        case .complained(let reason): ["         done, though the hook said that it failed: \(reason)"]
        case .superseded(let because): ["         not done: \(because)"]
        case .refused(let finding): ["         not done: \(finding.saw) (\(finding.code))"]
        case .failed(let code, let reason): ["         failed: \(reason) (\(code))"]
        case .missed(let reason): ["         not proved: the provider looked: \(reason)"]
        case .unknown(let reason): ["         unknown: \(reason); the next look will tell"]
        }
    }

    private static func reason(_ steps: [Step]) -> String {
        let waits = steps.filter { if case .wait = $0.action { true } else { false } }
        guard let first = waits.first else { return "" }
        return ": " + first.because + (waits.count > 1 ? " (and \(waits.count - 1) more)" : "")
    }
}

/// A run as one JSON document.
package struct RunDocument: Codable, Sendable {
    package let at: Instant
    package let ending: RunReport.Ending
    package let exitCode: Int32
    package let isLaboratory: Bool
    /// Providers that could not be read in full.
    package let unread: [ProviderName]
    package let performed: [PerformedStep]
    package let steps: [Step]
    /// Every finding and wait of the steps once more, with what earlier runs know of it.
    package let standing: [StandingDocument]
    /// Errors that were told and that this run did not meet any more.
    package let gone: [ToldFinding]

    package init(_ report: RunReport, _ news: RunNews? = nil) {
        at = report.situation.at
        ending = report.ending
        exitCode = report.exitCode.rawValue
        isLaboratory = report.situation.isLaboratory
        unread = report.unread
        performed = report.performed
        steps = report.plan.steps
        standing = report.plan.standing.map { StandingDocument($0, news) }
        gone = news?.gone ?? []
    }

    private enum CodingKeys: String, CodingKey {
        case at = "at_ms"
        case ending
        case exitCode = "exit_code"
        case isLaboratory = "laboratory"
        case unread, performed, steps, standing, gone
    }
}

/// One look at one record as a JSON document (`check --json`).
package struct CheckDocument: Encodable, Sendable {
    package let at: Instant
    package let record: RequiredRecord
    package let verdict: CheckVerdict
    package let summary: String
    package let zone: DomainName?
    package let chain: [DomainName]
    package let sightings: [Observation]
    package let findings: [Finding]
    /// What a person enters; nil unless nobody shows the record.
    package let add: RecordToAdd?
    package let forecast: Forecast?
    /// The worst that DNSSEC says of an answer; nil when nothing was examined.
    package let security: SecurityStatus?

    /// What CAA says, where it was asked for.
    package let caa: CAADocument?

    package init(_ survey: Survey, _ propagation: Propagation, ttlSeconds: Int64, _ caa: CheckedCAA? = nil) {
        at = survey.at
        record = survey.record
        verdict = CheckVerdict(propagation, caa?.verdict)
        summary = SurveyText.verdict(propagation, caa?.verdict)
        zone = survey.zone
        chain = survey.chain
        sightings = survey.observations
        findings = Checks.findings(survey) + (caa?.findings ?? [])
        add = RecordToAdd(missing: survey, propagation, ttlSeconds: ttlSeconds)
        forecast = Forecast(survey, propagation)
        security = survey.security
        self.caa = caa.map { CAADocument($0) }
    }

    private enum CodingKeys: String, CodingKey {
        case at = "at_ms"
        case record, verdict, summary, zone, chain, sightings, findings, add, forecast, security, caa
    }
}

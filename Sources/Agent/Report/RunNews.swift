// What of a run's report is news, and what its readers have been told before.
package import DCV

/// The findings and waits of one run, held against the journal's memory of them.
package struct RunNews: Sendable {
    package let memory: FindingMemory
    package let gone: [ToldFinding]
    /// What the journal is to keep.
    package let kept: [ToldFinding]

    /// - Parameter isTelling: whether the readers of this run get news only, as from cron.
    package init(_ report: RunReport, told: [ToldFinding], isTelling: Bool) {
        let standing = report.plan.standing
        memory = FindingMemory(told, at: report.situation.at, standing: standing)
        gone = memory.gone(standing, isWhole: report.isWhole)
        kept = memory.after(standing, isWhole: report.isWhole, isTelling: isTelling)
    }

    func isTold(_ finding: Finding) -> Bool { memory.news(of: finding) == .known }

    func news(of step: Step) -> FindingMemory.News { step.standing.map(memory.news) ?? .new }

    /// Since when an earlier run knows it.
    func since(_ step: Step) -> Instant? { step.standing.flatMap(memory.since) }
}

/// A finding or a wait in `run --json`, with whether its readers know it.
package struct StandingDocument: Codable, Sendable {
    package let code: String
    package let subject: String
    /// Whether it was told before, as it is now, by a run that tells news only.
    package let toldBefore: Bool
    package let since: Instant?

    init(_ finding: Finding, _ news: RunNews?) {
        code = finding.code
        subject = finding.subject
        toldBefore = news?.isTold(finding) ?? false
        since = news?.memory.since(finding)
    }

    private enum CodingKeys: String, CodingKey {
        case code, subject
        case toldBefore = "told_before"
        case since = "since_ms"
    }
}

// A plan in plain lines: what, where, and why, in that order; findings say what to do.
package import DCV

package enum PlanText {
    /// - Parameters:
    ///   - now: the moment against which waits are counted.
    ///   - since: when an earlier run first met the same; nil when none did.
    package static func lines(_ step: Step, at now: Instant, since: Instant? = nil) -> [String] {
        switch step.action {
        case .report(let finding): lines(finding, since: since)
        default: [headline(step, at: now), indented("because", step.because)]
        }
    }

    /// One line that names the step: `publish  _acme-challenge.example.com TXT "..." through bind`. A record says by itself what it is for;
    /// everything else names the certificate.
    package static func headline(_ step: Step, at now: Instant) -> String {
        let subject = step.subject ?? ""
        switch step.action {
        case .publish(let publication):
            return labelled("publish", "\(publication.record)\(place(publication)) through \(publication.publisher)")
        case .withdraw(let publication):
            return labelled("withdraw", "\(publication.record)\(place(publication)) through \(publication.publisher)")
        case .changeMethod(let method): return labelled("change", "method of \(subject) to \(method.rawValue)")
        case .revalidate(let method): return labelled("renew", "proof of \(subject) by \(method.rawValue)")
        case .trigger(.patch): return labelled("trigger", "validation of \(subject)")
        case .trigger(.retry): return labelled("trigger", "validation of \(subject) and of all that waits beside it")
        case .wait(let until, let reason):
            let span = TimeText.span(milliseconds: until.milliseconds(since: now))
            let whose = step.subject.map { ": \($0)" } ?? ""
            return labelled("wait", "\(span) for \(wording(reason))\(whose)")
        case .report(let finding):
            return labelled(finding.severity.rawValue, "\(finding.code): \(finding.subject)")
        }
    }

    /// A finding: its code and subject, then what was seen and wanted, what to do, and how to see it oneself.
    package static func lines(_ finding: Finding, since: Instant? = nil) -> [String] {
        let age = since.map { " (since \(day($0)))" } ?? ""
        var lines = [labelled(finding.severity.rawValue, "\(finding.code): \(finding.subject)\(age)")]
        lines += indentedLines("saw", finding.saw)
        if let wanted = finding.wanted { lines.append(indented("wanted", wanted)) }
        lines.append(indented("do", finding.advice))
        if let command = finding.reproduce { lines.append(indented("see", command)) }
        if let rule = finding.rule { lines.append(indented("rule", rule)) }
        return lines
    }

    /// An error that was told and that stands no more.
    package static func gone(_ told: ToldFinding) -> String {
        labelled("gone", "\(told.code): \(told.subject) (it stood since \(day(told.since)))")
    }

    static func day(_ instant: Instant) -> String { String(TimeText.utc(instant).prefix(while: { $0 != "T" })) }

    private static func place(_ publication: Step.Publication) -> String {
        publication.target == publication.record.name ? "" : " at \(publication.target)"
    }

    static func wording(_ reason: Step.WaitReason) -> String {
        switch reason {
        case .propagation: "name servers"
        case .provider, .records: "the provider"
        case .pace: "the pace of triggers"
        case .backOff: "back-off"
        case .budget: "a budget"
        case .unseen: "an answer"
        }
    }

    private static let labelWidthColumns = 9

    static func labelled(_ label: String, _ text: String) -> String {
        label + String(repeating: " ", count: max(1, labelWidthColumns - label.utf8.count)) + text
    }

    /// Of a text in several lines, the later ones stand by themselves, so that they can be copied.
    private static func indentedLines(_ label: String, _ text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        return [indented(label, lines.first ?? "")] + lines.dropFirst().map { indented("", $0) }
    }

    static func indented(_ label: String, _ text: String) -> String {
        String(repeating: " ", count: labelWidthColumns) + label
            + String(repeating: " ", count: max(1, labelWidthColumns - label.utf8.count)) + text
    }
}

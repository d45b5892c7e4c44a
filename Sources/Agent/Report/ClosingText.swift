// The last line of a report, for somebody who reads no other: who must act, what is left, what waits and until when, what is active.
package import DCV

package enum ClosingText {
    /// Certificates told by their names; more are counted.
    private static let titlesTold = 3

    /// - Parameter now: the moment against which waits are counted.
    package static func line(_ report: RunReport, at now: Instant) -> String {
        let selected = report.situation.authorizations.filter(report.selection.contains)
        let titles = report.situation.authorizations.titles
        let unread = report.unread.map(\.text).joined(separator: ", ")
        if selected.isEmpty, !report.selection.items.isEmpty {
            let asked = report.selection.items.map { "\($0)" }.listed(upTo: titlesTold)
            return unread.isEmpty
                ? "=> no provider lists \(asked)"
                : "=> whether \(unread) lists \(asked) is not known, and nothing was done: it could not be read in full"
        }
        let persons = persons(report.plan)
        let reasons = persons.map { "\($0.title) (\($0.code))" }.listed(upTo: titlesTold)
        let open = [
            persons.isEmpty ? nil : "a person must act: \(reasons)",
            left(report), waits(report.plan, at: now, except: Set(persons.map(\.title))),
            unread.isEmpty ? nil : "\(unread) could not be read in full: what was not seen is left as it is",
        ].compactMap { $0 }
        let active = selected.filter { $0.status == .valid }.compactMap { titles[$0.key] }
        let told = active.isEmpty ? nil : "active: \(active.listed(upTo: titlesTold))"
        let parts = (open.isEmpty ? ["nothing is left to do"] : open) + [told].compactMap { $0 }
        return "=> " + parts.joined(separator: "; ")
    }

    /// Each once, with the first reason.
    private static func persons(_ plan: Plan) -> [(title: String, code: String)] {
        var seen: Set<String> = []
        return plan.steps.compactMap { step in
            guard case .report(let finding) = step.action, finding.severity == .error else { return nil }
            let title = step.subject ?? finding.subject
            return seen.insert(title).inserted ? (title, finding.code) : nil
        }
    }

    private static func left(_ report: RunReport) -> String? {
        let count = report.plan.effects.count
        if count == 0 { return nil }
        let whose = report.ending == .dryRun ? "to do" : "left to the next run"
        return "\(whose): \(count) step\(count == 1 ? "" : "s")"
    }

    private static func waits(_ plan: Plan, at now: Instant, except told: Set<String>) -> String? {
        var seen = told
        let titles = plan.steps.compactMap { step -> String? in
            // A finding stands before the wait that it is the reason of.
            let code: String
            switch step.action {
            case .wait: code = ""
            case .report(let finding) where finding.severity == .waiting: code = " (\(finding.code))"
            default: return nil
            }
            return step.subject.flatMap { seen.insert($0).inserted ? $0 + code : nil }
        }
        if titles.isEmpty { return nil }
        let next = plan.nextLook.map {
            ", worth another look at \(TimeText.utc($0)) (in \(TimeText.span(milliseconds: $0.milliseconds(since: now))))"
        }
        return "waiting\(next ?? ""): \(titles.listed(upTo: titlesTold))"
    }
}

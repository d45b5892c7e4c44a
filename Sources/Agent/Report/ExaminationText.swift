// What the credentials may do, as a table for people, and what `config check` makes of it.
package import DCV

package enum ExaminationText {
    /// Wider cells are shortened, and said in full below the table.
    private static let columnLimits = [24, 16, 40, 40, 48]
    private static let scopeColumn = 2

    /// A row a right, the provider's name in each of them; then whatever there is to add, and the findings.
    package static func lines(_ examinations: [ProviderExamination]) -> [String] {
        guard !examinations.isEmpty else { return [] }
        let heads = ["provider", "kind", "scope", "right", "purpose", "state"]
        let table = TextTable.lines([heads] + examinations.flatMap(rows), columnLimits: columnLimits)
        return table + examinations.flatMap(details) + [verdict(examinations)]
            + examinations.flatMap(\.findings).flatMap { PlanText.lines($0) }
    }

    private static func rows(_ examination: ProviderExamination) -> [[String]] {
        let name = examination.provider.text
        let head = [name, examination.kind, examination.scope ?? "-"]
        guard !examination.rights.isEmpty else { return [head + ["-", "-", "unknown"]] }
        return examination.rights.enumerated().map { index, right in
            (index == 0 ? head : [name, "", ""]) + [right.name, right.purpose, right.state.rawValue]
        }
    }

    private static func details(_ examination: ProviderExamination) -> [String] {
        var lines: [String] = []
        if let scope = examination.scope, TextTable.isShortened(scope, to: columnLimits[scopeColumn]) {
            lines.append("\(examination.provider): \(scope)")
        }
        for right in examination.rights {
            guard let detail = right.detail else { continue }
            lines.append("\(examination.provider): \(right.name) is \(right.state.rawValue): \(detail)")
        }
        return lines
    }

    private static func verdict(_ examinations: [ProviderExamination]) -> String {
        let rights = examinations.flatMap(\.rights)
        func count(_ state: ProviderExamination.Right.State) -> Int { rights.count { $0.state == state } }
        return "rights: \(count(.granted)) granted, \(count(.missing)) missing, \(count(.unknown)) unknown"
    }
}

extension ProviderExamination {
    /// A missing right or a refused credential is a fault of the configuration; a provider that could not be asked is not.
    package var exitCode: ExitCode {
        if rights.contains(where: { $0.state == .missing }) || findings.contains(where: { $0.severity == .error }) {
            return .configuration
        }
        return findings.contains { $0.severity == .waiting } ? .temporary : .done
    }
}

// What the credentials may do, as a table for people, and what `config check` makes of it.
package import DCV

package enum ExaminationText {
    private static let heads = ["provider", "kind", "scope", "right", "purpose", "state"]
    /// Wider cells are shortened, and said in full below the table.
    private static let columnLimits = [24, 16, 40, 40, 48]
    private static let scopeColumn = 2
    private static let purposeColumn = 4

    /// A row a right, the provider's name in each of them; then whatever there is to add, and the findings. On a screen too narrow for that
    /// the scope, and then the purpose, too, stand below the table.
    package static func lines(_ examinations: [ProviderExamination], columns: Int = .max) -> [String] {
        guard !examinations.isEmpty else { return [] }
        let rows = [heads] + examinations.flatMap(rows)
        let layouts: [Set<Int>] = [[], [scopeColumn], [scopeColumn, purposeColumn]]
        let tables = layouts.map { table(rows, without: $0) }
        let fitting = tables.firstIndex { lines in lines.allSatisfy { $0.count <= columns } } ?? tables.count - 1
        let hidden = layouts[fitting]
        return tables[fitting] + examinations.flatMap { details($0, hidden: hidden) } + [verdict(examinations)]
            + examinations.flatMap(\.findings).flatMap { PlanText.lines($0) }
    }

    private static func table(_ rows: [[String]], without hidden: Set<Int>) -> [String] {
        let shown = heads.indices.filter { !hidden.contains($0) }
        return TextTable.lines(
            rows.map { row in shown.map { row[$0] } },
            columnLimits: shown.map { columnLimits.indices.contains($0) ? columnLimits[$0] : .max }
        )
    }

    private static func rows(_ examination: ProviderExamination) -> [[String]] {
        let name = examination.provider.text
        let head = [name, examination.kind, examination.scope ?? "-"]
        guard !examination.rights.isEmpty else { return [head + ["-", "-", "unknown"]] }
        return examination.rights.enumerated().map { index, right in
            (index == 0 ? head : [name, "", ""]) + [right.name, right.purpose, right.state.rawValue]
        }
    }

    private static func details(_ examination: ProviderExamination, hidden: Set<Int>) -> [String] {
        var lines: [String] = []
        if let scope = examination.scope,
            hidden.contains(scopeColumn) || TextTable.isShortened(scope, to: columnLimits[scopeColumn])
        {
            lines.append("\(examination.provider): \(scope)")
        }
        for right in examination.rights {
            let isAlone = hidden.contains(purposeColumn) && right.state != .granted
            let purpose = isAlone ? ", needed to \(right.purpose)" : ""
            guard right.detail != nil || !purpose.isEmpty else { continue }
            let detail = right.detail.map { ": \($0)" } ?? ""
            lines.append("\(examination.provider): \(right.name) is \(right.state.rawValue)\(purpose)\(detail)")
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

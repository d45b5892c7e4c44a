// What the credentials may do, as a table for people, and what `config check` makes of it.
package import DCV

package enum ExaminationText {
    /// Wider cells are shortened, and said in full below the table.
    private static let columnLimits = [24, 16, 40, 40, 48]
    private static let scopeColumn = 2

    /// A row a right, the provider's name in each of them; then whatever there is to add, and the findings. On a screen too narrow for that
    /// scope and purpose stand below the table.
    package static func lines(_ examinations: [ProviderExamination], columns: Int = .max) -> [String] {
        guard !examinations.isEmpty else { return [] }
        let heads = ["provider", "kind", "scope", "right", "purpose", "state"]
        let rows = [heads] + examinations.flatMap(rows)
        let wide = TextTable.lines(rows, columnLimits: columnLimits)
        let isNarrow = wide.contains { $0.count > columns }
        let table = isNarrow ? TextTable.lines(rows.map { [$0[0], $0[1], $0[3], $0[5]] }) : wide
        return table + examinations.flatMap { details($0, isNarrow: isNarrow) } + [verdict(examinations)]
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

    private static func details(_ examination: ProviderExamination, isNarrow: Bool) -> [String] {
        var lines: [String] = []
        if let scope = examination.scope, isNarrow || TextTable.isShortened(scope, to: columnLimits[scopeColumn]) {
            lines.append("\(examination.provider): \(scope)")
        }
        for right in examination.rights {
            let purpose = isNarrow && right.state != .granted ? ", needed to \(right.purpose)" : ""
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

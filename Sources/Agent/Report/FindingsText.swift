// The catalogue of findings in words: a list, one code explained, and the document `docs/findings.md`.
package import DCV

package enum FindingsText {
    private static let codeColumns = 30

    /// Every code with what it means, in a sentence.
    package static func list(columns: Int) -> [String] {
        FindingExplanation.Area.allCases.flatMap { area -> [String] in
            let entries = FindingCatalog.all.filter { $0.area == area }
            guard !entries.isEmpty else { return [] }
            return [area.title] + entries.flatMap { short($0, columns: columns) } + [""]
        } + ["dnsproof findings CODE says the usual causes and what to do."]
    }

    /// What a person is told who asks for a code that is none.
    package static func unknown(_ code: String) -> String {
        let shown = OctetText(code.utf8).shortened()
        if Finding.Severity(rawValue: code) != nil {
            return "\"\(shown)\" is how grave a finding is; its code stands behind that, before the colon: "
                + "`dnsproof findings` lists the codes"
        }
        let hint = Nearest.proposal(code, among: FindingCatalog.all.map(\.code))
        return "no finding has the code \"\(shown)\"\(hint.isEmpty ? "; `dnsproof findings` lists them" : hint)"
    }

    private static func short(_ entry: FindingExplanation, columns: Int) -> [String] {
        let head = "  \(entry.code)"
        let isNarrow = columns < 2 * codeColumns + 10
        if isNarrow {
            return [head] + WrappedText.lines(entry.meaning, columns: columns, first: "      ", rest: "      ")
        }
        let padding = String(repeating: " ", count: max(2, codeColumns + 2 - head.utf8.count))
        return WrappedText.lines(
            entry.meaning,
            columns: columns,
            first: head + padding,
            rest: String(repeating: " ", count: codeColumns + 2)
        )
    }

    /// One code in full.
    package static func lines(_ entry: FindingExplanation, columns: Int) -> [String] {
        func labelled(_ label: String, _ text: String) -> [String] {
            let first = "  " + label + String(repeating: " ", count: max(1, 8 - label.utf8.count))
            return WrappedText.lines(
                text,
                columns: columns,
                first: first,
                rest: String(repeating: " ", count: first.utf8.count)
            )
        }
        var lines = ["\(entry.code) (\(severities(entry))): \(entry.area.title)"]
        lines += labelled("means", entry.meaning)
        for (index, cause) in entry.causes.enumerated() { lines += labelled(index == 0 ? "causes" : "", "- " + cause) }
        lines += labelled("do", entry.remedy)
        if let rule = entry.rule { lines += labelled("rule", rule) }
        return lines
    }

    /// `docs/findings.md`.
    package static func markdown() -> [String] {
        var lines = [
            "# Findings", "",
            "Written by `make findings` from the catalogue in `Sources/DCV/Checks`; a test holds the two equal. Every finding has a code, which stays",
            "the same from version to version, and a severity: `error` needs a person (exit 4), `waiting` is come back to by itself (exit 3),",
            "`notice` is good to know. `dnsproof findings CODE` prints one of these entries.",
        ]
        for area in FindingExplanation.Area.allCases {
            let entries = FindingCatalog.all.filter { $0.area == area }
            guard !entries.isEmpty else { continue }
            lines += ["", "## \(area.title)"]
            for entry in entries {
                lines += ["", "### `\(entry.code)`", "", "\(entry.meaning)", ""]
                lines += ["- severity: \(severities(entry))"]
                lines += ["- usual causes: \(entry.causes.joined(separator: "; "))"]
                lines += ["- what to do: \(entry.remedy)"]
                if let rule = entry.rule { lines += ["- rule: \(rule)"] }
            }
        }
        return lines
    }

    private static func severities(_ entry: FindingExplanation) -> String {
        entry.severities.map(\.rawValue).joined(separator: " or ")
    }
}

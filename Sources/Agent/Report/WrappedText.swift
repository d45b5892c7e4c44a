// Long sentences broken between words, so that a line fits a narrow screen and its label stays in sight.

package enum WrappedText {
    /// Narrower than this a text is not broken any more: the lines would say less than the screen's own wrapping.
    package static let leastColumns = 20

    /// `text` in lines of at most `columns`, the first after `first`, the others after `rest`. A word that is too long stands alone and whole,
    /// so that it can be copied.
    package static func lines(_ text: String, columns: Int, first: String = "", rest: String = "") -> [String] {
        let room = max(columns, Self.leastColumns)
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in text.split(separator: " ", omittingEmptySubsequences: true) {
            if !isEmpty, line.count + 1 + word.count > room {
                lines.append(line)
                line = rest
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }

    /// Labels of lines that are copied into a shell or a zone file: never broken.
    private static let wholeLabels: Set<Substring> = ["see", "add"]
    /// Leaves room for one space only.
    private static let widestLabel: Substring = "withdraw"
    /// A label and the space behind it end here at the latest.
    private static let labelColumns = 20
    private static let furtherColumns = 2

    /// One line of a report on a screen: what does not fit goes on below the text that follows the line's label, or a little further in.
    package static func hanging(_ line: String, columns: Int) -> [String] {
        guard line.count > columns else { return [line] }
        let margin = line.prefix { $0 == " " }.count
        let label = line.dropFirst(margin).prefix { $0 != " " }
        let gap = line.dropFirst(margin + label.count).prefix { $0 == " " }.count
        let isLabelled = (gap > 1 || label == widestLabel) && margin + label.count + gap <= labelColumns
        if isLabelled, wholeLabels.contains(label) { return [line] }
        let indent = isLabelled ? margin + label.count + gap : margin + furtherColumns
        let head = isLabelled ? indent : margin
        return lines(
            String(line.dropFirst(head)),
            columns: columns,
            first: String(line.prefix(head)),
            rest: String(repeating: " ", count: indent)
        )
    }
}

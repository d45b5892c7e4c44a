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
}

// A tree in plain characters that survive a pipe, broken at the screen's width, with a tone for each line.

/// How a line is meant, so that a screen can colour it; a pipe gets the words alone.
package enum Tone: Hashable, Sendable { case plain, good, bad, unsure, heading }

/// One line of a drawn tree.
package struct TonedLine: Hashable, Sendable {
    /// Guides and branches.
    package let prefix: String
    package let text: String
    package let tone: Tone

    package init(_ text: String, prefix: String = "", _ tone: Tone = .plain) {
        self.text = text
        self.prefix = prefix
        self.tone = tone
    }

    package var whole: String { prefix + text }
}

/// A text with others below it.
package struct TextTree: Hashable, Sendable {
    package var text: String
    package var tone: Tone
    package var children: [TextTree]
    /// A command: never broken, so that it can be copied.
    package var isWhole = false

    package init(_ text: String, _ tone: Tone = .plain, _ children: [TextTree] = []) {
        self.text = text
        self.tone = tone
        self.children = children
    }

    package static func command(_ text: String) -> TextTree {
        var tree = TextTree(text)
        tree.isWhole = true
        return tree
    }

    /// Deeper than this nothing is drawn; no explanation comes near it.
    private static let depthLimit = 20

    package func lines(columns: Int) -> [TonedLine] {
        drawn(first: "", rest: "", columns: columns, depth: 0)
    }

    private func drawn(first: String, rest: String, columns: Int, depth: Int) -> [TonedLine] {
        guard depth < Self.depthLimit else { return [] }
        // A line that goes on is set in below its beginning; a child's branch stands before it.
        let going = rest + (children.isEmpty ? "  " : "| ")
        var lines: [TonedLine] = []
        let room = max(columns - going.count, WrappedText.leastColumns)
        let pieces =
            isWhole || text.count <= columns - first.count ? [text] : WrappedText.lines(text, columns: room)
        for (index, piece) in pieces.enumerated() {
            lines.append(TonedLine(piece, prefix: index == 0 ? first : going, tone))
        }
        for (index, child) in children.enumerated() {
            let isLast = index == children.count - 1
            lines += child.drawn(
                first: rest + (isLast ? "`- " : "|- "),
                rest: rest + (isLast ? "   " : "|  "),
                columns: columns,
                depth: depth + 1
            )
        }
        return lines
    }
}

// Columns in plain text: as wide as their widest cell, two spaces between them.

enum TextTable {
    private static let gap = "  "

    /// One line a row, each cell but the last filled up with spaces. Rows may be short; a cell that is too wide for its column's limit ends
    /// in "...".
    static func lines(_ rows: [[String]], columnLimits: [Int] = []) -> [String] {
        let cells = rows.map { row in
            row.enumerated().map { index, cell in
                shortened(
                    TerminalText.escaped(cell),
                    to: columnLimits.indices.contains(index) ? columnLimits[index] : nil
                )
            }
        }
        let columns = cells.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            cells.map { $0.indices.contains(column) ? width($0[column]) : 0 }.max() ?? 0
        }
        return cells.map { row in
            let filled = row.enumerated().map { index, cell in
                cell + String(repeating: " ", count: widths[index] - width(cell))
            }
            // Octets, because a space is one and no other character's part.
            let line = filled.joined(separator: gap).utf8
            let end = line.lastIndex { $0 != 0x20 }
            return end.map { String(decoding: line[...$0], as: UTF8.self) } ?? ""
        }
    }

    static func isShortened(_ cell: String, to limit: Int) -> Bool { width(TerminalText.escaped(cell)) > limit }

    private static func shortened(_ cell: String, to limit: Int?) -> String {
        guard let limit, width(cell) > limit else { return cell }
        return String(cell.prefix(max(limit - 3, 0))) + "..."
    }

    private static func width(_ cell: String) -> Int { cell.count }
}

// The catalogue in words: the document in docs/ is what the sources say, and a screen of any width gets whole lines.
import Agent
import DCV
import Foundation
import Testing

@Suite("Findings in words", .timeLimit(.minutes(1)))
struct FindingsTextTests {
    private static let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/findings.md")

    @Test func theDocumentIsWrittenFromTheCatalogue() throws {
        let written = String(decoding: try Data(contentsOf: Self.document), as: UTF8.self)
        #expect(
            written == FindingsText.markdown().joined(separator: "\n") + "\n",
            "docs/findings.md is not what the catalogue says: run `make findings`"
        )
    }

    @Test(arguments: [40, 60, 80, 100])
    func noLineIsWiderThanTheScreen(columns: Int) {
        let lines =
            FindingsText.list(columns: columns)
            + FindingCatalog.all.flatMap { FindingsText.lines($0, columns: columns) }
        let wide = lines.dropFirst().filter { $0.count > columns && $0.contains("  ") }
            // A code and its severities are one head line; a word that is too long stays whole.
            .filter { line in !FindingCatalog.all.contains { line.hasPrefix($0.code + " (") } }
        #expect(wide.isEmpty, "\(wide)")
    }

    @Test func everyCodeIsListedAndExplained() {
        let list = FindingsText.list(columns: 80)
        for entry in FindingCatalog.all {
            #expect(list.contains { $0.hasPrefix("  \(entry.code)") }, "\(entry.code)")
            let lines = FindingsText.lines(entry, columns: 80)
            #expect(lines.contains { $0.hasPrefix("  do") }, "\(entry.code)")
        }
    }
}

@Suite("Wrapped text", .timeLimit(.minutes(1)))
struct WrappedTextTests {
    @Test func wordsAreKeptAndOnlySpacesAreBroken() {
        let text = "one two three, four five six"
        for columns in 1...40 {
            let lines = WrappedText.lines(text, columns: columns, first: "> ", rest: "  ")
            #expect(lines.allSatisfy { $0.count <= max(columns, WrappedText.leastColumns) })
            #expect(lines.map { String($0.dropFirst(2)) }.joined(separator: " ") == text)
        }
    }

    @Test func aLongWordStaysWhole() {
        let word = String(repeating: "x", count: 90)
        #expect(WrappedText.lines("a \(word) b", columns: 40) == ["a", word, "b"])
        #expect(WrappedText.lines("", columns: 40, first: "- ") == ["- "])
    }
}

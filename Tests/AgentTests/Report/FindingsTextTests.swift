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

@Suite("Codes that are none", .timeLimit(.minutes(1)))
struct UnknownCodeTests {
    @Test(
        "the nearest codes are told, a severity is told from a code",
        arguments: [
            ("lame-serve", "; did you mean \"lame-server\"?"), ("waiting", "how grave a finding is"),
            ("zone-cut", "did you mean \"zone-cut-unknown\"?"), ("xyzzy", "`dnsproof findings` lists them"),
        ]
    )
    func unknown(code: String, told: String) { #expect(FindingsText.unknown(code).contains(told)) }
}

@Suite("Documents that are others", .timeLimit(.minutes(1)))
struct DocumentRefusalTests {
    private struct Sample: Codable {
        struct Part: Codable { let count: Int }
        let name: String
        let parts: [Part]
    }

    @Test(
        "what is missing or wrong is told with its path, in no words of Swift",
        arguments: [
            (#"{"parts": []}"#, #"the field "name" is missing at $"#),
            (#"{"name": "a", "parts": [{}]}"#, #"the field "count" is missing at $.parts[0]"#),
            (
                #"{"name": "a", "parts": [{"count": "1"}]}"#,
                "another kind of value than a number stands at $.parts[0].count"
            ),
            (#"{"name": null, "parts": []}"#, "null stands at $.name, where a text is needed"),
            (#"{"name": 1, "parts": []}"#, "another kind of value than a text stands at $.name"),
            (#"{"name": "a", "parts": 1}"#, "another kind of value than a list stands at $.parts"),
            ("[]", "another kind of value than an object stands at $"), ("version: 1", "not the JSON we accept: \"v\""),
        ]
    )
    func refused(text: String, told: String) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "dnsproof-document-\(UUID().uuidString)"
        )
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let refusal = #expect(throws: DocumentFile.Refusal.self) {
            try DocumentFile.read(Sample.self, from: file.path, limitBytes: 1 << 10)
        }
        #expect(refusal?.description.hasPrefix(told) == true, "\(refusal?.description ?? "")")
    }

    @Test func aMissingFileIsToldSo() {
        let refusal = #expect(throws: DocumentFile.Refusal.self) { try SituationFile.read("/nonexistent/file") }
        #expect(refusal?.description == "No such file or directory")
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

// Holds the catalogue to the sources: every code that is said is explained once, and nothing is explained that nobody says.

import DCV
import Foundation
import Testing

@Suite("Finding catalogue", .timeLimit(.minutes(1)))
struct FindingCatalogTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources")
    private static let fileLimit = 2000
    /// Words with hyphens that stand in the same files and are no codes.
    private static let otherWords: Set<String> = [
        "retry-after", "change-method", "naver-cloud", "dry-run", "nothing-selected",
    ]

    /// Swift files outside the catalogue and the rehearsed world, without their comment lines.
    private static let files: [(path: String, text: String)] = {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: sources.path)) ?? []
        return paths.prefix(fileLimit).filter { path in
            path.hasSuffix(".swift") && !path.hasPrefix("Rehearsal/") && !path.hasPrefix("DCV/Checks/Catalog/")
                && !path.hasSuffix("/FindingCatalog.swift")
        }.compactMap { path in
            guard let text = try? String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8) else {
                return nil
            }
            let code = text.split(separator: "\n", omittingEmptySubsequences: false).filter {
                !$0.drop { $0 == " " }.hasPrefix("//")
            }
            return (path, code.joined(separator: "\n"))
        }
    }()

    /// Literals of lower-case words and numbers joined by hyphens.
    private static func codes(in text: String) -> [String] {
        let pieces = text.split(separator: "\"", omittingEmptySubsequences: false)
        return pieces.indices.dropFirst().dropLast().map { String(pieces[$0]) }.filter(isCode)
    }

    private static func isCode(_ text: String) -> Bool {
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        return words.count > 1
            && words.allSatisfy { word in
                !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
            }
    }

    /// Files in which codes are made up: those that make findings or receipts, and the lists of codes.
    private static func makesFindings(_ file: (path: String, text: String)) -> Bool {
        ["Finding(", "finding(", "FindingCode {", ".failed(code:", "Code = \"", "Receipt("].contains {
            file.text.contains($0)
        }
    }

    @Test func everyCodeThatIsSaidIsExplained() {
        var unexplained: [String] = []
        for file in Self.files where Self.makesFindings(file) {
            unexplained += Self.codes(in: file.text)
                .filter { FindingCatalog.explanation(of: $0) == nil && !Self.otherWords.contains($0) }
                .map { "\(file.path) says \($0)" }
        }
        unexplained += Survey.Problem.Code.allCases.map(\.rawValue)
            .filter { FindingCatalog.explanation(of: $0) == nil }.map { "Survey.Problem.Code has \($0)" }
        #expect(
            unexplained.isEmpty,
            "explain each in Sources/DCV/Checks/Catalog (one entry), then `make findings`: \(unexplained.sorted())"
        )
    }

    @Test func nothingIsExplainedThatNobodySays() {
        let said = Set(Self.files.flatMap { Self.codes(in: $0.text) })
            .union(Survey.Problem.Code.allCases.map(\.rawValue))
        let unsaid = FindingCatalog.all.map(\.code).filter { !said.contains($0) }
        #expect(
            unsaid.isEmpty,
            "no source says these any more; remove their entries and run `make findings`: \(unsaid)"
        )
    }

    @Test func everyCodeStandsOnceAndIsWellFormed() {
        let codes = FindingCatalog.all.map(\.code)
        #expect(Set(codes).count == codes.count, "a code stands twice")
        #expect(codes.allSatisfy(Self.isCode), "a code is lower-case words joined by hyphens")
        // A catalogue that lost a list would pass everything else.
        #expect(codes.count > 70)
    }

    @Test func everyEntrySaysAllOfIt() {
        for entry in FindingCatalog.all {
            #expect(!entry.severities.isEmpty && !entry.causes.isEmpty, "\(entry.code)")
            #expect(entry.severities == entry.severities.sorted(by: >), "\(entry.code): the gravest first")
            #expect(entry.meaning.hasSuffix(".") && entry.remedy.hasSuffix("."), "\(entry.code): sentences")
            let texts = [entry.meaning, entry.remedy] + entry.causes
            #expect(texts.allSatisfy { !$0.contains("\n") && !$0.isEmpty }, "\(entry.code): one line each")
        }
    }

    @Test func theSeveritiesOfProblemsAreThoseOfTheCatalogue() throws {
        let record = try txt("_acme-challenge.example.com", "value")
        for code in Survey.Problem.Code.allCases {
            let survey = Survey(
                record: record,
                at: Instant(millisecondsSinceEpoch: 0),
                zone: nil,
                observations: [],
                problems: [Survey.Problem(code, "seen")]
            )
            let findings = Checks.findings(survey).filter { $0.code == code.rawValue }
            #expect(findings.count == 1, "\(code) is told once")
            for finding in findings {
                let explained = FindingCatalog.explanation(of: finding.code)?.severities ?? []
                #expect(explained.contains(finding.severity), "\(code) is told as \(finding.severity)")
            }
        }
    }
}

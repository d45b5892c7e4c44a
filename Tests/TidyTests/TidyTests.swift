// The style as a test: the rules of the house held against every file of the repository. A message names the place, the fault and the cure.

import Testing

@Suite("Tidy", .timeLimit(.minutes(1)))
struct TidyTests {
    private func expectNone(_ faults: [Fault]) {
        for fault in faults { Issue.record("\(fault)") }
    }

    private func swiftSources() -> [SourceText] {
        let sources = Repository.sources.filter { $0.path.hasSuffix(".swift") }
        #expect(sources.count > 50, "the repository was not found from the test's own path")
        return sources
    }

    @Test func roomsImportOnlyWhatTheyMay() { expectNone(swiftSources().flatMap { ImportRule.faults($0) }) }

    @Test func bannedWords() {
        let sources = Repository.sources
        expectNone(sources.flatMap { BannedWordsRule.faults($0) } + BannedWordsRule.unusedLeaves(sources))
    }

    @Test func sizesAndReasons() { expectNone(swiftSources().flatMap { ShapeRule.faults($0) }) }

    @Test func leftovers() {
        expectNone(Repository.files.flatMap { LeftoversRule.faults(path: $0.path, text: $0.text) })
    }
}

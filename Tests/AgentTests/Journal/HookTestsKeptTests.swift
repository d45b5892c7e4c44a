// What a test of a hook found is kept for later processes, one a publisher, beside the audit chain.
import DCV
import GRDB
import Testing

@testable import Agent

@Suite("Hook tests kept", .timeLimit(.minutes(1)))
struct HookTestsKeptTests {
    private func test(_ publisher: String?, digest: String = "aa") -> HookTest {
        HookTest(
            publisher: publisher,
            program: "/hook",
            digest: digest,
            at: Instant(millisecondsSinceEpoch: 1_795_251_600_000),
            zone: nil,
            findings: [.init(.keepsOthers, .broken, "it took away \"x\""), .init(.publishes, .held)]
        )
    }

    @Test func theLastOneOfEachPublisher() async throws {
        let folder = try JournalFolder()
        let first = try folder.open()
        #expect(try await first.hookTests() == [])
        try await first.keep(test("web"))
        try await first.keep(test("bind"))
        try await first.keep(test(nil))
        let second = try folder.open()
        #expect(try await second.hookTests() == [test("bind"), test("web")])
        try await second.keep(test("bind", digest: "bb"))
        #expect(try await first.hookTests() == [test("bind", digest: "bb"), test("web")])
        // It is no part of the audit chain.
        #expect(try await first.verify() == 0)
    }

    @Test func aRowThatMakesNoSenseIsPassedOver() async throws {
        let folder = try JournalFolder()
        let journal = try folder.open()
        try await journal.keep(test("bind"))
        let queue = try DatabaseQueue(path: folder.database)
        try await queue.write { try $0.execute(sql: "INSERT INTO hook_tests VALUES ('x', '{}'), ('y', 'no')") }
        #expect(try await journal.hookTests() == [test("bind")])
    }
}

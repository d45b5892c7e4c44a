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

    /// A service that is away for a day must not make the planner forget what the hook does to others' values.
    @Test func whatWasNotTriedTakesNothingFromWhatIsKnown() async throws {
        let journal = try JournalFolder().open()
        let seen = Instant(millisecondsSinceEpoch: 1_795_251_600_000)
        func later(_ days: Int64, digest: String = "aa", _ findings: [HookTest.Finding]) -> HookTest {
            HookTest(
                publisher: "bind",
                program: "/hook",
                digest: digest,
                at: seen.adding(seconds: days * 86_400),
                zone: nil,
                findings: findings
            )
        }
        try await journal.keep(test("bind"))
        let away = HookTest.Finding(.keepsOthers, .notTried, "it was away")
        try await journal.keep(later(1, [away, .init(.publishes, .broken, "no luck"), .init(.cname, .held)]))
        try await journal.keep(later(2, [away, .init(.publishes, .notTried, "away"), .init(.cname, .held)]))
        let known = try #require(try await journal.hookTests().first)
        let old = HookTest.Finding(.keepsOthers, .broken, "it took away \"x\"", seenAt: seen)
        let newer = HookTest.Finding(.publishes, .broken, "no luck", seenAt: seen.adding(seconds: 86_400))
        #expect(known == later(2, [newer, old, .init(.cname, .held)]))
        #expect(known.earlier?.count == 2 && known.earlier?.since == seen)
        // Of another file nothing is known but what was tried of it.
        try await journal.keep(later(3, digest: "bb", [away]))
        #expect(try await journal.hookTests() == [later(3, digest: "bb", [away])])
    }

    /// Another process may have written them, and died.
    @Test func whatATestWroteIsKnownUntilItIsGone() async throws {
        let folder = try JournalFolder()
        let journal = try folder.open()
        #expect(try await journal.trialWrites() == [])
        let zone = try DomainName("example.com")
        let writes = try ["b", "a"].map { id in
            let name = try zone.prepending(id)
            let record = RequiredRecord(.txt(name: name, value: try TXTValue("v-\(id)")))
            let order = PublishingOrder(id: id, record: record, target: name, zone: zone, ttlSeconds: 60)
            return TrialWrite(publisher: "bind", order: order, at: Instant(millisecondsSinceEpoch: 1_795_251_600_000))
        }
        for write in writes + [writes[0]] { try await journal.begin(trial: write) }
        let other = try folder.open()
        #expect(try await other.trialWrites() == writes)
        let told = StatusText.lines(.empty, trials: writes, at: writes[0].at.adding(seconds: 120))
        #expect(
            told.first
                == "perhaps left by a test of publisher bind 2 min ago: b.example.com TXT \"v-b\"; to take it away: "
                + "dnsproof hook test bind --zone example.com --yes"
        )
        try await other.end(trial: "b")
        #expect(try await journal.trialWrites() == [writes[1]])
        #expect(try await journal.verify() == 0)
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

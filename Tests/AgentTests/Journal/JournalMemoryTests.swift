// What the journal remembers, in which order, and what it forgets.
import Agent
import DCV
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct JournalMemoryTests {
    private let folder: JournalFolder

    init() throws { folder = try JournalFolder() }

    private func history(since: Int64 = 0) async throws -> History {
        try await folder.open().history(since: Instant(millisecondsSinceEpoch: since))
    }

    @Test func anIntentAndItsReceiptComeBackAsTheyWere() async throws {
        let journal = try folder.open()
        let publish = try Intent.publish("a", at: 1_000)
        let trigger = try Intent.trigger("b", at: 2_000)
        try await journal.begin(publish)
        try await journal.end(.of("a", .failed, at: 1_500))
        try await journal.begin(trigger)
        let entries = try await history().entries
        #expect(
            entries == [
                JournalEntry(intent: publish, receipt: .of("a", .failed, at: 1_500)),
                JournalEntry(intent: trigger, receipt: nil),
            ]
        )
        #expect(try await journal.verify() == 3)
    }

    @Test func oneReceiptAnIntentAndNoneWithout() async throws {
        let journal = try folder.open()
        try await journal.begin(.trigger("a", at: 1))
        await #expect(throws: JournalFailure.self) { try await journal.begin(.trigger("a", at: 2)) }
        try await journal.end(.of("a", at: 3))
        for (receipt, words) in [
            (Receipt.of("a", .failed, at: 4), "the intent a already has its receipt"),
            (.of("nobody", at: 4), "nobody, which is no intent"),
        ] {
            let failure = await #expect(throws: JournalFailure.self) { try await journal.end(receipt) }
            #expect(failure?.kind == .stateRefused)
            #expect(failure?.text.contains(words) == true)
        }
        #expect(try await history().entries.map(\.receipt) == [.of("a", at: 3)])
    }

    @Test func whatStandsIsToldWhateverItsAge() async throws {
        let journal = try folder.open()
        func told() async throws -> [String] { try await history(since: 100).entries.map(\.intent.id) }
        try await journal.begin(.publish("old", at: 10))
        try await journal.begin(.publish("other-value", value: "v2", at: 11))
        try await journal.begin(.publish("other-publisher", publisher: "web", at: 12))
        try await journal.begin(.trigger("old-trigger", at: 20))
        try await journal.end(.of("old-trigger", at: 21))
        #expect(try await told() == ["old", "other-value", "other-publisher"])
        try await journal.begin(.withdraw("w1", at: 30))
        #expect(try await told() == ["old", "other-value", "other-publisher"])
        try await journal.end(.of("w1", .failed, at: 31))
        #expect(try await told() == ["old", "other-value", "other-publisher"])
        try await journal.begin(.withdraw("w2", at: 32))
        try await journal.end(.of("w2", at: 33))
        #expect(try await told() == ["other-value", "other-publisher"])
        try await journal.begin(.publish("again", at: 40))
        #expect(try await told() == ["other-value", "other-publisher", "again"])
        #expect(try await history(since: 100).published.map(\.publisher) == ["bind", "web", "bind"])
        #expect(try await history(since: 20).entries.count == 6)
    }

    /// A withdrawal under a clock that was set back must still be seen as later than the publication.
    @Test func theOrderOfEventsDoesNotDependOnTheClock() async throws {
        let journal = try folder.open()
        try await journal.begin(.publish("a", at: 50_000))
        try await journal.begin(.withdraw("b", at: 10))
        try await journal.end(.of("b", at: 11))
        let history = try await history()
        #expect(history.entries.map(\.intent.id) == ["a", "b"])
        #expect(history.published.isEmpty)
        #expect(try await self.history(since: 60_000).entries.isEmpty)
    }

    @Test func quarantineHoldsUntilTrusted() async throws {
        let journal = try folder.open()
        func at(_ time: Int64) -> Instant { Instant(millisecondsSinceEpoch: time) }
        try await journal.quarantine(publisher: "bind", reason: "deleted a foreign value", at: at(5))
        try await journal.quarantine(publisher: "web", reason: "x", at: at(6))
        #expect(try await history(since: 99).quarantined == ["bind": "deleted a foreign value", "web": "x"])
        try await journal.trust(publisher: "bind", at: at(1))
        #expect(try await history(since: 99).quarantined == ["web": "x"])
        try await journal.quarantine(publisher: "bind", reason: "again", at: at(7))
        #expect(try await history(since: 99).quarantined == ["bind": "again", "web": "x"])
    }

    @Test func aCancelledTaskStillWritesItsReceipt() async throws {
        let journal = try folder.open()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await journal.begin(.trigger("a", at: 1))
            try await journal.end(.of("a", at: 2))
        }
        task.cancel()
        try await task.value
        #expect(try await history().entries.count == 1)
    }

    @Test func twoHandlesTakeTurns() async throws {
        let handles = [try folder.open(), try folder.open()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, journal) in handles.enumerated() {
                group.addTask {
                    for count in 0..<40 {
                        try await journal.begin(.trigger("\(number)-\(count)", at: Int64(count)))
                        try await journal.end(.of("\(number)-\(count)", at: Int64(count)))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await handles[0].verify() == 160)
        #expect(try await history().entries.allSatisfy { $0.receipt?.outcome == .done })
        #expect(try await history().entries.count == 80)
    }

    @Test func pruningForgetsWhatIsSettledAndKeepsWhatStands() async throws {
        let day: Int64 = 86_400_000
        let journal = try folder.open()
        try await journal.begin(.publish("standing", value: "keep", at: 0))
        try await journal.end(.of("standing", at: 1))
        try await journal.quarantine(publisher: "bad", reason: "kept", at: Instant(millisecondsSinceEpoch: 2))
        try await journal.quarantine(publisher: "good", reason: "gone", at: Instant(millisecondsSinceEpoch: 2))
        try await journal.trust(publisher: "good", at: Instant(millisecondsSinceEpoch: 3))
        try await journal.begin(.publish("withdrawn", at: 3))
        try await journal.begin(.withdraw("w", at: 4))
        try await journal.end(.of("w", at: 4))
        for number in 0..<300 {
            let at = Int64(number) * day / 3
            try await journal.begin(.trigger("t\(number)", at: at))
            try await journal.end(.of("t\(number)", at: at))
        }
        let before = try folder.count("SELECT count(*) FROM audit")
        // 60 of 100 days are older than the retention, but fewer rows than are worth a rewriting.
        #expect(before == 608)
        #expect(try await folder.open().verify() == 608)
        for number in 300..<420 {
            let at = Int64(number) * day / 3
            try await journal.begin(.trigger("t\(number)", at: at))
            try await journal.end(.of("t\(number)", at: at))
        }
        let pruned = try folder.open()
        let rows = try await pruned.verify()
        // 40 days with three pairs each and both ends, and what stands: an intent, its receipt and a quarantine.
        #expect(rows == (40 * 3 + 1) * 2 + 3)
        let history = try await history()
        #expect(
            history.entries.first
                == JournalEntry(intent: try .publish("standing", value: "keep", at: 0), receipt: .of("standing", at: 1))
        )
        #expect(history.entries.dropFirst().map(\.intent.id) == (299..<420).map { "t\($0)" })
        #expect(history.quarantined == ["bad": "kept"])
        #expect(try await folder.open().verify() == rows)
        // The rows that were written again are the publication still, to a withdrawal that comes now.
        try await pruned.begin(.withdraw("w-late", value: "keep", at: 200 * day))
        try await pruned.end(.of("w-late", at: 200 * day))
        #expect(try await self.history(since: 199 * day).published.isEmpty)
    }
}

// What was told survives the process, in a journal of any age, and a row that makes no sense costs nothing.
import DCV
import Foundation
import GRDB
import Testing

@testable import Agent

@Suite("Told findings", .timeLimit(.minutes(1)))
struct ToldFindingsTests {
    private func told(_ subject: String) -> ToldFinding {
        let now = Instant(millisecondsSinceEpoch: 1_795_251_600_000)
        return ToldFinding(
            code: "not-served",
            severity: .error,
            subject: subject,
            saw: "ns1: REFUSED",
            since: now,
            seenAt: now,
            toldAt: now
        )
    }

    @Test func theyAreReadBackByALaterProcessAndReplacedAsAWhole() async throws {
        let folder = try JournalFolder()
        let first = try folder.open()
        #expect(try await first.toldFindings().isEmpty)
        try await first.keep(told: [told("one"), told("two")])
        let second = try folder.open()
        #expect(try await second.toldFindings() == [told("one"), told("two")])
        try await second.keep(told: [told("three")])
        #expect(try await first.toldFindings() == [told("three")])
        // It is no part of the audit chain.
        #expect(try await first.verify() == 0)
    }

    @Test func aRowThatMakesNoSenseIsPassedOver() async throws {
        let folder = try JournalFolder()
        let journal = try folder.open()
        try await journal.keep(told: [told("one")])
        let queue = try DatabaseQueue(path: folder.database)
        try await queue.write { try $0.execute(sql: "INSERT INTO findings_told (body) VALUES ('{}'), ('no')") }
        #expect(try await journal.toldFindings() == [told("one")])
    }
}

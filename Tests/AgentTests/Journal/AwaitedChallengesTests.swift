// What ACME clients hand over call by call is kept for later processes, in order, until it is done with or old.
import DCV
import GRDB
import Testing

@testable import Agent

@Suite("Challenges awaited", .timeLimit(.minutes(1)))
struct AwaitedChallengesTests {
    private let start = Instant(millisecondsSinceEpoch: 1_795_251_600_000)

    private func challenge(_ id: String, _ place: Int, at seconds: Int64) throws -> AwaitedChallenge {
        AwaitedChallenge(
            authorization: try AuthorizationKey("certbot:\(id)"),
            scope: "certificate/\(place)",
            record: RequiredRecord(.txt(name: try DomainName("_acme-challenge.a.example"), value: try TXTValue(id))),
            at: start.adding(seconds: seconds)
        )
    }

    @Test func inOrderUntilForgotten() async throws {
        let folder = try JournalFolder()
        let (one, two, three) = (
            try challenge("b", 2, at: 0), try challenge("a", 1, at: 0), try challenge("c", 0, at: 5)
        )
        let first = try folder.open()
        #expect(try await first.awaited(adding: [], forgetting: [], since: start) == [])
        #expect(try await first.awaited(adding: [one], forgetting: [], since: start) == [one])
        let second = try folder.open()
        #expect(try await second.awaited(adding: [two, three], forgetting: [], since: start) == [one, two, three])
        // The same again is the youngest.
        let again = try challenge("b", 2, at: 6)
        #expect(try await first.awaited(adding: [again], forgetting: [], since: start) == [two, three, again])
        #expect(
            try await second.awaited(adding: [], forgetting: [three.authorization], since: start) == [two, again]
        )
        #expect(try await first.awaited(adding: [], forgetting: [], since: start.adding(seconds: 1)) == [again])
        #expect(try await first.verify() == 0, "it is no part of the audit chain")
    }
}

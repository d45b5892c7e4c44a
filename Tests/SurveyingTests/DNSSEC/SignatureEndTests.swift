// Which signatures count as ending soon: by the time that is left, and by its share of their life.
import DCV
import LDNS
import Testing

@testable import Surveying

@Suite(.timeLimit(.minutes(1)))
struct SignatureEndTests {
    private static let now = Instant(millisecondsSinceEpoch: 1_795_251_600_000)
    private static let day: Int64 = 86_400

    private func signature(_ owner: String, from: Int64, until: Int64, signer: String = "example.test") throws
        -> ResourceRecord
    {
        func octets(_ seconds: Int64) -> [UInt8] {
            let time = UInt32(truncatingIfNeeded: Self.now.millisecondsSinceEpoch / 1000 + seconds)
            return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> $0) }
        }
        let head: [UInt8] = [0, 16, 13, 3, 0, 0, 0, 60]
        let data = head + octets(until) + octets(from) + [0, 1] + (try DomainName(signer)).wire + [1, 2, 3]
        return ResourceRecord(ownerOctets: try DomainName(owner).wire, type: .rrsig, ttlSeconds: 60, dataOctets: data)
    }

    private func soonest(_ signatures: [ResourceRecord]) throws -> SignatureEnds.Ending? {
        let question = Question(try DomainName("a.example.test"), .txt)
        var message = Message(answering: Message(query: question, id: 1))
        message.answer = signatures
        return SignatureEnds.soonest(in: message, try DomainName("example.test"), at: Self.now)
    }

    @Test(
        arguments: [
            (-40 * day, day, true), (-40 * day, 3 * day, false), (-28 * day, 3 * day - 1, true),
            // Signed for two days at a time, and for a fortnight as Knot does.
            (-day, day, false), (-12 * day, 2 * day, false), (-13 * day, day, true), (-40 * day, 0, true),
            // Over already: that is bogus and not told here.
            (-40 * day, -1, false),
        ] as [(Int64, Int64, Bool)]
    )
    func soonIsWithinThreeDaysAndATenthOfItsLife(from: Int64, until: Int64, isSoon: Bool) throws {
        let ending = try soonest([try signature("a.example.test", from: from, until: until)])
        #expect((ending != nil) == isSoon)
        if let ending { #expect(ending.at == Self.now.adding(seconds: until)) }
    }

    @Test func aNewerSignatureBesideItIsEnough() throws {
        let old = try signature("a.example.test", from: -40 * Self.day, until: Self.day)
        let new = try signature("a.example.test", from: -Self.day, until: 29 * Self.day)
        #expect(try soonest([old, new]) == nil)
        #expect(try soonest([new, old]) == nil)
        #expect(
            try soonest([old, try signature("b.example.test", from: -Self.day, until: 29 * Self.day)])?.what
                == "TXT of a.example.test"
        )
    }

    @Test func anotherZonesSignaturesAreNotThisOnes() throws {
        #expect(
            try soonest([try signature("a.example.test", from: -40 * Self.day, until: Self.day, signer: "test")]) == nil
        )
    }
}

// What a person types to mend a missing record, in both forms.
import DCV
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RecordToAddTests {
    private func survey(_ record: RequiredRecord, zone: String?, target: String? = nil) throws -> Survey {
        Survey(
            record: record,
            at: testNow,
            zone: try zone.map { try name($0) },
            chain: try [record.name] + (target.map { [try name($0)] } ?? []),
            observations: []
        )
    }

    @Test func aTextStandsInQuotesAndItsNameEndsInADot() throws {
        let record = try #require(
            RecordToAdd(
                try survey(try txt("_acme-challenge.www.example.test", "token"), zone: "example.test"),
                ttlSeconds: 60
            )
        )
        #expect(record.zoneFile == "_acme-challenge.www.example.test. 60 IN TXT \"token\"")
        #expect(record.nameInZone == "_acme-challenge.www")
        #expect(
            record.console
                == "in the console of example.test: name _acme-challenge.www, type TXT, TTL 60, value token"
        )
    }

    @Test func aCNAMEsTargetEndsInADotInAZoneFile() throws {
        let wanted = try cname("_x.example.test", "token.ca.example")
        let record = try #require(RecordToAdd(try survey(wanted, zone: "example.test"), ttlSeconds: 300))
        #expect(record.zoneFile == "_x.example.test. 300 IN CNAME token.ca.example.")
        #expect(record.console?.contains("TTL 300, value token.ca.example") == true)
    }

    @Test func itIsEnteredWhereTheChainEnds() throws {
        let wanted = try txt("_acme-challenge.example.test", "token")
        let record = try #require(
            RecordToAdd(try survey(wanted, zone: "proofs.example", target: "a.b.proofs.example"), ttlSeconds: 60)
        )
        #expect(record.zoneFile.utf8.starts(with: "a.b.proofs.example. ".utf8))
        #expect(record.nameInZone == "a.b")
    }

    @Test func theApexIsAnAtSignAndAnUnknownZoneHasNoConsole() throws {
        let wanted = try txt("_acme-challenge.example.test", "token")
        #expect(
            RecordToAdd(try survey(wanted, zone: "_acme-challenge.example.test"), ttlSeconds: 60)?.nameInZone == "@"
        )
        let unknown = try #require(RecordToAdd(try survey(wanted, zone: nil), ttlSeconds: 60))
        #expect(unknown.console == nil && unknown.words == unknown.zoneFile)
        // The zone where the search ended need not hold the name.
        #expect(RecordToAdd(try survey(wanted, zone: "elsewhere.example"), ttlSeconds: 60)?.nameInZone == nil)
    }

    /// A person enters what the program would have published.
    @Test func theTTLIsThePolicys() throws {
        var policy = Policy.standard
        policy.publish.ttlSeconds = 300
        let seen = try survey(try txt("_a.example.test", "token"), zone: "example.test")
        let wanted = ExplainRequest.Wanted(seen.record, under: policy)
        #expect(wanted.ttlSeconds == 300)
        #expect(try roundTrip(wanted) == wanted)
        let old = try json(wanted).replacingOccurrences(of: ",\"ttl_s\":300", with: "")
        #expect(try decode(ExplainRequest.Wanted.self, from: old).ttlSeconds == Policy.standard.publish.ttlSeconds)
        let absent = Observation(
            .authoritative(server: try name("ns.example.test"), address: .v4(1)),
            .absent(negativeTTLSeconds: 60)
        )
        let missing = Survey(record: seen.record, at: testNow, zone: seen.zone, observations: [absent])
        #expect(RecordExplained(missing, wanted).toAdd?.zoneFile == "_a.example.test. 300 IN TXT \"token\"")
    }

    @Test func aFileIsNoRecordAndAShownRecordNeedsNoHand() throws {
        #expect(
            RecordToAdd(try survey(try file("example.test", "f.txt", "body"), zone: "example.test"), ttlSeconds: 60)
                == nil
        )
        #expect(
            try file("example.test", "f.txt", "body").fileToAdd?.hasSuffix(
                "/f.txt below the web root of example.test, with nothing in it but body"
            ) == true
        )
        let shown = try survey(try txt("_a.example.test", "token"), zone: "example.test")
        #expect(RecordToAdd(missing: shown, .complete, ttlSeconds: 60) == nil)
        #expect(RecordToAdd(missing: shown, .missing, ttlSeconds: 300)?.ttlSeconds == 300)
    }
}

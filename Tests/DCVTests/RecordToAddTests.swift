// What a person types to mend a missing record, in both forms.
import DCV
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
            RecordToAdd(try survey(try txt("_acme-challenge.www.example.test", "token"), zone: "example.test"))
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
            RecordToAdd(try survey(wanted, zone: "proofs.example", target: "a.b.proofs.example"))
        )
        #expect(record.zoneFile.utf8.starts(with: "a.b.proofs.example. ".utf8))
        #expect(record.nameInZone == "a.b")
    }

    @Test func theApexIsAnAtSignAndAnUnknownZoneHasNoConsole() throws {
        let wanted = try txt("_acme-challenge.example.test", "token")
        #expect(RecordToAdd(try survey(wanted, zone: "_acme-challenge.example.test"))?.nameInZone == "@")
        let unknown = try #require(RecordToAdd(try survey(wanted, zone: nil)))
        #expect(unknown.console == nil && unknown.words == unknown.zoneFile)
        // The zone where the search ended need not hold the name.
        #expect(RecordToAdd(try survey(wanted, zone: "elsewhere.example"))?.nameInZone == nil)
    }

    @Test func aFileIsNoRecordAndAShownRecordNeedsNoHand() throws {
        #expect(RecordToAdd(try survey(try file("example.test", "f.txt", "body"), zone: "example.test")) == nil)
        let shown = try survey(try txt("_a.example.test", "token"), zone: "example.test")
        #expect(RecordToAdd(missing: shown, .complete) == nil)
        #expect(RecordToAdd(missing: shown, .missing) != nil)
    }
}

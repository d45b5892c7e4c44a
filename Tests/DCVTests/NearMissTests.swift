// Values that are nearly the wanted one are told as what they are, and all others as nothing.
import DCV
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NearMissTests {
    private func findings(_ record: RequiredRecord, _ saw: String..., isRecursive: Bool = false) throws -> [Finding] {
        let address = IPAddress.v4(0x0500_0201)
        let vantage: VantagePoint =
            isRecursive
            ? .recursive(resolver: "near", address: address)
            : .authoritative(server: try name("ns1.example.test"), address: address)
        let sighting = Sighting.wrong(saw: saw.map { OctetText($0.utf8) }, ttlSeconds: 60)
        let survey = Survey(
            record: record,
            at: testNow,
            zone: try name("example.test"),
            observations: [Observation(vantage, sighting), Observation(vantage, sighting)]
        )
        return Checks.findings(survey)
    }

    private func told(_ saw: String...) throws -> [String] {
        try saw.flatMap { try findings(try txt("_acme-challenge.example.test", "Token-1"), $0).map(\.code) }
    }

    @Test func eachIsToldOnceAsWhatItIs() throws {
        #expect(
            try told("\"Token-1\"", "'Token-1'", "\\\"Token-1\\\"", " \"Token-1\" ").allSatisfy {
                $0 == "value-in-quotes"
            }
        )
        #expect(try told("\"Token-1\"", "\"Token-1") == ["value-in-quotes", "value-in-quotes"])
        #expect(try told(" Token-1", "Token-1\n", "Token-1 ") == Array(repeating: "value-with-spaces", count: 3))
        #expect(try told("token-1", "TOKEN-1", "\"token-1\"") == Array(repeating: "value-in-other-case", count: 3))
        #expect(try told("other", "Token-12", "Token", "\"\"", "", "To ken-1") == [])
    }

    @Test func aPersonLearnsWhoShowsItAndWhatToDo() throws {
        let finding = try #require(
            try findings(try txt("_acme-challenge.example.test", "token"), "of-somebody-else", "\"token\"").first
        )
        #expect(finding.severity == .error)
        #expect(
            finding.saw == "ns1.example.test (5.0.2.1) shows \"\\\"token\\\"\""
                || finding.saw.contains("ns1.example.test (5.0.2.1)")
        )
        #expect(finding.wanted == "\"token\"")
        #expect(finding.reproduce == "dig +norecurse @5.0.2.1 TXT _acme-challenge.example.test")
        #expect(finding.advice.contains("without quotes"))
    }

    @Test func whatACacheRemembersIsNoMiss() throws {
        #expect(try findings(try txt("_a.example.test", "token"), "\"token\"", isRecursive: true) == [])
    }

    // MARK: standing proofs

    private static let owner = "_validation-persist.example.test"
    private static func value(_ until: Int64?, _ issuer: String = "ca.example") -> String {
        "\(issuer); accounturi=https://ca.example/1" + (until.map { "; persistUntil=\($0)" } ?? "")
    }
    private static let nowSeconds = testNow.millisecondsSinceEpoch / 1000

    @Test(
        arguments: [
            (nowSeconds - 1, true), (nowSeconds, true), (nowSeconds + 1, false), (nil, false), (.max, false),
        ] as [(Int64?, Bool)]
    )
    func aRecordWhoseOwnTimeIsOverProvesNothing(until: Int64?, isOver: Bool) throws {
        let record = try txt(Self.owner, Self.value(until))
        #expect((Survey.Problem.ended(record, at: testNow)?.code == .persistUntilPassed) == isOver)
        #expect(Survey.Problem.ended(try txt("_acme-challenge.example.test", Self.value(until)), at: testNow) == nil)
    }

    @Test func theWordsOfAStandingProof() {
        func proof(_ text: String) -> PersistentProof? { PersistentProof(OctetText(text.utf8)) }
        #expect(proof(" CA.example ;persistuntil = 10 ")?.issuer == "ca.example")
        #expect(proof("ca.example.; persistUntil=10") == nil, "as in CAA, a final dot makes it no name")
        #expect(proof(" CA.example ;persistuntil = 10 ")?.until == Instant(millisecondsSinceEpoch: 10_000))
        for odd in [
            "ca", "ca;", "ca; persistUntil=", "ca; persistUntil=-1", "ca; persistUntil=1e3",
            "ca; persistUntil=99999999999999999999",
        ] {
            let read = proof(odd)
            #expect(read?.issuer == "ca" && read?.until == nil, "\(odd)")
        }
        // Nobody named, or no issue value (RFC 8659 4.2).
        for odd in ["", ";", "; persistUntil=1", "ca; persistUntil", "x; =; persistuntil=1", "persistUntil=10"] {
            #expect(proof(odd) == nil, "\(odd)")
        }
    }

    @Test func anOldRecordOfTheSameCAIsTold() throws {
        let wanted = try txt(Self.owner, Self.value(nil))
        let finding = try #require(try findings(wanted, Self.value(Self.nowSeconds - 1)).first)
        #expect(finding.code == "persist-until-passed" && finding.severity == .notice)
        #expect(try findings(wanted, Self.value(Self.nowSeconds - 1, "other.example")) == [])
        #expect(try findings(wanted, Self.value(Self.nowSeconds + 1)) == [])
    }
}

// DNAMEs above the name asked for: followed across zones, made into CNAMEs, and not believed when they do not fit.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct MovingTests {
    private static let name = "_acme-challenge.www.sub.one.test"

    private static func survey(_ world: ScriptedWorld, _ name: String = name) async throws -> Survey {
        try await LiveSurveyor(world).survey(try .txt(name, "token"))
    }

    /// one.test at one address, with or without the CNAMEs that belong to its DNAMEs.
    private static func world(
        _ one: String,
        two: String,
        makesCNAMEs: Bool = true,
        _ change: (@Sendable (inout Message) -> Void)? = nil
    ) throws -> ScriptedWorld {
        var zone = try ScriptedZone(
            "one.test",
            "one.test NS ns1.one.test\none.test NS ns2.one.test\nns1.one.test A 5.0.2.1\nns2.one.test A 5.0.2.9\n" + one
        )
        zone.makesCNAMEs = makesCNAMEs
        let manner = change.map { Manner.changed([zone], $0) } ?? .honest([zone])
        return try AliasTests.world(one: "", two: two, manners: ["5.0.2.1": manner, "5.0.2.9": manner])
    }

    @Test(arguments: [true, false]) func aTreeThatStandsInAnotherZone(makesCNAMEs: Bool) async throws {
        let survey = try await Self.survey(
            Self.world(
                "sub.one.test DNAME two.test",
                two: "_acme-challenge.www.two.test TXT token",
                makesCNAMEs: makesCNAMEs
            )
        )
        #expect(survey.chain.map(\.text) == [Self.name, "_acme-challenge.www.two.test"])
        #expect(survey.lines == ["ns1.two.test 5.0.2.2 present"])
        #expect(survey.zone?.text == "two.test")
        #expect(survey.told == [])
    }

    @Test func aWholeZoneThatStandsElsewhere() async throws {
        let survey = try await Self.survey(
            Self.world(
                "one.test DNAME two.test",
                two:
                    "_acme-challenge.www.sub.two.test CNAME c.sub.two.test\nsub.two.test DNAME x.two.test\nc.x.two.test TXT token"
            ),
            Self.name
        )
        // What stands below a DNAME's owner is not there: the CNAME in sub.two.test is moved, too.
        #expect(
            survey.chain.map(\.text) == [
                Self.name, "_acme-challenge.www.sub.two.test", "_acme-challenge.www.x.two.test",
            ]
        )
        #expect(survey.observations.map(\.sighting.code) == ["absent"])
    }

    @Test func aDNAMEAtTheNameItselfMovesOnlyWhatLiesBelow() async throws {
        let survey = try await Self.survey(Self.world("\(Self.name) DNAME two.test\n\(Self.name) TXT token", two: ""))
        #expect(survey.observations.map(\.sighting.code) == ["present", "present"])
        #expect(survey.chain.count == 1)
    }

    @Test func aCNAMEThatDoesNotFitIsForged() async throws {
        let other = try ResourceRecord(DomainName(Self.name), ttlSeconds: 0, .cname(DomainName("evil.two.test")))
        let survey = try await Self.survey(
            Self.world("sub.one.test DNAME two.test", two: "evil.two.test TXT token") { reply in
                if reply.answer.contains(where: { $0.type == .cname }) {
                    reply.answer = reply.answer.dropLast() + [other]
                }
            }
        )
        #expect(survey.observations.map(\.sighting.code) == ["hostile", "hostile"])
        #expect(survey.told == ["zone-cut-unknown", "hostile-answer", "hostile-answer"])
    }

    @Test func twoDNAMEsAreForged() async throws {
        let other = try ResourceRecord(DomainName("sub.one.test"), ttlSeconds: 0, .dname(DomainName("evil.test")))
        let survey = try await Self.survey(
            Self.world("sub.one.test DNAME two.test", two: "") { if !$0.answer.isEmpty { $0.answer.append(other) } }
        )
        #expect(survey.observations.map(\.sighting.code) == ["hostile", "hostile"])
    }

    @Test(arguments: [true, false]) func aNameThatBecomesTooLong(saysSo: Bool) async throws {
        let label = String(repeating: "a", count: 63)
        let long = "\(label).\(label).\(label).\(String(label.dropLast(10)))"
        let survey = try await Self.survey(
            Self.world("sub.one.test DNAME \(long)", two: "") { if !saysSo { $0.rcode = .noError } }
        )
        #expect(survey.codes.contains(.nameNotUsable))
        #expect(survey.problems.first { $0.code == .nameNotUsable }?.text.contains("too long") == true)
        #expect(survey.observations.allSatisfy { $0.sighting.code == "wrong" })
    }

    @Test func treesThatLeadToEachOther() async throws {
        let survey = try await Self.survey(
            Self.world("sub.one.test DNAME sub.two.test", two: "sub.two.test DNAME sub.one.test")
        )
        #expect(survey.codes == [.cnameLoop])
    }

    @Test(arguments: [true, false]) func aCNAMEThatADNAMEMakesIsTheWantedOne(makesCNAMEs: Bool) async throws {
        let world = try Self.world("sub.one.test DNAME two.test", two: "", makesCNAMEs: makesCNAMEs)
        let record = try RequiredRecord.cname(Self.name, "_acme-challenge.www.two.test")
        let survey = try await LiveSurveyor(world).survey(record)
        #expect(survey.observations.map(\.sighting.isPresent) == [true, true])
    }

    // MARK: a challenge label that is a zone of its own

    private static let deeper = "_acme-challenge.one.test NS ns1.two.test\n"

    @Test func aDelegatedChallengeLabelOnServersOfAnotherZone() async throws {
        let own = try ScriptedZone("_acme-challenge.one.test", Self.deeper + "_acme-challenge.one.test TXT token")
        let two = try ScriptedZone("two.test", "two.test NS ns1.two.test\nns1.two.test A 5.0.2.2")
        let world = try AliasTests.world(one: Self.deeper, manners: ["5.0.2.2": .honest([two, own])])
        let survey = try await Self.survey(world, "_acme-challenge.one.test")
        #expect(survey.zone?.text == "_acme-challenge.one.test")
        #expect(survey.lines == ["ns1.two.test 5.0.2.2 present"])
        #expect(survey.zones.map(\.apex.text) == [".", "test", "one.test", "_acme-challenge.one.test"])
        #expect(survey.told == [])
    }

    @Test func aDelegatedChallengeLabelThatNobodyServes() async throws {
        let survey = try await Self.survey(AliasTests.world(one: Self.deeper), "_acme-challenge.one.test")
        #expect(survey.zone?.text == "_acme-challenge.one.test")
        #expect(survey.told == ["lame-server"])
        #expect(survey.problems.first?.reproduce == "dig +norecurse @5.0.2.2 SOA _acme-challenge.one.test")
    }

    @Test func aDelegatedChallengeLabelOnTheParentsServers() async throws {
        let cut = "_acme-challenge.one.test NS ns1.one.test\n"
        let addresses = "one.test NS ns1.one.test\nns1.one.test A 5.0.2.1\n"
        let both: Manner = .honest([
            try ScriptedZone("one.test", addresses + cut),
            try ScriptedZone("_acme-challenge.one.test", cut + "_acme-challenge.one.test TXT token"),
        ])
        let world = try AliasTests.world(one: "", manners: ["5.0.2.1": both, "5.0.2.9": both])
        let survey = try await Self.survey(world, "_acme-challenge.one.test")
        #expect(survey.zone?.text == "_acme-challenge.one.test")
        #expect(survey.lines == ["ns1.one.test 5.0.2.1 present"])
    }
}

// Names beside the record's own: wildcards that answer for it or are hidden by it, and labels typed twice.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct NamesBesideTests {
    private static let name = "_acme-challenge.www.one.test"

    private static func survey(
        _ one: String,
        two: String = "",
        _ record: RequiredRecord? = nil
    ) async throws -> Survey {
        let surveyor = try LiveSurveyor(AliasTests.world(one: one, two: two))
        return try await surveyor.survey(record ?? .txt(name, "token"))
    }

    // MARK: wildcards

    @Test(arguments: [
        ("*.one.test TXT other", "*.one.test"), ("www.one.test A 5.0.9.9\n*.www.one.test TXT other", "*.www.one.test"),
        ("*.one.test CNAME lb.two.test", "*.one.test"),
        ("x.one.test A 5.0.9.9\n*.www.one.test CNAME lb.two.test", "*.www.one.test"),
    ]) func aWildcardThatSwallowsTheName(zone: String, wildcard: String) async throws {
        let survey = try await Self.survey(zone)
        #expect(survey.told.filter { $0 == "wildcard-answers" }.count == 1)
        let problem = try #require(survey.problems.first { $0.code == .wildcardAnswers })
        #expect(problem.text.hasSuffix("comes from the wildcard \(wildcard)"))
        // Below another name the record would take away what the wildcard shows for the host.
        let isBeside = zone.contains("CNAME") && wildcard == "*.www.one.test"
        #expect(survey.wildcardZone?.text == (isBeside ? "one.test" : nil))
        let isLedAway = zone.contains("CNAME") && !isBeside
        #expect((survey.owner == survey.record.name) == !isLedAway)
        #expect(survey.ownersZone?.text == (isLedAway ? "two.test" : "one.test"))
        let words = try #require(problem.reproduce).split(separator: " ")
        #expect(words.prefix(2) == ["dig", "+norecurse"])
        #expect(["@5.0.2.1", "@5.0.2.9"].contains(words[2]) && words[3] == "TXT")
        #expect(words.last?.hasSuffix(".\(wildcard.dropFirst(2))") == true)
    }

    @Test func theServerThatShowedItIsNamed() async throws {
        for (lame, witness) in [("5.0.2.1", "@5.0.2.9"), ("5.0.2.9", "@5.0.2.1")] {
            let wild = try AliasTests.world(one: "*.one.test TXT other", manners: [lame: .failing(.refused)])
            let survey = try await LiveSurveyor(wild).survey(try .txt(Self.name, "token"))
            let problem = try #require(survey.problems.first { $0.code == .wildcardAnswers })
            #expect(problem.reproduce?.contains(witness) == true, "\(lame) said nothing")
            let doubled = try AliasTests.world(
                one: "\(Self.name).one.test TXT token",
                manners: [lame: .failing(.refused)]
            )
            let second = try await LiveSurveyor(doubled).survey(try .txt(Self.name, "token"))
            let misplaced = try #require(second.problems.first { $0.code == .doubledLabel })
            #expect(misplaced.reproduce?.contains(witness) == true)
        }
    }

    @Test(arguments: [
        "\(name) TXT other", "\(name) CNAME lb.two.test", "\(name) TXT other\n*.www.one.test TXT another",
        "\(name) CNAME lb.two.test\n*.www.one.test CNAME a.two.test", "*.www.one.test A 5.0.9.9",
    ]) func whatStandsThereItselfIsNoWildcards(zone: String) async throws {
        let survey = try await Self.survey(zone)
        #expect(!survey.told.contains("wildcard-answers"))
        #expect(survey.wildcardZone == nil && survey.owner == survey.target)
    }

    /// A hook that puts a record there takes nothing of anybody's away.
    @Test(arguments: ["*.one.test TXT other", "*.one.test CNAME lb.two.test"])
    func whatAWildcardShowsIsNobodysValue(wildcard: String) async throws {
        let record = try RequiredRecord.txt(Self.name, "token")
        func values(_ zone: String) async throws -> [[String]] {
            let view = await (try LiveSurveyor(AliasTests.world(one: zone))).rrset(of: record, at: record.name)
            let foreign = Set(view.wildcard ?? []).subtracting([OctetText("token".utf8)])
            return view.values.values.map { $0.filter { !foreign.contains($0) }.map(\.description) }
        }
        #expect(try await values(wildcard) == [[], []])
        #expect(try await values("\(wildcard)\n\(Self.name) TXT token") == [["token"], ["token"]])
        #expect(try await values("\(wildcard)\n\(Self.name) TXT mine") == [["mine"], ["mine"]])
        #expect(try await values("*.one.test TXT token") == [["token"], ["token"]])
    }

    @Test func aWildcardThatShowsTheValueIsToldAndNoObstacle() async throws {
        for one in ["*.www.one.test CNAME a.two.test", "*.www.one.test TXT token"] {
            let survey = try await Self.survey(one, two: "a.two.test TXT token")
            #expect(survey.told == ["wildcard-answers"])
            #expect(survey.observations.allSatisfy { $0.sighting.isPresent })
            #expect(Propagation.judge(survey, Policy.standard.propagation) == .complete)
        }
    }

    @Test func aNameThatExistsHidesTheWildcard() async throws {
        let hidden = try await Self.survey("x.\(Self.name) A 5.0.9.9\n*.www.one.test TXT token")
        #expect(hidden.told == ["empty-non-terminal"])
        let wide = try await Self.survey("x.\(Self.name) A 5.0.9.9\n*.one.test TXT token\n*.www.one.test TXT token")
        #expect(wide.told == ["empty-non-terminal"], "what the wildcard shows at doubled labels, nobody typed")
        #expect(hidden.problems.first?.text.contains("*.www.one.test") == true)
        #expect(try await Self.survey("x.\(Self.name) A 5.0.9.9").told == [])
        #expect(try await Self.survey("x.\(Self.name) A 5.0.9.9\n*.www.one.test A 5.0.9.9").told == [])
    }

    @Test func aWildcardIsProbedOnceForAllNamesBesideEachOther() async throws {
        let world = try AliasTests.world(one: "*.www.one.test TXT other")
        let clock = ScriptedClock()
        let surveyor = try LiveSurveyor(world, clock: clock)
        let requests = try (0..<50).map { SurveyRequest(try .txt("n\($0).www.one.test", "token")) }
        let surveys = await surveyor.survey(requests)
        #expect(surveys.allSatisfy { $0.told == ["wildcard-answers"] })
        func probes() -> Set<String> {
            let names = world.history.map(\.question).filter { $0.type == .txt }.map(\.name)
            let labels = names.compactMap { name -> String? in name.labels.first.map { String($0) } }
            return Set(labels.filter { $0.utf8.count == 20 })
        }
        #expect(probes().count == 1)
        let label = try #require(probes().first)
        #expect(
            world.history.count { $0.question.name.labels.first == label[...] } == 2,
            "below www and below the zone"
        )
        clock.advance(59_000)
        #expect(await surveyor.survey(requests).allSatisfy { $0.told == ["wildcard-answers"] })
        #expect(probes().count == 1, "what was seen a moment ago is not asked for again")
        clock.advance(2_000)
        _ = await surveyor.survey(requests)
        #expect(probes().count == 2, "nobody can prepare for the next question")
    }

    // MARK: labels typed twice

    @Test(arguments: ["\(name).one.test", "_acme-challenge.www.\(name)"])
    func aValueUnderLabelsTypedTwice(place: String) async throws {
        let survey = try await Self.survey("\(place) TXT token")
        #expect(survey.told == ["doubled-label"])
        let finding = try #require(Checks.findings(survey).first)
        #expect(finding.severity == .error)
        #expect(finding.saw == "the value stands at \(place), not at \(Self.name)")
        #expect(finding.reproduce == "dig +norecurse @5.0.2.1 TXT \(place)")
        // Beside an old value, too, which a TXT replaces nothing of.
        #expect(try await Self.survey("\(place) TXT token\n\(Self.name) TXT old").told == ["doubled-label"])
    }

    @Test func aDelegationUnderLabelsTypedTwice() async throws {
        let record = try RequiredRecord.cname(Self.name, "a.two.test")
        #expect(try await Self.survey("\(Self.name).one.test CNAME a.two.test", record).told == ["doubled-label"])
    }

    @Test func otherValuesThereAreNobodysConcern() async throws {
        #expect(try await Self.survey("\(Self.name).one.test TXT other").told == [])
    }

    @Test func doubledLabelsAreLookedForOnlyWhereTheRecordIsMissingEverywhere() async throws {
        for one in ["\(Self.name) TXT token", "\(Self.name) TXT token\n\(Self.name).one.test TXT token"] {
            let world = try AliasTests.world(one: one)
            #expect(try await LiveSurveyor(world).survey(try .txt(Self.name, "token")).told == [])
            #expect(world.count("\(Self.name).one.test TXT") == 0)
        }
        let missing = try AliasTests.world(one: "")
        _ = try await LiveSurveyor(missing).survey(try .txt(Self.name, "token"))
        #expect(missing.count("\(Self.name).one.test TXT") == 1, "one server is asked")
    }

    /// A run that waits looks again and again; names beside the record are asked for once in a while, and when something has changed.
    @Test func aMissingRecordHasItsNamesBesideAskedOnce() async throws {
        let doubled = "\(Self.name).one.test"
        func zone(serial: UInt32, _ text: String = "") throws -> Manner {
            let servers =
                "one.test NS ns1.one.test\nns1.one.test A 5.0.2.1\none.test NS ns2.one.test\nns2.one.test A 5.0.2.9\n"
            return .honest([try ScriptedZone("one.test", serial: serial, servers + text)])
        }
        let world = try AliasTests.world(one: "")
        let clock = ScriptedClock()
        let surveyor = try LiveSurveyor(world, clock: clock)
        let record = try RequiredRecord.txt(Self.name, "token")
        for _ in 0..<5 {
            #expect(try await surveyor.survey(record).told == [])
            clock.advance(2_000)
        }
        #expect(world.count("\(doubled) TXT") == 1)
        #expect(world.count("\(Self.name) TXT") == 5 * 2)
        // The zone changes: what stands beside may have changed with it.
        for address in ["5.0.2.1", "5.0.2.9"] { world.change(address, try zone(serial: 2, "\(doubled) TXT token")) }
        #expect(try await surveyor.survey(record).told == ["doubled-label"])
        #expect(try await surveyor.survey(record).told == ["doubled-label"])
        #expect(world.count("\(doubled) TXT") == 2)
        // A look round a hook tells that somebody is at the zone, whatever the serial says.
        for address in ["5.0.2.1", "5.0.2.9"] { world.change(address, try zone(serial: 2)) }
        _ = await surveyor.rrset(of: record, at: record.name)
        #expect(try await surveyor.survey(record).told == [])
    }

    @Test func namesTooLongToDoubleAreLeftOut() async throws {
        let label = String(repeating: "a", count: 60)
        let long = "\(label).\(label).\(label).\(label).one.test"
        let survey = try await Self.survey("", try .txt(long, "token"))
        #expect(survey.told == [])
        #expect(survey.observations.count == 2)
    }
}

/// What stands at another name than the wanted one, or where a CNAME must.
@Suite(.timeLimit(.minutes(1))) struct MisplacedTests {
    private static let name = "_acme-challenge.www.one.test"

    private static func survey(_ one: String, two: String = "", _ record: RequiredRecord? = nil) async throws -> Survey
    {
        try await LiveSurveyor(AliasTests.world(one: one, two: two)).survey(record ?? .txt(name, "token"))
    }

    @Test func aValueWithoutTheLabelMadeForProofs() async throws {
        let survey = try await Self.survey("www.one.test TXT token")
        #expect(survey.told == ["label-left-out"])
        let finding = try #require(Checks.findings(survey).first)
        #expect(finding.saw == "the value stands at www.one.test, not at \(Self.name)")
        #expect(
            finding.reproduce == "dig +norecurse @5.0.2.1 TXT www.one.test"
                || finding.reproduce == "dig +norecurse @5.0.2.9 TXT www.one.test"
        )
        #expect(try await Self.survey("www.one.test TXT other").told == [])
        #expect(try await Self.survey("www.one.test TXT token\n\(Self.name) TXT token").told == [])
        #expect(
            try await Self.survey("x.www.one.test A 5.0.9.9\n*.one.test TXT token\nwww.one.test TXT other").told == []
        )
        // A name without such a label has none to leave out.
        #expect(try await Self.survey("one.test TXT token", .txt("plain.one.test", "token")).told == [])
    }

    private static let wanted = Result { try RequiredRecord.cname(name, "a.two.test") }

    @Test(
        arguments: [
            ("\(name) A 5.0.9.9", ["cname-flattened"]), ("\(name) AAAA 2400::1", ["cname-flattened"]),
            ("\(name) TXT old", ["txt-in-place-of-cname"]),
            ("\(name) TXT old\n\(name) A 5.0.9.9", ["txt-in-place-of-cname"]),
            ("*.www.one.test A 5.0.9.9", []), ("*.www.one.test TXT old", []), ("x.\(name) A 5.0.9.9", []), ("", []),
            ("\(name) CNAME a.two.test", []), ("\(name) CNAME b.two.test", ["other-value", "other-value"]),
        ] as [(String, [String])]
    ) func whatStandsWhereACNAMEMust(zone: String, told: [String]) async throws {
        let survey = try await Self.survey(zone, two: "a.two.test TXT token", try Self.wanted.get())
        #expect(Checks.findings(survey).map(\.code) == told, "\(zone)")
        if told.first == "cname-flattened" || told.first == "txt-in-place-of-cname" {
            let problem = try #require(survey.problems.first)
            #expect(problem.isPermanent && problem.blocksJudgement, "nothing is published there")
            #expect(problem.reproduce?.hasSuffix(Self.name) == true)
        }
    }

    @Test func aCNAMEIntoADomainThatNobodyHas() async throws {
        let record = try RequiredRecord.cname(Self.name, "a.nobody.test")
        let survey = try await Self.survey("\(Self.name) CNAME a.nobody.test", record)
        #expect(survey.told == ["cname-to-nothing"])
        #expect(Propagation.judge(survey, Policy.standard.propagation) == .complete)
        // A target that cannot be looked up is what many CAs hand out.
        let usual = try RequiredRecord.cname(Self.name, "gone.two.test")
        #expect(try await Self.survey("\(Self.name) CNAME gone.two.test", usual).told == [])
    }

    @Test func aCNAMEToANameThatDoesNotExist() async throws {
        let survey = try await Self.survey("\(Self.name) CNAME a.two.test")
        #expect(survey.told == ["cname-to-nothing"])
        let problem = try #require(survey.problems.first)
        #expect(problem.text == "\(Self.name) CNAME a.two.test, which does not exist")
        #expect(problem.reproduce == "dig +norecurse @5.0.2.2 TXT a.two.test")
        // It exists without the record: that is an ordinary lack.
        #expect(try await Self.survey("\(Self.name) CNAME a.two.test", two: "a.two.test A 5.0.9.9").told == [])
    }

    @Test func aStandingProofWhoseTimeIsOverIsNeverReady() async throws {
        let value = "ca.example; accounturi=https://ca.example/1; persistUntil=1600000000"
        let name = "_validation-persist.one.test"
        let survey = try await Self.survey("\(name) TXT \(value)", .txt(name, value))
        #expect(survey.observations.allSatisfy { $0.sighting.isPresent })
        #expect(survey.told == ["persist-until-passed"])
        guard case .cannotTell = Propagation.judge(survey, Policy.standard.propagation) else {
            Issue.record("shown, and worth nothing")
            return
        }
    }
}

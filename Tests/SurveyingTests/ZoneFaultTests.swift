// Each fault of a zone's servers is told by one finding of its own, and a sound zone by none.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct ZoneFaultTests {
    private static let servers = ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n"
    private static let addresses = ["5.0.2.1", "2a00::21", "5.0.2.2"]

    private static func zone(
        serial: UInt32 = 1,
        primary: String? = nil,
        _ text: String = ZoneCutTests.value
    ) throws -> ScriptedZone {
        try ScriptedZone("example.test", serial: serial, primary: primary, servers + text)
    }

    /// The finding that a world gives, which must be the only one.
    private static func finding(_ others: [String: Manner], _ code: String) async throws -> Finding {
        let survey = try await ZoneCutTests.survey(ZoneCutTests.world(others: others))
        #expect(survey.told == [code])
        return try #require(Checks.findings(survey).first)
    }

    @Test func aSoundZoneIsNotTalkedAbout() async throws {
        #expect(try await ZoneCutTests.survey(ZoneCutTests.world()).told == [])
        let missing = try await ZoneCutTests.survey(ZoneCutTests.world(), "_acme-challenge.new.example.test")
        #expect(missing.told == [])
        // A hidden primary, one that counts serials of its own, and one that nobody can reach.
        for serial: UInt32? in [7, 3, nil] {
            #expect(try await Self.hidden(serial, ZoneCutTests.value).told == [])
        }
    }

    @Test(arguments: [Manner.failing(.refused), .failing(.serverFailure), .lame([])])
    func anAddressThatDoesNotServeTheZone(manner: Manner) async throws {
        let finding = try await Self.finding(["5.0.2.2": manner], "lame-server")
        #expect(finding.saw.contains("ns2.example.test (5.0.2.2)"))
        #expect(finding.reproduce == "dig +norecurse @5.0.2.2 SOA example.test")
        #expect(finding.severity == .waiting)
    }

    @Test func theLineNamesThePortOfALaboratory() async throws {
        let world = try ZoneCutTests.world(others: ["5.0.2.2": .failing(.refused)])
        let record = try RequiredRecord.txt("_acme-challenge.example.test", "token")
        let survey = try await LiveSurveyor(world) { $0.dnsPort = 5300 }.survey(record)
        #expect(survey.problems.map(\.reproduce) == ["dig +norecurse @5.0.2.2 -p 5300 SOA example.test"])
    }

    @Test func deadAddressesAndServersKeepTheirOwnFindings() async throws {
        _ = try await Self.finding(["2a00::21": .silent], "dead-address")
        _ = try await Self.finding(["5.0.2.2": .silent], "server-unreachable")
    }

    @Test func noTCP() async throws {
        let finding = try await Self.finding(["5.0.2.2": .odd(.noTCP, [Self.zone()])], "tcp-unreachable")
        #expect(finding.reproduce == "dig +norecurse +tcp @5.0.2.2 SOA example.test")
    }

    @Test func onlyTCP() async throws {
        let finding = try await Self.finding(["5.0.2.2": .odd(.onlyTCP, [Self.zone()])], "udp-unreachable")
        #expect(finding.saw.contains("ns2.example.test (5.0.2.2) answers over TCP, not over UDP"))
    }

    @Test func serversThatRefuseOrDropEDNS() async throws {
        for oddity in [Oddity.refusesEDNS, .dropsEDNS] {
            let world = try ZoneCutTests.world(others: ["5.0.2.2": .odd(oddity, [Self.zone()])])
            #expect(try await ZoneCutTests.survey(world).observations.allSatisfy { $0.sighting.isPresent })
            let finding = try await Self.finding(["5.0.2.2": .odd(oddity, [Self.zone()])], "edns-not-understood")
            #expect(finding.reproduce == "dig +norecurse +nocookie @5.0.2.2 SOA example.test")
        }
    }

    @Test func aServerThatChangesLetterCase() async throws {
        let finding = try await Self.finding(["5.0.2.2": .odd(.changesCase, [Self.zone()])], "case-not-kept")
        #expect(finding.reproduce == "dig +norecurse @5.0.2.2 SOA ExAmPlE.TeSt")
        #expect(finding.severity == .notice)
    }

    @Test func aFaultOfManyAddressesIsOneFinding() async throws {
        let noTCP: Manner = .odd(.noTCP, [try Self.zone()])
        let finding = try await Self.finding(
            Dictionary(uniqueKeysWithValues: Self.addresses.map { ($0, noTCP) }),
            "tcp-unreachable"
        )
        #expect(Self.addresses.allSatisfy { finding.saw.contains("(\($0))") })
    }

    // MARK: versions

    @Test func aSecondaryThatLags() async throws {
        let newer: Manner = .honest([try Self.zone(serial: 0)])
        let finding = try await Self.finding(
            ["5.0.2.1": newer, "2a00::21": newer, "5.0.2.2": .honest([Self.zone(serial: .max, "")])],
            "serials-differ"
        )
        #expect(finding.saw.contains("ns2.example.test (5.0.2.2) has serial 4294967295"))
        #expect(finding.wanted?.contains("serial 0") == true)
        #expect(finding.reproduce == "dig +norecurse @5.0.2.2 SOA example.test")
    }

    private static func hidden(_ serial: UInt32?, _ record: String = "") async throws -> Survey {
        let text = "ns0.example.test A 5.0.9.1\n" + record
        let shown: Manner = .honest([try zone(serial: 7, primary: "ns0.example.test", text)])
        var others = Dictionary(uniqueKeysWithValues: addresses.map { ($0, shown) })
        if let serial { others["5.0.9.1"] = .honest([try zone(serial: serial, primary: "ns0.example.test", text)]) }
        return try await ZoneCutTests.survey(ZoneCutTests.world(others: others))
    }

    /// The zone's owner says where the primary is: the guard of all addresses out of DNS holds there, too.
    @Test func aPrimaryAtASpecialUseAddressIsNotAsked() async throws {
        let text = "ns0.example.test A 10.0.9.1\n" + ZoneCutTests.value
        let shown: Manner = .honest([try Self.zone(serial: 7, primary: "ns0.example.test", text)])
        var others = Dictionary(uniqueKeysWithValues: Self.addresses.map { ($0, shown) })
        others["10.0.9.1"] = .honest([try Self.zone(serial: 9, primary: "ns0.example.test", text)])
        let world = try ZoneCutTests.world(others: others)
        #expect(try await ZoneCutTests.survey(world).told == [])
        #expect(!world.history.contains { $0.address == IPAddress("10.0.9.1") })
    }

    @Test func aHiddenPrimaryWithAChangeOnItsWay() async throws {
        let survey = try await Self.hidden(9)
        #expect(survey.told == ["hidden-primary"])
        #expect(try await Self.hidden(9, ZoneCutTests.value).told == ["hidden-primary"])
        let problem = try #require(survey.problems.first)
        #expect(problem.text.hasPrefix("ns0.example.test (5.0.9.1), the zone's primary by its SOA, has serial 9"))
        #expect(problem.reproduce == "dig +norecurse @5.0.9.1 SOA example.test")
    }

    @Test func aPrimaryWhoseSerialWentBack() async throws {
        #expect(try await Self.hidden(6).told == ["primary-behind"])
        // Also one that is a name server itself.
        let back: Manner = .honest([try Self.zone(serial: 6, primary: "ns1.example.test", "")])
        let world = try ZoneCutTests.world(
            others: [
                "5.0.2.1": back, "2a00::21": back,
                "5.0.2.2": .honest([Self.zone(serial: 7, primary: "ns1.example.test", "")]),
            ]
        )
        #expect(try await ZoneCutTests.survey(world).told == ["serials-differ", "primary-behind"])
    }

    @Test func aHiddenPrimaryThatSaysNothingNew() async throws {
        #expect(try await Self.hidden(7).told == [])
        #expect(try await Self.hidden(nil).told == [], "not reachable, as is usual")
    }

    /// Nobody answers there, as is usual: it is not waited for at every look of a run.
    @Test func aHiddenPrimaryIsAskedOnceInAWhile() async throws {
        let text = "ns0.example.test A 5.0.9.1\n"
        func shown(_ serial: UInt32) throws -> Manner {
            .honest([try Self.zone(serial: serial, primary: "ns0.example.test", text)])
        }
        var others = Dictionary(uniqueKeysWithValues: try Self.addresses.map { ($0, try shown(7)) })
        others["5.0.9.1"] = .silent
        let world = try ZoneCutTests.world(others: others)
        let clock = ScriptedClock()
        let surveyor = try LiveSurveyor(world, clock: clock)
        let record = try RequiredRecord.txt("_acme-challenge.example.test", "token")
        for _ in 0..<5 {
            #expect(try await surveyor.survey(record).told == [])
            clock.advance(2_000)
        }
        #expect(world.questions(to: "5.0.9.1") == ["example.test SOA"])
        // A new version at the name servers: what the primary had before says nothing about it.
        for address in Self.addresses { world.change(address, try shown(8)) }
        #expect(try await surveyor.survey(record).told == [])
        #expect(world.questions(to: "5.0.9.1").count == 2)
        world.change("5.0.9.1", try shown(9))
        clock.advance(61_000)
        #expect(try await surveyor.survey(record).told == ["hidden-primary"])
        world.change("5.0.9.1", try shown(10))
        _ = await surveyor.rrset(of: record, at: record.name)
        let survey = try await surveyor.survey(record)
        #expect(survey.problems.first?.text.contains("has serial 10") == true)
    }

    // MARK: glue, negative answers

    @Test func glueOfAnOldAddress() async throws {
        let world = try ZoneCutTests.world(
            delegation: ZoneCutTests.shop + "\nns1.example.test A 5.0.2.1\nns2.example.test A 5.0.2.9",
            others: ["5.0.2.9": .honest([Self.zone()])]
        )
        let survey = try await ZoneCutTests.survey(world)
        #expect(survey.told == ["glue-differs"])
        #expect(
            survey.problems.first?.text.contains("ns2.example.test the address 5.0.2.9, its own zone gives it 5.0.2.2")
                == true
        )
        #expect(survey.lines.count == 4, "both addresses are asked")
    }

    @Test func lessGlueThanAddressesIsNormal() async throws {
        let world = try ZoneCutTests.world(
            delegation: ZoneCutTests.shop + "\nns1.example.test A 5.0.2.1\nns2.example.test A 5.0.2.2"
        )
        #expect(try await ZoneCutTests.survey(world).told == [])
    }

    @Test func negativeAnswersWithoutSOA() async throws {
        let bare = try ScriptedZone("example.test", hasSOA: false, Self.servers)
        let finding = try await Self.finding(
            ["5.0.2.1": .honest([bare]), "2a00::21": .honest([bare]), "5.0.2.2": .honest([Self.zone("")])],
            "no-soa-in-negative-answer"
        )
        #expect(finding.saw.contains("ns1.example.test (5.0.2.1), ns1.example.test (2a00::21):"))
        #expect(finding.severity == .error)
    }

    // MARK: a network that lets nothing through

    private static func survey(roots: [String], _ others: [String: Manner], via: String? = nil) async throws -> Survey {
        let name = try DomainName("root.test")
        return try await LiveSurveyor(ZoneCutTests.world(others: others)) { configuration in
            configuration.rootHints = RootHints([RootHints.Server(name, roots.compactMap { IPAddress($0) })])
            guard let via, let address = IPAddress(via) else { return }
            configuration.via = SurveyorConfiguration.Resolver(name: "site", address: address)
        }.survey(try .txt("_acme-challenge.example.test", "token"))
    }

    @Test func allRootServersSilentIsTheNetwork() async throws {
        let survey = try await Self.survey(roots: ["5.0.0.8", "5.0.0.9"], [:])
        #expect(survey.told == ["network-filtered"])
        #expect(survey.problems.first?.reproduce == "dig +norecurse @5.0.0.8 NS .")
    }

    @Test func oneThatAnswersIsEnoughToKnowBetter() async throws {
        #expect(try await Self.survey(roots: ["5.0.0.9", "5.0.0.1"], [:]).told == [])
        #expect(
            try await Self.survey(roots: ["5.0.0.9", "5.0.0.1"], ["5.0.1.1": .silent]).told == ["zone-cut-unknown"]
        )
        let refused = try await Self.survey(roots: ["5.0.0.8", "5.0.0.9"], ["5.0.0.9": .failing(.refused)])
        #expect(refused.told == ["zone-cut-unknown"])
    }

    @Test func throughAResolverTheRootServersTellWhoIsSilent() async throws {
        let others: [String: Manner] = ["9.9.9.9": .recursive]
        let cutOff = Manner.cutOff([try Self.zone()])
        let silent = others.merging(Self.addresses.map { ($0, cutOff) }) { $1 }
        let filtered = try await Self.survey(roots: ["5.0.0.8", "5.0.0.9"], silent, via: "9.9.9.9")
        #expect(filtered.told == ["network-filtered"])
        #expect(filtered.observations.count == 3)
        let dead = try await Self.survey(roots: ["5.0.0.8", "5.0.0.1"], silent, via: "9.9.9.9")
        #expect(dead.told == Array(repeating: "server-unreachable", count: 3))
    }
}

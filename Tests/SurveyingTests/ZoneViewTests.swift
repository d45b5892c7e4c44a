// What a survey keeps of the zones on the way: servers, addresses with their states, timers, manners.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct ZoneViewTests {
    private static let servers = ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n"

    /// example.test as `ZoneCutTests` has it, with one version at each of its three addresses.
    private static func zone(serial: UInt32) throws -> ScriptedZone {
        try ScriptedZone("example.test", serial: serial, servers + ZoneCutTests.value)
    }

    private static func view(_ others: [String: Manner]) async throws -> ZoneView {
        try #require(try await ZoneCutTests.survey(ZoneCutTests.world(others: others)).zones.last)
    }

    private static func states(_ view: ZoneView) -> [String: ZoneView.State] {
        Dictionary(
            view.servers.flatMap(\.addresses).map { ($0.address.description, $0.state ?? .notAsked(reason: "none")) },
            uniquingKeysWith: { one, _ in one }
        )
    }

    private static func address(_ text: String, in view: ZoneView) throws -> ZoneView.Address {
        try #require(view.servers.flatMap(\.addresses).first { $0.address == IPAddress(text) })
    }

    /// RFC 2308 5: the lesser of the SOA's own TTL and its MINIMUM, which is 60 here.
    @Test(arguments: [(UInt32(30), Int64(30)), (90, 60)])
    func howLongADenialIsKept(ttl: UInt32, kept: Int64) async throws {
        let manner: Manner = .changed([try Self.zone(serial: 1)]) { reply in
            reply.answer = reply.answer.map { one in
                ResourceRecord(
                    ownerOctets: one.ownerOctets,
                    type: one.type,
                    ttlSeconds: ttl,
                    dataOctets: one.dataOctets
                )
            }
        }
        let view = try await Self.view(["5.0.2.1": manner, "2a00::21": manner, "5.0.2.2": manner])
        #expect(view.timers?.negativeTTLSeconds == kept)
    }

    /// A zone that answers everywhere says nothing of whether the name is there.
    @Test(arguments: [("example.test", []), ("shp.example.test", [Survey.Problem.Code.nameMissing])])
    func aNameThatDoesNotExistIsToldWithThoseWhoSaySo(name: String, codes: [Survey.Problem.Code]) async throws {
        let view = try await LiveSurveyor(ZoneCutTests.world()).view(of: DomainName(name))
        #expect(view.problems.map(\.code) == codes)
        if let problem = view.problems.first {
            #expect(problem.text.hasPrefix("shp.example.test does not exist (NXDOMAIN), as ns1.example.test ("))
            #expect(problem.text.hasSuffix(" say") && problem.reproduce?.hasSuffix("TXT shp.example.test") == true)
        }
    }

    @Test func fromTheRootDown() async throws {
        let survey = try await ZoneCutTests.survey(ZoneCutTests.world())
        #expect(survey.zones.map(\.apex.text) == [".", "test", "example.test"])
        #expect(survey.zones.map { $0.servers.map(\.name.text) }.dropLast() == [["root.test"], ["ns.test"]])
        #expect(survey.zones.dropLast().allSatisfy { $0.timers == nil && $0.servers.allSatisfy(\.addresses.isEmpty) })
        // The root's servers are known from hints, which are its own; what stands in the zone test itself was not asked for.
        #expect(survey.zones.dropLast().map { $0.servers.map(\.isOwn) } == [[true], [nil]])
        let zone = try #require(survey.zones.last)
        #expect(zone.servers.map(\.name.text) == ["ns1.example.test", "ns2.example.test"])
        #expect(zone.servers.allSatisfy { $0.isDelegated && $0.isOwn == true })
        #expect(
            Self.states(zone) == [
                "5.0.2.1": .serves(serial: 1), "2a00::21": .serves(serial: 1), "5.0.2.2": .serves(serial: 1),
            ]
        )
        #expect(
            zone.timers
                == ZoneView.Timers(
                    primary: try DomainName("ns1.example.test"),
                    serial: 1,
                    refreshSeconds: 3600,
                    retrySeconds: 600,
                    expireSeconds: 604_800,
                    negativeTTLSeconds: 60
                )
        )
        let manners = zone.servers.flatMap(\.addresses)
        #expect(
            manners.allSatisfy {
                $0.answersOverUDP == true && $0.answersOverTCP == true && $0.understandsEDNS == true
                    && $0.keepsCase == true && $0.roundTripMilliseconds == 7
            }
        )
    }

    @Test func aSearchThatEndsAboveTheZoneShowsHowFarItCame() async throws {
        let survey = try await ZoneCutTests.survey(ZoneCutTests.world(), "_acme-challenge.nowhere.test")
        #expect(survey.zones.map(\.apex.text) == [".", "test"])
    }

    @Test func eachAddressHasAStateOfItsOwn() async throws {
        let text =
            (1...5).map { "example.test NS ns\($0).example.test\nns\($0).example.test A 5.0.2.\($0)\n" }.joined()
            + "ns5.example.test A 10.0.0.1\n"
        let child = try ScriptedZone("example.test", serial: 9, text)
        let world = try ZoneCutTests.world(
            delegation: text,
            zone: text,
            others: [
                "5.0.2.1": .honest([child]), "5.0.2.2": .lame([child]), "5.0.2.3": .silent, "5.0.2.4": .hostile,
                "5.0.2.5": .failing(.refused),
            ]
        )
        let view = try #require(try await ZoneCutTests.survey(world).zones.last)
        #expect(
            Self.states(view) == [
                "5.0.2.1": .serves(serial: 9),
                "5.0.2.2": .notServed(reason: "answers without authority (lame: AA is not set)"),
                "5.0.2.3": .unreachable(reason: "no answer before the deadline"),
                "5.0.2.4": .hostile(reason: "malformed answer"), "5.0.2.5": .notServed(reason: "answers REFUSED"),
                "10.0.0.1": .notAsked(reason: "a special-use address"),
            ]
        )
        let dead = try Self.address("5.0.2.3", in: view)
        #expect(dead.answersOverTCP == nil && dead.understandsEDNS == nil && dead.keepsCase == nil)
    }

    @Test func aServerWithoutSOAOrWithTwo() async throws {
        func changed(_ change: @escaping @Sendable (inout Message) -> Void) throws -> Manner {
            .changed([try Self.zone(serial: 1)]) { if $0.question?.type == .soa { change(&$0) } }
        }
        let view = try await Self.view([
            "5.0.2.1": changed { $0.answer = [] }, "5.0.2.2": changed { $0.answer += $0.answer },
        ])
        let states = Self.states(view)
        #expect(states["5.0.2.1"] == .notServed(reason: "shows no SOA"))
        #expect(states["5.0.2.2"]?.isHostile == true)
        #expect(view.timers?.serial == 1)
    }

    @Test func theTimersAreThoseOfTheNewestVersion() async throws {
        let view = try await Self.view([
            "5.0.2.1": .honest([Self.zone(serial: .max)]), "2a00::21": .honest([Self.zone(serial: 3)]),
            "5.0.2.2": .honest([Self.zone(serial: .max - 1)]),
        ])
        #expect(view.timers?.serial == 3)
    }

    @Test func mannersOfAddresses() async throws {
        let zone = try Self.zone(serial: 1)
        let view = try await Self.view([
            "5.0.2.1": .odd(.noTCP, [zone]), "2a00::21": .odd(.changesCase, [zone]),
            "5.0.2.2": .odd(.refusesEDNS, [zone]),
        ])
        let noTCP = try Self.address("5.0.2.1", in: view)
        #expect(noTCP.answersOverTCP == false && noTCP.answersOverUDP == true && noTCP.state == .serves(serial: 1))
        let changesCase = try Self.address("2a00::21", in: view)
        #expect(changesCase.keepsCase == false && changesCase.answersOverTCP == true)
        let refusesEDNS = try Self.address("5.0.2.2", in: view)
        #expect(refusesEDNS.understandsEDNS == false && refusesEDNS.answersOverTCP == true)
        let others = try await Self.view(["5.0.2.1": .odd(.dropsEDNS, [zone]), "5.0.2.2": .odd(.onlyTCP, [zone])])
        let dropsEDNS = try Self.address("5.0.2.1", in: others)
        #expect(dropsEDNS.understandsEDNS == false && dropsEDNS.state == .serves(serial: 1))
        let onlyTCP = try Self.address("5.0.2.2", in: others)
        #expect(onlyTCP.answersOverUDP == false && onlyTCP.answersOverTCP == true && onlyTCP.keepsCase == nil)
    }

    @Test func zonesFollowTheChain() async throws {
        let world = try AliasTests.world(
            one: "\(AliasTests.name) CNAME a.two.test",
            two: "a.two.test CNAME b.three.test",
            three: "b.three.test TXT token"
        )
        let survey = try await LiveSurveyor(world).survey(try .txt(AliasTests.name, "token"))
        #expect(survey.zones.map(\.apex.text) == [".", "test", "one.test", "two.test", "three.test"])
        #expect(survey.zones.map { $0.timers != nil } == [false, false, true, true, true])
    }

    @Test func whoNamesAServer() async throws {
        let own = "example.test NS ns1.example.test\nexample.test NS ns3.example.test\nns3.example.test A 5.0.2.3\n"
        let zone = own + ZoneCutTests.addresses
        let third = try ScriptedZone("example.test", zone)
        let world = try ZoneCutTests.world(zone: zone, others: ["5.0.2.3": .honest([third])])
        let view = try #require(try await ZoneCutTests.survey(world).zones.last)
        #expect(view.servers.map(\.name.text) == ["ns1.example.test", "ns2.example.test", "ns3.example.test"])
        #expect(view.servers.map(\.isDelegated) == [true, true, false])
        #expect(view.servers.map(\.isOwn) == [true, false, true])
        #expect(Self.states(view)["5.0.2.3"] == .serves(serial: 1))
        let silent = try await Self.view(["5.0.2.1": .silent, "2a00::21": .silent, "5.0.2.2": .silent])
        #expect(silent.servers.map(\.isOwn) == [nil, nil])
        #expect(silent.timers == nil)
    }

    @Test func aZoneIsSoundedOnceForAllItsRecords() async throws {
        let world = try ZoneCutTests.world()
        let records = try (0..<50).map { SurveyRequest(try .txt("_acme-challenge.h\($0).example.test", "token")) }
        let surveys = await (try LiveSurveyor(world)).survey(records)
        #expect(surveys.allSatisfy { $0.zones.count == 3 && $0.zones.last?.timers?.serial == 1 })
        #expect(world.count("example.test SOA", over: .udpThenTCP) == 3)
        #expect(world.count("example.test SOA", over: .tcp) == 3)
        #expect(world.count("test SOA") == 0 && world.count(". SOA") == 0)
    }

    @Test func aLookRoundAHookSoundsNothing() async throws {
        let world = try ZoneCutTests.world()
        let record = try RequiredRecord.txt("_acme-challenge.example.test", "token")
        _ = await (try LiveSurveyor(world)).rrset(of: record, at: record.name)
        #expect(world.count("example.test SOA") == 0)
    }

    @Test func withoutABudgetNothingIsClaimed() async throws {
        // The NS sets and addresses take seven questions; the six of the sounding are not all allowed.
        let record = try RequiredRecord.txt("_acme-challenge.example.test", "token")
        let survey = try await LiveSurveyor(ZoneCutTests.world()) { $0.limits.questionsPerZone = 10 }.survey(record)
        let view = try #require(survey.zones.last)
        #expect(view.timers == nil)
        #expect(Self.states(view).values.allSatisfy { if case .notAsked = $0 { true } else { false } })
        #expect(survey.problems == [])
        #expect(survey.observations.allSatisfy { $0.sighting.isPresent })
    }
}

extension ZoneView.State {
    fileprivate var isHostile: Bool { if case .hostile = self { true } else { false } }
}

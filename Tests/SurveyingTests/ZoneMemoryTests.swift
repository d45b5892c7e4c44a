// What is learnt of a zone once for a whole run, how long it is kept, and that nobody is ever stuck with it.
import DCV
import LDNS
import Testing

@testable import Surveying

@Suite(.timeLimit(.minutes(1))) struct ZoneMemoryTests {
    private static let record = "_acme-challenge.example.test"
    private static let learning = [
        "test NS", "example.test NS", "ns1.example.test A", "ns1.example.test AAAA", "ns2.example.test A",
        "ns2.example.test AAAA",
    ]

    private static func learnt(_ world: ScriptedWorld) -> [Int] {
        learning.map { world.count($0) } + [world.count("example.test SOA", over: .tcp)]
    }

    private static func look(_ surveyor: LiveSurveyor) async throws -> Survey {
        try await surveyor.survey(try .txt(record, "token"))
    }

    @Test func aRunOfManyLooksLearnsAZoneOnce() async throws {
        let world = try ZoneCutTests.world()
        let surveyor = try LiveSurveyor(world)
        let records = try (0..<50).map { SurveyRequest(try .txt("_acme-challenge.h\($0).example.test", "token")) }
        _ = await surveyor.survey(records)
        // One NS question to the parent, three to the zone's addresses; one over TCP to each of these.
        #expect(Self.learnt(world) == [1, 4, 1, 1, 1, 1, 3])
        for _ in 0..<3 {
            _ = await surveyor.survey(records)
            for record in records { _ = await surveyor.rrset(of: record.record, at: record.record.name) }
        }
        #expect(Self.learnt(world) == [1, 4, 1, 1, 1, 1, 3])
        // Versions and records are seen anew each time.
        #expect(world.count("example.test SOA", over: .udpThenTCP) == 4 * 3)
        #expect(world.count("_acme-challenge.h7.example.test TXT") == 4 * 3 + 3 * 3)
    }

    @Test func theViewOfAZoneIsTheSameFromMemory() async throws {
        let surveyor = try LiveSurveyor(ZoneCutTests.world())
        let first = try await Self.look(surveyor)
        #expect(try await Self.look(surveyor).zones == first.zones)
        #expect(first.zones.last?.servers.flatMap(\.addresses).allSatisfy { $0.answersOverTCP == true } == true)
    }

    @Test(arguments: [(300, 60), (10, 10)] as [(UInt32, Int64)])
    func whatIsKnownEnds(ttlSeconds: UInt32, seconds: Int64) async throws {
        let clock = ScriptedClock()
        let text = ZoneCutTests.shop + "\n" + ZoneCutTests.addresses
        let parent = try ScriptedZone("test", ttlSeconds: ttlSeconds, "test NS ns.test\nns.test A 5.0.1.1\n" + text)
        let world = try ZoneCutTests.world(others: ["5.0.1.1": .honest([parent])])
        let surveyor = try LiveSurveyor(world, clock: clock)
        _ = try await Self.look(surveyor)
        let once = world.count("example.test NS")
        // Looks in between do not prolong it.
        for _ in 0..<2 {
            clock.advance(seconds * 1000 / 2 - 1)
            _ = try await Self.look(surveyor)
        }
        #expect(world.count("example.test NS") == once)
        clock.advance(2)
        _ = try await Self.look(surveyor)
        #expect(world.count("example.test NS") == 2 * once)
    }

    /// The parent leads to a server that does not serve the zone; then somebody repairs the delegation.
    @Test(arguments: [Manner.silent, .failing(.refused), .lame([]), .failing(.serverFailure), .hostile])
    func aRepairedDelegationIsSeenAtTheNextLook(broken: Manner) async throws {
        let clock = ScriptedClock()
        let wrong = "example.test NS ns1.example.test\nns1.example.test A 5.0.2.9"
        let world = try ZoneCutTests.world(delegation: wrong, others: ["5.0.2.9": broken])
        let surveyor = try LiveSurveyor(world, clock: clock)
        for _ in 0..<2 { #expect(try await Self.look(surveyor).observations.allSatisfy { !$0.sighting.isPresent }) }
        let right = "test NS ns.test\nns.test A 5.0.1.1\n" + ZoneCutTests.shop + "\n" + ZoneCutTests.addresses
        world.change("5.0.1.1", .honest([try ScriptedZone("test", right)]))
        let survey = try await Self.look(surveyor)
        #expect(survey.observations.map(\.sighting.isPresent) == [true, true, true])
        #expect(survey.told == [])
    }

    @Test func aDomainThatIsRegisteredAtLastIsSeenAtTheNextLook() async throws {
        let world = try ZoneCutTests.world(delegation: "")
        let surveyor = try LiveSurveyor(world)
        #expect(try await Self.look(surveyor).codes == [.noSuchDomain])
        let right = "test NS ns.test\nns.test A 5.0.1.1\n" + ZoneCutTests.shop + "\n" + ZoneCutTests.addresses
        world.change("5.0.1.1", .honest([try ScriptedZone("test", right)]))
        #expect(try await Self.look(surveyor).observations.map(\.sighting.isPresent) == [true, true, true])
    }

    @Test func aServerThatBreaksIsToldAtOnceAndOneThatIsRepairedToo() async throws {
        let world = try ZoneCutTests.world()
        let surveyor = try LiveSurveyor(world)
        let zone = try ScriptedZone(
            "example.test",
            ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n" + ZoneCutTests.value
        )
        #expect(try await Self.look(surveyor).told == [])
        world.change("5.0.2.2", .failing(.refused))
        #expect(try await Self.look(surveyor).told == ["lame-server"])
        world.change("5.0.2.2", .odd(.noTCP, [zone]))
        #expect(try await Self.look(surveyor).told == ["tcp-unreachable"])
        world.change("5.0.2.2", .honest([zone]))
        #expect(try await Self.look(surveyor).told == [])
    }

    /// What the root and the registries say is no zone's fault, and every record's way begins there.
    @Test func aZonesTroubleLeavesTheRegistriesInMind() async throws {
        let world = try ZoneCutTests.world(others: ["5.0.2.2": .failing(.refused)])
        let surveyor = try LiveSurveyor(world)
        for look in 1...3 {
            #expect(try await Self.look(surveyor).told == ["lame-server"])
            #expect(world.questions(to: "5.0.0.1").count { $0 == "test NS" } == 1)
            #expect(world.questions(to: "5.0.1.1").count { $0 == "example.test NS" } == look)
        }
    }

    /// A notice keeps nobody from judging: it is no reason to learn everything anew at each look.
    @Test func aNoticeIsNoReasonToForget() async throws {
        let zone = try ScriptedZone(
            "example.test",
            ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n" + ZoneCutTests.value
        )
        let world = try ZoneCutTests.world(others: ["5.0.2.2": .odd(.changesCase, [zone])])
        let surveyor = try LiveSurveyor(world)
        for _ in 0..<3 { #expect(try await Self.look(surveyor).told == ["case-not-kept"]) }
        #expect(world.questions(to: "5.0.1.1").count { $0 == "example.test NS" } == 1)
    }

    /// What was seen beside the records of a zone in trouble is looked at anew, too.
    @Test(arguments: [
        ("example.test", true, true), ("other.test", true, false), ("test", false, false), ("test", true, true),
    ])
    func whatIsForgottenOfAZone(held: String, withRegistries: Bool, isForgotten: Bool) throws {
        let memory = ZoneMemory(clock: ScriptedClock(), limitSeconds: 60)
        let timers = ZoneView.Timers(
            primary: nil,
            serial: 7,
            refreshSeconds: 60,
            retrySeconds: 60,
            expireSeconds: 60,
            negativeTTLSeconds: 60
        )
        let view = ZoneView(apex: try DomainName(held), timers: timers)
        let spot = BesideMemory.Spot(view, .name(Question(try DomainName("x.test"), .txt)))
        memory.beside.keep(.shown(nil), at: spot)
        #expect(memory.beside.sight(at: spot) != nil)
        memory.forget([try DomainName("www.example.test")], withRegistries: withRegistries)
        #expect((memory.beside.sight(at: spot) == nil) == isForgotten)
    }

    @Test func aChallengeLabelThatBecomesAZoneOfItsOwn() async throws {
        let servers = ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n"
        let world = try ZoneCutTests.world(zone: servers + ZoneCutTests.value)
        let surveyor = try LiveSurveyor(world)
        #expect(try await Self.look(surveyor).zone?.text == "example.test")
        let deeper = "_acme-challenge.example.test NS ns.test"
        let cut = try ScriptedZone("example.test", servers + deeper)
        for address in ["5.0.2.1", "2a00::21", "5.0.2.2"] { world.change(address, .honest([cut])) }
        // The first look meets referrals from whom it took for the zone's servers; the second one knows better.
        _ = try await Self.look(surveyor)
        #expect(try await Self.look(surveyor).zone?.text == "_acme-challenge.example.test")
    }

    @Test func aTokenFilesHostIsNeverTakenFromMemory() async throws {
        let world = try ZoneCutTests.world()
        let surveyor = try LiveSurveyor(world)
        let host = try DomainName("ns1.example.test")
        let path = try HTTPTokenPath("/.well-known/acme-challenge/x")
        let record = RequiredRecord(.http(host: host, path: path, body: try HTTPTokenBody(Array("token".utf8))))
        _ = try await Self.look(surveyor)
        let before = world.count("ns1.example.test A")
        _ = try await surveyor.survey(record)
        _ = try await surveyor.survey(record)
        #expect(world.count("ns1.example.test A") >= before + 2)
    }
}

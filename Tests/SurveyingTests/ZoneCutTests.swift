// How zones and the addresses of their servers are found, in well-kept and in broken delegations.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct ZoneCutTests {
    static let top = """
        test NS ns.test
        ns.test A 5.0.1.1
        net NS ns.net
        ns.net A 5.0.1.2
        """
    static let shop = "example.test NS ns1.example.test\nexample.test NS ns2.example.test"
    static let addresses = """
        ns1.example.test A 5.0.2.1
        ns1.example.test AAAA 2a00::21
        ns2.example.test A 5.0.2.2
        """
    static let value = "_acme-challenge.example.test TXT token"

    /// root -> test -> example.test on ns1 (v4 and v6) and ns2.
    static func world(
        delegation: String = shop + "\n" + addresses,
        zone: String = shop + "\n" + addresses + "\n" + value,
        others: [String: Manner] = [:]
    ) throws -> ScriptedWorld {
        let child = try ScriptedZone("example.test", zone)
        let manners: [String: Manner] = [
            "5.0.0.1": .honest([try ScriptedZone(".", top)]),
            "5.0.1.1": .honest([try ScriptedZone("test", "test NS ns.test\nns.test A 5.0.1.1\n" + delegation)]),
            "5.0.2.1": .honest([child]), "2a00::21": .honest([child]), "5.0.2.2": .honest([child]),
        ]
        return try ScriptedWorld(manners.merging(others) { $1 })
    }

    static func survey(_ world: ScriptedWorld, _ name: String = "_acme-challenge.example.test") async throws -> Survey {
        try await LiveSurveyor(world).survey(try .txt(name, "token"))
    }

    @Test func everyAddressOfEveryServerIsAsked() async throws {
        let survey = try await Self.survey(Self.world())
        #expect(
            survey.lines == [
                "ns1.example.test 2a00::21 present", "ns1.example.test 5.0.2.1 present",
                "ns2.example.test 5.0.2.2 present",
            ]
        )
        #expect(survey.problems == [])
        #expect(survey.zone?.text == "example.test")
        #expect(survey.chain.map(\.text) == ["_acme-challenge.example.test"])
        #expect(survey.observations.allSatisfy { $0.roundTripMilliseconds == 7 })
    }

    @Test func serversAboveTheZoneSeeOnlyAncestors() async throws {
        let world = try Self.world()
        _ = try await Self.survey(world)
        #expect(world.questions(to: "5.0.0.1") == ["test NS"])
        #expect(world.questions(to: "5.0.1.1") == ["example.test NS"])
        #expect(!world.history.contains(where: { $0.recursionDesired }))
    }

    @Test func aChallengeLabelThatIsAZoneOfItsOwnIsAskedAtItsServers() async throws {
        let deeper = "_acme-challenge.example.test NS ns.dns.net\n"
        let world = try Self.world(
            zone: Self.shop + "\n" + Self.addresses + "\n" + deeper,
            others: [
                "5.0.1.2": .honest([
                    try ScriptedZone("net", "net NS ns.net\ndns.net NS ns.dns.net\nns.dns.net A 5.0.3.1")
                ]),
                "5.0.3.1": .honest([
                    try ScriptedZone("dns.net", "dns.net NS ns.dns.net\nns.dns.net A 5.0.3.1"),
                    try ScriptedZone("_acme-challenge.example.test", deeper + "_acme-challenge.example.test TXT token"),
                ]),
            ]
        )
        let survey = try await Self.survey(world)
        #expect(survey.lines == ["ns.dns.net 5.0.3.1 present"])
        #expect(survey.zone?.text == "_acme-challenge.example.test")
    }

    @Test func aServerOutsideTheZoneIsFoundWithoutGlue() async throws {
        let outside = "example.test NS ns.dns.net"
        let zone = try ScriptedZone("example.test", outside + "\n" + Self.value)
        let world = try Self.world(
            delegation: outside,
            zone: outside,
            others: [
                "5.0.1.2": .honest([
                    try ScriptedZone("net", "net NS ns.net\ndns.net NS ns.dns.net\nns.dns.net A 5.0.3.1")
                ]),
                "5.0.3.1": .honest([
                    try ScriptedZone(
                        "dns.net",
                        "dns.net NS ns.dns.net\nns.dns.net A 5.0.3.1\nns.dns.net AAAA 2a00::31"
                    ),
                    zone,
                ]),
                "2a00::31": .honest([zone]),
            ]
        )
        let survey = try await Self.survey(world)
        #expect(survey.lines == ["ns.dns.net 2a00::31 present", "ns.dns.net 5.0.3.1 present"])
        #expect(survey.problems == [])
    }

    @Test func glueOfASiblingZoneIsUsed() async throws {
        let sibling = "example.test NS ns.other.test\nns.other.test A 5.0.2.1\nother.test NS ns.other.test"
        let zone = try ScriptedZone("example.test", "example.test NS ns.other.test\n" + Self.value)
        let other = try ScriptedZone("other.test", "other.test NS ns.other.test\nns.other.test A 5.0.2.1")
        let world = try Self.world(delegation: sibling, others: ["5.0.2.1": .honest([zone, other])])
        let survey = try await Self.survey(world)
        #expect(survey.lines == ["ns.other.test 5.0.2.1 present"])
    }

    @Test func glueForAForeignNameIsNotBelieved() async throws {
        // The parent test has no say about ns.dns.net: a look-up of its own leads elsewhere.
        let outside = "example.test NS ns.dns.net"
        let zone = try ScriptedZone("example.test", outside + "\n" + Self.value)
        let world = try Self.world(
            delegation: outside + "\nns.dns.net A 6.6.6.6",
            others: [
                "6.6.6.6": .honest([try ScriptedZone("example.test", outside + "\n" + Self.value)]),
                "5.0.1.2": .honest([
                    try ScriptedZone("net", "net NS ns.net\ndns.net NS ns.dns.net\nns.dns.net A 5.0.3.1")
                ]),
                "5.0.3.1": .honest([
                    try ScriptedZone("dns.net", "dns.net NS ns.dns.net\nns.dns.net A 5.0.3.1"), zone,
                ]),
            ]
        )
        let survey = try await Self.survey(world)
        #expect(survey.lines == ["ns.dns.net 5.0.3.1 present"])
        #expect(world.questions(to: "6.6.6.6") == [])
    }

    @Test func serversWithoutGlueThatNeedEachOtherEndTheSearch() async throws {
        let world = try Self.world(
            delegation: "example.test NS ns.other.test\nother.test NS ns.example.test"
        )
        let survey = try await Self.survey(world)
        #expect(survey.lines == [])
        #expect(survey.codes == [.serverAddressUnknown, .zoneCutUnknown])
        #expect(survey.problems.first?.text.contains("only through itself") == true)
        #expect(world.history.count < 20)
    }

    @Test func aServerInsideTheZoneWithoutGlueHasNoAddress() async throws {
        let survey = try await Self.survey(Self.world(delegation: Self.shop))
        #expect(survey.lines == [])
        #expect(survey.codes.contains(.serverAddressUnknown))
        #expect(survey.problems.contains(where: { $0.blocksJudgement }))
    }

    @Test func oneServerWithoutAddressIsToldAndTheOthersAreAsked() async throws {
        let half = Self.shop + "\nns1.example.test A 5.0.2.1"
        let survey = try await Self.survey(Self.world(delegation: half, zone: half + "\n" + Self.value))
        #expect(survey.lines == ["ns1.example.test 5.0.2.1 present"])
        #expect(
            survey.problems.map(\.description) == [
                "server-without-address: ns2.example.test, a name server of example.test: it has neither A nor AAAA"
            ]
        )
    }

    @Test func onlyIPv6() async throws {
        let six = "example.test NS ns1.example.test\nns1.example.test AAAA 2a00::21"
        let survey = try await Self.survey(Self.world(delegation: six, zone: six + "\n" + Self.value))
        #expect(survey.lines == ["ns1.example.test 2a00::21 present"])
        #expect(survey.problems == [])
    }

    @Test func serversNamedByTheZoneAloneAreAskedAndTheDifferenceIsTold() async throws {
        let own = Self.shop + "\nexample.test NS ns3.example.test\nns3.example.test A 5.0.2.3\n" + Self.addresses
        let world = try Self.world(zone: own + "\n" + Self.value, others: ["5.0.2.3": .silent])
        let survey = try await Self.survey(world)
        #expect(survey.lines.contains("ns3.example.test 5.0.2.3 unreachable"))
        #expect(survey.lines.count == 4)
        #expect(survey.codes == [.delegationDiffers])
        #expect(survey.problems.first?.text.contains("ns3.example.test") == true)
    }

    @Test func serversNamedByTheParentAloneAreAskedAndTheDifferenceIsTold() async throws {
        let own = "example.test NS ns1.example.test\n" + Self.addresses
        let survey = try await Self.survey(Self.world(zone: own + "\n" + Self.value))
        #expect(survey.lines.count == 3)
        #expect(survey.codes == [.delegationDiffers])
    }

    @Test func theDifferenceNamesTheServersOfBothSides() async throws {
        let own = "example.test NS ns1.example.test\nexample.test NS ns3.example.test\nns3.example.test A 5.0.2.1\n"
        let survey = try await Self.survey(Self.world(zone: own + Self.addresses + "\n" + Self.value))
        let problem = try #require(survey.problems.first)
        #expect(
            problem.text == "the parent of example.test names ns1.example.test, ns2.example.test; "
                + "the zone itself, at 5.0.2.1, names ns1.example.test, ns3.example.test; "
                + "not in the zone: ns2.example.test; not at the parent: ns3.example.test"
        )
        #expect(problem.reproduce == "dig +norecurse @5.0.2.1 NS example.test")
        #expect(survey.told == ["delegation-differs"])
    }

    @Test func parentAndChildOnOneServer() async throws {
        let both: Manner = .honest([
            try ScriptedZone("test", "test NS ns.test\nns.test A 5.0.1.1\nexample.test NS ns.example.test"),
            try ScriptedZone(
                "example.test",
                "example.test NS ns.example.test\nns.example.test A 5.0.1.1\n" + Self.value
            ),
        ])
        let survey = try await Self.survey(Self.world(others: ["5.0.1.1": both]))
        #expect(survey.zone?.text == "example.test")
        #expect(survey.lines == ["ns.example.test 5.0.1.1 present"])
        #expect(survey.problems == [])
    }

    @Test func emptyNonTerminalsAreNoCuts() async throws {
        let deep = "_acme-challenge.a.b.example.test"
        let survey = try await Self.survey(
            Self.world(zone: Self.shop + "\n" + Self.addresses + "\n\(deep) TXT token"),
            deep
        )
        #expect(survey.zone?.text == "example.test")
        #expect(survey.observations.allSatisfy { $0.sighting.isPresent })
    }

    @Test func nothingBelowAnAncestorThatDoesNotExist() async throws {
        let world = try Self.world()
        let survey = try await Self.survey(world, "_acme-challenge.a.b.example.test")
        #expect(survey.zone?.text == "example.test")
        #expect(survey.observations.map(\.sighting) == Array(repeating: .absent(negativeTTLSeconds: 60), count: 3))
        #expect(survey.problems == [])
    }

    /// Old servers say NXDOMAIN where only something below exists. Resolvers put the whole question then (RFC 9156 2.3).
    @Test(arguments: [true, false])
    func aServerThatDeniesAnEmptyNonTerminalHidesNoZoneBelowIt(isOnTheSameServers: Bool) async throws {
        let cut = "shop.empty.example.test"
        let servers = isOnTheSameServers ? "\(cut) NS ns1.example.test" : "\(cut) NS ns.\(cut)\nns.\(cut) A 5.0.3.1"
        let child = try ScriptedZone(cut, "\(servers)\n_acme-challenge.\(cut) TXT token")
        let parent = try ScriptedZone("example.test", Self.shop + "\n" + Self.addresses + "\n" + servers)
        let odd: Manner = .changed(isOnTheSameServers ? [parent, child] : [parent]) { reply in
            if reply.question?.name.text == "empty.example.test" { reply.rcode = .nameError }
        }
        let world = try Self.world(
            others: ["5.0.2.1": odd, "2a00::21": odd, "5.0.2.2": odd, "5.0.3.1": .honest([child])]
        )
        let survey = try await Self.survey(world, "_acme-challenge.\(cut)")
        #expect(survey.zone?.text == cut)
        #expect(survey.observations.allSatisfy { $0.sighting.isPresent } && !survey.observations.isEmpty)
        #expect(survey.problems == [])
    }

    @Test func nobodyAboveAZoneIsAskedMoreWhereADomainDoesNotExist() async throws {
        let world = try Self.world()
        _ = try await Self.survey(world, "_acme-challenge.www.nowhere.test")
        #expect(world.history.map { "\($0.question)" } == ["test NS", "nowhere.test NS"])
    }

    @Test(arguments: ["_acme-challenge.nowhere.test", "nowhere.test", "_acme-challenge.shop.nowhere"])
    func aDomainNobodyRegistered(name: String) async throws {
        let survey = try await Self.survey(Self.world(), name)
        #expect(survey.codes == [.noSuchDomain])
        #expect(survey.zone == nil)
        #expect(survey.observations == [])
    }

    @Test func silentParents() async throws {
        let survey = try await Self.survey(Self.world(others: ["5.0.1.1": .silent]))
        #expect(survey.codes == [.zoneCutUnknown])
        #expect(survey.observations == [])
        #expect(survey.problems.first?.text.contains("5.0.1.1") == true)
    }

    @Test func aSilentZoneIsUnreachableAndNeverAbsent() async throws {
        let dead: [String: Manner] = ["5.0.2.1": .silent, "2a00::21": .silent, "5.0.2.2": .silent]
        let survey = try await Self.survey(Self.world(others: dead))
        #expect(survey.zone?.text == "example.test")
        #expect(survey.lines.count == 3)
        #expect(survey.observations.allSatisfy { $0.sighting.code == "unreachable" })
        #expect(survey.told == ["server-unreachable", "server-unreachable", "server-unreachable"])
    }

    /// The search for addresses that only the dead servers could tell takes all of its time, and nothing else is told for it.
    @Test func aSilentZoneIsToldOnceHoweverLongItTakes() async throws {
        let clock = ScriptedClock()
        let child = try ScriptedZone("test", "test NS ns.test\nns.test A 5.0.1.1\n" + Self.shop + "\n" + Self.addresses)
        let manners: [String: Manner] = [
            "5.0.0.1": .honest([try ScriptedZone(".", Self.top)]), "5.0.1.1": .honest([child]),
        ]
        let world = try ScriptedWorld(manners, clock: clock, batchMilliseconds: 4000)
        let survey = try await LiveSurveyor(world, clock: clock).survey(
            try .txt("_acme-challenge.example.test", "token")
        )
        #expect(
            survey.told == ["server-unreachable", "server-unreachable", "server-unreachable"],
            "\(survey.problems)"
        )
        // One wave of one, one of the others, and whoever asks then does not wait for one after the other.
        let asked = world.questions(to: "5.0.2.1").filter { $0 == "ns1.example.test A" }
        #expect(asked.count <= 1)
    }

    @Test func oneDeadRootOrParentAddressIsNoObstacle() async throws {
        let root = try #require(IPAddress("5.0.0.1"))
        let dead = try #require(IPAddress("5.0.0.9"))
        for addresses in [[root, dead], [dead, root]] {
            let name = try DomainName("root.test")
            let surveyor = try LiveSurveyor(Self.world()) {
                $0.rootHints = RootHints([RootHints.Server(name, addresses)])
            }
            let survey = try await surveyor.survey(try .txt("_acme-challenge.example.test", "token"))
            #expect(survey.observations.count == 3)
            #expect(survey.problems == [])
        }
    }

    @Test func anUpwardReferralIsLame() async throws {
        let upward: Manner = .changed([]) { reply in
            reply.rcode = .noError
            reply.authority = (try? [ScriptedZone.record(.root, "NS", "a.root-servers.net")]) ?? []
        }
        let survey = try await Self.survey(Self.world(others: ["5.0.2.2": upward]))
        let lame = survey.observations.first { $0.vantage.address == IPAddress("5.0.2.2") }
        guard case .notServed(let reason)? = lame?.sighting else {
            Issue.record("\(survey)")
            return
        }
        #expect(reason.contains("AA is not set"))
    }

    @Test(arguments: [Rcode.serverFailure, .notImplemented, .refused])
    func serversThatFailOnQuestionsForNSBelowTheApex(rcode: Rcode) async throws {
        let zone = try ScriptedZone("example.test", Self.shop + "\n" + Self.addresses + "\n" + Self.value)
        let odd: Manner = .changed([zone]) { reply in
            guard let question = reply.question, question.type == .ns, question.name != zone.apex else { return }
            reply = Message(answering: reply, rcode: rcode, isAuthoritative: false)
        }
        let survey = try await Self.survey(Self.world(others: ["5.0.2.1": odd, "2a00::21": odd, "5.0.2.2": odd]))
        #expect(survey.observations.map(\.sighting.isPresent) == [true, true, true])
        #expect(survey.problems == [])
    }

    @Test func parentAndChildOnOneServerThatShowsNoAddresses() async throws {
        // The name of the child's server lies in the child: only the server that just answered can be asked for it.
        let zones = [
            try ScriptedZone("test", "test NS ns.test\nns.test A 5.0.1.1\nexample.test NS ns.example.test"),
            try ScriptedZone(
                "example.test",
                "example.test NS ns.example.test\nns.example.test A 5.0.1.1\n" + Self.value
            ),
        ]
        let survey = try await Self.survey(Self.world(others: ["5.0.1.1": .changed(zones) { $0.additional = [] }]))
        #expect(survey.lines == ["ns.example.test 5.0.1.1 present"])
        #expect(survey.problems == [])
    }

    @Test func theZonesOwnNSBesideAnEmptyAnswerIsNoReferral() async throws {
        let zone = try ScriptedZone("example.test", hasSOA: false, Self.shop + "\n" + Self.addresses)
        let apex = zone.apex
        let own = zone.records.filter { $0.owner == apex && $0.type == .ns }
        for isAuthoritative in [true, false] {
            let odd: Manner = .changed([zone]) { reply in
                if !reply.answer.isEmpty { return }
                reply.authority = own
                reply.rcode = .noError
                reply.isAuthoritative = isAuthoritative
            }
            let survey = try await Self.survey(Self.world(others: ["5.0.2.1": odd, "2a00::21": odd, "5.0.2.2": odd]))
            let wanted = isAuthoritative ? "absent" : "not-served"
            #expect(survey.observations.map(\.sighting.code) == [wanted, wanted, wanted])
        }
    }
}

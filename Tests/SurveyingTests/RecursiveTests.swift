// Recursive resolvers: asked last, never before every authoritative address agrees; or used to find zones where port 53
// is closed.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct RecursiveTests {
    private static let resolver = "9.9.9.9"

    private static func survey(
        _ world: ScriptedWorld,
        resolvers: [String] = ["quad9"],
        name: String = "_acme-challenge.example.test",
        unreachable: UnreachableTolerance = .none
    ) async throws -> Survey {
        try await LiveSurveyor(world) { configuration in
            guard let address = IPAddress(resolver) else { return }
            configuration.resolvers = [SurveyorConfiguration.Resolver(name: "quad9", address: address, port: 5353)]
        }.survey(try .txt(name, "token"), resolvers: resolvers, unreachable: unreachable)
    }

    @Test func askedWithRDWhenAllServersAgree() async throws {
        let world = try ZoneCutTests.world(others: [Self.resolver: .recursive])
        let survey = try await Self.survey(world)
        #expect(survey.lines.first == "ns1.example.test 2a00::21 present")
        #expect(survey.lines.last == "quad9 9.9.9.9 present")
        #expect(survey.lines.count == 4)
        let asked = world.history.filter(\.recursionDesired)
        #expect(asked.map(\.port) == [5353])
    }

    @Test func notAskedWithoutBeingNamed() async throws {
        let world = try ZoneCutTests.world(others: [Self.resolver: .recursive])
        for names in [[], ["unknown"]] {
            let survey = try await Self.survey(world, resolvers: names)
            #expect(survey.lines.count == 3)
        }
        #expect(world.questions(to: Self.resolver) == [])
    }

    @Test(arguments: [Manner.silent, .failing(.refused), .failing(.serverFailure), .hostile, .lame([])])
    func notAskedWhileOneServerDoesNotShowTheRecord(manner: Manner) async throws {
        let world = try ZoneCutTests.world(others: ["5.0.2.2": manner, Self.resolver: .recursive])
        let survey = try await Self.survey(world)
        #expect(survey.lines.count == 3)
        #expect(world.questions(to: Self.resolver) == [])
    }

    @Test func aDeadAddressOfALivingServerDoesNotKeepResolversFromBeingAsked() async throws {
        let world = try ZoneCutTests.world(others: ["2a00::21": .silent, Self.resolver: .recursive])
        let survey = try await Self.survey(world)
        #expect(survey.lines.last == "quad9 9.9.9.9 present")
        let lame = try ZoneCutTests.world(others: ["2a00::21": .failing(.refused), Self.resolver: .recursive])
        // A resolver passes over a lame address as it does over a silent one.
        #expect(try await Self.survey(lame).lines.last == "quad9 9.9.9.9 present")
    }

    @Test func aDeadServerThatThePolicyToleratesDoesNotKeepResolversFromBeingAsked() async throws {
        let world = try ZoneCutTests.world(others: ["5.0.2.2": .silent, Self.resolver: .recursive])
        #expect(try await Self.survey(world, unreachable: .atMost(1)).lines.last == "quad9 9.9.9.9 present")
        #expect(try await Self.survey(world, unreachable: .none).lines.count == 3)
    }

    @Test func notAskedWhileTheRecordIsMissing() async throws {
        let world = try ZoneCutTests.world(others: [Self.resolver: .recursive])
        _ = try await Self.survey(world, name: "_acme-challenge.other.example.test")
        #expect(world.questions(to: Self.resolver) == [])
    }

    @Test func aChainInTheResolversAnswerIsFollowedThere() async throws {
        let world = try AliasTests.world(
            one: "\(AliasTests.name) CNAME a.two.test",
            two: "a.two.test CNAME b.three.test",
            three: "b.three.test TXT token",
            manners: [Self.resolver: .recursive]
        )
        let survey = try await Self.survey(world, name: AliasTests.name)
        #expect(survey.lines == ["ns1.three.test 5.0.2.3 present", "quad9 9.9.9.9 present"])
    }

    /// Where the CNAME itself is wanted, what it leads to is no matter.
    @Test func aChainIsNotFollowedWhereItsFirstLinkIsWanted() async throws {
        let servers = ZoneCutTests.shop + "\n" + ZoneCutTests.addresses
        let zone = servers + "\n_acme-challenge.example.test CNAME proof.ca.test"
        let next = try ScriptedZone.record(DomainName("proof.ca.test"), "CNAME", "far.ca.test", 60)
        let world = try ZoneCutTests.world(
            zone: zone,
            others: [
                Self.resolver: .changed([try ScriptedZone("example.test", zone)]) { reply in
                    reply.isAuthoritative = false
                    reply.answer.append(next)
                }
            ]
        )
        let survey = try await LiveSurveyor(world) { configuration in
            guard let address = IPAddress(Self.resolver) else { return }
            configuration.resolvers = [SurveyorConfiguration.Resolver(name: "quad9", address: address)]
        }.survey(try .cname("_acme-challenge.example.test", "proof.ca.test"), resolvers: ["quad9"])
        #expect(survey.lines.last == "quad9 9.9.9.9 present")
    }

    @Test func aResolverThatKeepsAnOldNo() async throws {
        let zone = try ScriptedZone("example.test", "")
        let stale: Manner = .changed([zone]) { $0.isAuthoritative = false }
        let survey = try await Self.survey(ZoneCutTests.world(others: [Self.resolver: stale]))
        let seen = survey.observations.first { $0.isRecursive }
        #expect(seen?.sighting == .absent(negativeTTLSeconds: 60))
    }

    // MARK: zone cuts through a resolver

    private static func through(_ world: ScriptedWorld, _ name: String) async throws -> Survey {
        try await LiveSurveyor(world) { configuration in
            guard let address = IPAddress(resolver) else { return }
            configuration.via = SurveyorConfiguration.Resolver(name: "site", address: address)
        }.survey(try .txt(name, "token"))
    }

    @Test func theResolverLeadsToTheServersAndNeverHearsTheName() async throws {
        let world = try ZoneCutTests.world(others: [Self.resolver: .recursive])
        let survey = try await Self.through(world, "_acme-challenge.example.test")
        #expect(survey.lines.count == 3)
        #expect(survey.observations.allSatisfy { $0.sighting.isPresent })
        #expect(survey.problems == [])
        #expect(world.questions(to: "5.0.0.1") == [])
        #expect(world.questions(to: Self.resolver).prefix(2) == ["example.test SOA", "example.test NS"])
        #expect(!world.questions(to: Self.resolver).contains { $0.contains("_acme-challenge") })
    }

    @Test func theResolverIsNotAskedForAnApexEither() async throws {
        let world = try ZoneCutTests.world(
            zone: ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\nexample.test TXT token",
            others: [Self.resolver: .recursive]
        )
        let survey = try await Self.through(world, "example.test")
        #expect(survey.zone?.text == "example.test")
        #expect(survey.lines.count == 3)
        #expect(!world.questions(to: Self.resolver).contains { $0 == "example.test TXT" || $0 == "example.test NS" })
    }

    @Test func namesWithoutAZoneOfTheirOwn() async throws {
        let world = try ZoneCutTests.world(others: [Self.resolver: .recursive])
        let deep = try await Self.through(world, "_acme-challenge.a.b.example.test")
        #expect(deep.zone?.text == "example.test")
        #expect(deep.observations.allSatisfy { $0.sighting == .absent(negativeTTLSeconds: 60) })
        let nowhere = try await Self.through(world, "_acme-challenge.nowhere.test")
        #expect(nowhere.codes == [.noSuchDomain])
    }

    @Test func aDeadResolverLeavesTheCutUnknown() async throws {
        let survey = try await Self.through(ZoneCutTests.world(), "_acme-challenge.example.test")
        #expect(survey.codes == [.zoneCutUnknown])
        #expect(survey.problems.first?.text.contains("site (9.9.9.9)") == true)
    }
}

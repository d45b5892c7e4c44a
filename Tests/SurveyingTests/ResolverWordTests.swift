// What a resolver says beside its answer, and when its word counts.
import DCV
import LDNS
import Platform
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct ResolverWordTests {
    private static let name = "_acme-challenge.example.test"

    private static func observation(
        at address: String = "9.9.9.9",
        transport: SurveyorConfiguration.Resolver.Transport = .udp,
        isTrusted: Bool = true,
        _ change: @escaping @Sendable (inout Message) -> Void
    ) async throws -> Observation {
        let zone = try ScriptedZone(
            "example.test",
            ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n" + ZoneCutTests.value
        )
        let world = try ZoneCutTests.world(others: [address: .changed([zone], change)])
        let survey = try await LiveSurveyor(world) { configuration in
            guard let address = IPAddress(address) else { return }
            configuration.resolvers = [
                .init(name: "r", address: address, transport: transport, isTrusted: isTrusted)
            ]
        }.survey(try .txt(name, "token"), resolvers: ["r"])
        return try #require(survey.observations.first { $0.isRecursive })
    }

    private static func secured() throws -> [SurveyorConfiguration.Resolver.Transport] {
        let name = try DomainName("dns.quad9.net")
        return [
            .secured(.tls(name: name, trust: .systemRoots)),
            .secured(.https(name: name, path: "/dns-query", trust: .systemRoots)),
        ]
    }

    @Test func validationIsBelievedFromTheTrustedOverASafeWayAlone() async throws {
        let validated: @Sendable (inout Message) -> Void = { $0.authenticatedData = true }
        for transport in try Self.secured() {
            #expect(try await Self.observation(transport: transport, validated).note?.isValidated == true)
            #expect(try await Self.observation(transport: transport, isTrusted: false, validated).note == nil)
        }
        #expect(try await Self.observation(at: "127.0.0.53", validated).note?.isValidated == true)
        #expect(try await Self.observation(at: "::1", transport: .tcp, validated).note?.isValidated == true)
        #expect(try await Self.observation(at: "127.0.0.53", isTrusted: false, validated).note == nil)
        #expect(try await Self.observation(validated).note == nil, "UDP over a network")
        #expect(try await Self.observation(transport: .tcp, validated).note == nil)
        #expect(try await Self.observation(at: "127.0.0.53") { _ in }.note == nil)
    }

    @Test func validationOfADenialSaysNothingOfTheRecord() async throws {
        let denied = try await Self.observation(at: "127.0.0.53") { message in
            message.rcode = .nameError
            message.answer = []
            message.authenticatedData = true
        }
        #expect(denied.note == nil)
    }

    private static let expired: @Sendable (inout Message) -> Void = { message in
        message.rcode = .serverFailure
        message.answer = []
        message.edns?.errors = [ExtendedError(7, "expired \u{1B}".utf8)]
    }

    @Test func aValidatorsServfailIsBogusWhereItsWordCounts() async throws {
        let told = "SERVFAIL, EDE 7 Signature Expired: expired \\027"
        for transport in try Self.secured() {
            let seen = try await Self.observation(transport: transport, Self.expired)
            #expect(seen.sighting == .bogus(reason: told))
            #expect(seen.note?.errors == ["EDE 7 Signature Expired: expired \\027"])
        }
        let doubted = try await Self.observation(Self.expired)
        #expect(doubted.sighting == .notServed(reason: "answers " + told))
        let other = try await Self.observation(at: "127.0.0.53") { message in
            message.rcode = .serverFailure
            message.edns?.errors = [ExtendedError(22)]
        }
        #expect(other.sighting == .notServed(reason: "answers SERVFAIL, EDE 22 No Reachable Authority"))
        let refused = try await Self.observation(at: "127.0.0.53") { message in
            message.rcode = .refused
            message.edns?.errors = [ExtendedError(7)]
        }
        #expect(refused.sighting == .notServed(reason: "answers REFUSED, EDE 7 Signature Expired"))
    }

    @Test func anErrorBesideAGoodAnswerIsANoteAlone() async throws {
        let stale = try await Self.observation { $0.edns?.errors = [ExtendedError(3)] }
        #expect(stale.sighting == .present(others: []))
        #expect(stale.note == ResolverNote(errors: ["EDE 3 Stale Answer"]))
    }
}

// The provider against an API that behaves, over real connections on loopback.
import DCV
import Platform
import Providers
import Rehearsal
import Synchronization
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareRehearsalTests {
    private static let shop = "3822ff90-1111-4111-8111-0000000000aa"
    private static let wild = "3822ff90-1111-4111-8111-0000000000bb"

    /// A provider of two zones, and what the rehearsed CA sees of the world.
    private struct World {
        let api: RehearsedCloudflare
        let http: HTTPTransport
        let provider: any Provider
        let isShown: SharedFlag

        func end() async {
            await http.shutdown()
            await api.shutdown()
        }
    }

    final class SharedFlag: Sendable {
        private let state = Mutex(false)
        var value: Bool {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    private func inWorld(
        token: String = Sample.token,
        zones: ProviderSettings.Value = .list(["example.com", "example.net"]),
        deadlineMilliseconds: Int64 = HTTPRequest.defaultDeadlineMilliseconds,
        _ body: (World) async throws -> Void
    ) async throws {
        let isShown = SharedFlag()
        let api = try await RehearsedCloudflare.start(
            zones: [
                RehearsedProviderZone(
                    id: Sample.zone,
                    name: "example.com",
                    packs: [
                        RehearsedPack(id: Self.shop, hosts: ["shop.example.com"]),
                        RehearsedPack(id: Self.wild, hosts: ["*.example.com"], shape: .object),
                    ]
                ),
                RehearsedProviderZone(
                    id: Sample.otherZone,
                    name: "example.net",
                    packs: [RehearsedPack(id: "3822ff90-1111-4111-8111-0000000000cc", hosts: ["example.net"])]
                ),
            ],
            credentials: [.token(Sample.token), .key(email: "ops@example.com", key: "global-key")],
            look: { _ in isShown.value ? nil : "not there" }
        )
        let http = HTTPTransport()
        let world: World
        do {
            let secret = try #require(Secret(token.utf8))
            let provider = try Sample.provider(
                ImpatientHTTP(http: http, deadlineMilliseconds: deadlineMilliseconds),
                ["endpoint": .text(api.endpoint), "token": .secret(secret), "zones": zones]
            )
            world = World(api: api, http: http, provider: provider, isShown: isShown)
        } catch {
            await http.shutdown()
            await api.shutdown()
            throw error
        }
        do {
            try await body(world)
        } catch {
            await world.end()
            throw error
        }
        await world.end()
    }

    private func pending(_ world: World, _ pack: String) async throws -> Authorization {
        let reading = await world.provider.read()
        return try #require(reading.authorizations.first { $0.key.id.text == pack })
    }

    @Test func zonesAreReadByNameByIdAndAll() async throws {
        let mixed = ProviderSettings.Value.list([Sample.zone, "example.net"])
        for zones in [.list(["example.com", "example.net"]), mixed, .text("all")] {
            try await inWorld(zones: zones) { world in
                let reading = await world.provider.read()
                #expect(reading.isComplete && reading.findings.isEmpty)
                #expect(reading.authorizations.map { $0.scope } == [Sample.zone, Sample.zone, Sample.otherZone])
                #expect(reading.authorizations.allSatisfy { $0.status == .pending && $0.challenges.count == 1 })
                let wildcard = try #require(reading.authorizations.first { $0.key.id.text == Self.wild })
                #expect(wildcard.identifiers.map { $0.text } == ["*.example.com"])
                #expect(wildcard.capabilities.methods == [.txt])
                #expect(world.api.surprises.isEmpty)
            }
        }
    }

    @Test func aRecheckTooEarlyVoidsTheTokensAndALaterOneProves() async throws {
        try await inWorld { world in
            let before = try await pending(world, Self.shop)
            try await world.provider.trigger(before, style: .patch).get()
            let after = try await world.provider.refresh(before).get()
            #expect(after.status == .pending && after.tokenGeneration != before.tokenGeneration)
            world.isShown.value = true
            try await world.provider.trigger(after, style: .patch).get()
            #expect(try await world.provider.refresh(after).get().status == .valid)
            #expect(world.api.validations.entries.map { $0.succeeded } == [false, true])
            #expect(world.api.count(of: .patch) == 2 && world.api.surprises.isEmpty)
        }
    }

    @Test func aChangeOfMethodBringsOtherTokens() async throws {
        try await inWorld { world in
            let before = try await pending(world, Self.shop)
            try await world.provider.changeMethod(of: before, to: .http).get()
            let after = try await world.provider.refresh(before).get()
            #expect(after.method == .http && after.records.map { $0.kind } == [.http])
            #expect(world.api.validations.entries.isEmpty && world.api.surprises.isEmpty)
        }
    }

    @Test func oneRetryLooksForEveryPackOfTheZone() async throws {
        try await inWorld { world in
            let shop = try await pending(world, Self.shop)
            world.isShown.value = true
            try await world.provider.trigger(shop, style: .retry).get()
            let statuses = await world.provider.read().authorizations.map { $0.status }
            #expect(statuses == [.valid, .valid, .pending])
            #expect(world.api.count(of: .retry) == 1 && world.api.surprises.isEmpty)
        }
    }

    @Test func aWrongTokenIsSentOnce() async throws {
        for fault in [nil, RehearsedFault.invalidAccessToken, .tooManyFailures] {
            try await inWorld(token: fault == nil ? "wrong" : Sample.token) { world in
                if let fault { world.api.fail(fault, times: 9) }
                let reading = await world.provider.read()
                #expect(world.api.calls.entries.count == 1)
                #expect(reading.findings.map { $0.code } == ["provider-unauthorized", "zones-not-read"])
                let advice = reading.findings.first?.advice ?? ""
                #expect(advice.contains("SSL and Certificates Write") && advice.contains("Zone Read"))
                #expect(!reading.isComplete && world.api.surprises.isEmpty)
            }
        }
    }

    @Test func aZoneThatFailsLeavesTheOther() async throws {
        let faults: [(RehearsedFault, calls: Int, code: String)] = [
            (.internalError, 3, "provider-fault"), (.page(status: 520), 3, "provider-fault"),
            (.resetBeforeEffect, 3, "provider-unreachable"), (.resetAfterEffect(bytes: 10), 3, "provider-unreachable"),
            (.notJSON, 1, "provider-answer-not-understood"), (.duplicateKeys, 1, "provider-answer-not-understood"),
            (.nested(depth: 200), 1, "provider-answer-not-understood"),
            (.huge(bytes: 5 << 20), 1, "provider-answer-not-understood"),
            (.gzipBomb(unpackedBytes: 64 << 20), 1, "provider-answer-not-understood"),
            (.endless, 1, "provider-answer-not-understood"), (.authenticationError, 1, "provider-unauthorized"),
        ]
        for (fault, calls, code) in faults {
            try await inWorld { world in
                world.api.fail(fault, on: .verification, zoneID: Sample.zone, times: 9)
                let reading = await world.provider.read()
                #expect(reading.findings.map { $0.code } == [code])
                #expect(reading.authorizations.map { $0.scope } == [Sample.otherZone])
                #expect(world.api.calls.entries.count { $0.zoneID == Sample.zone } == calls, "\(fault)")
                #expect(!reading.isComplete && world.api.surprises.isEmpty)
            }
        }
    }

    @Test func aDripEndsByTheDeadlineOfTheRequest() async throws {
        let began = ContinuousClock.now
        try await inWorld(deadlineMilliseconds: 400) { world in
            world.api.fail(.drip(milliseconds: 400), on: .zones, times: 9)
            let reading = await world.provider.read()
            #expect(Set(reading.findings.map { $0.code }) == ["provider-unreachable"])
            #expect(reading.findings.first?.saw.contains("within 400 ms") == true, "\(reading.findings)")
            // Each of the two zones is asked for by its name, once.
            #expect(world.api.calls.entries.count == 2 && !reading.isComplete && reading.authorizations.isEmpty)
        }
        // The whole answers would take minutes.
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    /// A list that has lost all but its first entry, with totals that agree or do not.
    @Test func entriesThatAreLeftOutAreAbsentAndNothingElse() async throws {
        for isCounted in [false, true] {
            for route in [RehearsedRoute.verification, .certificatePacks] {
                try await inWorld { world in
                    let before = await world.provider.read()
                    world.api.fail(
                        .shrunken(keeping: 1, countsToo: !isCounted),
                        on: route,
                        zoneID: Sample.zone,
                        times: 9
                    )
                    let reading = await world.provider.read()
                    let known = Set(before.authorizations.map { $0.key })
                    #expect(reading.authorizations.allSatisfy { known.contains($0.key) }, "\(reading)")
                    for authorization in reading.authorizations {
                        let was = before.authorizations.first { $0.key == authorization.key }
                        #expect(Set(authorization.records).isSubset(of: was?.records ?? []), "\(authorization)")
                        #expect(authorization.status == .pending || authorization.records.isEmpty, "\(authorization)")
                    }
                    #expect(reading.authorizations.contains { $0.key.id.text == Self.shop })
                    #expect(world.api.calls.entries.allSatisfy { $0.route != .patch && $0.route != .retry })
                    #expect(world.api.surprises.isEmpty)
                }
            }
        }
    }

    @Test func tooManyRequestsEndThePass() async throws {
        try await inWorld { world in
            world.api.fail(.rateLimited(retryAfter: "30"), on: .verification, times: 9)
            let reading = await world.provider.read()
            #expect(reading.findings.map { $0.code } == ["provider-rate-limited", "zones-not-read"])
            #expect(world.api.count(of: .verification) == 1)
        }
    }

    @Test func aPatchWhoseAnswerIsLostMayHaveHadItsEffect() async throws {
        try await inWorld { world in
            let shop = try await pending(world, Self.shop)
            world.isShown.value = true
            world.api.fail(.resetAfterEffect(), on: .patch)
            let failure = await world.provider.trigger(shop, style: .patch).failure
            #expect(failure?.kind == .unknownEffect)
            #expect(world.api.count(of: .patch) == 1)
            #expect(try await world.provider.refresh(shop).get().status == .valid)
        }
    }

    @Test func anAPIThatIsNotThereIsTemporary() async throws {
        try await inWorld { world in
            let shop = try await pending(world, Self.shop)
            await world.api.shutdown()
            let failure = await world.provider.trigger(shop, style: .patch).failure
            #expect(failure?.finding.code == "provider-unreachable" || failure?.kind == .unknownEffect)
            let reading = await world.provider.read()
            #expect(!reading.isComplete)
            #expect(Set(reading.findings.map { $0.code }) == ["provider-unreachable"])
        }
    }
}

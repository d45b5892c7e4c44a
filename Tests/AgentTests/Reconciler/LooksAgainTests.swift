// A run that waits asks again only what may have changed: what caches keep is left alone while something else is fresh.
import DCV
import Synchronization
import Testing

@testable import Agent

/// One server that shows every record, and a resolver that remembers a "no" for twenty minutes, but for the fresh record: that one is shown
/// by the server from a moment on. Counts the looks.
private final class CountingSurveyor: Surveyor {
    static let cacheSeconds: Int64 = 1200

    private let world: SimulatedWorld
    private let zone: DomainName
    private let freshShownAt: Instant
    private let looks = Mutex<[DomainName: Int]>([:])
    private let climbs = Mutex<[DomainName: Int]>([:])

    init(_ world: SimulatedWorld, _ zone: DomainName, freshSeconds: Int64) {
        self.world = world
        self.zone = zone
        freshShownAt = world.with { $0.now }.adding(seconds: freshSeconds)
    }

    /// By the first label below the challenge's.
    func looks(at label: String) -> [Int] {
        looks.withLock { $0.filter { $0.key.labels.dropFirst().first?.utf8.starts(with: label.utf8) ?? false } }
            .map(\.value)
    }

    func survey(_ requests: [SurveyRequest]) async -> [Survey] {
        requests.compactMap { request in
            let name = request.record.name
            looks.withLock { $0[name, default: 0] += 1 }
            guard let server = try? DomainName("ns1.example.com"), let address = IPAddress("192.0.2.1"),
                let other = IPAddress("192.0.2.2"), let resolver = IPAddress("9.9.9.9")
            else { return nil }
            let now = world.with { $0.now }
            let isFresh = name.labels.dropFirst().first == "fresh"
            let isShown = !isFresh || now >= freshShownAt
            let remembers: Sighting =
                isFresh || now >= freshShownAt.adding(seconds: Self.cacheSeconds)
                ? .present(others: []) : .absent(negativeTTLSeconds: Self.cacheSeconds)
            let authority: [Observation] = [
                Observation(.authoritative(server: server, address: address), .present(others: [])),
                Observation(
                    .authoritative(server: server, address: other),
                    isShown ? .present(others: []) : .absent(negativeTTLSeconds: 60)
                ),
            ]
            let told = Observation(.recursive(resolver: "quad9", address: resolver), remembers)
            return Survey(
                record: request.record,
                at: now,
                zone: zone,
                observations: authority + (isShown ? [told] : [])
            )
        }
    }

    func view(of name: DomainName) async -> NameView {
        NameView(name: name, at: world.with { $0.now }, zone: zone, zones: [], security: nil, problems: [])
    }

    func climb(_ names: [DomainName]) async -> [CAAClimb] {
        climbs.withLock { climbs in for name in names { climbs[name, default: 0] += 1 } }
        return await SimulatedSurveyor(world: world, zone: zone).climb(names)
    }

    /// By the first label of the name.
    func climbs(at label: String) -> [Int] {
        climbs.withLock { $0.filter { $0.key.labels.first?.utf8.starts(with: label.utf8) ?? false } }.map(\.value)
    }

    func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        RRsetView(name: target, kind: record.kind, values: [:])
    }
}

/// Lists orders and takes every trigger for a success.
private struct OrdersProvider: Provider {
    let world: SimulatedWorld
    let name: ProviderName

    func read() async -> ProviderReading { await SimulatedProvider(world: world, name: name).read() }
    func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> {
        .success(authorization)
    }

    func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        world.with { state in
            state.triggers.append((state.now, authorization.key))
            guard var pack = state.packs[authorization.key] else { return .success(()) }
            state.reissue(&pack, status: .valid)
            state.packs[authorization.key] = pack
            return .success(())
        }
    }

    func changeMethod(of authorization: Authorization, to method: ValidationMethod) async
        -> Result<Void, ProviderFailure>
    { .success(()) }

    func revalidate(_ authorization: Authorization, by method: ValidationMethod) async -> Result<Void, ProviderFailure>
    { .success(()) }

    func examine() async -> ProviderExamination {
        ProviderExamination(provider: name, kind: "orders", scope: nil, rights: [], findings: [])
    }
}

@Suite("Looks of a run that waits", .timeLimit(.minutes(1)))
struct LooksAgainTests {
    private static let waiting = 50

    private func run(
        freshSeconds: Int64,
        waitSeconds: Int64
    ) async throws -> (world: SimulatedWorld, surveyor: CountingSurveyor, report: RunReport) {
        let world = SimulatedWorld(seed: 1)
        for index in 0..<Self.waiting { try world.order(["cached\(index).example.com"], id: "c\(index)") }
        try world.order(["fresh.example.com"], id: "f")
        let now = world.with { $0.now }
        // The fresh one was published a moment ago.
        let fresh = try AuthorizationKey("sim:f")
        let record = RequiredRecord(
            .txt(name: try DomainName("_acme-challenge.fresh.example.com"), value: try TXTValue("token-f-0-0"))
        )
        let zone = try DomainName("example.com")
        let published = Effect.publish(record: record, target: record.name, zone: zone, publisher: "dns")
        let intent = Intent(
            id: "1",
            authorization: fresh,
            scope: "zone",
            effect: published,
            generation: [],
            at: now.adding(seconds: -1)
        )
        world.with { state in
            state.entries = [
                JournalEntry(intent: intent, receipt: Receipt(intent: "1", outcome: .done, at: now.adding(seconds: -1)))
            ]
        }
        var policy = Policy.standard
        policy.propagation.resolvers = ["quad9"]
        policy.publish.withdraw = .never
        let surveyor = CountingSurveyor(world, zone, freshSeconds: freshSeconds)
        let reconciler = Reconciler(
            providers: [OrdersProvider(world: world, name: try ProviderName("sim"))],
            surveyor: surveyor,
            publishers: [:],
            journal: SimulatedJournal(world: world),
            lock: NoLock(),
            clock: SimulatedClock(world: world),
            random: SimulatedRandom(world: world),
            rules: SimulatedRules(rules: [Situation.ZoneRule(apex: nil, publishers: [], policy: policy)]),
            isLaboratory: false,
            tell: { _ in }
        )
        let report = try await reconciler.run(RunOptions(waitMilliseconds: waitSeconds * 1000))
        return (world, surveyor, report)
    }

    @Test func oneFreshRecordDoesNotHaveTheOthersAskedWithIt() async throws {
        let (world, surveyor, report) = try await run(freshSeconds: 60, waitSeconds: 600)
        let fresh = try #require(surveyor.looks(at: "fresh").first)
        #expect(fresh >= 5)
        // Once at the start, and once at the end, so that the report is true.
        #expect(surveyor.looks(at: "cached").count == Self.waiting)
        #expect(surveyor.looks(at: "cached").max() == 2)
        #expect(surveyor.climbs(at: "cached").max() == 2, "CAA is asked again with the records only")
        #expect(surveyor.climbs(at: "fresh").first == fresh)
        #expect(world.with { $0.triggers.map(\.key.id.text) } == ["f"])
        #expect(report.exitCode == .pending)
    }

    @Test func whatCachesForgetInTimeIsTriggeredOnAFreshLook() async throws {
        let (world, surveyor, report) = try await run(freshSeconds: 5, waitSeconds: 7200)
        #expect(report.ending == .quiet)
        #expect(world.with { $0.triggers.count } == Self.waiting + 1)
        // The caches end once; then every trigger is preceded by a look, for what is complete is never carried on.
        #expect((surveyor.looks(at: "cached").min() ?? 0) >= 2)
    }

    /// What stands from an earlier pass may be a reason to wait, never one to act.
    @Test func nothingIsDoneOnAnOldLook() throws {
        let world = SimulatedWorld(seed: 1)
        try world.order(["shop.example.com"], id: "a")
        try world.order(["blog.example.com"], id: "b")
        let authorizations = world.with { $0.packs.values.map(\.authorization) }
        let now = world.with { $0.now }
        let (server, address) = (try DomainName("ns1.example.com"), try #require(IPAddress("192.0.2.1")))
        let surveys = authorizations.flatMap(\.records).map { record in
            Survey(
                record: record,
                // The second was looked at too long ago to stand.
                at: now.adding(seconds: record.name.labels[1] == "shop" ? -10 : -70),
                zone: nil,
                observations: [
                    Observation(.authoritative(server: server, address: address), .absent(negativeTTLSeconds: 60))
                ]
            )
        }
        let situation = Situation(
            at: now,
            zones: [],
            authorizations: authorizations,
            surveys: surveys,
            history: .empty
        )
        let effects = try authorizations.map { authorization in
            Step(authorization.key, .publish(try publication(authorization)), because: "it is missing")
        }
        var looks = StandingLooks()
        looks.keep(situation)
        looks.choose(.empty, at: now)
        #expect(looks.decided(effects, situation).compactMap(\.authorization?.id.text) == ["b"])
        looks.choose(.empty, at: now)
        #expect(looks.decided(effects, situation).count == 2)
    }

    private func publication(_ authorization: Authorization) throws -> Step.Publication {
        let record = try #require(authorization.records.first)
        return Step.Publication(
            record: record,
            target: record.name,
            zone: try DomainName("example.com"),
            publisher: "dns",
            ttlSeconds: 60
        )
    }
}

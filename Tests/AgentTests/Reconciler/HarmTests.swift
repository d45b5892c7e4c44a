// A hook that does harm is not called a second time in the pass that saw it; and how a run ends that loses its lock, or finds a hook it cannot end.
import DCV
import Synchronization
import Testing

@testable import Agent

/// Puts its value in the place of everything that stands at the name.
private struct ReplacingPublisher: Publisher {
    let world: SimulatedWorld
    var name = "dns"

    func publish(_ order: PublishingOrder) async -> HookOutcome {
        world.with { state in
            state.hookStarts += 1
            for value in state.shown(order.target, by: 0) { state.change(order.target, value, isThere: false) }
            state.change(order.target, order.record.value, isThere: true)
        }
        return .done
    }

    func withdraw(_ order: PublishingOrder) async -> HookOutcome { .done }
}

/// As the one above, and its run is told to end while it is at work.
private final class InterruptedPublisher: Publisher {
    let name = "dns"
    let inner: ReplacingPublisher
    let stop = Mutex<(@Sendable () -> Void)?>(nil)

    init(world: SimulatedWorld) { inner = ReplacingPublisher(world: world) }

    func publish(_ order: PublishingOrder) async -> HookOutcome {
        _ = await inner.publish(order)
        stop.withLock { $0 }?()
        return .tryLater(reason: "it was ended")
    }

    func withdraw(_ order: PublishingOrder) async -> HookOutcome { .done }
}

/// Sees nothing once its task is cancelled, as one that waits for answers.
private struct CancellableSurveyor: Surveyor {
    let inner: SimulatedSurveyor

    func survey(_ requests: [SurveyRequest]) async -> [Survey] { await inner.survey(requests) }
    func view(of name: DomainName) async -> NameView { await inner.view(of: name) }
    func climb(_ names: [DomainName]) async -> [CAAClimb] { await inner.climb(names) }
    func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        if Task.isCancelled { return RRsetView(name: target, kind: record.kind, values: [:]) }
        return await inner.rrset(of: record, at: target)
    }
}

/// Takes away everything that stands at the name.
private struct EmptyingPublisher: Publisher {
    let world: SimulatedWorld
    let name = "dns"

    func publish(_ order: PublishingOrder) async -> HookOutcome { .done }

    func withdraw(_ order: PublishingOrder) async -> HookOutcome {
        world.with { state in
            for value in state.shown(order.target, by: 0) { state.change(order.target, value, isThere: false) }
        }
        return .done
    }
}

/// Free for the first passes, then somebody else's.
private final class LostLock: EffectLock {
    private let left: Mutex<Int>
    init(after passes: Int) { left = Mutex(passes) }

    func acquire(withinMilliseconds: Int64) async throws(JournalFailure) -> Bool {
        left.withLock { left in
            left -= 1
            return left >= 0
        }
    }

    func release() {}
}

/// A hook that nobody can end.
private struct Immortal: OutlivedEffects {
    func end(_ intents: [String]) async -> (met: Set<String>, isOver: Bool) { (Set(intents), false) }
}

@Suite("A run with a harmful hook, a lost lock, a hook that outlived", .timeLimit(.minutes(1)))
struct HarmTests {
    private let world = SimulatedWorld(seed: 1)

    private func run(
        _ publisher: any Publisher,
        surveyor: (any Surveyor)? = nil,
        lock: any EffectLock = NoLock(),
        outlived: any OutlivedEffects = NothingOutlived(),
        waitSeconds: Int64 = 600
    ) async throws -> RunReport {
        let view = Situation.PublisherView(name: "dns", kinds: [.txt])
        let zone = try DomainName("example.com")
        let reconciler = Reconciler(
            providers: [SimulatedProvider(world: world, name: try ProviderName("sim"))],
            surveyor: surveyor ?? SimulatedSurveyor(world: world, zone: zone),
            publishers: ["dns": publisher],
            journal: SimulatedJournal(world: world),
            lock: lock,
            outlived: outlived,
            clock: SimulatedClock(world: world),
            random: SimulatedRandom(world: world),
            rules: SimulatedRules(rules: [Situation.ZoneRule(apex: nil, publishers: [view], policy: .standard)]),
            isLaboratory: false,
            tell: { _ in }
        )
        return try await reconciler.run(RunOptions(waitMilliseconds: waitSeconds * 1000))
    }

    @Test func isNotCalledAgainInTheSamePass() async throws {
        for host in ["a", "b", "c"] {
            try world.order(["\(host).example.com"], id: host)
            let name = try DomainName("_acme-challenge.\(host).example.com")
            world.with { $0.change(name, "somebody-elses", isThere: true) }
        }
        let report = try await run(ReplacingPublisher(world: world))
        #expect(world.with { $0.hookStarts } == 1)
        #expect(world.with { $0.quarantined.keys.sorted() } == ["dns"])
        #expect(report.performed.filter { $0.result.code == "superseded" }.count == 2)
        for host in ["b", "c"] {
            let name = try DomainName("_acme-challenge.\(host).example.com")
            #expect(world.with { $0.shown(name, by: 0) } == ["somebody-elses"])
        }
        #expect(report.exitCode == .person)
    }

    @Test func harmIsSeenThoughTheRunWasToldToEnd() async throws {
        try world.order(["a.example.com"], id: "a")
        let name = try DomainName("_acme-challenge.a.example.com")
        world.with { $0.change(name, "somebody-elses", isThere: true) }
        let publisher = InterruptedPublisher(world: world)
        let sight = CancellableSurveyor(inner: .init(world: world, zone: try DomainName("example.com")))
        let running = Task { try await run(publisher, surveyor: sight) }
        publisher.stop.withLock { $0 = { running.cancel() } }
        _ = try await running.value
        #expect(world.with { $0.hookStarts } == 1)
        #expect(world.with { $0.quarantined["dns"] }?.contains("took away \"somebody-elses\"") == true)
    }

    /// A withdrawal that takes all of "a", "b" and "c" with it, and the zone's other publisher, which may put them back.
    private func withdraw(restores: Bool, spare: any Publisher) async throws -> [PerformedStep] {
        let (zone, name) = (try DomainName("example.com"), try DomainName("_acme-challenge.example.com"))
        world.with { state in for value in ["own", "a", "b", "c"] { state.change(name, value, isThere: true) } }
        var policy = Policy.standard
        policy.publish.restores = restores
        let views = ["dns", "spare"].map { Situation.PublisherView(name: $0, kinds: [.txt]) }
        let rule = Situation.ZoneRule(apex: zone, publishers: views, policy: policy)
        let reconciler = Reconciler(
            providers: [],
            surveyor: SimulatedSurveyor(world: world, zone: zone),
            publishers: ["dns": EmptyingPublisher(world: world), "spare": spare],
            journal: SimulatedJournal(world: world),
            lock: NoLock(),
            clock: SimulatedClock(world: world),
            random: SimulatedRandom(world: world),
            rules: SimulatedRules(rules: [rule]),
            isLaboratory: false,
            tell: { _ in }
        )
        let publication = Step.Publication(
            record: RequiredRecord(.txt(name: name, value: try TXTValue("own"))),
            target: name,
            zone: zone,
            publisher: "dns",
            ttlSeconds: 60
        )
        let step = Step(try AuthorizationKey("sim:a"), .withdraw(publication), because: "it is time")
        let now = world.with { $0.now }
        let situation = Situation(at: now, zones: [rule], authorizations: [], surveys: [], history: .empty)
        return try await reconciler.perform([step], situation)
    }

    private func shown() throws -> Set<String> {
        let name = try DomainName("_acme-challenge.example.com")
        return world.with { $0.shown(name, by: 0) }
    }

    @Test func whatWasTakenAwayIsPutBackWhereThePolicySaysSo() async throws {
        let performed = try await withdraw(restores: true, spare: SimulatedPublisher(world: world))
        #expect(performed.map(\.result) == [.done, .done, .done, .done])
        #expect(try shown() == ["a", "b", "c"])
        #expect(world.with { $0.quarantined["dns"]?.contains("published again through spare") } == true)
    }

    @Test func nothingIsPutBackUnasked() async throws {
        #expect(try await withdraw(restores: false, spare: SimulatedPublisher(world: world)).count == 1)
        #expect(try shown() == [])
    }

    /// The first of three comes back; the second call replaces it, and that was the last.
    @Test func puttingBackEndsWithTheFirstHarm() async throws {
        let performed = try await withdraw(restores: true, spare: ReplacingPublisher(world: world, name: "spare"))
        #expect(performed.count == 3)
        #expect(world.with { $0.quarantined.keys.sorted() } == ["dns", "spare"])
    }

    @Test func aLockThatIsLostOnTheWayIsNotToldAsNothingDone() async throws {
        try world.order(["a.example.com"], id: "a")
        world.with { $0.lagSeconds = [0, 60, 60] }
        let report = try await run(SimulatedPublisher(world: world), lock: LostLock(after: 2))
        #expect(report.ending == .locked && report.performed.count == 1)
        let lines = RunText.summary(report, at: world.with { $0.now })
        #expect(lines.first == "another run has taken the lock; what was done until then has its receipts")
        let idle = try await run(SimulatedPublisher(world: world), lock: LostLock(after: 0))
        #expect(RunText.summary(idle, at: world.with { $0.now }) == ["another run holds the lock; nothing was done"])
    }

    @Test func aHookThatCannotBeEndedIsTold() async throws {
        try world.order(["a.example.com"], id: "a")
        let name = try DomainName("_acme-challenge.a.example.com")
        let record = RequiredRecord(.txt(name: name, value: try TXTValue("token-a-0-0")))
        let intent = Intent(
            id: "0123",
            authorization: try AuthorizationKey("sim:a"),
            scope: "zone",
            effect: .publish(record: record, target: name, zone: try DomainName("example.com"), publisher: "dns"),
            generation: [],
            at: world.with { $0.now }
        )
        world.with { $0.entries = [JournalEntry(intent: intent, receipt: nil)] }
        let report = try await run(SimulatedPublisher(world: world), outlived: Immortal())
        #expect(report.ending == .outlived && report.exitCode == .person && world.with { $0.hookStarts } == 0)
        let lines = RunText.summary(report, at: world.with { $0.now })
        #expect(lines.first?.contains("is still at work") == true)
        #expect(lines.contains { $0.contains("DNSPROOF_ID=0123") }, "\(lines)")
    }
}

// Many seeds, one set of laws: whatever fails and wherever the process dies, nothing is burned, nothing foreign is touched, all ends well.
import DCV
import Testing

@testable import Agent

@Suite("Reconciler in a simulated world", .timeLimit(.minutes(1)))
struct ReconcilerSimulation {
    private static let cronSeconds: Int64 = 300

    private func reconciler(_ world: SimulatedWorld, lock: any EffectLock = NoLock()) throws -> Reconciler {
        let zone = try DomainName("example.com")
        let rule = Situation.ZoneRule(
            apex: zone,
            publishers: [.init(name: "dns", kinds: [.txt, .cname])],
            policy: .standard
        )
        return Reconciler(
            providers: [SimulatedProvider(world: world, name: try ProviderName("sim"))],
            surveyor: SimulatedSurveyor(world: world, zone: zone),
            publishers: ["dns": SimulatedPublisher(world: world)],
            journal: SimulatedJournal(world: world),
            lock: lock,
            clock: SimulatedClock(world: world),
            random: SimulatedRandom(world: world),
            rules: SimulatedRules(rules: [rule]),
            isLaboratory: false,
            tell: { _ in }
        )
    }

    private func isAllValid(_ world: SimulatedWorld) -> Bool {
        world.with { $0.packs.values.allSatisfy { $0.authorization.status == .valid } }
    }

    /// Cron runs until all is done; the number of runs it took, or nil.
    private func runs(_ world: SimulatedWorld, limit: Int, waitMilliseconds: Int64? = nil) async throws -> Int? {
        for run in 1...limit {
            world.with { $0.isDead = false }
            let report = try? await reconciler(world).run(RunOptions(waitMilliseconds: waitMilliseconds))
            if report?.ending == .quiet, isAllValid(world) { return run }
            world.with { $0.now = $0.now.adding(seconds: Self.cronSeconds) }
        }
        return nil
    }

    @Test("one patient run takes an order from missing to valid, and a second one does nothing")
    func patientRun() async throws {
        let world = SimulatedWorld(seed: 1)
        try world.order(["shop.example.com"], id: "a")
        world.with { $0.lagSeconds = [0, 40, 5] }
        let report = try await reconciler(world).run(RunOptions(waitMilliseconds: 600_000))
        #expect(report.ending == .quiet)
        #expect(report.exitCode == .done)
        #expect(report.performed.map(\.step.action.code) == ["publish", "trigger", "withdraw"])
        #expect(world.with { $0.burned } == 0)
        let before = world.with { ($0.hookStarts, $0.triggers.count, $0.entries.count) }
        let again = try await reconciler(world).run(RunOptions())
        #expect(again.ending == .quiet && again.performed.isEmpty && again.plan.steps.isEmpty)
        #expect(world.with { ($0.hookStarts, $0.triggers.count, $0.entries.count) } == before)
    }

    @Test("a run without --wait ends at its first wait, and cron takes it up")
    func cronRuns() async throws {
        let world = SimulatedWorld(seed: 2)
        try world.order(["shop.example.com", "*.shop.example.com"], id: "a")
        world.with { $0.lagSeconds = [0, 40, 5] }
        let first = try await reconciler(world).run(RunOptions())
        #expect(first.ending == .waiting && first.exitCode == .pending)
        #expect(first.performed.map(\.step.action.code) == ["publish", "publish"])
        #expect(try await runs(world, limit: 5) == 2)
        #expect(world.with { $0.triggers.count } == 1)
    }

    @Test("a dry run changes nothing and writes nothing")
    func dryRun() async throws {
        let world = SimulatedWorld(seed: 3)
        try world.order(["shop.example.com"], id: "a")
        let report = try await reconciler(world).run(RunOptions(isDryRun: true))
        #expect(report.ending == .dryRun && report.exitCode == .pending)
        #expect(report.plan.effects.count == 1)
        #expect(world.with { $0.hookStarts + $0.triggers.count + $0.entries.count } == 0)
    }

    @Test("only what was asked for is touched, and no match is said")
    func selection() async throws {
        let world = SimulatedWorld(seed: 4)
        try world.order(["shop.example.com"], id: "a")
        try world.order(["blog.example.com"], id: "b")
        let selection = Selection(items: [try .init("blog.example.com")])
        let report = try await reconciler(world).run(RunOptions(selection: selection))
        #expect(Set(report.performed.compactMap { $0.step.authorization?.id.text }) == ["b"])
        let none = Selection(items: [try .init("nobody.example.com")])
        let nothing = try await reconciler(world).run(RunOptions(selection: none))
        #expect(nothing.ending == .nothingSelected && nothing.exitCode == .pending)
    }

    @Test("a hook that takes away a value of others is quarantined, and the run says so")
    func quarantine() async throws {
        let world = SimulatedWorld(seed: 5)
        try world.order(["shop.example.com"], id: "a")
        let name = try DomainName("_acme-challenge.shop.example.com")
        world.with { $0.change(name, "foreign", isThere: true) }
        let zone = try DomainName("example.com")
        let reconciler = Reconciler(
            providers: [SimulatedProvider(world: world, name: try ProviderName("sim"))],
            surveyor: SimulatedSurveyor(world: world, zone: zone),
            publishers: ["dns": ReplacingPublisher(world: world)],
            journal: SimulatedJournal(world: world),
            lock: NoLock(),
            clock: SimulatedClock(world: world),
            random: SimulatedRandom(world: world),
            rules: SimulatedRules(rules: [
                .init(apex: zone, publishers: [.init(name: "dns", kinds: [.txt])], policy: .standard)
            ]),
            isLaboratory: false,
            tell: { _ in }
        )
        _ = try await reconciler.run(RunOptions())
        let reason = world.with { $0.quarantined["dns"] } ?? ""
        let lines = reason.split(separator: "\n").map { String($0) }
        #expect(lines.first == "at _acme-challenge.shop.example.com it took away \"foreign\"")
        #expect(
            lines.dropFirst().prefix(3) == [
                "before the call:", "_acme-challenge.shop.example.com. IN TXT \"foreign\"", "after it:",
            ]
        )
    }

    @Test(
        "two values at one name on servers that all lag: the hook is trusted, all ends well",
        arguments: [1, 5, 30] as [Int64]
    )
    func everyServerLags(lagSeconds: Int64) async throws {
        let world = SimulatedWorld(seed: 8)
        try world.order(["shop.example.com", "*.shop.example.com"], id: "a")
        world.with { $0.lagSeconds = [lagSeconds, lagSeconds + 1, lagSeconds + 2] }
        let report = try await reconciler(world).run(RunOptions(waitMilliseconds: 600_000))
        #expect(report.ending == .quiet && world.with { $0.quarantined } == [:])
        #expect(world.with { ($0.triggers.count, $0.burned) } == (1, 0))
    }

    @Test("while CAA names another CA nothing is triggered, and the record is published all the same")
    func caaForbids() async throws {
        let world = SimulatedWorld(seed: 11)
        try world.order(["shop.example.com"], id: "a")
        world.with { $0.otherIssuerUntil = $0.now.adding(seconds: 3600) }
        let report = try await reconciler(world).run(RunOptions(waitMilliseconds: 600_000))
        #expect(report.performed.map(\.step.action.code) == ["publish"])
        #expect(report.exitCode == .person && report.plan.findings.map(\.code) == ["caa-forbids"])
        #expect(world.with { $0.triggers.count } == 0)
        world.with { $0.now = $0.now.adding(seconds: 3600) }
        #expect(try await runs(world, limit: 3) != nil)
        #expect(world.with { ($0.triggers.count, $0.burned) } == (1, 0))
    }

    @Test("a provider that cannot be read is waited for, not taken for silent")
    func unreadable() async throws {
        let world = SimulatedWorld(seed: 9)
        try world.order(["shop.example.com"], id: "a")
        world.with { $0.faults.providerDown = 100 }
        let once = try await reconciler(world).run(RunOptions())
        #expect(once.ending == .waiting && once.exitCode == .pending)
        let began = world.with { $0.now }
        let patient = try await reconciler(world).run(RunOptions(waitMilliseconds: 600_000))
        #expect(patient.exitCode == .pending)
        #expect(world.with { $0.now }.milliseconds(since: began) >= 600_000)
        world.with { $0.faults = .none }
        #expect(try await runs(world, limit: 3) != nil)
    }

    @Test("a record that two certificates share is published for the one that was asked for")
    func sharedRecord() async throws {
        let world = SimulatedWorld(seed: 10)
        try world.order(["shop.example.com"], id: "a")
        let (first, second) = (try AuthorizationKey("sim:a"), try AuthorizationKey("sim:b"))
        world.with { state in
            guard let pack = state.packs[first] else { return }
            let twin = Authorization(
                key: second,
                scope: "zone",
                identifiers: pack.authorization.identifiers,
                status: .pending,
                providerStatus: pack.authorization.providerStatus,
                method: .txt,
                capabilities: pack.authorization.capabilities,
                challenges: pack.authorization.challenges
            )
            state.packs[second] = SimulatedWorld.Pack(authorization: twin)
        }
        let selection = Selection(items: [try .init("sim:b")])
        let report = try await reconciler(world).run(RunOptions(selection: selection))
        #expect(report.performed.contains { $0.step.authorization == second && $0.step.action.code == "publish" })
    }

    @Test("a locked run does nothing", arguments: [nil, 5000 as Int64])
    func locked(wait: Int64?) async throws {
        let world = SimulatedWorld(seed: 6)
        try world.order(["shop.example.com"], id: "a")
        let report = try await reconciler(world, lock: TakenLock()).run(RunOptions(waitMilliseconds: wait))
        #expect(report.ending == .locked && report.exitCode == .temporary)
        #expect(world.with { $0.hookStarts } == 0)
    }

    @Test("laws hold in every story of failures and crashes", arguments: 1...150 as ClosedRange<UInt64>)
    func laws(seed: UInt64) async throws {
        let world = SimulatedWorld(seed: seed)
        var dice = SeededGenerator(seed: seed &+ 77)
        try world.order(["shop.example.com"], id: "a")
        try world.order(["example.com", "*.example.com"], id: "b")
        let foreign = try DomainName("_acme-challenge.example.com")
        world.with { state in
            state.change(foreign, "foreign", isThere: true)
            state.lagSeconds = (0..<3).map { _ in Int64.random(in: 0...400, using: &dice) }
            // Shorter than trigger.minimum_interval: one trigger is enough, whatever happens after it.
            state.validationSeconds = Int64.random(in: 0...290, using: &dice)
            state.otherIssuerUntil = state.now.adding(seconds: Int64.random(in: -3000...3000, using: &dice))
            state.faults = Faults(
                providerDown: Int.random(in: 0...30, using: &dice),
                answerLost: Int.random(in: 0...50, using: &dice),
                hookFailsBefore: Int.random(in: 0...30, using: &dice),
                hookFailsAfter: Int.random(in: 0...30, using: &dice),
                serverSilent: Int.random(in: 0...30, using: &dice),
                caaSilent: Int.random(in: 0...20, using: &dice),
                tokensRotate: Int.random(in: 0...30, using: &dice),
                crash: Int.random(in: 0...20, using: &dice)
            )
        }
        _ = try await runs(world, limit: 30, waitMilliseconds: seed.isMultiple(of: 2) ? 240_000 : nil)
        world.with { $0.faults = .none }
        // Four hours is the longest back-off: within a day of cron runs everything must have come to its end.
        let last = try await runs(world, limit: 300)
        #expect(last != nil, "SEED=\(seed): not all is valid a day after the faults ended")
        let (burned, foreignTouched, triggers) = world.with { ($0.burned, $0.withdrawnForeign, $0.triggers) }
        #expect(burned == 0, "SEED=\(seed): a trigger failed that should not have been made")
        #expect(foreignTouched == 0, "SEED=\(seed)")
        for (key, own) in Dictionary(grouping: triggers, by: \.key) {
            #expect(
                own.count == 1,
                "SEED=\(seed): \(key) was triggered \(own.count) times though its first one succeeded"
            )
        }
        world.with { $0.now = $0.now.adding(seconds: 1000) }
        let left = world.with { state in state.lagSeconds.indices.map { state.shown(foreign, by: $0) } }
        #expect(
            left == [["foreign"], ["foreign"], ["foreign"]],
            "SEED=\(seed): a foreign value is gone or one of ours is left"
        )
        let counts = world.with { ($0.hookStarts, $0.triggers.count) }
        _ = try await reconciler(world).run(RunOptions())
        #expect(
            world.with { ($0.hookStarts, $0.triggers.count) } == counts,
            "SEED=\(seed): a run after the end did something"
        )
    }
}

/// A hook with a frequent fault: it replaces the whole RRset.
private struct ReplacingPublisher: Publisher {
    let world: SimulatedWorld
    let name = "dns"

    func publish(_ order: PublishingOrder) async -> HookOutcome {
        world.with { state in
            for value in state.shown(order.target, by: 0) { state.change(order.target, value, isThere: false) }
            state.change(order.target, order.record.value, isThere: true)
            return .done
        }
    }

    func withdraw(_ order: PublishingOrder) async -> HookOutcome { .done }
}

private struct TakenLock: EffectLock {
    func acquire(withinMilliseconds: Int64) async throws(JournalFailure) -> Bool { false }
    func release() {}
}

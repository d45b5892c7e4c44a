// One provider that never ends its reading, beside one that is read at once.
import DCV
import Testing

@testable import Agent

/// Reads until it is told to end.
private struct EndlessProvider: Provider {
    let name: ProviderName

    func read() async -> ProviderReading {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        return ProviderReading(provider: name, authorizations: [], findings: [], isComplete: true)
    }

    private var refusal: ProviderFailure {
        ProviderFailure(.refused, Finding("no", .error, subject: "endless", saw: "asked", advice: "none"))
    }

    func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> { .failure(refusal) }

    func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        .failure(refusal)
    }

    func changeMethod(
        of authorization: Authorization,
        to method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> { .failure(refusal) }

    func revalidate(
        _ authorization: Authorization,
        by method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> { .failure(refusal) }

    func examine() async -> ProviderExamination {
        ProviderExamination(provider: name, kind: "endless", scope: nil, rights: [], findings: [])
    }
}

@Suite("Bulkheads", .timeLimit(.minutes(1)))
struct BulkheadTests {
    @Test func aReadingThatNeverEndsIsAFindingAndTheOthersGoOn() async throws {
        let world = SimulatedWorld(seed: 1)
        try world.order(["shop.example.com"], id: "a")
        let zone = try DomainName("example.com")
        let rule = Situation.ZoneRule(
            apex: zone,
            publishers: [.init(name: "dns", kinds: [.txt])],
            policy: .standard
        )
        let reconciler = Reconciler(
            providers: [
                EndlessProvider(name: try ProviderName("endless")),
                SimulatedProvider(world: world, name: try ProviderName("sim")),
            ],
            surveyor: SimulatedSurveyor(world: world, zone: zone),
            publishers: ["dns": SimulatedPublisher(world: world)],
            journal: SimulatedJournal(world: world),
            lock: NoLock(),
            clock: SimulatedClock(world: world),
            random: SimulatedRandom(world: world),
            rules: SimulatedRules(rules: [rule]),
            isLaboratory: false,
            readDeadlineMilliseconds: 2_000,
            tell: { _ in }
        )
        let report = try await reconciler.run(RunOptions())
        #expect(report.performed.first?.step.action.code == "publish")
        #expect(report.plan.findings.contains { $0.code == "provider-too-slow" && $0.subject == "endless" })
        #expect(report.exitCode == .pending)
    }
}

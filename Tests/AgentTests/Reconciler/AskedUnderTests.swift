// A provider is asked under the intent that stands in the journal, so that a program of its can be found by it.
import DCV
import Synchronization
import Testing

@testable import Agent

/// Remembers under which intent it was asked for anything.
private final class ListeningProvider: Provider {
    let name: ProviderName
    let heard = Mutex<[String?]>([])

    init(_ name: ProviderName) { self.name = name }

    private func hear() { heard.withLock { $0.append(AskedUnder.intent) } }

    func read() async -> ProviderReading {
        hear()
        return ProviderReading(provider: name, authorizations: [], findings: [], isComplete: true)
    }

    func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> {
        hear()
        return .success(authorization)
    }

    func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        hear()
        return .success(())
    }

    func changeMethod(of authorization: Authorization, to method: ValidationMethod) async
        -> Result<Void, ProviderFailure>
    {
        hear()
        return .success(())
    }

    func revalidate(_ authorization: Authorization, by method: ValidationMethod) async -> Result<Void, ProviderFailure>
    {
        hear()
        return .success(())
    }

    func examine() async -> ProviderExamination {
        ProviderExamination(provider: name, kind: "listening", scope: nil, rights: [], findings: [])
    }
}

@Suite("Asked under an intent", .timeLimit(.minutes(1)))
struct AskedUnderTests {
    @Test(arguments: [Step.Action.trigger(style: .patch), .changeMethod(to: .http), .revalidate(by: .txt)])
    func theIntentOfTheJournal(action: Step.Action) async throws {
        let world = SimulatedWorld(seed: 1)
        try world.order(["shop.example.com"], id: "a")
        let name = try ProviderName("sim")
        let authorizations = await SimulatedProvider(world: world, name: name).read().authorizations
        let provider = ListeningProvider(name)
        let reconciler = Reconciler(
            providers: [provider],
            surveyor: SimulatedSurveyor(world: world, zone: try DomainName("example.com")),
            publishers: [:],
            journal: SimulatedJournal(world: world),
            lock: NoLock(),
            clock: SimulatedClock(world: world),
            random: SimulatedRandom(world: world),
            rules: SimulatedRules(rules: []),
            isLaboratory: false,
            tell: { _ in }
        )
        let situation = Situation(
            at: world.with { $0.now },
            zones: [],
            authorizations: authorizations,
            surveys: [],
            history: .empty
        )
        let key = try #require(authorizations.first?.key)
        _ = await provider.read()
        _ = try await reconciler.perform([Step(key, action, because: "it is time")], situation)
        let intents = world.with { $0.entries.map(\.intent.id) }
        #expect(intents.count == 1)
        // Reading is for nothing in particular.
        #expect(provider.heard.withLock { $0 } == [nil, nil, intents.first])
    }
}

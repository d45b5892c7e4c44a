// While providers are read, the name is looked at: what both take is not added up.
import DCV
import Synchronization
import Testing

@testable import Agent

/// Shows nothing, and tells when it is asked.
private final class TellingSurveyor: Surveyor {
    let begun: AsyncStream<Void>
    private let tell: AsyncStream<Void>.Continuation
    private let asked = Mutex<[String]>([])

    init() { (begun, tell) = AsyncStream<Void>.makeStream() }

    var history: [String] { asked.withLock { $0 } }

    private func note(_ text: String) {
        asked.withLock { $0.append(text) }
        tell.yield()
    }

    func survey(_ requests: [SurveyRequest]) async -> [Survey] {
        for request in requests { note("survey \(request.record.name)") }
        return requests.map {
            Survey(record: $0.record, at: Instant(millisecondsSinceEpoch: 0), zone: nil, observations: [])
        }
    }

    func view(of name: DomainName) async -> NameView {
        note("view \(name)")
        let at = Instant(millisecondsSinceEpoch: 0)
        return NameView(name: name, at: at, zone: nil, zones: [], security: nil, problems: [])
    }

    func climb(_ names: [DomainName]) async -> [CAAClimb] {
        names.map { CAAClimb($0, at: Instant(millisecondsSinceEpoch: 0), rungs: []) }
    }

    func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        RRsetView(name: target, kind: record.kind, values: [:])
    }
}

@Suite("Explaining beside reading", .timeLimit(.minutes(1)))
struct ExplainBesideTests {
    private let name = "shop.example.com"

    private func request(_ readings: [ProviderReading]) throws -> ExplainRequest {
        try Explainer.request(name, readings: readings, isLaboratory: false) { _, _ in .standard }
    }

    private func reading(_ world: SimulatedWorld) async throws -> ProviderReading {
        await SimulatedProvider(world: world, name: try ProviderName("sim")).read()
    }

    /// The providers end only when the look has begun; each look has a number, by which it is told apart.
    private func explain(
        _ told: ProviderReading,
        _ surveyor: TellingSurveyor
    ) async throws -> (explanation: Explanation, tape: Int) {
        let looks = Mutex(0)
        return try await Explainer.explain(
            plain: try request([]),
            reading: {
                for await _ in surveyor.begun { break }
                return [told]
            },
            request: { try request($0) },
            eyes: {
                let number = looks.withLock { count in
                    count += 1
                    return count
                }
                return Explainer.Eyes(surveyor, at: Instant(millisecondsSinceEpoch: Int64(number)), tape: number)
            }
        )
    }

    /// As a run does: the certificate's policy where the record's name has none.
    @Test func whatACertificateNeedsIsLookedAtByItsPolicy() async throws {
        let world = SimulatedWorld(seed: 1)
        try world.order([name], id: "a")
        var own = Policy.standard
        own.propagation.resolvers = ["quad9"]
        own.caa.check = .ignore
        let request = try Explainer.request(name, readings: [try await reading(world)], isLaboratory: false) {
            _,
            order in
            order == nil ? .standard : own
        }
        #expect(request.wanted.map(\.propagation) == [own.propagation] && request.issuance.isEmpty)
    }

    /// The providers end only when the look has begun: one after the other this would never end.
    @Test func aNameThatNobodyListsIsLookedAtBesideTheReading() async throws {
        let surveyor = TellingSurveyor()
        let empty = try await reading(SimulatedWorld(seed: 1))
        let (explanation, tape) = try await explain(empty, surveyor)
        #expect(surveyor.history == ["view shop.example.com"])
        #expect(tape == 1 && explanation.at.millisecondsSinceEpoch == 1)
        #expect(explanation.views.count == 1)
    }

    @Test func whatAProviderWaitsForIsLookedAtOnceItIsKnown() async throws {
        let surveyor = TellingSurveyor()
        let world = SimulatedWorld(seed: 1)
        try world.order([name], id: "a")
        let listed = try await reading(world)
        let (explanation, tape) = try await explain(listed, surveyor)
        #expect(surveyor.history == ["view shop.example.com", "survey _acme-challenge.shop.example.com"])
        #expect(tape == 2, "what is saved is the look that is told")
        #expect(explanation.records.count == 1)
    }

    @Test func onlyProvidersThatMayListItAreAsked() throws {
        let world = SimulatedWorld(seed: 1)
        let all = try ["one", "two"].map { SimulatedProvider(world: world, name: try ProviderName($0)) }
        func asked(_ text: String) throws -> [String] {
            let target = try ExplainTarget(text)
            return all.filter { target.concerns($0) }.map(\.name.text)
        }
        #expect(try asked("two:4449b368") == ["two"])
        #expect(try asked("three:4449b368") == [])
        #expect(try asked("shop.example.com") == ["one", "two"])
        #expect(try asked("4449b368") == ["one", "two"])
        #expect(try ExplainTarget("4449b368").isName == false)
        #expect(try ExplainTarget("*.example.com").isName)
    }
}

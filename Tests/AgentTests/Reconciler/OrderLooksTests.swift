// A run right after an order: the provider names the certificate, and then its records, some seconds later.
import DCV
import Synchronization
import Testing

@testable import Agent

/// Lists an order from one moment on and its records from another; keeps the moments at which it was read.
private final class LateProvider: Provider {
    let name: ProviderName
    private let world: SimulatedWorld
    private let started: Instant
    private let listedAfterSeconds: Int64
    private let recordsAfterSeconds: Int64
    private let secondsPerRead: Int64
    private let moments = Mutex<[Int64]>([])

    init(
        _ world: SimulatedWorld,
        listedAfterSeconds: Int64,
        recordsAfterSeconds: Int64,
        secondsPerRead: Int64
    ) throws {
        name = try ProviderName("late")
        self.world = world
        started = world.with { $0.now }
        self.listedAfterSeconds = listedAfterSeconds
        self.recordsAfterSeconds = recordsAfterSeconds
        self.secondsPerRead = secondsPerRead
    }

    /// Seconds after the start.
    var looks: [Int64] { moments.withLock { $0 } }

    func read() async -> ProviderReading {
        let elapsed = world.with { $0.now }.milliseconds(since: started) / 1000
        moments.withLock { $0.append(elapsed) }
        world.with { $0.now = $0.now.adding(seconds: secondsPerRead) }
        let order = elapsed < listedAfterSeconds ? nil : try? order(hasRecords: elapsed >= recordsAfterSeconds)
        return ProviderReading(
            provider: name,
            authorizations: [order].compactMap { $0 },
            findings: [],
            isComplete: true
        )
    }

    private func order(hasRecords: Bool) throws -> Authorization {
        let record = RequiredRecord(
            .txt(name: try DomainName("_acme-challenge.shop.example.com"), value: try TXTValue("token"))
        )
        return Authorization(
            key: AuthorizationKey(provider: name, id: try AuthorizationID("order-1")),
            scope: "zone",
            identifiers: [try Identifier("shop.example.com")],
            status: .pending,
            providerStatus: OctetText("pending_validation".utf8),
            method: .txt,
            capabilities: Capabilities(triggers: [], methods: []),
            challenges: hasRecords ? [Challenge(alternatives: [record])] : []
        )
    }

    private var refusal: ProviderFailure {
        ProviderFailure(.refused, Finding("no", .error, subject: "late", saw: "asked", advice: "none"))
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
        ProviderExamination(provider: name, kind: "late", scope: nil, rights: [], findings: [])
    }
}

@Suite("Looks after an order", .timeLimit(.minutes(1)))
struct OrderLooksTests {
    private func run(
        listedAfterSeconds listed: Int64,
        recordsAfterSeconds records: Int64,
        secondsPerRead: Int64 = 0,
        only: [String],
        isDryRun: Bool = false
    ) async throws -> (looks: [Int64], report: RunReport) {
        let world = SimulatedWorld(seed: 1)
        let provider = try LateProvider(
            world,
            listedAfterSeconds: listed,
            recordsAfterSeconds: records,
            secondsPerRead: secondsPerRead
        )
        let zone = try DomainName("example.com")
        let rule = Situation.ZoneRule(
            apex: zone,
            publishers: [.init(name: "dns", kinds: [.txt])],
            policy: .standard
        )
        let reconciler = Reconciler(
            providers: [provider],
            surveyor: SimulatedSurveyor(world: world, zone: zone),
            publishers: ["dns": SimulatedPublisher(world: world)],
            journal: SimulatedJournal(world: world),
            lock: NoLock(),
            clock: SimulatedClock(world: world),
            random: SimulatedRandom(world: world),
            rules: SimulatedRules(rules: [rule]),
            isLaboratory: false,
            tell: { _ in }
        )
        let selection = Selection(items: try only.map { try Selection.Item($0) })
        let report = try await reconciler.run(RunOptions(isDryRun: isDryRun, selection: selection))
        return (provider.looks, report)
    }

    @Test func anOrderThatIsNotListedYetIsLookedForAgain() async throws {
        let (looks, report) = try await run(
            listedAfterSeconds: 12,
            recordsAfterSeconds: 12,
            only: ["shop.example.com"]
        )
        #expect(Array(looks.prefix(5)) == [0, 2, 5, 10, 20])
        #expect(report.performed.map(\.step.action.code) == ["publish"])
    }

    @Test func whatNeverComesIsNothingSelected() async throws {
        let (looks, report) = try await run(
            listedAfterSeconds: .max,
            recordsAfterSeconds: .max,
            only: ["shop.example.com"]
        )
        #expect(looks == [0, 2, 5, 10, 20, 30])
        #expect(report.ending == .nothingSelected)
    }

    @Test func aPlanForAMisspeltNameSaysSoAtOnce() async throws {
        let (looks, report) = try await run(
            listedAfterSeconds: 0,
            recordsAfterSeconds: 0,
            only: ["shp.example.com"],
            isDryRun: true
        )
        #expect(looks == [0])
        #expect(report.ending == .nothingSelected && report.exitCode == .pending)
        #expect(RunText.plan(report) == ["=> no provider lists shp.example.com"])
    }

    @Test func recordsThatAreNotNamedYetAreLookedForAgain() async throws {
        let (looks, report) = try await run(listedAfterSeconds: 0, recordsAfterSeconds: 4, only: ["shop.example.com"])
        #expect(Array(looks.prefix(3)) == [0, 2, 5])
        #expect(report.performed.map(\.step.action.code) == ["publish"])
    }

    @Test func aReadThatTakesLongerThanARunMayLastIsActedUpon() async throws {
        let (_, report) = try await run(
            listedAfterSeconds: 0,
            recordsAfterSeconds: 0,
            secondsPerRead: 2 * RunOptions.deadlineMilliseconds / 1000,
            only: []
        )
        #expect(report.performed.map(\.step.action.code) == ["publish"])
    }

    @Test func aRunThatWasToldNoNameDoesNotLinger() async throws {
        let (looks, report) = try await run(listedAfterSeconds: 0, recordsAfterSeconds: .max, only: [])
        #expect(looks == [0])
        #expect(report.ending == .waiting)
    }
}

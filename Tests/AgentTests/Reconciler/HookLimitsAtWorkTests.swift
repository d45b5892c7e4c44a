// A hook that was seen to break a promise is not called where other values stand by then, whatever the plan saw.
import DCV
import Synchronization
import Testing

@testable import Agent

/// Remembers what it was asked, and says it is done.
private final class CountingPublisher: Publisher {
    let name = "dns"
    let asked = Mutex<[PublishingOrder]>([])

    func publish(_ order: PublishingOrder) async -> HookOutcome { note(order) }
    func withdraw(_ order: PublishingOrder) async -> HookOutcome { note(order) }

    private func note(_ order: PublishingOrder) -> HookOutcome {
        asked.withLock { $0.append(order) }
        return .done
    }
}

/// Its servers always show the same values.
private struct FixedSurveyor: Surveyor {
    /// Nil: none of them answers.
    let values: [String]?

    func survey(_ requests: [SurveyRequest]) async -> [Survey] { [] }
    func view(of name: DomainName) async -> NameView {
        NameView(name: name, at: .init(millisecondsSinceEpoch: 0), zone: nil, zones: [], security: nil, problems: [])
    }
    func climb(_ names: [DomainName]) async -> [CAAClimb] { [] }
    func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        RRsetView(
            name: target,
            kind: record.kind,
            values: values.map { [IPAddressText(.v4(0xC000_0235)): $0.map { OctetText($0.utf8) }] } ?? [:],
            otherType: record.kind == .cname ? Set(values?.map { OctetText($0.utf8) } ?? []) : []
        )
    }
}

@Suite("Hook limits at work", .timeLimit(.minutes(1)))
struct HookLimitsAtWorkTests {
    /// - Returns: what the step came to, and how often the hook was called.
    private func perform(
        _ action: (Step.Publication) -> Step.Action,
        broken: [HookGuarantee]?,
        isCNAME: Bool = false,
        showing values: [String]?,
        of own: [String] = ["own"]
    ) async throws -> (result: PerformedStep.Result?, calls: Int, entries: [JournalEntry]) {
        let world = SimulatedWorld(seed: 1)
        let zone = try DomainName("example.com")
        let name = try DomainName("_acme-challenge.example.com")
        let publisher = CountingPublisher()
        let rule = Situation.ZoneRule(
            apex: zone,
            publishers: [.init(name: "dns", kinds: [.txt, .cname], broken: broken)],
            policy: .standard
        )
        let reconciler = Reconciler(
            providers: [],
            surveyor: FixedSurveyor(values: values),
            publishers: ["dns": publisher],
            journal: SimulatedJournal(world: world),
            lock: NoLock(),
            clock: SimulatedClock(world: world),
            random: SimulatedRandom(world: world),
            rules: SimulatedRules(rules: [rule]),
            isLaboratory: false,
            tell: { _ in }
        )
        let publications = try own.map { value in
            Step.Publication(
                record: RequiredRecord(
                    isCNAME
                        ? .cname(name: name, target: try DomainName(value))
                        : .txt(name: name, value: try TXTValue(value))
                ),
                target: name,
                zone: zone,
                publisher: "dns",
                ttlSeconds: 60
            )
        }
        let key = AuthorizationKey(provider: try ProviderName("cf"), id: try AuthorizationID("a"))
        let situation = Situation(
            at: world.with { $0.now },
            zones: [rule],
            authorizations: [],
            surveys: [],
            history: .empty
        )
        let steps = publications.map { Step(key, action($0), because: "it is time") }
        let performed = try await reconciler.perform(steps, situation)
        return (performed.first?.result, publisher.asked.withLock { $0.count }, world.with { $0.entries })
    }

    @Test func aCNAMEThatWouldStandBesideTexts() async throws {
        let beside = try await perform({ .publish($0) }, broken: nil, isCNAME: true, showing: ["other"])
        #expect(beside.calls == 0 && beside.entries.isEmpty)
        guard case .refused(let finding)? = beside.result else {
            Issue.record("another result: \(String(describing: beside.result))")
            return
        }
        #expect(finding.code == HookLimits.besideCNAMECode)
        #expect(try await perform({ .publish($0) }, broken: nil, isCNAME: true, showing: []).calls == 1)
    }

    @Test func aWithdrawalThatNobodySawIsNotDone() async throws {
        let blind = try await perform({ .withdraw($0) }, broken: nil, showing: nil)
        #expect(blind.calls == 1)
        #expect(blind.entries.first?.receipt?.outcome == .failed && blind.entries.first?.receipt?.code == "not-seen")
        let gone = try await perform({ .withdraw($0) }, broken: nil, showing: [])
        #expect(gone.entries.first?.receipt?.outcome == .done)
        // A publication that nobody saw is looked for by the next run.
        let unseen = try await perform({ .publish($0) }, broken: nil, showing: nil)
        #expect(unseen.entries.first?.receipt?.code == Receipt.unseenCode)
    }

    @Test func whereAnotherValueStands() async throws {
        let replacing = try await perform({ .publish($0) }, broken: [.keepsOthers], showing: ["other"])
        #expect(replacing.calls == 0)
        guard case .refused(let finding)? = replacing.result else {
            Issue.record("another result: \(String(describing: replacing.result))")
            return
        }
        #expect(finding.code == HookLimits.replacesCode && finding.saw.contains("\"other\""))
        // Nothing was begun, and the journal says so by saying nothing.
        #expect(replacing.entries.isEmpty)
        let removing = try await perform({ .withdraw($0) }, broken: [.withdrawsOne], showing: ["other", "own"])
        #expect(removing.calls == 0 && removing.entries.isEmpty)
    }

    @Test func whereNothingIsAtStake() async throws {
        #expect(try await perform({ .publish($0) }, broken: [.keepsOthers], showing: []).calls == 1)
        #expect(try await perform({ .withdraw($0) }, broken: [.withdrawsOne], showing: ["own"]).calls == 1)
        #expect(try await perform({ .publish($0) }, broken: [.withdrawsOne], showing: ["other"]).calls == 1)
        // Two that both go, as a certificate's host and its wildcard: neither is in the other's way.
        let both = ["own", "second"]
        #expect(try await perform({ .withdraw($0) }, broken: [.withdrawsOne], showing: both, of: both).calls == 2)
        #expect(try await perform({ .publish($0) }, broken: nil, showing: ["other"]).calls == 1)
    }
}

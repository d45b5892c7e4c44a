// The planner at work in a world that does what it is told: everything comes to rest, each effect happens once, and then nothing is planned.

import DCV
import Testing

/// Certificates, name servers that lag and a provider that looks, all in memory. Time moves to the next look of each plan.
private struct IdealWorld {
    private(set) var now = testNow
    private var numbers: SeededNumbers
    private let policy: Policy
    private let publishers: [Situation.PublisherView]
    private var authorizations: [Authorization]
    /// When each record was published; ns2 shows it `lagSeconds` later.
    private var shownSince: [RequiredRecord.Content: Instant] = [:]
    private let lagSeconds: Int64
    private var entries: [JournalEntry] = []
    private(set) var effects: [String: Int] = [:]

    init(seed: UInt64) throws {
        numbers = SeededNumbers(seed: seed)
        var policy = Policy.standard
        policy.trigger.action = numbers.pick([.patch, .retry])
        policy.publish.changesPerRun = numbers.pick([1, 100])
        self.policy = policy
        publishers =
            numbers.chance(70)
            ? [.init(name: "bind", kinds: [.txt, .cname]), .init(name: "web", kinds: [.http])]
            : [.init(name: "web", kinds: [.http])]
        lagSeconds = numbers.pick([0, 3, 70, 400])
        authorizations = []
        for index in 0..<Int.random(in: 1...4, using: &numbers) {
            authorizations.append(try Self.order(index, .txt, tokens: Int.random(in: 1...2, using: &numbers)))
        }
    }

    private static func order(_ index: Int, _ method: ValidationMethod, tokens: Int) throws -> Authorization {
        let host = "h\(index).example.com"
        let records = try (0..<tokens).map { token in
            method == .http
                ? try file(host, "\(index)-\(token).txt", "body-\(token)")
                : try txt("_acme-challenge." + host, "token-\(index)-\(token)")
        }
        return Authorization(
            key: AuthorizationKey(provider: try ProviderName("cf"), id: try AuthorizationID("pack-\(index)")),
            scope: "zone",
            identifiers: [Identifier(try name(host))],
            status: .pending,
            providerStatus: OctetText("pending_validation".utf8),
            method: method,
            capabilities: Capabilities(triggers: [.patch, .retry], methods: [.txt, .http]),
            challenges: records.map { Challenge(alternatives: [$0]) }
        )
    }

    func situation() throws -> Situation {
        let records = authorizations.filter { $0.status == .pending }.flatMap(\.records)
        return Situation(
            at: now,
            zones: [Situation.ZoneRule(apex: try name("example.com"), publishers: publishers, policy: policy)],
            authorizations: authorizations,
            surveys: try records.map(survey),
            history: History(entries: entries, quarantined: [:])
        )
    }

    private func survey(_ record: RequiredRecord) throws -> Survey {
        let observations = try [(1, Int64(0)), (2, lagSeconds)].map { number, lag in
            let isShown = shownSince[record.content].map { $0.adding(seconds: lag) <= now } ?? false
            return Observation(
                .authoritative(server: try name("ns\(number).example.net"), address: .v4(UInt32(number))),
                isShown ? .present(others: []) : .absent(negativeTTLSeconds: 300)
            )
        }
        return Survey(record: record, at: now, zone: try name("example.com"), observations: observations)
    }

    /// Does what the plan says; false when it holds nothing to do and nothing to wait for.
    mutating func follow(_ plan: Plan) throws -> Bool {
        for step in plan.effects {
            guard let key = step.authorization else { continue }
            let effect = try perform(step, key)
            effects[step.action.code, default: 0] += 1
            let intent = Intent(
                id: "i\(entries.count)",
                authorization: key,
                scope: "zone",
                effect: effect,
                generation: [],
                at: now
            )
            let receipt = Receipt(intent: intent.id, outcome: .done, at: now)
            entries.append(JournalEntry(intent: intent, receipt: receipt))
        }
        if !plan.effects.isEmpty {
            now = now.adding(seconds: 1)
            return true
        }
        guard let next = plan.nextLook else { return false }
        now = next
        return true
    }

    private mutating func perform(_ step: Step, _ key: AuthorizationKey) throws -> Effect {
        switch step.action {
        case .publish(let place):
            shownSince[place.record.content] = now
            return .publish(record: place.record, target: place.target, zone: place.zone, publisher: place.publisher)
        case .withdraw(let place):
            shownSince[place.record.content] = nil
            return .withdraw(record: place.record, target: place.target, zone: place.zone, publisher: place.publisher)
        case .changeMethod(let method):
            try replace(key) { try Self.order($0, method, tokens: 1) }
            return .changeMethod(to: method)
        case .trigger(let style):
            // The provider is as strict as it may be: a look before everything is shown costs the tokens.
            for authorization in authorizations
            where authorization.status == .pending && (style == .retry || authorization.key == key) {
                let isProved = try authorization.records.map(survey).allSatisfy {
                    $0.observations.allSatisfy(\.sighting.isPresent)
                }
                #expect(isProved, "a look too early at \(authorization.key)")
                try replace(authorization.key) { _ in authorization.changed(status: .valid) }
            }
            return .trigger(style: style)
        case .revalidate(let method): return .revalidate(by: method)
        case .wait, .report: return .trigger(style: .patch)
        }
    }

    private mutating func replace(_ key: AuthorizationKey, _ make: (Int) throws -> Authorization) throws {
        guard let index = authorizations.firstIndex(where: { $0.key == key }) else { return }
        authorizations[index] = try make(index)
    }

    var isFinished: Bool { authorizations.allSatisfy { $0.status == .valid } && shownSince.isEmpty }
    var recordCount: Int { authorizations.flatMap(\.records).count }
}

@Suite("An ideal world comes to rest", .timeLimit(.minutes(1)))
struct IdealWorldTests {
    @Test(arguments: 0..<60)
    func everythingIsProvedOnceAndThenNothingIsPlanned(seed: Int) throws {
        var world = try IdealWorld(seed: UInt64(seed))
        var passes = 0
        while try world.follow(Planner.plan(world.situation())) {
            passes += 1
            guard passes < 300 else { break }
        }
        #expect(world.isFinished, "after \(passes) passes: \(world.effects)")
        #expect(world.effects["publish"] == world.recordCount, "each record once")
        #expect(world.effects["withdraw"] == world.recordCount, "each record once")
        #expect(try Planner.plan(world.situation()).steps.isEmpty, "a second run plans nothing")
    }
}

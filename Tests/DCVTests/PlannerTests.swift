// The planner against its laws, in thousands of situations.

import DCV
import Testing

@Suite("Planner laws", .timeLimit(.minutes(1)))
struct PlannerTests {
    private static let seed: UInt64 = 20_261_121
    private static let rounds = 6000

    @Test func lawsHoldInEverySituation() throws {
        var worlds = PlannerWorlds(seed: Self.seed)
        var met: [String: Int] = [:]
        for round in 0..<Self.rounds {
            let situation = try worlds.next()
            let judged = JudgedPlan(situation)
            for step in judged.plan.steps {
                met[step.action.code, default: 0] += 1
                if case .wait(_, let reason) = step.action { met[reason.rawValue, default: 0] += 1 }
                if case .report(let finding) = step.action { met[finding.code, default: 0] += 1 }
            }
            if let breach = judged.breach {
                Issue.record("seed \(Self.seed), round \(round): the plan \(breach)\n\(try json(judged.plan))")
                return
            }
        }
        // A generator that meets no case proves nothing about it.
        let wanted = [
            "publish", "withdraw", "change-method", "trigger", "revalidate", "wait", "report", "propagation",
            "provider", "pace",
            "back-off",
            "budget", "unseen", "status-unknown", "manual-review", "authorization-ambiguous", "tokens-expired",
            "no-record-offered", "name-not-bound", "no-publisher", "publisher-quarantined", "publisher-unknown",
            "cname-in-the-way", "label-not-allowed", "publishing-not-allowed", "zone-not-configured",
            "zone-cut-unknown",
            "trigger-budget-spent", "other-value", "dnssec-bogus", "hostile-answer", "server-unreachable",
            "dead-address",
            "not-served", "hook-misconfigured", "hook-failed", "zone-not-delegated", "hook-not-my-zone",
            "records", "revalidation-not-possible", "caa-forbids", "caa-unknown", "caa-depends", "caa-critical-unknown",
        ]
        for code in wanted { #expect(met[code, default: 0] >= 2, "\(code): \(met[code, default: 0])") }
    }

    /// The plan depends on what was seen, not on the order in which answers came; and a saved situation plans the same.
    @Test func orderAndSavingChangeNothing() throws {
        var worlds = PlannerWorlds(seed: Self.seed &+ 1)
        var numbers = SeededNumbers(seed: 7)
        for round in 0..<500 {
            let situation = try worlds.next()
            let keys = situation.authorizations.map(\.key)
            guard Set(keys).count == keys.count else { continue }
            let shuffled = Situation(
                at: situation.at,
                zones: situation.zones.shuffled(using: &numbers),
                authorizations: situation.authorizations.shuffled(using: &numbers),
                findings: situation.findings,
                surveys: situation.surveys.shuffled(using: &numbers),
                caa: situation.caa?.shuffled(using: &numbers),
                history: situation.history,
                changesMade: situation.changesMade
            )
            let plan = Planner.plan(situation)
            #expect(Planner.plan(shuffled) == plan, "round \(round)")
            let saved = try roundTrip(situation)
            #expect(saved == situation, "round \(round)")
            #expect(Planner.plan(saved) == plan, "round \(round)")
            #expect(try roundTrip(plan) == plan, "round \(round)")
        }
    }

    @Test func allValidAndNothingPublishedPlansNothing() throws {
        var worlds = PlannerWorlds(seed: Self.seed &+ 2)
        for _ in 0..<300 {
            let drawn = try worlds.next()
            let valid = drawn.authorizations.map { $0.changed(status: .valid) }
            let past = drawn.history.entries.filter { !["publish"].contains($0.intent.effect.code) }
            // A quarantine is told until a person lifts it.
            let situation = Situation(
                at: drawn.at,
                zones: drawn.zones,
                authorizations: valid,
                surveys: drawn.surveys,
                history: History(entries: past, quarantined: [:])
            )
            #expect(Planner.plan(situation).steps.isEmpty)
        }
    }

    /// A thousand certificates are planned in a blink (here without optimisation), so no rule may look at all of them for each of them.
    @Test func manyAuthorizationsAreNoBurden() throws {
        var authorizations: [Authorization] = []
        var surveys: [Survey] = []
        for index in 0..<1000 {
            let record = try txt("_acme-challenge.h\(index).example.com", "token")
            surveys.append(
                Survey(
                    record: record,
                    at: testNow,
                    zone: try name("example.com"),
                    observations: [
                        Observation(
                            .authoritative(server: try name("ns.example.net"), address: .v4(1)),
                            .present(others: [])
                        )
                    ]
                )
            )
            authorizations.append(
                Authorization(
                    key: AuthorizationKey(provider: try ProviderName("cf"), id: try AuthorizationID("id\(index)")),
                    scope: "zone\(index % 10)",
                    identifiers: [Identifier(try name("h\(index).example.com"))],
                    status: .pending,
                    providerStatus: OctetText("pending_validation".utf8),
                    method: .txt,
                    capabilities: Capabilities(triggers: [.patch], methods: []),
                    challenges: [Challenge(alternatives: [record])]
                )
            )
        }
        let rule = Situation.ZoneRule(apex: try name("example.com"), publishers: [], policy: .standard)
        let situation = Situation(
            at: testNow,
            zones: [rule],
            authorizations: authorizations,
            surveys: surveys,
            history: .empty
        )
        let clock = ContinuousClock()
        let began = clock.now
        let plan = Planner.plan(situation)
        #expect(began.duration(to: clock.now) < .seconds(10))
        #expect(plan.effects.count == 10)
        #expect(plan.waits.count == 990)
    }
}

extension Authorization {
    /// The same, with another status and without findings or review.
    func changed(status: Status) -> Authorization {
        Authorization(
            key: key,
            scope: scope,
            identifiers: identifiers,
            status: status,
            providerStatus: providerStatus,
            method: method,
            capabilities: capabilities,
            challenges: challenges,
            expiresAt: expiresAt
        )
    }
}

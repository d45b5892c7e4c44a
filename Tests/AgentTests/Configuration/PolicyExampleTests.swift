// Policies are tried on the examples in their own files: the shipped ones hold, and one that does not is told.

import DCV
import Platform
import Testing

@testable import Agent

@Suite("Examples of policies", .timeLimit(.minutes(1)))
struct PolicyExampleTests {
    private static let folder = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/policies"

    private func trial(_ text: String) throws -> PolicyTrial {
        PolicyTrial(try PolicyFile.read(Array(("version: 1\n" + text).utf8), name: "p", file: "p.yaml").whole())
    }

    @Test(arguments: ["default", "strict", "watch"])
    func shippedPoliciesDoWhatTheirExamplesSay(name: String) throws {
        let trial = PolicyTrial(
            try #require(try ConfigurationLoader.policy(at: "\(Self.folder)/\(name).yaml", name: name).whole())
        )
        #expect(trial.outcomes.count >= 4)
        #expect(trial.failed.isEmpty, "\(trial.lines.joined(separator: "\n"))")
    }

    /// Whatever is given, this policy changes nothing outside the program.
    @Test func watchNeverActs() throws {
        let watch = try #require(try ConfigurationLoader.policy(at: "\(Self.folder)/watch.yaml", name: "watch").whole())
            .policy
        for status in [Authorization.Status.pending, .valid, .dead] {
            for sighting in [Sighting.present(others: []), .absent(negativeTTLSeconds: 60)] {
                for method in RecordKind.allCases {
                    var view = PolicyExample.View()
                    (view.status, view.method, view.servers) = (status, method, [sighting])
                    (view.publishedSecondsAgo, view.proofSecondsLeft) = (600, 86_400)
                    let outcome = try PolicyExample("", view, decides: [.nothing], place: "").tried(under: watch)
                    #expect(outcome.plan.effects.isEmpty, "\(status) \(method) \(sighting.code)")
                }
            }
        }
    }

    /// With 1 of 3 servers stale a CA with 5 remote perspectives passes in 30 of 100 tries, one with 4 in 39.
    @Test(arguments: [("0.3", "trigger"), ("0.35", "wait")])
    func theChanceIsThatOfFivePerspectives(chance: String, decides: String) throws {
        let trial = try trial(
            """
            propagation: { authoritative: majority, chance: \(chance) }
            examples:
              - name: one of three lags
                given: { servers: [present, present, absent] }
                decides: [\(decides)]
            """
        )
        #expect(trial.outcomes.count == 1 && trial.failed.isEmpty, "\(trial.lines)")
    }

    @Test func anExampleThatDoesNotHoldSaysWhatWasDecidedAndWhy() throws {
        let trial = try trial(
            """
            trigger: { attempts_per_day: 1 }
            examples:
              - name: the day's attempt is used up
                given: { triggered: [1h] }
                decides: trigger
              - name: the same, rightly
                given: { triggered: [1h] }
                decides: [wait, report trigger-budget-spent]
            """
        )
        #expect(trial.outcomes.map(\.isMet) == [false, true])
        let finding = try #require(trial.findings.first)
        #expect(finding.code == "policy-example-fails" && trial.findings.count == 1)
        #expect(finding.saw.hasPrefix("it decides wait, report trigger-budget-spent: "))
        #expect(finding.rule == "p.yaml:4:5")
        #expect(trial.lines.contains { $0.contains("trigger.attempts_per_day") })
        #expect(trial.lines.first == "policy p (p.yaml)")
    }

    /// Each key of a view reaches the planner.
    @Test(
        arguments: [
            ("{}", "trigger"), ("{ servers: [present, absent] }", "wait"), ("{ servers: [absent, absent] }", "publish"),
            ("{ servers: [absent], publisher: false, method: http }", "report no-publisher"),
            ("{ status: busy }", "wait"), ("{ status: valid }", "nothing"),
            ("{ status: unknown }", "report status-unknown"),
            ("{ status: valid, published: 10m }", "withdraw"), ("{ status: valid, proof_left: 3d }", "revalidate"),
            ("{ dnssec: bogus }", "report dnssec-bogus"), ("{ caa: forbidden }", "report caa-forbids"),
            ("{ caa: unknown }", "[wait, report caa-unknown]"), ("{ caa: depends }", "[trigger, report caa-depends]"),
            ("{ caa: allowed }", "trigger"), ("{ triggered: 1m }", "wait"),
            ("{ servers: [absent, absent], published: 10s }", "wait"),
            ("{ method: http, servers: [wrong] }", "publish"),
            ("{ method: cname, servers: [wrong, wrong] }", "report other-value"), ("{ wildcard: true }", "trigger"),
        ]
    )
    func views(given: String, decides: String) throws {
        let trial = try trial("examples: [{ name: it, given: \(given), decides: \(decides) }]")
        #expect(trial.failed.isEmpty, "\(trial.lines.joined(separator: "\n"))")
    }

    @Test func resolversOfAViewAreThoseOfThePolicy() throws {
        let trial = try trial(
            """
            propagation: { recursive: { servers: [quad9, own], quorum: all } }
            examples:
              - { name: one forgets later, given: { resolvers: [present, absent] }, decides: wait }
              - { name: both show it, given: { resolvers: [present, present] }, decides: trigger }
            """
        )
        #expect(trial.failed.isEmpty, "\(trial.lines.joined(separator: "\n"))")
    }

    @Test func aNameIsExplainedWithTheOriginOfEachKey() throws {
        let document = try PolicyFile.read(
            Array("version: 1\ntrigger: { pace: 30s }\ncaa: { issuers: [google] }\n".utf8),
            name: "mine",
            file: "mine.yaml"
        ).whole()
        let zone = Configuration.ZoneSection(
            apex: try DomainName("example.com"),
            publishers: ["bind"],
            policy: "mine",
            place: SourcePlace("c.yaml", line: 4, column: 3)
        )
        let configuration = Configuration(file: "c.yaml", zones: [zone])
        let name = try DomainName("shop.example.com")
        #expect(configuration.zone(for: name)?.policy == "mine")
        #expect(configuration.zone(for: try DomainName("example.org")) == nil)
        let explanation = PolicyExplanation(name, zone, document)
        let keys = Dictionary(uniqueKeysWithValues: explanation.keys.map { ($0.key, "\($0.value) \($0.from)") })
        #expect(keys["trigger.pace"] == "30s file" && keys["trigger.action"] == "patch default")
        #expect(keys["caa.issuers"] == "[pki.goog] file" && keys["revalidate.before_expiry"] == "30d default")
        #expect(keys.count == 25)
        #expect(explanation.lines[1].contains("example.com  (c.yaml:4:3)"))
        #expect(explanation.decides.contains { $0.answer.contains("through bind") })
    }
}

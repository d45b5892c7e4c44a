// The main job with a TXT record: from absent to active, over a real primary and a secondary that lags.
import DCV
import LDNS
import Rehearsal
import Testing

extension RealServers {
    @Suite("TXT") struct TXTStory {
        private let name = "_acme-challenge.shop.test"
        private let foreign = CountingHooks.foreignValue

        private func plan(tellsSecondaries: Bool) -> LaboratoryPlan {
            LaboratoryPlan(
                zones: [
                    .init(
                        apex: "shop.test",
                        lines: ["_acme-challenge TXT \"\(foreign)\""],
                        packs: [LaboratoryPlan.pack(1, "shop.test")]
                    )
                ],
                tellsSecondaries: tellsSecondaries
            )
        }

        private func value(_ lab: Laboratory) throws -> String {
            guard case .txt(name, let value)? = try lab.pack().tokens.first else {
                throw LaboratoryFailure("no TXT token: \(try lab.pack().tokens)")
            }
            return value
        }

        @Test("Absent, published, waited for, triggered once, active, withdrawn; then silence")
        func wholeStory() async throws {
            try await Laboratory.with(plan(tellsSecondaries: false)) { lab in
                let value = try value(lab)
                let before = try await lab.servers.dump("shop.test")
                #expect(before.contains("\(name). 60 IN TXT \"\(foreign)\""))

                let plan = try await lab.run("plan")
                #expect(plan.code == 3 && plan.lines.first?.hasPrefix("laboratory: ") == true, "\(plan)")
                #expect(plan.says("publish", "\(name) TXT \"\(value)\" through bind"), "\(plan)")
                #expect(lab.hooks.changes.isEmpty && lab.patches == 0)
                #expect(try await lab.servers.dump("shop.test") == before)

                let watch = SecondaryWatch.start(lab.servers, name, value)
                let program = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the value at the primary") {
                    try await lab.servers.primaryValues(name) == [foreign, value].sorted()
                }
                // The lag: nobody tells the secondary for a while, in which the program looks several times.
                try await Laboratory.pause(seconds: 5)
                #expect(lab.patches == 0, "triggered while the secondary lacked the value")
                let told = Laboratory.now
                try await lab.servers.tellSecondaries()
                let run = Outcome(await program.wait())

                #expect(run.code == 0, "\(run)")
                #expect(
                    run.says("publish", value) && run.says("trigger", "validation") && run.says("withdraw", value),
                    "\(run)"
                )
                #expect(lab.hooks.changes == ["publish \(name) \(value)", "withdraw \(name) \(value)"])
                #expect(lab.patches == 1)
                let patched = try #require(lab.times(of: .patch).first)
                let lacking = try #require(watch.lastLacking)
                #expect(patched > told && patched > lacking)
                #expect(try lab.pack().isActive && lab.pack().failures == 0)
                #expect(try await lab.servers.dump("shop.test") == before, "the zone is not as it was")

                try await RealServers.expectSilence(lab)
            }
        }

        @Test("A secondary that is told by NOTIFY: one run, no second look at the hook")
        func notified() async throws {
            try await Laboratory.with(plan(tellsSecondaries: true)) { lab in
                let value = try value(lab)
                let before = try await lab.servers.dump("shop.test")
                let watch = SecondaryWatch.start(lab.servers, name, value)
                let run = try await lab.run("run", "--wait", "2m")
                #expect(run.code == 0, "\(run)")
                #expect(lab.hooks.changes == ["publish \(name) \(value)", "withdraw \(name) \(value)"])
                #expect(lab.patches == 1)
                // A list (three calls: the zones, and two a zone), a fresh read, the PATCH, and one confirming list.
                let routes = lab.cloudflare.calls.entries.compactMap(\.route)
                print("calls of one run from a missing TXT record to active: \(routes.count)")
                for route in routes { print("  \(route.rawValue)") }
                #expect(
                    routes == [
                        .zones, .verification, .certificatePacks, .verification, .patch, .zones, .verification,
                        .certificatePacks,
                    ]
                )
                #expect(try #require(lab.times(of: .patch).first) > (watch.lastLacking ?? 0))
                #expect(try lab.pack().isActive && lab.pack().failures == 0)
                #expect(try await lab.servers.dump("shop.test") == before)
            }
        }

        @Test("Where the policy says so, what a hook took away is put back, recorded as standing, and stays")
        func restored() async throws {
            var plan = plan(tellsSecondaries: true)
            plan.policy = "careful"
            plan.policies["careful"] = "version: 1\npublish: { restore: true }\n"
            try await Laboratory.with(plan) { lab in
                let before = try await lab.servers.dump("shop.test")
                try lab.hooks.start(.greed)
                let run = try await lab.run("run", "--wait", "2m")
                #expect(run.code == 4 && run.says("publish", "TXT \"\(foreign)\" through bind"), "\(run)")
                #expect(try await lab.servers.dump("shop.test") == before)
                let status = try await lab.run("status")
                let promise = "to be published again through bind (publish.restore): _acme-challenge.shop.test TXT"
                #expect(status.output.contains(promise), "\(status)")
                #expect(status.output.contains("published ") && status.output.contains(foreign), "\(status)")
                #expect(try await lab.run("hook", "trust", "bind").code == 0)
                #expect(try await lab.run("run").code == 0)
                #expect(try await lab.servers.dump("shop.test") == before)
            }
        }

        @Test("A hook that takes away another's value: exit 4 and no further start until a person trusts it again")
        func greedyHook() async throws {
            try await Laboratory.with(plan(tellsSecondaries: true)) { lab in
                let value = try value(lab)
                let wholeLife = ["publish \(name) \(value)", "withdraw \(name) \(value)"]
                try lab.hooks.start(.greed)
                let run = try await lab.run("run", "--wait", "2m")
                #expect(run.code == 4 && lab.hooks.changes == wholeLife, "\(run)")
                #expect(run.says("error", "publisher-quarantined: publisher bind"), "\(run)")
                #expect(run.output.contains("took away \"\(foreign)\""), "\(run)")

                let again = try await lab.run("run")
                #expect(again.code == 4 && again.says("error", "publisher-quarantined"), "\(again)")
                #expect(lab.hooks.changes == wholeLife)
                let line = "\(name). IN TXT \"\(foreign)\""
                let status = try await lab.run("status")
                #expect(status.output.contains("quarantined publisher bind"))
                let trust = try await lab.run("hook", "trust", "bind")
                #expect(trust.code == 0)
                // Each of them gives a person the line to put back.
                for told in [run, again, status, trust] {
                    #expect(told.lines.contains { $0.hasSuffix(line) }, "\(told)")
                }
                let relieved = try await lab.run("run")
                #expect(relieved.code == 0 && relieved.says("gone", "publisher-quarantined"), "\(relieved)")
                try await RealServers.expectSilence(lab)
            }
        }
    }

    /// A run after everything is done: exit 0, not a word, no hook started for anything, nothing asked of the provider but reads.
    static func expectSilence(_ lab: Laboratory) async throws {
        let hooks = lab.hooks.history
        let patches = lab.patches
        let again = try await lab.run("run")
        #expect(again.code == 0 && again.output.isEmpty && again.errors.isEmpty, "\(again)")
        #expect(lab.hooks.history == hooks, "a hook was started")
        #expect(lab.patches == patches && lab.cloudflare.count(of: .retry) == 0)
        let plan = try await lab.run("plan")
        #expect(plan.code == 0 && plan.lines.last?.hasPrefix("=> nothing is left to do") == true, "\(plan)")
    }
}

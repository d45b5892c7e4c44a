// SIGKILL at the worst moments, and the run after it: no second publish, at most one further PATCH, own record gone.
import DCV
import Glibc
import LDNS
import Platform
import Rehearsal
import Synchronization
import Testing

extension RealServers {
    @Suite("SIGKILL") struct KillStory {
        private let name = "_acme-challenge.shop.test"
        private let foreign = CountingHooks.foreignValue
        private let pack = LaboratoryPlan.pack(1, "shop.test")

        private var value: String { if case .txt(_, let value)? = pack.tokens.first { value } else { "" } }
        private var wholeLife: [String] { ["publish \(name) \(value)", "withdraw \(name) \(value)"] }

        private func plan(tellsSecondaries: Bool = true, policy: String = "default") -> LaboratoryPlan {
            LaboratoryPlan(
                zones: [.init(apex: "shop.test", lines: ["_acme-challenge TXT \"\(foreign)\""], packs: [pack])],
                tellsSecondaries: tellsSecondaries,
                policy: policy,
                policies: ["quick": "version: 1\ntrigger: { minimum_interval: 2s, pace: 0s }\n"]
            )
        }

        /// The run after: active, the zone as it was, one life of the record, a journal that is whole.
        private func expectConvergence(_ lab: Laboratory, _ before: [String], patches: ClosedRange<Int>) async throws {
            let status = try await lab.status()
            #expect(status.code == 0, "\(status)")
            let run = try await lab.run("run", "--wait", "2m")
            #expect(run.code == 0, "\(run)")
            #expect(lab.hooks.changes == wholeLife)
            #expect(patches.contains(lab.patches), "\(lab.patches) PATCH calls")
            #expect(try lab.pack().isActive && lab.pack().failures == 0)
            #expect(try await lab.servers.dump("shop.test") == before)
            #expect(try await lab.status().code == 0)
            try await RealServers.expectSilence(lab)
        }

        @Test("The hook has published, its receipt is not written")
        func beforeTheReceipt() async throws {
            try await Laboratory.with(plan()) { lab in
                let before = try await lab.servers.dump("shop.test")
                try lab.hooks.start(.killCaller)
                let killed = try await lab.run("run", "--wait", "2m")
                try lab.hooks.stop(.killCaller)
                #expect(killed.ending == .signaled(SIGKILL), "\(killed)")
                #expect(try await lab.servers.primaryValues(name).contains(value) && lab.patches == 0)
                try await expectConvergence(lab, before, patches: 1...1)
            }
        }

        @Test("Published and seen, the provider is just being asked whether it still waits")
        func beforeThePATCH() async throws {
            try await Laboratory.with(plan(tellsSecondaries: false)) { lab in
                let before = try await lab.servers.dump("shop.test")
                let program = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the end of the hook") {
                    lab.hooks.history.contains { $0.verb == "publish" && $0.moment == "end" }
                }
                let asked = lab.cloudflare.count(of: .verification)
                lab.cloudflare.fail(.drip(milliseconds: 200), on: .verification)
                try await lab.servers.tellSecondaries()
                try await eventually("the next read") { lab.cloudflare.count(of: .verification) > asked }
                program.signal(SIGKILL)
                #expect(Outcome(await program.wait()).ending == .signaled(SIGKILL))
                #expect(lab.patches == 0)
                lab.cloudflare.clearFaults()
                try await expectConvergence(lab, before, patches: 1...1)
            }
        }

        @Test("The PATCH has had its effect, its answer is still on the way")
        func beforeTheAnswer() async throws {
            try await Laboratory.with(plan()) { lab in
                let before = try await lab.servers.dump("shop.test")
                lab.cloudflare.fail(.drip(milliseconds: 200), on: .patch)
                let program = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the provider's look", within: 60) { !lab.cloudflare.validations.entries.isEmpty }
                program.signal(SIGKILL)
                #expect(Outcome(await program.wait()).ending == .signaled(SIGKILL))
                #expect(try lab.pack().isActive && lab.patches == 1)
                // The provider has moved on: nothing is left but to take the record away.
                try await expectConvergence(lab, before, patches: 1...1)
            }
        }

        @Test("The PATCH was taken and the provider never looked: one more, after a read that still shows pending")
        func lostPATCH() async throws {
            try await Laboratory.with(plan(policy: "quick")) { lab in
                let before = try await lab.servers.dump("shop.test")
                let looks = Mutex(0)
                let isOver = Mutex(false)
                lab.cloudflare.look { [eyes = lab.eyes] token in
                    let look = looks.withLock { looks -> Int in
                        looks += 1
                        return looks
                    }
                    // The first look never comes to a result while the story lasts.
                    while look == 1, !isOver.withLock({ $0 }) {
                        try? await SystemClock().sleep(milliseconds: 50)
                    }
                    return look == 1 ? "never looked" : await eyes.look(token)
                }
                defer { isOver.withLock { $0 = true } }
                let program = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the provider's look", within: 60) { looks.withLock { $0 } == 1 }
                program.signal(SIGKILL)
                #expect(Outcome(await program.wait()).ending == .signaled(SIGKILL))
                #expect(try !lab.pack().isActive && lab.patches == 1)
                try await expectConvergence(lab, before, patches: 2...2)

                let patches = lab.times(of: .patch)
                let reads = lab.times(of: .verification)
                #expect(patches.count == 2 && reads.contains { $0 > patches[0] && $0 < patches[1] })
                #expect(patches.count == 2 && patches[1] - patches[0] >= 2000, "sooner than trigger.minimum_interval")
            }
        }
    }
}

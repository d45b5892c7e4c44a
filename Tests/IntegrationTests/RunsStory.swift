// Two runs at once, and a run that is told to end: the lock, exit 75, receipts for all that was begun.
import DCV
import Glibc
import LDNS
import Rehearsal
import Testing

extension RealServers {
    @Suite("Runs beside and after each other") struct RunsStory {
        private let name = "_acme-challenge.shop.test"
        private let pack = LaboratoryPlan.pack(1, "shop.test")
        private static let stopLimitMilliseconds: Int64 = 10_000

        private var value: String { if case .txt(_, let value)? = pack.tokens.first { value } else { "" } }
        private var wholeLife: [String] { ["publish \(name) \(value)", "withdraw \(name) \(value)"] }

        private func plan(tellsSecondaries: Bool = true) -> LaboratoryPlan {
            LaboratoryPlan(zones: [.init(apex: "shop.test", packs: [pack])], tellsSecondaries: tellsSecondaries)
        }

        @Test("While one run works, a second ends with 75 at once, and one that may wait takes its turn")
        func twoRuns() async throws {
            try await Laboratory.with(plan()) { lab in
                try lab.hooks.start(.hold)
                let first = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the first run at work") { lab.hooks.changes.count == 1 }
                let calls = lab.cloudflare.calls.entries.count

                let second = try await lab.run("run")
                #expect(second.code == 75 && second.elapsedMilliseconds < 5000, "\(second)")
                #expect(second.output.contains("another run holds the lock"), "\(second)")
                #expect(lab.cloudflare.calls.entries.count == calls, "the provider was asked without the lock")
                let look = try await lab.run("plan")
                #expect(look.code == 3, "a look needs no lock: \(look)")

                let third = try await lab.start(["run", "--wait", "2m"])
                try await Laboratory.pause(seconds: 1)
                #expect(lab.hooks.changes.count == 1)
                try lab.hooks.stop(.hold)
                let ends = [Outcome(await first.wait()), Outcome(await third.wait())]
                #expect(ends.allSatisfy { $0.code == 0 }, "\(ends)")
                #expect(lab.hooks.changes == wholeLife && lab.patches == 1)
                try await RealServers.expectSilence(lab)
            }
        }

        @Test("SIGTERM while it waits: 75, nothing open in the journal, and the next run goes on from there")
        func stopWhileWaiting() async throws {
            try await Laboratory.with(plan(tellsSecondaries: false)) { lab in
                let program = try await lab.start(["run", "--wait", "5m"])
                try await eventually("the end of the hook") {
                    lab.hooks.history.contains { $0.verb == "publish" && $0.moment == "end" }
                }
                // Long enough to be asleep between two looks.
                try await Laboratory.pause(seconds: 4)
                try await expectStop(lab, program)
                try await lab.servers.tellSecondaries()
                try await eventually("the value at the secondary") {
                    try await lab.servers.secondaryShows(name, value)
                }
                let run = try await lab.run("run", "--wait", "2m")
                #expect(run.code == 0 && lab.hooks.changes == wholeLife && lab.patches == 1, "\(run)")
            }
        }

        @Test("SIGTERM while a hook runs: the hook is ended, it has its receipt, and the next run publishes")
        func stopWhilePublishing() async throws {
            try await Laboratory.with(plan()) { lab in
                try lab.hooks.start(.hold)
                let program = try await lab.start(["run", "--wait", "5m"])
                try await eventually("the hook at work") { lab.hooks.changes.count == 1 }
                try await expectStop(lab, program)
                #expect(try await lab.servers.primaryValues(name) == [])
                try lab.hooks.stop(.hold)
                let run = try await lab.run("run", "--wait", "2m")
                #expect(run.code == 0 && lab.hooks.changes == [wholeLife[0]] + wholeLife, "\(run)")
                #expect(lab.patches == 1)
            }
        }

        private func expectStop(_ lab: Laboratory, _ program: Daemon) async throws {
            let asked = Laboratory.now
            program.signal(SIGTERM)
            let end = Outcome(await program.wait())
            #expect(end.code == 75, "\(end)")
            #expect(Laboratory.now - asked < Self.stopLimitMilliseconds)
            #expect(lab.patches == 0)
            let status = try await lab.status()
            #expect(status.code == 0 && !status.output.contains("without a receipt"), "\(status)")
        }
    }
}

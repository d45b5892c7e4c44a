// `hook test --zone` in a zone of real servers: everything is tried, everything is taken away, and a test that was killed is mended.
import Agent
import DCV
import Foundation
import Glibc
import Platform
import Testing

extension RealServers {
    @Suite("A hook tested in a real zone") struct HookTestStory {
        private let words = ["hook", "test", "bind", "--zone", "shop.test", "--yes"]

        private func plan() -> LaboratoryPlan {
            LaboratoryPlan(zones: [.init(apex: "shop.test", lines: ["_acme-challenge TXT \"of-others\""])])
        }

        private func records(_ lab: Laboratory) async throws -> [String] { try await lab.servers.dump("shop.test") }

        @Test("The stock hook holds; the records are gone afterwards, at both servers")
        func held() async throws {
            try await Laboratory.with(plan()) { lab in
                let before = try await records(lab)
                let test = Outcome(try await lab.start(words).wait())
                #expect(test.code == 0, "\(test)")
                #expect(test.output.contains(" 0 broken, 4 not tried; kept for publisher bind"), "\(test)")
                #expect(lab.hooks.changes.count > 20)
                #expect(try await records(lab) == before)
                let status = try await lab.run("status")
                #expect(!status.output.contains("perhaps left"), "\(status)")
                let tests = try await SQLiteJournal.open(folder: lab.folder + "/state").hookTests()
                #expect(tests.first?.zone?.text == "shop.test" && tests.first?.broken == [])
            }
        }

        @Test("Control-C: it says that it takes away what it wrote, and does")
        func interrupted() async throws {
            try await Laboratory.with(plan()) { lab in
                let before = try await records(lab)
                let test = try await lab.start(words)
                try await eventually("the first record", within: 60) { try await records(lab) != before }
                test.signal(SIGINT)
                let outcome = Outcome(await test.wait())
                #expect(
                    outcome.code == 75 && outcome.errors.contains("ending: taking away what was written"),
                    "\(outcome)"
                )
                #expect(try await records(lab) == before)
                #expect(try await !lab.run("status").output.contains("perhaps left"))
            }
        }

        @Test("SIGKILL in the middle: status names what may stand, and the next test takes it away")
        func killed() async throws {
            try await Laboratory.with(plan()) { lab in
                let before = try await records(lab)
                let test = try await lab.start(words)
                try await eventually("the first record", within: 60) { try await records(lab) != before }
                test.signal(SIGKILL)
                #expect(Outcome(await test.wait()).ending == .signaled(SIGKILL))
                let left = try await records(lab).filter { !before.contains($0) }
                let status = try await lab.run("status")
                let told = status.lines.filter { $0.hasPrefix("perhaps left by a test of publisher bind") }
                #expect(!told.isEmpty && told.count >= left.count, "\(status)")
                #expect(told.allSatisfy { $0.contains("dnsproof-test-") && $0.hasSuffix(" --zone shop.test --yes") })
                let again = Outcome(try await lab.start(words).wait())
                #expect(again.code == 0 && again.errors.contains("an earlier test did not take away"), "\(again)")
                #expect(try await records(lab) == before)
                #expect(try await !lab.run("status").output.contains("perhaps left"))
            }
        }
    }
}

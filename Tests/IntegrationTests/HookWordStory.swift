// What a hook says against what is seen: a lie is told and tried again, a complaint about a record that is there is only told.
import DCV
import Foundation
import Platform
import Rehearsal
import Testing

extension RealServers {
    @Suite("The word of a hook") struct HookWordStory {
        private func plan(_ policy: String = "default") -> LaboratoryPlan {
            LaboratoryPlan(
                zones: [.init(apex: "shop.test", packs: [LaboratoryPlan.pack(1, "shop.test")])],
                policy: policy,
                policies: ["eager": "version: 1\nwait: { republish_after: 1s }\n"]
            )
        }

        private func describing(_ answer: String, _ rest: String) -> String {
            "#!/bin/sh\nif [ \"$1\" = describe ]; then echo '\(answer)'; exit 0; fi\n\(rest)\n"
        }

        @Test("Exit 0 without the record: an error once its time is over, not before, and another try")
        func lie() async throws {
            try await Laboratory.with(plan("eager")) { lab in
                let log = lab.folder + "/starts"
                func starts() -> Int {
                    (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n").count ?? 0
                }
                let lie = "echo start >>'\(log)'"
                let patient = #"{"kinds":["txt"],"takes_s":3600}"#
                try await lab.hooks.write("nsupdate", describing(patient, lie), mode: "700")
                let waits = try await lab.run("run", "--wait", "5s")
                #expect(waits.code == 3 && !waits.output.contains("hook-lied") && starts() == 1, "\(waits)")

                try await lab.hooks.write("nsupdate", describing(#"{"kinds":["txt"],"takes_s":1}"#, lie), mode: "700")
                let told = try await lab.run("run", "--wait", "8s")
                #expect(told.code == 4 && told.says("error", "hook-lied: _acme-challenge.shop.test TXT"), "\(told)")
                #expect(told.output.contains("publisher bind said at ") && told.output.contains("has no such record"))
                #expect((2...6).contains(starts()), "\(starts()) starts")
                let shown = try await lab.servers.primaryValues("_acme-challenge.shop.test")
                #expect(lab.patches == 0 && shown.isEmpty)
            }
        }

        @Test("Exit 1 beside the record: done, and told")
        func complaint() async throws {
            try await Laboratory.with(plan()) { lab in
                let stock = "'\(Surroundings.clone)/hooks/nsupdate' \"$@\" || exit"
                let words = "[ \"$1\" = publish ] && { echo 'no luck' >&2; exit 1; }; exit 0"
                try await lab.hooks.write(
                    "nsupdate",
                    describing(#"{"kinds":["txt"]}"#, stock + "\n" + words),
                    mode: "700"
                )
                let run = try await lab.run("run", "--wait", "2m")
                #expect(run.code == 0 && run.output.contains("though the hook said that it failed: no luck"), "\(run)")
                #expect(try lab.pack().isActive)
            }
        }
    }
}

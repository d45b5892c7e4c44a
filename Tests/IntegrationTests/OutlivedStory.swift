// SIGKILL while a hook sleeps: the next run ends it before it starts one of its own, and says so.
import DCV
import Foundation
import Glibc
import Platform
import Rehearsal
import Testing

extension RealServers {
    @Suite("Hooks that outlive their run") struct OutlivedStory {
        private let name = "_acme-challenge.shop.test"
        private let pack = LaboratoryPlan.pack(1, "shop.test")

        /// The first publication sleeps; every later one writes down whether a process of that one is still there.
        private func script(_ folder: String, sleeping: String) -> String {
            """
            #!/bin/sh
            if [ "$1" = publish ]; then
                if mkdir '\(folder)/first' 2>/dev/null; then
                    echo $$ >>'\(folder)/pids'
                    \(sleeping)
                fi
                while read -r pid; do
                    # A zombie has ended, too.
                    case $(cut -d ' ' -f 3 "/proc/$pid/stat" 2>/dev/null) in
                    '' | Z) echo gone >>'\(folder)/seen' ;;
                    *) echo alive >>'\(folder)/seen' ;;
                    esac
                done <'\(folder)/pids'
            fi
            exec '\(Surroundings.clone)/hooks/nsupdate' "$@"

            """
        }

        /// One that has ended is nobody's harm while its new parent has not taken it away yet.
        private func isRunning(_ pid: Int32) -> Bool {
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
            return !stat.contains(") Z ") && !stat.contains(") X ")
        }

        @Test(
            "It is gone before the new one starts, and the zone holds one record",
            arguments: [
                "trap '' TERM HUP; sleep 300 & echo $! >>'FOLDER/pids'; touch 'FOLDER/asleep'; wait; sleep 300",
                "setsid sh -c 'echo $$ >>FOLDER/pids; touch FOLDER/asleep; exec sleep 300' & wait; sleep 300",
            ]
        )
        func killed(sleeping: String) async throws {
            let plan = LaboratoryPlan(
                zones: [.init(apex: "shop.test", lines: [], packs: [pack])],
                tellsSecondaries: true,
                policy: "default",
                policies: [:]
            )
            try await Laboratory.with(plan) { lab in
                let before = try await lab.servers.dump("shop.test")
                let folder = lab.hooks.folder
                let words = sleeping.replacingOccurrences(of: "FOLDER", with: folder)
                try await lab.hooks.write("nsupdate", script(folder, sleeping: words), mode: "700")
                let program = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the sleeping hook", within: 60) {
                    FileManager.default.fileExists(atPath: folder + "/asleep")
                }
                program.signal(SIGKILL)
                #expect(Outcome(await program.wait()).ending == .signaled(SIGKILL))

                let run = try await lab.run("run", "--wait", "2m")
                #expect(run.code == 0 && run.says("notice", "hook-outlived-run"), "\(run)")
                let seen = try String(contentsOfFile: folder + "/seen", encoding: .utf8)
                #expect(!seen.isEmpty && !seen.contains("alive"), "\(seen)")
                let pids = try String(contentsOfFile: folder + "/pids", encoding: .utf8).split(separator: "\n")
                #expect(pids.count == 2)
                for pid in pids.compactMap({ Int32($0) }) { #expect(!isRunning(pid), "process \(pid) lives") }
                #expect(try lab.pack().isActive && lab.pack().failures == 0)
                #expect(try await lab.servers.dump("shop.test") == before, "one life of one record")
                try await RealServers.expectSilence(lab)
            }
        }
    }
}

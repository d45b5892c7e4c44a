// Bad input that people and machines hand in: a wrong configuration, a bad hook, a wrong token, an API that is down.
import DCV
import Foundation
import LDNS
import Rehearsal
import Testing

extension RealServers {
    @Suite("Refusals") struct RefusalStory {
        private let pack = LaboratoryPlan.pack(1, "shop.test")
        private var plan: LaboratoryPlan { LaboratoryPlan(zones: [.init(apex: "shop.test", packs: [pack])]) }

        private struct Slip {
            let piece: String
            let other: String
            /// `:LINE:COLUMN: ` and what follows it, after the file's name.
            let complaint: String
        }

        /// The configuration is refused by every command before anything is asked or made. Only `config check`, which tells all mistakes at
        /// once, asks the hooks what they can do.
        private func expectRefusal(_ lab: Laboratory, _ text: String, _ complaint: String) async throws {
            let before = lab.hooks.history.count
            for words in [["run"], ["run", "--wait", "1m"], ["plan"], ["config", "check"]] {
                let end = try await lab.run(words, configured: text)
                #expect(end.code == 78, "\(words): \(end)")
                #expect(words[0] == "config" || lab.hooks.history.count == before, "\(words) started a hook")
                #expect(end.output.isEmpty && end.errors.contains(complaint), "\(words): wanted \(complaint): \(end)")
            }
            #expect(lab.cloudflare.calls.entries.isEmpty, "the provider was asked")
            #expect(lab.hooks.history.allSatisfy { $0.verb == "describe" }, "a hook was started")
            #expect(!FileManager.default.fileExists(atPath: lab.folder + "/state"), "a state folder was made")
        }

        @Test("A wrong configuration: file, line, column and the nearest known key")
        func configuration() async throws {
            try await Laboratory.with(plan) { lab in
                let slips = [
                    Slip(
                        piece: "providers:",
                        other: "providrs:",
                        complaint:
                            ".yaml:3:1: unknown key \"providrs\" in the configuration; did you mean \"providers\"?"
                    ),
                    Slip(
                        piece: "token: {",
                        other: "tokn: {",
                        complaint: ".yaml:4:35: unknown key \"tokn\" in a cloudflare provider; did you mean \"token\"?"
                    ),
                    Slip(
                        piece: "kind: cloudflare",
                        other: "kind: cloudfare",
                        complaint: ".yaml:4:23: unknown kind of provider \"cloudfare\"; did you mean \"cloudflare\"?"
                    ),
                    Slip(piece: "zones: all, ", other: "zones: [all, ", complaint: ".yaml:4:"),
                    Slip(piece: "version: 1", other: "version: 2", complaint: ".yaml:1:10: version must be 1"),
                    Slip(
                        piece: "[bind, web]",
                        other: "[bund, web]",
                        complaint: ".yaml:12:29: no publisher is named \"bund\"; did you mean \"bind\"?"
                    ),
                    Slip(piece: "  shop.test:", other: "  test:", complaint: ".yaml:12:3: \"test\" is a public suffix"),
                    Slip(piece: "hook: nsupdate", other: "hook: nsupdat", complaint: "hook \"nsupdat\" was not found"),
                    Slip(piece: "policy: default", other: "policy: quikc", complaint: "policy \"quikc\" was not found"),
                ]
                for slip in slips {
                    let text = try lab.configurationText.changing(slip.piece, to: slip.other)
                    try await expectRefusal(lab, text, slip.complaint)
                }
            }
        }

        @Test("An unknown key in a policy: the policy's file, line and column")
        func policy() async throws {
            var plan = plan
            plan.policy = "typo"
            plan.policies = ["typo": "version: 1\npropagation:\n  unreachabel: none\n"]
            try await Laboratory.with(plan) { lab in
                let complaint =
                    "policies/typo.yaml:3:3: unknown key \"unreachabel\" in propagation; did you mean \"unreachable\"?"
                try await expectRefusal(lab, lab.configurationText, complaint)
            }
        }

        @Test(
            "A hook that may not be started",
            arguments: [
                ("600", "is not executable"), ("707", "may be written by others"), ("720", "may be written by others"),
            ]
        )
        func hook(mode: String, complaint: String) async throws {
            try await Laboratory.with(plan) { lab in
                try await lab.hooks.write("nsupdate", "#!/bin/sh\nexit 0\n", mode: mode)
                try await expectRefusal(lab, lab.configurationText, complaint)
                let end = try await lab.run("run")
                #expect(end.errors.contains("config.yaml:7:11: publisher bind: "), "\(end)")
            }
        }

        @Test("A wrong token: one message, one request, no retry, exit 4")
        func token() async throws {
            try await Laboratory.with(plan) { lab in
                lab.cloudflare.accept([])
                for words in [["run"], ["run", "--wait", "20s"], ["plan"]] {
                    let calls = lab.cloudflare.calls.entries.count
                    let end = Outcome(try await lab.start(words).wait())
                    #expect(end.code == 4 && end.elapsedMilliseconds < 15_000, "\(end)")
                    #expect(end.lines.count { $0.hasPrefix("error ") } == 1, "\(end)")
                    #expect(
                        end.output.contains("Authentication error") && end.output.contains("check the credential"),
                        "\(end)"
                    )
                    #expect(!end.output.contains(Laboratory.token) && !end.errors.contains(Laboratory.token))
                    #expect(lab.cloudflare.calls.entries.count == calls + 1, "\(words)")
                }
                #expect(lab.hooks.history.isEmpty)
            }
        }

        @Test("The API is down for one zone: the other goes on to active, exit 3")
        func oneZoneDown() async throws {
            let other = LaboratoryPlan.pack(2, "blog.test")
            let zones = [
                LaboratoryPlan.Zone(apex: "blog.test", packs: [other]),
                LaboratoryPlan.Zone(apex: "shop.test", packs: [pack]),
            ]
            try await Laboratory.with(LaboratoryPlan(zones: zones)) { lab in
                let blog = RehearsedWorld.zoneID(try DomainName("blog.test"))
                lab.cloudflare.fail(.page(status: 520), zoneID: blog, times: .max)
                let end = try await lab.run("run", "--wait", "20s")
                #expect(end.code == 3, "\(end)")
                #expect(end.says("waiting", "blog.test") && end.output.contains("520"), "\(end)")
                #expect(try lab.pack(1).isActive && !lab.pack(2).isActive && lab.patches == 1)
                #expect(lab.hooks.changes.allSatisfy { $0.contains(" _acme-challenge.shop.test ") })
                #expect(lab.hooks.changes.count == 2)

                lab.cloudflare.clearFaults()
                let mended = try await lab.run("run", "--wait", "2m")
                #expect(try mended.code == 0 && lab.pack(2).isActive, "\(mended)")
            }
        }
    }
}

// `dnsproof explain` on real servers, and the same explanation from its file where no packet can leave.
import DCV
import Foundation
import Platform
import Rehearsal
import Testing

extension RealServers {
    @Suite("explain") struct ExplainStory {
        private let plan = LaboratoryPlan(zones: [
            .init(
                apex: "shop.test",
                lines: ["_acme-challenge TXT \"shown\"", "_acme-challenge.www CNAME www.blog.test."]
            ), .init(apex: "blog.test", lines: ["www TXT \"delegated\""]),
        ])

        private func explain(_ lab: Laboratory, _ words: [String]) async throws -> Outcome {
            let text =
                "version: 1\nlaboratory: { dns_port: \(lab.servers.port), http_port: \(lab.web.port),"
                + " root_hints: root.hints, allow_networks: [127.0.0.0/8, \"fd00:53::/32\"] }\n"
            return try await lab.run(["explain"] + words, configured: text)
        }

        @Test("A name alone: its zones and servers; a record: who shows it; a name that is none")
        func trees() async throws {
            try await Laboratory.with(plan) { lab in
                let name = try await explain(lab, ["shop.test"])
                #expect(name.code == 0 && name.output.contains("=> nothing: the zone answers everywhere"), "\(name)")
                for address in Surroundings.primaryAddresses + Surroundings.secondaryAddresses {
                    #expect(name.output.contains("\(address)"), "\(name)")
                }
                let shown = try await explain(lab, ["_acme-challenge.shop.test", "TXT", "shown"])
                #expect(shown.code == 0 && shown.output.contains("shown"), "\(shown)")
                let missing = try await explain(lab, ["_acme-challenge.shop.test", "TXT", "other"])
                #expect(missing.code == 3 && missing.output.contains("=> publish"), "\(missing)")
                let nobody = try await explain(lab, ["www.nobody.test"])
                #expect(nobody.code == 4 && nobody.output.contains("no-such-domain"), "\(nobody)")
                #expect((shown.lines + name.lines).allSatisfy { $0.count <= 100 }, "\(shown)")
            }
        }

        @Test("What was saved is explained again, word for word, where no packet can leave")
        func replay() async throws {
            try await Laboratory.with(plan) { lab in
                let file = lab.folder + "/seen.json"
                let words = ["_acme-challenge.www.shop.test", "TXT", "delegated", "--save", file]
                let live = try await explain(lab, words)
                #expect(live.code == 0 && live.output.contains("www.blog.test"), "\(live)")
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                let again = Outcome(
                    try await Daemon.start(
                        "replay-\(UUID().uuidString.prefix(8))",
                        ["/usr/bin/unshare", "-rn", Surroundings.program, "explain", "--replay", file],
                        folder: lab.folder
                    ).wait()
                )
                #expect(again.code == live.code, "\(again)")
                #expect(again.lines.first?.hasPrefix("seen at 20") == true, "\(again)")
                #expect(again.lines.dropFirst().joined(separator: "\n") == live.lines.joined(separator: "\n"))
            }
        }
    }
}

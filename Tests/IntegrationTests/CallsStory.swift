// What providers are asked, over several runs of the real program: the count that all runs share, a provider that is away, credentials.
import DCV
import Foundation
import Platform
import Rehearsal
import Testing

extension RealServers {
    @Suite("Calls to providers") struct CallsStory {
        private let pack = LaboratoryPlan.pack(1, "shop.test")
        private var plan: LaboratoryPlan { LaboratoryPlan(zones: [.init(apex: "shop.test", packs: [pack])]) }

        /// The laboratory's configuration with a second provider, at a port of loopback where nobody listens.
        private func withAnother(_ lab: Laboratory) throws -> String {
            let other =
                "{ name: away, kind: cloudflare, token: { file: token }, zones: all, endpoint: \"http://127.0.0.1:1/v4\" }"
            return try lab.configurationText.changing("publishers:\n", to: "  - \(other)\npublishers:\n")
        }

        /// Requests of the last hour, by provider, and who is left alone.
        private func counted(_ lab: Laboratory) async throws -> (requests: [String: Int64], leftAlone: [String]) {
            let end = try await lab.run("status", "--json")
            let document = try StrictJSON.parse(Array(end.output.utf8), limitBytes: 1 << 20)
            let uses = try #require(document["providers"]?.array, "\(end)")
            var requests: [String: Int64] = [:]
            for use in uses {
                let kinds = use["last_hour"]?.object?.members ?? []
                requests[use["provider"]?.string ?? ""] = kinds.reduce(0) { $0 + ($1.value.int ?? 0) }
            }
            return (requests, uses.filter { $0["open_until_ms"] != nil }.compactMap { $0["provider"]?.string })
        }

        @Test(
            "Five failures in a row and a provider is left alone, by later runs too; the other's certificate becomes active"
        )
        func oneProviderAway() async throws {
            try await Laboratory.with(plan) { lab in
                let both = try withAnother(lab)
                // It waits for the other to the end of its time, which is for the certificate on a slow machine.
                let first = try await lab.run(["run", "--wait", "60s"], configured: both)
                #expect(first.code == 3 && first.says("waiting", ": away: "), "\(first)")
                #expect(try lab.pack().isActive && lab.patches == 1, "\(first)")
                // Each look is one call, whatever was repeated in it.
                var isLeftAlone = false
                for _ in 0..<Circuit.failureLimit where !isLeftAlone {
                    isLeftAlone = try await lab.run(["plan"], configured: both).output.contains(
                        "provider-left-alone: away"
                    )
                }
                let before = try await counted(lab)
                #expect(isLeftAlone && before.leftAlone == ["away"])
                #expect(before.requests["cf"] == Int64(lab.cloudflare.calls.entries.count))

                for words in [["run"], ["plan"]] {
                    let asked = lab.cloudflare.calls.entries.count
                    let later = try await lab.run(words, configured: both)
                    #expect(later.code == 3 && later.says("waiting", "provider-left-alone: away"), "\(later)")
                    #expect(lab.cloudflare.calls.entries.count > asked, "the other provider was not read")
                }
                let after = try await counted(lab)
                #expect(after.requests["away"] == before.requests["away"], "it was asked again")
                #expect(after.requests["cf"] == Int64(lab.cloudflare.calls.entries.count), "a look was not counted")
                let status = try await lab.status()
                #expect(status.output.contains("provider away: left alone for "), "\(status)")
                #expect(status.output.contains(" read, 1 trigger)"), "\(status)")
                try await RealServers.expectSilence(lab)
            }
        }

        @Test("A refused credential stops its own provider after one request; the other's certificate becomes active")
        func oneCredentialRefused() async throws {
            try await Laboratory.with(plan) { lab in
                try lab.write("wrong", "a-token-that-nobody-accepts-any-longer\n")
                let other =
                    "{ name: other, kind: cloudflare, token: { file: wrong }, zones: all, endpoint: \"\(lab.cloudflare.endpoint)\" }"
                let both = try lab.configurationText.changing("publishers:\n", to: "  - \(other)\npublishers:\n")
                let end = try await lab.run(["run", "--wait", "40s"], configured: both)
                #expect(end.code == 4 && end.says("error", "provider-unauthorized: other"), "\(end)")
                #expect(try lab.pack().isActive && lab.patches == 1, "\(end)")
                #expect(try await counted(lab).requests["other"] == 1)
            }
        }

        @Test(
            "config check asks every provider with reads alone: 0 all is well, 75 one is away, 78 a credential is refused"
        )
        func configCheck() async throws {
            try await Laboratory.with(plan) { lab in
                let offline = try await lab.run("config", "check", "--offline")
                #expect(offline.code == 0 && !offline.output.contains("rights:"), "\(offline)")
                #expect(lab.cloudflare.calls.entries.isEmpty, "offline, and the provider was asked")

                let well = try await lab.run("config", "check")
                #expect(well.code == 0 && well.output.contains("provider  kind"), "\(well)")
                #expect(well.lines.contains { $0.hasPrefix("cf ") && $0.contains("cloudflare") }, "\(well)")
                #expect(!lab.cloudflare.calls.entries.isEmpty && lab.patches == 0)
                #expect(!FileManager.default.fileExists(atPath: lab.folder + "/state"), "a state folder was made")

                let both = try withAnother(lab)
                let away = try await lab.run(["config", "check"], configured: both)
                #expect(away.code == 75 && away.says("waiting", "away"), "\(away)")
                #expect(away.lines.contains { $0.hasPrefix("cf ") }, "\(away)")

                lab.cloudflare.accept([])
                let refused = try await lab.run(["config", "check", "--json"], configured: both)
                #expect(refused.code == 78 && refused.errors.isEmpty, "\(refused)")
                let document = try StrictJSON.parse(Array(refused.output.utf8), limitBytes: 1 << 20)
                let examinations = document["examinations"]?.array ?? []
                #expect(examinations.compactMap { $0["provider"]?.string } == ["cf", "away"])
                #expect(!refused.output.contains(Laboratory.token))
            }
        }
    }
}

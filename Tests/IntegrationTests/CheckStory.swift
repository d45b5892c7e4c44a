// `dnsproof check` with the eyes of a CA on real servers: verdicts, exit codes, and the JSON that programs read.
import DCV
import Foundation
import Glibc
import LDNS
import Rehearsal
import Testing

extension RealServers {
    @Suite("check") struct CheckStory {
        /// The parts of `check --json` that are promised.
        private struct Document: Decodable {
            struct Finding: Decodable {
                let code: String
                let severity: String
                let saw: String
                let advice: String
            }

            let verdict: String
            let summary: String
            let zone: String?
            let chain: [String]
            let sightings: [Sighting]
            let findings: [Finding]
        }

        /// One vantage point; its details are DCV's own affair and held by its tests.
        private struct Sighting: Decodable {}

        private let plan = LaboratoryPlan(zones: [
            .init(
                apex: "shop.test",
                lines: [
                    "_acme-challenge TXT \"shown\"", "_acme-challenge TXT \"beside\"", "_proof CNAME wrong.proof.test.",
                    "_acme-challenge.www CNAME www.blog.test.", "_acme-challenge.lost CNAME nowhere.blog.test.",
                    "_acme-challenge.loop CNAME _loop2", "_loop2 CNAME _acme-challenge.loop",
                ]
            ), .init(apex: "blog.test", lines: ["www TXT \"delegated\""]),
        ])

        private static var addressCount: Int {
            Surroundings.primaryAddresses.count + Surroundings.secondaryAddresses.count
        }

        /// By a file that holds nothing but the laboratory; also as JSON, which must come to the same.
        private func check(_ lab: Laboratory, _ words: [String]) async throws -> (Outcome, Document) {
            let text =
                "version: 1\nlaboratory: { dns_port: \(lab.servers.port), http_port: \(lab.web.port),"
                + " root_hints: root.hints, allow_networks: [127.0.0.0/8, \"fd00:53::/32\"] }\n"
            let plain = try await lab.run(["check"] + words, configured: text)
            let json = try await lab.run(["check", "--json"] + words, configured: text)
            #expect(json.code == plain.code, "\(json)")
            return (plain, try JSONDecoder().decode(Document.self, from: Data(json.output.utf8)))
        }

        private func expect(
            _ lab: Laboratory,
            _ words: [String],
            _ code: Int32,
            _ verdict: String,
            finding: String? = nil
        ) async throws -> Document {
            let (end, document) = try await check(lab, words)
            #expect(end.code == code, "\(end)")
            #expect(document.verdict == verdict && end.output.contains(document.summary), "\(end)")
            if let finding {
                #expect(document.findings.contains { $0.code == finding && !$0.advice.isEmpty }, "\(end)")
                #expect(end.output.contains(finding), "\(end)")
            } else {
                #expect(document.findings.isEmpty, "\(end)")
            }
            return document
        }

        @Test("Ready, absent, another CNAME, a chain into another zone, a chain without an end")
        func verdicts() async throws {
            try await Laboratory.with(plan) { lab in
                let name = "_acme-challenge.shop.test"
                let ready = try await expect(lab, [name, "TXT", "shown"], 0, "ready")
                #expect(ready.zone == "shop.test" && ready.sightings.count == Self.addressCount)
                let absent = try await expect(lab, [name, "TXT", "--", "-missing"], 3, "not-ready")
                #expect(absent.sightings.count == Self.addressCount)
                _ = try await expect(lab, ["_none.shop.test", "TXT", "shown"], 3, "not-ready")
                _ = try await expect(
                    lab,
                    ["_proof.shop.test", "CNAME", "wrong.proof.test"],
                    0,
                    "ready",
                    finding: "cname-to-nothing"
                )
                _ = try await expect(
                    lab,
                    ["_proof.shop.test", "CNAME", "right.proof.test"],
                    4,
                    "never",
                    finding: "other-value"
                )
                let chain = try await expect(lab, ["_acme-challenge.www.shop.test", "TXT", "delegated"], 0, "ready")
                #expect(chain.zone == "blog.test" && chain.chain == ["_acme-challenge.www.shop.test", "www.blog.test"])
                _ = try await expect(
                    lab,
                    ["_acme-challenge.lost.shop.test", "TXT", "delegated"],
                    3,
                    "not-ready",
                    finding: "cname-to-nothing"
                )
                _ = try await expect(
                    lab,
                    ["_acme-challenge.loop.shop.test", "TXT", "round"],
                    4,
                    "never",
                    finding: "cname-loop"
                )
                _ = try await expect(
                    lab,
                    ["_acme-challenge.nobody.test", "TXT", "x"],
                    4,
                    "never",
                    finding: "no-such-domain"
                )
                #expect(lab.cloudflare.calls.entries.isEmpty && lab.hooks.history.isEmpty)
                #expect(!FileManager.default.fileExists(atPath: lab.folder + "/state"))
            }
        }

        @Test("A name server that is silent: not known is not absent")
        func silence() async throws {
            try await Laboratory.with(plan) { lab in
                lab.servers.secondary.signalAll(SIGSTOP)
                defer { lab.servers.secondary.signalAll(SIGCONT) }
                let words = ["_acme-challenge.shop.test", "TXT", "shown"]
                let document = try await expect(lab, words, 3, "cannot-tell", finding: "server-unreachable")
                #expect(document.sightings.count == Self.addressCount)
            }
        }

        @Test("Token files: there, not there, and not at every address")
        func files() async throws {
            try await Laboratory.with(plan) { lab in
                let folder = "webroot/.well-known/pki-validation"
                try FileManager.default.createDirectory(
                    atPath: lab.folder + "/" + folder,
                    withIntermediateDirectories: true
                )
                try lab.write(folder + "/token.txt", "the token\n")
                let url = "http://shop.test/.well-known/pki-validation/"
                let ready = try await expect(lab, [url + "token.txt", "HTTP", "the token"], 0, "ready")
                #expect(ready.sightings.count == Surroundings.webAddresses.count)
                _ = try await expect(lab, [url + "none.txt", "HTTP", "the token"], 3, "not-ready")
            }
        }

        @Test("check --wait sees a value as soon as the last server has it")
        func patience() async throws {
            try await Laboratory.with(plan) { lab in
                lab.servers.secondary.signalAll(SIGSTOP)
                let program = try await lab.start([
                    "check", "--wait", "1m", "_acme-challenge.shop.test", "TXT", "shown",
                ])
                try await Laboratory.pause(seconds: 3)
                lab.servers.secondary.signalAll(SIGCONT)
                let end = Outcome(await program.wait())
                #expect(end.code == 0 && end.elapsedMilliseconds >= 3000, "\(end)")
            }
        }
    }
}

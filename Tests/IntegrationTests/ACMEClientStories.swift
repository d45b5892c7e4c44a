// Real ACME clients get certificates from a real CA with the program as their hook: nothing sleeps, and the zone is afterwards as it was.
import DCV
import Foundation
import Glibc
import Platform
import Testing

extension RealServers {
    @Suite("ACME clients", .enabled("\(ACMEClients.excuse)") { ACMEClients.mayRun })
    struct ACMEClientStories {
        private let name = "_acme-challenge.shop.test"
        private let names = ["shop.test", "*.shop.test"]
        private let foreign = CountingHooks.foreignValue
        private static let lagMilliseconds: Int64 = 2_000

        private func plan(tellsSecondaries: Bool, policy: String = "default") -> LaboratoryPlan {
            LaboratoryPlan(
                zones: [
                    .init(
                        apex: "shop.test",
                        lines: ["_acme-challenge TXT \"\(foreign)\"", "www CNAME @"]
                    )
                ],
                tellsSecondaries: tellsSecondaries,
                policy: policy
            )
        }

        @Test("certbot, wildcard and apex in one order: the last call waits for both, over a secondary that lags")
        func certbot() async throws {
            try await ACMEClients.with(plan(tellsSecondaries: false)) { clients in
                let before = try await clients.lab.servers.dump("shop.test")
                let lag = clients.lag(name, values: 2, beyond: 1, milliseconds: Self.lagMilliseconds)
                let outcome = Outcome(await (try clients.certbot(names)).wait())
                lag.cancel()
                clients.tellTimes("certbot")
                #expect(outcome.code == 0, "\(outcome)\n\(clients.errors)")
                #expect(
                    try await clients.names(in: clients.certbotCertificate) == ["DNS:*.shop.test", "DNS:shop.test"]
                )
                let calls = clients.calls
                #expect(calls.map(\.verb) == ["certbot-auth", "certbot-auth", "certbot-cleanup", "certbot-cleanup"])
                #expect(calls.prefix(2).map(\.operation) == ["1", "0"])
                #expect(calls.allSatisfy { $0.code == "0" })
                // The first call of two does not wait for the secondary, the last does.
                #expect((calls.first?.milliseconds ?? .max) < Int(Self.lagMilliseconds))
                #expect((calls.dropFirst().first?.milliseconds ?? 0) >= Int(Self.lagMilliseconds))
                #expect(clients.errors.isEmpty, "certbot would call it an error: \(clients.errors)")
                #expect(try await clients.lab.servers.dump("shop.test") == before)
                #expect(clients.lab.hooks.changes.count == 4)
                #expect(try await clients.lab.status().code == 0)
            }
        }

        @Test("certbot, http-01 through the web root")
        func certbotHTTP() async throws {
            try await ACMEClients.with(plan(tellsSecondaries: true)) { clients in
                let outcome = Outcome(
                    await (try clients.certbot(["shop.test", "www.shop.test"], challenge: "http")).wait()
                )
                clients.tellTimes("certbot http-01")
                #expect(outcome.code == 0, "\(outcome)\n\(clients.errors)")
                #expect(
                    try await clients.names(in: clients.certbotCertificate) == ["DNS:shop.test", "DNS:www.shop.test"]
                )
                let left = try FileManager.default.contentsOfDirectory(
                    atPath: clients.lab.folder + "/webroot/.well-known/acme-challenge"
                )
                #expect(left.isEmpty, "\(left)")
            }
        }

        @Test("dehydrated, wildcard and apex in one order, with HOOK_CHAIN and without", arguments: [true, false])
        func dehydrated(isChained: Bool) async throws {
            try await ACMEClients.with(plan(tellsSecondaries: !isChained)) { clients in
                let before = try await clients.lab.servers.dump("shop.test")
                let lag = clients.lag(name, values: 2, beyond: 1, milliseconds: Self.lagMilliseconds)
                let outcome = Outcome(await (try clients.dehydrated(names, isChained: isChained)).wait())
                lag.cancel()
                clients.tellTimes("dehydrated, HOOK_CHAIN=\(isChained ? "yes" : "no")")
                #expect(outcome.code == 0, "\(outcome)\n\(clients.errors)")
                #expect(
                    try await clients.names(in: clients.dehydratedCertificate) == ["DNS:*.shop.test", "DNS:shop.test"]
                )
                #expect(clients.calls.map(\.words) == (isChained ? [2, 2] : [1, 1, 1, 1]))
                #expect(clients.calls.allSatisfy { $0.code == "0" })
                #expect(clients.errors.contains("shown everywhere after"), "\(clients.errors)")
                #expect(try await clients.lab.servers.dump("shop.test") == before)
            }
        }

        @Test("lego, wildcard and apex in one order, in its default and its RAW mode", arguments: [false, true])
        func lego(isRaw: Bool) async throws {
            try await ACMEClients.with(plan(tellsSecondaries: true)) { clients in
                let before = try await clients.lab.servers.dump("shop.test")
                let outcome = Outcome(await (try clients.lego(names, isRaw: isRaw)).wait())
                clients.tellTimes("lego\(isRaw ? ", EXEC_MODE=RAW" : "")")
                #expect(outcome.code == 0, "\(outcome)\n\(clients.errors)")
                #expect(try await clients.names(in: clients.legoCertificate) == ["DNS:*.shop.test", "DNS:shop.test"])
                #expect(clients.calls.map(\.operation) == ["present", "cleanup", "present", "cleanup"])
                #expect(clients.calls.allSatisfy { $0.code == "0" })
                #expect(try await clients.lab.servers.dump("shop.test") == before)
            }
        }

        private static let value = "AAEpZ2fW8xK0Yq1sT3uV4wX5yZ6aB7cD8eF9gH0iJ1k"

        @Test(
            "SIGTERM while a call waits: what it has published is withdrawn before it ends",
            arguments: ["lego", "certbot"]
        )
        func toldToEnd(client: String) async throws {
            try await ACMEClients.with(plan(tellsSecondaries: false)) { clients in
                let before = try await clients.lab.servers.dump("shop.test")
                let variables = ["CERTBOT_DOMAIN=shop.test", "CERTBOT_VALIDATION=\(Self.value)"]
                let words = client == "lego" ? ["lego", "present", name + ".", Self.value] : ["certbot-auth"]
                let call = try await clients.hook(words, variables)
                try await eventually("the end of the hook") {
                    clients.lab.hooks.history.contains { $0.verb == "publish" && $0.moment == "end" }
                }
                try await SystemClock().sleep(milliseconds: 500)
                let begun = SystemClock().monotonicMilliseconds()
                call.signal(SIGTERM)
                let outcome = Outcome(await call.wait())
                #expect(SystemClock().monotonicMilliseconds() - begun < 10_000)
                #expect(outcome.code == 75, "\(outcome)")
                #expect(clients.lab.hooks.changes.map { $0.prefix(7) } == ["publish", "withdra"])
                #expect(try await clients.lab.servers.dump("shop.test") == before)
                #expect(try await clients.lab.status().code == 0)
            }
        }

        @Test("SIGKILL in the middle of an order: the certificate can be had, and the clean-up finds what was left")
        func killed() async throws {
            try await ACMEClients.with(plan(tellsSecondaries: true)) { clients in
                let before = try await clients.lab.servers.dump("shop.test")
                let variables = [
                    "CERTBOT_DOMAIN=shop.test", "CERTBOT_VALIDATION=\(Self.value)",
                    "CERTBOT_ALL_DOMAINS=shop.test,shop.test", "CERTBOT_REMAINING_CHALLENGES=1",
                ]
                try clients.lab.hooks.start(.killCaller)
                let killed = Outcome(await (try clients.hook(["certbot-auth"], variables)).wait())
                try clients.lab.hooks.stop(.killCaller)
                #expect(killed.ending == .signaled(SIGKILL), "\(killed)")
                #expect(try await clients.lab.servers.primaryValues(name).contains(Self.value))
                let outcome = Outcome(await (try clients.certbot(names)).wait())
                #expect(outcome.code == 0, "\(outcome)\n\(clients.errors)")
                #expect(
                    try await clients.names(in: clients.certbotCertificate) == ["DNS:*.shop.test", "DNS:shop.test"]
                )
                // Of the dead order its own value stands and nothing else; its client, or the end of its order's life, takes it away.
                #expect(try await clients.lab.servers.primaryValues(name).sorted() == [foreign, Self.value].sorted())
                let cleanup = Outcome(await (try clients.hook(["certbot-cleanup"], variables)).wait())
                #expect(cleanup.code == 0, "\(cleanup)")
                #expect(try await clients.lab.servers.dump("shop.test") == before)
                #expect(try await clients.lab.status().code == 0)
            }
        }

        @Test("dehydrated, a CA that CAA records do not name is never asked, and what was written is taken back")
        func failingDeploy() async throws {
            let policy = "version: 1\npublish: { ttl: 60s }\ncaa: { issuers: [letsencrypt.org] }\n"
            var plan = plan(tellsSecondaries: true, policy: "own")
            plan.policies = ["own": policy]
            plan.zones[0].lines.append("@ CAA 0 issue \"pki.goog\"")
            try await ACMEClients.with(plan) { clients in
                let before = try await clients.lab.servers.dump("shop.test")
                let outcome = Outcome(await (try clients.dehydrated(names, isChained: true)).wait())
                clients.tellTimes("dehydrated, CAA forbids")
                #expect(outcome.code == 1, "\(outcome)")
                #expect(clients.calls.map(\.operation) == ["deploy_challenge"], "dehydrated calls no clean-up then")
                #expect(clients.calls.map(\.code) == ["4"])
                #expect(clients.errors.contains("shop.test is not proved: "), "\(clients.errors)")
                #expect(clients.errors.contains("caa-forbids"), "\(clients.errors)")
                #expect(clients.lab.hooks.changes.map { $0.prefix(7) } == ["publish", "publish", "withdra", "withdra"])
                #expect(try await clients.lab.servers.dump("shop.test") == before)
            }
        }
    }
}

// Named resolvers keep a "no": they must not hear of a challenge name before every name server shows it.
import DCV
import Foundation
import LDNS
import Rehearsal
import Testing

extension RealServers {
    @Suite("Quorum") struct QuorumStory {
        private static let name = "_acme-challenge.shop.test"

        private func plan(tellsSecondaries: Bool) -> LaboratoryPlan {
            LaboratoryPlan(
                zones: [.init(apex: "shop.test", packs: [LaboratoryPlan.pack(1, "shop.test")])],
                tellsSecondaries: tellsSecondaries,
                policy: "quorum",
                policies: [
                    "quorum": "version: 1\npropagation: { recursive: { servers: [one, two, none], quorum: 2 } }\n"
                ]
            )
        }

        private func value(_ lab: Laboratory) throws -> String {
            guard case .txt(_, let value)? = try lab.pack().tokens.first else {
                throw LaboratoryFailure("no TXT token")
            }
            return value
        }

        /// Two resolvers that would answer at any time, and count; a third that is named and not there.
        private struct Resolvers {
            let servers: RehearsedNameServers
            let origin: Int64

            init(_ value: String) async throws {
                let addresses = ["127.0.0.77", "127.0.0.78"].compactMap { IPAddress($0) }
                let zone = RehearsedZone(
                    try DomainName("shop.test"),
                    servers: [],
                    records: [RehearsedRecord(try DomainName(QuorumStory.name), .txt(strings: [Array(value.utf8)]))]
                )
                origin = Laboratory.now
                servers = try await RehearsedNameServers.start(
                    Dictionary(uniqueKeysWithValues: addresses.map { ($0, [zone]) })
                )
            }

            /// Wall clock of every question that came.
            var asked: [Int64] { servers.history.entries.map { origin + $0.atMilliseconds } }

            func configuration(_ lab: Laboratory) -> String {
                lab.configurationText
                    + "resolvers: { one: { address: 127.0.0.77, port: \(servers.port) }, "
                    + "two: { address: 127.0.0.78, port: \(servers.port), transport: tcp }, "
                    + "none: { address: 127.0.0.79, port: \(servers.port) } }\n"
            }
        }

        /// No question came before the last name server showed the value, and some came after.
        private func expectPatience(_ resolvers: Resolvers, _ watch: SecondaryWatch) throws {
            let lacking = try #require(watch.lastLacking)
            let early = resolvers.asked.filter { $0 < lacking }
            #expect(early.isEmpty, "\(early.count) questions while the secondary lacked the value")
            #expect(Set(resolvers.servers.history.entries.map(\.server)).count == 2)
            for question in resolvers.servers.history.entries {
                #expect(question.recursionDesired && question.question.name.text == Self.name, "\(question)")
                #expect((question.transport == .tcp) == ("\(question.server)" == "127.0.0.78"), "\(question)")
            }
        }

        @Test("A whole run: resolvers are asked after the name servers, and the trigger comes after both")
        func run() async throws {
            try await Laboratory.with(plan(tellsSecondaries: false)) { lab in
                let resolvers = try await Resolvers(value(lab))
                try lab.write("config.yaml", resolvers.configuration(lab))
                let watch = SecondaryWatch.start(lab.servers, Self.name, try value(lab))
                let program = try await lab.start(["run", "--wait", "2m"])
                try await eventually("the value at the primary") {
                    try await lab.servers.primaryValues(Self.name) == [try value(lab)]
                }
                try await Laboratory.pause(seconds: 4)
                #expect(resolvers.asked.isEmpty)
                try await lab.servers.tellSecondaries()
                let run = Outcome(await program.wait())
                #expect(run.code == 0 && lab.patches == 1, "\(run)")
                try expectPatience(resolvers, watch)
                let patched = try #require(lab.times(of: .patch).first)
                #expect(resolvers.asked.contains { $0 < patched })
                await resolvers.servers.shutdown()
            }
        }

        @Test("check --wait: resolvers are asked after the name servers, too")
        func check() async throws {
            var plan = plan(tellsSecondaries: true)
            plan.zones = [.init(apex: "shop.test", lines: ["_acme-challenge TXT \"shown\""])]
            try await Laboratory.with(plan) { lab in
                let resolvers = try await Resolvers("shown")
                try lab.write("config.yaml", resolvers.configuration(lab))
                lab.servers.secondary.signalAll(SIGSTOP)
                let program = try await lab.start(["check", "--wait", "1m", Self.name, "TXT", "shown"])
                try await Laboratory.pause(seconds: 3)
                #expect(resolvers.asked.isEmpty)
                lab.servers.secondary.signalAll(SIGCONT)
                let end = Outcome(await program.wait())
                #expect(end.code == 0, "\(end)")
                #expect(resolvers.asked.count >= 2)
                await resolvers.servers.shutdown()
            }
        }
    }
}

// The rehearsed CA reads CAA records before it issues, and a validation that they forbid voids the tokens.
import DCV
import FoundationEssentials
import LDNS
import Rehearsal
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CAAEyesTests {
    private func caa(_ name: String, _ tag: String, _ value: String, flags: UInt8 = 0) throws -> RehearsedRecord {
        RehearsedRecord(try DomainName(name), .caa(flags: flags, tag: Array(tag.utf8), value: Array(value.utf8)))
    }

    private func objection(
        to host: String,
        by authority: String = "google",
        _ records: [RehearsedRecord],
        _ behaviour: RehearsedBehaviour? = nil
    ) async throws -> String? {
        let stopwatch = Stopwatch()
        let server = RehearsedServer(try DomainName("ns1.host.test"), [.v4(0x7F00_3565)])
        let zone = RehearsedZone(try DomainName("host.test"), servers: [server], records: records, stopwatch: stopwatch)
        let tree = try RehearsedTree(
            [zone],
            rootAddress: .v4(0x7F00_3566),
            topLevelAddress: .v4(0x7F00_3567),
            stopwatch: stopwatch
        )
        let servers = try await RehearsedNameServers.start(tree.served, stopwatch: stopwatch)
        if let behaviour { servers.behave(behaviour, at: server.addresses[0]) }
        let eyes = ProviderEyes(roots: tree.root.addresses, dnsPort: servers.port, httpPort: 1)
        let objection = await eyes.objection(to: host, by: authority)
        await servers.shutdown()
        return objection
    }

    @Test func recordsAboveTheNameHoldAndTheClosestSetDecides() async throws {
        #expect(try await objection(to: "a.host.test", []) == nil)
        #expect(try await objection(to: "a.host.test", [try caa("host.test", "issue", "pki.goog; x=y")]) == nil)
        let other = try caa("host.test", "issue", "letsencrypt.org")
        #expect(try await objection(to: "a.b.host.test", [other])?.hasPrefix("caa_error: 127.0.53.101 shows") == true)
        #expect(try await objection(to: "a.host.test", [other, try caa("a.host.test", "ISSUE", "pki.goog")]) == nil)
        #expect(try await objection(to: "a.host.test", by: "lets_encrypt", [other]) == nil)
    }

    @Test func wildcardsAndCriticalRecords() async throws {
        let records = [try caa("host.test", "issue", "pki.goog"), try caa("host.test", "issuewild", ";")]
        #expect(try await objection(to: "host.test", records) == nil)
        #expect(try await objection(to: "*.host.test", records) != nil)
        let critical = [try caa("host.test", "future", "x", flags: 128), records[0]]
        #expect(try await objection(to: "host.test", critical) != nil)
    }

    @Test func aServerThatDoesNotAnswerIsAnError() async throws {
        #expect(try await objection(to: "host.test", [], .lame)?.contains("speaks with authority") == true)
    }

    @Test func theScenarioVoidsTheTokensOfWhoeverTriggersAnyway() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/world-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = StandingClock(milliseconds: 1_775_001_600_000)
        let world = try await RehearsedWorld.start(try .caaForbids(), folder: folder, clock: clock)
        for (index, failures) in [(0, 1), (1, 0)] {
            let pack = world.cloudflare.zones[index].packs[0]
            for case .txt(let name, let value) in pack.tokens {
                world.zone(try DomainName(pack.hosts[0]))?.add(.txt(try DomainName(name), value))
            }
            _ = try? await SmallHTTPClient.fetch(
                "PATCH",
                "/client/v4/zones/\(world.cloudflare.zones[index].id)/ssl/verification/\(pack.id)",
                host: "127.0.0.1",
                at: world.cloudflare.address,
                port: world.cloudflare.port,
                headers: [("Authorization", "Bearer \(world.token)"), ("Content-Type", "application/json")],
                body: "{\"validation_method\":\"txt\"}",
                deadlineMilliseconds: 20_000
            )
            let judged = world.cloudflare.zones[index].packs[0]
            #expect(judged.failures == failures && judged.isActive == (failures == 0))
            #expect(judged.validationErrors.contains { $0.hasPrefix("caa_error") } == (failures == 1))
        }
        await world.shutdown()
    }
}

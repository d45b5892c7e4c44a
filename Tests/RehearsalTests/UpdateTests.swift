// The rehearsed name server takes updates as real ones do: asked by Debian's nsupdate and dig.
import DCV
import Foundation
import LDNS
import Platform
import Testing

@testable import Rehearsal

private let server = IPAddress.v4(0x7F00_3515)

@Suite(.timeLimit(.minutes(2)))
struct UpdateTests {
    /// A zone in a folder of the test's own, and the key that may change it.
    private struct Served {
        let servers: RehearsedNameServers
        let key: RehearsedKey

        /// What nsupdate says about these statements; empty when it was content.
        func update(_ statements: [String], key: String? = "", overTCP: Bool = true) async -> String {
            let lines =
                ["server \(server) \(servers.port)"]
                + (key.map { [$0.isEmpty ? "key \(self.key.text.replacing(/:(?=[^:]*$)/, with: " "))" : $0] } ?? [])
                + ["zone shop.test"] + statements + ["send"]
            let result = await run("/usr/bin/nsupdate", overTCP ? ["-v", "-t", "5"] : ["-t", "5"], lines)
            return result.text
        }

        func look(_ name: String, _ type: String = "TXT", _ options: [String] = []) async -> [String] {
            let words =
                ["+short", "+norecurse", "+time=2", "+tries=1", "@\(server)", "-p", "\(servers.port)"] + options
            let result = await run("/usr/bin/dig", words + [name, type], [])
            return result.text.split(separator: "\n").map { String($0) }.sorted()
        }

        private func run(_ program: String, _ arguments: [String], _ lines: [String]) async -> (text: String, code: Int)
        {
            let result = await ChildProcess().run(
                ChildCommand(
                    program: program,
                    arguments: arguments,
                    environment: ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"],
                    input: Array((lines.joined(separator: "\n") + "\n").utf8)
                )
            )
            let code = if case .exited(let code) = result.ending { Int(code) } else { -1 }
            return (String(decoding: result.output.bytes + result.errorOutput.bytes, as: UTF8.self), code)
        }
    }

    private func serve(
        clock: any Clock = SystemClock(),
        _ test: (Served) async throws -> Void
    ) async throws {
        for program in ["/usr/bin/nsupdate", "/usr/bin/dig"] {
            try #require(FileManager.default.fileExists(atPath: program), "\(program): apt install bind9-dnsutils")
        }
        let result = try await PrivateFolder.with { folder -> Result<Void, any Error> in
            do {
                let name = try DomainName("ns.shop.test")
                let zone = RehearsedZone(
                    try DomainName("shop.test"),
                    servers: [RehearsedServer(name, [server])],
                    folder: folder
                )
                let key = RehearsedKey(try DomainName("tester"), secret: Array("a secret of thirty-two octets !!".utf8))
                let servers = try await RehearsedNameServers.start(
                    [server: [zone]],
                    signing: RehearsedSigning(keys: [key], clock: clock)
                )
                do { try await test(Served(servers: servers, key: key)) } catch {
                    await servers.shutdown()
                    throw error
                }
                await servers.shutdown()
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    @Test func recordsComeAndGo() async throws {
        try await serve { served in
            #expect(await served.update(["update add a.shop.test 60 TXT \"one\""]) == "")
            #expect(await served.update(["update add a.shop.test 60 TXT \"two; = x\""], overTCP: false) == "")
            #expect(await served.update(["update add a.shop.test 60 TXT \"one\""]) == "")
            #expect(await served.look("a.shop.test") == ["\"one\"", "\"two; = x\""])
            #expect(await served.look("A.shop.test", "TXT", ["+tcp"]) == ["\"one\"", "\"two; = x\""])
            #expect(await served.update(["update delete a.shop.test TXT \"one\""]) == "")
            #expect(await served.look("a.shop.test") == ["\"two; = x\""])
            #expect(await served.update(["update delete a.shop.test TXT"]) == "")
            #expect(await served.look("a.shop.test") == [])
            #expect(await served.update(["update add b.shop.test 60 CNAME c.shop.test"]) == "")
            #expect(await served.update(["update add b.shop.test 60 TXT \"beside\""]) == "")
            #expect(await served.look("b.shop.test", "CNAME") == ["c.shop.test."])
            // Names in data are compressed on the wire, also where the class says "none of these".
            #expect(await served.update(["update delete b.shop.test CNAME c.shop.test"]) == "")
            #expect(await served.look("b.shop.test", "CNAME") == [])
            #expect(await served.look("b.shop.test") == [], "what stood in the way of a TXT is gone, and so is the TXT")
        }
    }

    @Test func typesAtOneNameAreApart() async throws {
        try await serve { served in
            let text = "update add a.shop.test 60 TXT \"one\""
            #expect(await served.update([text, "update add a.shop.test 60 A 192.0.2.1"]) == "")
            #expect(await served.update(["update add a.shop.test 60 CNAME c.shop.test"]) == "")
            #expect(await served.look("a.shop.test", "CNAME") == [])
            #expect(await served.update(["update delete a.shop.test A"]) == "")
            #expect(await served.look("a.shop.test", "A") == [])
            #expect(await served.look("a.shop.test") == ["\"one\""])
            #expect(await served.update([text, "update delete a.shop.test"]) == "")
            #expect(await served.look("a.shop.test") == [])
        }
    }

    /// nsupdate would not send it: all of an update is refused for one name outside the zone (RFC 2136 3.4.1.3).
    @Test func aNameOutsideTheZoneSpoilsTheWhole() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/update-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let apex = try DomainName("shop.test")
        let zone = RehearsedZone(
            apex,
            servers: [RehearsedServer(try DomainName("ns.shop.test"), [server])],
            folder: folder
        )
        func added(_ name: String) throws -> [UInt8] {
            try DomainName(name).wire + [0, 16, 0, 1, 0, 0, 0, 60, 0, 2, 1, 0x76]
        }
        func outcome(_ names: [String]) throws -> ZoneUpdate.Outcome {
            let header: [UInt8] = [0, 1, 0x28, 0, 0, 1, 0, 0, 0, UInt8(names.count), 0, 0]
            return ZoneUpdate.carryOut(header + apex.wire + [0, 6, 0, 1] + (try names.flatMap(added)), in: [zone])
        }
        #expect(try outcome(["a.shop.test", "a.othershop.test"]) == .notInZone)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        #expect(try outcome(["a.shop.test", "b.shop.test"]) == .done)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
    }

    @Test func conditionsHoldForTheWholeUpdate() async throws {
        try await serve { served in
            #expect(await served.update(["update add b.shop.test 60 CNAME c.shop.test"]) == "")
            for (condition, code) in [
                ("nxdomain b.shop.test", "YXDOMAIN"), ("yxdomain x.shop.test", "NXDOMAIN"),
                ("nxrrset b.shop.test CNAME", "YXRRSET"), ("yxrrset b.shop.test TXT", "NXRRSET"),
                ("yxrrset b.shop.test CNAME d.shop.test", "NXRRSET"),
            ] {
                let told = await served.update(["prereq \(condition)", "update add z.shop.test 60 TXT \"z\""])
                #expect(told.contains(code), "\(condition): \(told)")
            }
            #expect(await served.look("z.shop.test") == [])
            #expect(
                await served.update([
                    "prereq yxrrset b.shop.test CNAME c.shop.test", "prereq nxrrset b.shop.test TXT",
                    "prereq nxdomain z.shop.test", "update add z.shop.test 60 TXT \"z\"",
                ]) == ""
            )
            #expect(await served.look("z.shop.test") == ["\"z\""])
            // nsupdate compares the names itself; a zone that is not here is refused by the server.
            #expect(await served.update(["zone other.test", "update add a.other.test 60 TXT x"]).contains("NOTAUTH"))
        }
    }

    @Test func onlyTheKeysHolderMayChangeAnything() async throws {
        try await serve { served in
            let change = ["update add a.shop.test 60 TXT \"one\""]
            let secret = Data("another secret of thirty-two oct".utf8).base64EncodedString()
            #expect(await served.update(change, key: nil).contains("REFUSED"))
            #expect(await served.update(change, key: "key hmac-sha256:tester \(secret)").contains("BADSIG"))
            #expect(await served.update(change, key: "key hmac-sha256:nobody \(secret)").contains("BADKEY"))
            #expect(await served.update(change, key: "key hmac-sha512:tester \(secret)").contains("BADKEY"))
            #expect(await served.look("a.shop.test") == [])
            // A signed question gets a signed answer.
            #expect(await served.update(change) == "")
            #expect(await served.look("a.shop.test", "TXT", ["-y", served.key.text]) == ["\"one\""])
            let stranger = await served.look("a.shop.test", "TXT", ["-y", "hmac-sha256:tester:\(secret)"])
            #expect(stranger.contains { $0.contains("verify signature") || $0.contains("BADSIG") }, "\(stranger)")
        }
    }

    @Test func aClockThatIsWrongIsNamed() async throws {
        try await serve(clock: LateClock()) { served in
            #expect(await served.update(["update add a.shop.test 60 TXT one"]).contains("BADTIME"))
            #expect(await served.look("a.shop.test") == [])
        }
    }

    @Test func silenceAndRubbish() async throws {
        try await serve { served in
            served.servers.behave(.silent, at: server)
            let told = await served.update(["update add a.shop.test 60 TXT \"one\""])
            #expect(told.contains("timed out") || told.contains("Communication with"), "\(told)")
            served.servers.behave(.normal, at: server)
            var numbers = SystemRandomNumberGenerator()
            for length in [0, 1, 11, 12, 13, 40, 300] {
                for _ in 0..<20 {
                    var octets = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &numbers) }
                    // Updates with one zone and a few records, which is where a reader may stumble.
                    if length > 12 { octets.replaceSubrange(2..<12, with: [0x28, 0, 0, 1, 0, 1, 0, 1, 0, 1]) }
                    _ = try? await RawExchange.datagram(
                        octets,
                        to: server,
                        port: served.servers.port,
                        deadlineMilliseconds: 10
                    )
                }
            }
            #expect(await served.update(["update add a.shop.test 60 TXT \"one\""]) == "")
            #expect(await served.look("a.shop.test") == ["\"one\""])
        }
    }
}

/// Ten minutes behind.
private struct LateClock: Clock {
    func now() -> Instant { SystemClock().now().adding(seconds: -600) }
    func monotonicMilliseconds() -> Int64 { SystemClock().monotonicMilliseconds() }
    func sleep(milliseconds: Int64) async throws { try await SystemClock().sleep(milliseconds: milliseconds) }
}

// Token files over real sockets: what is sent, and that nothing is ever sent to an inside address, however it is written.
import DCV
import FoundationEssentials
import LDNS
import Platform
import Rehearsal
import Surveying
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)), .serialized) struct TokenLoopbackTests {
    private static let path = "/.well-known/acme-challenge/token"
    private static let open = IPAddress.v4(0x7F00_0002)

    /// A web server at 127.0.0.2, which this laboratory opens, and canaries where it opens nothing.
    private struct Yard {
        let web: RehearsedWeb
        let canaries: [Canary]
        let root: String

        init() async throws {
            root = FileManager.default.temporaryDirectory.path + "/token-\(UInt64.random(in: 0...UInt64.max))"
            let folder = root + "/.well-known/acme-challenge"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            _ = FileManager.default.createFile(
                atPath: root + TokenLoopbackTests.path,
                contents: Data("token-body".utf8)
            )
            (web, canaries) = try await Self.open(root)
        }

        /// The web server's port may be taken at the canaries' addresses: then another one is tried.
        private static func open(_ root: String, triesLeft: Int = 8) async throws -> (RehearsedWeb, [Canary]) {
            let web = try await RehearsedWeb.start(addresses: [TokenLoopbackTests.open], root: root)
            do {
                let port = UInt16(web.port)
                let canaries = try ["127.0.0.1", "127.0.0.9", "::1"].map {
                    try Canary(#require(IPAddress($0)), port: port)
                }
                return (web, canaries)
            } catch {
                await web.shutdown()
                guard triesLeft > 0 else { throw error }
                return try await open(root, triesLeft: triesLeft - 1)
            }
        }

        func close() async {
            await web.shutdown()
            try? FileManager.default.removeItem(atPath: root)
        }

        var sung: Int { canaries.reduce(0) { $0 + $1.connections() } }

        func look(networks: [String] = ["127.0.0.2/32"], inside: Manner? = nil) async throws -> Survey {
            let hosts = """
                shop.example.test A 127.0.0.2
                inside.example.test A 127.0.0.9
                inside.example.test AAAA ::1
                mapped.example.test AAAA ::ffff:127.0.0.9
                """
            let world = try ZoneCutTests.world(
                zone: ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n" + hosts,
                others: inside.map { ["5.0.2.1": $0, "2a00::21": $0, "5.0.2.2": $0] } ?? [:]
            )
            let record = RequiredRecord(
                .http(
                    host: try DomainName("shop.example.test"),
                    path: try HTTPTokenPath(TokenLoopbackTests.path),
                    body: try HTTPTokenBody("token-body")
                )
            )
            let transport = HTTPTransport()
            let root = RootHints.Server(try DomainName("root.test"), [.v4(0x0500_0001)])
            var configuration = SurveyorConfiguration(
                httpPort: UInt16(web.port),
                httpsPort: UInt16(web.port),
                rootHints: RootHints([root]),
                allowedNetworks: networks.compactMap { IPNetwork($0) }
            )
            configuration.limits.tokenDeadlineMilliseconds = 2_000
            let surveyor = LiveSurveyor(
                configuration: configuration,
                exchange: world,
                http: transport,
                clock: ScriptedClock(),
                random: SystemRandom()
            )
            let survey = try await surveyor.survey(record)
            await transport.shutdown()
            return survey
        }
    }

    @Test func nothingIsSentToInsideAddresses() async throws {
        let yard = try await Yard()
        let port = yard.web.port
        let targets = [
            "http://127.0.0.1/%p", "http://127.0.0.9:\(port)/", "https://127.0.0.1:\(port)/", "http://[::1]:\(port)/",
            "http://[::ffff:127.0.0.1]:\(port)/", "http://[::ffff:7f00:9]:\(port)/", "http://127.1:\(port)/",
            "http://2130706433:\(port)/", "http://0x7f.1:\(port)/", "http://0177.0.0.1:\(port)/",
            "http://0x7f000009:\(port)/", "http://\u{FF11}27.0.0.1:\(port)/", "http://localhost:\(port)/",
            "http://inside.example.test:\(port)/", "https://inside.example.test/", "http://mapped.example.test/",
            "http://shop.example.test@127.0.0.1:\(port)/", "http://shop.example.test\\@127.0.0.1:\(port)/",
            "//127.0.0.1:\(port)/", "http://0.0.0.0:\(port)/", "http://[::]:\(port)/", "http://127.0.0.1:22/",
        ]
        for target in targets {
            yard.web.behave(.redirect(to: target))
            let survey = try await yard.look()
            #expect(survey.observations.first?.fetch?.fault == .redirectRefused, "\(target)")
        }
        #expect(yard.sung == 0)
        #expect(yard.web.history.entries.count == targets.count)
        // The canaries can sing.
        yard.web.behave(.redirect(to: "http://inside.example.test/"))
        _ = try await yard.look(networks: ["127.0.0.0/8"])
        #expect(yard.sung > 0)
        await yard.close()
    }

    /// Once every server has told the redirect's host, it is an inside address: in the look under way nobody asks again.
    @Test func aNameThatTurnsInsideLeadsNowhere() async throws {
        let yard = try await Yard()
        yard.web.behave(.redirect(to: "http://turning.example.test%p"))
        let hosts = "shop.example.test A 127.0.0.2\nturning.example.test A 127.0.0.2"
        let zone = try ScriptedZone("example.test", ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n" + hosts)
        let answered = Counter()
        let inside = try ScriptedZone.record(DomainName("turning.example.test"), "A", "127.0.0.9", 0)
        let turning = Manner.changed([zone]) { reply in
            guard reply.question?.name.text == "turning.example.test", !reply.answer.isEmpty else { return }
            if answered.next() > 1 + 3 { reply.answer = [inside] }
        }
        let first = try await yard.look(inside: turning)
        #expect(first.observations.first?.fetch?.hops.map { "\($0.address)" } == ["127.0.0.2", "127.0.0.2"])
        let second = try await yard.look(inside: turning)
        #expect(second.observations.first?.fetch?.fault == .redirectRefused)
        #expect(yard.sung == 0)
        await yard.close()
    }

    @Test func whatIsSentOverTheWire() async throws {
        let yard = try await Yard()
        let direct = try await yard.look()
        #expect(direct.observations.map(\.sighting) == [.present(others: [])])
        yard.web.behave(.redirect(to: "http://shop.example.test/elsewhere"))
        _ = try await yard.look()
        let requests = yard.web.history.entries
        #expect(requests.map(\.target) == [Self.path, Self.path, "/elsewhere"])
        for request in requests {
            let names = Set(request.headers.map { ASCII.lowercased($0.name) })
            #expect(names.isSubset(of: ["host", "user-agent", "accept-encoding", "connection"]), "\(names)")
            #expect(request.header("accept-encoding") == ["identity"])
            #expect(request.method == "GET" && request.body.isEmpty)
        }
        #expect(requests.last?.host == "shop.example.test")
        await yard.close()
    }
}

private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock {
            $0 += 1
            return $0
        }
    }
}

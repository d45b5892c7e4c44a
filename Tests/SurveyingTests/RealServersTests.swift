// The eyes before real servers on loopback: BIND as root and registry, two NSD for the zones below, Unbound as
// resolver.
import DCV
import Foundation
import LDNS
import Platform
import Surveying
import Testing

private let programs = ["/usr/sbin/named", "/usr/sbin/nsd", "/usr/sbin/unbound"]
private let missing = programs.filter { !FileManager.default.isExecutableFile(atPath: $0) }

@Suite(
    .timeLimit(.minutes(2)),
    .serialized,
    .enabled(if: missing.isEmpty, "needs Debian's bind9, nsd and unbound (absent: \(missing.joined(separator: ", ")))")
)
struct RealServersTests {
    @Test func everythingAtOnce() async throws {
        let laboratory = try Laboratory()
        defer { laboratory.remove() }
        try await laboratory.run { exchange in
            let http = HTTPTransport()
            let surveyor = try laboratory.surveyor(exchange, http)
            try await look(surveyor)
            try await aliases(surveyor)
            try await rrsets(surveyor)
            try await resolver(surveyor)
            try await securedResolvers(surveyor)
            try await throughResolver(try laboratory.surveyor(exchange, http, isThroughResolver: true))
            await http.shutdown()
        }
    }

    private func survey(_ surveyor: LiveSurveyor, _ name: String) async throws -> Survey {
        try await surveyor.survey(try .txt(name, "token"))
    }

    private func look(_ surveyor: LiveSurveyor) async throws {
        let present = try await survey(surveyor, "_acme-challenge.example.test")
        #expect(present.lines == ["ns1.example.test 127.0.0.2 present", "ns2.example.test 127.0.0.3 present"])
        #expect(present.problems == [])
        #expect(present.zone?.text == "example.test")
        let lagging = try await survey(surveyor, "_acme-challenge.new.example.test")
        #expect(lagging.observations.map(\.sighting) == [.present(others: []), .absent(negativeTTLSeconds: 45)])
        let apex = try await survey(surveyor, "example.test")
        #expect(apex.observations.map(\.sighting.code) == ["wrong", "wrong"])
        let wildcard = try await survey(surveyor, "_acme-challenge.any.wild.example.test")
        #expect(wildcard.observations.allSatisfy { $0.sighting.isPresent })
        let parts = try await survey(surveyor, "parts.example.test")
        #expect(parts.observations.allSatisfy { $0.sighting.isPresent })
        let nobody = try await survey(surveyor, "_acme-challenge.nobody.test")
        #expect(nobody.codes == [.noSuchDomain])
        let top = try await survey(surveyor, "_acme-challenge.nobody.nowhere")
        #expect(top.codes == [.noSuchDomain])
        let lame = try await survey(surveyor, "_acme-challenge.lame.test")
        #expect(lame.observations.map(\.sighting) == [.notServed(reason: "answers REFUSED")])
    }

    private func aliases(_ surveyor: LiveSurveyor) async throws {
        let chain = try await survey(surveyor, "_acme-challenge.alias.example.test")
        #expect(chain.chain.map(\.text) == ["_acme-challenge.alias.example.test", "alias.dns.test"])
        #expect(chain.lines == ["ns.dns.test 127.0.0.3 present"])
        #expect(chain.zone?.text == "dns.test")
        let delegated = try await survey(surveyor, "_acme-challenge.own.example.test")
        #expect(delegated.lines == ["ns.dns.test 127.0.0.3 present"])
        #expect(delegated.zone?.text == "_acme-challenge.own.example.test")
        let loop = try await survey(surveyor, "loop.example.test")
        #expect(loop.codes == [.cnameLoop])
        let cname = try await surveyor.survey(try .cname("_acme-challenge.alias.example.test", "ALIAS.dns.test"))
        #expect(cname.observations.map(\.sighting) == [.present(others: []), .present(others: [])])
    }

    private func resolver(_ surveyor: LiveSurveyor) async throws {
        let record = try RequiredRecord.txt("_acme-challenge.alias.example.test", "token")
        let present = try await surveyor.survey(record, resolvers: ["unbound"])
        #expect(present.lines == ["ns.dns.test 127.0.0.3 present", "unbound 127.0.0.4 present"])
        let lagging = try RequiredRecord.txt("_acme-challenge.new.example.test", "token")
        #expect(try await surveyor.survey(lagging, resolvers: ["unbound"]).lines.count == 2)
    }

    /// Unbound over TLS, and over HTTPS, where it speaks HTTP/2 alone.
    private func securedResolvers(_ surveyor: LiveSurveyor) async throws {
        let record = try RequiredRecord.txt("_acme-challenge.alias.example.test", "token")
        let present = try await surveyor.survey(record, resolvers: ["dot", "doh"])
        #expect(present.lines == ["doh 127.0.0.4 present", "dot 127.0.0.4 present", "ns.dns.test 127.0.0.3 present"])
        for observation in present.observations where observation.sighting.code != "present" {
            Issue.record("\(observation)")
        }
        let other = try await surveyor.survey(record, resolvers: ["other"])
        let seen = try #require(other.observations.first { $0.isRecursive }).sighting
        guard case .unreachable(let why) = seen else {
            Issue.record("\(seen)")
            return
        }
        #expect(why.contains("TLS failed"), "the certificate is for another name: \(why)")
    }

    private func throughResolver(_ surveyor: LiveSurveyor) async throws {
        let present = try await survey(surveyor, "_acme-challenge.example.test")
        #expect(present.lines == ["ns1.example.test 127.0.0.2 present", "ns2.example.test 127.0.0.3 present"])
        #expect(present.problems == [])
        let chain = try await survey(surveyor, "_acme-challenge.alias.example.test")
        #expect(chain.lines == ["ns.dns.test 127.0.0.3 present"])
        #expect(chain.zone?.text == "dns.test")
        let delegated = try await survey(surveyor, "_acme-challenge.own.example.test")
        #expect(delegated.zone?.text == "_acme-challenge.own.example.test")
        #expect(delegated.lines == ["ns.dns.test 127.0.0.3 present"])
        #expect(try await survey(surveyor, "_acme-challenge.nobody.test").codes == [.noSuchDomain])
        let deep = try await survey(surveyor, "_acme-challenge.a.b.example.test")
        #expect(deep.observations.map(\.sighting) == Array(repeating: .absent(negativeTTLSeconds: 45), count: 2))
    }

    private func rrsets(_ surveyor: LiveSurveyor) async throws {
        let record = try RequiredRecord.txt("many.example.test", "token")
        let view = await surveyor.rrset(of: record, at: record.name)
        #expect(view.values.values.map { $0.map(\.description) } == [["a", "b", "c"], ["a", "b", "c"]])
    }
}

/// Temporary folder, configurations, and the three servers while `run` lasts.
private struct Laboratory {
    static let readyDeadlineMilliseconds: Int64 = 40_000

    let folder: URL
    let port = UInt16.freeOfClients()
    var tlsPort: UInt16 { port + 1 }
    var httpsPort: UInt16 { port + 2 }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "dnsproof-eyes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write(
            "root.zone",
            Self.soa(".") + ". NS ns.root.test.\nns.root.test. A 127.0.0.1\ntest. NS ns.test.\nns.test. A 127.0.0.1\n"
        )
        try write("test.zone", Self.soa("test.") + Self.registry)
        try write(
            "example-1.zone",
            Self.soa("example.test.") + Self.example + "_acme-challenge.new.example.test. TXT token\n"
        )
        try write("example-2.zone", Self.soa("example.test.") + Self.example)
        try write(
            "dns.zone",
            Self.soa("dns.test.") + "dns.test. NS ns.dns.test.\nns.dns.test. A 127.0.0.3\nalias.dns.test. TXT token\n"
        )
        let own = "_acme-challenge.own.example.test."
        try write("own.zone", Self.soa(own) + "\(own) NS ns.dns.test.\n\(own) TXT token\n")
        try write("named.conf", named)
        try write("unbound.conf", unbound)
        try write("nsd-1.conf", nsd(1, "127.0.0.2", ["example.test": "example-1.zone"]))
        try write(
            "nsd-2.conf",
            nsd(
                2,
                "127.0.0.3",
                [
                    "example.test": "example-2.zone", "dns.test": "dns.zone", String(own.dropLast()): "own.zone",
                ]
            )
        )
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Runs the servers, and `body` once all answer.
    func run(_ body: (Exchange) async throws -> Void) async throws {
        let exchange = try Exchange(random: SystemRandom())
        defer { exchange.shutdown() }
        let here = folder.path(percentEncoded: false)
        let commands = [
            ("/usr/sbin/named", ["-g", "-n", "1", "-c", here + "/named.conf"]),
            ("/usr/sbin/nsd", ["-d", "-c", here + "/nsd-1.conf"]),
            ("/usr/sbin/nsd", ["-d", "-c", here + "/nsd-2.conf"]),
            ("/usr/sbin/unbound", ["-d", "-c", here + "/unbound.conf"]),
        ]
        try await withThrowingTaskGroup(of: ChildResult.self) { group in
            for (program, arguments) in commands {
                let command = ChildCommand(
                    program: program,
                    arguments: arguments,
                    environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
                    directory: here,
                    deadlineMilliseconds: 100_000,
                    graceMilliseconds: 2000
                )
                group.addTask { await ChildProcess().run(command) }
            }
            let isReady = try await waitUntilReady(exchange)
            if isReady { try await body(exchange) }
            group.cancelAll()
            for try await result in group where !isReady {
                let told = OctetText(result.errorOutput.bytes).shortened(limitBytes: 4000)
                Issue.record("not ready: \(result.ending) \(told)")
            }
        }
    }

    func surveyor(_ exchange: Exchange, _ http: HTTPTransport, isThroughResolver: Bool = false) throws -> LiveSurveyor {
        let root = RootHints.Server(try DomainName("ns.root.test"), [IPAddress("127.0.0.1")].compactMap { $0 })
        var configuration = SurveyorConfiguration(
            dnsPort: port,
            rootHints: RootHints([root]),
            allowedNetworks: [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        )
        let address = try #require(IPAddress("127.0.0.4"))
        let unbound = SurveyorConfiguration.Resolver(name: "unbound", address: address, port: port)
        let roots = HTTPRequest.Trust.roots(pem: try Files.read(Self.fixture("certificate.pem"), limitBytes: 1 << 16))
        let name = try DomainName("api.example.test")
        let ways: [(String, UInt16, SecureTransport)] = [
            ("dot", tlsPort, .tls(name: name, trust: roots)),
            ("doh", httpsPort, .https(name: name, path: "/dns-query", trust: roots)),
            ("other", tlsPort, .tls(name: try DomainName("other.example.test"), trust: roots)),
        ]
        configuration.resolvers =
            [unbound] + ways.map { .init(name: $0, address: address, port: $1, transport: .secured($2)) }
        if isThroughResolver {
            configuration.via = unbound
            configuration.rootHints = RootHints([])
        }
        return LiveSurveyor(
            configuration: configuration,
            exchange: RoutedAsking(plain: exchange, tls: FramedTLS(), http: http),
            http: ScriptedWeb(),
            clock: SystemClock(),
            random: SystemRandom()
        )
    }

    private static func fixture(_ name: String) -> String {
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/tls/" + name
    }

    private func waitUntilReady(_ exchange: Exchange) async throws -> Bool {
        let question = Question(try DomainName("test"), .soa)
        let queries = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"].compactMap { IPAddress($0) }
            .map { Query(question, to: $0, port: port) }
        let clock = SystemClock()
        let end = clock.monotonicMilliseconds() + Self.readyDeadlineMilliseconds
        while clock.monotonicMilliseconds() < end {
            let answers = await exchange.ask(queries)
            if answers.allSatisfy({ if case .message = $0.outcome { true } else { false } }) { return true }
            try await clock.sleep(milliseconds: 50)
        }
        return false
    }

    // MARK: files

    private func write(_ name: String, _ text: String) throws {
        try text.write(to: folder.appending(path: name), atomically: false, encoding: .utf8)
    }

    private static func soa(_ apex: String) -> String {
        "$TTL 300\n\(apex) 120 IN SOA ns.test. admin.test. 1 3600 600 86400 45\n"
    }

    private static let registry = """
        test. NS ns.test.
        ns.test. A 127.0.0.1
        example.test. NS ns1.example.test.
        example.test. NS ns2.example.test.
        ns1.example.test. A 127.0.0.2
        ns2.example.test. A 127.0.0.3
        dns.test. NS ns.dns.test.
        ns.dns.test. A 127.0.0.3
        lame.test. NS ns1.example.test.

        """

    private static let example = """
        example.test. NS ns1.example.test.
        example.test. NS ns2.example.test.
        ns1.example.test. A 127.0.0.2
        ns2.example.test. A 127.0.0.3
        example.test. TXT "v=spf1 -all"
        _acme-challenge.example.test. TXT token
        *.wild.example.test. TXT token
        parts.example.test. TXT "to" "ken"
        many.example.test. TXT c
        many.example.test. TXT a
        many.example.test. TXT b
        loop.example.test. CNAME loop.example.test.
        _acme-challenge.alias.example.test. CNAME alias.dns.test.
        _acme-challenge.own.example.test. NS ns.dns.test.

        """

    private var named: String {
        let here = folder.path(percentEncoded: false)
        return """
            options {
              directory "\(here)"; pid-file "\(here)/named.pid"; session-keyfile "\(here)/session.key";
              managed-keys-directory "\(here)"; lock-file none; listen-on port \(port) { 127.0.0.1; };
              listen-on-v6 { none; }; recursion no; dnssec-validation no; notify no; allow-query { any; };
            };
            controls { };
            zone "." { type primary; file "root.zone"; };
            zone "test" { type primary; file "test.zone"; };

            """
    }

    /// Name servers' port is not in their records, so each zone has its servers written here.
    private var unbound: String {
        let here = folder.path(percentEncoded: false)
        var text = """
            server:
              interface: 127.0.0.4@\(port)
              interface: 127.0.0.4@\(tlsPort)
              interface: 127.0.0.4@\(httpsPort)
              tls-port: \(tlsPort)
              https-port: \(httpsPort)
              tls-service-pem: "\(Self.fixture("certificate.pem"))"
              tls-service-key: "\(Self.fixture("key.pem"))"
              access-control: 127.0.0.0/8 allow
              do-not-query-localhost: no
              do-daemonize: no
              do-ip6: no
              username: ""
              chroot: ""
              pidfile: ""
              directory: "\(here)"
              use-syslog: no
              num-threads: 1
              module-config: "iterator"
              local-zone: "test." nodefault
            remote-control:
              control-enable: no

            """
        let zones = [
            (".", "127.0.0.1"), ("test", "127.0.0.1"), ("example.test", "127.0.0.2"), ("dns.test", "127.0.0.3"),
            ("_acme-challenge.own.example.test", "127.0.0.3"),
        ]
        for (zone, address) in zones {
            text += "stub-zone:\n  name: \"\(zone)\"\n  stub-addr: \(address)@\(port)\n"
        }
        return text
    }

    private func nsd(_ number: Int, _ address: String, _ zones: [String: String]) -> String {
        let here = folder.path(percentEncoded: false)
        var text = """
            server:
              ip-address: \(address)@\(port)
              username: ""
              chroot: ""
              database: ""
              zonesdir: "\(here)"
              pidfile: "\(here)/nsd-\(number).pid"
              zonelistfile: "\(here)/nsd-\(number).list"
              xfrdfile: "\(here)/nsd-\(number).xfrd"
              xfrdir: "\(here)"
              rrl-ratelimit: 0
            remote-control:
              control-enable: no

            """
        for (name, file) in zones { text += "zone:\n  name: \"\(name)\"\n  zonefile: \"\(file)\"\n" }
        return text
    }
}

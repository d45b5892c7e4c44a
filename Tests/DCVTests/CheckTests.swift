// What a finding says depends on who was asked: a name server, a resolver and a web server have different faults.
import DCV
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CheckTests {
    private static let address = IPAddress.v4(0x0500_0201)

    private static func findings(
        _ vantage: VantagePoint,
        _ sighting: Sighting,
        beside others: [Observation] = []
    ) throws -> [Finding] {
        let name = try DomainName("_acme-challenge.example.test")
        let host = try DomainName("example.test")
        let record: RequiredRecord
        if case .web = vantage {
            let path = try HTTPTokenPath("/.well-known/acme-challenge/token")
            record = RequiredRecord(.http(host: host, path: path, body: try HTTPTokenBody("body")))
        } else {
            record = RequiredRecord(.txt(name: name, value: try TXTValue("token")))
        }
        let survey = Survey(
            record: record,
            at: Instant(millisecondsSinceEpoch: 0),
            zone: host,
            chain: [name, try DomainName("end.example.net")],
            observations: [Observation(vantage, sighting)] + others
        )
        return Checks.findings(survey)
    }

    private static func authoritative() throws -> VantagePoint {
        .authoritative(server: try DomainName("ns1.example.test"), address: address)
    }

    private static let resolver = VantagePoint.recursive(resolver: "quad9", address: address)

    private static func web() throws -> VantagePoint { .web(host: try DomainName("example.test"), address: address) }

    @Test func aNameServerIsAskedWithoutRecursionAtTheEndOfTheChain() throws {
        for sighting in [Sighting.notServed(reason: "lame"), .unreachable(reason: "silence"), .bogus(reason: "b")] {
            let finding = try #require(try Self.findings(Self.authoritative(), sighting).first)
            let isBogus = finding.code == "dnssec-bogus"
            let flags = isBogus ? "+norecurse +dnssec" : "+norecurse"
            let chain = isBogus ? "; delv +vtrace end.example.net TXT" : ""
            #expect(finding.reproduce == "dig \(flags) @5.0.2.1 TXT end.example.net\(chain)")
            #expect(finding.rule != "propagation.recursive")
        }
        let lame = try #require(try Self.findings(Self.authoritative(), .notServed(reason: "lame")).first)
        #expect(lame.advice.contains("load the zone"))
    }

    @Test func aResolversFaultIsTheResolvers() throws {
        let sightings = [
            Sighting.notServed(reason: "answers SERVFAIL"), .unreachable(reason: "silence"), .bogus(reason: "b"),
            .hostile(reason: "h"),
        ]
        for sighting in sightings {
            let finding = try #require(try Self.findings(Self.resolver, sighting).first)
            let isBogus = finding.code == "dnssec-bogus"
            let chain = isBogus ? "; delv +vtrace _acme-challenge.example.test TXT" : ""
            let line = "dig \(isBogus ? "+dnssec " : "")@5.0.2.1 TXT _acme-challenge.example.test\(chain)"
            #expect(finding.reproduce == line, "\(sighting)")
            #expect(finding.rule == "propagation.recursive")
            #expect(finding.wanted?.contains("authoritative") != true)
            #expect(!finding.advice.contains("load the zone") && !finding.advice.contains("propagation.unreachable"))
        }
        let refused = try #require(try Self.findings(Self.resolver, .notServed(reason: "answers SERVFAIL")).first)
        #expect(refused.advice.contains("resolver"))
    }

    @Test func aWebServersFaultIsTheWebServers() throws {
        for sighting in [Sighting.notServed(reason: "HTTP status 503"), .unreachable(reason: "refused")] {
            let finding = try #require(try Self.findings(Self.web(), sighting).first)
            #expect(
                finding.reproduce
                    == "curl -sS --resolve example.test:80:5.0.2.1 "
                    + "http://example.test/.well-known/acme-challenge/token"
            )
            #expect(finding.advice.contains("web server"))
            #expect(!finding.advice.contains("delegation") && finding.wanted?.contains("authoritative") != true)
        }
        let living = Observation(
            .web(host: try DomainName("example.test"), address: .v4(0x0500_0202)),
            .absent(negativeTTLSeconds: 0)
        )
        // Of several IPv4 addresses a CA takes one: a living one beside it is no help.
        let dead = try Self.findings(Self.web(), .unreachable(reason: "refused"), beside: [living])
        #expect(dead.map(\.code) == ["server-unreachable"] && dead.first?.severity == .waiting)
        #expect(dead.first?.advice.contains("fetches the file from this address") == true)
    }

    @Test func theLineAsksAgainWhatWasAskedAndWhere() throws {
        let middle = try DomainName("middle.example.net")
        let record = try txt("_acme-challenge.example.test", "token")
        func line(_ vantage: VantagePoint, _ asked: Asked) -> String? {
            let observation = Observation(vantage, .notServed(reason: "REFUSED"), asked: asked)
            let survey = Survey(
                record: record,
                at: testNow,
                zone: nil,
                chain: [record.name, middle, middle],
                observations: [observation]
            )
            return Checks.findings(survey).first?.reproduce
        }
        let server = try Self.authoritative()
        // In the middle of a chain the server was not asked for its end.
        #expect(line(server, Asked(middle, port: 53)) == "dig +norecurse @5.0.2.1 TXT middle.example.net")
        #expect(line(server, Asked(middle, port: 5300)) == "dig +norecurse @5.0.2.1 -p 5300 TXT middle.example.net")
        let name = record.name
        #expect(line(Self.resolver, Asked(name, port: 53, transport: .tcp)) == "dig +tcp @5.0.2.1 TXT \(name)")
        #expect(line(Self.resolver, Asked(name, port: 853, transport: .tls)) == "dig +tls @5.0.2.1 TXT \(name)")
        #expect(line(Self.resolver, Asked(name, port: 53, transport: .tls)) == "dig +tls @5.0.2.1 -p 53 TXT \(name)")
        #expect(line(Self.resolver, Asked(name, port: 443, transport: .https)) == "dig +https @5.0.2.1 TXT \(name)")
        for (path, word) in [("/dns-query", "+https"), ("/q", "+https=/q"), ("/q;id", "+https"), ("/a b", "+https")] {
            let asked = Asked(name, port: 443, transport: .https, path: path)
            #expect(line(Self.resolver, asked) == "dig \(word) @5.0.2.1 TXT \(name)")
        }
    }

    @Test func digLinesNameOnlyWhatDiffers() throws {
        let zone = try DomainName("example.test")
        #expect(DigLine.text("SOA", zone) == "dig SOA example.test")
        #expect(DigLine.text("NS", .root, at: Self.address, .norecurse) == "dig +norecurse @5.0.2.1 NS .")
        #expect(
            DigLine.text("DNSKEY", zone, at: Self.address, port: 5300, .norecurse, .dnssec, .tcp)
                == "dig +norecurse +dnssec +tcp @5.0.2.1 -p 5300 DNSKEY example.test"
        )
        #expect(DigLine.text("A", zone, at: Self.address, port: 853, .tls) == "dig +tls @5.0.2.1 A example.test")
    }
}

// What is made of one zone's view: who is told, what is wanted, and what the fault explains.
import DCV
import Testing

@Suite(.timeLimit(.minutes(1))) struct ZoneFaultsTests {
    private static let addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].compactMap { IPAddress($0) }

    private static func faults(
        _ servers: [(String, [ZoneView.Address])],
        primary: String = "ns1.example.test",
        serial: UInt32 = 5
    ) throws -> ZoneFaults {
        let servers = try servers.map { name, addresses in
            ZoneView.Server(name: try DomainName(name), isDelegated: true, isOwn: true, addresses: addresses)
        }
        let timers = ZoneView.Timers(
            primary: try DomainName(primary),
            serial: serial,
            refreshSeconds: 3600,
            retrySeconds: 600,
            expireSeconds: 86_400,
            negativeTTLSeconds: 300
        )
        return ZoneFaults(
            ZoneView(apex: try DomainName("example.test"), servers: servers, timers: timers),
            port: 53
        )
    }

    @Test func whoIsBehindIsToldByTheNewestVersionWhereverItStands() throws {
        for (serials, behind, ahead): ([UInt32], String, String) in [([3, 5], "ns1", "ns2"), ([5, 3], "ns2", "ns1")] {
            let faults = try Self.faults([
                ("ns1.example.test", [.init(Self.addresses[0], .serves(serial: serials[0]))]),
                ("ns2.example.test", [.init(Self.addresses[1], .serves(serial: serials[1]))]),
            ])
            let problem = try #require(faults.standing.first)
            #expect(faults.standing.count == 1 && problem.code == .serialsDiffer)
            #expect(problem.text.contains("\(behind).example.test") && problem.text.contains("has serial 3"))
            #expect(problem.wanted?.hasPrefix("serial 5, which \(ahead).example.test") == true)
            #expect(problem.explains == [], "a stale answer has its own cause to tell")
        }
    }

    /// A dead address is told by its sightings; that it answers over neither transport follows from that.
    @Test func transportsAreJudgedWhereSomethingAnswers() throws {
        func codes(_ state: ZoneView.State) throws -> [Survey.Problem.Code] {
            let address = ZoneView.Address(Self.addresses[0], state, answersOverUDP: false, answersOverTCP: false)
            return try Self.faults([("ns1.example.test", [address])]).standing.map(\.code)
        }
        #expect(try codes(.unreachable(reason: "no answer")) == [])
        #expect(try codes(.hostile(reason: "another question")) == [])
        #expect(try codes(.serves(serial: 5)) == [.udpUnreachable, .tcpUnreachable])
        #expect(try codes(.notServed(reason: "REFUSED")) == [.lameServer, .udpUnreachable, .tcpUnreachable])
    }

    @Test func causesExplainAndConsequencesDoNot() throws {
        let faults = try Self.faults([
            ("ns1.example.test", [.init(Self.addresses[0], .notServed(reason: "REFUSED"))]),
            ("ns2.example.test", [.init(Self.addresses[1], .serves(serial: 5), keepsCase: false)]),
            ("ns3.example.test", [.init(Self.addresses[2], .serves(serial: 5), understandsEDNS: false)]),
        ])
        let explained = Dictionary(uniqueKeysWithValues: faults.standing.map { ($0.code, $0.explains) })
        #expect(
            explained == [
                .lameServer: [Self.addresses[0]], .caseNotKept: [], .ednsNotUnderstood: [Self.addresses[2]],
            ]
        )
    }

    @Test func anAddressOfTwoNamesIsToldOnce() throws {
        let lame = ZoneView.Address(Self.addresses[0], .notServed(reason: "REFUSED"))
        let problem = try #require(
            try Self.faults([("ns1.example.test", [lame]), ("ns2.example.test", [lame])]).standing.first
        )
        #expect(problem.text == "of the name servers of example.test, ns1.example.test (192.0.2.1) REFUSED")
    }

    @Test func onlyAPrimaryThatNoServerIsIsHidden() throws {
        let servers = [("ns1.example.test", [ZoneView.Address(Self.addresses[0], .serves(serial: 5))])]
        #expect(try Self.faults(servers).hiddenPrimary == nil)
        let hidden = try Self.faults(servers, primary: "primary.example.test")
        #expect(hidden.hiddenPrimary?.text == "primary.example.test")
        func code(_ serial: UInt32?) -> Survey.Problem.Code? {
            hidden.primary(serial.map { (Self.addresses[2], ZoneSerial($0)) })?.code
        }
        #expect(code(6) == .hiddenPrimary && code(4) == .primaryBehind && code(5) == nil && code(nil) == nil)
    }
}

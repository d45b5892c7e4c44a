// How questions travel when servers and networks are as they should be, or fail as they do.

import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExchangeTests {
    /// Asks one question and gives its end.
    private func ask(
        _ server: LoopbackServer,
        _ limits: ExchangeLimits = .unhurried,
        transport: ExchangeQuery.Transport = .udpThenTCP,
        recursionDesired: Bool = false
    ) async throws -> ExchangeAnswer {
        let exchange = try Exchange(random: TrueRandom(), limits: limits)
        let query = ExchangeQuery(
            tag: 7,
            question: Question(try DomainName("_acme-challenge.example.com"), .txt),
            address: server.address,
            port: server.port,
            recursionDesired: recursionDesired,
            transport: transport
        )
        var answers: [ExchangeAnswer] = []
        for await answer in exchange.ask([query]) { answers.append(answer) }
        server.stop()
        #expect(answers.count == 1)
        let answer = try #require(answers.first)
        #expect(answer.query == query)
        return answer
    }

    private func value(_ answer: ExchangeAnswer) -> [UInt8]? {
        guard case .answered(let message, let octets) = answer.outcome, (try? Wire.decode(octets)) == message,
            case .txt(let strings)? = message.answer.first?.data
        else { return nil }
        return strings.first
    }

    @Test func readsAnAnswerOverUDP() async throws {
        let server = try LoopbackServer(udp: Reply.honest, tcp: Reply.honestTCP)
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value)
        #expect(answer.transport == .udp && answer.tcpBecause == nil && answer.usedEDNS)
        #expect(answer.droppedMismatches == 0)
        let roundTrip = try #require(answer.roundTripMilliseconds)
        #expect(roundTrip <= answer.elapsedMilliseconds && answer.elapsedMilliseconds < 5000)
        #expect(server.seen.udp.count == 1 && server.seen.tcp.isEmpty)
        let query = try Wire.decode(try #require(server.seen.udp.first))
        #expect(!query.recursionDesired && query.edns == EDNS(udpPayloadOctets: 1232, version: 0, dnssecOK: true))
    }

    @Test(arguments: [ExchangeQuery.Transport.udpThenTCP, .tcp])
    func asksIPv6Addresses(_ transport: ExchangeQuery.Transport) async throws {
        let server = try LoopbackServer(.v6(high: 0, low: 1), udp: Reply.honest, tcp: Reply.honestTCP)
        #expect(value(try await ask(server, transport: transport)) == Reply.value)
    }

    @Test func setsRDOnlyWhenAsked() async throws {
        let server = try LoopbackServer(udp: Reply.honest)
        _ = try await ask(server, recursionDesired: true)
        #expect(try Wire.decode(try #require(server.seen.udp.first)).recursionDesired)
    }

    @Test func givesAnAnswerWithoutAAAsAnAnswer() async throws {
        let server = try LoopbackServer(udp: { query, _ in
            [.send(Reply.answer(query) { $0.isAuthoritative = false })]
        })
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value)
    }

    @Test(arguments: [Rcode.refused, .serverFailure, .nameError])
    func givesErrorAnswersAsAnswers(_ rcode: Rcode) async throws {
        let server = try LoopbackServer(udp: { query, _ in
            [
                .send(
                    Reply.answer(query) {
                        $0.rcode = rcode
                        $0.answer = []
                    }
                )
            ]
        })
        let answer = try await ask(server)
        guard case .answered(let message, _) = answer.outcome else {
            Issue.record("\(answer.outcome)")
            return
        }
        #expect(message.rcode == rcode && server.seen.udp.count == 1)
    }

    @Test func goesToTCPWhenTruncated() async throws {
        let server = try LoopbackServer(
            udp: { query, _ in [.send(Reply.answer(query, Reply.forged) { $0.isTruncated = true })] },
            tcp: Reply.honestTCP
        )
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value)
        #expect(answer.transport == .tcp && answer.tcpBecause == .truncated && server.seen.tcp.count == 1)
    }

    @Test func asksOverTCPAloneWhenTold() async throws {
        let server = try LoopbackServer(udp: Reply.honest, tcp: Reply.honestTCP)
        let answer = try await ask(server, transport: .tcp)
        #expect(value(answer) == Reply.value && answer.transport == .tcp && answer.tcpBecause == nil)
        #expect(server.seen.udp.isEmpty)
    }

    @Test func sendsAgainWithANewPortAndIdWhenLost() async throws {
        let server = try LoopbackServer(udp: { query, index in index < 2 ? [] : [.send(Reply.answer(query))] })
        let limits = ExchangeLimits(queryDeadlineMilliseconds: 20_000, firstTimeoutMilliseconds: 200)
        let answer = try await ask(server, limits)
        #expect(value(answer) == Reply.value && answer.transport == .udp)
        let seen = server.seen
        #expect(seen.udp.count == 3)
        #expect(Set(seen.udp.map { Array($0.prefix(2)) }).count == 3, "ids repeat")
        #expect(Set(seen.udpPorts).count == 3, "ports repeat")
    }

    @Test func triesTCPLastWhenUDPIsSilent() async throws {
        let server = try LoopbackServer(udp: Reply.silent, tcp: Reply.honestTCP)
        let limits = ExchangeLimits(queryDeadlineMilliseconds: 20_000, firstTimeoutMilliseconds: 50)
        let answer = try await ask(server, limits)
        #expect(value(answer) == Reply.value && answer.tcpBecause == .silent)
        #expect(await eventually { server.seen.udp.count == 3 })
    }

    @Test func leavesTCPTheSecondHalfOfTheDeadline() async throws {
        let server = try LoopbackServer(udp: Reply.silent, tcp: Reply.honestTCP)
        let limits = ExchangeLimits(queryDeadlineMilliseconds: 600, firstTimeoutMilliseconds: 10_000)
        let answer = try await ask(server, limits)
        #expect(value(answer) == Reply.value && answer.tcpBecause == .silent)
        #expect((295...590).contains(answer.elapsedMilliseconds))
    }

    @Test func reportsAClosedPortAtOnce() async throws {
        let server = try LoopbackServer(udp: Reply.honest)
        let closed = ExchangeQuery(
            tag: 0,
            question: Question(try DomainName("example.com"), .txt),
            address: .v4(0x7F00_0009),
            port: server.port
        )
        server.stop()
        let exchange = try Exchange(random: TrueRandom())
        for await answer in exchange.ask([closed]) {
            guard case .unreachable(.refused) = answer.outcome else {
                Issue.record("\(answer.outcome)")
                return
            }
            #expect(answer.elapsedMilliseconds < 1000 && answer.roundTripMilliseconds == nil)
        }
    }

    @Test func reportsAddressesWithoutARoute() async throws {
        let exchange = try Exchange(random: TrueRandom())
        // The broadcast address: the kernel refuses before anything is sent.
        let query = ExchangeQuery(tag: 0, question: Question(.root, .ns), address: .v4(0xFFFF_FFFF), port: 53)
        for await answer in exchange.ask([query]) {
            guard case .unreachable(.noRoute) = answer.outcome else {
                Issue.record("\(answer.outcome)")
                return
            }
        }
    }

    // MARK: EDNS refused

    @Test(arguments: [Rcode.formatError, .notImplemented])
    func asksOnceMoreWithoutEDNSWhenItIsRefused(_ rcode: Rcode) async throws {
        let server = try LoopbackServer(udp: { query, _ in
            let hasEDNS = (try? Wire.decode(query))?.edns != nil
            return [
                .send(
                    Reply.answer(query) {
                        $0.rcode = hasEDNS ? rcode : .noError
                        if hasEDNS { $0.answer = [] }
                    }
                )
            ]
        })
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value && !answer.usedEDNS && server.seen.udp.count == 2)
    }

    /// Unbound reads BADVERS as an empty answer: what stands there without EDNS, a CA does not see.
    @Test func takesBadVersionForTheAnswer() async throws {
        let server = try LoopbackServer(udp: { query, _ in
            [
                .send(
                    Reply.answer(query) {
                        $0.rcode = .badVersion
                        $0.edns = EDNS()
                        $0.answer = []
                    }
                )
            ]
        })
        let answer = try await ask(server)
        guard case .answered(let message, _) = answer.outcome else {
            Issue.record("\(answer.outcome)")
            return
        }
        #expect(message.rcode == .badVersion && answer.usedEDNS && server.seen.udp.count == 1)
    }

    @Test func understandsARefusalOfEDNSThatIsAHeaderAlone() async throws {
        let server = try LoopbackServer(udp: { query, _ in
            guard (try? Wire.decode(query))?.edns != nil else { return [.send(Reply.answer(query))] }
            return [.send(Array(query[..<2]) + [0x80, 0x01, 0, 0, 0, 0, 0, 0, 0, 0])]
        })
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value && !answer.usedEDNS && answer.droppedMismatches == 0)
    }

    @Test func givesUpOnEDNSOnlyOnce() async throws {
        let server = try LoopbackServer(udp: { query, _ in
            [
                .send(
                    Reply.answer(query) {
                        $0.rcode = .formatError
                        $0.answer = []
                    }
                )
            ]
        })
        let answer = try await ask(server)
        guard case .answered(let message, _) = answer.outcome else {
            Issue.record("\(answer.outcome)")
            return
        }
        #expect(message.rcode == .formatError && server.seen.udp.count == 2)
    }

    // MARK: Deadline

    private func expectDeadline(_ server: LoopbackServer, _ expected: Unreachability) async throws {
        let limits = ExchangeLimits(queryDeadlineMilliseconds: 1000, firstTimeoutMilliseconds: 100)
        let answer = try await ask(server, limits)
        guard case .unreachable(let reason) = answer.outcome else {
            Issue.record("\(answer.outcome)")
            return
        }
        if case .incomplete = expected {
            guard case .incomplete = reason else {
                Issue.record("\(reason)")
                return
            }
        } else {
            #expect(reason == expected)
        }
        #expect((990...1150).contains(answer.elapsedMilliseconds), "\(answer.elapsedMilliseconds) ms")
    }

    @Test func endsAtTheDeadlineWhenAllIsSilent() async throws {
        try await expectDeadline(
            try LoopbackServer(udp: Reply.silent, tcp: { _, _ in [.pause(milliseconds: 3000)] }),
            .silence
        )
    }

    @Test func isNotKeptWaitingByDrippingOctets() async throws {
        let drip: LoopbackServer.Script = { query, _ in
            Reply.framed(Reply.answer(query)).flatMap { [.send([$0]), .pause(milliseconds: 50)] }
        }
        try await expectDeadline(
            try LoopbackServer(
                udp: { query, _ in
                    [.pause(milliseconds: 400), .send(Reply.answer(query) { $0.isTruncated = true })]
                },
                tcp: drip
            ),
            .incomplete(receivedOctets: 0)
        )
    }

    @Test func readsATCPAnswerInPieces() async throws {
        let server = try LoopbackServer(
            udp: Reply.honest,
            tcp: { query, _ in Reply.framed(Reply.answer(query)).flatMap { [.send([$0]), .pause(milliseconds: 1)] } }
        )
        #expect(value(try await ask(server, transport: .tcp)) == Reply.value)
    }
}

// Many queries at once: windows, turns, ends that come early, and chance that is chance.

import DCV
import LDNS
import Surveying
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CrowdTests {
    private let name: DomainName
    init() throws { name = try DomainName("_acme-challenge.example.com") }

    private func batch(
        _ count: Int,
        _ servers: [LoopbackServer],
        transport: ExchangeQuery.Transport = .udpThenTCP
    ) -> [ExchangeQuery] {
        (0..<count).map { tag in
            let server = servers[tag % servers.count]
            return ExchangeQuery(
                tag: tag,
                question: Question(name, .txt),
                address: server.address,
                port: server.port,
                transport: transport
            )
        }
    }

    private func loopback(_ last: UInt32) -> IPAddress { .v4(0x7F00_0000 | last) }

    @Test func answersAThousandQueriesOverFiveAddresses() async throws {
        let servers = try (1...5).map {
            try LoopbackServer(loopback(UInt32(10 + $0)), udp: Reply.honest, tcp: Reply.honestTCP)
        }
        let exchange = try Exchange(random: TrueRandom(), limits: .unhurried)
        var tags: Set<Int> = []
        for await answer in exchange.ask(batch(1000, servers)) {
            guard case .answered(let message, _) = answer.outcome else {
                Issue.record("\(answer.query.tag): \(answer.outcome)")
                continue
            }
            #expect(message.answer.first?.data == .txt(strings: [Reply.value]))
            tags.insert(answer.query.tag)
        }
        #expect(tags == Set(0..<1000))
        for server in servers { server.stop() }
    }

    @Test func keepsToTheWindowOfAnAddressAndInTotal() async throws {
        /// Queries that the servers hold: now, and at most. A server lets go of one before it answers, so it never counts too many.
        struct Held: Sendable {
            var now = [0, 0]
            var most = [0, 0]
            var mostTogether = 0
        }
        final class Count: Sendable { let held = Mutex(Held()) }
        let count = Count()
        let servers = try (0..<2).map { index in
            try LoopbackServer(
                loopback(UInt32(20 + index)),
                udp: Reply.silent,
                tcp: { query, _ in
                    count.held.withLock {
                        $0.now[index] += 1
                        $0.most[index] = max($0.most[index], $0.now[index])
                        $0.mostTogether = max($0.mostTogether, $0.now[0] + $0.now[1])
                    }
                    return [
                        .pause(milliseconds: 20), .call { count.held.withLock { $0.now[index] -= 1 } },
                        .send(Reply.framed(Reply.answer(query))),
                    ]
                }
            )
        }
        let exchange = try Exchange(
            random: TrueRandom(),
            limits: ExchangeLimits(queryDeadlineMilliseconds: 20_000, inFlightInTotal: 6, inFlightPerAddress: 4)
        )
        var answered = 0
        // Most for one server: once the other has none left, only its own window keeps it from taking all.
        let queries = batch(20, servers, transport: .tcp) + batch(40, [servers[0]], transport: .tcp)
        for await answer in exchange.ask(queries) {
            if case .answered = answer.outcome { answered += 1 }
        }
        #expect(answered == 60)
        let held = count.held.withLock { $0 }
        #expect(held.most.allSatisfy { (2...4).contains($0) } && held.mostTogether <= 6, "\(held)")
        for server in servers { server.stop() }
    }

    @Test func aSilentServerDoesNotHoldUpAnother() async throws {
        let silent = try LoopbackServer(loopback(31), udp: Reply.silent, tcp: { _, _ in [.pause(milliseconds: 3000)] })
        let honest = try LoopbackServer(loopback(32), udp: Reply.honest)
        let exchange = try Exchange(
            random: TrueRandom(),
            limits: ExchangeLimits(queryDeadlineMilliseconds: 20_000, inFlightInTotal: 50, inFlightPerAddress: 20)
        )
        var honestLeft = 100
        var silentSeen = 0
        for await answer in exchange.ask(batch(200, [silent, honest])) {
            if answer.query.address == honest.address {
                honestLeft -= 1
                if honestLeft == 0 { break }
            } else {
                silentSeen += 1
            }
        }
        #expect(honestLeft == 0 && silentSeen == 0)
        silent.stop()
        honest.stop()
    }

    @Test func stopsAskingWhenNobodyListens() async throws {
        let server = try LoopbackServer(udp: Reply.silent)
        let exchange = try Exchange(
            random: TrueRandom(),
            limits: ExchangeLimits(
                queryDeadlineMilliseconds: 20_000,
                inFlightInTotal: 5,
                inFlightPerAddress: 5,
                udpTries: 1,
                firstTimeoutMilliseconds: 10_000
            )
        )
        let queries = batch(100, [server])
        let reader = Task { for await _ in exchange.ask(queries) {} }
        #expect(await eventually { server.seen.udp.count == 5 })
        reader.cancel()
        await reader.value
        // The windows are free again.
        let again = try LoopbackServer(udp: Reply.honest)
        var count = 0
        for await answer in exchange.ask(batch(20, [again])) {
            if case .answered = answer.outcome { count += 1 }
        }
        #expect(count == 20)
        #expect(server.seen.udp.count == 5, "more were sent after the reader had gone")
        server.stop()
        again.stop()
    }

    @Test func answersEverythingOnShutdownAndAfterIt() async throws {
        let server = try LoopbackServer(udp: Reply.silent)
        let exchange = try Exchange(
            random: TrueRandom(),
            limits: ExchangeLimits(
                queryDeadlineMilliseconds: 40_000,
                inFlightInTotal: 10,
                firstTimeoutMilliseconds: 10_000
            )
        )
        let queries = batch(50, [server])
        let reader = Task {
            var stopped = 0
            for await answer in exchange.ask(queries) {
                if case .unreachable(.stopped) = answer.outcome { stopped += 1 }
            }
            return stopped
        }
        #expect(await eventually { server.seen.udp.count == 10 })
        exchange.shutdown()
        #expect(await reader.value == 50)
        var late = 0
        for await answer in exchange.ask(queries) {
            if case .unreachable(.stopped) = answer.outcome { late += 1 }
        }
        #expect(late == 50)
        server.stop()
    }

    @Test func endsAnEmptyBatchAtOnce() async throws {
        let exchange = try Exchange(random: TrueRandom())
        for await answer in exchange.ask([]) { Issue.record("\(answer.query)") }
    }

    @Test func drawsIdsPortsAndLetterCaseAtRandom() async throws {
        let server = try LoopbackServer(udp: Reply.honest)
        let exchange = try Exchange(random: TrueRandom(), limits: .unhurried)
        for await _ in exchange.ask(batch(1000, [server])) {}
        server.stop()
        let seen = server.seen
        // Of 1,000 draws from 65,536 about 992 differ; 28,232 ports give about 980.
        #expect(Set(seen.udp.map { Array($0.prefix(2)) }).count > 970)
        #expect(Set(seen.udpPorts).count > 900)
        #expect(Set(seen.udp.map { Array($0[12..<41]) }).count > 990)
    }

    @Test func takesTheSameChancesFromTheSameSource() async throws {
        var first: [[UInt8]] = []
        for _ in 0..<2 {
            let server = try LoopbackServer(udp: Reply.honest)
            let exchange = try Exchange(
                random: SeededRandom(99),
                limits: ExchangeLimits(
                    queryDeadlineMilliseconds: 40_000,
                    inFlightInTotal: 1,
                    firstTimeoutMilliseconds: 10_000
                )
            )
            for await _ in exchange.ask(batch(10, [server])) {}
            server.stop()
            if first.isEmpty { first = server.seen.udp } else { #expect(server.seen.udp == first) }
        }
        #expect(first.count == 10)
    }
}

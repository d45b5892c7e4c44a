// Answers that are no answers: each kind arrives before the true one, carries a forged value, and must never be taken.

import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ForgeryTests {
    private func ask(
        _ server: LoopbackServer,
        transport: ExchangeQuery.Transport = .udpThenTCP,
        seed: UInt64 = 1
    ) async throws -> ExchangeAnswer {
        let exchange = try Exchange(
            random: SeededRandom(seed),
            limits: .unhurried
        )
        let query = ExchangeQuery(
            tag: 0,
            question: Question(try DomainName("_acme-challenge.example.com"), .txt),
            address: server.address,
            port: server.port,
            transport: transport
        )
        for await answer in exchange.ask([query]) {
            server.stop()
            return answer
        }
        throw Unreachability.stopped
    }

    private func value(_ answer: ExchangeAnswer) -> [UInt8]? {
        guard case .answered(let message, _) = answer.outcome, case .txt(let strings)? = message.answer.first?.data
        else {
            return nil
        }
        return strings.first
    }

    enum Forgery: String, CaseIterable, Sendable {
        case wrongId, noQR, otherOpcode, otherName, otherType, otherClass, noQuestion, twoQuestions, tooShort, empty

        func octets(_ query: [UInt8]) -> [UInt8] {
            var octets = Reply.answer(query, Reply.forged)
            let questionEnd = 12 + (query[12...].firstIndex(of: 0) ?? 12) - 12 + 5
            switch self {
            case .wrongId: octets[1] ^= 1
            case .noQR: octets[2] &= 0x7F
            case .otherOpcode: octets[2] |= 0x08
            // Another letter, not another case of the same.
            case .otherName: octets[14] = octets[14] == 0x7A ? 0x79 : 0x7A
            case .otherType: octets[questionEnd - 3] = 1
            case .otherClass: octets[questionEnd - 1] = 3
            case .noQuestion: octets = Array(octets[..<4]) + [0, 0] + octets[6..<12] + octets[questionEnd...]
            case .twoQuestions: octets[5] = 2
            case .tooShort: octets = Array(octets[..<11])
            case .empty: octets = []
            }
            return octets
        }
    }

    @Test(arguments: Forgery.allCases)
    func dropsOneForgeryAndWaitsForTheAnswer(_ forgery: Forgery) async throws {
        let server = try LoopbackServer(udp: { query, _ in
            [.send(forgery.octets(query)), .pause(milliseconds: 20), .send(Reply.answer(query))]
        })
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value)
        #expect(answer.droppedMismatches == 1 && answer.transport == .udp && server.seen.udp.count == 1)
    }

    @Test(arguments: Forgery.allCases)
    func goesToTCPAfterThreeForgeries(_ forgery: Forgery) async throws {
        let server = try LoopbackServer(
            udp: { query, _ in Array(repeating: .send(forgery.octets(query)), count: 3) + [.send(Reply.answer(query))]
            },
            tcp: Reply.honestTCP
        )
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value)
        #expect(answer.droppedMismatches == 3 && answer.transport == .tcp && answer.tcpBecause == .mismatches)
    }

    @Test func ignoresAnswersFromAnotherPort() async throws {
        let server = try LoopbackServer(udp: { query, _ in
            [
                .sendFromElsewhere(Reply.answer(query, Reply.forged)), .pause(milliseconds: 30),
                .send(Reply.answer(query)),
            ]
        })
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value && answer.transport == .udp && answer.droppedMismatches == 0)
    }

    @Test func goesToTCPWhenOnlyTheLetterCaseDiffers() async throws {
        let lower: @Sendable ([UInt8]) -> [UInt8] = { $0.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } }
        let server = try LoopbackServer(
            udp: { query, _ in [.send(Reply.answer(lower(query), Reply.forged))] },
            tcp: Reply.honestTCP
        )
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value && answer.tcpBecause == .letterCase)
        let asked = try #require(server.seen.udp.first)
        #expect(lower(asked) != asked, "the letter case of this seed is not mixed")
    }

    @Test func staysQuietUnderAFloodOfEveryId() async throws {
        let server = try LoopbackServer(
            udp: { query, _ in [.flood(Reply.flood, except: Array(query[..<2]))] },
            tcp: Reply.honestTCP
        )
        let answer = try await ask(server)
        #expect(value(answer) == Reply.value && answer.tcpBecause == .mismatches && answer.droppedMismatches == 3)
    }

    /// Two hundred queries, each preceded by a random choice of forgeries: not one of them may be believed.
    @Test func believesNoneOfManyForgeries() async throws {
        let server = try LoopbackServer(
            udp: { query, index in
                var generator = SeededGenerator(seed: UInt64(index))
                let forgeries = (0..<Int.random(in: 0...5, using: &generator)).compactMap { _ in
                    Forgery.allCases.randomElement(using: &generator).map { LoopbackServer.Step.send($0.octets(query)) }
                }
                return forgeries + [.send(Reply.answer(query))]
            },
            tcp: Reply.honestTCP
        )
        let exchange = try Exchange(random: SeededRandom(2), limits: .unhurried)
        let name = try DomainName("_acme-challenge.example.com")
        let batch = (0..<200).map {
            ExchangeQuery(tag: $0, question: Question(name, .txt), address: server.address, port: server.port)
        }
        var tags: Set<Int> = []
        for await answer in exchange.ask(batch) {
            #expect(value(answer) == Reply.value)
            tags.insert(answer.query.tag)
        }
        server.stop()
        #expect(tags.count == 200)
    }

    // MARK: TCP

    @Test(arguments: Forgery.allCases.filter { $0 != .tooShort && $0 != .empty })
    func callsAForeignMessageOverTCPHostile(_ forgery: Forgery) async throws {
        let server = try LoopbackServer(
            udp: Reply.honest,
            tcp: { query, _ in [.send(Reply.framed(forgery.octets(query)))] }
        )
        guard case .hostile(.foreignOverTCP) = try await ask(server, transport: .tcp).outcome else {
            Issue.record("believed")
            return
        }
    }

    @Test(arguments: [0, 11, 16_385, 65_535])
    func callsAnOddLengthOverTCPHostile(_ length: Int) async throws {
        let server = try LoopbackServer(
            udp: Reply.honest,
            tcp: { _, _ in [.send([UInt8(length >> 8), UInt8(length & 0xFF)]), .pause(milliseconds: 500)] }
        )
        guard case .hostile(.lengthOverTCP(length)) = try await ask(server, transport: .tcp).outcome else {
            Issue.record("not refused")
            return
        }
    }

    @Test func callsATruncatedAnswerOverTCPHostile() async throws {
        let server = try LoopbackServer(
            udp: Reply.honest,
            tcp: { query, _ in [.send(Reply.framed(Reply.answer(query) { $0.isTruncated = true }))] }
        )
        guard case .hostile(.truncatedOverTCP) = try await ask(server, transport: .tcp).outcome else {
            Issue.record("believed")
            return
        }
    }

    @Test func reportsATCPConnectionThatEndsEarly() async throws {
        for cut in [0, 1, 2, 20] {
            let server = try LoopbackServer(
                udp: Reply.honest,
                tcp: { query, _ in [.send(Array(Reply.framed(Reply.answer(query)).prefix(cut)))] }
            )
            guard case .unreachable(.closedEarly) = try await ask(server, transport: .tcp).outcome else {
                Issue.record("cut after \(cut)")
                return
            }
        }
    }

    @Test func callsAMalformedAnswerHostile() async throws {
        let server = try LoopbackServer(udp: { query, _ in [.send(Reply.answer(query) + [0])] })
        guard case .hostile(.malformed(let error)) = try await ask(server).outcome else {
            Issue.record("believed")
            return
        }
        #expect(error.reason == .trailingOctets(1))
    }
}

extension Reply {
    /// A well-formed answer with a forged value to the usual question; only the id is left to guess, and the letter case.
    static let flood: [UInt8] = {
        guard let name = try? DomainName("_acme-challenge.example.com"),
            let query = try? Wire.encode(Message(query: Question(name, .txt), id: 0))
        else { return [] }
        return answer(query, forged)
    }()
}

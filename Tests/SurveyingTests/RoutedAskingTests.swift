// Questions to resolvers over TLS and HTTPS: what is sent, what is believed, and what an answer that is none comes to.
import DCV
import LDNS
import Platform
import Synchronization
import Testing

@testable import Surveying

@Suite(.timeLimit(.minutes(1))) struct RoutedAskingTests {
    private static let name = "_acme-challenge.example.test"

    private static func query(_ owner: String = name, way secured: SecureTransport?) throws -> Query {
        Query(
            Question(try DomainName(owner), .txt),
            to: .v4(0x0909_0909),
            port: 853,
            recursionDesired: true,
            secured: secured
        )
    }

    private static func tls() throws -> SecureTransport {
        .tls(name: try DomainName("dns.quad9.net"), trust: .systemRoots)
    }

    private static func https() throws -> SecureTransport {
        .https(name: try DomainName("dns.quad9.net"), path: "/dns-query", trust: .systemRoots)
    }

    /// A TXT answer to a query in octets.
    private static func answer(_ query: [UInt8], _ value: String = "token") throws -> [UInt8] {
        let asked = try Wire.decode(query)
        var reply = Message(answering: asked, isAuthoritative: false)
        let owner = try #require(asked.question).name
        reply.answer = [try ResourceRecord(owner, ttlSeconds: 60, .txt(strings: [Array(value.utf8)]))]
        return try Wire.encode(reply)
    }

    private static func outcome(_ answer: Answer?) -> String {
        switch answer?.outcome {
        case .message(let message)?: "\(message.answer.count) records"
        case .unreachable(let reason)?: "unreachable: \(reason)"
        case .hostile(let reason)?: "hostile: \(reason)"
        case nil: "none"
        }
    }

    private static func asking(
        tls: ScriptedFrames = ScriptedFrames { _ in FramedReplies() },
        web: ScriptedWeb = ScriptedWeb()
    ) throws -> RoutedAsking {
        RoutedAsking(plain: try ZoneCutTests.world(others: ["9.9.9.9": .recursive]), tls: tls, http: web)
    }

    // MARK: TLS

    @Test func questionsShareAConnectionAndAnswersAnyOrder() async throws {
        let frames = ScriptedFrames { request in
            FramedReplies(messages: request.messages.reversed().compactMap { try? Self.answer($0) })
        }
        let names = ["a.test", "b.test", "c.test"]
        let batch = try names.map { try Self.query($0, way: Self.tls()) }
        let answers = await (try Self.asking(tls: frames)).ask(batch)
        #expect(answers.count == 3)
        for answer in answers {
            guard case .message(let message) = answer.outcome else {
                Issue.record("\(Self.outcome(answer))")
                continue
            }
            #expect(message.question == answer.query.question)
            #expect(answer.manner.transport == .tls)
            #expect(!answer.octets.isEmpty)
        }
        let request = try #require(frames.history.first)
        #expect(frames.history.count == 1)
        #expect(request.name.text == "dns.quad9.net" && request.peer.port == 853)
        #expect(request.deadlineMilliseconds == 5_000 && request.replyLimitOctets == 16_384)
        let sent = try request.messages.map { try Wire.decode($0) }
        #expect(sent.map(\.id) == [1, 2, 3])
        #expect(sent.allSatisfy { $0.recursionDesired && $0.edns?.dnssecOK == true && !$0.isResponse })
    }

    @Test func answersToSomethingElse() async throws {
        let changes: [@Sendable ([UInt8]) throws -> [UInt8]] = [
            { [$0[0], $0[1] ^ 1] + $0.dropFirst(2) },
            { octets in
                var query = try Wire.decode(octets)
                query.question = Question(try DomainName("x.test"), .txt)
                query.questionNameOctets = try DomainName("x.test").wire
                return try Self.answer(try Wire.encode(query))
            },
            { octets in octets },
            { _ in [] },
        ]
        for (index, change) in changes.enumerated() {
            let frames = ScriptedFrames { request in
                FramedReplies(
                    messages: request.messages.compactMap { query in
                        index == 0 ? (try? Self.answer(query)).flatMap { try? change($0) } : try? change(query)
                    }
                )
            }
            let answers = await (try Self.asking(tls: frames)).ask([try Self.query(way: Self.tls())])
            #expect(Self.outcome(answers.first) == "hostile: an answer to something else than was asked", "\(index)")
        }
    }

    @Test func failuresOfTheConnection() async throws {
        let cases: [(HTTPFailure, String)] = [
            (.unreachable("refused"), "unreachable: no connection: refused"),
            (.tlsFailed("certificate"), "unreachable: TLS failed: certificate"),
            (.timedOut(milliseconds: 5000), "unreachable: no complete answer within 5000 ms"),
            (
                .tooLarge(what: "message", limitBytes: 16_384),
                "hostile: the answer's message is longer than 16384 bytes"
            ),
        ]
        for (failure, told) in cases {
            let frames = ScriptedFrames { request in
                FramedReplies(
                    messages: request.messages.prefix(1).compactMap { try? Self.answer($0) },
                    failure: failure
                )
            }
            let batch = [try Self.query("a.test", way: Self.tls()), try Self.query("b.test", way: Self.tls())]
            let answers = await (try Self.asking(tls: frames)).ask(batch)
            let byName = Dictionary(
                uniqueKeysWithValues: answers.map { ($0.query.question.name.text, Self.outcome($0)) }
            )
            #expect(byName == ["a.test": "1 records", "b.test": told])
        }
    }

    /// Every record of a look asks for itself; a handshake for each would cost the resolver more than the answers.
    @Test func questionsThatComeUpTogetherShareConnections() async throws {
        let frames = ScriptedFrames { request in
            FramedReplies(messages: request.messages.compactMap { try? Self.answer($0) })
        }
        let asking = try Self.asking(tls: frames)
        let queries = try (0..<50).map { try Self.query("n\($0 % 40).test", way: Self.tls()) }
        let answers = await withTaskGroup(of: [Answer].self) { group in
            for query in queries { group.addTask { await asking.ask([query]) } }
            return await group.reduce(into: [[Answer]]()) { $0.append($1) }
        }
        #expect(answers.count == 50 && answers.allSatisfy { $0.count == 1 && Self.outcome($0.first) == "1 records" })
        #expect(Set(answers.compactMap(\.first?.query)) == Set(queries))
        #expect(frames.history.count < 25, "\(frames.history.count) connections")
        // A later question finds nothing in use.
        let last = try Self.query("last.test", way: Self.tls())
        #expect(Self.outcome(await asking.ask([last]).first) == "1 records")
    }

    @Test(arguments: [(1, ["1 records", "1 records", "1 records"], 2), (9, ["1 records"], 2)])
    func whatAClosedConnectionLeftIsAskedOnceMore(closed: Int, answered: [String], connections: Int) async throws {
        let count = Mutex(0)
        let frames = ScriptedFrames { request in
            let number = count.withLock { count in
                count += 1
                return count
            }
            let isClosed = number <= closed
            let replies = request.messages.prefix(isClosed && number == 1 ? 1 : isClosed ? 0 : request.messages.count)
            return FramedReplies(
                messages: replies.compactMap { try? Self.answer($0) },
                failure: isClosed ? .brokenOff("closed") : nil
            )
        }
        let batch = try ["a.test", "b.test", "c.test"].map { try Self.query($0, way: Self.tls()) }
        let answers = await (try Self.asking(tls: frames)).ask(batch)
        #expect(Set(answers.map(\.query)) == Set(batch) && answers.count == 3)
        #expect(answers.map(Self.outcome).filter { $0 == "1 records" } == answered)
        #expect(frames.history.count == connections)
    }

    @Test func whoWaitsForADeadResolverIsNotKeptWaiting() async throws {
        let frames = ScriptedFrames { _ in FramedReplies(failure: .unreachable("refused")) }
        let batch = try (0..<300).map { try Self.query("n\($0).test", way: Self.tls()) }
        let answers = await (try Self.asking(tls: frames)).ask(batch)
        #expect(answers.count == 300 && Set(answers.map(\.query)) == Set(batch))
        #expect(answers.allSatisfy { Self.outcome($0) == "unreachable: no connection: refused" })
        #expect(frames.history.count <= 2, "\(frames.history.count) connections")
    }

    /// One answer that takes too long says nothing of the questions behind it.
    @Test func whoWaitsBehindASlowAnswerIsAskedFor() async throws {
        let count = Mutex(0)
        let frames = ScriptedFrames { request in
            let isFirst = count.withLock { count in
                count += 1
                return count == 1
            }
            if isFirst { return FramedReplies(failure: .timedOut(milliseconds: 5000)) }
            return FramedReplies(messages: request.messages.compactMap { try? Self.answer($0) })
        }
        let batch = try (0..<150).map { try Self.query("n\($0).test", way: Self.tls()) }
        let answers = await (try Self.asking(tls: frames)).ask(batch)
        #expect(answers.count == 150 && Set(answers.map(\.query)) == Set(batch))
        let told = Dictionary(grouping: answers.map(Self.outcome)) { $0 }.mapValues(\.count)
        let first = try #require(frames.history.first).messages.count
        #expect(told == ["1 records": 150 - first, "unreachable: no complete answer within 5000 ms": first])
    }

    /// A resolver that takes connections and never answers holds nobody longer than some deadlines.
    @Test(arguments: [(0, 1), (60_000, 3)] as [(Int64, Int)])
    func howLongAQuestionWaits(waitMilliseconds: Int64, connections: Int) async throws {
        let count = Mutex(0)
        let shared = SharedConnections(limit: 50, waitMilliseconds: waitMilliseconds) { queries, _ in
            count.withLock { $0 += 1 }
            return .init(answers: queries.map { Answer($0, .unreachable(reason: "late")) }, isConnected: true)
        }
        let batch = try (0..<150).map { try Self.query("n\($0).test", way: Self.tls()) }
        let door = SharedConnections.Door(
            address: batch[0].address,
            port: 853,
            name: try DomainName("dns.quad9.net"),
            trust: .systemRoots
        )
        let answers = await shared.ask(batch, at: door)
        #expect(answers.count == 150 && answers.allSatisfy { Self.outcome($0) == "unreachable: late" })
        #expect(count.withLock { $0 } == connections)
    }

    @Test func manyQuestionsGoInPieces() async throws {
        let frames = ScriptedFrames { request in
            FramedReplies(messages: request.messages.compactMap { try? Self.answer($0) })
        }
        let batch = try (0..<150).map { try Self.query("n\($0).test", way: Self.tls()) }
        let answers = await (try Self.asking(tls: frames)).ask(batch)
        #expect(Set(answers.map(\.query)) == Set(batch) && answers.count == 150)
        #expect(answers.allSatisfy { Self.outcome($0) == "1 records" })
        #expect(frames.history.map(\.messages.count).sorted() == [22, 64, 64])
    }

    // MARK: HTTPS

    private static func web(
        _ status: Int = 200,
        type: String = "application/dns-message",
        _ body: @escaping @Sendable ([UInt8]) throws -> [UInt8] = { try Self.answer($0) }
    ) -> ScriptedWeb {
        ScriptedWeb { request in
            var headers = HTTPHeaders()
            do throws(HTTPFailure) { try headers.add("content-type", type) } catch { return .failure(error) }
            let octets = (try? body(request.body)) ?? []
            return .success(HTTPResponse(status: status, headers: headers, body: octets, elapsedMilliseconds: 9))
        }
    }

    @Test func postsTheMessage() async throws {
        let web = Self.web()
        let answers = await (try Self.asking(web: web)).ask([try Self.query(way: Self.https())])
        #expect(Self.outcome(answers.first) == "1 records")
        #expect(answers.first?.roundTripMilliseconds == 9)
        #expect(answers.first?.manner.transport == .https)
        let request = try #require(web.history.first)
        #expect(request.method == .post && request.allowsHTTP2)
        #expect(request.url.description == "https://dns.quad9.net:853/dns-query")
        #expect(request.peer == HTTPRequest.Peer(address: .v4(0x0909_0909), port: 853))
        #expect(request.headers["content-type"] == "application/dns-message")
        #expect(request.headers["accept"] == "application/dns-message")
        #expect(try Wire.decode(request.body).id == 0)
        #expect(request.trust == .systemRoots)
    }

    @Test func answersThatAreNone() async throws {
        let cases: [(ScriptedWeb, String)] = [
            (Self.web(404), "unreachable: the connection ended before the answer did: HTTP status 404"),
            (
                Self.web(type: "text/html"),
                "hostile: the answer is not acceptable HTTP: it is no application/dns-message"
            ),
            (Self.web { $0 }, "hostile: the answer is not acceptable HTTP: an answer to something else than was asked"),
            (
                Self.web { _ in [] },
                "hostile: the answer is not acceptable HTTP: an answer to something else than was asked"
            ),
            (
                Self.web { Array(try Self.answer($0).dropLast()) },
                "hostile: malformed answer: ends before a field does"
            ),
            (ScriptedWeb { _ in .failure(.tlsFailed("name")) }, "unreachable: TLS failed: name"),
        ]
        for (web, told) in cases {
            let answers = await (try Self.asking(web: web)).ask([try Self.query(way: Self.https())])
            #expect(Self.outcome(answers.first).hasPrefix(told), "\(Self.outcome(answers.first))")
        }
        let fine = Self.web(type: "Application/DNS-Message; charset=utf-8")
        let answers = await (try Self.asking(web: fine)).ask([try Self.query(way: Self.https())])
        #expect(Self.outcome(answers.first) == "1 records")
    }

    @Test func plainOnesGoTheOldWay() async throws {
        let frames = ScriptedFrames { request in
            FramedReplies(messages: request.messages.compactMap { try? Self.answer($0) })
        }
        let web = Self.web()
        let batch = [try Self.query(way: nil), try Self.query(way: Self.tls()), try Self.query(way: Self.https())]
        let answers = await (try Self.asking(tls: frames, web: web)).ask(batch)
        #expect(Set(answers.map(\.query)) == Set(batch) && answers.count == 3)
        #expect(answers.allSatisfy { Self.outcome($0) == "1 records" })
        #expect(frames.history.count == 1 && web.history.count == 1)
        #expect(answers.first { $0.query.secured == nil }?.manner.transport == .udp)
    }
}

/// A resolver over TLS as a function.
final class ScriptedFrames: FramedExchanging {
    private let script: @Sendable (FramedRequest) -> FramedReplies
    private let asked = Mutex<[FramedRequest]>([])

    init(_ script: @escaping @Sendable (FramedRequest) -> FramedReplies) { self.script = script }

    var history: [FramedRequest] { asked.withLock { $0 } }

    func exchange(_ request: FramedRequest) async -> FramedReplies {
        asked.withLock { $0.append(request) }
        for _ in 0..<50 { await Task.yield() }
        return script(request)
    }
}

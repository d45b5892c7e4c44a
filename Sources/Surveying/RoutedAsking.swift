// How a named resolver is reached, and the one place that sends a question there: plain ones over Exchange, others over
// TLS or HTTPS.
package import DCV
import LDNS
package import Platform

/// A way to a resolver that nobody on it can read or change.
package enum SecureTransport: Hashable, Sendable {
    /// DNS over TLS (RFC 7858).
    case tls(name: DomainName, trust: HTTPRequest.Trust)
    /// DNS over HTTPS (RFC 8484), POST.
    case https(name: DomainName, path: String, trust: HTTPRequest.Trust)
}

/// Puts each question on the way that it asks for.
package struct RoutedAsking: Asking {
    /// One question over HTTPS, or all questions of one TLS connection.
    package static let deadlineMilliseconds: Int64 = 5_000
    /// How long a question waits while a resolver takes connections and answers nothing: three of them.
    static let waitMilliseconds = 3 * deadlineMilliseconds
    /// Questions on one TLS connection, and HTTPS requests of one batch at the same time.
    static let pipelineLimit = 64
    /// A server may close a connection after as many answers as it likes (RFC 7766 6.2.3): the rest is asked once more.
    private static let connectionsPerQuestion = 2
    private static let mediaType = "application/dns-message"

    private let plain: any Asking
    private let connections: SharedConnections
    private let http: any HTTPExchanging

    package init(plain: any Asking, tls: any FramedExchanging, http: any HTTPExchanging) {
        self.plain = plain
        connections = SharedConnections(limit: Self.pipelineLimit, waitMilliseconds: Self.waitMilliseconds) {
            await Self.overTLS($0, $1, tls)
        }
        self.http = http
    }

    package func ask(_ batch: [Query]) async -> [Answer] {
        let secured = batch.filter { $0.secured != nil }
        if secured.isEmpty { return await plain.ask(batch) }
        return await withTaskGroup(of: [Answer].self) { group in
            let open = batch.filter { $0.secured == nil }
            if !open.isEmpty { group.addTask { await plain.ask(open) } }
            for work in Self.works(secured) {
                group.addTask {
                    switch work.first?.secured {
                    case .tls(let name, let trust)?:
                        await connections.ask(
                            work,
                            at: .init(address: work[0].address, port: work[0].port, name: name, trust: trust)
                        )
                    case .https(let name, let path, let trust)?: await overHTTPS(work, name, path, trust)
                    case nil: []
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// The queries of one resolver together, in pieces.
    private static func works(_ queries: [Query]) -> [[Query]] {
        struct Door: Hashable {
            let address: IPAddress
            let port: UInt16
            let secured: SecureTransport?
        }
        return Dictionary(grouping: queries) { Door(address: $0.address, port: $0.port, secured: $0.secured) }
            .values.flatMap { queries in
                stride(from: 0, to: queries.count, by: pipelineLimit).map {
                    Array(queries[$0..<min($0 + pipelineLimit, queries.count)])
                }
            }
    }

    // MARK: the messages

    /// A query in octets, and where its question ends.
    private struct Sent {
        let octets: [UInt8]
        let questionEnd: Int

        /// The id tells the answers of one connection apart; nobody else can write on it.
        init(_ query: Query, id: UInt16) throws(WireError) {
            let template = try QueryTemplate(recursionDesired: query.recursionDesired, edns: EDNS())
            let name = query.question.name.wire
            octets = template.octets(id: id, nameOctets: name, type: query.question.type)
            questionEnd = QueryTemplate.nameOffset + name.count + 4
        }

        func isAnswered(by reply: [UInt8]) -> Bool {
            switch ReplyCheck.judge(reply, count: reply.count, query: octets, questionEnd: questionEnd) {
            case .answer, .otherLetterCase: true
            case .bareRefusal, .foreign: false
            }
        }
    }

    private static func answer(
        _ query: Query,
        _ octets: [UInt8],
        _ transport: ExchangeAnswer.Transport,
        _ milliseconds: Int64
    ) -> Answer {
        let outcome: Answer.Outcome
        do throws(WireError) {
            outcome = .message(try Wire.decode(octets))
        } catch {
            outcome = .hostile(reason: "malformed answer: \(error)")
        }
        let manner = Answer.Manner(transport: transport)
        return Answer(query, outcome, roundTripMilliseconds: milliseconds, manner: manner, octets: octets)
    }

    private static func failed(
        _ query: Query,
        _ failure: HTTPFailure?,
        _ transport: ExchangeAnswer.Transport
    ) -> Answer {
        let reason = failure?.description ?? "no answer to this question"
        let outcome: Answer.Outcome =
            switch failure {
            case .tooLarge, .malformedAnswer: .hostile(reason: reason)
            default: .unreachable(reason: reason)
            }
        return Answer(query, outcome, manner: Answer.Manner(transport: transport))
    }

    // MARK: DNS over TLS

    private static func overTLS(
        _ queries: [Query],
        _ door: SharedConnections.Door,
        _ tls: any FramedExchanging
    ) async -> SharedConnections.Talk {
        var answers: [Answer] = []
        var rest = queries
        for connection in 1...connectionsPerQuestion where !rest.isEmpty {
            let (own, failure) = await once(rest, door, tls)
            guard case .brokenOff? = failure, connection < connectionsPerQuestion else {
                return .init(answers: answers + own, isConnected: failure?.isBeforeConnection != true)
            }
            answers += own.filter { !$0.isUnreachable }
            rest = own.filter(\.isUnreachable).map(\.query)
        }
        return .init(answers: answers, isConnected: true)
    }

    /// One connection, and how it failed if it did.
    private static func once(
        _ queries: [Query],
        _ door: SharedConnections.Door,
        _ tls: any FramedExchanging
    ) async -> ([Answer], HTTPFailure?) {
        let started = ContinuousClock.now
        var sent: [(query: Query, sent: Sent)] = []
        var answers: [Answer] = []
        for (index, query) in queries.enumerated() {
            do throws(WireError) {
                sent.append((query, try Sent(query, id: UInt16(truncatingIfNeeded: index + 1))))
            } catch {
                answers.append(failed(query, .refused("\(error)"), .tls))
            }
        }
        let replies = await tls.exchange(
            FramedRequest(
                sent.map(\.sent.octets),
                peer: HTTPRequest.Peer(address: door.address, port: door.port),
                name: door.name,
                trust: door.trust,
                deadlineMilliseconds: deadlineMilliseconds,
                replyLimitOctets: Wire.acceptedOctets
            )
        )
        let milliseconds = started.millisecondsAgo
        for (query, sent) in sent {
            if let reply = replies.messages.first(where: sent.isAnswered) {
                answers.append(answer(query, reply, .tls, milliseconds))
            } else if replies.messages.count == queries.count {
                let outcome = Answer.Outcome.hostile(reason: "an answer to something else than was asked")
                answers.append(Answer(query, outcome, manner: Answer.Manner(transport: .tls)))
            } else {
                answers.append(failed(query, replies.failure, .tls))
            }
        }
        return (answers, replies.failure)
    }

    // MARK: DNS over HTTPS

    private func overHTTPS(
        _ queries: [Query],
        _ name: DomainName,
        _ path: String,
        _ trust: HTTPRequest.Trust
    ) async -> [Answer] {
        await withTaskGroup(of: Answer.self) { group in
            for query in queries { group.addTask { await overHTTPS(query, name, path, trust) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func overHTTPS(
        _ query: Query,
        _ name: DomainName,
        _ path: String,
        _ trust: HTTPRequest.Trust
    ) async -> Answer {
        do {
            // Id 0: equal questions are then equal requests (RFC 8484 4.1).
            let sent = try Sent(query, id: 0)
            let response = try await http.exchange(try Self.request(query, sent, name, path, trust))
            guard response.status == 200 else {
                return Self.failed(query, .brokenOff("HTTP status \(response.status)"), .https)
            }
            let type = (response.headers["Content-Type"] ?? "").split(separator: ";").first.map {
                ASCII.lowercased(String($0))
            }
            guard type == Self.mediaType else {
                return Self.failed(query, .malformedAnswer("it is no \(Self.mediaType)"), .https)
            }
            guard sent.isAnswered(by: response.body) else {
                return Self.failed(query, .malformedAnswer("an answer to something else than was asked"), .https)
            }
            return Self.answer(query, response.body, .https, response.elapsedMilliseconds)
        } catch let failure as HTTPFailure {
            return Self.failed(query, failure, .https)
        } catch {
            return Self.failed(query, .refused("\(error)"), .https)
        }
    }

    private static func request(
        _ query: Query,
        _ sent: Sent,
        _ name: DomainName,
        _ path: String,
        _ trust: HTTPRequest.Trust
    ) throws(HTTPFailure) -> HTTPRequest {
        var headers = HTTPHeaders()
        try headers.add("Content-Type", mediaType)
        try headers.add("Accept", mediaType)
        return HTTPRequest(
            .post,
            try HTTPURL("https://\(name):\(query.port)\(path)"),
            headers: headers,
            body: sent.octets,
            deadlineMilliseconds: deadlineMilliseconds,
            bodyLimitBytes: Wire.acceptedOctets,
            peer: HTTPRequest.Peer(address: query.address, port: query.port),
            trust: trust,
            // Some resolvers speak nothing else (RFC 8484 5.2).
            allowsHTTP2: true
        )
    }
}

extension HTTPFailure {
    /// Whether nobody was there to talk to, or nobody who could be trusted.
    fileprivate var isBeforeConnection: Bool {
        switch self {
        case .unreachable, .noRoute, .tlsFailed: true
        default: false
        }
    }
}

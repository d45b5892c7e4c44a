// The transport against servers that misbehave: every exchange ends with an answer or a failure that says what
// happened.
import DCV
import NIOCore
import NIOPosix
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct HTTPTransportTests {
    private func exchange(
        _ server: RawServer,
        deadlineMilliseconds: Int64 = 10_000,
        bodyLimitBytes: Int = 1000,
        _ change: (inout HTTPRequest) throws -> Void = { _ in }
    ) async throws -> Result<HTTPResponse, HTTPFailure> {
        let loopback = HTTPURL.Host.address(.v4(0x7F00_0001))
        var request = HTTPRequest(
            .get,
            try HTTPURL(.http, host: loopback, port: server.port, segments: ["a b", "c"], query: [("q", "1/2")]),
            deadlineMilliseconds: deadlineMilliseconds,
            bodyLimitBytes: bodyLimitBytes
        )
        try change(&request)
        return await Self.exchange(request)
    }

    private static func exchange(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPFailure> {
        let transport = HTTPTransport()
        let result: Result<HTTPResponse, HTTPFailure>
        do throws(HTTPFailure) {
            result = .success(try await transport.exchange(request))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        return result
    }

    private func failure(_ result: Result<HTTPResponse, HTTPFailure>) -> HTTPFailure? {
        if case .failure(let failure) = result { failure } else { nil }
    }

    private static let okay = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

    @Test func sendsExactlyWhatWasAskedAndReturnsTheAnswer() async throws {
        let server = try await RawServer(.bytes(Self.okay))
        let response = try await exchange(server) { request in
            request.method = .patch
            request.body = Array("{\"a\":1}".utf8)
            try request.headers.add("Authorization", "Bearer t")
            try request.headers.add("User-Agent", "somebody else")
        }.get()
        #expect(response.status == 200)
        #expect(response.headers["content-type"] == "application/json")
        #expect(response.body == Array("{}".utf8))
        #expect(response.elapsedMilliseconds >= 0)
        let asked = try #require(server.requests.first)
        let lines = asked.split(separator: "\r\n", omittingEmptySubsequences: false).map { String($0) }
        #expect(lines.first == "PATCH /a%20b/c?q=1%2F2 HTTP/1.1")
        #expect(lines.contains("Authorization: Bearer t"))
        #expect(lines.contains("Host: 127.0.0.1:\(server.port)"))
        #expect(lines.filter { $0.hasPrefix("User-Agent") } == ["User-Agent: \(HTTPTransport.userAgent)"])
        #expect(lines.contains("Accept-Encoding: identity"))
        #expect(lines.contains { ASCII.lowercased($0) == "content-length: 7" })
        #expect(lines.last == "{\"a\":1}")
        #expect(server.requests.count == 1)
        await server.stop()
    }

    @Test func aRedirectComesBackAsItIs() async throws {
        let target = try await RawServer(.bytes(Self.okay))
        let location = "http://127.0.0.1:\(target.port)/x"
        let server = try await RawServer(
            .bytes("HTTP/1.1 302 Found\r\nLocation: \(location)\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
        )
        let response = try await exchange(server).get()
        #expect(response.status == 302)
        #expect(response.headers["Location"] == location)
        #expect(target.requests.isEmpty)
        await server.stop()
        await target.stop()
    }

    @Test func anErrorPageInHTMLIsAnAnswer() async throws {
        let page = "<html><h1>520</h1></html>"
        let server = try await RawServer(
            .thenClose("HTTP/1.1 520 Web Server Error\r\nContent-Type: text/html\r\n\r\n" + page)
        )
        let response = try await exchange(server).get()
        #expect(response.status == 520)
        #expect(response.body == Array(page.utf8))
        await server.stop()
    }

    @Test func aBodyOfExactlyTheLimitIsTaken() async throws {
        let server = try await RawServer(.bytes(Self.okay))
        #expect(try await exchange(server, bodyLimitBytes: 2).get().body.count == 2)
        #expect(failure(try await exchange(server, bodyLimitBytes: 1)) == .tooLarge(what: "body", limitBytes: 1))
        await server.stop()
    }

    @Test func anEndlessBodyEndsAtTheLimit() async throws {
        let block = String(repeating: "x", count: 1 << 16)
        let server = try await RawServer(.thenForever("HTTP/1.1 200 OK\r\n\r\n", block))
        let result = try await exchange(server, bodyLimitBytes: 1 << 20)
        #expect(failure(result) == .tooLarge(what: "body", limitBytes: 1 << 20))
        await server.stop()
    }

    @Test func anOverlongBodyIsCutWhereTheRequestSaysSo() async throws {
        let block = String(repeating: "x", count: 1 << 16)
        let server = try await RawServer(.thenForever("HTTP/1.1 404 Not Found\r\n\r\n", block))
        let response = try await exchange(server, bodyLimitBytes: 100_000) { $0.overlongBody = .cut }.get()
        #expect(response.status == 404)
        #expect(response.body == [UInt8](repeating: 0x78, count: 100_000) && response.isBodyCut)
        await server.stop()
        let short = try await RawServer(.bytes(Self.okay))
        let whole = try await exchange(short, bodyLimitBytes: 2) { $0.overlongBody = .cut }.get()
        #expect(whole.body.count == 2 && !whole.isBodyCut)
        await short.stop()
    }

    @Test func aDrippingBodyEndsAtTheDeadline() async throws {
        let server = try await RawServer(.thenForever("HTTP/1.1 200 OK\r\n\r\n", "x", pauseMilliseconds: 50))
        let clock = ContinuousClock()
        var result: Result<HTTPResponse, HTTPFailure>?
        let taken = try await clock.measure { result = try await exchange(server, deadlineMilliseconds: 600) }
        #expect(result.flatMap { failure($0) } == .timedOut(milliseconds: 600))
        #expect(taken < .seconds(30))
        await server.stop()
    }

    @Test func aDrippingHeadAndASilentServerEndAtTheDeadline() async throws {
        let dripping = try await RawServer(.thenForever("HTTP/1.1 200 OK\r\n", "A: b\r\n", pauseMilliseconds: 50))
        #expect(failure(try await exchange(dripping, deadlineMilliseconds: 500)) == .timedOut(milliseconds: 500))
        let silent = try await RawServer(.bytes(""))
        #expect(failure(try await exchange(silent, deadlineMilliseconds: 300)) == .timedOut(milliseconds: 300))
        await dripping.stop()
        await silent.stop()
    }

    @Test func nobodyListensIsUnreachable() async throws {
        let server = try await RawServer(.bytes(""))
        await server.stop()
        let failed = failure(try await exchange(server))
        guard case .unreachable? = failed else {
            Issue.record("\(String(describing: failed))")
            return
        }
        #expect(failed?.mayHaveArrived == false)
    }

    @Test func aNameThatDoesNotExistIsUnreachable() async throws {
        let url = try HTTPURL(.https, host: .name(try DomainName("does-not-exist.invalid")))
        let failed = failure(await Self.exchange(HTTPRequest(.get, url)))
        guard case .unreachable? = failed else {
            Issue.record("\(String(describing: failed))")
            return
        }
    }

    @Test(arguments: [
        RawServer.Answer.thenReset("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        .thenClose("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        .thenClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf"),
        .thenClose("HTTP/1.1 200 OK\r\nContent-Le"),
        .thenClose(""),
        .thenReset(""),
    ])
    func anAnswerCutShortIsNoAnswer(answer: RawServer.Answer) async throws {
        let server = try await RawServer(answer)
        let failed = failure(try await exchange(server))
        #expect(failed?.mayHaveArrived == true)
        switch failed {
        case .brokenOff, .malformedAnswer: break
        default: Issue.record("\(String(describing: failed))")
        }
        #expect(server.requests.count == 1, "a request must never be repeated by itself")
        await server.stop()
    }

    @Test func hugeHeadersAreRefused() async throws {
        let line = "X-Filler: " + String(repeating: "x", count: 1000) + "\r\n"
        for count in [70, 20_000] {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + String(repeating: line, count: count) + "\r\n"
            let server = try await RawServer(.bytes(head))
            let limit = HTTPTransport.headLimitBytes
            #expect(failure(try await exchange(server)) == .tooLarge(what: "head", limitBytes: limit))
            await server.stop()
        }
    }

    @Test func whatIsNoHTTPIsMalformed() async throws {
        for text in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 two OK\r\n\r\n"] {
            let server = try await RawServer(.bytes(text))
            let failed = failure(try await exchange(server))
            guard case .malformedAnswer? = failed else {
                Issue.record("\(String(describing: failed))")
                return
            }
            await server.stop()
        }
    }

    @Test func anEncodedBodyComesAsItIs() async throws {
        let server = try await RawServer(
            .bytes("HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx")
        )
        let response = try await exchange(server).get()
        #expect(response.status == 404 && response.body == Array("x".utf8))
        #expect(response.foreignEncoding == "Content-Encoding \"gzip\"")
        await server.stop()
        let plain = try await RawServer(.bytes(Self.okay))
        #expect(try await exchange(plain).get().foreignEncoding == nil)
        await plain.stop()
    }

    @Test func aPeerIsConnectedToWhateverTheNameSays() async throws {
        let server = try await RawServer(.bytes(Self.okay))
        let peer = HTTPRequest.Peer(address: .v4(0x7F00_0001), port: server.port)
        let shop = HTTPURL.Host.name(try DomainName("shop.example.com"))
        let url = try HTTPURL(.http, host: shop, segments: [".well-known", "x"])
        #expect(try await Self.exchange(HTTPRequest(.get, url, peer: peer)).get().status == 200)
        let asked = try #require(server.requests.first)
        #expect(asked.hasPrefix("GET /.well-known/x HTTP/1.1\r\n"))
        #expect(asked.contains("\r\nHost: shop.example.com\r\n"))
        await server.stop()
    }

    @Test func aCertificateNobodySignedIsATLSFailureAndNothingIsSent() async throws {
        let server = try await RawServer(.bytes(Self.okay), tls: try TestCertificate.context())
        let name = HTTPURL.Host.name(try DomainName("api.example.test"))
        let pinned = HTTPRequest(
            .get,
            try HTTPURL(.https, host: name),
            peer: .init(address: .v4(0x7F00_0001), port: server.port)
        )
        let direct = HTTPRequest(.get, try HTTPURL(.https, host: .address(.v4(0x7F00_0001)), port: server.port))
        for request in [pinned, direct] {
            let failed = failure(await Self.exchange(request))
            guard case .tlsFailed? = failed else {
                Issue.record("\(String(describing: failed))")
                continue
            }
            #expect(failed?.mayHaveArrived == false)
        }
        #expect(server.requests.isEmpty)
        await server.stop()
    }

    @Test func cancellingEndsAnExchangeAtOnce() async throws {
        let server = try await RawServer(.bytes(""))
        let task = Task { try await exchange(server, deadlineMilliseconds: 60_000) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        task.cancel()
        #expect(failure(try await task.value) == .cancelled)
        await server.stop()
    }

    @Test func whoNeverAcceptsEndsAtTheDeadlineAndHoldsUpNoShutdown() async throws {
        let deaf = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1)
            .serverChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        let url = try HTTPURL("http://127.0.0.1:\(deaf.localAddress?.port ?? 0)/")
        let transport = HTTPTransport()
        let started = ContinuousClock.now
        await withTaskGroup(of: HTTPFailure?.self) { group in
            // The first few fill the queue; the others' connections are never answered.
            for _ in 0..<6 {
                group.addTask {
                    do throws(HTTPFailure) {
                        _ = try await transport.exchange(HTTPRequest(.get, url, deadlineMilliseconds: 500))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            for await failure in group { #expect(failure == .timedOut(milliseconds: 500)) }
        }
        await transport.shutdown()
        let taken = ContinuousClock.now - started
        #expect(taken < .seconds(9), "less than the connection's own deadline")
        try await deaf.close()
    }

    @Test func aPinnedAddressInBracketsWorks() async throws {
        guard let six = IPAddress("::1") else { return }
        let closed = HTTPRequest(.get, try HTTPURL("http://a.test/"), peer: .init(address: six, port: 1))
        guard case .unreachable? = failure(await Self.exchange(closed)) else {
            Issue.record("port 1 of ::1 should be closed")
            return
        }
    }
}

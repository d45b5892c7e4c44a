// HTTP over the network. The only file that knows AsyncHTTPClient: its traps (a deadline that ends at the head,
// redirects, repeated connection attempts) are shut here once.
import AsyncHTTPClient
import DCV
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SystemPackage

/// HTTP/1.1 for provider APIs and token files: no redirect followed, no request repeated, no cookie, no proxy,
/// nothing decompressed, certificates checked against the system's roots, TLS 1.2 or later. `shutdown()` must be awaited
/// before the last reference goes.
package final class HTTPTransport: HTTPExchanging {
    package static let userAgent = "\(Product.name)/\(Product.version)"
    /// Names and values of all header fields of an answer.
    package static let headLimitBytes = 64 << 10
    package static let connectDeadlineMilliseconds: Int64 = 10_000
    /// Kept short: a request on a connection that the server closes at that moment fails with its effect unknown.
    package static let idleConnectionMilliseconds: Int64 = 3_000

    package static let shutdownMilliseconds: Int64 = 1_000

    private let client: HTTPClient

    package init() {
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration())
    }

    /// Returns when all connections are closed, at the latest after `shutdownMilliseconds`: a connection that is just
    /// being made is closed in the background.
    package func shutdown() async { await Self.shutDown(client) }

    package func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let started = ContinuousClock.now
        // The client's own timeout ends with the head. A sleeping sibling ends head and body together.
        let outcome = await withTaskGroup(of: Result<HTTPResponse, HTTPFailure>.self) { group in
            group.addTask { await self.attempt(request, started: started) }
            group.addTask {
                do {
                    try await Task.sleep(for: .milliseconds(max(0, request.deadlineMilliseconds)))
                    return .failure(.timedOut(milliseconds: request.deadlineMilliseconds))
                } catch {
                    return .failure(.cancelled)
                }
            }
            let first = await group.next() ?? .failure(.cancelled)
            group.cancelAll()
            return first
        }
        return try outcome.get()
    }

    private func attempt(
        _ request: HTTPRequest,
        started: ContinuousClock.Instant
    ) async -> Result<HTTPResponse, HTTPFailure> {
        do {
            guard request.peer != nil else {
                return .success(try await Self.execute(request, on: client, started: started))
            }
            // Where TLS goes, whom it trusts and how long connecting may take belong to a client, not to a request:
            // one client for this exchange.
            let pinned = HTTPClient(
                eventLoopGroupProvider: .singleton,
                configuration: try Self.configuration(for: request)
            )
            let result = await Result { try await Self.execute(request, on: pinned, started: started) }
            await Self.shutDown(pinned)
            return .success(try result.get())
        } catch {
            let failure = Self.failure(error, of: request)
            // Asked of the kernel: the error of a connection may as well be a router's, far away.
            if case .unreachable = failure, let peer = request.peer, !System.hasRoute(to: peer.address) {
                return .failure(.noRoute("\(peer.address)"))
            }
            return .failure(failure)
        }
    }

    private static func shutDown(_ client: HTTPClient) async {
        let (end, ended) = AsyncStream.makeStream(of: Never.self)
        Task {
            try? await client.shutdown()
            ended.finish()
        }
        Task {
            try? await Task.sleep(for: .milliseconds(shutdownMilliseconds))
            ended.finish()
        }
        for await _ in end {}
    }

    /// A peer that does not take the connection in half the deadline is told apart from one that does not answer.
    private static func configuration(for request: HTTPRequest) throws -> HTTPClient.Configuration {
        var names: [String: String] = [:]
        if let peer = request.peer, case .name(let name) = request.url.host {
            names[name.text] = peer.address.description
        }
        var configuration = try Self.configuration(names: names, trust: request.trust)
        configuration.timeout.connect = .milliseconds(connectMilliseconds(request))
        if request.allowsHTTP2 { configuration.httpVersion = .automatic }
        return configuration
    }

    private static func connectMilliseconds(_ request: HTTPRequest) -> Int64 {
        guard request.peer != nil else { return connectDeadlineMilliseconds }
        return min(connectDeadlineMilliseconds, max(1, request.deadlineMilliseconds / 2))
    }

    private static func configuration(
        names: [String: String],
        trust: HTTPRequest.Trust
    ) throws -> HTTPClient.Configuration {
        var configuration = configuration()
        configuration.dnsOverride = names
        configuration.tlsConfiguration = try TLSConfiguration.client(trust)
        return configuration
    }

    private static func configuration() -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: .client(),
            redirectConfiguration: .disallow,
            timeout: .init(connect: .milliseconds(connectDeadlineMilliseconds)),
            connectionPool: .init(idleTimeout: .milliseconds(idleConnectionMilliseconds)),
            proxy: nil,
            decompression: .disabled
        )
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return configuration
    }

    private static func execute(
        _ request: HTTPRequest,
        on client: HTTPClient,
        started: ContinuousClock.Instant
    ) async throws -> HTTPResponse {
        var outgoing = HTTPClientRequest(url: wireURL(request))
        outgoing.method = NIOHTTP1.HTTPMethod(rawValue: request.method.rawValue)
        for field in request.headers.fields { outgoing.headers.add(name: field.name, value: field.value) }
        outgoing.headers.replaceOrAdd(name: "Host", value: request.url.authority)
        outgoing.headers.replaceOrAdd(name: "User-Agent", value: userAgent)
        outgoing.headers.replaceOrAdd(name: "Accept-Encoding", value: "identity")
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }

        let answer = try await client.execute(outgoing, deadline: .distantFuture)
        let headBytes = answer.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard headBytes <= headLimitBytes else { throw HTTPFailure.tooLarge(what: "head", limitBytes: headLimitBytes) }
        let headers = HTTPHeaders(received: answer.headers.map { ($0.name, $0.value) })
        let (body, isBodyCut) = try await Self.body(of: answer, request)
        return HTTPResponse(
            status: Int(answer.status.code),
            headers: headers,
            body: body,
            isBodyCut: isBodyCut,
            elapsedMilliseconds: started.millisecondsAgo
        )
    }

    /// The body up to the limit, and whether there was more. Whoever stops reading closes the connection.
    private static func body(
        of answer: HTTPClientResponse,
        _ request: HTTPRequest
    ) async throws -> (bytes: [UInt8], isCut: Bool) {
        var bytes: [UInt8] = []
        for try await part in answer.body {
            let room = request.bodyLimitBytes - bytes.count
            bytes.append(contentsOf: part.readableBytesView.prefix(room))
            guard part.readableBytes > room else { continue }
            switch request.overlongBody {
            case .refuse: throw HTTPFailure.tooLarge(what: "body", limitBytes: request.bodyLimitBytes)
            case .cut: return (bytes, true)
            }
        }
        return (bytes, false)
    }

    /// What the client is to connect to. The name stays in the URL only where it is needed: for TLS and for the
    /// system's resolver.
    private static func wireURL(_ request: HTTPRequest) -> String {
        let url = request.url
        guard let peer = request.peer else { return url.description }
        let host: HTTPURL.Host = url.scheme == .http ? .address(peer.address) : url.host
        return "\(url.scheme.rawValue)://\(host):\(peer.port)\(url.target)"
    }

    private static func failure(_ error: any Error, of request: HTTPRequest) -> HTTPFailure {
        switch error {
        case let error as HTTPFailure: error
        case is CancellationError: .cancelled
        case HTTPParserError.headerOverflow: .tooLarge(what: "head", limitBytes: headLimitBytes)
        case let error as HTTPParserError: .malformedAnswer("\(error)")
        case SocketAddressError.unknown, is SocketAddressError.UnknownHost:
            .unreachable("\(request.url.host) could not be resolved to an address")
        // Without a single connection that failed there was no address to connect to.
        case let error as NIOConnectionError where error.connectionErrors.isEmpty:
            .unreachable("\(request.url.host) could not be resolved to an address")
        case let error as NIOConnectionError:
            .unreachable(error.connectionErrors.map { "\($0.target): \(words($0.error))" }.joined(separator: "; "))
        case NIOSSLError.handshakeFailed(let reason): .tlsFailed("\(reason)")
        case is NIOSSLError: .tlsFailed("\(error)")
        case is NIOSSLExtraError: .tlsFailed("\(error)")
        case let error as HTTPClientError: failure(error, connectMilliseconds(request))
        case let error as IOError where [ECONNRESET, EPIPE].contains(error.errnoCode): .brokenOff(words(error))
        case let error as IOError: .unreachable(words(error))
        case ChannelError.connectTimeout: .unreachable("no connection within \(connectMilliseconds(request)) ms")
        default: .brokenOff("\(error)")
        }
    }

    /// The system's words without NIO's call names and numbers.
    static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError: System.words(error.errnoCode)
        case let error as ChannelError:
            switch error {
            case .connectTimeout: "no connection in time"
            default: "\(error)"
            }
        default: "\(error)"
        }
    }

    private static func failure(_ error: HTTPClientError, _ connectMilliseconds: Int64) -> HTTPFailure {
        switch error {
        case .cancelled: .cancelled
        case .connectTimeout: .unreachable("no connection within \(connectMilliseconds) ms")
        case .tlsHandshakeTimeout: .tlsFailed("no TLS handshake within \(connectMilliseconds) ms")
        case .remoteConnectionClosed: .brokenOff("the server closed it")
        case .uncleanShutdown: .brokenOff("it was closed without the end that TLS asks for")
        default: .malformedAnswer("\(error)")
        }
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

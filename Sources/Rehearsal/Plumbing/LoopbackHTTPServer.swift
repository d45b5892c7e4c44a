// A small HTTP/1.1 server whose replies may be slow, endless, cut short or reset: the base of the rehearsed provider
// and web.
import DCV
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// One request, whole.
package struct RehearsedRequest: Sendable {
    /// On the server's stopwatch.
    package let atMilliseconds: Int64
    /// The address it was sent to.
    package let server: String
    package let method: String
    /// As sent: path, question mark and query, octet for octet.
    package let target: String
    /// As sent, without the query.
    package let path: String
    /// As sent, without the question mark; empty without one.
    package let query: String
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    /// The values of a header, by its name in any case.
    package func header(_ name: String) -> [String] {
        headers.filter { ASCII.lowercased($0.name) == ASCII.lowercased(name) }.map(\.value)
    }

    package var host: String { header("host").first ?? "" }
    package var bodyText: String { String(decoding: body, as: UTF8.self) }
}

/// One reply and the manner in which it is sent.
package struct RehearsedReply: Sendable {
    package enum Manner: Sendable {
        case whole
        /// Head at once, then one byte of the body after each pause.
        case drip(milliseconds: Int)
        /// The body again and again until the client goes or `endlessLimitBytes` are sent.
        case endless
        /// Connection reset after so many bytes of the body; nil: before the head.
        case reset(afterBytes: Int?)
    }

    package static let endlessLimitBytes = 1 << 30

    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var manner: Manner
    /// What the body says, where it is JSON of the provider's own: faults are made from it.
    var json: JSONText?

    package init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: some Sequence<UInt8>,
        manner: Manner = .whole
    ) {
        self.status = status
        self.headers = headers
        self.body = Array(body)
        self.manner = manner
    }

    init(status: Int, headers: [(name: String, value: String)] = [], json: JSONText) {
        self.init(status: status, headers: headers, body: json.text.utf8)
        self.json = json
    }
}

/// Answers requests at one port of one or more addresses until `shutdown()`.
final class LoopbackHTTPServer: Sendable {
    typealias Handler = @Sendable (RehearsedRequest) async -> RehearsedReply

    let port: Int
    private let group: MultiThreadedEventLoopGroup
    private let openWork: OpenWork

    private init(port: Int, group: MultiThreadedEventLoopGroup, openWork: OpenWork) {
        self.port = port
        self.group = group
        self.openWork = openWork
    }

    /// The beginning of a URL at that address and port: `http://127.0.0.1:8080`, `http://[::1]:8080`.
    static func origin(_ address: IPAddress, _ port: Int) -> String {
        "http://" + (address.isV6 ? "[\(address)]" : "\(address)") + ":\(port)"
    }

    /// - Parameter port: 0 takes a free one.
    static func start(
        addresses: [IPAddress],
        port: Int,
        stopwatch: Stopwatch,
        handler: @escaping Handler
    ) async throws -> LoopbackHTTPServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let openWork = OpenWork()
        let openers: [SocketOpener] = addresses.map { address in
            { port in
                try await ServerBootstrap(group: group)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                            try channel.pipeline.syncOperations.addHandler(
                                RequestCollector(
                                    server: "\(address)",
                                    stopwatch: stopwatch,
                                    openWork: openWork,
                                    handler: handler
                                )
                            )
                        }
                    }
                    .bind(host: address.description, port: port).get()
            }
        }
        do {
            let port = try await openOnOnePort(openers, port: port).port
            return LoopbackHTTPServer(port: port, group: group, openWork: openWork)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Ends replies that are still being sent, and waits for them: a closed event loop takes no more writes.
    func shutdown() async {
        await openWork.end()
        try? await group.shutdownGracefully()
    }
}

/// Connections and replies that are not done.
private final class OpenWork: Sendable {
    private struct State: Sendable {
        var isEnding = false
        var lastID = 0
        var replies: [Int: Task<Void, Never>] = [:]
        var connections: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = Mutex(State())

    func opened(_ channel: any Channel) {
        let isEnding = state.withLock { state in
            state.connections[ObjectIdentifier(channel)] = channel
            return state.isEnding
        }
        if isEnding { channel.close(promise: nil) }
    }

    func closed(_ channel: any Channel) {
        state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    func start(_ reply: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            guard !state.isEnding else { return }
            state.lastID += 1
            let id = state.lastID
            state.replies[id] = Task {
                await reply()
                self.state.withLock { _ = $0.replies.removeValue(forKey: id) }
            }
        }
    }

    func end() async {
        let (replies, connections) = state.withLock { state in
            state.isEnding = true
            return (Array(state.replies.values), Array(state.connections.values))
        }
        for reply in replies { reply.cancel() }
        for connection in connections { connection.close(promise: nil) }
        for reply in replies { await reply.value }
    }
}

/// Collects the parts of a request and sends the reply. Pipelined requests come one after the other (NIO's pipeline
/// handler).
private final class RequestCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    /// No client of a rehearsal has more to say.
    private static let bodyLimitBytes = 1 << 20

    private let server: String
    private let stopwatch: Stopwatch
    private let openWork: OpenWork
    private let handler: LoopbackHTTPServer.Handler
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(
        server: String,
        stopwatch: Stopwatch,
        openWork: OpenWork,
        handler: @escaping LoopbackHTTPServer.Handler
    ) {
        self.server = server
        self.stopwatch = stopwatch
        self.openWork = openWork
        self.handler = handler
    }

    func channelActive(context: ChannelHandlerContext) { openWork.opened(context.channel) }

    func channelInactive(context: ChannelHandlerContext) { openWork.closed(context.channel) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let buffer):
            body.append(contentsOf: buffer.readableBytesView)
            if body.count > Self.bodyLimitBytes { context.close(promise: nil) }
        case .end:
            guard let head else { return }
            self.head = nil
            let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            let request = RehearsedRequest(
                atMilliseconds: stopwatch.milliseconds,
                server: server,
                method: head.method.rawValue,
                target: head.uri,
                path: String(parts.first ?? ""),
                query: parts.count > 1 ? String(parts[1]) : "",
                headers: head.headers.map { ($0.name, $0.value) },
                body: body
            )
            let channel = context.channel
            let handler = handler
            // A reply that cannot be sent has lost its client; there is nobody to tell.
            openWork.start { try? await send(handler(request), keepAlive: head.isKeepAlive, on: channel) }
        }
    }
}

private func send(_ reply: RehearsedReply, keepAlive: Bool, on channel: any Channel) async throws {
    func write(_ part: HTTPServerResponsePart) async throws { try await channel.writeAndFlush(part).get() }
    func write(_ bytes: some Sequence<UInt8>) async throws {
        try await write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
    }

    if case .reset(nil) = reply.manner { return try await reset(channel) }
    var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status))
    for header in reply.headers { head.headers.add(name: header.name, value: header.value) }
    if case .endless = reply.manner {
        head.headers.replaceOrAdd(name: "transfer-encoding", value: "chunked")
    } else if head.headers["content-length"].isEmpty {
        head.headers.add(name: "content-length", value: String(reply.body.count))
    }
    try await write(.head(head))
    switch reply.manner {
    case .whole: try await write(reply.body)
    case .drip(let milliseconds):
        for byte in reply.body {
            try await Task.sleep(for: .milliseconds(milliseconds))
            try await write([byte])
        }
    case .endless:
        var sentBytes = 0
        while sentBytes < RehearsedReply.endlessLimitBytes && !reply.body.isEmpty {
            try Task.checkCancellation()
            try await write(reply.body)
            sentBytes += reply.body.count
        }
    case .reset(let afterBytes):
        try await write(reply.body.prefix(afterBytes ?? 0))
        return try await reset(channel)
    }
    try await write(.end(nil))
    if !keepAlive { try await channel.close() }
}

/// Closes with a TCP reset instead of FIN, as a crashed peer or a middlebox does.
private func reset(_ channel: any Channel) async throws {
    if let socket = channel as? any SocketOptionProvider {
        try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    }
    try await channel.close()
}

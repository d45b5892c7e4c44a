// Framed messages over TLS against servers that keep to it and servers that do not.
import DCV
import NIOCore
import NIOPosix
import NIOSSL
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct FramedTLSTests {
    /// What the server writes once it has read `count` messages.
    private struct Server {
        let channel: any Channel
        var port: UInt16 { UInt16(channel.localAddress?.port ?? 0) }

        /// - Parameter freezes: it takes nothing more once it has answered, not even the end.
        init(
            after count: Int,
            freezes: Bool = false,
            _ reply: @escaping @Sendable ([[UInt8]]) -> (octets: [UInt8], closes: Bool)
        ) async throws {
            let tls = try TestCertificate.context()
            channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let dam = freezes ? Dam() : nil
                        if let dam { try channel.pipeline.syncOperations.addHandler(dam) }
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                        try channel.pipeline.syncOperations.addHandler(FrameReader(count, dam, reply))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
        }
    }

    private static func frame(_ message: [UInt8]) -> [UInt8] {
        [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
    }

    private static func exchange(
        _ messages: [[UInt8]],
        port: UInt16,
        name: String = "api.example.test",
        trust: HTTPRequest.Trust? = nil,
        deadlineMilliseconds: Int64 = 10_000
    ) async throws -> FramedReplies {
        await FramedTLS().exchange(
            FramedRequest(
                messages,
                peer: HTTPRequest.Peer(address: .v4(0x7F00_0001), port: port),
                name: try DomainName(name),
                trust: try trust ?? .roots(pem: TestCertificate.pem()),
                deadlineMilliseconds: deadlineMilliseconds,
                replyLimitOctets: 100
            )
        )
    }

    @Test func severalMessagesOnOneConnection() async throws {
        let server = try await Server(after: 3) { (octets: $0.reversed().flatMap(Self.frame), closes: false) }
        let replies = try await Self.exchange([[1], [2, 2], []], port: server.port)
        #expect(replies.messages == [[], [2, 2], [1]])
        #expect(replies.failure == nil)
        try await server.channel.close()
    }

    @Test func theCertificateMustBeForTheNameAndSigned() async throws {
        let server = try await Server(after: 1) { (octets: $0.flatMap(Self.frame), closes: false) }
        for (name, trust) in [
            ("other.example.test", HTTPRequest.Trust.roots(pem: try TestCertificate.pem())),
            ("api.example.test", .systemRoots),
        ] {
            let replies = try await Self.exchange([[1]], port: server.port, name: name, trust: trust)
            #expect(replies.messages.isEmpty)
            guard case .tlsFailed? = replies.failure else {
                Issue.record("\(String(describing: replies.failure))")
                continue
            }
        }
        try await server.channel.close()
    }

    @Test func whatCameBeforeTheEndCounts() async throws {
        let closing = try await Server(after: 2) { (octets: Self.frame($0[0]), closes: true) }
        let some = try await Self.exchange([[1], [2]], port: closing.port)
        #expect(some.messages == [[1]])
        guard case .brokenOff? = some.failure else { throw UnexpectedEnd(failure: some.failure) }
        let hanging = try await Server(after: 2) { (octets: Self.frame($0[0]) + [0, 5, 1], closes: false) }
        let started = ContinuousClock.now
        let late = try await Self.exchange([[1], [2]], port: hanging.port, deadlineMilliseconds: 500)
        #expect(late.messages == [[1]])
        #expect(late.failure == .timedOut(milliseconds: 500))
        #expect(ContinuousClock.now - started < .seconds(8))
        try await closing.channel.close()
        try await hanging.channel.close()
    }

    /// Everything has come: a peer that does not take the goodbye may cost a moment, not the five seconds that TLS waits for it by itself.
    @Test func aPeerThatHearsNoEndCostsAMoment() async throws {
        let frozen = try await Server(after: 1, freezes: true) { (octets: Self.frame($0[0]), closes: false) }
        let started = ContinuousClock.now
        let replies = try await Self.exchange([[1]], port: frozen.port)
        #expect(replies.messages == [[1]] && replies.failure == nil)
        #expect(ContinuousClock.now - started < .seconds(4))
        try await frozen.channel.close()
    }

    @Test func lengthsAboveTheLimitEndIt() async throws {
        let server = try await Server(after: 1) { _ in
            (octets: [0, 101] + [UInt8](repeating: 0, count: 101), closes: false)
        }
        let replies = try await Self.exchange([[1]], port: server.port)
        #expect(replies.messages.isEmpty)
        #expect(replies.failure == .tooLarge(what: "message", limitBytes: 100))
        try await server.channel.close()
    }

    @Test func nobodyThere() async throws {
        let replies = try await Self.exchange([[1]], port: 1)
        guard case .unreachable? = replies.failure else { throw UnexpectedEnd(failure: replies.failure) }
    }
}

private struct UnexpectedEnd: Error { let failure: HTTPFailure? }

/// Below TLS: once it is closed, nothing that the peer sends gets through.
private final class Dam: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    var isClosed = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isClosed { context.fireChannelRead(data) }
    }
}

/// Reads whole messages and answers once.
private final class FrameReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let count: Int
    private let dam: Dam?
    private let reply: @Sendable ([[UInt8]]) -> (octets: [UInt8], closes: Bool)
    private var octets = ByteBuffer()
    private var messages: [[UInt8]] = []

    init(
        _ count: Int,
        _ dam: Dam?,
        _ reply: @escaping @Sendable ([[UInt8]]) -> (octets: [UInt8], closes: Bool)
    ) {
        self.count = count
        self.dam = dam
        self.reply = reply
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        octets.writeImmutableBuffer(unwrapInboundIn(data))
        while let length = octets.getInteger(at: octets.readerIndex, as: UInt16.self),
            octets.readableBytes >= 2 + Int(length)
        {
            octets.moveReaderIndex(forwardBy: 2)
            messages.append(octets.readBytes(length: Int(length)) ?? [])
        }
        guard messages.count == count else { return }
        let (answer, closes) = reply(messages)
        dam?.isClosed = true
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
        if closes { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

// A loopback server that says exactly the bytes a test wants, well-formed or not, and remembers what it was asked.
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Platform
import Synchronization

/// Gives every request the same answer. Binds a free port of 127.0.0.1.
final class RawServer: Sendable {
    enum Answer: Sendable {
        /// These bytes; the connection stays open.
        case bytes(String)
        /// These bytes, then the connection is closed in order, or reset.
        case thenClose(String)
        case thenReset(String)
        /// The first text, then the second again and again: as fast as it is read, or with a pause.
        case thenForever(String, String, pauseMilliseconds: Int64 = 0)
    }

    private let channel: any Channel
    private let log: Log

    var port: UInt16 { UInt16(channel.localAddress?.port ?? 0) }
    /// What came, one string for each connection.
    var requests: [String] { log.texts.withLock { $0.map { String(decoding: $0, as: UTF8.self) } } }

    init(_ answer: Answer, tls: NIOSSLContext? = nil) async throws {
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Responder(answer, log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func stop() async { try? await channel.close() }
}

private final class Log: Sendable {
    let texts = Mutex<[[UInt8]]>([])
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: RawServer.Answer
    private let log: Log
    private var place: Int?
    private var hasAnswered = false

    init(_ answer: RawServer.Answer, _ log: Log) {
        self.answer = answer
        self.log = log
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        let whole = log.texts.withLock { texts in
            let place = self.place ?? texts.count
            if self.place == nil { texts.append([]) }
            self.place = place
            texts[place] += bytes
            return texts[place]
        }
        guard !hasAnswered, String(decoding: whole, as: UTF8.self).contains("\r\n\r\n") else { return }
        hasAnswered = true
        respond(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func respond(_ context: ChannelHandlerContext) {
        switch answer {
        case .bytes(let text): send(text, context)
        case .thenClose(let text):
            send(text, context)
            context.close(promise: nil)
        case .thenReset(let text):
            send(text, context)
            let loop = NIOLoopBound(context, eventLoop: context.eventLoop)
            // A little later, so that the bytes have gone before the reset overtakes them.
            context.eventLoop.scheduleTask(in: .milliseconds(50)) {
                let channel = loop.value.channel as? any SocketOptionProvider
                channel?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
                    loop.value.close(promise: nil)
                }
            }
        case .thenForever(let first, let text, let pauseMilliseconds):
            send(first, context)
            `repeat`(text, pauseMilliseconds, context)
        }
    }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    private func `repeat`(_ text: String, _ pauseMilliseconds: Int64, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(pauseMilliseconds)) {
            let (me, context) = bound.value
            guard context.channel.isActive else { return }
            context.writeAndFlush(me.wrapOutboundOut(ByteBuffer(string: text))).whenSuccess {
                bound.value.0.repeat(text, pauseMilliseconds, bound.value.1)
            }
        }
    }
}

/// A self-signed certificate for api.example.test and its key, made for these tests alone.
enum TestCertificate {
    static func pem() throws -> [UInt8] { try file("certificate.pem") }

    static func context(_ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> NIOSSLContext {
        let certificate = try NIOSSLCertificate(bytes: pem(), format: .pem)
        let key = try NIOSSLPrivateKey(bytes: file("key.pem"), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)],
            privateKey: .privateKey(key)
        )
        change(&configuration)
        return try NIOSSLContext(configuration: configuration)
    }

    private static func file(_ name: String) throws -> [UInt8] {
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return try Files.read("/\(tests)/Fixtures/tls/\(name)", limitBytes: 1 << 16)
    }
}

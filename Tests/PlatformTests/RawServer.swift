// A loopback server that says exactly the bytes a test wants, well-formed or not, and remembers what it was asked.
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
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
    static var pem: [UInt8] { Array(certificateText.utf8) }

    static func context(_ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> NIOSSLContext {
        let certificate = try NIOSSLCertificate(bytes: pem, format: .pem)
        let key = try NIOSSLPrivateKey(bytes: Array(keyText.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(certificate)],
            privateKey: .privateKey(key)
        )
        change(&configuration)
        return try NIOSSLContext(configuration: configuration)
    }

    private static let keyText = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAwl4hOMjhKtI4usW
        MsZorjz9RTAMAMVbpjvON1yC7C+hRANCAARIJ0LeFhr5ugbghclQoqwOocwxhh34
        SfGC0WxizAwj0M9n7l1rU6XvkunzOtOu+ptbOsag+4p73dJwPtltk2pQ
        -----END PRIVATE KEY-----
        """

    private static let certificateText = """
        -----BEGIN CERTIFICATE-----
        MIIBqjCCAVCgAwIBAgIUUvLv+eMX3zRJPTVTLkHq7lHZuSIwCgYIKoZIzj0EAwIw
        GzEZMBcGA1UEAwwQYXBpLmV4YW1wbGUudGVzdDAgFw0yNjExMjEyMTUwMzRaGA8y
        MTI2MTAyODIxNTAzNFowGzEZMBcGA1UEAwwQYXBpLmV4YW1wbGUudGVzdDBZMBMG
        ByqGSM49AgEGCCqGSM49AwEHA0IABEgnQt4WGvm6BuCFyVCirA6hzDGGHfhJ8YLR
        bGLMDCPQz2fuXWtTpe+S6fM60676m1s6xqD7invd0nA+2W2TalCjcDBuMB0GA1Ud
        DgQWBBSaF6W5NbkQpeKIIWpV6A+tVlGAmDAfBgNVHSMEGDAWgBSaF6W5NbkQpeKI
        IWpV6A+tVlGAmDAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEGFwaS5leGFt
        cGxlLnRlc3QwCgYIKoZIzj0EAwIDSAAwRQIhAJaluSdLLq7AvPsE+95N1YamxQ3i
        QURgmGblY6W+FKFCAiB0qYrWWfsBHrMc5CjWnVWwV6ltLuSQf8kgwqc+0aztgQ==
        -----END CERTIFICATE-----
        """
}

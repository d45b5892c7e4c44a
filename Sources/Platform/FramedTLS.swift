// Messages with a length before each, over one TLS connection to a given address: what DNS over TLS is made of.
package import DCV
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Several messages for one server; the replies come in any order.
package struct FramedRequest: Sendable {
    package let messages: [[UInt8]]
    package let peer: HTTPRequest.Peer
    /// What the certificate must be made out to.
    package let name: DomainName
    package let trust: HTTPRequest.Trust
    /// From the first packet to the last octet of the last reply.
    package let deadlineMilliseconds: Int64
    package let replyLimitOctets: Int

    package init(
        _ messages: [[UInt8]],
        peer: HTTPRequest.Peer,
        name: DomainName,
        trust: HTTPRequest.Trust,
        deadlineMilliseconds: Int64,
        replyLimitOctets: Int
    ) {
        self.messages = messages
        self.peer = peer
        self.name = name
        self.trust = trust
        self.deadlineMilliseconds = deadlineMilliseconds
        self.replyLimitOctets = replyLimitOctets
    }
}

/// As many replies as there were messages, or fewer and why.
package struct FramedReplies: Sendable {
    package var messages: [[UInt8]] = []
    package var failure: HTTPFailure?

    package init(messages: [[UInt8]] = [], failure: HTTPFailure? = nil) {
        self.messages = messages
        self.failure = failure
    }
}

package protocol FramedExchanging: Sendable {
    func exchange(_ request: FramedRequest) async -> FramedReplies
}

/// Two octets of length before each message (RFC 7858 3.3, RFC 1035 4.2.2). TLS 1.2 or later, the certificate checked.
package struct FramedTLS: FramedExchanging {
    package init() {}

    package func exchange(_ request: FramedRequest) async -> FramedReplies {
        let received = Received()
        let failure = await withTaskGroup(of: HTTPFailure?.self) { group in
            group.addTask { await Self.converse(request, received) }
            group.addTask {
                do {
                    try await Task.sleep(for: .milliseconds(max(0, request.deadlineMilliseconds)))
                    return .timedOut(milliseconds: request.deadlineMilliseconds)
                } catch {
                    return .cancelled
                }
            }
            let first = await group.next() ?? .cancelled
            group.cancelAll()
            return first
        }
        let messages = await received.messages
        return FramedReplies(messages: messages, failure: messages.count < request.messages.count ? failure : nil)
    }

    /// Replies so far: what came before the deadline counts.
    private actor Received {
        private(set) var messages: [[UInt8]] = []

        func add(_ message: [UInt8]) { messages.append(message) }
    }

    /// The first error of a connection: what a broken handshake leaves to its writer says nothing.
    private final class ErrorKeeper: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        private let first = Mutex<(any Error)?>(nil)

        var error: (any Error)? { first.withLock { $0 } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            first.withLock { $0 = $0 ?? error }
            context.fireErrorCaught(error)
        }
    }

    private static func converse(_ request: FramedRequest, _ received: Received) async -> HTTPFailure? {
        let keeper = ErrorKeeper()
        do {
            let context = try NIOSSLContext(configuration: try TLSConfiguration.client(request.trust))
            let connectMilliseconds = max(1, request.deadlineMilliseconds / 2)
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.milliseconds(connectMilliseconds))
                .connect(host: request.peer.address.description, port: Int(request.peer.port)) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: request.name.text)
                        )
                        try channel.pipeline.syncOperations.addHandler(keeper)
                        return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: frames(request.messages)))
                return try await read(inbound, request, received)
            }
        } catch {
            return failure(keeper.error ?? error, request)
        }
    }

    private static func frames(_ messages: [[UInt8]]) -> [UInt8] {
        messages.flatMap { message in
            let length = UInt16(clamping: message.count)
            return [UInt8(length >> 8), UInt8(length & 0xFF)] + message.prefix(Int(length))
        }
    }

    private static func read(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ request: FramedRequest,
        _ received: Received
    ) async throws -> HTTPFailure? {
        var octets = ByteBuffer()
        var count = 0
        for try await part in inbound {
            octets.writeImmutableBuffer(part)
            while let length = octets.getInteger(at: octets.readerIndex, as: UInt16.self) {
                guard Int(length) <= request.replyLimitOctets else {
                    return .tooLarge(what: "message", limitBytes: request.replyLimitOctets)
                }
                guard octets.readableBytes >= 2 + Int(length) else { break }
                octets.moveReaderIndex(forwardBy: 2)
                await received.add(octets.readBytes(length: Int(length)) ?? [])
                count += 1
                if count == request.messages.count { return nil }
            }
            octets.discardReadBytes()
        }
        return .brokenOff("closed after \(count) of \(request.messages.count) answers")
    }

    private static func failure(_ error: any Error, _ request: FramedRequest) -> HTTPFailure {
        switch error {
        case let error as HTTPFailure: error
        case is CancellationError: .cancelled
        case NIOSSLError.handshakeFailed(let reason): .tlsFailed("\(reason)")
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: .tlsFailed("\(error)")
        case ChannelError.connectTimeout: .unreachable("no connection before half the deadline")
        case let error as NIOConnectionError:
            .unreachable(error.connectionErrors.map { "\($0.target): \($0.error)" }.joined(separator: "; "))
        case let error as IOError: .brokenOff(HTTPTransport.words(error))
        default: .brokenOff("\(error)")
        }
    }
}

// The sockets of rehearsed name servers: datagrams, and messages behind two octets of length (RFC 1035 4.2.2).
import DCV
import NIOCore
import NIOPosix

enum NameServerSockets {
    static func udp(_ temper: NameServerTemper, _ group: MultiThreadedEventLoopGroup) -> SocketOpener {
        { port in
            try await DatagramBootstrap(group: group)
                .channelOption(.socketOption(.so_rcvbuf), value: receiveBufferOctets)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramAnswerer(temper: temper))
                    }
                }
                .bind(host: temper.address.description, port: port).get()
        }
    }

    static func tcp(_ temper: NameServerTemper, _ group: MultiThreadedEventLoopGroup) -> SocketOpener {
        { port in
            try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let sync = channel.pipeline.syncOperations
                        try sync.addHandler(ByteToMessageHandler(LengthPrefixedDecoder()))
                        try sync.addHandler(StreamAnswerer(temper: temper))
                    }
                }
                .bind(host: temper.address.description, port: port).get()
        }
    }

    /// Bursts of thousands of questions at once are a normal test.
    private static let receiveBufferOctets = 4 << 20
}

private final class DatagramAnswerer: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let temper: NameServerTemper

    init(temper: NameServerTemper) { self.temper = temper }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let datagram = unwrapInboundIn(data)
        guard let reply = temper.reply(to: Array(datagram.data.readableBytesView), over: .udp) else { return }
        let envelope = AddressedEnvelope(remoteAddress: datagram.remoteAddress, data: ByteBuffer(bytes: reply.octets))
        send(envelope, on: context.channel, afterMilliseconds: reply.delayMilliseconds)
    }
}

private final class StreamAnswerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let temper: NameServerTemper

    init(temper: NameServerTemper) { self.temper = temper }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let reply = temper.reply(to: Array(unwrapInboundIn(data).readableBytesView), over: .tcp) else { return }
        var framed = ByteBuffer(integer: UInt16(clamping: reply.octets.count))
        framed.writeBytes(reply.octets)
        send(framed, on: context.channel, afterMilliseconds: reply.delayMilliseconds)
    }

    /// A client that resets is gone; there is nobody to tell.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

private func send(_ part: some Sendable, on channel: any Channel, afterMilliseconds delay: Int64) {
    if delay <= 0 {
        channel.writeAndFlush(part, promise: nil)
    } else {
        channel.eventLoop.scheduleTask(in: .milliseconds(delay)) { channel.writeAndFlush(part, promise: nil) }
    }
}

private struct LengthPrefixedDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self),
            buffer.readableBytes >= 2 + Int(length)
        else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 2)
        if let message = buffer.readSlice(length: Int(length)) { context.fireChannelRead(wrapInboundOut(message)) }
        return .continue
    }

    /// What is left when the client closes is no message.
    mutating func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws
        -> DecodingState
    {
        while try decode(context: context, buffer: &buffer) == .continue {}
        return .needMoreData
    }
}

// One question, one answer, on a socket of its own: the plain client under the provider's eyes, and for tests of the
// servers.
package import DCV
import NIOCore
import NIOPosix

/// Bytes out, bytes in, under a deadline.
package enum RawExchange {
    package static let defaultDeadlineMilliseconds: Int64 = 5000
    package static let defaultLimitBytes = 1 << 20

    /// Sends one datagram and gives the first that comes back.
    package static func datagram(
        _ octets: [UInt8],
        to address: IPAddress,
        port: Int,
        deadlineMilliseconds: Int64 = defaultDeadlineMilliseconds
    ) async throws -> [UInt8] {
        let group = MultiThreadedEventLoopGroup.singleton
        let target = try SocketAddress(ipAddress: address.description, port: port)
        let collector = Collector(limitBytes: defaultLimitBytes) { _ in true }
        let channel = try await DatagramBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(DatagramOpener(), collector.handler(on: channel))
                }
            }
            .connect(to: target).get()
        return try await collector.run(channel, sending: octets, deadlineMilliseconds: deadlineMilliseconds)
    }

    /// Sends bytes over TCP and gives what comes back: up to the peer's close, or until `isWhole` says so.
    package static func stream(
        _ octets: [UInt8],
        to address: IPAddress,
        port: Int,
        deadlineMilliseconds: Int64 = defaultDeadlineMilliseconds,
        limitBytes: Int = defaultLimitBytes,
        isWhole: @escaping @Sendable ([UInt8]) -> Bool = { _ in false }
    ) async throws -> [UInt8] {
        let target = try SocketAddress(ipAddress: address.description, port: port)
        let collector = Collector(limitBytes: limitBytes, isWhole: isWhole)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.milliseconds(deadlineMilliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(collector.handler(on: channel))
                }
            }
            .connect(to: target).get()
        return try await collector.run(channel, sending: octets, deadlineMilliseconds: deadlineMilliseconds)
    }
}

/// Waits on one channel until the answer is whole.
private struct Collector: Sendable {
    let limitBytes: Int
    let isWhole: @Sendable ([UInt8]) -> Bool

    init(limitBytes: Int, isWhole: @escaping @Sendable ([UInt8]) -> Bool) {
        self.limitBytes = limitBytes
        self.isWhole = isWhole
    }

    func handler(on channel: any Channel) -> CollectingHandler {
        CollectingHandler(promise: channel.eventLoop.makePromise(), limitBytes: limitBytes, isWhole: isWhole)
    }

    func run(_ channel: any Channel, sending octets: [UInt8], deadlineMilliseconds: Int64) async throws -> [UInt8] {
        let answer = try await channel.eventLoop.flatSubmit {
            do {
                let handler = try channel.pipeline.syncOperations.handler(type: CollectingHandler.self)
                let promise = handler.promise
                let deadline = channel.eventLoop.scheduleTask(in: .milliseconds(deadlineMilliseconds)) {
                    promise.fail(RehearsalError("no answer within \(deadlineMilliseconds) ms"))
                }
                promise.futureResult.whenComplete { _ in
                    deadline.cancel()
                    channel.close(promise: nil)
                }
                channel.writeAndFlush(ByteBuffer(bytes: octets)).cascadeFailure(to: promise)
                return promise.futureResult
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
        return answer
    }
}

/// Datagrams on a connected socket as plain buffers, both ways.
private final class DatagramOpener: ChannelDuplexHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(wrapInboundOut(unwrapInboundIn(data).data))
    }
}

private final class CollectingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let promise: EventLoopPromise<[UInt8]>
    private let limitBytes: Int
    private let isWhole: @Sendable ([UInt8]) -> Bool
    private var collected: [UInt8] = []

    init(promise: EventLoopPromise<[UInt8]>, limitBytes: Int, isWhole: @escaping @Sendable ([UInt8]) -> Bool) {
        self.promise = promise
        self.limitBytes = limitBytes
        self.isWhole = isWhole
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        collected.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        if collected.count > limitBytes {
            promise.fail(RehearsalError("more than \(limitBytes) bytes"))
        } else if isWhole(collected) {
            promise.succeed(collected)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed(collected) }

    /// A connection that was never made ends here only.
    func handlerRemoved(context: ChannelHandlerContext) { promise.fail(RehearsalError("the connection was closed")) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}

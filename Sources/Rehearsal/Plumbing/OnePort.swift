// Several sockets on different addresses but one port: an NS record and an http URL carry no port, so a world shares
// one.
import NIOCore

/// A rehearsed server could not get its sockets.
package struct RehearsalError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// Opens one socket at the port it is given (0 = any).
typealias SocketOpener = @Sendable (_ port: Int) async throws -> any Channel

/// How often another free port is looked for before the start is given up.
private let portAttempts = 30

/// Opens all sockets on one port. With port 0 the first gets a free one and the others must get the same; on a clash
/// all are closed and another port is tried.
func openOnOnePort(_ openers: [SocketOpener], port: Int) async throws -> (port: Int, channels: [any Channel]) {
    var lastError: any Error = RehearsalError("no socket to open")
    for _ in 0..<(port == 0 ? portAttempts : 1) {
        var channels: [any Channel] = []
        do {
            var chosen = port
            for opener in openers {
                let channel = try await opener(chosen)
                channels.append(channel)
                chosen = channel.localAddress?.port ?? chosen
            }
            return (chosen, channels)
        } catch {
            lastError = error
            for channel in channels { try? await channel.close() }
        }
    }
    throw RehearsalError("cannot listen on port \(port) of all addresses: \(lastError)")
}

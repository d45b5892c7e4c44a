// A listening socket that nobody may find: it counts the connections that reach it.
import DCV
import Foundation
import Glibc

final class Canary {
    private let listening: Int32

    init(_ address: IPAddress, port: UInt16) throws {
        let here = Peer(address, port)
        listening = socket(address.isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let isBound = unsafe withUnsafePointer(to: here.storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(listening, $0, here.size) == 0 }
        }
        guard isBound, listen(listening, 128) == 0 else { throw POSIXError(.EADDRINUSE) }
    }

    /// Connections since the last time this was asked.
    func connections() -> Int {
        var count = 0
        var watched = pollfd(fd: listening, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&watched, 1, 0) > 0 {
            let connection = accept(listening, nil, nil)
            guard connection >= 0 else { break }
            close(connection)
            count += 1
        }
        return count
    }

    deinit { close(listening) }
}

extension UInt16 {
    /// A port for a server: below those that the kernel gives to clients, of which other tests have many at this moment.
    static func freeOfClients() -> UInt16 { .random(in: 12_000...31_999) }
}

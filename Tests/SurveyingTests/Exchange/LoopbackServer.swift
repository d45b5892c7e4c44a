// A name server for tests that says exactly what a test tells it to, octet by octet, over UDP and TCP on one loopback address.

import DCV
import Foundation
import Glibc
import LDNS
import Surveying
import Synchronization

/// Answers every query by a script. Ends when it goes out of scope.
final class LoopbackServer: Sendable {
    enum Step: Sendable {
        /// Over TCP these are raw octets: the script writes the length prefix, or not.
        case send([UInt8])
        /// UDP only: the same octets from another port of the same address.
        case sendFromElsewhere([UInt8])
        /// UDP only: the same message under every id but one.
        case flood([UInt8], except: [UInt8])
        case pause(milliseconds: Int)
        case call(@Sendable () -> Void)
    }

    /// Gets the query's octets and how many came before over the same transport.
    typealias Script = @Sendable (_ query: [UInt8], _ index: Int) -> [Step]

    struct Seen: Sendable {
        var udp: [[UInt8]] = []
        var udpPorts: [UInt16] = []
        var tcp: [[UInt8]] = []
    }

    let address: IPAddress
    let port: UInt16
    private let seenBox = Mutex(Seen())
    private let isStopped = Atomic(false)

    var seen: Seen { seenBox.withLock { $0 } }

    /// `tcp` nil: nobody listens there.
    init(_ address: IPAddress = .v4(0x7F00_0001), udp: @escaping Script, tcp: Script? = nil) throws {
        self.address = address
        let (udpSocket, tcpSocket, port) = try Self.open(address)
        self.port = port
        Thread.detachNewThread { [weak self] in
            while let self, !self.isStopped.load(ordering: .relaxed) { self.serveUDP(udpSocket, udp) }
            close(udpSocket)
        }
        guard let tcp else {
            close(tcpSocket)
            return
        }
        listen(tcpSocket, 512)
        Thread.detachNewThread { [weak self] in
            while let self, !self.isStopped.load(ordering: .relaxed) {
                guard Self.isReadable(tcpSocket) else { continue }
                let connection = accept(tcpSocket, nil, nil)
                guard connection >= 0 else { continue }
                Thread.detachNewThread { [weak self] in
                    self?.serveTCP(connection, tcp)
                    close(connection)
                }
            }
            close(tcpSocket)
        }
    }

    /// The threads hold the server only while they serve.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func serveUDP(_ socket: Int32, _ script: Script) {
        guard Self.isReadable(socket) else { return }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var peer = Peer(storage: sockaddr_storage(), size: socklen_t(MemoryLayout<sockaddr_storage>.size))
        let count = unsafe withUnsafeMutablePointer(to: &peer.storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe recvfrom(socket, &buffer, buffer.count, 0, $0, &peer.size)
            }
        }
        guard count > 0 else { return }
        let query = Array(buffer[..<count])
        let index = seenBox.withLock {
            $0.udp.append(query)
            $0.udpPorts.append(peer.port)
            return $0.udp.count - 1
        }
        for step in script(query, index) {
            switch step {
            case .send(let octets): Self.send(socket, octets, peer)
            case .flood(let octets, let trueId):
                var forged = octets
                for id in 0..<65_536 {
                    forged[0] = UInt8(id >> 8)
                    forged[1] = UInt8(id & 0xFF)
                    if forged[..<2] != trueId[..<2] { Self.send(socket, forged, peer) }
                }
            case .sendFromElsewhere(let octets):
                let other = Glibc.socket(address.isV6 ? AF_INET6 : AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
                Self.send(other, octets, peer)
                close(other)
            case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1000)
            case .call(let work): work()
            }
        }
    }

    private func serveTCP(_ connection: Int32, _ script: Script) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(connection, &buffer, buffer.count, 0)
        guard count > 2 else { return }
        let query = Array(buffer[2..<count])
        let index = seenBox.withLock {
            $0.tcp.append(query)
            return $0.tcp.count - 1
        }
        for step in script(query, index) {
            switch step {
            case .send(let octets):
                let sent = unsafe Glibc.send(connection, octets, octets.count, Int32(MSG_NOSIGNAL))
                if sent < 0 { return }
            case .sendFromElsewhere, .flood: break
            case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1000)
            case .call(let work): work()
            }
        }
    }

    private static func isReadable(_ socket: Int32) -> Bool {
        var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&watched, 1, 20) > 0
    }

    private static func send(_ socket: Int32, _ octets: [UInt8], _ peer: Peer) {
        _ = unsafe withUnsafePointer(to: peer.storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(socket, octets, octets.count, 0, $0, peer.size)
            }
        }
    }

    /// A UDP and a TCP socket on one free port.
    private static func open(_ address: IPAddress) throws -> (udp: Int32, tcp: Int32, port: UInt16) {
        let family = address.isV6 ? AF_INET6 : AF_INET
        for _ in 0..<50 {
            let udp = Glibc.socket(family, Int32(SOCK_DGRAM.rawValue), 0)
            let tcp = Glibc.socket(family, Int32(SOCK_STREAM.rawValue), 0)
            if bind(udp, address, 0), let port = port(of: udp), bind(tcp, address, port) { return (udp, tcp, port) }
            close(udp)
            close(tcp)
        }
        throw POSIXError(.EADDRINUSE)
    }

    private static func bind(_ socket: Int32, _ address: IPAddress, _ port: UInt16) -> Bool {
        let here = Peer(address, port)
        return unsafe withUnsafePointer(to: here.storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.bind(socket, $0, here.size) == 0
            }
        }
    }

    private static func port(of socket: Int32) -> UInt16? {
        var here = Peer(storage: sockaddr_storage(), size: socklen_t(MemoryLayout<sockaddr_storage>.size))
        let result = unsafe withUnsafeMutablePointer(to: &here.storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(socket, $0, &here.size) }
        }
        return result == 0 ? here.port : nil
    }
}

/// A socket address of either family.
struct Peer {
    var storage: sockaddr_storage
    var size: socklen_t

    init(storage: sockaddr_storage, size: socklen_t) {
        self.storage = storage
        self.size = size
    }

    init(_ address: IPAddress, _ port: UInt16) {
        storage = sockaddr_storage()
        size = socklen_t(address.isV6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
        // Both families keep the port at octet 2; the address is at 4, or at 8 behind the flow label.
        unsafe withUnsafeMutableBytes(of: &storage) { octets in
            unsafe octets.storeBytes(of: sa_family_t(address.isV6 ? AF_INET6 : AF_INET), as: sa_family_t.self)
            unsafe octets.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
            for (index, octet) in address.octets.enumerated() {
                unsafe octets[(address.isV6 ? 8 : 4) + index] = octet
            }
        }
    }

    var port: UInt16 {
        unsafe withUnsafeBytes(of: storage) { unsafe UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
    }
}

/// What scripts are made of.
enum Reply {
    static let value = Array("the-true-value".utf8)
    static let forged = Array("a-forged-value".utf8)

    /// The true answer: AA and one TXT record at the name that was asked.
    static func answer(_ query: [UInt8], _ value: [UInt8] = value, _ change: (inout Message) -> Void = { _ in })
        -> [UInt8]
    {
        guard let asked = try? Wire.decode(query), let question = asked.question else { return [] }
        var message = Message(answering: asked)
        message.answer = (try? [ResourceRecord(question.name, ttlSeconds: 60, .txt(strings: [value]))]) ?? []
        change(&message)
        return (try? Wire.encode(message)) ?? []
    }

    static func framed(_ message: [UInt8]) -> [UInt8] {
        [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
    }

    static let honest: LoopbackServer.Script = { query, _ in [.send(answer(query))] }
    static let honestTCP: LoopbackServer.Script = { query, _ in [.send(framed(answer(query)))] }
    static let silent: LoopbackServer.Script = { _, _ in [] }
}

extension ExchangeLimits {
    /// So patient that a busy machine changes nothing: for tests in which no time has to run out.
    static let unhurried = ExchangeLimits(queryDeadlineMilliseconds: 40_000, firstTimeoutMilliseconds: 10_000)
}

/// Waits until something is so, at most ten seconds.
func eventually(_ isSo: () -> Bool) async -> Bool {
    for _ in 0..<1000 {
        if isSo() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return isSo()
}

/// Predictable where a test needs it: the same sequence for the same seed.
final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>
    init(_ seed: UInt64) { state = Mutex(seed) }

    func bytes(_ count: Int) -> [UInt8] {
        state.withLock { state in
            (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
        }
    }
}

/// The operating system's.
struct TrueRandom: RandomSource {
    func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}

/// SplitMix64: the same sequence for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

// The kernel's side of an exchange: the one file of this folder that is `unsafe`.

import CLinux
import DCV
import Glibc

/// The system's own words for its error numbers.
enum SystemError {
    static func text(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}

/// What a system call gave: a count, or an error number.
enum SystemResult: Hashable {
    case done(Int)
    case failed(code: Int32)

    init(_ result: Int) { self = result < 0 ? .failed(code: Int32(truncatingIfNeeded: -result)) : .done(result) }
    init(_ result: Int32) { self.init(Int(result)) }

    /// A failure on the way to the server.
    var asUnreachable: Unreachability? {
        guard case .failed(let code) = self else { return nil }
        return isConnectionRefused ? .refused : .noRoute(code: code)
    }

    /// A failure to get a descriptor or a thread.
    var asNoSocket: Unreachability {
        guard case .failed(let code) = self else { return .noSocket(code: 0) }
        return .noSocket(code: code)
    }

    var isConnectionRefused: Bool { self == .failed(code: ECONNREFUSED) }

    /// A datagram that did not get out this time but may the next.
    var isPassing: Bool { wouldBlock || self == .failed(code: ENOBUFS) }

    /// Nothing to be had now; not an error of a non-blocking descriptor.
    var wouldBlock: Bool { self == .failed(code: EAGAIN) || self == .failed(code: EINTR) }
}

enum MonotonicClock {
    static func nowNanoseconds() -> UInt64 { clinux_monotonic_nanoseconds() }
}

/// A socket that is closed when it goes out of scope.
struct Socket: ~Copyable {
    let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = clinux_close(descriptor) }

    /// Opens a socket and connects it: the kernel then chooses a random port and drops what comes from anybody else. A stream may
    /// still be on its way.
    static func connected(isStream: Bool, to address: IPAddress, port: UInt16) throws(Unreachability) -> Socket {
        let opened = SystemResult(clinux_socket(address.isV6 ? 1 : 0, isStream ? 1 : 0))
        guard case .done(let descriptor) = opened else { throw opened.asNoSocket }
        let socket = Socket(descriptor: Int32(truncatingIfNeeded: descriptor))
        let octets = address.octets
        let result = unsafe SystemResult(
            clinux_connect(socket.descriptor, octets, Int32(truncatingIfNeeded: octets.count), port)
        )
        // The kernel has no free port towards that address.
        if result == .failed(code: EADDRNOTAVAIL) { throw result.asNoSocket }
        if result != .failed(code: EINPROGRESS), let failure = result.asUnreachable { throw failure }
        return socket
    }

    /// What became of a connection that was on its way.
    func takeError() -> SystemResult { SystemResult(clinux_socket_error(descriptor)) }

    func send(_ octets: [UInt8]) -> SystemResult { unsafe SystemResult(clinux_send(descriptor, octets, octets.count)) }

    func receive(into buffer: inout [UInt8]) -> SystemResult {
        unsafe SystemResult(clinux_receive(descriptor, &buffer, buffer.count))
    }
}

/// An epoll set, closed when it goes out of scope.
struct Poller: ~Copyable, Sendable {
    static let wakeTag = UInt64.max
    /// As many events as one call of the shim takes.
    static let eventsLimit = 256

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    static func watching(_ wake: borrowing WakeDescriptor) throws(Unreachability) -> Poller {
        let opened = SystemResult(clinux_epoll())
        guard case .done(let descriptor) = opened else { throw opened.asNoSocket }
        let poller = Poller(descriptor: Int32(truncatingIfNeeded: descriptor))
        let watched = SystemResult(clinux_epoll_watch(poller.descriptor, wake.descriptor, 0, Self.wakeTag))
        guard case .done = watched else { throw watched.asNoSocket }
        return poller
    }

    deinit { _ = clinux_close(descriptor) }

    /// Watches for input, or for room to send.
    func watch(_ socketDescriptor: Int32, forOutput: Bool, tag: UInt64) -> SystemResult {
        SystemResult(clinux_epoll_watch(descriptor, socketDescriptor, forOutput ? 1 : 0, tag))
    }

    /// Puts the tags of those who have something to say into `tags` and tells how many; waits at most so long (nil: for ever).
    func wait(into tags: inout [UInt64], milliseconds: Int32?) -> Int {
        let capacity = Int32(min(tags.count, Self.eventsLimit))
        return max(0, Int(unsafe clinux_epoll_wait(descriptor, &tags, capacity, milliseconds ?? -1)))
    }
}

/// Wakes the poller from any thread.
struct WakeDescriptor: ~Copyable, Sendable {
    let descriptor: Int32

    init() throws(Unreachability) {
        let opened = SystemResult(clinux_wake_descriptor())
        guard case .done(let descriptor) = opened else { throw opened.asNoSocket }
        self.descriptor = Int32(truncatingIfNeeded: descriptor)
    }

    deinit { _ = clinux_close(descriptor) }

    func wake() { clinux_wake(descriptor) }
    func consume() { clinux_wake_consume(descriptor) }
}

/// A thread that belongs to nobody's pool, because it waits in the kernel all its life.
enum NetworkThread {
    private final class Work {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) throws(Unreachability) {
        let work = unsafe Unmanaged.passRetained(Work(run))
        let code = unsafe clinux_run_thread(
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
            },
            work.toOpaque()
        )
        guard code == 0 else {
            unsafe work.release()
            throw .noSocket(code: -code)
        }
    }
}

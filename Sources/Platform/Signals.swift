// Signals from outside as values in an async sequence, and the ones that must not end the process.
import CLinux
import Foundation
import Glibc
import SystemPackage

/// A wish that the process end in good order.
package enum StopSignal: UInt8, Sendable {
    /// SIGINT: a person's Control-C.
    case interrupt = 2
    /// SIGTERM: the service manager.
    case terminate = 15
}

package enum Signals {
    /// Catches SIGTERM and SIGINT from now on, each as one element. To be called once, at the start; nil when the
    /// system refuses.
    package static func stopNotices() -> AsyncStream<StopSignal>? {
        let descriptor = clinux_catch_stop_signals()
        guard descriptor >= 0 else { return nil }
        let (stream, notices) = AsyncStream.makeStream(of: StopSignal.self)
        Thread.detachNewThread {
            // The write end is never closed: the loop ends with the process.
            while let byte = try? System.read(FileDescriptor(rawValue: descriptor), limitBytes: 1).first {
                if let signal = StopSignal(rawValue: byte) { notices.yield(signal) }
            }
        }
        return stream
    }

    /// A closed pipe and a file-size limit become errors of the call that meets them, instead of the end of the
    /// process.
    static func ignoreFatalWrites() {
        _ = clinux_ignore_signal(SIGPIPE)
        _ = clinux_ignore_signal(SIGXFSZ)
    }
}

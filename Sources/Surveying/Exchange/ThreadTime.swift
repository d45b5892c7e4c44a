// How long the processor has worked for the thread that asks.
import CLinux

enum ThreadTime {
    /// Processor time of the calling thread.
    static func nanoseconds() -> Int64 { clinux_thread_nanoseconds() }
}

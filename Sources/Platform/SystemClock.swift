// Time as the machine tells it: the one place that reads a clock.
package import DCV

package struct SystemClock: Clock {
    package init() {}

    package func now() -> Instant { Instant(millisecondsSinceEpoch: System.wallMilliseconds()) }

    /// Runs on while the machine is suspended (CLOCK_BOOTTIME): a deadline passes in a sleeping laptop, too.
    package func monotonicMilliseconds() -> Int64 { System.monotonicMilliseconds() }

    package func sleep(milliseconds: Int64) async throws {
        try await Task.sleep(for: .milliseconds(max(0, milliseconds)))
    }
}

extension ContinuousClock.Instant {
    /// Whole milliseconds from this instant to now.
    package var millisecondsAgo: Int64 {
        let (seconds, attoseconds) = duration(to: .now).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

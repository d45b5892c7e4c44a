// How long to leave something alone after it failed: exponential with full jitter, so that agents never come back in step.
import DCV

enum BackOff {
    /// The first ceiling, and the least distance between two tries at a provider.
    static let firstSeconds: Int64 = 60
    /// The least distance between two starts of a hook that failed.
    static let shortestSeconds: Int64 = 5
    /// Cloudflare's own cap between its attempts.
    static let longestSeconds: Int64 = 4 * 3600

    /// The time before which it is not tried again.
    /// - Parameter failures: consecutive failures so far, this one included.
    static func notBefore(
        _ now: Instant,
        failures: Int,
        atLeastSeconds floor: Int64,
        random: any RandomSource
    ) -> Instant {
        let ceiling = min(firstSeconds << Int64(min(max(failures, 1) - 1, 16)), longestSeconds)
        let draw = random.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let jitter = Int64(draw % UInt64(ceiling)) + 1
        return now.adding(seconds: max(jitter, floor))
    }
}

// A point in wall time as a plain number: DCV has no clock, so time is always handed in.

/// Milliseconds since 1970-01-01T00:00:00Z. Arithmetic saturates, so an absurd number from outside cannot stop the program.
package struct Instant: Hashable, Comparable, Sendable, Codable {
    package let millisecondsSinceEpoch: Int64

    package init(millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

    package static func < (one: Instant, other: Instant) -> Bool {
        one.millisecondsSinceEpoch < other.millisecondsSinceEpoch
    }

    package func adding(milliseconds: Int64) -> Instant {
        let (sum, overflow) = millisecondsSinceEpoch.addingReportingOverflow(milliseconds)
        return Instant(millisecondsSinceEpoch: overflow ? (milliseconds < 0 ? .min : .max) : sum)
    }

    package func adding(seconds: Int64) -> Instant {
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return adding(milliseconds: overflow ? (seconds < 0 ? .min : .max) : milliseconds)
    }

    /// Milliseconds from `other` to this instant; negative when this one is earlier.
    package func milliseconds(since other: Instant) -> Int64 {
        let (difference, overflow) =
            millisecondsSinceEpoch.subtractingReportingOverflow(other.millisecondsSinceEpoch)
        return overflow ? (self < other ? .min : .max) : difference
    }

    /// Whole seconds from `other` to this instant, rounded up so that nobody comes back a moment too early; 0 when this one is earlier.
    package func secondsRoundedUp(since other: Instant) -> Int64 {
        let milliseconds = max(milliseconds(since: other), 0)
        return milliseconds / 1000 + (milliseconds % 1000 > 0 ? 1 : 0)
    }

    package init(from decoder: any Decoder) throws {
        millisecondsSinceEpoch = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(millisecondsSinceEpoch)
    }
}

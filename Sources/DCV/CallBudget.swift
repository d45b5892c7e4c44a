// What requests to a provider cost and how they may be spent: the values of the CallLedger port.

/// What a request is for. All kinds count against the provider's limits; they are told apart in the journal.
package enum CallKind: String, Hashable, Sendable, Codable, CaseIterable {
    case read, trigger, change, revalidate
}

/// A provider's own limit, known in advance: so many requests in any window of that length.
package struct CallLimit: Hashable, Sendable, Codable {
    package let count: Int
    package let windowMilliseconds: Int64

    package init(count: Int, windowMilliseconds: Int64) {
        self.count = count
        self.windowMilliseconds = windowMilliseconds
    }

    private enum CodingKeys: String, CodingKey {
        case count
        case windowMilliseconds = "window_ms"
    }
}

/// Whether a request may be sent.
package enum CallAdmission: Hashable, Sendable {
    case granted
    /// A limit is used up until then.
    case spent(until: Instant, limit: CallLimit)
    /// The provider failed `failures` times in a row and is left alone until then.
    case open(until: Instant, failures: Int)
    /// The provider itself named this time to come back (`Retry-After`).
    case resting(until: Instant)
}

/// What a request that was sent says about the provider's health.
package enum CallOutcome: String, Hashable, Sendable, Codable {
    /// An answer that was understood, be it a refusal.
    case answered
    /// No connection, no complete answer, a fault on the provider's side, an answer that makes no sense.
    case failed
}

/// When a provider is left alone.
package enum Circuit {
    /// Failures in a row that open it.
    package static let failureLimit = 5
    /// How long it stays open; the first request afterwards closes it or opens it again.
    package static let restSeconds: Int64 = 600
}

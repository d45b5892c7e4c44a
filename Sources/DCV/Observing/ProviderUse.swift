// How much of a provider's patience is used up: what the count of calls shows to people.

package struct ProviderUse: Hashable, Sendable, Codable {
    /// One known limit and what of it is used now.
    package struct Spent: Hashable, Sendable, Codable {
        package let limit: CallLimit
        package let count: Int

        package init(limit: CallLimit, count: Int) {
            self.limit = limit
            self.count = count
        }
    }

    package static let lookBackMilliseconds: Int64 = 3_600_000

    package let provider: ProviderName
    /// Requests of each kind in the last hour, by the kind's name; kinds without one are left out.
    package let lastHour: [String: Int]
    package let limits: [Spent]
    /// Calls that failed in a row; zero when the last one was answered.
    package let failures: Int
    /// Set while the provider is left alone.
    package let openUntil: Instant?

    package init(
        provider: ProviderName,
        lastHour: [String: Int],
        limits: [Spent],
        failures: Int,
        openUntil: Instant?
    ) {
        self.provider = provider
        self.lastHour = lastHour
        self.limits = limits
        self.failures = failures
        self.openUntil = openUntil
    }

    private enum CodingKeys: String, CodingKey {
        case provider
        case lastHour = "last_hour"
        case limits, failures
        case openUntil = "open_until_ms"
    }
}

// When a record that is not ready could be seen by those who have asked too early: caches keep a "no" for a known time.

/// What can be said about the time ahead from one survey.
package struct Forecast: Hashable, Sendable, Codable {
    /// From this moment on no cache that asked before the survey may still give the old answer: the longest negative TTL (RFC 2308 5), or
    /// the longest TTL of other values seen.
    package let cachesClearAt: Instant

    /// Nil when nothing is lacking, or what is lacking is not a matter of time.
    package init?(_ survey: Survey, _ propagation: Propagation) {
        let lacking: [Observation]
        switch propagation {
        case .missing: lacking = survey.observations
        case .incomplete(let observations, _): lacking = observations
        case .complete, .contradicted, .cannotTell: return nil
        }
        cachesClearAt = survey.at.adding(seconds: lacking.map(\.sighting.cacheSeconds).max() ?? 0)
    }

    private enum CodingKeys: String, CodingKey { case cachesClearAt = "caches_clear_at_ms" }
}

// When to look again at a record that is on its way: the one rule for a run and for `check --wait`.

package enum NextLook {
    /// Questions that one name server is asked in a second, on average, by looks that follow each other.
    package static let questionsPerServerPerSecond = 20

    /// What caches keep is slept through; what name servers do is looked at quickly while the change is fresh, then more slowly.
    ///
    /// - Parameters:
    ///   - changedAt: when the record was published, or when the waiting began; nil when that is not known.
    ///   - recordsInZone: how many records of one zone are looked at together: each costs each of its servers a question.
    package static func at(
        _ propagation: Propagation,
        changedAt: Instant?,
        now: Instant,
        recordsInZone: Int,
        _ wait: Policy.Wait
    ) -> Instant {
        let budget = Int64(max(recordsInZone - 1, 0) / questionsPerServerPerSecond)
        let poll = now.adding(seconds: max(wait.pollSeconds(since: changedAt, now: now), budget))
        guard case .incomplete(_, let cacheSeconds) = propagation else { return poll }
        return max(poll, now.adding(seconds: cacheSeconds))
    }
}

extension Policy.Wait {
    /// Seconds until the next look at something that began at `since`: half of the time that has passed, within the policy's bounds; the
    /// longest when it is not known when it began.
    func pollSeconds(since: Instant?, now: Instant) -> Int64 {
        guard let since else { return pollMaximumSeconds }
        return min(max(now.milliseconds(since: since) / 2000, pollMinimumSeconds), pollMaximumSeconds)
    }
}

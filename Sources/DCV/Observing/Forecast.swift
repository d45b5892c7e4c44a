// When a record that is not shown everywhere yet will be, and why: caches keep a "no" for a known time, secondaries refresh by a known timer.

/// What can be said about the time ahead from one survey.
package struct Forecast: Hashable, Sendable, Codable {
    /// One vantage point that does not show the record yet, and what that depends on.
    package struct Cause: Hashable, Sendable, Codable {
        package enum Kind: String, Hashable, Sendable, Codable {
            /// A resolver remembers that there was nothing (RFC 2308 5): its own SOA TTL counts down.
            case negativeCache = "negative-cache"
            /// A resolver remembers other values.
            case staleValue = "stale-value"
            /// A name server has an older serial than others: it comes with NOTIFY, or at its next refresh (RFC 1034 4.3.5).
            case olderSerial = "older-serial"
            /// A name server has the newest serial and does not show it: time alone may not mend that.
            case sameSerial = "same-serial"
            /// Nothing is known that would say when.
            case unknown
        }

        package let vantage: VantagePoint
        package let kind: Kind
        /// The latest moment at which it will show the record; nil when nothing tells.
        package let until: Instant?
        /// After the vantage point's name: `has serial 7 of 9; ...`.
        package let text: String

        private enum CodingKeys: String, CodingKey {
            case vantage, kind
            case until = "until_ms"
            case text
        }
    }

    /// When enough vantage points will show it, at the latest; nil when time alone is not known to bring it about.
    package let visibleBy: Instant?
    /// Who lacks it, the one that takes longest first.
    package let causes: [Cause]
    /// From this moment on no cache that asked before the survey may still give the old answer: the longest negative TTL (RFC 2308 5), or
    /// the longest TTL of other values seen.
    package let cachesClearAt: Instant

    /// Nil when nothing is lacking, or what is lacking is not a matter of time.
    /// - Parameters:
    ///   - now: when it is told; nil for the moment of the survey.
    ///   - changedAt: when the zone was changed, where that is known: a secondary whose refresh time has passed since then waits for its
    ///     retry timer.
    package init?(
        _ survey: Survey,
        _ propagation: Propagation,
        toldAt now: Instant? = nil,
        changedAt: Instant? = nil
    ) {
        switch propagation {
        case .missing:
            // It must be published first: only what caches keep is known.
            cachesClearAt = Self.cachesClear(survey, survey.observations)
            causes = []
            visibleBy = nil
        case .incomplete(let lacking, let retryAfterSeconds):
            cachesClearAt = Self.cachesClear(survey, lacking)
            let causes = lacking.map { Self.cause($0, in: survey, toldAt: now ?? survey.at, changedAt) }
            let isResolversTurn = lacking.allSatisfy(\.isRecursive)
            self.causes = causes.sorted { ($0.until ?? Self.never) > ($1.until ?? Self.never) }
            if isResolversTurn {
                // Not the slowest counts, but the one that fills the quorum: the rule has worked that out.
                visibleBy = retryAfterSeconds > 0 ? survey.at.adding(seconds: retryAfterSeconds) : nil
            } else {
                let ends = causes.map(\.until)
                visibleBy = ends.contains(nil) ? nil : ends.compactMap { $0 }.max()
            }
        case .complete, .contradicted, .cannotTell: return nil
        }
    }

    /// Sorts what has no known end after everything that has.
    private static let never = Instant(millisecondsSinceEpoch: .max)

    /// Why it takes so long, in words: the causes that decide, at most `limit` of them.
    package func reasons(limit: Int = 2) -> String {
        causes.map { "\($0.vantage) \($0.text)" }.listed(upTo: limit, separator: "; ")
    }

    private static func cachesClear(_ survey: Survey, _ lacking: [Observation]) -> Instant {
        survey.at.adding(seconds: lacking.map(\.sighting.cacheSeconds).max() ?? 0)
    }

    private static func cause(
        _ observation: Observation,
        in survey: Survey,
        toldAt now: Instant,
        _ changedAt: Instant?
    ) -> Cause {
        func remembered(_ kind: Cause.Kind, _ told: Int64) -> Cause {
            let passed = max(0, now.milliseconds(since: survey.at) / 1000)
            let seconds = observation.sighting.cacheSeconds
            let cut = told > seconds ? "; it is looked at again after \(max(0, seconds - passed)) s" : ""
            let left = max(0, max(told, 0) - passed)
            let text =
                kind == .staleValue
                ? "remembers other values for \(left) s more" : "remembers for \(left) s more that there was nothing"
            return Cause(
                vantage: observation.vantage,
                kind: kind,
                until: survey.at.adding(seconds: seconds),
                text: text + cut
            )
        }
        switch observation.sighting {
        case .absent(let told) where observation.isRecursive:
            return remembered(.negativeCache, told)
        case .wrong(_, let told) where observation.isRecursive: return remembered(.staleValue, told)
        case .absent, .wrong: return authoritativeCause(observation, in: survey, changedAt)
        case .notServed, .unreachable, .bogus, .hostile, .present:
            return Cause(vantage: observation.vantage, kind: .unknown, until: nil, text: "gives no answer that counts")
        }
    }

    private static func authoritativeCause(
        _ observation: Observation,
        in survey: Survey,
        _ changedAt: Instant?
    ) -> Cause {
        func cause(_ kind: Cause.Kind, _ until: Instant?, _ text: String) -> Cause {
            Cause(vantage: observation.vantage, kind: kind, until: until, text: text)
        }
        let zone = survey.zones.last { $0.apex == survey.zone }
        guard let timers = zone?.timers, let serial = zone?.serial(at: observation.vantage.address) else {
            return cause(.unknown, nil, "does not show it yet")
        }
        guard serial != timers.serial else {
            return cause(
                .sameSerial,
                nil,
                "does not show it with serial \(serial), the newest: if that stays, its contents differ from the other servers'"
            )
        }
        // The primary may have told it already; its own timer is the latest, as long as the primary answers it: else SOA RETRY counts
        // (RFC 1035 3.3.13).
        let (refresh, retry) = (max(timers.refreshSeconds, 0), max(timers.retrySeconds, 0))
        let has = "has serial \(serial) of \(timers.serial)"
        if let changedAt, survey.at > changedAt.adding(seconds: refresh) {
            return cause(
                .olderSerial,
                survey.at.adding(seconds: retry),
                "\(has) although its refresh time of \(refresh) s has passed: the primary did not answer it or refused, "
                    + "it tries again every \(retry) s"
            )
        }
        // It refreshed last before the change, or it would have it.
        return cause(
            .olderSerial,
            (changedAt ?? survey.at).adding(seconds: refresh),
            "\(has): it refreshes when it is notified, at the latest \(refresh) s after the change, "
                + "and every \(retry) s where the primary does not answer it"
        )
    }

    private enum CodingKeys: String, CodingKey {
        case visibleBy = "visible_by_ms"
        case causes
        case cachesClearAt = "caches_clear_at_ms"
    }
}

extension ZoneView {
    /// The serial that one address showed in this pass; nil when it showed none.
    fileprivate func serial(at address: IPAddress) -> UInt32? {
        for candidate in servers.flatMap(\.addresses) where candidate.address == address {
            if case .serves(let serial) = candidate.state { return serial }
        }
        return nil
    }
}

// A survey in plain lines: one line a vantage point, then what it means.
package import DCV

package enum SurveyText {
    /// The lines for one record: what is looked for, where, what each vantage point shows, and what was in the way.
    package static func lines(_ survey: Survey) -> [String] {
        sightings(survey) + survey.problems.map { "  ! \($0.text)" }
    }

    private static func sightings(_ survey: Survey) -> [String] {
        var lines = ["\(survey.record)"]
        if survey.chain.count > 1 { lines.append("  CNAME  \(survey.chain.map(\.text).joined(separator: " -> "))") }
        if let zone = survey.zone { lines.append("  zone   \(zone)") }
        switch survey.security {
        case .insecure(let reason): lines.append("  dnssec not signed: \(reason)")
        case let security?: lines.append("  dnssec \(security.code)")
        case nil: break
        }
        let width = survey.observations.map(\.place.utf8.count).max() ?? 0
        for observation in survey.observations {
            let place = observation.place
            let padding = String(repeating: " ", count: width - place.utf8.count + 2)
            let time = observation.roundTripMilliseconds.map { "  (\($0) ms)" } ?? ""
            let validated = observation.note?.isValidated == true ? ", validated by it" : ""
            lines.append(
                "  \(mark(observation.sighting)) \(place)\(padding)\(wording(observation.sighting))\(validated)\(time)"
            )
        }
        return lines
    }

    /// The whole report of one look: sightings, findings, the verdict, and what the time ahead brings.
    /// - Parameter ttlSeconds: with which the record would be published.
    package static func lines(
        _ survey: Survey,
        _ propagation: Propagation,
        ttlSeconds: Int64,
        _ caa: CAAVerdict? = nil
    ) -> [String] {
        let findings = Checks.findings(survey)
        return sightings(survey) + findings.flatMap { PlanText.lines($0) } + [verdict(propagation, caa)]
            + (Perspectives.told(survey).map { [$0] } ?? []) + toAdd(survey, propagation, ttlSeconds)
            + forecast(survey, propagation)
    }

    /// What a person enters where nobody shows the record: a zone file's line, or a console's fields.
    private static func toAdd(_ survey: Survey, _ propagation: Propagation, _ ttlSeconds: Int64) -> [String] {
        if let file = fileToAdd(survey, propagation) { return [PlanText.labelled("add", file)] }
        guard let record = RecordToAdd(missing: survey, propagation, ttlSeconds: ttlSeconds) else { return [] }
        return [PlanText.labelled("add", record.zoneFile)]
            + (record.console.map { [PlanText.labelled("or", $0)] } ?? [])
    }

    /// Nil unless a token file is served nowhere.
    static func fileToAdd(_ survey: Survey, _ propagation: Propagation) -> String? {
        propagation == .missing ? survey.record.fileToAdd : nil
    }

    /// What the time ahead brings: when the record will be visible and on whom that depends, and how long caches keep the old answer.
    package static func forecast(_ survey: Survey, _ propagation: Propagation) -> [String] {
        guard let forecast = Forecast(survey, propagation) else { return [] }
        func moment(_ instant: Instant) -> String {
            "\(TimeText.utc(instant)) (in \(TimeText.span(milliseconds: instant.milliseconds(since: survey.at))))"
        }
        var lines: [String] = []
        if let visibleBy = forecast.visibleBy {
            lines.append("visible everywhere by \(moment(visibleBy)), because \(forecast.reasons())")
        } else if !forecast.causes.isEmpty {
            lines.append("when it will be visible everywhere is not known: \(forecast.reasons())")
        }
        if forecast.cachesClearAt > survey.at && forecast.visibleBy != forecast.cachesClearAt {
            lines.append(
                "a resolver that has asked already may keep the old answer until \(moment(forecast.cachesClearAt))"
            )
        }
        return lines
    }

    /// `shown`, `absent (negative TTL 300 s)`, ... in a few words.
    package static func wording(_ sighting: Sighting) -> String {
        switch sighting {
        case .present(let others):
            others.isEmpty ? "shown" : "shown, beside \(others.count) other value\(others.count == 1 ? "" : "s")"
        case .absent(let seconds): seconds > 0 ? "absent (caches may keep that for \(seconds) s)" : "absent"
        case .wrong(let saw, _): "other value: " + saw.prefix(3).map { "\"\($0.shortened())\"" }.joined(separator: ", ")
        case .notServed(let reason): "not served: \(reason)"
        case .unreachable(let reason): "unreachable: \(reason)"
        case .bogus(let reason): "DNSSEC bogus: \(reason)"
        case .hostile(let reason): "breaks the protocol: \(reason)"
        }
    }

    /// The verdict in one sentence, of what is shown and of CAA.
    package static func verdict(_ propagation: Propagation, _ caa: CAAVerdict?) -> String {
        let own = verdict(propagation)
        let isShown = propagation == .complete
        return switch caa?.hindrance ?? .none {
        case .none: own
        case .unseen:
            (isShown ? "cannot tell: a CA that looks now will see it" : own)
                + "; whether CAA lets it issue is not known"
        case .disputed: (isShown ? "not ready: a CA that looks now will see it" : own) + "; CAA may forbid it to issue"
        case .standing:
            (isShown ? "never like this: a CA that looks now will see it" : own) + "; CAA forbids it to issue"
        }
    }

    package static func verdict(_ propagation: Propagation) -> String {
        switch propagation {
        case .complete: "ready: a CA that looks now will see it"
        case .missing: "not ready: it is shown nowhere yet"
        case .incomplete(let lacking, _) where lacking.allSatisfy(\.sighting.isBlind): silence(lacking)
        case .incomplete(let lacking, let seconds):
            "not ready: \(lacking.count) vantage point\(lacking.count == 1 ? " does" : "s do") not show it yet"
                + (seconds > 0 ? ", and a cache may keep that for \(seconds) s" : "")
        case .contradicted: "never like this: something stands in its place or in its way, see the findings"
        case .cannotTell(let unseen, let problems):
            problems.first.map {
                (CheckVerdict(propagation) == .never ? "never like this: " : "cannot tell: ") + $0.text
            }
                ?? silence(unseen)
        }
    }

    private static func silence(_ unseen: [Observation]) -> String {
        "cannot tell: \(unseen.count) vantage point\(unseen.count == 1 ? "" : "s") gave no answer that counts"
    }

    /// What was seen, without how fast: equal for two looks that saw the same.
    package static func verdictKey(_ survey: Survey) -> String {
        survey.observations.map { "\($0.place) \(wording($0.sighting))" }.joined(separator: "\n")
            + survey.problems.map(\.text).joined(separator: "\n")
    }

    private static func mark(_ sighting: Sighting) -> String {
        switch sighting {
        case .present: "+"
        case .absent, .wrong: "-"
        case .notServed, .unreachable: "?"
        case .bogus, .hostile: "!"
        }
    }
}

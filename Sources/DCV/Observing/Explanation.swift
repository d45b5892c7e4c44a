// Everything that was seen of a name, judged: what `explain` tells, and its one sentence at the end.

/// One required record with what was seen of it and what that means.
package struct RecordExplained: Hashable, Sendable {
    package let survey: Survey
    package let propagation: Propagation
    package let forecast: Forecast?
    /// What a person enters; nil unless nobody shows the record.
    package let toAdd: RecordToAdd?

    package init(_ survey: Survey, _ wanted: ExplainRequest.Wanted) {
        self.survey = survey
        propagation = Propagation.judge(survey, wanted.propagation)
        forecast = Forecast(survey, propagation)
        toAdd = RecordToAdd(missing: survey, propagation, ttlSeconds: wanted.ttlSeconds)
    }
}

/// Who may issue for one name.
package struct IssuanceExplained: Hashable, Sendable {
    package let request: CAARequest
    package let climb: CAAClimb
    package let verdict: CAAVerdict
    private let isEnforced: Bool

    init(_ issuance: ExplainRequest.Issuance, _ climb: CAAClimb) {
        request = issuance.request
        self.climb = climb
        isEnforced = issuance.isEnforced
        verdict = CAA.judge(climb, for: request)
    }

    /// Where it is not known which CA issues, a set that names some is no fault.
    var findings: [Finding] {
        let words = CAAWords(subject: request.identifier.text, [request.identifier], request, rule: "RFC 8659")
        let all = words.findings(verdict, [climb], isEnforced: isEnforced)
        guard request.issuers.isEmpty, case .depends = verdict else { return all }
        return all.filter { $0.code != "caa-depends" }
    }
}

package struct Explanation: Hashable, Sendable {
    package let request: ExplainRequest
    package let at: Instant
    package let records: [RecordExplained]
    package let views: [NameView]
    package let issuance: [IssuanceExplained]
    /// Of the providers, the authorizations, the zones and the records; each once.
    package let findings: [Finding]

    package init(_ request: ExplainRequest, at: Instant, surveys: [Survey], views: [NameView], climbs: [CAAClimb] = [])
    {
        self.request = request
        self.at = at
        records = zip(surveys, request.wanted).map { RecordExplained($0, $1) }
        self.views = views
        issuance = zip(request.issuance, climbs).map { IssuanceExplained($0, $1) }
        var seen: Set<Finding> = []
        let all =
            request.findings + request.subjects.flatMap(\.findings) + surveys.flatMap(Checks.findings)
            + views.flatMap(\.findings) + issuance.flatMap(\.findings)
        findings = all.filter { seen.insert($0).inserted }.enumerated()
            .sorted { ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset) }
            .map(\.element)
    }

    /// Every zone once, from the root down; as it was looked at most closely.
    package var zones: [ZoneView] {
        var zones: [ZoneView] = []
        for zone in records.flatMap(\.survey.zones) + views.flatMap(\.zones) {
            guard let index = zones.firstIndex(where: { $0.apex == zone.apex }) else {
                zones.append(zone)
                continue
            }
            if zones[index].timers == nil && zone.timers != nil { zones[index] = zone }
        }
        return zones
    }
}

extension Explanation {
    /// What to do, in one sentence.
    package var advice: String {
        if let gravest = findings.first, gravest.severity == .error {
            return Self.sentence(gravest)
        }
        let open = records.filter { $0.propagation != .complete }
        if let first = open.first { return advice(first, others: open.count - 1) }
        if let unread = request.unread, !unread.isEmpty, request.subjects.isEmpty {
            let names = unread.map(\.text).listed(upTo: Self.providersTold)
            let cure = request.findings.first { $0.severity == .waiting }.map { ": \($0.advice) (\($0.code))" }
            return "\(names) could not be read in full, so what it wants to see is not known\(cure ?? "")"
        }
        if let first = findings.first, first.severity == .waiting { return Self.sentence(first) }
        if !records.isEmpty {
            return records.count == 1
                ? "nothing: a CA that looks now will see the record"
                : "nothing: a CA that looks now will see all \(records.count) records"
        }
        if !request.subjects.isEmpty { return "nothing: no record is waited for" }
        let missing = findings.first { $0.code == Survey.Problem.Code.nameMissing.rawValue }
        return missing.map { "\($0.saw); its zone answers everywhere" } ?? "nothing: the zone answers everywhere"
    }

    private static let providersTold = 3

    /// What takes longer to tell stands among the findings.
    private static let sentenceLimitOctets = 120

    /// What was seen, and what to do about it.
    private static func sentence(_ finding: Finding) -> String {
        let what = finding.saw.utf8.count <= sentenceLimitOctets ? finding.saw : finding.subject
        return "\(what): \(finding.advice) (\(finding.code))"
    }

    private func advice(_ record: RecordExplained, others: Int) -> String {
        let more = others > 0 ? "; and look at \(others) more record\(others == 1 ? "" : "s") above" : ""
        let cause = Checks.findings(record.survey).first { $0.severity > .notice }
        switch record.propagation {
        case .missing:
            let hand =
                request.subjects.isEmpty ? "" : "; `dnsproof plan` says whether a run does it, or changes the method"
            let hindrance = cause.map { "; and \(Self.sentence($0))" } ?? ""
            return "publish \(record.survey.record)\(hand)\(hindrance)\(more)"
        case .incomplete:
            if let by = record.forecast?.visibleBy {
                let span = TimeText.span(milliseconds: by.milliseconds(since: record.survey.at))
                return "wait \(span): then it is visible everywhere\(more)"
            }
            if let cause { return Self.sentence(cause) + more }
            return "wait until every name server shows it; if that stays, look at the ones that do not\(more)"
        case .contradicted: return (cause.map(Self.sentence) ?? "remove what stands in the record's place") + more
        case .cannotTell:
            return (cause.map(Self.sentence) ?? "look again when the servers that gave no answer can be asked") + more
        case .complete: return ""
        }
    }
}

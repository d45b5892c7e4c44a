// An explanation as a tree: the zones from the root down, the record, who shows what, what is amiss, and one sentence at the end.
package import DCV

package enum ExplainText {
    /// - Parameter isReplay: the answers are a recording's; then the first line says when they were seen.
    package static func lines(_ explanation: Explanation, columns: Int, isReplay: Bool = false) -> [TonedLine] {
        var lines: [TonedLine] = []
        if isReplay {
            lines.append(TonedLine("seen at \(TimeText.utc(explanation.at)); nothing was asked now", .heading))
        }
        for line in RunText.laboratory(explanation.request.isLaboratory) {
            lines += WrappedText.lines(line, columns: columns).map { TonedLine($0, .unsure) }
        }
        let once = ToldOnce(
            explanation.records.flatMap(\.survey.problems) + explanation.views.flatMap(\.problems),
            explanation.findings
        )
        let seen = [subjects(explanation), zones(explanation), issuance(explanation)] + explanation.records.map(record)
        let trees = seen.map { $0.map(once.short) } + [findings(explanation, once)]
        lines.append(TonedLine(explanation.request.asked, .heading))
        for tree in trees.compactMap({ $0 }) { lines += [TonedLine("")] + tree.lines(columns: columns) }
        lines.append(TonedLine(""))
        lines += WrappedText.lines(explanation.advice, columns: columns, first: "=> ", rest: "   ")
            .map { TonedLine($0, tone(explanation)) }
        return lines
    }

    private static func tone(_ explanation: Explanation) -> Tone {
        switch explanation.exitCode {
        case .done: .good
        case .person: .bad
        default: .unsure
        }
    }

    // MARK: what a provider says

    private static func subjects(_ explanation: Explanation) -> TextTree? {
        let unread = explanation.request.unread ?? []
        let children =
            explanation.request.subjects.map(subject)
            + unread.map { TextTree("\($0) could not be read in full: what else it lists is not known", .unsure) }
        return children.isEmpty ? nil : TextTree("certificates", .heading, children)
    }

    private static func subject(_ subject: ExplainRequest.Subject) -> TextTree {
        let names = subject.identifiers.map(\.text)
        let head = names.isEmpty ? "\(subject.key)" : "\(names.joined(separator: ", ")) (\(subject.key))"
        let status = "\(subject.status.rawValue) (the provider says \"\(subject.providerStatus.shortened())\")"
        var children = [TextTree("status \(status)", tone(subject.status))]
        if let method = subject.method { children.append(TextTree("validation by \(method.rawValue)")) }
        if let end = subject.expiresAt { children.append(TextTree("tokens hold until \(TimeText.utc(end))")) }
        children += subject.records.map { TextTree("wants \($0)") }
        return TextTree(head, .plain, children)
    }

    private static func tone(_ status: Authorization.Status) -> Tone {
        switch status {
        case .valid: .good
        case .pending: .unsure
        default: .plain
        }
    }

    // MARK: zones

    private static func zones(_ explanation: Explanation) -> TextTree? {
        let zones = explanation.zones
        guard !zones.isEmpty else { return nil }
        return TextTree("zones", .heading, zones.map(zone))
    }

    private static func zone(_ zone: ZoneView) -> TextTree {
        let isLookedAt = zone.servers.contains { !$0.addresses.isEmpty }
        let name = zone.apex.isRoot ? ". (the root)" : zone.apex.text
        let count = "\(zone.servers.count) name server\(zone.servers.count == 1 ? "" : "s")"
        let security = zone.security.map { ", \(wording($0))" } ?? ""
        var children: [TextTree] = []
        if let timers = zone.timers { children.append(TextTree(wording(timers))) }
        if isLookedAt { children += zone.servers.map { server($0, zone) } }
        return TextTree("\(name)  \(count)\(security)", tone(zone.security), children)
    }

    private static func wording(_ timers: ZoneView.Timers) -> String {
        func span(_ seconds: Int64) -> String {
            let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
            return TimeText.span(milliseconds: overflow ? .max : milliseconds)
        }
        let primary = timers.primary.map { ", primary \($0)" } ?? ""
        return "serial \(timers.serial)\(primary), refresh \(span(timers.refreshSeconds)), "
            + "retry \(span(timers.retrySeconds)), expire \(span(timers.expireSeconds)), "
            + "a \"no\" is kept for \(span(timers.negativeTTLSeconds))"
    }

    private static func server(_ server: ZoneView.Server, _ zone: ZoneView) -> TextTree {
        let named: String =
            switch (server.isDelegated, server.isOwn) {
            case (true, false?): " (named by the parent alone)"
            case (false, _): " (named by the zone alone)"
            case (true, _): ""
            }
        let width = server.addresses.map { "\($0.address)".utf8.count }.max() ?? 0
        let addresses = server.addresses.map { address -> TextTree in
            let text = "\(address.address)"
            let padding = String(repeating: " ", count: width - text.utf8.count + 2)
            let (words, tone) = wording(address, zone)
            return TextTree(text + padding + words, tone)
        }
        return TextTree(
            "\(server.name)\(named)" + (addresses.isEmpty ? "  no address" : ""),
            addresses.isEmpty ? .unsure : .plain,
            addresses
        )
    }

    private static func wording(_ address: ZoneView.Address, _ zone: ZoneView) -> (String, Tone) {
        switch address.state {
        case .serves(let serial):
            let newest = zone.timers.map { $0.serial == serial } ?? true
            let time = address.roundTripMilliseconds.map { ", \($0) ms" } ?? ""
            let words = "serves serial \(serial)\(newest ? "" : ", an older one")\(manners(address))\(time)"
            return (words, newest && address.answersOverTCP != false ? .good : .unsure)
        case .notServed(let reason): return ("does not serve it: \(reason)", .bad)
        case .unreachable(let reason): return ("unreachable: \(reason)", .unsure)
        case .hostile(let reason): return ("breaks the protocol: \(reason)", .bad)
        case .notAsked(let reason): return ("not asked: \(reason)", .unsure)
        case nil: return ("not asked", .plain)
        }
    }

    /// What differs from what every server should do; nothing for one that does it all.
    private static func manners(_ address: ZoneView.Address) -> String {
        var words: [String] = []
        if address.answersOverTCP == false { words.append("no TCP") }
        if address.understandsEDNS == false { words.append("no EDNS") }
        if address.keepsCase == false { words.append("changes letter case") }
        return words.isEmpty ? "" : " (" + words.joined(separator: ", ") + ")"
    }

    // MARK: CAA

    private static func issuance(_ explanation: Explanation) -> TextTree? {
        guard !explanation.issuance.isEmpty else { return nil }
        return TextTree("who may issue (CAA)", .heading, explanation.issuance.map(issuance))
    }

    private static func issuance(_ explained: IssuanceExplained) -> TextTree {
        let tone: Tone =
            switch explained.verdict {
            case .allowed: .good
            case .forbidden: .bad
            case .depends: .plain
            case .cannotTell: .unsure
            }
        return TextTree(
            "\(explained.request.identifier): \(explained.verdict)",
            tone,
            explained.climb.rungs.map { TextTree("\($0)") }
        )
    }

    // MARK: DNSSEC

    private static func wording(_ security: SecurityStatus) -> String {
        switch security {
        case .secure: "DNSSEC secure"
        case .insecure(let reason): "not signed: \(reason)"
        case .bogus(let reason): "DNSSEC bogus: \(reason)"
        case .indeterminate(let reason): "DNSSEC unknown: \(reason)"
        }
    }

    private static func tone(_ security: SecurityStatus?) -> Tone {
        switch security {
        case .bogus: .bad
        case .indeterminate: .unsure
        case .secure, .insecure, nil: .plain
        }
    }

    // MARK: the record

    private static func record(_ explained: RecordExplained) -> TextTree {
        let survey = explained.survey
        var children: [TextTree] = []
        if survey.chain.count > 1 {
            children.append(TextTree("leads to \(survey.chain.dropFirst().map(\.text).joined(separator: " -> "))"))
        }
        if let security = survey.security { children.append(TextTree(wording(security), tone(security))) }
        children += survey.observations.map(observation)
        children.append(TextTree(SurveyText.verdict(explained.propagation), tone(explained.propagation)))
        if let file = SurveyText.fileToAdd(survey, explained.propagation) { children.append(.command("add: \(file)")) }
        if let record = explained.toAdd {
            children.append(.command("add: \(record.zoneFile)"))
            if let console = record.console { children.append(TextTree("or \(console)")) }
        }
        children += SurveyText.forecast(survey, explained.propagation).map { TextTree($0, .unsure) }
        return TextTree("\(survey.record)", .heading, children)
    }

    private static func observation(_ observation: Observation) -> TextTree {
        let time = observation.roundTripMilliseconds.map { ", \($0) ms" } ?? ""
        let kind: String = if observation.isRecursive { "resolver " } else { "" }
        let notes = observation.note?.errors ?? []
        let hops = observation.fetch?.hops.dropFirst().map { TextTree("redirected to \($0.url)") } ?? []
        return TextTree(
            "\(kind)\(observation.place)  \(SurveyText.wording(observation.sighting))\(time)",
            tone(observation.sighting),
            hops + notes.map { TextTree($0, .unsure) }
        )
    }

    private static func tone(_ sighting: Sighting) -> Tone {
        switch sighting {
        case .present: .good
        case .absent, .wrong, .bogus, .hostile: .bad
        case .notServed, .unreachable: .unsure
        }
    }

    private static func tone(_ propagation: Propagation) -> Tone {
        switch CheckVerdict(propagation) {
        case .ready: .good
        case .notReady, .cannotTell: .unsure
        case .never: .bad
        }
    }

    // MARK: findings

    private static func findings(_ explanation: Explanation, _ once: ToldOnce) -> TextTree? {
        guard !explanation.findings.isEmpty else { return nil }
        var told: Set<String> = []
        let trees = explanation.findings.map { found in
            let isFirst = once.isReason(found.saw) && told.insert(found.saw).inserted
            return finding(found, saw: isFirst ? found.saw : once.short(found.saw))
        }
        return TextTree("findings", .heading, trees)
    }

    private static func finding(_ finding: Finding, saw: String) -> TextTree {
        var children = [TextTree("saw: \(saw)")]
        if let wanted = finding.wanted { children.append(TextTree("wanted: \(wanted)")) }
        children.append(TextTree("do: \(finding.advice)"))
        if let command = finding.reproduce { children.append(.command("see: \(command)")) }
        if let rule = finding.rule { children.append(TextTree("rule: \(rule)")) }
        let tone: Tone =
            switch finding.severity {
            case .error: .bad
            case .waiting: .unsure
            case .notice: .plain
            }
        return TextTree("\(finding.severity.rawValue) \(finding.code): \(finding.subject)", tone, children)
    }
}

extension Explanation {
    /// As `check`: 4 a person must act, 3 not yet or cannot tell, 0 nothing is in the way.
    package var exitCode: ExitCode {
        let codes = records.map { CheckVerdict($0.propagation).exitCode }
        if codes.contains(.person) || findings.contains(where: { $0.severity == .error }) { return .person }
        if codes.contains(.pending) || findings.contains(where: { $0.severity == .waiting }) { return .pending }
        return .done
    }
}

/// `explain --json`; docs/explain.md says what each key means.
package struct ExplainDocument: Encodable, Sendable {
    package struct Record: Encodable, Sendable {
        package let record: RequiredRecord
        package let verdict: CheckVerdict
        package let summary: String
        /// What a person enters; nil unless nobody shows the record.
        package let add: RecordToAdd?
        package let survey: Survey
        package let forecast: Forecast?
    }

    package struct Issuance: Encodable, Sendable {
        package let identifier: Identifier
        package let verdict: String
        package let summary: String
        package let climb: CAAClimb
    }

    package static let formatVersion = 1

    package let version: Int
    package let asked: String
    package let at: Instant
    package let isLaboratory: Bool
    package let isReplay: Bool
    package let exitCode: Int32
    package let certificates: [ExplainRequest.Subject]
    package let unread: [ProviderName]
    package let zones: [ZoneView]
    package let records: [Record]
    package let issuance: [Issuance]
    package let findings: [Finding]
    package let advice: String

    package init(_ explanation: Explanation, isReplay: Bool) {
        version = Self.formatVersion
        asked = explanation.request.asked
        at = explanation.at
        isLaboratory = explanation.request.isLaboratory
        self.isReplay = isReplay
        exitCode = explanation.exitCode.rawValue
        certificates = explanation.request.subjects
        unread = explanation.request.unread ?? []
        zones = explanation.zones
        records = explanation.records.map {
            Record(
                record: $0.survey.record,
                verdict: CheckVerdict($0.propagation),
                summary: SurveyText.verdict($0.propagation),
                add: $0.toAdd,
                survey: $0.survey,
                forecast: $0.forecast
            )
        }
        issuance = explanation.issuance.map {
            Issuance(
                identifier: $0.request.identifier,
                verdict: $0.verdict.code,
                summary: "\($0.verdict)",
                climb: $0.climb
            )
        }
        findings = explanation.findings
        advice = explanation.advice
    }

    private enum CodingKeys: String, CodingKey {
        case version, asked
        case at = "at_ms"
        case isLaboratory = "laboratory"
        case isReplay = "replay"
        case exitCode = "exit_code"
        case certificates, unread, zones, records, issuance, findings, advice
    }
}

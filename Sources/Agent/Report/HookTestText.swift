// A test of a hook as a table for people, and as one document for programs.
package import DCV

/// All that `hook test` says.
package struct HookTestReport: Encodable, Sendable {
    package let test: HookTest
    /// What may still stand: in the real zone, or at a service of the hook's own that a played world cannot look at.
    package let leftovers: [RequiredRecord]
    /// Whether the result is kept for the planner.
    package let isKept: Bool
    /// Whether it was ended before everything was tried.
    package let wasEnded: Bool
    /// Why nothing about publishing could be tried now, where a later test may.
    package let postponed: String?
    /// Why nothing about publishing can be tried in a played world.
    package let misplaced: String?
    /// Why the program could not be started at all.
    package let notStarted: String?

    package init(
        _ test: HookTest,
        leftovers: [RequiredRecord],
        isKept: Bool,
        wasEnded: Bool,
        postponed: String? = nil,
        misplaced: String? = nil,
        notStarted: String? = nil
    ) {
        self.test = test
        self.leftovers = leftovers
        self.isKept = isKept
        self.wasEnded = wasEnded
        self.postponed = postponed
        self.misplaced = misplaced
        self.notStarted = notStarted
    }

    package var exitCode: ExitCode {
        guard test.broken.isEmpty, leftovers.isEmpty, misplaced == nil else { return .person }
        return wasEnded || postponed != nil ? .temporary : .done
    }

    package var lines: [String] {
        if let notStarted { return ["nothing was tried: \(notStarted)"] }
        let rows = test.findings.map { finding in
            [finding.guarantee.rawValue, finding.state.word, Self.words(finding)]
        }
        let broken = test.findings.filter { $0.state == .broken }.map { finding in
            "broken: \(finding.guarantee.rawValue): \(finding.reason ?? "")"
        }
        let left = leftovers.map { record in
            test.zone == nil
                ? "perhaps left at the hook's own service, look there: \(record) (never shown here, and not withdrawn)"
                : "left behind, remove it by hand or test it again: \(record)"
        }
        let later = postponed.map { "nothing about publishing could be tried now: \($0); test it again later" }
        let elsewhere = misplaced.map { "nothing about publishing could be tried here: \($0)" }
        return TextTable.lines([["guarantee", "state", "what it is about"]] + rows) + broken + left
            + [later, elsewhere, closing].compactMap { $0 }
    }

    private static func words(_ finding: HookTest.Finding) -> String {
        finding.state == .notTried ? "(\(finding.reason ?? ""))" : finding.guarantee.promise
    }

    private var closing: String {
        let counts =
            "\(test.count(.held)) held, \(test.count(.broken)) broken, \(test.count(.notTried)) not tried"
        if wasEnded { return "\(counts): ended before everything was tried, so it is not kept" }
        if isKept, let publisher = test.publisher {
            let rest = test.count(.notTried) > 0 ? "; an earlier finding stays where nothing was tried now" : ""
            return "\(counts); kept for publisher \(publisher), as long as \(test.program) stays as it is\(rest)"
        }
        return test.publisher == nil ? "\(counts); not kept: the program is no publisher's by name" : counts
    }

    private enum CodingKeys: String, CodingKey {
        case test, leftovers, postponed, misplaced
        case notStarted = "not_started"
        case isKept = "kept"
        case wasEnded = "ended"
    }
}

extension HookTest.State {
    fileprivate var word: String { self == .notTried ? "not tried" : rawValue }
}

extension HookStanding {
    /// For `config check`: what is known of a publisher's hook, what runs do because of it, and what to do about it.
    /// - Parameter file: the configuration that has the publisher.
    package func lines(_ publisher: String, _ file: String) -> [String] {
        let again = "dnsproof hook test \(publisher) --config \(file)"
        switch self {
        case .untested: return ["never tested; try it: \(again)"]
        case .changed(let since): return ["the program has changed since its test of \(since.utcText); again: \(again)"]
        case .tested(let test):
            let broken = test.broken
            let names = broken.isEmpty ? "" : " (\(broken.map(\.rawValue).joined(separator: ", ")))"
            let earlier = test.earlier.map { "; \($0.count) of them seen by earlier tests since \($0.since.utcText)" }
            let counts =
                "tested \(test.at.utcText)\(test.zone.map { " in \($0)" } ?? ""): \(test.count(.held)) held, "
                + "\(broken.count) broken\(names), \(test.count(.notTried)) not tried\(earlier ?? "")"
            guard !broken.isEmpty else { return [counts] }
            let minded = broken.compactMap(\.consequence)
            return [counts] + minded.map { "because of that it is \($0)" }
                + ["repair the hook, and test it again: \(again)\(test.zone.map { " --zone \($0) --yes" } ?? "")"]
        }
    }
}

extension HookGuarantee {
    /// What runs do about a hook that breaks it (`HookLimits`, `Situation.PublisherView`); nil where they do nothing.
    fileprivate var consequence: String? {
        switch self {
        case .keepsOthers: "not asked to publish where other values stand"
        case .withdrawsOne: "not asked to withdraw while other values stand"
        case .cname: "not asked for a CNAME"
        case .http: "not asked for a token file"
        case .anyLabel: "asked for names at _acme-challenge alone"
        case .describes, .publishes, .withdraws, .repeats, .absentIsDone, .target, .leadingHyphen, .longValue,
            .oddCharacters,
            .keepsCNAME, .deadline, .endsOnTERM, .leavesNothing, .wrongSecret, .keepsSecrets, .unknownVerb:
            nil
        }
    }
}

extension HookTrial.Progress {
    /// One line for who waits.
    package var words: String {
        switch self {
        case .trying(let guarantee): "trying \(guarantee.rawValue): \(guarantee.promise) ..."
        case .waiting(let effect, let waited, let limit):
            "waiting until the servers show \(effect == .publish ? "the record" : "it gone"): "
                + "\(waited / 1000) s of at most \(limit / 1000) s"
        case .takingAway(let record, let remaining): "taking away what was written, \(remaining) to go: \(record)"
        }
    }
}

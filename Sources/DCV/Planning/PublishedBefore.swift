// What an earlier attempt means for a record that nobody shows: time to become visible, a word that was not kept, a rest after a failure.

/// The one rule about what a publisher's earlier answers are worth.
package enum PublishedBefore {
    /// How long what a hook has published may take to become visible, where the hook says nothing about that.
    package static let usualTakesSeconds: Int64 = 120
    /// A token lives no longer either (BR 3.2.2.4.7).
    package static let longestTakesSeconds: Int64 = Planner.tokenLifeLimitDays * 86_400
    /// The code of a publication that was called done, and of which nothing is seen in its time.
    package static let liedCode = "hook-lied"
    /// Attempts further apart were about another disappearance of the record.
    private static let sameCaseSeconds: Int64 = 2 * 86_400
    private static let serversTold = 4

    struct Ruling {
        static let none = Ruling(rest: nil, finding: nil)

        /// Why it is left alone for now; nil when it may be published.
        let rest: (until: Instant, reason: Step.WaitReason, because: String)?
        let finding: Finding?
    }

    /// - Parameter survey: of a record that nobody shows, and that somebody who was asked lacks.
    static func judge(_ survey: Survey, _ rule: Situation.ZoneRule, _ policy: Policy, in draft: Draft) -> Ruling {
        let (record, now) = (survey.record, draft.situation.at)
        let attempts = draft.publications(of: record)
        guard let last = attempts.last, let receipt = last.receipt else { return .none }
        switch receipt.outcome {
        case .done, .unknown:
            let said = Array(attempts.reversed().prefix(while: \.mayHaveHappened).reversed())
            let takes = takesSeconds(last.intent, rule)
            let patience = patienceSeconds(policy, repeats: said.count)
            let again = max(
                last.intent.at.adding(seconds: patience),
                receipt.code == Receipt.unseenCode ? receipt.at.adding(seconds: takes) : last.intent.at
            )
            let lie = lie(said, takes, survey, at: now)
            guard again > now else { return Ruling(rest: nil, finding: lie) }
            let because = "\(record.name) was published and no name server shows it yet"
            let look = min(draft.nextLook(.missing, survey, policy), again)
            return Ruling(rest: (look, .propagation, because), finding: lie)
        case .failed:
            let notBefore = receipt.retryAt(pauseSeconds: policy.wait.pollMaximumSeconds)
            guard notBefore > now else { return .none }
            let because = "the last attempt to publish \(record.name) failed"
            return Ruling(rest: (notBefore, .backOff, because), finding: failure(receipt, last.intent.effect, record))
        }
    }

    /// The hook called a publication failed, and the record is there all the same.
    static func complaint(_ record: RequiredRecord, in draft: Draft) -> Finding? {
        guard let last = draft.publications(of: record).last, let receipt = last.receipt,
            receipt.code == Receipt.complainedCode
        else { return nil }
        return Finding(
            Receipt.complainedCode,
            .notice,
            subject: "\(record)",
            saw: "\(publisher(of: last.intent)) said that it failed: \(receipt.reason ?? "no reason given")",
            wanted: "exit 0 from a hook that has published",
            advice: "the record is there, and that counts; repair the hook"
        )
    }

    /// Doubled with every repetition, up to the longest back-off.
    private static func patienceSeconds(_ policy: Policy, repeats: Int) -> Int64 {
        let doubled = policy.wait.republishAfterSeconds
            .multipliedReportingOverflow(by: 1 << Int64(min(max(repeats, 1) - 1, 6)))
        return doubled.overflow ? Planner.backOffLimitSeconds : min(doubled.partialValue, Planner.backOffLimitSeconds)
    }

    private static func takesSeconds(_ intent: Intent, _ rule: Situation.ZoneRule) -> Int64 {
        guard case .publish(_, _, _, let name) = intent.effect,
            let takes = rule.publishers.first(where: { $0.name == name })?.takesSeconds
        else { return usualTakesSeconds }
        return min(max(takes, 1), longestTakesSeconds)
    }

    private static func publisher(of intent: Intent) -> String {
        if case .publish(_, _, _, let name) = intent.effect { "publisher \(name)" } else { "the publisher" }
    }

    /// Told from the first word on whose time is over, so that publishing again does not hide it; one whose record was seen, and is gone
    /// since, was no lie.
    /// - Parameter said: attempts that the hook called done, oldest first.
    private static func lie(_ said: [JournalEntry], _ takes: Int64, _ survey: Survey, at now: Instant) -> Finding? {
        var first: (intent: Intent, at: Instant)?
        for entry in said.reversed() {
            guard let receipt = entry.receipt, receipt.code == Receipt.unseenCode else { break }
            if let first, first.intent.at > receipt.at.adding(seconds: takes + sameCaseSeconds) { break }
            first = (entry.intent, receipt.at)
        }
        guard let first, first.at.adding(seconds: takes) <= now else { return nil }
        let lacking = survey.observations.filter { !$0.isRecursive && !$0.sighting.isPresent }
        let shown = lacking.map { "\($0.place) \($0.sighting.showing)" }.listed(upTo: serversTold, separator: "; ")
        let span = TimeText.span(milliseconds: takes * 1000)
        return Finding(
            liedCode,
            .error,
            subject: "\(survey.record)",
            saw:
                "\(publisher(of: first.intent)) said at \(first.at.utcText) that it is published, it may take \(span), "
                + "and nobody shows it: \(shown)",
            wanted: "\(survey.record)",
            advice: "run the hook by hand and look whether it writes where these servers read (hooks/README.md); "
                + "if it is only slow, let its `describe` say takes_s; it is tried again by itself",
            reproduce: lacking.first.flatMap { survey.reproduce($0) }
        )
    }

    private static func failure(_ receipt: Receipt, _ effect: Effect, _ record: RequiredRecord) -> Finding {
        let cure: String? =
            switch (receipt.code, effect) {
            case ("hook-misconfigured", _): "repair the publisher's settings or program"
            case ("hook-not-my-zone", .publish(_, _, let zone, _)): "bind \(zone) to another publisher under zones:"
            case (HookLimits.replacesCode, _):
                "repair the hook and test it again (dnsproof hook test), or give the zone another publisher"
            default: nil
            }
        return Finding(
            receipt.code ?? "hook-failed",
            cure == nil ? .waiting : .error,
            subject: "\(record)",
            saw: receipt.reason ?? "the hook failed",
            wanted: "the record published",
            advice: cure ?? "it is tried again by itself"
        )
    }
}

extension Sighting {
    /// What a vantage point shows in place of the record, as the end of a sentence.
    fileprivate var showing: String {
        switch self {
        case .present: "shows it"
        case .absent: "has no such record"
        case .wrong(let saw, _): "shows " + saw.map { "\"\($0.shortened())\"" }.listed(upTo: 3)
        case .notServed(let reason): "does not serve it (\(reason))"
        case .unreachable(let reason): "was not reached (\(reason))"
        case .bogus(let reason): "fails DNSSEC (\(reason))"
        case .hostile(let reason): "breaks the protocol (\(reason))"
        }
    }
}

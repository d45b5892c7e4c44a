// What the journal knows, without asking anybody: records that stand, effects without a receipt, triggers, back-offs, quarantines, and how
// much was asked of each provider.
package import DCV

package enum StatusText {
    /// The lines of `status`; `["nothing is recorded"]` for an empty journal.
    package static func lines(
        _ history: History,
        _ uses: [ProviderUse] = [],
        standing: [ToldFinding] = [],
        trials: [TrialWrite] = [],
        configured config: String? = nil,
        at now: Instant
    ) -> [String] {
        var lines: [String] = []
        for published in history.published {
            let age = TimeText.span(milliseconds: now.milliseconds(since: published.at))
            let trust = published.isConfirmed ? "published" : "perhaps published"
            lines.append(
                "\(trust) \(age) ago through \(published.publisher) for "
                    + "\(published.title ?? "\(published.authorization)"): \(published.record)"
            )
        }
        for entry in history.entries where entry.receipt == nil {
            let age = TimeText.span(milliseconds: now.milliseconds(since: entry.intent.at))
            lines.append(
                "begun \(age) ago, without a receipt: \(entry.intent.effect.code) for \(entry.intent.subject)"
            )
        }
        lines += trials.map { line($0, config, at: now) }
        for entry in lastAttempts(history) {
            guard let receipt = entry.receipt, let notBefore = receipt.notBefore, notBefore > now else { continue }
            let span = TimeText.span(milliseconds: notBefore.milliseconds(since: now))
            lines.append(
                "left alone for \(span): \(entry.intent.effect.code) for \(entry.intent.subject): "
                    + (receipt.reason ?? receipt.code ?? "it failed")
            )
        }
        for last in lastTriggers(history) {
            let age = TimeText.span(milliseconds: now.milliseconds(since: last.at))
            lines.append("triggered \(age) ago: validation of \(last.subject)")
        }
        for (publisher, reason) in history.quarantined.sorted(by: { $0.key < $1.key }) {
            lines += "quarantined publisher \(publisher): \(reason)".split(separator: "\n").map { String($0) }
        }
        // What waits for no certificate, waits for a provider that gave no answer: that is a finding of its own.
        lines += standing.filter { !$0.subject.isEmpty }.sorted {
            ($0.since, $0.code, $0.subject) < ($1.since, $1.code, $1.subject)
        }
        .map { line($0, at: now) }
        lines += uses.flatMap { self.lines($0, at: now) }
        return lines.isEmpty ? ["nothing is recorded"] : lines
    }

    private static func line(_ write: TrialWrite, _ config: String?, at now: Instant) -> String {
        let age = TimeText.span(milliseconds: now.milliseconds(since: write.at))
        return
            "perhaps left by a test of publisher \(write.publisher) \(age) ago: \(write.order.record); to take it away: "
            + "dnsproof hook test \(write.publisher)\(config.map { " --config \($0)" } ?? "") --zone \(write.order.zone) --yes"
    }

    /// What the last runs met, with since when it stands.
    private static func line(_ told: ToldFinding, at now: Instant) -> String {
        let met = TimeText.span(milliseconds: now.milliseconds(since: told.seenAt))
        let what =
            Step.WaitReason(rawValue: told.saw).flatMap { told.code == Step.waitCode ? $0 : nil }
            .map { "\(told.subject), for \(PlanText.wording($0))" }
            ?? "\(told.code): \(told.subject): \(told.saw.prefix { $0 != "\n" })"
        return "\(told.severity.rawValue) since \(PlanText.day(told.since)), met \(met) ago: \(what)"
    }

    /// One line of counts, and one more while the provider is left alone; none for a provider that was not asked of late.
    private static func lines(_ use: ProviderUse, at now: Instant) -> [String] {
        var lines: [String] = []
        let total = use.lastHour.values.reduce(0, +)
        if total > 0 {
            let kinds = use.lastHour.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            let limits = use.limits.map { spent in
                let window = TimeText.span(milliseconds: spent.limit.windowMilliseconds)
                return ", \(spent.count) of \(spent.limit.count) in \(window)"
            }
            lines.append(
                "provider \(use.provider): \(total) request\(total == 1 ? "" : "s") in the last hour "
                    + "(\(kinds.joined(separator: ", ")))\(limits.joined())"
            )
        }
        if let until = use.openUntil {
            let span = TimeText.span(milliseconds: until.milliseconds(since: now))
            lines.append("provider \(use.provider): left alone for \(span), \(use.failures) calls in a row failed")
        }
        return lines
    }

    /// What came of the same effect for the same authorization last: a failure that a later success has overtaken rests no more.
    private static func lastAttempts(_ history: History) -> [JournalEntry] {
        struct Attempt: Hashable {
            let authorization: AuthorizationKey
            let effect: Effect
        }
        var seen: Set<Attempt> = []
        return history.entries.reversed()
            .filter { seen.insert(Attempt(authorization: $0.intent.authorization, effect: $0.intent.effect)).inserted }
            .reversed()
    }

    private static func lastTriggers(_ history: History) -> [Intent] {
        let triggers = history.entries.map(\.intent).filter { $0.effect.code == "trigger" }
        return Dictionary(triggers.map { ($0.authorization, $0) }, uniquingKeysWith: { $0.at > $1.at ? $0 : $1 })
            .sorted { $0.key < $1.key }.map(\.value)
    }
}

/// `status --json`: the history with the count of calls beside it.
package struct StatusDocument: Encodable {
    private enum Key: String, CodingKey { case providers, findings, trials }

    let history: History
    let uses: [ProviderUse]
    let standing: [ToldFinding]
    let trials: [TrialWrite]

    package init(_ history: History, _ uses: [ProviderUse], standing: [ToldFinding], trials: [TrialWrite] = []) {
        self.history = history
        self.uses = uses
        self.standing = standing
        self.trials = trials
    }

    package func encode(to encoder: any Encoder) throws {
        try history.encode(to: encoder)
        var keyed = encoder.container(keyedBy: Key.self)
        try keyed.encode(uses, forKey: .providers)
        try keyed.encode(standing, forKey: .findings)
        try keyed.encode(trials, forKey: .trials)
    }
}

// What the journal knows, without asking anybody: records that stand, effects without a receipt, triggers, back-offs, quarantines.
package import DCV

package enum StatusText {
    /// The lines of `status`; `["nothing is recorded"]` for an empty journal.
    package static func lines(_ history: History, at now: Instant) -> [String] {
        var lines: [String] = []
        for published in history.published {
            let age = TimeText.span(milliseconds: now.milliseconds(since: published.at))
            let trust = published.isConfirmed ? "published" : "perhaps published"
            lines.append(
                "\(trust) \(age) ago through \(published.publisher): \(published.record)  [\(published.authorization)]"
            )
        }
        for entry in history.entries where entry.receipt == nil {
            let age = TimeText.span(milliseconds: now.milliseconds(since: entry.intent.at))
            lines.append(
                "begun \(age) ago, without a receipt: \(entry.intent.effect.code)  [\(entry.intent.authorization)]"
            )
        }
        for entry in lastAttempts(history) {
            guard let receipt = entry.receipt, let notBefore = receipt.notBefore, notBefore > now else { continue }
            let span = TimeText.span(milliseconds: notBefore.milliseconds(since: now))
            lines.append(
                "left alone for \(span): \(entry.intent.effect.code)  [\(entry.intent.authorization)]: "
                    + (receipt.reason ?? receipt.code ?? "it failed")
            )
        }
        for (key, last) in lastTriggers(history) {
            lines.append("triggered \(TimeText.span(milliseconds: now.milliseconds(since: last))) ago  [\(key)]")
        }
        for (publisher, reason) in history.quarantined.sorted(by: { $0.key < $1.key }) {
            lines.append("quarantined publisher \(publisher): \(reason)")
        }
        return lines.isEmpty ? ["nothing is recorded"] : lines
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

    private static func lastTriggers(_ history: History) -> [(AuthorizationKey, Instant)] {
        let triggers = history.entries.filter { $0.intent.effect.code == "trigger" }
        return Dictionary(triggers.map { ($0.intent.authorization, $0.intent.at) }, uniquingKeysWith: max)
            .sorted { $0.key < $1.key }
    }
}

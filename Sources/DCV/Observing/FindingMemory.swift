// What is new, what has changed and what is gone, given what was told before: the rule that keeps a cron job's mails few.

/// A finding as an earlier run met it.
package struct ToldFinding: Hashable, Sendable, Codable {
    package let code: String
    package let severity: Finding.Severity
    package let subject: String
    package let saw: String
    /// When a run first met it as it is now.
    package let since: Instant
    /// When a run last met it.
    package let seenAt: Instant
    /// When it was last told by a run that tells news only; nil when none has.
    package let toldAt: Instant?

    package init(
        code: String,
        severity: Finding.Severity,
        subject: String,
        saw: String,
        since: Instant,
        seenAt: Instant,
        toldAt: Instant?
    ) {
        self.code = code
        self.severity = severity
        self.subject = subject
        self.saw = saw
        self.since = since
        self.seenAt = seenAt
        self.toldAt = toldAt
    }

    private enum CodingKeys: String, CodingKey {
        case code, severity, subject, saw
        case since = "since_ms"
        case seenAt = "seen_at_ms"
        case toldAt = "told_at_ms"
    }
}

/// What a run has met, held against what was told before it.
package struct FindingMemory: Sendable {
    /// An error that stands is told again after this time, so that one lost mail does not hide it.
    package static let reminderSeconds: Int64 = 7 * 86_400
    /// What is no error and comes back within this time is no news: a server that is silent now and then.
    package static let forgivenSeconds: Int64 = 86_400
    /// What no run has met for so long is forgotten, even where no run could tell that it is gone.
    package static let forgottenSeconds: Int64 = 40 * 86_400
    /// Beyond it only a count is told, and that once.
    package static let rowLimit = 5000

    /// What one finding is to somebody who reads every mail.
    package enum News: Hashable, Sendable {
        case new
        /// The same cause and subject, another severity or other words.
        case changed
        /// Told before, and due again.
        case reminder
        case known
    }

    private struct Key: Hashable {
        let code: String
        let subject: String
    }

    private struct Print: Hashable {
        let key: Key
        let severity: Finding.Severity
        let saw: String
    }

    private let before: [Print: ToldFinding]
    private let keys: Set<Key>
    private let now: Instant
    /// What stands and is not remembered one by one, because too much does.
    private let beyond: Set<Print>

    /// - Parameter standing: all that this run has met.
    package init(_ told: [ToldFinding], at now: Instant, standing: [Finding] = []) {
        self.now = now
        beyond = Self.beyond(standing)
        before = Dictionary(told.map { (Self.print(of: $0), $0) }) { first, _ in first }
        // What was met and never told changes nothing for a reader.
        keys = Set(told.filter { $0.toldAt != nil }.map { Key(code: $0.code, subject: $0.subject) })
    }

    package func news(of finding: Finding) -> News {
        let print = Self.print(of: finding)
        if beyond.contains(print) { return .known }
        guard let toldAt = before[print]?.toldAt else { return keys.contains(print.key) ? .changed : .new }
        // A wall clock that was set back makes it due, too: better twice than never.
        let age = now.milliseconds(since: toldAt) / 1000
        let isDue = finding.severity == .error && !(0..<Self.reminderSeconds).contains(age)
        return isDue ? .reminder : .known
    }

    /// How many findings and waits are left to a count; nil when that has been told.
    package var untoldCount: Int? {
        guard !beyond.isEmpty, news(of: Self.overflow) != .known else { return nil }
        return beyond.count
    }

    /// Stands in the memory for all that is beyond its limit; no finding has this code, because it is one word.
    private static let overflow = Finding(
        "more",
        .waiting,
        subject: "findings and waits beyond the \(rowLimit - 1) that are remembered",
        saw: "not told one by one",
        advice: "nothing"
    )

    /// Errors are remembered first, waits last, so that what a person must know is never crowded out by what ends by itself.
    private static func beyond(_ standing: [Finding]) -> Set<Print> {
        guard standing.count > rowLimit else { return [] }
        func rank(_ print: Print) -> Int { print.severity == .error ? 0 : print.key.code == Step.waitCode ? 2 : 1 }
        let prints = Set(standing.map { Self.print(of: $0) })
        guard prints.count > rowLimit else { return [] }
        let ranked = prints.sorted {
            (rank($0), $0.key.code, $0.key.subject, $0.saw) < (rank($1), $1.key.code, $1.key.subject, $1.saw)
        }
        return Set(ranked.dropFirst(rowLimit - 1))
    }

    /// Since when it stands as it is now; nil when no run has met it before this one.
    package func since(_ finding: Finding) -> Instant? { before[Self.print(of: finding)]?.since }

    /// Errors that were told and that this run did not meet.
    /// - Parameter isWhole: whether this run looked at everything; else nothing is concluded from what it did not meet.
    package func gone(_ findings: [Finding], isWhole: Bool) -> [ToldFinding] {
        guard isWhole else { return [] }
        let standing = Set(findings.map { Key(code: $0.code, subject: $0.subject) })
        var seen: Set<Key> = []
        return before.values
            .filter { $0.severity == .error && $0.toldAt != nil }
            .sorted { ($0.since, $0.code, $0.subject) < ($1.since, $1.code, $1.subject) }
            .filter { told in
                let key = Key(code: told.code, subject: told.subject)
                return !standing.contains(key) && seen.insert(key).inserted
            }
    }

    /// What is to be kept for the next run, the newest first.
    /// - Parameter isTelling: whether this run told its news to people who get nothing else.
    package func after(_ findings: [Finding], isWhole: Bool, isTelling: Bool) -> [ToldFinding] {
        var kept: [Print: ToldFinding] = [:]
        for finding in findings + (beyond.isEmpty ? [] : [Self.overflow]) {
            let print = Self.print(of: finding)
            if beyond.contains(print) { continue }
            kept[print] = ToldFinding(
                code: finding.code,
                severity: finding.severity,
                subject: finding.subject,
                saw: finding.saw,
                since: before[print].map { min($0.since, now) } ?? now,
                seenAt: now,
                toldAt: isTelling && news(of: finding) != .known ? now : before[print]?.toldAt
            )
        }
        for (print, old) in before where kept[print] == nil && isKept(old, isWhole: isWhole, isTelling: isTelling) {
            kept[print] = old
        }
        let newestFirst = kept.values.sorted {
            ($1.seenAt, $0.code, $0.subject, $0.saw) < ($0.seenAt, $1.code, $1.subject, $1.saw)
        }
        return Array(newestFirst.prefix(Self.rowLimit))
    }

    /// What a clock wrote that ran ahead is not kept: it would never grow old.
    private func isKept(_ old: ToldFinding, isWhole: Bool, isTelling: Bool) -> Bool {
        let age = now.milliseconds(since: old.seenAt) / 1000
        guard age >= 0 else { return false }
        if !isWhole { return age < Self.forgottenSeconds }
        // That a told error is gone must be told, too: it stays until a run has done so.
        if old.severity == .error { return !isTelling && old.toldAt != nil && age < Self.forgottenSeconds }
        return age < Self.forgivenSeconds
    }

    // MARK: the same or not

    private static func print(of finding: Finding) -> Print {
        Print(
            key: Key(code: finding.code, subject: finding.subject),
            severity: finding.severity,
            saw: steady(finding.saw)
        )
    }

    private static func print(of told: ToldFinding) -> Print {
        Print(key: Key(code: told.code, subject: told.subject), severity: told.severity, saw: steady(told.saw))
    }

    private static let units: Set<String> = ["ms", "s", "min", "h", "d", "seconds", "minutes", "hours", "days"]

    /// The text without numbers that differ at every look though nothing has changed: spans of time, serials, which only count up, and
    /// how many "none of" is about.
    static func steady(_ text: String) -> String {
        let words = text.utf8.split(separator: 0x20)
        return words.indices.map { index -> String in
            let word = words[index]
            guard let first = word.first, ASCII.isDigit(first) else { return String(Substring(word)) }
            let next = words.indices.contains(index + 1) ? words[index + 1].prefix(while: ASCII.isLetter) : "".utf8[...]
            let isSerial = index > 0 && ["serial", "serials"].contains(String(Substring(words[index - 1])))
            let isNone =
                index > 1 && words[index - 2].elementsEqual("none".utf8) && words[index - 1].elementsEqual("of".utf8)
            return isSerial || isNone || units.contains(String(Substring(next))) ? "#" : String(Substring(word))
        }.joined(separator: " ")
    }
}

extension Plan {
    /// Everything that a run has to say and that may stand for longer: findings, and waits by whom they are for.
    package var standing: [Finding] { steps.compactMap(\.standing) }
}

extension Step {
    /// The code of a wait among findings; no finding has it, because it is one word.
    package static let waitCode = "waiting"

    /// A finding as it is; a wait without its moment, which differs in every run; nil for an effect.
    package var standing: Finding? {
        switch action {
        case .report(let finding): finding
        case .wait(_, let reason):
            Finding(
                Self.waitCode,
                .waiting,
                subject: subject ?? "",
                saw: reason.rawValue,
                advice: "nothing"
            )
        case .publish, .withdraw, .changeMethod, .trigger, .revalidate: nil
        }
    }
}

// What is said to people: a stable code for programs, and in prose what was seen, what was wanted, who said it and what to do.

/// One thing worth saying. Findings never carry secrets, and text from outside stands in them only escaped and shortened.
package struct Finding: Hashable, Sendable, Codable {
    package enum Severity: String, Hashable, Sendable, Codable, Comparable {
        /// Good to know.
        case notice
        /// Still pending; the program will come back to it by itself.
        case waiting
        /// A person must act (exit 4).
        case error

        private var rank: Int {
            switch self {
            case .notice: 0
            case .waiting: 1
            case .error: 2
            }
        }

        package static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }
    }

    /// Stable, lower-case words joined by hyphens: `cname-in-the-way`.
    package let code: String
    package private(set) var severity: Severity
    /// What it is about: an authorization, a record, a provider, a hook.
    package private(set) var subject: String
    package let saw: String
    package let wanted: String?
    package let advice: String
    /// A command that shows the same to a person.
    package let reproduce: String?
    /// The rule that made this a finding: a policy key or a section of an RFC or the Baseline Requirements.
    package let rule: String?

    package init(
        _ code: String,
        _ severity: Severity,
        subject: String,
        saw: String,
        wanted: String? = nil,
        advice: String,
        reproduce: String? = nil,
        rule: String? = nil
    ) {
        self.code = code
        self.severity = severity
        self.subject = subject
        self.saw = saw
        self.wanted = wanted
        self.advice = advice
        self.reproduce = reproduce
        self.rule = rule
    }

    /// The same about something else, or by another name of it.
    package func about(_ subject: String) -> Finding {
        var finding = self
        finding.subject = subject
        return finding
    }

    /// The same, as a notice when it said that something is waited for.
    var withoutWaiting: Finding {
        guard severity == .waiting else { return self }
        var finding = self
        finding.severity = .notice
        return finding
    }
}

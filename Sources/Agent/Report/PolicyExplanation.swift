// `policy explain NAME`: which rule and policy a name gets and from where, each key with its value, and which rule decides what.
package import DCV

package struct PolicyExplanation: Encodable, Sendable {
    package struct Key: Encodable, Sendable {
        package let key: String
        package let value: String
        /// `file` or `default`.
        package let from: String
    }

    /// One question that the policy answers.
    package struct Answer: Encodable, Sendable {
        package let question: String
        package let answer: String
        package let keys: [String]
    }

    package let name: DomainName
    /// The zone whose rule it is: an apex, or `*`; nil where no rule fits.
    package let zone: String?
    /// Where the rule stands.
    package let place: String?
    package let policy: String
    /// Nil for the built-in default.
    package let file: String?
    package let publishers: [String]
    package let keys: [Key]
    package let decides: [Answer]

    /// - Parameter section: the rule of the closest zone; nil without one.
    package init(_ name: DomainName, _ section: Configuration.ZoneSection?, _ document: PolicyDocument) {
        self.name = name
        zone = section.map { $0.apex?.text ?? "*" }
        place = section?.place.description
        policy = document.policy.name
        file = document.file
        publishers = section?.publishers ?? []
        keys = Self.values(document.policy).map { key, value in
            Key(key: key, value: value, from: document.written.contains(key) ? "file" : "default")
        }
        decides = Self.answers(document.policy, publishers: section?.publishers ?? [])
    }

    package var lines: [String] {
        var lines = ["\(name)"]
        lines.append("  zone        " + (zone.map { "\($0)  (\(place ?? ""))" } ?? "no rule of a configuration fits"))
        lines.append("  policy      \(policy)  (\(file ?? "built in"))")
        lines.append("  publishers  " + (publishers.isEmpty ? "none" : publishers.joined(separator: ", ")))
        lines.append("keys")
        let width = keys.map(\.key.utf8.count).max() ?? 0
        let valueWidth = keys.map(\.value.utf8.count).filter { $0 <= 24 }.max() ?? 0
        for key in keys {
            let padding = String(repeating: " ", count: width - key.key.utf8.count + 2)
            let gap = String(repeating: " ", count: max(valueWidth - key.value.utf8.count, 0) + 2)
            lines.append("  \(key.key)\(padding)\(key.value)\(gap)\(key.from)")
        }
        lines.append("what decides what")
        for answer in decides {
            lines.append("  \(answer.question)")
            lines.append("      \(answer.answer)")
            lines.append("      by \(answer.keys.joined(separator: ", "))")
        }
        return lines
    }

    private static func values(_ policy: Policy) -> [(String, String)] {
        func list(_ items: [String]) -> String { "[\(items.joined(separator: ", "))]" }
        return [
            ("methods", list(policy.methods.map(\.rawValue))),
            ("propagation.authoritative", "\(policy.propagation.authoritative)"),
            ("propagation.unreachable", "\(policy.propagation.unreachable)"),
            ("propagation.chance", "\(policy.propagation.chance)"),
            ("propagation.dnssec", policy.propagation.dnssec.rawValue),
            ("propagation.recursive.servers", list(policy.propagation.resolvers)),
            ("propagation.recursive.quorum", "\(policy.propagation.resolverQuorum)"),
            ("caa.check", policy.caa.check.rawValue), ("caa.issuers", list(policy.caa.issuers.map(\.text))),
            ("caa.account", policy.caa.account ?? "-"),
            ("publish.allow", "\(policy.publish.isAllowed)"), ("publish.ttl", span(policy.publish.ttlSeconds)),
            ("publish.withdraw", policy.publish.withdraw.rawValue), ("publish.labels", policy.publish.labels.rawValue),
            ("publish.delegations", list(policy.publish.delegations.map(\.text))),
            ("publish.changes_per_run", "\(policy.publish.changesPerRun)"),
            ("publish.restore", "\(policy.publish.restores)"),
            ("trigger.action", policy.trigger.action.rawValue),
            ("trigger.minimum_interval", span(policy.trigger.minimumIntervalSeconds)),
            ("trigger.pace", span(policy.trigger.paceSeconds)),
            ("trigger.attempts_per_day", "\(policy.trigger.attemptsPerDay)"),
            ("revalidate.before_expiry", span(policy.revalidate.beforeExpirySeconds)),
            ("wait.poll_minimum", span(policy.wait.pollMinimumSeconds)),
            ("wait.poll_maximum", span(policy.wait.pollMaximumSeconds)),
            ("wait.republish_after", span(policy.wait.republishAfterSeconds)),
        ]
    }

    /// In the largest unit that leaves no rest, as it is written in a file.
    private static func span(_ seconds: Int64) -> String {
        for (size, unit) in [(86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)]
        where seconds >= size && seconds % size == 0 {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }

    private static func publishing(_ policy: Policy, _ publishers: [String]) -> String {
        if !policy.publish.isAllowed { return "no: what is missing is reported" }
        if publishers.isEmpty { return "no: no publisher serves the name" }
        let names = policy.publish.labels == .underscore ? "names that begin with \"_\"" : "any name"
        return "yes, at \(names), through \(publishers.joined(separator: ", then "))"
    }

    private static func harm(_ policy: Policy) -> Answer {
        Answer(
            question: "What if a hook takes away values of others?",
            answer: "its publisher is not used again until a person trusts it; "
                + (policy.publish.restores ? "what is lost is published again" : "a person puts back what is lost"),
            keys: ["publish.restore"]
        )
    }

    private static func answers(_ policy: Policy, publishers: [String]) -> [Answer] {
        let chance =
            policy.propagation.chance == .zero
            ? "" : ", a CA that looks from several places passes with a chance of \(policy.propagation.chance) or more"
        let resolvers =
            policy.propagation.resolvers.isEmpty
            ? ""
            : "; then \(policy.propagation.resolverQuorum) of \(policy.propagation.resolvers.joined(separator: ", "))"
        let caa =
            switch policy.caa.check {
            case .enforce: "and while CAA does not forbid it"
            case .report: "whatever CAA says, which is told"
            case .ignore: "CAA is not looked at"
            }
        let trigger =
            policy.trigger.action == .none
            ? "never: the provider looks by itself"
            : "by \(policy.trigger.action.rawValue), when the record is visible enough, \(caa); "
                + "\(policy.trigger.attemptsPerDay) a day, \(span(policy.trigger.minimumIntervalSeconds)) apart"
        let methods = policy.methods.map(\.rawValue).joined(separator: ", then ")
        return [
            Answer(
                question: "May a missing record be published?",
                answer: publishing(policy, publishers),
                keys: ["publish.allow", "publish.labels", "publish.delegations", "publish.changes_per_run"]
            ),
            harm(policy),
            Answer(
                question: "When is it visible enough?",
                answer: "\(policy.propagation.authoritative) of the name servers show it, "
                    + "\(policy.propagation.unreachable) of them may be silent\(chance)\(resolvers)",
                keys: [
                    "propagation.authoritative", "propagation.unreachable", "propagation.chance",
                    "propagation.recursive", "propagation.dnssec",
                ]
            ),
            Answer(
                question: "When is the provider told to look?",
                answer: trigger,
                keys: [
                    "trigger.action", "trigger.attempts_per_day", "trigger.minimum_interval", "trigger.pace",
                    "caa.check",
                ]
            ),
            Answer(
                question: "May the validation method be changed?",
                answer: policy.methods.isEmpty
                    ? "never" : "to \(methods), where the present one cannot be published here",
                keys: ["methods"]
            ),
            Answer(
                question: "When are our own records taken away?",
                answer: policy.publish.withdraw == .never
                    ? "never" : "when the provider says valid, or the token is dead",
                keys: ["publish.withdraw"]
            ),
            Answer(
                question: "When is the next proof begun, where the provider offers that?",
                answer: policy.revalidate.beforeExpirySeconds == 0
                    ? "never"
                    : "\(span(policy.revalidate.beforeExpirySeconds)) before the end of the present one, or in its last third",
                keys: ["revalidate.before_expiry"]
            ),
        ]
    }
}

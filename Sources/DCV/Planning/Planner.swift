// From a situation to a plan: pure, total, synchronous. Every rule about what may be done to the world is reached from here.

/// Decides what to do next. `plan` never throws and never looks at anything but its argument.
package enum Planner {
    /// A Random Value is not used after 30 days (BR 3.2.2.4.7): a record of ours that old serves nobody.
    package static let tokenLifeLimitDays: Int64 = 30
    /// A stored back-off further away than this is a fault of clocks, and is cut to it.
    package static let backOffLimitSeconds: Int64 = 4 * 3600

    package static func plan(_ situation: Situation) -> Plan {
        var draft = Draft(situation: situation)
        for finding in situation.findings { draft.report(finding, for: nil) }
        for authorization in situation.authorizations.sorted(by: { $0.key < $1.key }) {
            for finding in authorization.findings { draft.report(finding, for: authorization.key) }
            plan(authorization, in: &draft)
        }
        WithdrawalRule.apply(to: &draft)
        return Plan(steps: draft.steps)
    }

    private static func plan(_ authorization: Authorization, in draft: inout Draft) {
        let subject = authorization.subject
        switch authorization.status {
        case .valid, .dead: return
        case .unknown:
            draft.report(
                Finding(
                    "status-unknown",
                    .waiting,
                    subject: subject,
                    saw: "status \"\(authorization.providerStatus.shortened())\"",
                    wanted: "a status this version knows",
                    advice:
                        "nothing is done about it until the status changes; if it stays, look at the provider's console"
                ),
                for: authorization.key
            )
        case .pending, .busy:
            if authorization.needsManualReview {
                draft.report(
                    Finding(
                        "manual-review",
                        .error,
                        subject: subject,
                        saw: "the provider holds it for a review by people (brand_check)",
                        advice:
                            "open a support ticket at the provider; nothing is published or triggered until the review ends"
                    ),
                    for: authorization.key
                )
            } else if authorization.findings.contains(where: { $0.severity == .error }) {
                // Already reported: a half-understood authorization is never proved.
                return
            } else if authorization.status == .busy {
                draft.wait(
                    authorization.key,
                    until: draft.situation.at.adding(seconds: draft.policy(for: authorization).wait.pollMaximumSeconds),
                    for: .provider,
                    because: "the provider says \"\(authorization.providerStatus.shortened())\""
                )
            } else {
                PendingRule.apply(to: authorization, in: &draft)
            }
        }
    }
}

/// The plan while it is written: the situation, the steps so far, and what they already cover.
struct Draft {
    let situation: Situation
    /// What the history says was published and still stands, worked out once.
    let published: [PublishedRecord]
    private let surveys: [RequiredRecord: Survey]
    private let entries: [AuthorizationKey: [JournalEntry]]
    private let publications: [RequiredRecord: [JournalEntry]]
    private(set) var steps: [Step] = []
    /// Records some step of this plan publishes already: two certificates may want the same one.
    private(set) var publishing: Set<RequiredRecord> = []
    /// Scopes in which a trigger stands in this plan.
    private(set) var triggered: [String: TriggerStyle] = [:]
    private var changes: Int

    init(situation: Situation) {
        self.situation = situation
        published = situation.history.published
        surveys = Dictionary(situation.surveys.map { ($0.record, $0) }, uniquingKeysWith: { _, newer in newer })
        entries = Dictionary(grouping: situation.history.entries, by: \.intent.authorization)
        publications = situation.history.entries.reduce(into: [:]) { found, entry in
            if case .publish(let record, _, _, _) = entry.intent.effect { found[record, default: []].append(entry) }
        }
        changes = situation.changesMade
    }

    func survey(of record: RequiredRecord) -> Survey? { surveys[record] }

    /// Attempts to publish a record, oldest first.
    func publications(of record: RequiredRecord) -> [JournalEntry] { publications[record] ?? [] }

    /// Entries about one authorization whose effect has this code, oldest first.
    func entries(of key: AuthorizationKey, effect code: String) -> [JournalEntry] {
        (entries[key] ?? []).filter { $0.intent.effect.code == code }
    }

    func policy(for authorization: Authorization) -> Policy {
        authorization.governingName.flatMap { situation.rule(for: $0)?.policy } ?? .standard
    }

    mutating func report(_ finding: Finding, for key: AuthorizationKey?) {
        let step = Step(key, .report(finding), because: finding.saw)
        if !steps.contains(step) { steps.append(step) }
    }

    mutating func wait(
        _ key: AuthorizationKey,
        until: Instant,
        for reason: Step.WaitReason,
        because: String
    ) {
        steps.append(Step(key, .wait(until: until, for: reason), because: because))
    }

    mutating func trigger(_ authorization: Authorization, style: TriggerStyle, because: String) {
        triggered[authorization.scope] = style
        steps.append(Step(authorization.key, .trigger(style: style), because: because))
    }

    mutating func changeMethod(_ authorization: Authorization, to method: ValidationMethod, because: String) {
        steps.append(Step(authorization.key, .changeMethod(to: method), because: because))
    }

    /// Adds a publish or withdraw step, unless the run's share of changes is used up: then a wait takes its place.
    mutating func change(
        _ key: AuthorizationKey,
        _ action: Step.Action,
        limit: Int,
        because: String
    ) {
        guard changes < limit else {
            wait(
                key,
                until: situation.at.adding(seconds: Policy.standard.wait.pollMaximumSeconds),
                for: .budget,
                because: "this run has made its \(limit) changes (publish.changes_per_run)"
            )
            return
        }
        changes += 1
        if case .publish(let publication) = action { publishing.insert(publication.record) }
        steps.append(Step(key, action, because: because))
    }
}

extension Authorization {
    /// How people are told which one is meant.
    package var subject: String {
        let names = identifiers.prefix(3).map(\.text).joined(separator: ", ")
        let more = identifiers.count > 3 ? " and \(identifiers.count - 3) more" : ""
        return names.isEmpty ? "\(key)" : "\(key) (\(names)\(more))"
    }
}

// From a situation to a plan: pure, total, synchronous. Every rule about what may be done to the world is reached from here.

/// Decides what to do next. `plan` never throws and never looks at anything but its argument.
package enum Planner {
    /// A Random Value is not used after 30 days (BR 3.2.2.4.7): a record of ours that old serves nobody.
    package static let tokenLifeLimitDays: Int64 = 30
    /// The longest back-off. Times further away than this are a fault of clocks.
    package static let backOffLimitSeconds: Int64 = 4 * 3600

    /// - Parameter first: authorizations to be served first, where two want the same record or the same place in a budget.
    package static func plan(_ situation: Situation, first: Set<AuthorizationKey> = []) -> Plan {
        var draft = Draft(situation: situation)
        for finding in situation.findings {
            draft.report(finding, for: nil)
            // What could not be read may be readable later: without a wait a patient run would take the silence for the end.
            if finding.severity == .waiting {
                draft.wait(nil, seconds: Policy.standard.wait.pollMaximumSeconds, for: .unseen, because: left(finding))
            }
        }
        for finding in quarantines(situation) { draft.report(finding, for: nil) }
        let ranked = situation.authorizations.sorted { one, other in
            let (isOneFirst, isOtherFirst) = (first.contains(one.key), first.contains(other.key))
            return isOneFirst == isOtherFirst ? one.key < other.key : isOneFirst
        }
        for authorization in ranked {
            for finding in authorization.namedFindings { draft.report(finding, for: authorization.key) }
            plan(authorization, in: &draft)
        }
        WithdrawalRule.apply(to: &draft)
        return Plan(steps: draft.steps)
    }

    /// Whether a plan may need to know what publishers can do: to publish, to withdraw, or to choose a method. They are programs, and not
    /// started to look at a world in which nothing is left to do.
    package static func needsPublishers(
        _ authorizations: [Authorization],
        _ history: History,
        _ zones: [Situation.ZoneRule],
        at now: Instant
    ) -> Bool {
        !history.published.isEmpty
            || authorizations.contains { authorization in
                let rule = authorization.governingName.flatMap { zones.rule(for: $0) }
                return authorization.status == .pending
                    || RevalidationRule.isDue(authorization, rule?.policy ?? .standard, at: now)
            }
    }

    /// Pending authorizations of which everything that a CA will look for is shown in this very situation, and that CAA does not forbid.
    package static func ready(_ situation: Situation) -> Set<AuthorizationKey> {
        let draft = Draft(situation: situation)
        return Set(situation.authorizations.filter { PendingRule.isReady($0, in: draft) }.map(\.key))
    }

    /// Names whose CAA records a plan needs to know: those of pending authorizations, where the policy asks for CAA.
    package static func caaNames(_ authorizations: [Authorization], _ zones: [Situation.ZoneRule]) -> [DomainName] {
        CAARule.names(authorizations, zones)
    }

    private static func plan(_ authorization: Authorization, in draft: inout Draft) {
        switch authorization.status {
        case .valid, .dead:
            guard authorization.mayBeActedOn, !draft.ambiguous.contains(authorization.key) else { return }
            RevalidationRule.apply(to: authorization, in: &draft)
        case .unknown: draft.report(unknownStatus(authorization), for: authorization.key)
        case .pending, .busy:
            if draft.ambiguous.contains(authorization.key) {
                draft.report(ambiguous(authorization), for: authorization.key)
            } else if authorization.needsManualReview {
                draft.report(manualReview(authorization), for: authorization.key)
            } else if !authorization.mayBeActedOn {
                // Its own findings are told already: a half-understood authorization is never proved.
                return
            } else if authorization.status == .busy {
                // Soon after a trigger it is about to become valid; else it is a long story of the provider's own.
                let trigger = draft.triggers(of: authorization).last?.intent.at
                let poll = draft.policy(for: authorization).wait.pollSeconds(since: trigger, now: draft.situation.at)
                draft.wait(
                    authorization.key,
                    seconds: poll,
                    for: trigger == nil ? .records : .provider,
                    because: "the provider says \"\(authorization.providerStatus.shortened())\""
                )
            } else {
                PendingRule.apply(to: authorization, in: &draft)
            }
        }
    }

    /// Told even while nothing needs the publisher: its hook has done damage that a person must look at.
    private static func quarantines(_ situation: Situation) -> [Finding] {
        let named = Set(situation.zones.flatMap(\.publishers).map(\.name))
        return situation.history.quarantined.filter { named.contains($0.key) }.sorted { $0.key < $1.key }
            .map { publisher, reason in
                Finding(
                    "publisher-quarantined",
                    .error,
                    subject: "publisher \(publisher)",
                    saw: reason,
                    wanted: "a hook that touches nothing but its own value",
                    advice: "bring back what is lost, repair the hook, then: dnsproof hook trust \(publisher)"
                )
            }
    }

    private static func left(_ finding: Finding) -> String {
        "what would have been read there is left as it is: \(finding.subject)"
    }

    private static func unknownStatus(_ authorization: Authorization) -> Finding {
        Finding(
            "status-unknown",
            .waiting,
            subject: authorization.subject,
            saw: "status \"\(authorization.providerStatus.shortened())\"",
            wanted: "a status this version knows",
            advice: "nothing is done about it until the status changes; if it stays, look at the provider's console"
        )
    }

    private static func manualReview(_ authorization: Authorization) -> Finding {
        Finding(
            "manual-review",
            .error,
            subject: authorization.subject,
            saw: "the provider holds it for a review by people (brand_check)",
            advice: "open a support ticket at the provider; nothing is published or triggered until the review ends"
        )
    }

    private static func ambiguous(_ authorization: Authorization) -> Finding {
        Finding(
            "authorization-ambiguous",
            .error,
            subject: authorization.subject,
            saw: "the provider lists it more than once",
            wanted: "one authorization for each handle",
            advice: "nothing is done about it; if it stays, look at the provider's console"
        )
    }
}

extension Authorization {
    /// How findings name it: by its names, and by its handle, which sets it apart for as long as it is remembered.
    package var subject: String { names.map { "\($0) (\(key))" } ?? "\(key)" }

    /// What was found while it was read; where that knew it by its handle alone, by its names.
    var namedFindings: [Finding] { findings.map { $0.subject == "\(key)" ? $0.about(subject) : $0 } }

    /// How steps name it: `shop.example at cf`.
    fileprivate var title: String { names.map { "\($0) at \(key.provider)" } ?? "\(key)" }

    private var names: String? {
        identifiers.isEmpty ? nil : identifiers.map(\.text).listed(upTo: 3)
    }
}

extension [Authorization] {
    /// How people know each of them: by names and provider, and by the handle too where others at the provider have the same names.
    package var titles: [AuthorizationKey: String] {
        let counts = Dictionary(map { ($0.title, 1) }, uniquingKeysWith: +)
        return Dictionary(
            map { ($0.key, counts[$0.title] == 1 ? $0.title : "\($0.title) (\($0.key.id))") },
            uniquingKeysWith: { first, _ in first }
        )
    }
}

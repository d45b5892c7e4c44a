// Everything a decision needs, gathered before it is made: any run can be saved, mailed and replayed from this one value.

/// The world as observed in one pass, with the rules that apply to it.
package struct Situation: Hashable, Sendable, Codable {
    /// Which publishers and which policy serve a zone; a nil apex is the rule for all other zones (`"*"`).
    package struct ZoneRule: Hashable, Sendable, Codable {
        package let apex: DomainName?
        package let publishers: [PublisherView]
        package let policy: Policy

        package init(apex: DomainName?, publishers: [PublisherView], policy: Policy) {
            self.apex = apex
            self.publishers = publishers
            self.policy = policy
        }
    }

    /// A configured publisher as far as a decision needs it.
    package struct PublisherView: Hashable, Sendable, Codable {
        package let name: String
        /// What it can publish; nil while it has not said so: its hook was not asked yet, or could not answer.
        package let kinds: [RecordKind]?
        /// The only first labels it can write, in lower case; nil when it can write any.
        package let labels: [String]?
        /// Until what it has published is visible, at the longest; nil while it has not said so.
        package let takesSeconds: Int64?
        /// What a test of this very program saw it break; nil without such a test.
        package let broken: [HookGuarantee]?

        package init(
            name: String,
            kinds: [RecordKind]?,
            labels: [String]? = nil,
            takesSeconds: Int64? = nil,
            broken: [HookGuarantee]? = nil
        ) {
            self.name = name
            self.kinds = kinds
            self.labels = labels
            self.takesSeconds = takesSeconds
            self.broken = broken
        }

        private enum CodingKeys: String, CodingKey {
            case name, kinds, labels, broken
            case takesSeconds = "takes_s"
        }

        /// Whether it can publish this kind of record at `target`; a file has no first label to be held against.
        package func serves(_ kind: RecordKind, at target: DomainName) -> Bool {
            guard let kinds, kinds.contains(kind), !isKnownToFail(at: kind) else { return false }
            guard kind != .http, let labels = labels ?? labelsSeen else { return true }
            return target.labels.first.map { labels.contains(String($0)) } ?? false
        }

        /// What a test found counts as if the hook had said it itself.
        private func isKnownToFail(at kind: RecordKind) -> Bool {
            switch kind {
            case .txt: false
            case .cname: broken?.contains(.cname) ?? false
            case .http: broken?.contains(.http) ?? false
            }
        }

        private var labelsSeen: [String]? { broken?.contains(.anyLabel) ?? false ? ["_acme-challenge"] : nil }
    }

    package let at: Instant
    package let zones: [ZoneRule]
    package let authorizations: [Authorization]
    /// Faults of reading, about no single authorization.
    package let findings: [Finding]
    package let surveys: [Survey]
    /// What was seen of CAA for the names of pending authorizations; nil when it was not looked for at all, as in situations that an
    /// earlier version saved: then CAA is not judged.
    package let caa: [CAAClimb]?
    package let history: History
    /// Records published or withdrawn earlier in this run, against `publish.changes_per_run`.
    package let changesMade: Int
    /// The special-use guard is opened for a laboratory: said in every report.
    package let isLaboratory: Bool

    package init(
        at: Instant,
        zones: [ZoneRule],
        authorizations: [Authorization],
        findings: [Finding] = [],
        surveys: [Survey],
        caa: [CAAClimb]? = nil,
        history: History,
        changesMade: Int = 0,
        isLaboratory: Bool = false
    ) {
        self.at = at
        self.zones = zones
        self.authorizations = authorizations
        self.findings = findings
        self.surveys = surveys
        self.caa = caa
        self.history = history
        self.changesMade = changesMade
        self.isLaboratory = isLaboratory
    }

    /// The rule of the closest configured zone at or above `name`, else the rule for all others.
    package func rule(for name: DomainName) -> ZoneRule? { zones.rule(for: name) }

    private enum CodingKeys: String, CodingKey {
        case at = "at_ms"
        case zones, authorizations, findings, surveys, caa, history
        case changesMade = "changes_made"
        case isLaboratory = "laboratory"
    }
}

extension [Situation.ZoneRule] {
    package func rule(for name: DomainName) -> Situation.ZoneRule? {
        closest(to: name, \.apex)
    }

    /// What is known of a publisher, whichever zone names it.
    package func publisher(_ name: String) -> Situation.PublisherView? {
        lazy.flatMap(\.publishers).first { $0.name == name }
    }

    /// Publishers that may be called for these records: those of the zones the records lie in, and of the zones that a CNAME may lead to.
    package func publishers(for records: [RequiredRecord]) -> Set<String> {
        let rules = records.flatMap { record -> [Situation.ZoneRule] in
            let rule = rule(for: record.name)
            let delegations = rule?.policy.publish.delegations ?? []
            return [rule].compactMap { $0 }
                + delegations.flatMap { delegation in
                    let below = filter { $0.apex?.isSubdomain(of: delegation) ?? false }
                    return below + [self.rule(for: delegation)].compactMap { $0 }
                }
        }
        return Set(rules.flatMap(\.publishers).map(\.name))
    }

    /// By which policy something at a name is judged: that of the name's zone; else that of the certificate it is needed for.
    package func policy(for name: DomainName, of authorization: Authorization? = nil) -> Policy {
        rule(for: name)?.policy ?? authorization?.governingName.flatMap { rule(for: $0)?.policy } ?? .standard
    }

    /// By which policy each record is looked at and judged; what two certificates need, by the first one's.
    package func policies(ofRecordsOf authorizations: [Authorization]) -> [RequiredRecord: Policy] {
        var policies: [RequiredRecord: Policy] = [:]
        for authorization in authorizations where authorization.status == .pending {
            for record in authorization.records where policies[record] == nil {
                policies[record] = policy(for: record.name, of: authorization)
            }
        }
        return policies
    }
}

extension Sequence {
    /// Of things that hold for zones, the one of the closest zone at or above `name`; else the first that holds for all zones not named.
    package func closest(to name: DomainName, _ apex: (Element) -> DomainName?) -> Element? {
        let named = filter { element in apex(element).map { name.isSubdomain(of: $0) } ?? false }
        return named.max { (apex($0)?.labels.count ?? 0) < (apex($1)?.labels.count ?? 0) } ?? first { apex($0) == nil }
    }
}

extension Authorization {
    /// The name by which the zone rule, and with it the policy, is chosen.
    package var governingName: DomainName? { identifiers.first?.name ?? records.first?.name }
}

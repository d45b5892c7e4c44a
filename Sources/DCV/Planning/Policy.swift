// The operator's rules as values. Each is read somewhere in this room; policies/README.md gives each its reason.

/// How many of a number of vantage points must agree. A number larger than what there is means all: a zone with one name server, or a
/// web host, can show no more than one.
package enum Quorum: Hashable, Sendable, CustomStringConvertible {
    case all
    case majority
    case atLeast(Int)

    /// Whether `agreeing` of `total` vantage points are enough; `all` of none is met.
    package func isMet(by agreeing: Int, of total: Int) -> Bool {
        switch self {
        case .all: agreeing == total
        case .majority: agreeing * 2 > total
        case .atLeast(let count): agreeing >= min(count, total)
        }
    }

    /// How many of `total` are enough.
    package func needed(of total: Int) -> Int {
        switch self {
        case .all: total
        case .majority: total / 2 + 1
        case .atLeast(let count): count
        }
    }

    /// `all`, `majority` or a number from 1 on; nil for anything else.
    package init?(_ text: String) {
        switch text {
        case "all": self = .all
        case "majority": self = .majority
        default:
            guard let count = Int(text), count > 0 else { return nil }
            self = .atLeast(count)
        }
    }

    package var description: String {
        switch self {
        case .all: "all"
        case .majority: "majority"
        case .atLeast(let count): String(count)
        }
    }
}

/// How many whole name servers may be unreachable, or answer without serving the zone, and not block.
package enum UnreachableTolerance: Hashable, Sendable, CustomStringConvertible {
    case none
    case atMost(Int)
    case any

    package func allows(_ count: Int) -> Bool {
        switch self {
        case .none: count == 0
        case .atMost(let limit): count <= limit
        case .any: true
        }
    }

    /// `none`, `any` or a number from 0 on; nil for anything else.
    package init?(_ text: String) {
        switch text {
        case "none": self = .none
        case "any": self = .any
        default:
            guard let count = Int(text), count >= 0 else { return nil }
            self = .atMost(count)
        }
    }

    package var description: String {
        switch self {
        case .none: "none"
        case .atMost(let count): String(count)
        case .any: "any"
        }
    }
}

/// The rules for one zone. Every field has its default in `Policy.standard`, which policies/default.yaml spells out.
package struct Policy: Hashable, Sendable, Codable {
    /// When a record counts as visible.
    package struct Propagation: Hashable, Sendable, Codable {
        /// Whole name servers that must show it.
        package var authoritative: Quorum
        /// Whole name servers that may be silent or lame.
        package var unreachable: UnreachableTolerance
        /// The least chance that a CA with several perspectives sees it, before the provider is told to look.
        package var chance: Chance = .standard
        /// Names of configured resolvers, asked only after the authoritative quorum holds.
        package var resolvers: [String]
        /// How many of `resolvers` must show it too.
        package var resolverQuorum: Quorum
        package var dnssec = DNSSEC.validate

        /// Whether an answer whose signatures fail counts.
        package enum DNSSEC: String, Hashable, Sendable, Codable, CaseIterable {
            /// It excludes the record, as at every CA since 2026-03-15 (BR 4.2.2.2).
            case validate
            /// It is only told.
            case ignore
        }

        /// The rule for the authoritative side alone.
        package var withoutResolvers: Propagation {
            var rule = self
            rule.resolvers = []
            return rule
        }

        private enum CodingKeys: String, CodingKey {
            case authoritative, unreachable, chance, resolvers, dnssec
            case resolverQuorum = "resolver_quorum"
        }
    }

    /// What may be written, and where.
    package struct Publish: Hashable, Sendable, Codable {
        /// False: the agent watches and triggers only.
        package var isAllowed: Bool
        /// TTL of published records, 1 to 86,400 s.
        package var ttlSeconds: Int64
        package var withdraw: Withdrawal
        /// Zones into which a CNAME at the challenge name may lead the record; empty means a CNAME is reported and nothing is written.
        package var delegations: [DomainName]
        package var labels: Labels
        /// Records published or withdrawn in one run at most, 1 to 100,000.
        package var changesPerRun: Int
        /// Whether values of others that a hook took away are published again.
        package var restores = false

        package enum Withdrawal: String, Hashable, Sendable, Codable, CaseIterable {
            case afterValidation = "after-validation"
            case never
        }

        /// Which owner names may be written: with `underscore` only those whose first label begins with "_" (RFC 8552), so that no
        /// provider's answer can make this agent touch a host's own records.
        package enum Labels: String, Hashable, Sendable, Codable, CaseIterable { case underscore, any }

        private enum CodingKeys: String, CodingKey {
            case isAllowed = "allow"
            case ttlSeconds = "ttl_s"
            case withdraw, delegations, labels
            case changesPerRun = "changes_per_run"
            case restores = "restore"
        }
    }

    /// How and how often a provider is told to look.
    package struct Trigger: Hashable, Sendable, Codable {
        /// The style that is tried first; another one takes its place where the provider does not offer it.
        package var action: Action
        /// Between two triggers of one authorization, 1 s to 30 days.
        package var minimumIntervalSeconds: Int64
        /// Between two triggers in one scope of the provider, 0 to 3600 s.
        package var paceSeconds: Int64
        /// Triggers of one authorization in any 24 hours, 1 to 1000; changes of its method have a budget of the same size.
        package var attemptsPerDay: Int

        package enum Action: String, Hashable, Sendable, Codable, CaseIterable { case patch, retry, none }

        private enum CodingKeys: String, CodingKey {
            case action
            case minimumIntervalSeconds = "minimum_interval_s"
            case paceSeconds = "pace_s"
            case attemptsPerDay = "attempts_per_day"
        }
    }

    /// When a proof that will run out is begun anew, where the provider offers that.
    package struct Revalidate: Hashable, Sendable, Codable {
        /// Before the proof's end, 0 to 90 days; 0 never. Never more than a third of the time that a proof holds.
        package var beforeExpirySeconds: Int64

        private enum CodingKeys: String, CodingKey { case beforeExpirySeconds = "before_expiry_s" }
    }

    /// What CAA records are to an order (RFC 8659).
    package struct CAARules: Hashable, Sendable, Codable {
        package var check: Check
        /// A CAA name of each CA that may be used, in place of what the provider says; empty: what the provider says.
        package var issuers: [DomainName]
        /// The account at the CA (RFC 8657 3), where whoever writes the policy knows it.
        package var account: String?

        package enum Check: String, Hashable, Sendable, Codable, CaseIterable {
            /// The provider is told to look only when CAA is seen and does not forbid it.
            case enforce
            /// What CAA says is told, and hinders nothing.
            case report
            /// It is not looked for.
            case ignore
        }
    }

    /// When to look again. All from 1 s to 30 days.
    package struct Wait: Hashable, Sendable, Codable {
        /// Shortest time between two looks at what is on its way; never above `pollMaximumSeconds`.
        package var pollMinimumSeconds: Int64
        /// Longest time between two looks.
        package var pollMaximumSeconds: Int64
        /// How long a published record may stay unseen everywhere before it is published again; doubled with every repetition.
        package var republishAfterSeconds: Int64

        private enum CodingKeys: String, CodingKey {
            case pollMinimumSeconds = "poll_minimum_s"
            case pollMaximumSeconds = "poll_maximum_s"
            case republishAfterSeconds = "republish_after_s"
        }
    }

    /// The file's name without `.yaml`; it stands in findings.
    package var name: String
    /// Preferred methods, best first. A method that is not listed is never changed to; empty: the method is never changed.
    package var methods: [ValidationMethod]
    package var propagation: Propagation
    package var publish: Publish
    package var trigger: Trigger
    package var revalidate: Revalidate
    package var wait: Wait
    package var caa: CAARules

    private enum CodingKeys: String, CodingKey {
        case name, methods, propagation, publish, trigger, revalidate, wait, caa
    }

    /// What holds where a policy file says nothing.
    package static let standard = Policy(
        name: "default",
        methods: [.txt, .http],
        propagation: Propagation(authoritative: .all, unreachable: .none, resolvers: [], resolverQuorum: .all),
        publish: Publish(
            isAllowed: true,
            ttlSeconds: 60,
            withdraw: .afterValidation,
            delegations: [],
            labels: .underscore,
            changesPerRun: 100
        ),
        trigger: Trigger(action: .patch, minimumIntervalSeconds: 300, paceSeconds: 5, attemptsPerDay: 5),
        revalidate: Revalidate(beforeExpirySeconds: 30 * 86_400),
        wait: Wait(pollMinimumSeconds: 2, pollMaximumSeconds: 60, republishAfterSeconds: 300),
        caa: CAARules(check: .enforce, issuers: [])
    )
}

extension Policy.Propagation {
    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: CodingKeys.self)
        authoritative = try keyed.decode(Quorum.self, forKey: .authoritative)
        unreachable = try keyed.decode(UnreachableTolerance.self, forKey: .unreachable)
        resolvers = try keyed.decode([String].self, forKey: .resolvers)
        resolverQuorum = try keyed.decode(Quorum.self, forKey: .resolverQuorum)
        // Situations that an earlier version saved have none.
        dnssec = try keyed.decodeIfPresent(DNSSEC.self, forKey: .dnssec) ?? .validate
        chance = try keyed.decodeIfPresent(Chance.self, forKey: .chance) ?? .standard
    }
}

extension Policy.Publish {
    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: CodingKeys.self)
        isAllowed = try keyed.decode(Bool.self, forKey: .isAllowed)
        ttlSeconds = try keyed.decode(Int64.self, forKey: .ttlSeconds)
        withdraw = try keyed.decode(Withdrawal.self, forKey: .withdraw)
        delegations = try keyed.decode([DomainName].self, forKey: .delegations)
        labels = try keyed.decode(Labels.self, forKey: .labels)
        changesPerRun = try keyed.decode(Int.self, forKey: .changesPerRun)
        restores = try keyed.decodeIfPresent(Bool.self, forKey: .restores) ?? false
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: CodingKeys.self)
        try keyed.encode(isAllowed, forKey: .isAllowed)
        try keyed.encode(ttlSeconds, forKey: .ttlSeconds)
        try keyed.encode(withdraw, forKey: .withdraw)
        try keyed.encode(delegations, forKey: .delegations)
        try keyed.encode(labels, forKey: .labels)
        try keyed.encode(changesPerRun, forKey: .changesPerRun)
        // As in situations that an earlier version saved, where it is not set.
        if restores { try keyed.encode(restores, forKey: .restores) }
    }
}

extension Quorum: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in
            guard let quorum = Quorum(text) else { throw NameError(.octetNotAllowed, OctetText(text.utf8)) }
            return quorum
        }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: description) }
}

extension UnreachableTolerance: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in
            guard let value = UnreachableTolerance(text) else {
                throw NameError(.octetNotAllowed, OctetText(text.utf8))
            }
            return value
        }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: description) }
}

extension Policy {
    /// Situations that an earlier version saved say nothing about CAA.
    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try keyed.decode(String.self, forKey: .name),
            methods: try keyed.decode([ValidationMethod].self, forKey: .methods),
            propagation: try keyed.decode(Propagation.self, forKey: .propagation),
            publish: try keyed.decode(Publish.self, forKey: .publish),
            trigger: try keyed.decode(Trigger.self, forKey: .trigger),
            revalidate: try keyed.decode(Revalidate.self, forKey: .revalidate),
            wait: try keyed.decode(Wait.self, forKey: .wait),
            caa: try keyed.decodeIfPresent(CAARules.self, forKey: .caa) ?? Policy.standard.caa
        )
    }
}

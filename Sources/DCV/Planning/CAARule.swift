// What CAA says to an order that waits for proof: the one rule about what it blocks and what people are told of it.

/// What depends on something unseen is told and blocks nothing, even where no CA is allowed outright: whoever writes `accounturi` or
/// `validationmethods` means some certificate by it, often this very one, and the provider's account at its CA is shown nowhere. A block
/// would stand for ever for all who did it right; without it, one validation a day fails for those who did not.
package enum CAARule {
    /// What holds of all names of one authorization together.
    struct Ruling {
        var findings: [Finding] = []
        /// The gravest of its names.
        var hindrance = CAAVerdict.Hindrance.none
        /// Whether a name is allowed under a condition only that cannot be seen from here.
        var isDoubtful = false

        /// The provider must not be made to look, nor the method be changed: a validation that fails voids the tokens.
        var blocks: Bool { hindrance != .none }
    }

    /// Names with the same verdict are told together.
    private struct Group: Hashable {
        let verdict: CAAVerdict
        let policy: Policy
    }

    static func judge(_ authorization: Authorization, in draft: Draft) -> Ruling {
        guard draft.situation.caa != nil else { return Ruling() }
        var groups: [Group] = []
        var names: [Group: [Identifier]] = [:]
        for identifier in authorization.identifiers {
            let policy = draft.situation.zones.policy(for: identifier.name, of: authorization)
            guard policy.caa.check != .ignore else { continue }
            let request = request(identifier, authorization, policy)
            let verdict =
                draft.climb(of: identifier.name).map { CAA.judge($0, for: request) }
                ?? .cannotTell(why: "the CAA records of \(identifier.name) have not been looked for yet", at: nil)
            let group = Group(verdict: verdict, policy: policy)
            if names[group] == nil { groups.append(group) }
            names[group, default: []].append(identifier)
        }
        var ruling = Ruling()
        for group in groups {
            let isEnforced = group.policy.caa.check == .enforce
            let told = names[group] ?? []
            guard let first = told.first else { continue }
            let words = CAAWords(
                subject: authorization.subject,
                told,
                request(first, authorization, group.policy),
                rule: "policies/\(group.policy.name).yaml#caa.check"
            )
            let climbs = told.compactMap { draft.climb(of: $0.name) }
            for finding in words.findings(group.verdict, climbs, isEnforced: isEnforced)
            where !ruling.findings.contains(finding) {
                ruling.findings.append(finding)
            }
            guard isEnforced else { continue }
            ruling.hindrance = max(ruling.hindrance, group.verdict.hindrance)
            if case .depends(let dependence) = group.verdict, dependence.allowed.isEmpty, !dependence.permits.isEmpty {
                ruling.isDoubtful = true
            }
        }
        return ruling
    }

    /// What is asked of CAA for one name of an authorization.
    package static func request(
        _ identifier: Identifier,
        _ authorization: Authorization,
        _ policy: Policy
    ) -> CAARequest {
        let issuers = policy.caa.issuers.isEmpty ? authorization.issuers : policy.caa.issuers
        let own = authorization.challenges.filter { $0.identifier == nil || $0.identifier == identifier }
        let labels = Set(own.flatMap(\.alternatives).flatMap { CAA.methodLabels(of: $0) })
        return CAARequest(
            identifier,
            issuers: issuers.map { CertificateAuthorities.named($0) },
            methods: labels.sorted(),
            accountURI: policy.caa.account
        )
    }

    /// Names whose CAA records a plan needs to know.
    static func names(_ authorizations: [Authorization], _ zones: [Situation.ZoneRule]) -> [DomainName] {
        var seen: Set<DomainName> = []
        return authorizations.filter { $0.status == .pending }.flatMap { authorization in
            authorization.identifiers.map(\.name).filter { name in
                zones.policy(for: name, of: authorization).caa.check != .ignore && seen.insert(name).inserted
            }
        }
    }
}

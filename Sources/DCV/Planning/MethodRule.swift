// When the present method cannot be proved here, another one may: which, and whether a change is worth its price (new tokens).

enum MethodRule {
    /// Writes a change of method, or a wait for one, into the draft. False when no method offered could be proved here.
    static func apply(to authorization: Authorization, _ policy: Policy, in draft: inout Draft) -> Bool {
        let situation = draft.situation
        let candidates = policy.methods.filter { method in
            method != authorization.method && authorization.capabilities.methods.contains(method)
                && canBeProved(method, authorization, in: situation)
        }
        guard let method = candidates.first else { return false }
        let changes = draft.entries(of: authorization.key, effect: "change-method")
        if let last = changes.last?.intent {
            let again = last.at.adding(seconds: policy.trigger.minimumIntervalSeconds)
            if again > situation.at {
                draft.wait(
                    authorization.key,
                    until: min(again, situation.at.adding(seconds: policy.wait.pollMinimumSeconds)),
                    for: .provider,
                    because: "the method was changed a moment ago and the provider still shows the old records"
                )
                return true
            }
        }
        draft.changeMethod(
            authorization,
            to: method,
            because:
                "\(authorization.method?.rawValue ?? "the present method") cannot be published here, \(method.rawValue) can"
        )
        return true
    }

    /// A wildcard is proved by DNS only (BR 3.2.2.4.18, 3.2.2.4.19); e-mail and CNAME (whose target only a provider's
    /// delegation can name) are never changed to; everything else needs a publisher for every identifier.
    private static func canBeProved(
        _ method: ValidationMethod,
        _ authorization: Authorization,
        in situation: Situation
    ) -> Bool {
        let kind: RecordKind
        switch method {
        case .txt: kind = .txt
        case .http: kind = .http
        case .cname, .email: return false
        }
        if kind == .http, authorization.identifiers.contains(where: \.isWildcard) { return false }
        guard !authorization.identifiers.isEmpty else { return false }
        return authorization.identifiers.allSatisfy { identifier in
            guard let rule = situation.rule(for: identifier.name), rule.policy.publish.isAllowed else { return false }
            return rule.publishers.contains {
                $0.kinds.contains(kind) && situation.history.quarantined[$0.name] == nil
            }
        }
    }
}

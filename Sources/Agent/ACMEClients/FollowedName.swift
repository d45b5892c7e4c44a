// What is not known of a challenge whose name may be where a CNAME led the client: the name that is to be certified.
import DCV

/// Policies without CAA: whose records count is not known, and those of the target may forbid what the name's own allow.
struct RulesWithoutCAA: ZoneRules {
    let base: any ZoneRules

    var undescribed: [Situation.ZoneRule] { base.undescribed.map(Self.withoutCAA) }

    func describe() async -> (rules: [Situation.ZoneRule], findings: [Finding]) {
        let (rules, findings) = await base.describe()
        return (rules.map(Self.withoutCAA), findings)
    }

    private static func withoutCAA(_ rule: Situation.ZoneRule) -> Situation.ZoneRule {
        var policy = rule.policy
        policy.caa.check = .ignore
        return Situation.ZoneRule(apex: rule.apex, publishers: rule.publishers, policy: policy)
    }
}

extension ClientCall {
    /// Why nothing is published: a name that no client makes is where a CNAME led, and no policy lets one lead there.
    func strayed(_ zones: [Situation.ZoneRule]) -> ClientOutcome? {
        guard mayHaveFollowed, work != .withdraw else { return nil }
        let delegations = zones.flatMap(\.policy.publish.delegations)
        let stray = challenges.map(\.record.name).first { name in
            name.labels.first.map { String($0) } != ClientChallenge.label
                && !delegations.contains { name.isSubdomain(of: $0) }
        }
        guard let stray else { return nil }
        return ClientOutcome(
            exitCode: .person,
            lines: [
                "\(stray) is not published: a CNAME led \(client.rawValue) there, and no policy of a zone names a name at or above it "
                    + "(cname-in-the-way)",
                "do: name it under publish.delegations, or remove the CNAME",
            ]
        )
    }

    /// Told beside a proof that says nothing about CAA.
    var withoutCAA: String? {
        guard mayHaveFollowed, work == .prove else { return nil }
        return
            "CAA was not judged: \(client.rawValue) may have followed a CNAME and does not say for which name the certificate is; "
            + "with EXEC_MODE=RAW it does"
    }
}

// The list of named checks: each looks at one survey and says what a person should know. Add a check: one file, one line here.

/// All checks of a survey, in the order in which their findings are told.
package enum Checks {
    package static let all: [@Sendable (Survey) -> [Finding]] = [
        SurveyProblemCheck.findings,
        ContradictionCheck.findings,
        NearMissCheck.findings,
        NotServedCheck.findings,
        UnreachableCheck.findings,
        WebCheck.findings,
        SecurityCheck.findings,
    ]

    package static func findings(_ survey: Survey) -> [Finding] { all.flatMap { $0(survey) } }
}

extension Survey {
    /// Whether a problem that is told anyway is the reason why a name server gave no answer that counts.
    func explains(_ observation: Observation) -> Bool {
        guard case .authoritative(_, let address) = observation.vantage else { return false }
        return problems.contains { $0.explains.contains(address) }
    }

    /// The command that shows a person what one vantage point showed us.
    func reproduce(_ observation: Observation) -> String {
        switch record.content {
        case .http(let host, let path, _):
            observation.sighting.isBogus
                ? "delv +vtrace \(host) A"
                : observation.fetch?.hops.last?.reproduce
                    ?? "curl -sS --resolve \(host):80:\(observation.vantage.address) http://\(host)\(path)"
        case .txt: dig("TXT", observation)
        case .cname: dig("CNAME", observation)
        }
    }

    /// A resolver follows the CNAME chain itself; a name server is asked for the name it was asked for, else for the chain's end.
    private func dig(_ type: String, _ observation: Observation) -> String {
        let asked =
            observation.asked
            ?? Asked(observation.isRecursive ? record.name : target, port: Asked.Transport.udp.standardPort)
        let address = observation.vantage.address
        // Where the policy lets a bogus answer pass, its sighting says something else.
        if observation.sighting.isBogus || security?.code == "bogus" {
            // What is wrong stands in this server's signatures, or above them in the chain of keys.
            return DigLine.text(type, asked, at: address, isRecursive: observation.isRecursive, .dnssec)
                + "; delv +vtrace \(asked.name) \(type)"
        }
        return DigLine.text(type, asked, at: address, isRecursive: observation.isRecursive)
    }
}

extension VantagePoint {
    /// The policy key that says whether this one may be left out; nil where none does.
    var policyKey: String? {
        switch self {
        case .authoritative: "propagation.unreachable"
        case .recursive: "propagation.recursive"
        case .web: nil
        }
    }
}

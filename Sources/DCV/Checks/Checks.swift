// The list of named checks: each looks at one survey and says what a person should know. Add a check: one file, one line here.

/// All checks of a survey, in the order in which their findings are told.
package enum Checks {
    package static let all: [@Sendable (Survey) -> [Finding]] = [
        SurveyProblemCheck.findings,
        ContradictionCheck.findings,
        NotServedCheck.findings,
        UnreachableCheck.findings,
    ]

    package static func findings(_ survey: Survey) -> [Finding] { all.flatMap { $0(survey) } }
}

extension Survey {
    /// The command that shows a person what one vantage point showed us.
    func reproduce(_ observation: Observation) -> String {
        switch record.content {
        case .http(let host, let path, _):
            "curl -sS --resolve \(host):80:\(observation.vantage.address) http://\(host)\(path)"
        case .txt: "dig +norecurse @\(observation.vantage.address) TXT \(target)"
        case .cname: "dig +norecurse @\(observation.vantage.address) CNAME \(target)"
        }
    }
}

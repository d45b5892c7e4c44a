// Says what stood in the way of asking: no zone cut, a loop, a server without an address.

enum SurveyProblemCheck {
    static func findings(_ survey: Survey) -> [Finding] {
        survey.problems.map { problem in
            Finding(
                problem.code.rawValue,
                severity(problem.code),
                subject: "\(survey.record)",
                saw: problem.text,
                advice: advice(problem.code),
                reproduce: "dig +trace \(survey.record.name)"
            )
        }
    }

    private static func severity(_ code: Survey.Problem.Code) -> Finding.Severity {
        switch code {
        case .zoneCutUnknown, .cnameDiffers: .waiting
        // Waiting does not mend it: the same limit is met again in every run.
        case .queryBudgetSpent: .error
        case .noSuchDomain, .cnameLoop, .cnameChainTooLong, .nameNotUsable, .hostWithoutAddress: .error
        case .serverWithoutAddress, .specialUseAddress, .delegationDiffers: .notice
        }
    }

    private static func advice(_ code: Survey.Problem.Code) -> String {
        switch code {
        case .zoneCutUnknown:
            "check this host's network; where port 53 does not reach the root servers, name a resolver under `via:` (README.md)"
        case .noSuchDomain: "register or delegate the domain, or cancel the certificate"
        case .serverWithoutAddress: "give the name server an address, or remove it from the NS set"
        case .cnameLoop: "break the CNAME loop"
        case .cnameChainTooLong: "shorten the CNAME chain: resolvers of CAs stop at 11 links or fewer"
        case .cnameDiffers: "wait until all name servers agree, or repair the one that differs"
        case .nameNotUsable: "correct the name in the zone"
        case .specialUseAddress: "a public zone should not name such an address; it is not asked"
        case .delegationDiffers: "make the NS set of the zone and of its parent the same"
        case .queryBudgetSpent:
            "name fewer servers, addresses or CNAMEs: what is beyond the limit is not asked, so nothing is triggered"
        case .hostWithoutAddress: "give the host an A or AAAA record, or prove it by DNS"
        }
    }
}

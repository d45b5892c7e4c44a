// What was amiss before or beside the sightings: each cause has a stable code, and everything that follows from the code stands here.

extension Survey {
    /// A fault met on the way to the sightings, with who showed it and how a person can see the same.
    package struct Problem: Hashable, Sendable, Codable, CustomStringConvertible {
        package let code: Code
        /// What was seen, and at whom.
        package let text: String
        package let wanted: String?
        /// A command that shows the same to a person; nil where `dig +trace` of the record's name does.
        package let reproduce: String?

        package init(_ code: Code, _ text: String, wanted: String? = nil, reproduce: String? = nil) {
            self.code = code
            self.text = text
            self.wanted = wanted
            self.reproduce = reproduce
        }

        package var description: String { "\(code.rawValue): \(text)" }

        /// Whether the survey cannot be called whole while this stands. A server without an address or a differing NS set is told
        /// to people, but the addresses that could be asked still count.
        package var blocksJudgement: Bool { code.nature.blocksJudgement }

        /// Whether waiting will not mend it.
        package var isPermanent: Bool { code.nature.severity == .error }
    }
}

extension Survey.Problem {
    package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        /// Parent or root servers did not answer, so the zone cut is not known.
        case zoneCutUnknown = "zone-cut-unknown"
        /// The name does not exist at its parent (NXDOMAIN above the zone).
        case noSuchDomain = "no-such-domain"
        /// A name server's name has no usable address.
        case serverWithoutAddress = "server-without-address"
        case cnameLoop = "cname-loop"
        case cnameChainTooLong = "cname-chain-too-long"
        /// The chain differs from one server to another.
        case cnameDiffers = "cname-differs"
        /// A CNAME, NS or redirect target that is no usable name.
        case nameNotUsable = "name-not-usable"
        /// An address from DNS in a special-use range: refused, unless a laboratory opens it.
        case specialUseAddress = "special-use-address"
        /// The zone's parent and the zone itself name different servers.
        case delegationDiffers = "delegation-differs"
        /// The query budget of the zone or the run is used up.
        case queryBudgetSpent = "query-budget-spent"
        /// The host of a token file has no address.
        case hostWithoutAddress = "host-without-address"
        /// Too little was seen of a zone's keys and signatures to validate them.
        case dnssecIndeterminate = "dnssec-indeterminate"
        /// Nothing can be validated here: the named resolver hands on no signatures.
        case dnssecNotExamined = "dnssec-not-examined"
    }

    /// What follows from a code.
    struct Nature {
        let severity: Finding.Severity
        let blocksJudgement: Bool
        let advice: String
    }
}

extension Survey.Problem.Code {
    private typealias Nature = Survey.Problem.Nature

    /// Errors need a person: the same is met again in every run. What is waited for may mend itself.
    var nature: Survey.Problem.Nature {
        switch self {
        case .zoneCutUnknown:
            blocks(
                .waiting,
                "check this host's network; where port 53 does not reach the root servers, name a resolver under `via:` (README.md)"
            )
        case .noSuchDomain: blocks(.error, "register or delegate the domain, or cancel the certificate")
        case .serverWithoutAddress: told("give the name server an address, or remove it from the NS set")
        case .cnameLoop: blocks(.error, "break the CNAME loop")
        case .cnameChainTooLong:
            blocks(.error, "shorten the CNAME chain: resolvers of CAs stop at 11 links or fewer")
        case .cnameDiffers: blocks(.waiting, "wait until all name servers agree, or repair the one that differs")
        case .nameNotUsable: blocks(.error, "correct the name in the zone")
        case .specialUseAddress: told("a public zone should not name such an address; it is not asked")
        case .delegationDiffers: told("make the NS set of the zone and of its parent the same")
        case .queryBudgetSpent:
            blocks(
                .error,
                "name fewer servers, addresses or CNAMEs: what is beyond the limit is not asked, so nothing is triggered"
            )
        case .hostWithoutAddress: blocks(.error, "give the host an A or AAAA record, or prove it by DNS")
        case .dnssecIndeterminate:
            blocks(
                .waiting,
                "let the zone's and its parent's servers answer for DS and DNSKEY: a CA that cannot validate must refuse"
            )
        case .dnssecNotExamined:
            told(
                "name a resolver under `via:` that hands on signatures (DO), so that a bogus zone is seen before the CA sees it"
            )
        }
    }

    private func blocks(_ severity: Finding.Severity, _ advice: String) -> Nature {
        Nature(severity: severity, blocksJudgement: true, advice: advice)
    }

    /// Good to know; what could be seen still counts.
    private func told(_ advice: String) -> Nature {
        Nature(severity: .notice, blocksJudgement: false, advice: advice)
    }
}

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
        /// Name servers' addresses whose failing answers follow from this: the cause is told, and its consequences are not told beside it.
        package let explains: [IPAddress]
        /// The name server that has, or may have, addresses that nobody could be asked at because of this: it counts as silent.
        package let silences: DomainName?

        package init(
            _ code: Code,
            _ text: String,
            wanted: String? = nil,
            reproduce: String? = nil,
            explains: [IPAddress] = [],
            silences: DomainName? = nil
        ) {
            self.code = code
            self.text = text
            self.wanted = wanted
            self.reproduce = reproduce
            self.explains = explains
            self.silences = silences
        }

        private enum CodingKeys: String, CodingKey { case code, text, wanted, reproduce, explains, silences }

        package init(from decoder: any Decoder) throws {
            let keyed = try decoder.container(keyedBy: CodingKeys.self)
            code = try keyed.decode(Code.self, forKey: .code)
            text = try keyed.decode(String.self, forKey: .text)
            wanted = try keyed.decodeIfPresent(String.self, forKey: .wanted)
            reproduce = try keyed.decodeIfPresent(String.self, forKey: .reproduce)
            explains = try keyed.decodeIfPresent([IPAddress].self, forKey: .explains) ?? []
            silences = try keyed.decodeIfPresent(DomainName.self, forKey: .silences)
        }

        package func encode(to encoder: any Encoder) throws {
            var keyed = encoder.container(keyedBy: CodingKeys.self)
            try keyed.encode(code, forKey: .code)
            try keyed.encode(text, forKey: .text)
            try keyed.encodeIfPresent(wanted, forKey: .wanted)
            try keyed.encodeIfPresent(reproduce, forKey: .reproduce)
            if !explains.isEmpty { try keyed.encode(explains, forKey: .explains) }
            try keyed.encodeIfPresent(silences, forKey: .silences)
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
        /// The servers of the zone say that the very name does not exist (NXDOMAIN).
        case nameMissing = "name-missing"
        /// A name server's name has no usable address, and its zone says so.
        case serverWithoutAddress = "server-without-address"
        /// A name server's name is a CNAME.
        case serverIsAnAlias = "server-is-an-alias"
        /// Nobody answered what addresses a name server has, or all of them.
        case serverAddressUnknown = "server-address-unknown"
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
        /// A name server shows no address of a token file's host that others show.
        case hostAddressMissing = "host-address-missing"
        /// The name servers of a token file's host show different addresses.
        case hostAddressesDiffer = "host-addresses-differ"
        /// The host of a token file has no address.
        case hostWithoutAddress = "host-without-address"
        /// Too little was seen of a zone's keys and signatures to validate them.
        case dnssecIndeterminate = "dnssec-indeterminate"
        /// Nothing can be validated here: the named resolver hands on no signatures.
        case dnssecNotExamined = "dnssec-not-examined"
        /// Nobody on the whole Internet answers questions from this host.
        case networkFiltered = "network-filtered"
        /// An address that leads to the zone does not serve it.
        case lameServer = "lame-server"
        /// An address of a name server answers over TCP only.
        case udpUnreachable = "udp-unreachable"
        /// An address of a name server answers over UDP only.
        case tcpUnreachable = "tcp-unreachable"
        case ednsNotUnderstood = "edns-not-understood"
        /// The answer repeats the question in another letter case.
        case caseNotKept = "case-not-kept"
        /// The parent's addresses of a name server are not those of the server's own zone.
        case glueDiffers = "glue-differs"
        /// A "no such record" without the SOA that says how long it holds.
        case noSOAInNegativeAnswer = "no-soa-in-negative-answer"
        /// Servers show different versions of the zone.
        case serialsDiffer = "serials-differ"
        /// A primary outside the NS set has a newer version than all servers.
        case hiddenPrimary = "hidden-primary"
        /// The primary has an older version than a server: no change will come from it.
        case primaryBehind = "primary-behind"
        /// What stands at the name comes from a wildcard.
        case wildcardAnswers = "wildcard-answers"
        /// The name exists without the record and so hides a wildcard.
        case emptyNonTerminal = "empty-non-terminal"
        /// The value stands at a name with labels typed twice.
        case doubledLabel = "doubled-label"
        /// The value stands one level higher, without the label made for proofs.
        case labelLeftOut = "label-left-out"
        /// Addresses stand where a CNAME must.
        case cnameFlattened = "cname-flattened"
        /// A TXT record stands where a CNAME must.
        case txtInPlaceOfCNAME = "txt-in-place-of-cname"
        /// A CNAME leads to a name that does not exist.
        case cnameToNothing = "cname-to-nothing"
        /// Signatures hold now and soon will not.
        case signaturesEndSoon = "signatures-end-soon"
        /// The record's own time is over.
        case persistUntilPassed = "persist-until-passed"
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
        case .nameMissing:
            told("look at the spelling; a record for a proof can be published at or below it all the same")
        case .serverWithoutAddress: told("give the name server an address, or remove it from the NS set")
        case .serverIsAnAlias: told("name the server by a name that has its addresses itself (RFC 2181 10.3)")
        case .serverAddressUnknown:
            waits(
                "repair the zone that holds the name server's name, or its path from here; or allow a silent server under propagation.unreachable"
            )
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
                "name fewer servers, addresses, CNAMEs or redirects: what is beyond the limit is not asked, so nothing is triggered"
            )
        case .hostAddressesDiffer:
            told("let all name servers show the same; a CA takes the address that the server it meets shows")
        case .hostAddressMissing:
            blocks(.waiting, "wait until all name servers show an address of the host, or repair the one that does not")
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
        case .networkFiltered:
            blocks(
                .waiting,
                "let this host send to port 53 over UDP and TCP: without that nobody here can say what a CA will see"
            )
        case .lameServer:
            waits(
                "nothing, if it was started a moment ago; else load the zone on this server, or take it out of the NS sets"
            )
        case .udpUnreachable: waits("open UDP port 53: resolvers lose up to 40 s before they try TCP")
        case .tcpUnreachable: waits("open TCP port 53: CAs ask again over TCP whatever is long or looks forged")
        case .ednsNotUnderstood:
            waits("update the server, or the firewall before it: it must answer questions with EDNS (RFC 6891)")
        case .caseNotKept: told("update the server: CAs mix the letter case of a question and want it back as it was")
        case .glueDiffers: told("correct the address of the name server at the registrar, or in the zone")
        case .noSOAInNegativeAnswer:
            tells(.error, "update or repair the server: resolvers of CAs turn such an answer into SERVFAIL")
        case .serialsDiffer:
            waits(
                "wait for the next refresh; if that does not help, look at NOTIFY and at the right to transfer the zone"
            )
        case .hiddenPrimary: waits("the change is on its way: wait for the next refresh, or look at NOTIFY")
        case .primaryBehind: waits("raise the serial at the primary above that of all servers")
        case .wildcardAnswers:
            told(
                "a record at the very name ends the wildcard's say there, and for the host above it, which needs records of its own first; "
                    + "or remove the wildcard"
            )
        case .emptyNonTerminal: told("put the record at the very name: a wildcard does not reach a name that exists")
        case .doubledLabel:
            tells(.error, "enter the name without the zone's own: this provider's console adds it by itself")
        case .labelLeftOut: tells(.error, "enter the whole name, with the label that begins with \"_\"")
        case .cnameFlattened:
            blocks(
                .error,
                "let this provider hand out the CNAME as it is (\"DNS only\", no proxy, no flattening), or remove the addresses"
            )
        case .txtInPlaceOfCNAME: blocks(.error, "remove the TXT record: a CA that meets it never comes to the CNAME")
        case .cnameToNothing: told("publish what is wanted at the CNAME's target, or correct the CNAME")
        case .signaturesEndSoon: told("sign the zone again, and look why that is not done by itself")
        case .persistUntilPassed: blocks(.error, "ask the CA for a new record, with a later persistUntil or none")
        }
    }

    private func blocks(_ severity: Finding.Severity, _ advice: String) -> Nature {
        Nature(severity: severity, blocksJudgement: true, advice: advice)
    }

    /// Good to know; what could be seen still counts.
    private func told(_ advice: String) -> Nature { tells(.notice, advice) }

    /// May be why the record is not seen; what could be seen still counts.
    private func waits(_ advice: String) -> Nature { tells(.waiting, advice) }

    private func tells(_ severity: Finding.Severity, _ advice: String) -> Nature {
        Nature(severity: severity, blocksJudgement: false, advice: advice)
    }
}

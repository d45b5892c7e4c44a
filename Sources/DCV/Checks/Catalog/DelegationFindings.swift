// The catalogue's entries about what lies between the root and the record: zone cuts, delegations, name servers, resolvers.

extension FindingCatalog {
    static let delegation: [FindingExplanation] = [
        .init(
            "zone-cut-unknown",
            .delegation,
            [.waiting],
            means:
                "No server on the way from the root to the name answered, so it is not known which zone holds it. Nothing is concluded about the record.",
            causes: [
                "this host cannot reach port 53 of servers on the Internet (firewall, proxy-only network)",
                "something on this network answers in place of the root servers: then all of them \"answer without authority\"",
                "all name servers of the zone or of its parent are down or refuse",
                "a delegation points at servers that know nothing of the zone",
            ],
            remedy:
                "Run the line under `see`. Where port 53 is closed here, name a resolver under `via:`. If the zone's own servers are silent, repair them first."
        ),
        .init(
            "no-such-domain",
            .delegation,
            [.error],
            means:
                "The registry's own servers say that the domain does not exist (NXDOMAIN). No CA can find anything below it.",
            causes: [
                "the registration has ended or was put on hold", "the domain was never delegated",
                "a typing error in the order",
            ],
            remedy: "Register or delegate the domain, or cancel the certificate.",
            rule: "RFC 8020"
        ),
        .init(
            "zone-not-delegated",
            .delegation,
            [.error],
            means:
                "The configuration names a zone, but in DNS there is no zone of that name: a zone above it holds its names. A publisher that writes there writes into nothing.",
            causes: [
                "the NS records of the child are missing at the parent",
                "the configuration names a host instead of its zone",
            ],
            remedy: "Name the zone that really holds the record under `zones:`, or delegate the child.",
            rule: "zones"
        ),
        .init(
            "delegation-differs",
            .delegation,
            [.notice],
            means:
                "The zone and its parent name different servers. Resolvers may ask any of them, so all of them are looked at.",
            causes: [
                "a server was added or taken away at one of the two places only",
                "a move to another DNS provider is half done",
            ],
            remedy: "Make the NS set of the zone and of its parent the same.",
            rule: "RFC 1034 4.2.2"
        ),
        .init(
            "server-without-address",
            .delegation,
            [.notice],
            means: "A name server is named that has no usable address. Nobody can ask it; the others still count.",
            causes: ["the server's A and AAAA records are gone"],
            remedy: "Give the name server an address, or remove it from the NS set."
        ),
        .init(
            "server-is-an-alias",
            .delegation,
            [.notice],
            means:
                "A name server's name is a CNAME. Some resolvers follow it, so the addresses at its end are asked like any server's; others pass the server over.",
            causes: ["a server was moved, and its old name left as an alias"],
            remedy: "Name the server by a name that has A or AAAA records itself.",
            rule: "RFC 2181 10.3"
        ),
        .init(
            "server-address-unknown",
            .delegation,
            [.waiting],
            means:
                "Nobody answered what addresses a name server has, or whether it has more than the known ones. A CA may find them and ask there, so the server counts as one that is silent.",
            causes: [
                "the servers of the zone that holds the name server's name are dead, or answer SERVFAIL",
                "name servers whose addresses lie behind one another", "the time for this zone was over",
            ],
            remedy:
                "Repair the zone that holds the name server's name, or its path from here. Where a silent server may be left out: `propagation.unreachable`.",
            rule: "propagation.unreachable"
        ),
        .init(
            "special-use-address",
            .delegation,
            [.notice],
            means:
                "A public name leads to an address that is not on the public Internet (private, loopback, documentation). It is never asked.",
            causes: ["an inside address was written into a public zone", "split DNS: this host sees the inside view"],
            remedy: "Take the address out of the public zone, or look from outside.",
            rule: "RFC 6890"
        ),
        .init(
            "name-not-usable",
            .delegation,
            [.error],
            means: "A CNAME or NS record points at something that is no host name.",
            causes: ["a slash, a space or a control octet in the target", "a URL was written where a name belongs"],
            remedy: "Correct the name in the zone.",
            rule: "RFC 1035 3.1"
        ),
        .init(
            "query-budget-spent",
            .delegation,
            [.error],
            means:
                "The record needs more questions, or more requests behind redirects, than this program makes for one. What was not asked is not known, so nothing is triggered.",
            causes: [
                "very many name servers, addresses or CNAMEs", "delegations that lead to one another",
                "redirects that fork over very many hosts and addresses", "a zone made to cost work",
            ],
            remedy: "Name fewer servers, addresses or CNAMEs; serve a token file without redirects."
        ),
    ]

    static let servers: [FindingExplanation] = [
        .init(
            "not-served",
            .servers,
            [.waiting],
            means:
                "A server answers, but does not serve what was asked: it refuses, fails, or answers without authority (lame). A CA that meets it sees no proof.",
            causes: [
                "the zone is not loaded there, or has expired on a secondary",
                "the server was taken out of service but not out of the NS set",
                "REFUSED: an access list that leaves out this host; a resolver that cannot validate or reach the zone",
            ],
            remedy:
                "Load the zone on that server, or take the server out of the delegation.",
            rule: "RFC 9499 7 (lame delegation)"
        ),
        .init(
            "server-unreachable",
            .servers,
            [.waiting],
            means:
                "No address of this server gave an answer. That says nothing about the record; it is never read as absent.",
            causes: ["the server is down", "a firewall between here and there", "no route for IPv6 from this host"],
            remedy:
                "Repair the server or its path, or allow a silent server under `propagation.unreachable` if you know that it is dead.",
            rule: "propagation.unreachable"
        ),
        .init(
            "dead-address",
            .servers,
            [.notice],
            means: "One address of a server is silent while another one of the same server answers. It blocks nothing.",
            causes: ["IPv6 is announced but does not work", "an old address that nobody removed"],
            remedy: "Repair the address, or remove it."
        ),
        .init(
            "hostile-answer",
            .servers,
            [.error],
            means: "An answer broke a rule that honest servers keep, or passed a limit. It is not believed.",
            causes: [
                "something between here and the server changes DNS packets", "a broken or very old name server",
                "far too many records at one name",
            ],
            remedy: "Find out what stands at that address; run the line under `see`, with `+tcp` too.",
            rule: "RFC 5452 9"
        ),
    ]
}

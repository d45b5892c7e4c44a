// The catalogue's entries about a zone's servers and versions, and about names beside the record's own.

extension FindingCatalog {
    static let zone: [FindingExplanation] = [
        .init(
            "network-filtered",
            .delegation,
            [.waiting],
            means:
                "No name server of any zone gave an answer, the root servers included. Nothing can be said about what a CA sees.",
            causes: ["a firewall lets no DNS out but to the site's own resolver", "this host has no network"],
            remedy:
                "Let this host send to port 53 over UDP and TCP. A resolver under `via:` finds zones, but the name servers of the zone must still be asked."
        ),
        .init(
            "lame-server",
            .servers,
            [.waiting],
            means:
                "An address that the delegation leads to does not serve the zone: it refuses, fails, or answers without authority. A CA that meets it sees no proof.",
            causes: [
                "the zone is not loaded there, or has expired on a secondary",
                "the server was taken out of service but not out of the NS set",
            ],
            remedy:
                "A server that is loading its zones looks the same and passes by itself. Else load the zone on that server, or take the server out of the NS set at the parent and in the zone: until then nothing is triggered.",
            rule: "RFC 9499 7 (lame delegation)"
        ),
        .init(
            "udp-unreachable",
            .servers,
            [.waiting],
            means: "A name server answers over TCP only. Resolvers try UDP first and lose much time.",
            causes: ["a firewall drops UDP port 53", "the path loses most packets"],
            remedy: "Open UDP port 53 to the name server.",
            rule: "RFC 7766 5"
        ),
        .init(
            "tcp-unreachable",
            .servers,
            [.waiting],
            means:
                "A name server answers over UDP only. CAs ask again over TCP when an answer is long or looks forged, and then get none.",
            causes: ["a firewall drops TCP port 53", "the server was never told to listen on TCP"],
            remedy: "Open TCP port 53 to the name server.",
            rule: "RFC 7766 5"
        ),
        .init(
            "edns-not-understood",
            .servers,
            [.waiting],
            means:
                "A name server answers only questions without EDNS. Resolvers find that out by trying, and DNSSEC cannot work.",
            causes: ["a very old name server", "a firewall that drops or refuses packets with an OPT record"],
            remedy: "Update the name server, or the firewall before it.",
            rule: "RFC 6891 7"
        ),
        .init(
            "case-not-kept",
            .servers,
            [.notice],
            means:
                "A name server changes the letter case of the question in its answer. CAs mix the case against forgery and may not take the answer over UDP.",
            causes: ["a home-made or very old name server", "a load balancer that rewrites questions"],
            remedy: "Update the name server.",
            rule: "RFC 1034 3.6, RFC 4343 4.1"
        ),
        .init(
            "glue-differs",
            .delegation,
            [.notice],
            means:
                "The parent hands out an address of a name server that the server's own zone does not know. Who begins at the parent may meet an old machine.",
            causes: ["the name server moved, and the registrar was not told", "a typing error at the registrar"],
            remedy: "Correct the name server's address at the registrar, or in the zone.",
            rule: "RFC 1034 4.2.2"
        ),
        .init(
            "no-soa-in-negative-answer",
            .servers,
            [.error],
            means:
                "A name server says that a record does not exist, without the SOA record that belongs to it. Unbound, which CAs use, makes SERVFAIL of that; a CAA look-up then fails.",
            causes: ["a home-made name server or load balancer"],
            remedy: "Update or repair the name server.",
            rule: "RFC 2308 3"
        ),
        .init(
            "serials-differ",
            .servers,
            [.waiting],
            means:
                "The name servers have different versions of the zone: some have not fetched the newest one yet, and show what was there before.",
            causes: [
                "the change is fresh", "NOTIFY does not reach the secondary",
                "the secondary may not transfer the zone",
            ],
            remedy: "Wait for the next refresh; if that does not help, look at the secondary's log.",
            rule: "RFC 1982, RFC 1996"
        ),
        .init(
            "hidden-primary",
            .servers,
            [.waiting],
            means:
                "The primary, which is not among the zone's name servers, has a newer version than all of them: the change is on its way.",
            causes: ["the change is fresh", "NOTIFY from the primary does not reach the name servers"],
            remedy: "Wait for the next refresh; if that does not help, look at NOTIFY at the primary.",
            rule: "RFC 1996"
        ),
        .init(
            "primary-behind",
            .servers,
            [.waiting],
            means:
                "A name server has a newer serial than the primary. A secondary takes no older version: changes at the primary will not arrive.",
            causes: [
                "the zone was restored from a backup", "the form of the serial was changed",
                "a signer between primary and secondaries counts serials of its own (then all is well)",
            ],
            remedy: "Raise the serial at the primary above that of all name servers.",
            rule: "RFC 1982 7"
        ),
        .init(
            "wildcard-answers",
            .record,
            [.notice],
            means:
                "What stands at the record's name was made from a wildcard. It is nothing that somebody put there for this record.",
            causes: ["a wildcard CNAME or TXT for a whole zone"],
            remedy:
                "Publish the record at the very name, which ends the wildcard's say there, or remove the wildcard. It ends it for the host above the name, too (RFC 4592 2.2.2): a host that only the wildcard makes needs records of its own first.",
            rule: "RFC 4592 3"
        ),
        .init(
            "empty-non-terminal",
            .record,
            [.notice],
            means:
                "The name exists without the record, because names stand below it or it has other records. A wildcard beside it does not reach such a name.",
            causes: ["a wildcard was meant to answer here, and something was published below the name"],
            remedy: "Put the record at the very name.",
            rule: "RFC 4592 2.2.2"
        ),
        .init(
            "doubled-label",
            .record,
            [.error],
            means: "The value is missing where it belongs and stands at a name with the same labels twice.",
            causes: ["a full name was typed into a console that adds the zone's name by itself"],
            remedy: "Enter the name without the zone's own, or with a dot at its end, and remove the doubled one."
        ),
    ]
}

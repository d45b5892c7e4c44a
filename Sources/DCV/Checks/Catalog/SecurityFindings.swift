// The catalogue's entries about DNSSEC.

extension FindingCatalog {
    static let security: [FindingExplanation] = [
        .init(
            "dnssec-bogus",
            .dnssec,
            [.error, .notice],
            means:
                "The answer fails DNSSEC validation. A CA's resolver turns it into SERVFAIL, and the CA must refuse.",
            causes: [
                "signatures have expired",
                "the DS at the parent fits no key of the zone (a key roll or a move that is half done)",
                "one server serves an old or unsigned copy",
            ],
            remedy:
                "Repair the zone's signatures, or its DS record at the registrar; removing the DS makes the zone unsigned and provable.",
            rule: "RFC 4035 5; BR 3.2.2.8.1, 4.2.2.2"
        ),
        .init(
            "dnssec-indeterminate",
            .dnssec,
            [.waiting],
            means:
                "Too little was seen of the keys and signatures between the root and the zone to say whether they hold. A CA that cannot validate must refuse.",
            causes: [
                "a server of the zone or its parent does not answer questions for DS or DNSKEY",
                "large answers are lost on the way: no TCP, or fragments are dropped",
                "this machine's clock is wrong", "the zone has more keys or signatures than are looked at",
            ],
            remedy:
                "Let the servers answer for DS and DNSKEY over UDP and TCP, and set this machine's clock; `delv +vtrace` shows the chain.",
            rule: "RFC 4033 5; BR 4.2.2.2"
        ),
        .init(
            "signatures-end-soon",
            .dnssec,
            [.notice],
            means:
                "A signature of the proof's zone holds now and ends within 3 days, with less than a tenth of its life left. Signers renew earlier: it looks as if nobody signs the zone any more.",
            causes: [
                "the zone was signed by hand, or by a job that no longer runs",
                "a secondary that has not fetched the newly signed zone", "a key that the signer can no longer use",
            ],
            remedy: "Sign the zone again, and look why that is not done by itself. Once they end, CAs must refuse.",
            rule: "RFC 4035 5.3.1"
        ),
        .init(
            "dnssec-not-examined",
            .dnssec,
            [.notice],
            means:
                "Nothing was validated, because the resolver named under `via:` hands on no signatures, or declines the question for the root's keys. A bogus zone is not seen before the CA sees it.",
            causes: ["the resolver is a forwarder that drops DNSSEC records, or refuses what it does not know"],
            remedy:
                "Name a resolver under `via:` that hands on signatures, or let this machine reach port 53 of the root servers."
        ),
    ]
}

// The catalogue's entries about the record itself: what stands at its name, beside it or in its way.

extension FindingCatalog {
    static let record: [FindingExplanation] = [
        .init(
            "other-value",
            .record,
            [.error],
            means: "Where the wanted CNAME must stand, another one stands. A name holds one CNAME only.",
            causes: [
                "an older proof, or one for another provider", "the zone is delegated to another validation service",
            ],
            remedy: "Change or remove the other one by hand; this program replaces nothing.",
            rule: "RFC 2181 10.1"
        ),
        .init(
            "cname-loop",
            .record,
            [.error],
            means: "The CNAMEs at the name lead back to one of themselves: nobody ever comes to a value.",
            causes: ["two delegations of the challenge name that point at each other"],
            remedy: "Break the loop.",
            rule: "RFC 1034 3.6.2"
        ),
        .init(
            "cname-chain-too-long",
            .record,
            [.error],
            means: "More CNAMEs follow one another than resolvers of CAs follow.",
            causes: ["delegations that pass through several services"],
            remedy: "Shorten the chain: point the challenge name straight at its end."
        ),
        .init(
            "cname-differs",
            .record,
            [.waiting],
            means: "One name server shows a CNAME at the name and another one shows something else.",
            causes: ["a change has not reached every server yet", "two servers are fed from different sources"],
            remedy: "Wait until all name servers agree, or repair the one that differs."
        ),
        .init(
            "cname-in-the-way",
            .record,
            [.error],
            means:
                "The record must stand at a name where a CNAME leads away, to a zone this agent may not write to. Nothing was written.",
            causes: [
                "the challenge name is delegated to a validation service of somebody else",
                "a wildcard CNAME covers the challenge name",
            ],
            remedy: "Remove the CNAME, or name the target's zone under `publish.delegations` if it is yours.",
            rule: "publish.delegations"
        ),
        .init(
            "host-without-address",
            .http,
            [.error],
            means: "The host of the token file has no address, so no CA can fetch anything from it.",
            causes: ["no A and no AAAA record", "a CNAME to a host that is gone", "only special-use addresses"],
            remedy: "Give the host an A or AAAA record, or prove the domain by DNS."
        ),
    ]
}

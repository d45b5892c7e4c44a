// The catalogue's entries about the record itself: what stands at its name, beside it or in its way.

extension FindingCatalog {
    static let record: [FindingExplanation] = [
        .init(
            "name-missing",
            .record,
            [.notice],
            means:
                "The servers of the zone say that the name which was asked for does not exist (NXDOMAIN): no record of any type, and nothing below it.",
            causes: ["a slip of the pen", "the name was never published, or has been removed"],
            remedy:
                "Look at the spelling. A proof needs its own record alone, which can be published at or below such a name.",
            rule: "RFC 8020"
        ),
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
            "cname-to-nothing",
            .record,
            [.notice],
            means:
                "A CNAME leads to a name that does not exist, or whose whole domain does not. In the first case what is wanted is missing there; in the second whoever registers the domain can prove the name.",
            causes: [
                "the record at the target has not been published yet", "a typing error in the target",
                "a validation service that is no longer used, or whose domain has ended",
            ],
            remedy: "Publish what is wanted at the target, or correct or remove the CNAME.",
            rule: "RFC 2308 2.1"
        ),
        .init(
            "cname-flattened",
            .record,
            [.error],
            means:
                "The name where a CNAME must stand answers with addresses and without a CNAME. A CA sees no CNAME, however the zone looks in the provider's console.",
            causes: [
                "the record is proxied at a content delivery network", "CNAME flattening, ALIAS or ANAME",
                "A or AAAA records were entered under that name",
            ],
            remedy: "Switch proxy and flattening off for this record (\"DNS only\"), or remove the addresses.",
            rule: "BR 3.2.2.4.7"
        ),
        .init(
            "txt-in-place-of-cname",
            .record,
            [.error],
            means:
                "A TXT record stands at the name where a CNAME must, instead of it or beside it. A CA that meets the TXT record never comes to the CNAME's target.",
            causes: [
                "a token of an earlier validation was left there",
                "a DNS provider that places its own token at the challenge name",
            ],
            remedy: "Remove the TXT record; a CNAME stands alone at its name.",
            rule: "RFC 1034 3.6.2"
        ),
        .init(
            "label-left-out",
            .record,
            [.error],
            means:
                "The value is missing where it belongs and stands one level higher, without the label that begins with an underscore.",
            causes: ["only the domain was typed into the console's name field", "the label was taken for an example"],
            remedy: "Enter the whole name, underscore label included, and remove the record that stands too high."
        ),
        .init(
            "value-in-quotes",
            .record,
            [.error],
            means: "The TXT value is there with quotes that belong to it. CAs compare octet by octet.",
            causes: ["a value in quotes was typed into a console or API that adds quotes by itself"],
            remedy: "Enter the value without quotes."
        ),
        .init(
            "value-with-spaces",
            .record,
            [.error],
            means: "The TXT value is there with spaces or line ends around it. CAs compare octet by octet.",
            causes: ["copied with a space or a line end", "made by a script with `echo` instead of `printf`"],
            remedy: "Enter the value without them."
        ),
        .init(
            "value-in-other-case",
            .record,
            [.error],
            means: "The TXT value is there with other capital and small letters. Tokens are told apart by them.",
            causes: ["a console, a script or a spreadsheet that changes the letter case", "typed by hand"],
            remedy: "Enter the value as it was given."
        ),
        .init(
            "persist-until-passed",
            .record,
            [.error, .notice],
            means:
                "A standing proof (`_validation-persist`) names a moment up to which it holds, and that moment has passed. CAs must not accept it.",
            causes: ["nobody renewed the record", "an old record stands where a newer one is wanted"],
            remedy: "Replace the record by a new one of the CA's, with a later `persistUntil` or none.",
            rule: "BR 3.2.2.4.22"
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

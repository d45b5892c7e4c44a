// The catalogue's entries about CAA.

extension FindingCatalog {
    static let caa: [FindingExplanation] = [
        .init(
            "caa-forbids",
            .caa,
            [.error, .waiting, .notice],
            means:
                "The closest CAA records to the name let none of the CAs issue that the provider may use. A validation would fail and void the tokens, so the provider is not told to look.",
            causes: [
                "the records name another CA than the provider's",
                "records of a domain above, made for something else, hold for the name too",
                "issuewild forbids wildcards", "validationmethods or accounturi names another way or account",
            ],
            remedy: "Add the record that the finding names, or let the provider use a CA that is allowed.",
            rule: "caa.check; RFC 8659 3 and 4"
        ),
        .init(
            "caa-critical-unknown",
            .caa,
            [.error, .waiting, .notice],
            means: "A CAA record with the critical flag has a tag that CAs do not know. Every CA must refuse then.",
            causes: ["a typing error in the tag", "a flag of 1 or 128 that was not meant"],
            remedy: "Remove the record, or set its flags to 0.",
            rule: "caa.check; RFC 8659 4.1"
        ),
        .init(
            "caa-unknown",
            .caa,
            [.waiting, .notice],
            means:
                "On the way from the name to its top-level domain, CAA records could not be seen at one name. A CA that gets no answer refuses, so the provider is not told to look.",
            causes: [
                "name servers that answer SERVFAIL or nothing to questions of type CAA", "a zone whose signatures fail",
                "an empty answer without the zone's SOA, which CAs' resolvers turn into SERVFAIL",
                "a CNAME loop, too many CNAMEs, or one whose target is no usable name",
                "name servers that were out of reach for a moment",
            ],
            remedy:
                "Let every name server answer CAA questions, with NOERROR and the SOA also when there is no record.",
            rule: "caa.check; BR 4.2.2.1"
        ),
        .init(
            "caa-depends",
            .caa,
            [.notice],
            means:
                "Whether CAA allows the certificate depends on something that cannot be seen from here: which of several CAs the provider chooses, or its account at the CA.",
            causes: [
                "the records name some of the CAs that the provider may use",
                "accounturi or validationmethods restricts a record",
                "the provider does not say which CA it uses",
            ],
            remedy: "Name every CA that the provider may use, or say which one it is under caa.issuers in the policy.",
            rule: "RFC 8659 4.2; RFC 8657"
        ),
        .init(
            "caa-differs",
            .caa,
            [.notice],
            means:
                "Name servers of one zone show different CAA records. A CA may meet any of them, so what the strictest one shows counts.",
            causes: [
                "a change that has not reached every server yet", "a secondary that does not get the zone any more",
                "two DNS providers whose records are kept by hand",
            ],
            remedy: "Give every name server the same CAA records.",
            rule: "caa.check; BR 3.2.2.9"
        ),
        .init(
            "caa-bogus",
            .caa,
            [.notice],
            means:
                "The CAA answers of some name servers fail DNSSEC validation while those of others hold. A CA's resolver goes on to another server, so it blocks nothing; what fails at all servers is told as caa-unknown.",
            causes: [
                "a secondary that does not get the zone any more, so that its signatures have ended",
                "a server that serves the zone without its signatures",
            ],
            remedy: "Give every name server the zone as it is signed now.",
            rule: "caa.check; RFC 4035 5.5"
        ),
    ]
}

// What holds for each name of the signed world, and a piece of the reason.

struct SignedWorldCase {
    let name: String
    let status: String
    var reason: String?

    /// Where Unbound is laxer than we and BIND are.
    var unbound: String { name.contains("bothdigests") ? "secure" : status }

    /// Names in a zone that tells of everything it does not have.
    private static func inside(_ zone: String) -> [SignedWorldCase] {
        [
            .init(name: zone, status: "secure"), .init(name: "_acme-challenge.\(zone)", status: "secure"),
            .init(name: "many.\(zone)", status: "secure"), .init(name: "x.wild.\(zone)", status: "secure"),
            .init(name: "a.b.wild.\(zone)", status: "secure"), .init(name: "no.\(zone)", status: "secure"),
            .init(name: "a.b.c.no.\(zone)", status: "secure"), .init(name: "ent.\(zone)", status: "secure"),
            .init(name: "below.ent.\(zone)", status: "secure"),
            .init(name: "x.deep.below.ent.\(zone)", status: "secure"),
            .init(name: "alias.\(zone)", status: "secure"), .init(name: "x.wildalias.\(zone)", status: "secure"),
            .init(name: "x.moved.\(zone)", status: "secure"),
            .init(name: "plainalias.\(zone)", status: "insecure", reason: "test proves that plain.test has no DS"),
            .init(name: "badalias.\(zone)", status: "bogus", reason: "expired 2020-02-01T00:00:00Z"),
        ]
    }

    /// Names whose proofs an opt-out gap or too many iterations weaken.
    private static func weak(_ zone: String, _ reason: String) -> [SignedWorldCase] {
        ["x.wild", "a.b.wild", "no", "a.b.c.no", "x.wildalias"]
            .map { .init(name: "\($0).\(zone)", status: "insecure", reason: reason) }
            + [
                .init(name: "_acme-challenge.\(zone)", status: "secure"), .init(name: "many.\(zone)", status: "secure"),
                .init(name: "alias.\(zone)", status: "secure"),
            ]
    }

    private static let algorithms = [8, 10, 13, 14, 15, 16].flatMap { number in
        ["_acme-challenge", "x.wild", "no"].map { SignedWorldCase(name: "\($0).alg\(number).test", status: "secure") }
    }

    private static let wholeZones: [SignedWorldCase] =
        [
            ("expired.test", "bogus", "over DNSKEY of expired.test expired 2020-02-01T00:00:00Z (key "),
            ("child.expired.test", "bogus", "expired.test: RRSIG over DNSKEY"),
            ("future.test", "bogus", "is not valid before 2060-01-01T00:00:00Z"),
            ("wrongds.test", "bogus", "matches no DNSKEY; the zone has"),
            ("nods.test", "insecure", "test proves that nods.test has no DS"),
            ("plain.test", "insecure", "test proves that plain.test has no DS"),
            ("stripped.test", "bogus", "no DNSKEY, though the DS at its parent names one"),
            ("mixed.test", "secure", nil), ("onemissing.test", "secure", nil),
            ("unknownalgorithm.test", "insecure", "algorithm 253, digest 2 (SHA-256)"),
            ("unknowndigest.test", "insecure", "algorithm 13 (ECDSAP256SHA256), digest 99"),
            ("sha1.test", "secure", nil), ("sha384.test", "secure", nil),
            ("bothdigests.test", "bogus", "matches no DNSKEY"),
            ("nokeysig.test", "bogus", "no RRSIG over DNSKEY of nokeysig.test"),
            ("otherkey.test", "bogus", "the set must be signed by key "),
        ]
        .flatMap { zone, status, reason in
            ["_acme-challenge", "no"].map { SignedWorldCase(name: "\($0).\(zone)", status: status, reason: reason) }
        }

    private static let faults: [SignedWorldCase] = [
        .init(
            name: "_acme-challenge.nosig.test",
            status: "bogus",
            reason: "no RRSIG over TXT of _acme-challenge.nosig"
        ),
        .init(name: "no.nosig.test", status: "secure"),
        .init(
            name: "_acme-challenge.wrongsigner.test",
            status: "bogus",
            reason: "names the signer nsec.test instead of wrongsigner.test"
        ),
        .init(
            name: "_acme-challenge.badtext.test",
            status: "bogus",
            reason: "RRSIG over TXT of _acme-challenge.badtext"
        ),
        .init(name: "no.badtext.test", status: "secure"),
        .init(name: "_acme-challenge.badsoa.test", status: "secure"),
        .init(name: "no.badsoa.test", status: "bogus", reason: "over SOA of badsoa.test does not verify"),
        .init(name: "_acme-challenge.nodenial.test", status: "secure"),
        .init(name: "no.nodenial.test", status: "bogus", reason: "no NSEC or NSEC3 record proves it"),
        .init(name: "x.wild.nodenial.test", status: "bogus", reason: "no NSEC or NSEC3 record proves it"),
        .init(name: "_acme-challenge.expiredsig.test", status: "bogus", reason: "expired 2020-02-01T00:00:00Z (key "),
        .init(name: "no.expiredsig.test", status: "secure"),
        .init(name: "_acme-challenge.plain.opt", status: "insecure", reason: "opt proves that plain.opt has no DS"),
        .init(name: "_acme-challenge.secure.opt", status: "secure"),
        .init(name: "_acme-challenge.plain.gap", status: "insecure", reason: "gap proves that plain.gap has no DS"),
        .init(name: "_acme-challenge.secure.gap", status: "secure"),
    ]

    static let all =
        algorithms + inside("nsec.test") + inside("nsec3.test") + inside("salted.test") + inside("bind.test")
        + inside("bind3.test")
        + weak("optout.test", "opt-out") + weak("iterations.test", "200 iterations, more than 150")
        + weak("bomb.test", "65535 iterations, more than 150") + wholeZones + faults
}

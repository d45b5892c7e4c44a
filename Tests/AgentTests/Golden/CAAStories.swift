// Stories of CAA: who may issue, and what is done while nobody may or nobody knows.

import DCV

private let shop = "_acme-challenge.shop.example.com"

extension Story {
    private typealias Text = StoryText

    private static let cloudflare = ["letsencrypt.org", "pki.goog", "ssl.com"]
    private static let oneAccount = CAARecord(0, "issue", "letsencrypt.org; accounturi=https://ca.example/acct/1")

    /// An order whose record is shown everywhere, and what CAA says about it.
    private static func shown(
        _ name: String,
        issuers: [String] = ["letsencrypt.org"],
        names: [String] = ["shop.example.com"],
        _ sighting: Sighting = StoryText.present,
        _ more: @escaping @Sendable (inout StoryWorld) throws -> Void
    ) -> Story {
        Story(name) { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", names, [record], issuers: issuers)
            try world.see(record, sighting)
            try more(&world)
        }
    }

    /// What the CAA records on the way up mean for a provider that is about to be told to look.
    static let allowing = [
        shown("caa-allows") { world in
            try world.climb("shop.example.com", [.none, .records([CAARecord(0, "issue", "letsencrypt.org")])])
        },
        shown("caa-forbids") { world in
            try world.climb("shop.example.com", [.none, .records([CAARecord(0, "issue", "pki.goog")])])
        },
        shown("caa-forbids-at-one-server") { world in
            let own = CAAClimb.Answer.records([CAARecord(0, "issue", "letsencrypt.org")])
            try world.climb("shop.example.com", [.none, own], other: .records([CAARecord(0, "issue", "pki.goog")]))
        },
        shown("caa-differs-and-allows") { world in
            let own = CAAClimb.Answer.records([CAARecord(0, "issue", "letsencrypt.org")])
            try world.climb("shop.example.com", [.none, own], other: CAAClimb.Answer.none)
        },
        shown("caa-forbids-and-the-record-is-missing", StoryText.absent) { world in
            try world.climb("shop.example.com", [.none, .records([CAARecord(0, "issue", ";")])])
        },
        shown("caa-forbids-the-wildcard", issuers: cloudflare, names: ["shop.example.com", "*.shop.example.com"]) {
            world in
            try world.climb(
                "shop.example.com",
                [
                    .none,
                    .records(
                        cloudflare.map { CAARecord(0, "issue", $0) } + [CAARecord(0, "issuewild", "digicert.com")]
                    ),
                ]
            )
        },
        shown("caa-forbids-and-is-only-reported") { world in
            world.policy.caa.check = .report
            try world.climb("shop.example.com", [.none, .records([CAARecord(0, "issue", "pki.goog")])])
        },
        shown("caa-is-critical-and-unknown") { world in
            try world.climb("shop.example.com", [.records([CAARecord(128, "isue", "letsencrypt.org")])])
        },
        shown("caa-depends-on-the-ca", issuers: cloudflare) { world in
            try world.climb("shop.example.com", [.none, .records([CAARecord(0, "issue", "pki.goog")])])
        },
        shown("caa-depends-on-an-unknown-ca", issuers: []) { world in
            try world.climb(
                "shop.example.com",
                [.records([CAARecord(0, "issue", "navercloudtrust.com")])],
                failing: ["192.0.2.54 answers SERVFAIL"]
            )
        },
        shown("caa-names-one-account") { world in
            try world.climb("shop.example.com", [.records([oneAccount])])
        },
        shown("caa-names-one-account-and-one-attempt-was-made") { world in
            try world.climb("shop.example.com", [.records([oneAccount])])
            try world.did(.trigger(style: .patch), for: "pack-1", secondsAgo: 7200, .done)
        },
        shown("caa-names-one-account-and-a-neighbour-was-retried") { world in
            try world.climb("shop.example.com", [.records([oneAccount])])
            try world.did(.trigger(style: .retry), for: "pack-2", secondsAgo: 7200, .done)
        },
        shown("caa-names-the-ca-in-capitals") { world in
            try world.climb("shop.example.com", [.records([CAARecord(0, "issue", "LetsEncrypt.org")])])
        },
        shown("caa-issuers-of-the-policy", issuers: cloudflare) { world in
            world.policy.caa.issuers = [try DomainName("pki.goog")]
            try world.climb("shop.example.com", [.none, .records([CAARecord(0, "issue", "pki.goog")])])
        },
        shown("caa-cannot-be-seen") { world in
            try world.climb(
                "shop.example.com",
                [.failed(reason: "192.0.2.53 answers SERVFAIL; 192.0.2.54 answers SERVFAIL")]
            )
        },
        Story("caa-hinders-a-change-of-method") { world in
            world.publishers = [StoryWorld.web]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record], issuers: ["letsencrypt.org"])
            try world.see(record, Text.absent)
            try world.climb("shop.example.com", [.records([CAARecord(0, "issue", "pki.goog")])])
        },
    ]
}

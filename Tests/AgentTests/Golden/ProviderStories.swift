// Stories of what providers differ in: proofs that run out, places that a provider fills itself, records that come later.

import DCV

private let shop = "_acme-challenge.shop.example.com"
private let day: Int64 = 86_400

extension Story {
    private typealias Text = StoryText

    /// A proof that still holds, and how long.
    private static func proved(
        _ name: String,
        daysLeft: Int64,
        daysHeld: Int64? = nil,
        _ more: @escaping @Sendable (inout StoryWorld) throws -> Void = { _ in }
    ) -> Story {
        Story(name) { world in
            try world.order(
                "domain-1",
                ["example.com"],
                [],
                status: daysLeft > 0 ? .valid : .dead,
                says: daysLeft > 0 ? "complete" : "expired",
                triggers: [.patch],
                revalidations: [.txt, .cname, .http],
                proof: ProofPeriod(
                    from: daysHeld.map { StoryWorld.now.adding(seconds: -$0 * day) },
                    until: StoryWorld.now.adding(seconds: daysLeft * day)
                )
            )
            try more(&world)
        }
    }

    /// Proofs that are renewed before they run out (BR 4.2.1).
    static let renewing = [
        proved("proof-holds-long-enough", daysLeft: 31),
        proved("proof-runs-out-soon", daysLeft: 29, daysHeld: 170),
        proved("short-proof-is-not-renewed-at-once", daysLeft: 9, daysHeld: 1),
        proved("short-proof-runs-out-soon", daysLeft: 3, daysHeld: 7),
        proved("proof-has-run-out", daysLeft: -1, daysHeld: 200),
        proved("proof-is-left-to-run-out", daysLeft: 2) { $0.policy.revalidate.beforeExpirySeconds = 0 },
        proved("renewal-was-begun", daysLeft: 20) { world in
            try world.did(.revalidate(by: .txt), for: "domain-1", secondsAgo: 40, .done)
        },
        proved("renewal-was-refused", daysLeft: 20) { world in
            try world.did(
                .revalidate(by: .txt),
                for: "domain-1",
                secondsAgo: 40,
                .failed,
                code: "provider-refused",
                reason: "HTTP 400, code bad_request_format",
                restSeconds: 600
            )
        },
        proved("nobody-can-show-the-renewal", daysLeft: 20) { $0.publishers = [] },
    ]

    /// Where the provider answers itself.
    static let placing = [
        Story("zone-is-the-providers-own") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order(
                "pack-1",
                ["shop.example.com"],
                [record],
                placements: [.zone(apex: try DomainName("example.com"))]
            )
            try world.see(record, Text.absent)
        },
        Story("label-is-delegated-away-from-the-provider") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order(
                "pack-1",
                ["shop.example.com"],
                [record],
                placements: [.zone(apex: try DomainName("com"))]
            )
            try world.see(record, Text.absent)
        },
        Story("delegated-to-the-provider") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order(
                "pack-1",
                ["shop.example.com"],
                [record],
                placements: [.below(name: try DomainName("dcv.cloudflare.com"))]
            )
            try world.see(record, Text.absent, chain: [shop, "shop.example.com.0f461ad6a17edc91.dcv.cloudflare.com"])
        },
        Story("order-without-records-yet") { world in
            try world.order("pack-1", ["shop.example.com"], [], says: "pending_validation")
            try world.order("pack-2", ["blog.example.com"], [], status: .busy, says: "initializing")
        },
    ]
}

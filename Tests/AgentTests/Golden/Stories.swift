// The stories, each a world and a true name: what was there, what the agent must plan.

import DCV
import Testing

/// One story: its situation is committed as `Fixtures/situations/NAME.json`, its plan as `NAME.plan.txt`.
struct Story: Sendable, CustomTestStringConvertible {
    let name: String
    let tell: @Sendable (inout StoryWorld) throws -> Void

    init(_ name: String, _ tell: @escaping @Sendable (inout StoryWorld) throws -> Void) {
        self.name = name
        self.tell = tell
    }

    var testDescription: String { name }

    func situation() throws -> Situation {
        var world = StoryWorld()
        try tell(&world)
        return try world.situation()
    }

    static let all = publishing + seeing + triggering + withdrawing + leaving + refusing + renewing + placing + allowing
}

private let shop = "_acme-challenge.shop.example.com"

extension Story {
    private typealias Text = StoryText

    /// What is missing and who shows it.
    static let publishing = [
        Story("txt-missing-everywhere") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
        },
        Story("txt-missing-beside-others") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.wrong("token-of-another-order"))
        },
        Story("apex-and-wildcard-two-values") { world in
            let one = try Text.txt("_acme-challenge.example.com", "token-apex")
            let two = try Text.txt("_acme-challenge.example.com", "token-wildcard")
            try world.order("pack-1", ["example.com", "*.example.com"], [one, two])
            try world.see(one, .present(others: []), Text.absent)
            try world.see(two, Text.wrong("token-apex"), Text.absent)
        },
        Story("cname-already-there") { world in
            let record = try Text.cname(shop, "shop.dcv.example.net")
            try world.order("pack-1", ["shop.example.com"], [record], method: .cname)
            try world.see(record, Text.present)
        },
        Story("http-needs-method-change") { world in
            world.publishers = [StoryWorld.web]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
        },
        Story("mail-becomes-txt") { world in
            try world.order("pack-1", ["shop.example.com"], [], says: "pending_validation", method: .email)
        },
        Story("method-is-never-changed") { world in
            world.policy.methods = []
            world.publishers = [StoryWorld.web]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
        },
        Story("publisher-has-not-answered") { world in
            world.publishers = [.init(name: "bind", kinds: nil), StoryWorld.web]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
        },
        Story("method-changed-a-moment-ago") { world in
            world.publishers = [StoryWorld.web]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
            try world.did(.changeMethod(to: .http), for: "pack-1", secondsAgo: 20, .done)
        },
        Story("wildcard-is-never-proved-by-http") { world in
            world.publishers = [StoryWorld.web]
            let record = try Text.txt("_acme-challenge.example.com", "token-1")
            try world.order("pack-1", ["*.example.com"], [record])
            try world.see(record, Text.absent)
        },
        Story("nobody-can-publish") { world in
            world.publishers = []
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
        },
        Story("file-missing") { world in
            let record = try Text.file("shop.example.com", "ca3.txt", "ca3-body")
            try world.order("pack-1", ["shop.example.com"], [record], method: .http)
            try world.see(record, .absent(negativeTTLSeconds: 0))
        },
        Story("cname-in-the-way") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent, chain: [shop, "shop.proofs.example.org"])
        },
        Story("zone-not-delegated") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            let look = try StoryWorld.nameServer(1, "192.0.2.53", Text.absent)
            world.surveys.append(
                Survey(record: record, at: StoryWorld.now, zone: try DomainName("com"), observations: [look])
            )
        },
        Story("file-of-another-host") { world in
            let record = try Text.file("example.com", "ca3.txt", "ca3-body")
            try world.order("pack-1", ["shop.example.com"], [record], method: .http)
            try world.see(record, .absent(negativeTTLSeconds: 0))
        },
        Story("delegated-cname-allowed") { world in
            world.policy.publish.delegations = [try DomainName("proofs.example.com")]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent, chain: [shop, "shop.proofs.example.com"])
        },
        // What a wildcard's CNAME swallows stands at its own name as soon as something is put there.
        Story("wildcard-cname") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.seeUnderWildcard(record, leadingTo: "lb.elsewhere.example.org")
        },
        Story("wildcard-cname-in-the-providers-zone") { world in
            let record = try Text.txt(shop, "token-1")
            let placement = ProviderPlacement.zone(apex: try DomainName("example.com"))
            try world.order("pack-1", ["shop.example.com"], [record], placements: [placement])
            try world.seeUnderWildcard(record, leadingTo: "lb.elsewhere.example.org")
        },
        Story("wildcard-cname-delegated") { world in
            world.policy.publish.delegations = [try DomainName("proofs.example.com")]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.seeUnderWildcard(record, leadingTo: "all.proofs.example.com")
        },
        Story("changes-per-run-spent") { world in
            world.policy.publish.changesPerRun = 1
            for number in 1...2 {
                let record = try Text.txt("_acme-challenge.h\(number).example.com", "token-\(number)")
                try world.order("pack-\(number)", ["h\(number).example.com"], [record])
                try world.see(record, Text.absent)
            }
        },
        Story("two-certificates-want-one-record") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.order("pack-2", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
        },
        Story("published-and-not-seen-yet") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 30, .done)
        },
        Story("crash-after-publish-intent") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 30, nil)
        },
        Story("hook-lied") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
            try world.did(
                try StoryWorld.publishing(record),
                for: "pack-1",
                secondsAgo: 150,
                .done,
                code: Receipt.unseenCode
            )
        },
        Story("hook-complained") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, .present(others: []), Text.absent)
            try world.did(
                try StoryWorld.publishing(record),
                for: "pack-1",
                secondsAgo: 30,
                .done,
                code: Receipt.complainedCode,
                reason: "rndc: connection refused (exit code 1)"
            )
        },
        Story("hook-replaces-and-others-stand") { world in
            world.publishers = [.init(name: "bind", kinds: [.txt, .cname], broken: [.keepsOthers])]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.wrong("token-of-another-order"))
        },
        Story("hook-replaces-and-nothing-stands") { world in
            world.publishers = [.init(name: "bind", kinds: [.txt, .cname], broken: [.keepsOthers])]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
        },
        Story("hook-replaces-and-another-adds") { world in
            let replacing = Situation.PublisherView(name: "bind", kinds: [.txt, .cname], broken: [.keepsOthers])
            world.publishers = [replacing, .init(name: "knot", kinds: [.txt])]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.wrong("token-of-another-order"))
        },
        Story("hook-backs-off") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
            try world.did(
                try StoryWorld.publishing(record),
                for: "pack-1",
                secondsAgo: 30,
                .failed,
                code: "hook-try-later",
                reason: "the server did not answer",
                restSeconds: 90
            )
        },
        Story("hook-misconfigured") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
            try world.did(
                try StoryWorld.publishing(record),
                for: "pack-1",
                secondsAgo: 30,
                .failed,
                code: "hook-misconfigured",
                reason: "DNSPROOF_SETTING_SERVER is not set",
                restSeconds: 90
            )
        },
        Story("hook-not-my-zone") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
            try world.did(
                try StoryWorld.publishing(record),
                for: "pack-1",
                secondsAgo: 30,
                .failed,
                code: "hook-not-my-zone",
                reason: "192.0.2.53 serves no zone example.com (exit code 69)",
                restSeconds: 90
            )
        },
        Story("quarantined-publisher") { world in
            world.publishers = [StoryWorld.bind]
            world.quarantined = ["bind": "at \(shop) it took away \"token-of-another-order\""]
            let record = try Text.txt(shop, "token-2")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
        },
    ]

    /// What stands between a published record and a trigger.
    static let seeing = [
        Story("one-ns-lags") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present, Text.absent)
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 12, .done)
        },
        Story("lame-server-blocks") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present, .notServed(reason: "REFUSED"))
        },
        Story("server-unreachable") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present, .unreachable(reason: "no answer in 5 s"))
        },
        Story("server-unreachable-is-tolerated") { world in
            world.policy.propagation.unreachable = .atMost(1)
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present, .unreachable(reason: "no answer in 5 s"))
        },
        Story("nobody-answers") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, .unreachable(reason: "no answer in 5 s"))
        },
        Story("dead-ipv6-address") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            let dead = try StoryWorld.nameServer(2, "2001:db8::53", .unreachable(reason: "network is unreachable"))
            try world.see(record, Text.present, and: [dead])
        },
        Story("other-cname-value") { world in
            let record = try Text.cname(shop, "new.dcv.example.net")
            try world.order("pack-1", ["shop.example.com"], [record], method: .cname)
            try world.see(record, Text.wrong("old.dcv.example.net"))
        },
        Story("dnssec-bogus") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present, .bogus(reason: "the signature of the RRset has expired"))
        },
        Story("zone-cut-unknown") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            world.surveys.append(
                Survey(
                    record: record,
                    at: StoryWorld.now,
                    zone: nil,
                    observations: [],
                    problems: [.init(.zoneCutUnknown, "the servers of com. did not answer")]
                )
            )
        },
        Story("resolver-holds-negative-answer") { world in
            world.policy.propagation.resolvers = ["quad9", "local"]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            let resolvers = [
                try StoryWorld.resolver("quad9", "9.9.9.9", .absent(negativeTTLSeconds: 840)),
                try StoryWorld.resolver("local", "127.0.0.53", Text.present),
            ]
            try world.see(record, Text.present, and: resolvers)
        },
    ]
}

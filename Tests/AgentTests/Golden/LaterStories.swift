// The stories from the trigger on: budgets, what is taken away afterwards, and what is left alone.

import DCV

private let shop = "_acme-challenge.shop.example.com"
private let day: Int64 = 86_400

extension Story {
    private typealias Text = StoryText

    /// When the provider is told to look.
    static let triggering = [
        Story("everything-shown") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present)
        },
        Story("provider-looks-by-itself") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record], triggers: [], methods: [])
            try world.see(record, Text.present)
        },
        Story("provider-looks-by-itself-soon-after-publishing") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record], triggers: [], methods: [])
            try world.see(record, Text.present)
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 20, .done)
        },
        Story("told-a-moment-ago") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present)
            try world.did(.trigger(style: .patch), for: "pack-1", secondsAgo: 20, .done)
        },
        Story("looked-and-did-not-find-it") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present)
            try world.did(
                .trigger(style: .patch),
                for: "pack-1",
                secondsAgo: 20,
                .done,
                code: Receipt.missedCode,
                reason: "HTTP 400, code invalid_dns_txt"
            )
        },
        Story("crash-after-trigger-intent") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present)
            try world.did(.trigger(style: .patch), for: "pack-1", secondsAgo: 20, nil)
        },
        Story("provider-asks-for-patience") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present)
            try world.did(
                .trigger(style: .patch),
                for: "pack-1",
                secondsAgo: 20,
                .failed,
                code: "rate-limited",
                reason: "429: too many requests",
                restSeconds: 250
            )
        },
        Story("pace-holds-second-trigger") { world in
            for number in 1...2 {
                let record = try Text.txt("_acme-challenge.h\(number).example.com", "token-\(number)")
                try world.order("pack-\(number)", ["h\(number).example.com"], [record])
                try world.see(record, Text.present)
            }
        },
        Story("retry-covers-the-zone") { world in
            world.policy.trigger.action = .retry
            for number in 1...2 {
                let record = try Text.txt("_acme-challenge.h\(number).example.com", "token-\(number)")
                try world.order("pack-\(number)", ["h\(number).example.com"], [record])
                try world.see(record, Text.present)
            }
        },
        Story("retry-gives-way-to-a-patch") { world in
            world.policy.trigger.action = .retry
            let records = try (1...2).map { try Text.txt("_acme-challenge.h\($0).example.com", "token-\($0)") }
            for (index, record) in records.enumerated() {
                try world.order("pack-\(index + 1)", ["h\(index + 1).example.com"], [record])
            }
            try world.see(records[0], Text.present)
            try world.see(records[1], Text.present, Text.absent)
        },
        Story("retry-waits-for-the-zone") { world in
            let records = try (1...2).map { try Text.txt("_acme-challenge.h\($0).example.com", "token-\($0)") }
            for (index, record) in records.enumerated() {
                try world.order("pack-\(index + 1)", ["h\(index + 1).example.com"], [record], triggers: [.retry])
            }
            try world.see(records[0], Text.present)
            try world.see(records[1], Text.present, Text.absent)
        },
        Story("retry-would-reach-what-is-watched") { world in
            for number in 1...2 {
                let record = try Text.txt("_acme-challenge.h\(number).example.com", "token-\(number)")
                try world.order("pack-\(number)", ["h\(number).example.com"], [record], triggers: [.retry])
                try world.see(record, Text.present)
            }
            world.watched = try DomainName("h2.example.com")
        },
        Story("retry-counts-for-each-certificate") { world in
            for number in 1...2 {
                let record = try Text.txt("_acme-challenge.h\(number).example.com", "token-\(number)")
                try world.order("pack-\(number)", ["h\(number).example.com"], [record])
                try world.see(record, Text.present)
            }
            try world.did(.trigger(style: .retry), for: "pack-1", secondsAgo: 60, .done)
        },
        Story("attempts-spent") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present)
            for hours in [23, 20, 15, 10, 5] as [Int64] {
                try world.did(.trigger(style: .patch), for: "pack-1", secondsAgo: hours * 3600, .done)
            }
        },
        Story("refused-calls-are-no-attempts") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present)
            for hours in [5, 4, 3, 2, 1] as [Int64] {
                try world.did(.trigger(style: .patch), for: "pack-1", secondsAgo: hours * 3600, .failed, reason: "503")
            }
        },
        Story("token-expired") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record], expiresAt: StoryWorld.now.adding(seconds: -3600))
            try world.see(record, Text.absent)
        },
    ]

    /// What goes when it has served, and what stays.
    static let withdrawing = [
        Story("valid-withdraws-own-value") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [], status: .valid, says: "active")
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 600, .done)
        },
        Story("everything-valid-and-tidy") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [], status: .valid, says: "active")
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 600, .done)
            let withdrawal = Effect.withdraw(
                record: record,
                target: record.name,
                zone: try DomainName("example.com"),
                publisher: "bind"
            )
            try world.did(withdrawal, for: "pack-1", secondsAgo: 60, .done)
        },
        Story("shared-value-stays-for-other-certificate") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record], status: .valid, says: "active")
            try world.order("pack-2", ["shop.example.com"], [record])
            try world.see(record, Text.present)
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 600, .done)
        },
        Story("rotated-token-withdrawn") { world in
            let (old, new) = (try Text.txt(shop, "token-1"), try Text.txt(shop, "token-2"))
            try world.order("pack-1", ["shop.example.com"], [new])
            try world.see(new, Text.wrong("token-1"))
            try world.did(try StoryWorld.publishing(old), for: "pack-1", secondsAgo: 4000, .done)
        },
        Story("busy-provider-keeps-the-value") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [], status: .busy, says: "pending_issuance")
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 600, .done)
        },
        Story("vanished-yesterday-stays") { world in
            let record = try Text.txt(shop, "token-1")
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: day, .done)
        },
        Story("orphan-after-30-days") { world in
            let record = try Text.txt(shop, "token-1")
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 30 * day, .done)
        },
        Story("withdrawal-failed-and-rests") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [], status: .valid, says: "active")
            try world.did(try StoryWorld.publishing(record), for: "pack-1", secondsAgo: 600, .done)
            let withdrawal = Effect.withdraw(
                record: record,
                target: record.name,
                zone: try DomainName("example.com"),
                publisher: "bind"
            )
            try world.did(
                withdrawal,
                for: "pack-1",
                secondsAgo: 30,
                .failed,
                code: "still-shown",
                reason: "the hook said it is gone, and every name server still shows it",
                restSeconds: 90
            )
        },
        Story("hook-removes-all-and-another-order-waits") { world in
            world.publishers = [.init(name: "bind", kinds: [.txt], broken: [.withdrawsOne])]
            let (served, pending) = (try Text.txt(shop, "token-1"), try Text.txt(shop, "token-2"))
            try world.order("pack-1", ["shop.example.com"], [], status: .valid, says: "active")
            try world.order("pack-2", ["shop.example.com"], [pending])
            try world.see(pending, Text.present)
            try world.did(try StoryWorld.publishing(served), for: "pack-1", secondsAgo: 600, .done)
        },
        Story("hook-removes-all-and-all-may-go") { world in
            world.publishers = [.init(name: "bind", kinds: [.txt], broken: [.withdrawsOne])]
            for number in 1...2 {
                let record = try Text.txt(shop, "token-\(number)")
                try world.order("pack-\(number)", ["shop.example.com"], [], status: .valid, says: "active")
                try world.did(try StoryWorld.publishing(record), for: "pack-\(number)", secondsAgo: 600, .done)
            }
        },
        Story("publisher-left-the-configuration") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [], status: .valid, says: "active")
            try world.did(try StoryWorld.publishing(record, through: "old-bind"), for: "pack-1", secondsAgo: 600, .done)
        },
    ]

    /// What ACME clients have left, which nobody lists.
    static let leaving = [
        Story("acme-client-did-not-come-back") { world in
            let record = try Text.txt(shop, "digest-1")
            try world.did(try StoryWorld.publishing(record), for: "certbot:1f", secondsAgo: 7 * day, .done)
        },
        Story("acme-client-is-at-work") { world in
            let record = try Text.txt(shop, "digest-1")
            try world.did(try StoryWorld.publishing(record), for: "lego:1f", secondsAgo: 7 * day - 1, .done)
        },
        Story("acme-client-is-done-and-it-stands") { world in
            let record = try Text.txt(shop, "digest-1")
            let withdrawal = Effect.withdraw(
                record: record,
                target: record.name,
                zone: try DomainName("example.com"),
                publisher: "bind"
            )
            try world.did(try StoryWorld.publishing(record), for: "dehydrated:1f", secondsAgo: 600, .done)
            try world.did(
                withdrawal,
                for: "dehydrated:1f",
                secondsAgo: 500,
                .failed,
                code: "hook-try-later",
                restSeconds: -60
            )
        },
        Story("acme-client-came-again-after-a-failed-withdrawal") { world in
            let record = try Text.txt(shop, "digest-1")
            let withdrawal = Effect.withdraw(
                record: record,
                target: record.name,
                zone: try DomainName("example.com"),
                publisher: "bind"
            )
            try world.did(
                withdrawal,
                for: "dehydrated:1f",
                secondsAgo: 500,
                .failed,
                code: "hook-try-later",
                restSeconds: -60
            )
            try world.did(try StoryWorld.publishing(record), for: "dehydrated:1f", secondsAgo: 400, .done)
        },
    ]

    /// What is only talked about.
    static let refusing = [
        Story("brand-check") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record], isReviewed: true)
            try world.see(record, Text.absent)
        },
        Story("unknown-status") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record], status: .unknown, says: "pending_soul_searching")
            try world.see(record, Text.absent)
        },
        Story("half-understood") { world in
            let finding = Finding(
                "record-refused",
                .error,
                subject: "cf:pack-1",
                saw: "txt_value \"$(touch x)\": an octet that is not allowed there",
                wanted: "1 to 255 harmless octets",
                advice: "not used and not published; compare with the dashboard"
            )
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record], findings: [finding])
            try world.see(record, Text.absent)
        },
        Story("name-of-a-stranger") { world in
            let record = try Text.txt("_acme-challenge.other.example.com", "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.absent)
        },
        Story("listed-twice") { world in
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present)
        },
        Story("provider-down-others-go-on") { world in
            world.findings = [
                Finding(
                    "provider-unreachable",
                    .waiting,
                    subject: "naver",
                    saw: "no connection in 10 s",
                    wanted: "the list of certificates",
                    advice: "it is read again in the next run"
                )
            ]
            let record = try Text.txt(shop, "token-1")
            try world.order("pack-1", ["shop.example.com"], [record])
            try world.see(record, Text.present)
        },
    ]
}

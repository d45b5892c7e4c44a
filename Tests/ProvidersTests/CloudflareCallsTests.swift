// What a certificate costs in calls, from a missing record to active, printed and held; and the lists that only the
// rehearsed API has to offer.
import DCV
import Platform
import Providers
import Rehearsal
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareCallsTests {
    private static let shop = "3822ff90-1111-4111-8111-0000000000aa"
    private static let hostnameID = "3822ff90-1111-4111-8111-0000000000dd"

    private func zone(
        _ packs: [RehearsedPack],
        kind: RehearsedProviderZone.Kind = .partial,
        _ hostnames: [RehearsedHostname] = []
    ) -> RehearsedProviderZone {
        RehearsedProviderZone(id: Sample.zone, name: "example.com", kind: kind, packs: packs, hostnames: hostnames)
    }

    @Test func aCertificateCostsAListAFreshReadAPatchAndAConfirmingRead() async throws {
        try await RehearsedAccount.run([zone([RehearsedPack(id: Self.shop, hosts: ["shop.example.com"])])]) { account in
            let (api, provider) = (account.api, account.provider)
            let listed = try #require(await provider.read().authorizations.first)
            #expect(listed.status == .pending && listed.records.count == 1)
            account.isShown.value = true
            let fresh = try await provider.refresh(listed).get()
            #expect(fresh == listed)
            try await provider.trigger(fresh, style: .patch).get()
            #expect(await provider.read().authorizations.map { $0.status } == [.valid])
            let routes = account.routes(since: 0)
            let list = [
                "GET /zones", "GET /zones/{zone}/ssl/verification", "GET /zones/{zone}/ssl/certificate_packs",
            ]
            let wanted =
                list + ["GET /zones/{zone}/ssl/verification", "PATCH /zones/{zone}/ssl/verification/{pack}"] + list
            #expect(routes == wanted)
            #expect(api.surprises.isEmpty && api.validations.entries.map { $0.succeeded } == [true])
            print("Cloudflare TXT, from a missing record to active: \(routes.count) calls")
            for (step, calls) in [("list", 3), ("fresh read", 1), ("PATCH", 1), ("confirming read", 3)] {
                print("  \(step): \(calls)")
            }
        }
    }

    @Test func aCustomHostnameCostsAsMuch() async throws {
        var hostname = RehearsedHostname(
            id: Self.hostnameID,
            hostname: "shop.customer.example",
            certificateID: "3822ff90-1111-4111-8111-0000000000de"
        )
        hostname.settings = ["http2": .text("on"), "ciphers": .list(["A", "B"])]
        hostname.bundleMethod = "optimal"
        let zone = zone([], [hostname])
        try await RehearsedAccount.run([zone], ["custom_hostnames": .text("true")]) { account in
            let (api, provider) = (account.api, account.provider)
            let listed = try #require(await provider.read().authorizations.first)
            #expect(listed.status == .pending && listed.challenges.count == 2, "the certificate's, and the owner's")
            account.isShown.value = true
            try await provider.trigger(try await provider.refresh(listed).get(), style: .patch).get()
            #expect(await provider.read().authorizations.map { $0.status } == [.valid])
            #expect(api.hostname(Self.hostnameID)?.resets.isEmpty == true)
            #expect(api.hostname(Self.hostnameID)?.settings == hostname.settings)
            #expect(api.hostname(Self.hostnameID)?.bundleMethod == "optimal")
            #expect(
                account.routes(since: 4).prefix(2) == [
                    "GET /zones/{zone}/custom_hostnames/{hostname}", "PATCH /zones/{zone}/custom_hostnames/{hostname}",
                ]
            )
            #expect(api.calls.entries.count == 10 && api.surprises.isEmpty)
            print("Cloudflare custom hostname, from a missing record to active: \(api.calls.entries.count) calls")
            api.updateZone(Sample.zone) { $0.hostnames = [] }
            #expect(await provider.refresh(listed).failure?.finding.code == "authorization-gone")
        }
    }

    @Test func packsOfOneListAreProvedTheSame() async throws {
        for listing in RehearsedPack.Listing.allCases {
            var pack = RehearsedPack(
                id: Self.shop,
                hosts: ["example.com", "*.example.com"],
                certificateAuthority: "ssl_com"
            )
            pack.listings = [listing]
            pack.type = "advanced"
            try await RehearsedAccount.run([zone([pack])]) { account in
                let listed = try #require(await account.provider.read().authorizations.first)
                #expect(listed.records.count == 4, "two tokens a host, and both lists show them")
                #expect(listed.capabilities.methods == [.txt], "\(listing)")
                let before = account.api.calls.entries.count
                let fresh = try await account.provider.refresh(listed).get()
                #expect(fresh == listed && account.api.calls.entries.count == before + 1)
                account.isShown.value = true
                try await account.provider.trigger(fresh, style: .patch).get()
                #expect(try await account.provider.refresh(listed).get().status == .valid)
                #expect(account.api.surprises.isEmpty)
            }
        }
    }

    @Test func aPackThatGaveUpIsStartedAnew() async throws {
        for listings in [[.packs], Set(RehearsedPack.Listing.allCases)] {
            var pack = RehearsedPack(id: Self.shop, hosts: ["shop.example.com"], status: "validation_timed_out")
            pack.listings = listings
            pack.type = "advanced"
            try await RehearsedAccount.run([zone([pack])]) { account in
                let listed = try #require(await account.provider.read().authorizations.first)
                try await account.provider.trigger(listed, style: .patch).get()
                #expect(account.routes(since: 3) == ["PATCH /zones/{zone}/ssl/certificate_packs/{pack}"])
                let fresh = try await account.provider.refresh(listed).get()
                #expect(fresh.status == .pending && fresh.providerStatus.description == "pending_validation")
                // Started, it is looked at like any other.
                try await account.provider.trigger(fresh, style: .patch).get()
                #expect(account.routes(since: 5) == ["PATCH /zones/{zone}/ssl/verification/{pack}"])
                #expect(account.api.surprises.isEmpty)
            }
        }
    }

    @Test func aFullZoneShowsItsOwnTokens() async throws {
        for kind in [RehearsedProviderZone.Kind.full, .partial, .secondary, .internal] {
            let zone = zone([RehearsedPack(id: Self.shop, hosts: ["shop.example.com"])], kind: kind)
            try await RehearsedAccount.run([zone]) { account in
                let listed = try #require(await account.provider.read().authorizations.first)
                let apex = try DomainName("example.com")
                let delegation = ProviderPlacement.below(name: try DomainName("dcv.cloudflare.com"))
                #expect(listed.placements == (kind == .full ? [.zone(apex: apex)] : []) + [delegation])
            }
        }
    }

    @Test func aMethodThatChangesByItselfIsRead() async throws {
        var pack = RehearsedPack(id: Self.shop, hosts: ["shop.example.com"], method: "http")
        pack.ownChange = RehearsedPack.OwnChange(to: "txt", afterReads: 2)
        try await RehearsedAccount.run([zone([pack])]) { account in
            var methods: [ValidationMethod?] = []
            for _ in 0..<3 { methods.append(await account.provider.read().authorizations.first?.method) }
            #expect(methods.last == .txt)
            #expect(account.api.count(of: .patch) == 0 && account.api.surprises.isEmpty)
        }
    }

    @Test func aWildcardsCustomHostnameIsNeverProvedByFile() async throws {
        let hostname = RehearsedHostname(
            id: Self.hostnameID,
            hostname: "shop.customer.example",
            certificateID: "3822ff90-1111-4111-8111-0000000000de",
            status: "active",
            wildcard: true
        )
        try await RehearsedAccount.run([zone([], [hostname])], ["custom_hostnames": .text("true")]) { account in
            let listed = try #require(await account.provider.read().authorizations.first)
            #expect(listed.capabilities.methods == [.txt] && listed.records.count == 2)
            #expect(listed.identifiers.map { $0.text } == ["shop.customer.example", "*.shop.customer.example"])
            #expect(await account.provider.changeMethod(of: listed, to: .http).failure != nil)
            #expect(account.api.count(of: .patchHostname) == 0)
        }
    }

    @Test func listsOfManyPagesAreReadWhole() async throws {
        let packs = (0..<60).map { index in
            RehearsedPack(id: "3822ff90-1111-4111-8111-\(100_000_000_000 + index)", hosts: ["h\(index).example.com"])
        }
        let hostnames = (0..<55).map { index in
            RehearsedHostname(
                id: "3822ff90-2222-4222-8222-\(100_000_000_000 + index)",
                hostname: "h\(index).customer.example",
                certificateID: "3822ff90-3333-4333-8333-\(100_000_000_000 + index)"
            )
        }
        try await RehearsedAccount.run([zone(packs, hostnames)], ["custom_hostnames": .text("true")]) { account in
            for countsPages in [true, false] {
                account.api.behave { $0.countsPages = countsPages }
                let before = account.api.calls.entries.count
                let reading = await account.provider.read()
                #expect(reading.isComplete && reading.findings.isEmpty)
                #expect(reading.authorizations.count == 115)
                #expect(account.api.calls.entries.count == before + 6)
            }
            #expect(account.api.surprises.isEmpty)
        }
    }
}

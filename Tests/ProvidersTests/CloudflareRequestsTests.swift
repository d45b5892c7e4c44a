// Every request that the provider sends to Cloudflare, held against Cloudflare's own description of its API.
import DCV
import Platform
import Providers
import Rehearsal
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CloudflareRequestsTests {
    private static let txt = "3822ff90-1111-4111-8111-0000000000aa"
    private static let changing = "3822ff90-1111-4111-8111-0000000000bb"
    private static let restarted = "3822ff90-1111-4111-8111-0000000000cc"
    private static let hostnameID = "3822ff90-1111-4111-8111-0000000000dd"
    /// More than a page of zones holds, so that there is a second one.
    private static let zoneCount = 55

    /// The calls that this program makes, each of which must have been sent below.
    private static let operations: Set<String> = [
        "GET /zones", "GET /zones/{zone_id}", "GET /zones/{zone_id}/ssl/verification",
        "PATCH /zones/{zone_id}/ssl/verification/{certificate_pack_id}", "GET /zones/{zone_id}/ssl/certificate_packs",
        "GET /zones/{zone_id}/ssl/certificate_packs/{certificate_pack_id}",
        "PATCH /zones/{zone_id}/ssl/certificate_packs/{certificate_pack_id}", "GET /zones/{zone_id}/custom_hostnames",
        "GET /zones/{zone_id}/custom_hostnames/{custom_hostname_id}",
        "PATCH /zones/{zone_id}/custom_hostnames/{custom_hostname_id}", "GET /user/tokens/verify",
    ]

    /// Given up, and told by the list of packs alone.
    private static var givenUp: RehearsedPack {
        var pack = RehearsedPack(id: restarted, hosts: ["old.example.com"], status: "validation_timed_out")
        pack.type = "advanced"
        pack.listings = [.packs]
        return pack
    }

    private static var customHostname: RehearsedHostname {
        var hostname = RehearsedHostname(
            id: hostnameID,
            hostname: "shop.customer.example",
            certificateID: "3822ff90-1111-4111-8111-0000000000de"
        )
        hostname.settings = ["http2": .text("on"), "min_tls_version": .text("1.2"), "ciphers": .list(["AES128-SHA"])]
        return hostname
    }

    private static func zones() -> [RehearsedProviderZone] {
        [
            RehearsedProviderZone(
                id: Sample.zone,
                name: "example.com",
                packs: [
                    RehearsedPack(id: txt, hosts: ["shop.example.com"]),
                    RehearsedPack(id: changing, hosts: ["docs.example.com"]), givenUp,
                ],
                hostnames: [customHostname]
            )
        ]
            + (1..<zoneCount).map { number in
                let digits = String(number)
                let id = String(repeating: "0", count: 32 - digits.utf8.count) + digits
                return RehearsedProviderZone(id: id, name: "z\(number).example", packs: [])
            }
    }

    /// Plays everything a run may do, and gives what was sent.
    private func play(
        zones: ProviderSettings.Value,
        hostnames: ProviderSettings.Value
    ) async throws -> [RehearsedAPICall] {
        let api = try await RehearsedCloudflare.start(zones: Self.zones(), credentials: [.token(Sample.token)])
        let http = HTTPTransport()
        do {
            let provider = try Sample.provider(
                http,
                ["endpoint": .text(api.endpoint), "zones": zones, "custom_hostnames": hostnames]
            )
            let reading = await provider.read()
            #expect(reading.isComplete && reading.findings.isEmpty)
            let waiting = try #require(reading.authorizations.first { $0.key.id.text == Self.txt })
            let other = try #require(reading.authorizations.first { $0.key.id.text == Self.changing })
            let old = try #require(reading.authorizations.first { $0.key.id.text == Self.restarted })
            let custom = try #require(reading.authorizations.first { $0.key.id.text == "hostname." + Self.hostnameID })
            for authorization in [waiting, old, custom] { _ = try await provider.refresh(authorization).get() }
            try await provider.trigger(old, style: .patch).get()
            try await provider.changeMethod(of: custom, to: .http).get()
            try await provider.trigger(try await provider.refresh(custom).get(), style: .patch).get()
            try await provider.changeMethod(of: other, to: .http).get()
            try await provider.trigger(waiting, style: .patch).get()
            try await provider.trigger(waiting, style: .retry).get()
            _ = await provider.examine()
        } catch {
            await http.shutdown()
            await api.shutdown()
            throw error
        }
        await http.shutdown()
        await api.shutdown()
        #expect(api.surprises.isEmpty, "\(api.surprises)")
        return api.calls.entries
    }

    @Test func everyRequestFitsTheDescription() async throws {
        var calls: [RehearsedAPICall] = []
        let hostnames = ProviderSettings.Value.list(["shop.customer.example"])
        for zones in [ProviderSettings.Value.text("all"), .list(["example.com"]), .list([Sample.zone])] {
            calls += try await play(zones: zones, hostnames: calls.isEmpty ? .text("true") : hostnames)
        }
        let checker = RequestChecker(try OpenAPIDocument.cloudflare())
        var operations: Set<String> = []
        var used: Set<KnownChange> = []
        for call in calls {
            let request = SentRequest(call.request)
            let match = try checker.document.match(method: request.method, path: request.path)
            operations.insert(match?.name ?? "\(request.method) \(request.path)")
            let (faults, explaining) = KnownChanges.judge(try checker.faults(request))
            for fault in faults { Issue.record("\(fault)") }
            used.formUnion(explaining)
        }
        #expect(operations == Self.operations)
        for change in KnownChanges.table where !used.contains(change) {
            Issue.record("nothing needs the known change of \(change.operation), \(change.place): \(change.reason)")
        }
        #expect(calls.contains { $0.request.query.contains("page=2") }, "there was no second page")
        #expect(calls.contains { $0.route == .retry } && calls.contains { $0.route == .patch })
    }
}

extension SentRequest {
    init(_ request: RehearsedRequest) {
        self.init(
            method: request.method,
            path: request.path,
            query: request.query,
            contentType: request.header("content-type").first,
            body: request.body
        )
    }
}

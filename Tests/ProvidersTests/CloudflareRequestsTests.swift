// Every request that the provider sends to Cloudflare, held against Cloudflare's own description of its API.
import DCV
import Platform
import Providers
import Rehearsal
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareRequestsTests {
    private static let txt = "3822ff90-1111-4111-8111-0000000000aa"
    private static let changing = "3822ff90-1111-4111-8111-0000000000bb"
    /// Told by the list of packs alone, and timed out.
    private static let late = "3822ff90-1111-4111-8111-0000000000cc"
    private static let hostname = "234e5416-1111-4111-8111-0000000000aa"
    private static let changingHostname = "234e5416-1111-4111-8111-0000000000bb"
    /// More of everything than a page holds, so that there is a second one.
    private static let count = 55

    /// The calls that this program makes, each of which must have been sent below.
    private static let operations: Set<String> = [
        "GET /zones", "GET /zones/{zone_id}", "GET /zones/{zone_id}/ssl/verification",
        "PATCH /zones/{zone_id}/ssl/verification/{certificate_pack_id}", "GET /zones/{zone_id}/ssl/certificate_packs",
        "GET /zones/{zone_id}/ssl/certificate_packs/{certificate_pack_id}",
        "PATCH /zones/{zone_id}/ssl/certificate_packs/{certificate_pack_id}", "GET /zones/{zone_id}/custom_hostnames",
        "GET /zones/{zone_id}/custom_hostnames/{custom_hostname_id}",
        "PATCH /zones/{zone_id}/custom_hostnames/{custom_hostname_id}", "GET /user/tokens/verify",
    ]

    private static func hexadecimal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    private static func packs() -> [RehearsedPack] {
        var late = RehearsedPack(id: late, hosts: ["late.example.com"], status: "validation_timed_out")
        late.type = "advanced"
        late.listings = [.packs]
        return [
            RehearsedPack(id: txt, hosts: ["shop.example.com"]),
            RehearsedPack(id: changing, hosts: ["docs.example.com"]), late,
        ]
            + (0..<count).map { number in
                RehearsedPack(
                    id: "3822ff90-2222-4111-8111-" + hexadecimal(number, digits: 12),
                    hosts: ["h\(number).example.com"],
                    status: "active"
                )
            }
    }

    private static func hostnames() -> [RehearsedHostname] {
        func made(_ id: String, _ name: String) -> RehearsedHostname {
            RehearsedHostname(id: id, hostname: name, certificateID: "aa4bd600" + id.dropFirst(8))
        }
        var app = made(hostname, "app.customer.example")
        app.settings = [
            "http2": .text("on"), "tls_1_3": .text("on"), "min_tls_version": .text("1.2"),
            "ciphers": .list(["ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA"]), "early_hints": .text("off"),
        ]
        return [app, made(changingHostname, "docs.customer.example")]
            + (0..<count).map { number in
                made("234e5416-2222-4111-8111-" + hexadecimal(number, digits: 12), "h\(number).customer.example")
            }
    }

    private static func zones() -> [RehearsedProviderZone] {
        [RehearsedProviderZone(id: Sample.zone, name: "example.com", packs: packs(), hostnames: hostnames())]
            + (1..<count).map { number in
                RehearsedProviderZone(
                    id: hexadecimal(number, digits: 32),
                    name: "z\(number).example",
                    kind: number == 7 ? .full : .partial,
                    packs: []
                )
            }
    }

    /// Plays everything a run may do, and gives what was sent.
    private func play(_ settings: [String: ProviderSettings.Value?]) async throws -> [RehearsedAPICall] {
        let api = try await RehearsedCloudflare.start(zones: Self.zones(), credentials: [.token(Sample.token)])
        let http = HTTPTransport()
        do {
            let endpoint: [String: ProviderSettings.Value?] = ["endpoint": .text(api.endpoint)]
            let provider = try Sample.provider(http, settings.merging(endpoint) { $1 })
            let reading = await provider.read()
            #expect(reading.isComplete)
            func waiting(_ id: String) throws -> Authorization {
                let isIt: (Authorization) -> Bool = { $0.key.id.text.contains(id) }
                return try #require(reading.authorizations.first(where: isIt), "\(id) was not read")
            }
            for id in [Self.changing, Self.changingHostname] {
                try await provider.changeMethod(of: waiting(id), to: .http).get()
            }
            for id in [Self.txt, Self.late, Self.hostname] {
                let fresh = try await provider.refresh(waiting(id)).get()
                try await provider.trigger(fresh, style: .patch).get()
            }
            try await provider.trigger(waiting(Self.txt), style: .retry).get()
            _ = await provider.examine()
            #expect(api.hostname(Self.hostname)?.resets == [], "a PATCH lost settings of the custom hostname")
            #expect(api.pack(Self.late)?.generation == 1 && api.hostname(Self.hostname)?.status == "active")
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
        let names = ProviderSettings.Value.list(["app.customer.example", "docs.customer.example"])
        var calls: [RehearsedAPICall] = []
        calls += try await play(["zones": .text("all"), "custom_hostnames": .text("true")])
        calls += try await play(["zones": .list(["example.com"]), "custom_hostnames": names])
        calls += try await play(["zones": .list([Sample.zone]), "custom_hostnames": .text("true")])
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
        for route in [RehearsedRoute.zones, .certificatePacks, .hostnames] {
            let hasSecond = calls.contains { $0.route == route && $0.request.query.contains("page=2") }
            #expect(hasSecond, "no second page of \(route.rawValue)")
        }
        #expect(calls.contains { $0.route == .retry })
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

// Calls about custom hostnames: which are read, what a PATCH carries, and what is never sent.
import DCV
import Platform
import Providers
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareHostnameTests {
    private static let id = "000000a1-2222-4222-8222-0000000000a1"
    private static let records: JSONValue = [
        ["txt_name": "_acme-challenge.shop.customer.example", "txt_value": "token-one"]
    ]

    private func entry(
        id: String = id,
        host: String = "shop.customer.example",
        status: String = "pending_validation",
        more: [(String, JSONValue)] = []
    ) -> JSONValue {
        let ssl: [(String, JSONValue)] = [
            ("id", "000000a2-2222-4222-8222-0000000000a2"), ("status", .string(status)), ("method", "txt"),
            ("type", "dv"), ("validation_records", Self.records),
        ]
        return [
            "id": .string(id), "hostname": .string(host), "status": "active",
            "ssl": .object(JSONObject(ssl + more)),
        ]
    }

    private func afterReading(
        _ entries: [JSONValue],
        _ setting: ProviderSettings.Value = .text("true")
    ) async throws -> (any Provider, ListedCloudflare, [Authorization]) {
        var lists = ListedCloudflare.Lists()
        lists.hostnames = .result(.array(entries))
        let http = ListedCloudflare(lists)
        let provider = try Sample.provider(http, ["custom_hostnames": setting])
        return (provider, http, await provider.read().authorizations)
    }

    @Test func aZoneThatRefusesTheCredentialIsNotAskedForThem() async throws {
        var lists = ListedCloudflare.Lists()
        let code: JSONValue = ["code": 10000, "message": "Authentication error"]
        lists.verification = .init(status: 403, ["result": .null, "success": false, "errors": [code]])
        let http = ListedCloudflare(lists)
        let reading = try await Sample.provider(http, ["custom_hostnames": .text("true")]).read()
        #expect(reading.findings.map { $0.code } == ["provider-unauthorized"] && !reading.isComplete)
        #expect(http.lines == ["GET /zones?name=example.com", "GET /zones/Z/ssl/verification"])
    }

    @Test func aRecheckAndAChangeSendBackEverySetting() async throws {
        let settings: JSONValue = [
            "http2": "on", "min_tls_version": "1.2", "ciphers": ["A", "B"], "early_hints": .null,
        ]
        let (provider, http, read) = try await afterReading([
            entry(more: [
                ("settings", settings), ("wildcard", false), ("bundle_method", "optimal"),
                ("certificate_authority", "ssl_com"), ("certificates", []), ("custom_certificate", ""),
            ])
        ])
        let authorization = try #require(read.first)
        try await provider.trigger(authorization, style: .patch).get()
        try await provider.changeMethod(of: authorization, to: .http).get()
        let kept =
            #""type":"dv","bundle_method":"optimal","certificate_authority":"ssl_com","wildcard":false,"#
            + #""settings":{"http2":"on","min_tls_version":"1.2","ciphers":["A","B"]}}}"#
        let sent = http.requests.suffix(2)
        #expect(
            sent.map { String(decoding: $0.body, as: UTF8.self) } == [
                #"{"ssl":{"method":"txt","# + kept, #"{"ssl":{"method":"http","# + kept,
            ]
        )
        #expect(http.lines.suffix(2) == [String](repeating: "PATCH /zones/Z/custom_hostnames/\(Self.id)", count: 2))
        #expect(sent.allSatisfy { $0.headers["Content-Type"] == "application/json" })
    }

    @Test func settingsAreThoseOfTheLastLook() async throws {
        let (provider, http, read) = try await afterReading([entry(more: [("settings", ["http2": "on"])])])
        let authorization = try #require(read.first)
        http.lists.hostnames = .result([entry(more: [("settings", ["http2": "off"])])])
        _ = try await provider.refresh(authorization).get()
        try await provider.trigger(authorization, style: .patch).get()
        let body = String(decoding: try #require(http.requests.last).body, as: UTF8.self)
        #expect(body == #"{"ssl":{"method":"txt","type":"dv","settings":{"http2":"off"}}}"#)
        #expect(http.lines.suffix(2).first == "GET /zones/Z/custom_hostnames/\(Self.id)")
    }

    @Test func whatCannotBeAskedIsNotSent() async throws {
        let (provider, http, read) = try await afterReading([
            entry(), entry(id: "000000a3-2222-4222-8222-0000000000a3", status: "active"),
        ])
        let (pending, active) = (read[0], read[1])
        let stranger = try Sample.provider(http)
        http.forget()
        let refusals = [
            await provider.trigger(pending, style: .retry).failure,
            await provider.changeMethod(of: pending, to: .txt).failure,
            await provider.changeMethod(of: pending, to: .cname).failure,
            await provider.changeMethod(of: active, to: .http).failure,
            await provider.revalidate(pending, by: .txt).failure,
            // Its settings were never read here: they would be reset.
            await stranger.trigger(pending, style: .patch).failure,
        ]
        #expect(refusals.map { $0?.finding.code } == [String?](repeating: "action-not-possible", count: refusals.count))
        #expect(http.requests.isEmpty)
        #expect(active.capabilities == Capabilities(triggers: [], methods: []))
        #expect(pending.capabilities == Capabilities(triggers: [.patch], methods: [.txt, .http]))
    }

    @Test func withoutTheSettingNobodyAsks() async throws {
        let (_, http, read) = try await afterReading([entry()], .text("false"))
        #expect(read.isEmpty && http.requests.count == Sample.readCalls)
    }

    @Test func listedOnesAreAskedForByName() async throws {
        let other = entry(id: "000000a4-2222-4222-8222-0000000000a4", host: "other.customer.example")
        // A server that passes over the filter answers with everything.
        let (_, http, read) = try await afterReading(
            [entry(), other],
            .list(["shop.customer.example", "none.customer.example"])
        )
        #expect(read.map { $0.key.id.text } == ["hostname." + Self.id])
        #expect(
            http.lines.suffix(2) == [
                "GET /zones/Z/custom_hostnames?hostname.exact=shop.customer.example&page=1&per_page=50",
                "GET /zones/Z/custom_hostnames?hostname.exact=none.customer.example&page=1&per_page=50",
            ]
        )
    }

    @Test func theListIsPaged() async throws {
        func page(_ number: Int, of count: Int) -> JSONValue {
            .array(
                (0..<count).map { index in
                    entry(id: "000000a1-2222-4222-8222-\(100_000_000_000 + number * 1000 + index)")
                }
            )
        }
        func provider(_ pages: [ScriptedHTTP.Answer]) throws -> (ScriptedHTTP, any Provider) {
            let http = ScriptedHTTP([.result(Sample.zones), .result([]), Sample.noPacks] + pages)
            return (http, try Sample.provider(http, ["custom_hostnames": .text("true")]))
        }
        let (http, twoPages) = try provider([.result(page(1, of: 50)), .result(page(2, of: 3))])
        let reading = await twoPages.read()
        #expect(reading.isComplete && reading.authorizations.count == 53)
        #expect(http.requests.count == Sample.readCalls + 2)
        let repeats = [ScriptedHTTP.Answer](repeating: .result(page(1, of: 50)), count: 9)
        let (repeated, repeating) = try provider(repeats)
        let stopped = await repeating.read()
        #expect(!stopped.isComplete && stopped.authorizations.count == 50)
        #expect(repeated.requests.count == Sample.readCalls + 2)
        let endless: [(String, JSONValue)] = [("result_info", ["total_pages": 999])]
        let full = (1...200).map { ScriptedHTTP.Answer.result(page($0, of: 1), more: endless) }
        let (many, tooMany) = try provider(full + [.result([])])
        let cut = await tooMany.read()
        #expect(cut.findings.map { $0.code } == ["zones-not-read"] && !cut.isComplete)
        #expect(many.requests.count == Sample.readCalls + 200 && cut.authorizations.count == 200)
    }

    @Test func aDeletedOneIsGone() async throws {
        let (provider, http, read) = try await afterReading([entry()])
        let authorization = try #require(read.first)
        for code in [1436, 1408] as [Int64] {
            let error: JSONValue = ["code": .number(JSONNumber(code)), "message": "The custom hostname was not found."]
            http.lists.oneHostname = .init(status: 404, ["result": .null, "success": false, "errors": [error]])
            let failure = try #require(await provider.refresh(authorization).failure)
            #expect(failure.kind == .refused && failure.finding.code == "authorization-gone")
        }
    }
}

// The rehearsed provider answers as the provider does: looks, issues, voids, switches, refuses - and notices odd
// callers.
import DCV
import Rehearsal
import Testing

private let zoneID = "023e105f4ecef8ad9ca31a8372d0c353"
private let packID = "4449b368-d10f-4a73-9d27-f3f2752443df"

@Suite(.timeLimit(.minutes(1)))
struct CloudflareTests {
    /// A provider with one zone of the packs, and the call of one test.
    private func rehearse(
        _ packs: [RehearsedPack],
        look: @escaping RehearsedCloudflare.Look = { _ in nil },
        _ test: (RehearsedCloudflare) async throws -> Void
    ) async throws {
        let provider = try await RehearsedCloudflare.start(
            zones: [RehearsedProviderZone(id: zoneID, name: "shop.example", packs: packs)],
            credentials: [.token("right"), .key(email: "a@b.example", key: "k")],
            look: look
        )
        do {
            try await test(provider)
        } catch {
            await provider.shutdown()
            throw error
        }
        await provider.shutdown()
    }

    private func call(
        _ provider: RehearsedCloudflare,
        _ method: String,
        _ path: String,
        body: String? = nil,
        headers: [(name: String, value: String)] = [("Authorization", "Bearer right")],
        deadlineMilliseconds: Int64 = 20_000
    ) async throws -> SmallHTTPClient.Answer {
        try await SmallHTTPClient.fetch(
            method,
            "/client/v4" + path,
            host: "127.0.0.1",
            at: provider.address,
            port: provider.port,
            headers: headers + (body == nil ? [] : [("Content-Type", "application/json")]),
            body: body,
            deadlineMilliseconds: deadlineMilliseconds
        )
    }

    private func patch(_ provider: RehearsedCloudflare, _ method: String) async throws -> SmallHTTPClient.Answer {
        try await call(
            provider,
            "PATCH",
            "/zones/\(zoneID)/ssl/verification/\(packID)",
            body: "{\"validation_method\":\"\(method)\"}"
        )
    }

    private func read(_ provider: RehearsedCloudflare, _ query: String = "") async throws -> String {
        try await call(provider, "GET", "/zones/\(zoneID)/ssl/verification\(query)").text
    }

    private func txtPack(_ shape: RehearsedPack.Shape = .array) -> RehearsedPack {
        RehearsedPack(
            id: packID,
            hosts: ["shop.example"],
            shape: shape,
            tokens: [.txt(name: "_acme-challenge.shop.example", value: "v1")]
        )
    }

    @Test(
        "Every shape of verification_info is written as it was seen",
        arguments: [
            (
                RehearsedPack.Shape.array,
                #","verification_info":[{"status":"pending","#
                    + #""txt_name":"_acme-challenge.shop.example","txt_value":"v1"}]"#
            ),
            (.object, #","verification_info":{"txt_name":"_acme-challenge.shop.example","txt_value":"v1"}"#),
            (
                .recordTarget,
                #","verification_info":{"record_name":"_acme-challenge.shop.example","record_target":"v1"}"#
            ),
            (.null, #","verification_info":null"#), (.absent, ""),
        ]
    )
    func shapes(_ shape: RehearsedPack.Shape, _ expected: String) async throws {
        try await rehearse([txtPack(shape)]) { provider in
            let entry =
                #"{"certificate_status":"pending_validation","cert_pack_uuid":"\#(packID)","validation_method":"txt","#
                + #""validation_type":"dv"\#(expected),"hostname":"shop.example","#
                + #""signature":"ECDSAWithSHA256","brand_check":false}"#
            let text = try await read(provider)
            #expect(text == #"{"result":[\#(entry)],"success":true,"errors":[],"messages":[]}"#)
            #expect(provider.surprises.isEmpty)
        }
    }

    @Test("Keys may be missing, words unknown, and hostile values are served as they are")
    func oddEntries() async throws {
        try await rehearse([txtPack()]) { provider in
            provider.update(packID) { pack in
                pack.showsPackID = false
                pack.showsHostname = false
                pack.brandCheck = true
                pack.verificationType = "meta tag"
                pack.verificationStatus = false
                pack.tokens = [.txt(name: "a\nb", value: "$(touch x)\"\\")]
            }
            let text = try await read(provider)
            #expect(!text.contains("cert_pack_uuid") && !text.contains("hostname"))
            #expect(text.contains(#""brand_check":true,"verification_type":"meta tag","verification_status":false"#))
            #expect(text.contains(#""txt_name":"a\u000ab","txt_value":"$(touch x)\"\\""#))
            provider.update(packID) { $0.status = "holding_deployment" }
            let busy = try await read(provider)
            #expect(busy.contains(#""certificate_status":"holding_deployment""#) && !busy.contains("verification_info"))
            let refused = try await patch(provider, "txt")
            #expect(refused.status == 400 && refused.text.contains(#""code":1482"#))
        }
    }

    @Test("A look that finds the tokens makes the pack active, and an active pack is not changed any more")
    func proved() async throws {
        try await rehearse([txtPack()]) { provider in
            let patched = try await patch(provider, "txt")
            #expect(patched.status == 200)
            #expect(patched.text.contains(#""certificate_status":"pending_validation""#))
            let text = try await read(provider)
            #expect(text.contains(#""certificate_status":"active""#))
            #expect(!text.contains("verification_info"))
            let again = try await patch(provider, "txt")
            #expect(again.status == 400)
            #expect(
                again.text.contains(#""code":1467"#) && again.text.contains(#""result":null"#)
                    && again.text.contains(#""success":false"#)
            )
            #expect(provider.validations.entries.map(\.succeeded) == [true])
            #expect(provider.count(of: .patch) == 2 && provider.count(of: .verification) == 1)
        }
    }

    @Test("A look that finds nothing voids the tokens and issues others")
    func failed() async throws {
        try await rehearse([txtPack()], look: { token in "not there: \(token)" }) { provider in
            #expect(try await patch(provider, "txt").text.contains(#""txt_value":"v1""#))
            let pack = try #require(provider.pack(packID))
            #expect(pack.failures == 1 && pack.generation == 1 && pack.status == "pending_validation")
            #expect(pack.tokens.count == 1 && pack.tokens != txtPack().tokens)
            #expect(pack.validationErrors == ["not there: _acme-challenge.shop.example TXT \"v1\""])
            #expect(!(try await read(provider).contains("\"v1\"")))
            let packs = try await call(provider, "GET", "/zones/\(zoneID)/ssl/certificate_packs?status=all").text
            #expect(packs.contains(#""validation_errors":[{"message":"not there"#))
            #expect(provider.validations.entries.map(\.succeeded) == [false])
        }
    }

    @Test("?retry=true looks for every waiting pack of the zone, a plain read for none")
    func retry() async throws {
        let other = RehearsedPack(id: "other", hosts: ["a.shop.example", "*.a.shop.example"])
        try await rehearse([txtPack(), other]) { provider in
            _ = try await read(provider)
            #expect(provider.validations.entries.isEmpty)
            let text = try await read(provider, "?retry=true")
            #expect(text.split(separator: "certificate_status").count == 3)
            #expect(provider.zones[0].packs.allSatisfy { $0.status == "active" })
            #expect(provider.count(of: .retry) == 1)
        }
    }

    @Test("Another method is a new order with tokens of its kind, which the reply already holds")
    func methodChange() async throws {
        try await rehearse([txtPack()]) { provider in
            let text = try await patch(provider, "http").text
            let pack = try #require(provider.pack(packID))
            #expect(pack.method == "http" && pack.generation == 1 && pack.failures == 0)
            guard case .http(let url, let body)? = pack.tokens.first else {
                Issue.record("no http token: \(pack.tokens)")
                return
            }
            #expect(url.contains("http://shop.example/.well-known/acme-challenge/"))
            #expect(text.contains(body) && text.contains(#"http:\/\/shop.example\/.well-known\/acme-challenge\/"#))
            #expect(provider.validations.entries.isEmpty)
        }
    }

    @Test("http for a wildcard, cname and email are refused without an effect")
    func refusals() async throws {
        let wildcard = RehearsedPack(id: packID, hosts: ["shop.example", "*.shop.example"])
        try await rehearse([wildcard]) { provider in
            for method in ["http", "cname", "email"] {
                let answer = try await patch(provider, method)
                #expect(answer.status == 400 && answer.text.contains(#""code":1432"#), "\(method): \(answer.text)")
            }
            #expect(provider.pack(packID)?.generation == 0)
            let names = Set(wildcard.tokens.map { $0.description.prefix(28) })
            #expect(names == ["_acme-challenge.shop.example"] && Set(wildcard.tokens).count == 2)
            #expect(provider.surprises.isEmpty)
        }
    }

    @Test("Issuance may take reads, tokens may come late")
    func delays() async throws {
        var pack = txtPack()
        pack.issuance = .afterReads(1)
        pack.readsBeforeTokens = 1
        try await rehearse([pack]) { provider in
            #expect(!(try await read(provider).contains("verification_info")))
            #expect(try await read(provider).contains("verification_info"))
            _ = try await patch(provider, "txt")
            #expect(try await read(provider).contains("pending_issuance"))
            #expect(try await read(provider).contains("\"active\""))
        }
    }

    @Test("Zones are listed in pages, by name too; an id that is unknown is code 7003")
    func zones() async throws {
        try await rehearse([]) { provider in
            provider.replaceZones(
                (0..<12).map { RehearsedProviderZone(id: "id\($0)", name: "z\($0).example", packs: []) }
            )
            let third = try await call(provider, "GET", "/zones?per_page=5&page=3").text
            #expect(third.contains("z10.example") && third.contains("z11.example") && !third.contains("z9.example"))
            #expect(
                third.contains(#""result_info":{"page":3,"per_page":5,"total_pages":3,"count":2,"total_count":12}"#)
            )
            #expect(try await call(provider, "GET", "/zones?per_page=5&page=4").text.contains(#""result":[]"#))
            #expect(try await call(provider, "GET", "/zones?name=z7.example").text.contains("\"id\":\"id7\""))
            let one = try await call(provider, "GET", "/zones/id7").text
            #expect(one.contains(#""result":{"id":"id7","name":"z7.example""#))
            let unknown = try await call(provider, "GET", "/zones/nope/ssl/verification")
            #expect(unknown.status == 404 && unknown.text.contains("\"code\":7003"))
            #expect(provider.surprises.isEmpty)
        }
    }

    @Test("Token or email and key are accepted; a wrong token is refused and is no surprise, none at all is one")
    func credentials() async throws {
        try await rehearse([txtPack()]) { provider in
            let verified = try await call(provider, "GET", "/user/tokens/verify")
            #expect(verified.status == 200 && verified.text.contains(#""messages":[{"code":10000"#))
            let byKey = try await call(
                provider,
                "GET",
                "/zones",
                headers: [("X-Auth-Email", "a@b.example"), ("X-Auth-Key", "k")]
            )
            #expect(byKey.status == 200)
            let wrong = try await call(provider, "GET", "/zones", headers: [("Authorization", "Bearer wrong")])
            #expect(wrong.status == 403 && wrong.text.contains(#""errors":[{"code":10000"#))
            #expect(provider.surprises.isEmpty)
            let malformed = try await call(provider, "GET", "/zones", headers: [("Authorization", "right")])
            #expect(malformed.status == 400 && malformed.text.contains(#""error_chain":[{"code":6111"#))
            let none = try await call(provider, "GET", "/zones", headers: [])
            #expect(none.status == 400 && none.text.contains("9106"))
            #expect(provider.surprises.count == 2)
        }
    }

    @Test(
        "A call the provider does not have, or in a wrong form, is kept as a surprise and has no effect",
        arguments: [
            ("GET", "/zones/\(zoneID)/settings", nil), ("POST", "/zones", "{}"),
            ("DELETE", "/zones/\(zoneID)/ssl/verification", nil),
            ("GET", "/zones/\(zoneID)/ssl/verification?retry=True", nil), ("GET", "/zones?per_page=51", nil),
            ("GET", "/zones?nam=shop.example", nil),
            ("PATCH", "/zones/\(zoneID)/ssl/verification/\(packID)", "{\"validation_method\":\"TXT\"}"),
            ("PATCH", "/zones/\(zoneID)/ssl/verification/\(packID)", "{\"validation_method\":\"http\",\"x\":\"y\"}"),
            ("PATCH", "/zones/\(zoneID)/ssl/verification/\(packID)", nil),
        ] as [(String, String, String?)]
    )
    func surprises(_ method: String, _ path: String, _ body: String?) async throws {
        try await rehearse([txtPack()]) { provider in
            let answer = try await call(provider, method, path, body: body)
            #expect(answer.status >= 400)
            #expect(provider.surprises.count == 1)
            #expect(provider.validations.entries.isEmpty && provider.pack(packID)?.generation == 0)
            #expect(provider.calls.entries.count == 1)
        }
    }

    @Test("Faults hit the calls they were meant for, once, and have no effect unless they say so")
    func faults() async throws {
        try await rehearse([txtPack()], look: { _ in "no" }) { provider in
            provider.fail(.rateLimited(retryAfter: "17"), on: .patch)
            let limited = try await patch(provider, "txt")
            #expect(limited.status == 429 && limited.header("retry-after") == "17" && limited.text.contains("10100"))
            provider.fail(.page(status: 520), on: .verification, zoneID: "another zone")
            provider.fail(.page(status: 520), on: .verification, zoneID: zoneID, times: 2)
            for _ in 0..<2 {
                let page = try await call(provider, "GET", "/zones/\(zoneID)/ssl/verification")
                #expect(page.status == 520 && page.header("content-type") == "text/html; charset=UTF-8")
            }
            let whole = try await call(provider, "GET", "/zones/\(zoneID)/ssl/verification")
            #expect(whole.status == 200)
            provider.fail(.resetBeforeEffect, on: .patch)
            await #expect(throws: (any Error).self) { _ = try await patch(provider, "txt") }
            #expect(provider.pack(packID)?.failures == 0)
            provider.fail(.resetAfterEffect(), on: .patch)
            await #expect(throws: (any Error).self) { _ = try await patch(provider, "txt") }
            #expect(provider.pack(packID)?.failures == 1)
            provider.fail(.resetAfterEffect(bytes: 10), on: .patch)
            await #expect(throws: (any Error).self) { _ = try await patch(provider, "txt") }
            #expect(provider.pack(packID)?.failures == 2)
            provider.fail(.duplicateKeys)
            #expect(try await read(provider).contains(#""success":true,"success":false"#))
            #expect(provider.surprises.isEmpty)
        }
    }

    @Test("A dripping answer comes byte by byte, an endless one does not end")
    func slowAndEndless() async throws {
        try await rehearse([]) { provider in
            provider.fail(.drip(milliseconds: 2), on: .verifyToken)
            let clock = ContinuousClock()
            let start = clock.now
            let slow = try await call(provider, "GET", "/user/tokens/verify")
            #expect(slow.status == 200 && clock.now - start > .milliseconds(200))
            // Still being sent when the server shuts down.
            provider.fail(.drip(milliseconds: 60_000), on: .verifyToken)
            provider.fail(.endless, on: .verifyToken)
            await #expect(throws: (any Error).self) {
                _ = try await call(provider, "GET", "/user/tokens/verify", deadlineMilliseconds: 200)
            }
            await #expect(throws: (any Error).self) { _ = try await call(provider, "GET", "/user/tokens/verify") }
        }
    }
}

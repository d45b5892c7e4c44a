// The calls of a provider's life: which zones are asked, in which order, when it stops, and what exactly goes over
// the wire.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CloudflareProviderTests {
    @Test func requestsAreWhatCloudflareDocumentsToTheOctet() async throws {
        let (provider, http, read) = try await Sample.afterReading([
            .result(["status": "pending_validation"]), .result(.null), .result([]), .result([Sample.entry()]),
        ])
        let authorization = read
        try await provider.trigger(authorization, style: .patch).get()
        try await provider.changeMethod(of: authorization, to: .http).get()
        try await provider.trigger(authorization, style: .retry).get()
        #expect(try await provider.refresh(authorization).get() == authorization)
        let expected = try #require(try Fixtures.read("requests")["requests"]?.array)
        #expect(http.requests.count == expected.count)
        for (sent, wanted) in zip(http.requests, expected) {
            let call = Comment(rawValue: wanted["call"]?.string ?? "")
            #expect(sent.method.rawValue == wanted["method"]?.string, call)
            #expect(sent.url.target == wanted["target"]?.string, call)
            #expect(sent.url.authority == "api.cloudflare.com" && sent.url.scheme == .https, call)
            #expect(
                sent.headers.fields.map { "\($0.name): \($0.value)" }
                    == wanted["headers"]?.array?.compactMap { $0.string },
                call
            )
            #expect(String(decoding: sent.body, as: UTF8.self) == wanted["body"]?.string, call)
        }
    }

    @Test func aZoneNamedTwiceIsReadOnce() async throws {
        let http = ScriptedHTTP([
            .result(Sample.zones), .result([Sample.entry()]), Sample.noPacks,
            .result(Sample.zoneEntry(Sample.zone, "example.com")),
        ])
        let reading = try await Sample.provider(http, ["zones": .list(["example.com", Sample.zone])]).read()
        #expect(reading.isComplete && reading.findings.isEmpty && reading.authorizations.count == 1)
        #expect(http.requests.count == Sample.readCalls + 1)
    }

    @Test func emailAndKeyGoTogetherAndWithoutAToken() async throws {
        let http = ScriptedHTTP([.result(Sample.zones), .result([]), Sample.noPacks])
        let key = try #require(Secret("global-key".utf8))
        let values: [String: ProviderSettings.Value?] = [
            "token": nil, "email": .text("ops@example.com"), "key": .secret(key),
        ]
        #expect(await (try Sample.provider(http, values)).read().isComplete)
        for request in http.requests {
            #expect(request.headers["X-Auth-Email"] == "ops@example.com")
            #expect(request.headers["X-Auth-Key"] == "global-key")
            #expect(request.headers["Authorization"] == nil)
        }
    }

    @Test func zonesAreReadByNameAndById() async throws {
        let http = ScriptedHTTP([
            .result([
                Sample.zoneEntry(Sample.otherZone, "www.example.com"), Sample.zoneEntry(Sample.zone, "example.com"),
            ]),
            .result([Sample.entry()]), Sample.noPacks, .result(Sample.zoneEntry(Sample.otherZone, "example.net")),
            .result([Sample.entry(pack: "3822ff90111141118111000000000000", host: "example.net")]), Sample.noPacks,
        ])
        let reading = try await Sample.provider(http, ["zones": .list(["example.com", Sample.otherZone])]).read()
        #expect(reading.isComplete && reading.findings.isEmpty)
        #expect(reading.authorizations.map { $0.scope } == [Sample.zone, Sample.otherZone])
        #expect(
            http.lines == [
                "GET /client/v4/zones?name=example.com", "GET /client/v4/zones/\(Sample.zone)/ssl/verification",
                "GET /client/v4/zones/\(Sample.zone)/ssl/certificate_packs?status=all&page=1&per_page=50",
                "GET /client/v4/zones/\(Sample.otherZone)", "GET /client/v4/zones/\(Sample.otherZone)/ssl/verification",
                "GET /client/v4/zones/\(Sample.otherZone)/ssl/certificate_packs?status=all&page=1&per_page=50",
            ]
        )
    }

    @Test func aZoneThatIsNotVisibleIsSaidAndTheNextIsRead() async throws {
        let http = ScriptedHTTP([
            .result([]), .result(Sample.zones), .result([Sample.entry()]), Sample.noPacks,
        ])
        let reading = try await Sample.provider(http, ["zones": .list(["example.net", "example.com"])]).read()
        #expect(reading.findings.map { $0.code } == ["zone-not-found"])
        #expect(reading.findings.first?.subject == "cf: zone example.net")
        #expect(reading.authorizations.count == 1 && !reading.isComplete)
    }

    @Test func oneZonesFailureIsAFindingAndOthersGoOn() async throws {
        let zones: JSONValue = [
            Sample.zoneEntry(Sample.zone, "example.com"), Sample.zoneEntry(Sample.otherZone, "example.net"),
        ]
        let http = ScriptedHTTP([
            .result(zones), .result("none"), .result([Sample.entry(host: "example.net")]), Sample.noPacks,
        ])
        let reading = try await Sample.provider(http, ["zones": .text("all")]).read()
        #expect(reading.findings.map { $0.code } == ["provider-answer-not-understood"])
        #expect(reading.authorizations.map { $0.scope } == [Sample.otherZone])
        #expect(!reading.isComplete)
    }

    @Test func aRefusedCredentialIsSentOnce() async throws {
        let refusal = ScriptedHTTP.Answer.errors(401, [["code": 10000, "message": "Authentication error"]])
        let http = ScriptedHTTP([refusal])
        let provider = try Sample.provider(http, ["zones": .list(["example.com", "example.net", Sample.zone])])
        let reading = await provider.read()
        #expect(http.requests.count == 1)
        #expect(reading.findings.map { $0.code } == ["provider-unauthorized", "zones-not-read"])
        #expect(reading.findings.last?.saw.utf8.starts(with: "2 zones".utf8) == true)
        _ = await provider.read()
        #expect(http.requests.count == 1, "nor in a second pass of the same run")
    }

    @Test func zonesThatRefuseTheCredentialEndTheReadingAtTheThird() async throws {
        let refusal = ScriptedHTTP.Answer.errors(403, [["code": 10000, "message": "Authentication error"]])
        let ids = (0..<6).map { "\($0)" + Sample.zone.dropFirst() }
        let zones = JSONValue.array(ids.enumerated().map { Sample.zoneEntry($1, "z\($0).example") })
        let http = ScriptedHTTP([.result(zones), refusal, .result([]), Sample.noPacks, refusal, refusal])
        let reading = try await Sample.provider(http, ["zones": .text("all")]).read()
        #expect(http.requests.count == 6)
        #expect(
            reading.findings.map { $0.code } == [String](repeating: "provider-unauthorized", count: 3) + [
                "zones-not-read"
            ]
        )
        #expect(!reading.isComplete)
    }

    @Test func allZonesArePagedHoweverTheListEnds() async throws {
        func page(_ number: Int, of count: Int) -> JSONValue {
            .array(
                (0..<count).map {
                    Sample.zoneEntry(
                        "\(100 + number)\(1000 + $0)" + Sample.zone.dropFirst(7),
                        "z\(number)-\($0).example"
                    )
                }
            )
        }
        func info(_ value: JSONValue) -> [(String, JSONValue)] { [("result_info", value)] }
        let endings: [(pages: [ScriptedHTTP.Answer], zones: Int)] = [
            (
                [
                    .result(page(1, of: 2), more: info(["total_pages": 2])),
                    .result(page(2, of: 1), more: info(["total_pages": "2"])),
                ], 3
            ),
            ([.result(page(1, of: 50)), .result(page(2, of: 3))], 53),
            ([.result(page(1, of: 20), more: info(["per_page": 20])), .result([])], 20),
            ([.result([])], 0),
        ]
        for (pages, count) in endings {
            let http = ScriptedHTTP(pages + [ScriptedHTTP.Answer](repeating: .result([]), count: 2 * count))
            let reading = try await Sample.provider(http, ["zones": .text("all")]).read()
            #expect(reading.isComplete && reading.findings.isEmpty)
            #expect(http.requests.count == pages.count + 2 * count)
            #expect(http.lines.first == "GET /client/v4/zones?page=1&per_page=50")
        }
    }

    @Test func pagesThatRepeatOrNeverEndAreLeft() async throws {
        let full = JSONValue.array(
            (0..<2).map { Sample.zoneEntry("\($0)" + Sample.zone.dropFirst(), "z\($0).example") }
        )
        let endless: [(String, JSONValue)] = [("result_info", ["total_pages": 9_223_372_036_854_775_807])]
        let repeats = ScriptedHTTP([
            .result(full, more: endless), .result(full, more: endless), .result([]), .result([]), .result([]),
            .result([]),
        ])
        let repeated = try await Sample.provider(repeats, ["zones": .text("all")]).read()
        #expect(repeated.findings.map { $0.code } == ["provider-answer-not-understood"])
        #expect(repeats.requests.count == 6 && !repeated.isComplete)

        let pages = (0..<50).map { number in
            ScriptedHTTP.Answer.result(
                [Sample.zoneEntry("\(10 + number)" + Sample.zone.dropFirst(2), "z\(number).example")],
                more: endless
            )
        }
        let http = ScriptedHTTP(pages + [ScriptedHTTP.Answer](repeating: .result([]), count: 100))
        let reading = try await Sample.provider(http, ["zones": .text("all")]).read()
        #expect(reading.findings.map { $0.code } == ["zones-not-read"])
        #expect(http.requests.count == 150 && !reading.isComplete)
    }

    @Test func aLookInANewProcessAsksForTheZonesNameFirst() async throws {
        let (_, _, read) = try await Sample.afterReading([])
        let http = ScriptedHTTP([
            .result(Sample.zoneEntry(Sample.zone, "example.com")), .result([Sample.entry()]),
            .errors(404, [["code": 1408, "message": "not found"]]), .result([Sample.entry()]),
        ])
        let provider = try Sample.provider(http)
        let authorization = read
        #expect(try await provider.refresh(authorization).get() == authorization)
        #expect(try await provider.refresh(authorization).get() == authorization)
        #expect(http.lines.map { $0.utf8.contains(0x3F) } == [false, false, false, false])
        #expect(http.requests.count == 4, "the name, both lists; and then one call a look")
    }

    @Test func aCertificateThatIsNoLongerListedIsNotRead() async throws {
        let (provider, _, read) = try await Sample.afterReading([.result([])])
        let failure = try #require(await provider.refresh(read).failure)
        #expect(failure.kind == .refused && failure.finding.code == "authorization-gone")
    }

    @Test func whatCannotBeAskedIsNotSent() async throws {
        let active = try await Sample.afterReading([], entry: Sample.entry(status: "active"))
        let wildcard = try await Sample.afterReading([], entry: Sample.entry(host: "*.example.com"))
        let nameless = try await Sample.afterReading([], entry: Sample.entry(pack: "../../user"))
        let mail = try await Sample.afterReading([], entry: Sample.entry(method: "email"))
        let plain = try await Sample.afterReading([])
        let refusals = [
            await active.provider.changeMethod(of: active.authorization, to: .http).failure,
            await wildcard.provider.changeMethod(of: wildcard.authorization, to: .http).failure,
            await nameless.provider.changeMethod(of: nameless.authorization, to: .http).failure,
            await nameless.provider.trigger(nameless.authorization, style: .patch).failure,
            await mail.provider.trigger(mail.authorization, style: .patch).failure,
            await plain.provider.changeMethod(of: plain.authorization, to: .txt).failure,
            await plain.provider.changeMethod(of: plain.authorization, to: .email).failure,
        ]
        #expect(refusals.map { $0?.finding.code } == [String?](repeating: "action-not-possible", count: refusals.count))
        #expect(refusals.allSatisfy { $0?.kind == .refused })
        for http in [active.http, wildcard.http, nameless.http, mail.http, plain.http] {
            #expect(http.requests.count == Sample.readCalls)
        }
    }
}

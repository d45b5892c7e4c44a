// Both lists of a zone, and custom hostnames, against the reading written beside them; and what a fresh look at one of
// them may cost and must show.
import DCV
import Platform
import Providers
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareMergeTests {
    /// Fixtures in which the packs' list shows what the other one does not.
    private static let differing: Set<String> = [
        "states-that-disagree", "records-that-differ", "methods-that-disagree", "records-bound-to-the-packs-hosts",
        "hosts-elsewhere",
    ]

    private func world(_ fixture: JSONValue) throws -> ListedCloudflare {
        var lists = ListedCloudflare.Lists()
        lists.zones = .result([try #require(fixture["zone"])])
        if let body = fixture["verification"] { lists.verification = .init(body) }
        if let body = fixture["packs"] { lists.packs = .init(status: fixture["packs_status"]?.int, body) }
        if let body = fixture["hostnames"] { lists.hostnames = .init(status: fixture["hostnames_status"]?.int, body) }
        return ListedCloudflare(lists)
    }

    private func provider(_ http: ListedCloudflare, hostnames: Bool = false) throws -> any Provider {
        try Sample.provider(http, hostnames ? ["custom_hostnames": .text("true")] : [:])
    }

    @Test(arguments: try Fixtures.names(in: "merged"))
    func bothListsBecomeWhatStandsBesideThem(_ name: String) async throws {
        let fixture = try Fixtures.read("merged/" + name)
        let http = try world(fixture)
        let lines = Fixtures.lines(await (try provider(http)).read())
        let expected = fixture["expect"]?.array?.compactMap { $0.string }
        #expect(lines == expected, "\(name) = \(JSONValue.array(lines.map { .string($0) }).serializedText)")
    }

    @Test(arguments: try Fixtures.names(in: "hostnames"))
    func customHostnamesBecomeWhatStandsBesideThem(_ name: String) async throws {
        let fixture = try Fixtures.read("hostnames/" + name)
        let http = try world(fixture)
        let lines = Fixtures.lines(await (try provider(http, hostnames: true)).read())
        let expected = fixture["expect"]?.array?.compactMap { $0.string }
        #expect(lines == expected, "\(name) = \(JSONValue.array(lines.map { .string($0) }).serializedText)")
        #expect(http.requests.count == Sample.readCalls + 1)
    }

    /// What is decided on a reading is carried out after a fresh look: a look that differs by itself would stop all.
    @Test(arguments: try Fixtures.names(in: "merged").filter { $0 != "packs-broken" && $0 != "packs-no-list" })
    func aFreshLookShowsWhatTheReadingShowed(_ name: String) async throws {
        let fixture = try Fixtures.read("merged/" + name)
        let http = try world(fixture)
        let provider = try provider(http)
        for authorization in await provider.read().authorizations {
            http.forget()
            #expect(try await provider.refresh(authorization).get() == authorization, "\(name)")
            let first = http.lines
            http.forget()
            #expect(try await provider.refresh(authorization).get() == authorization, "\(name), again")
            #expect(http.lines == first, "\(name)")
            // Where both lists are needed, they differ.
            let differing = [
                "states-that-disagree", "records-that-differ", "methods-that-disagree", "kinds-that-changed",
            ]
            #expect(
                first.count == 1 || differing.contains(name)
                    || ["records-bound-to-the-packs-hosts", "hosts-elsewhere"].contains(name),
                "\(first)"
            )
            // Another process has nothing to remember.
            let stranger = try self.provider(http)
            #expect(try await stranger.refresh(authorization).get() == authorization, "\(name), elsewhere")
        }
    }

    @Test(arguments: try Fixtures.names(in: "hostnames"))
    func aFreshLookAtACustomHostnameShowsWhatTheReadingShowed(_ name: String) async throws {
        let http = try world(try Fixtures.read("hostnames/" + name))
        let provider = try provider(http, hostnames: true)
        for authorization in await provider.read().authorizations {
            http.forget()
            #expect(try await provider.refresh(authorization).get() == authorization, "\(name)")
            #expect(http.requests.count == 1)
        }
    }

    @Test func aPackThatOnlyOneListHasIsLookedAtThereAlone() async throws {
        let http = try world(try Fixtures.read("merged/packs-that-one-list-hides"))
        let provider = try provider(http)
        let hidden = try #require(await provider.read().authorizations.first)
        http.forget()
        _ = try await provider.refresh(hidden).get()
        #expect(http.lines == ["GET /zones/Z/ssl/certificate_packs/\(hidden.key.id)"])
        http.lists.packs = .result([])
        let failure = try #require(await provider.refresh(hidden).failure)
        #expect(failure.kind == .refused && failure.finding.code == "authorization-gone")
    }

    @Test func onlyAnAdvancedPackThatGaveUpIsRestarted() async throws {
        let http = try world(try Fixtures.read("merged/packs-that-one-list-hides"))
        let provider = try provider(http)
        for authorization in await provider.read().authorizations where authorization.status == .pending {
            http.forget()
            try await provider.trigger(authorization, style: .patch).get()
            let sent = try #require(http.requests.first)
            let isRestart = authorization.key.id.text.utf8.starts(with: "00000007".utf8)
            let list = isRestart ? "certificate_packs" : "verification"
            #expect(http.lines == ["PATCH /zones/Z/ssl/\(list)/\(authorization.key.id)"])
            #expect(String(decoding: sent.body, as: UTF8.self) == (isRestart ? "{}" : #"{"validation_method":"txt"}"#))
        }
    }

    @Test func aLookThatFindsThePacksBrokenConcludesNothing() async throws {
        for name in ["packs-broken", "packs-no-list"] {
            let fixture = try Fixtures.read("merged/" + name)
            let http = try world(fixture)
            let provider = try provider(http)
            let authorization = try #require(await provider.read().authorizations.first)
            http.lists.onePack = name == "packs-broken" ? http.lists.packs : .result([])
            let failure = try #require(await provider.refresh(authorization).failure, "\(name)")
            #expect(failure.kind == .temporary)
        }
    }

    @Test func onlyAFullZoneInServiceShowsTokensItself() async throws {
        let fixture = try Fixtures.read("merged/full-zone")
        let words: [(status: JSONValue, isPaused: Bool, isShown: Bool)] = [
            ("active", false, true), ("active", true, false), ("pending", false, false), ("moved", false, false),
            ("initializing", false, false), (.null, false, false),
        ]
        for (status, isPaused, isShown) in words {
            let http = try world(fixture)
            let zone: JSONValue = [
                "id": .string(Sample.zone), "name": "example.com", "type": "full", "status": status,
                "paused": .bool(isPaused),
            ]
            http.lists.zones = .result([zone])
            let read = try #require(await (try provider(http)).read().authorizations.first)
            let apex = ProviderPlacement.zone(apex: try DomainName("example.com"))
            #expect(read.placements.contains(apex) == isShown && !read.placements.isEmpty, "\(status), \(isPaused)")
        }
    }

    /// A restart or a change of method may have brought new tokens since, under the same date.
    @Test func anEndThatHasPassedIsNone() async throws {
        func end(_ status: String, _ orderedOn: String) async throws -> Instant? {
            var lists = ListedCloudflare.Lists()
            lists.packs = .result([
                [
                    "id": .string(Sample.pack), "type": "advanced", "hosts": ["shop.example.com"],
                    "primary_certificate": "0", "certificates": [], "status": .string(status),
                    "created_on": .string(orderedOn), "validation_method": "txt", "certificate_authority": "google",
                ]
            ])
            let read = await (try provider(ListedCloudflare(lists))).read().authorizations
            return try #require(read.first { $0.status == .pending }).expiresAt
        }
        let now = LeapingClock().now()
        for status in ["pending_validation", "validation_timed_out"] {
            #expect(try await end(status, "2026-01-01T05:20:00.114782Z") == nil, "\(status)")
            let ahead = try #require(try await end(status, "2027-01-10T00:00:00Z"), "\(status)")
            #expect(ahead > now && ahead == Instant(millisecondsSinceEpoch: 1_800_748_800_000))
        }
    }

    @Test func newTokensAreSeenByTheCheapLook() async throws {
        let http = try world(try Fixtures.read("merged/both-lists-say-the-same"))
        let provider = try provider(http)
        let old = try #require(await provider.read().authorizations.first)
        let entry = Sample.entry(pack: old.key.id.text, value: "token-two")
        http.lists.verification = .result([entry])
        http.forget()
        let fresh = try await provider.refresh(old).get()
        #expect(fresh.tokenGeneration == ["_acme-challenge.shop.example.com TXT \"token-two\""])
        #expect(fresh.issuers == old.issuers && fresh.identifiers == old.identifiers && http.requests.count == 1)
        http.lists.verification = .result([])
        #expect(await provider.refresh(old).failure?.finding.code == "authorization-gone")
    }

    @Test func packsArePagedHoweverTheListEnds() async throws {
        func page(_ number: Int, of count: Int) -> JSONValue {
            .array(
                (0..<count).map { index in
                    let id = "3822ff90-1111-4111-8111-\(100_000_000_000 + number * 1000 + index)"
                    return ["id": .string(id), "status": "active", "hosts": ["shop.example.com"]]
                }
            )
        }
        let endings: [[ScriptedHTTP.Answer]] = [
            [.result(page(1, of: 50)), .result(page(2, of: 3))], [.result(page(1, of: 50)), .result(.null)],
            [
                .result(page(1, of: 2), more: [("result_info", ["total_pages": 2])]),
                .result(page(2, of: 1), more: [("result_info", ["total_pages": "2"])]),
            ],
        ]
        for (pages, count) in zip(endings, [53, 50, 3]) {
            let http = ScriptedHTTP([.result(Sample.zones), .result([])] + pages)
            let reading = try await Sample.provider(http).read()
            #expect(reading.authorizations.count == count && reading.isComplete && reading.findings.isEmpty)
            #expect(http.lines.last?.contains("?status=all&page=2&per_page=50") == true)
        }
        let repeated = ScriptedHTTP(
            [.result(Sample.zones), .result([Sample.entry()])]
                + [ScriptedHTTP.Answer](repeating: .result(page(1, of: 50)), count: 9)
        )
        let reading = try await Sample.provider(repeated).read()
        #expect(repeated.requests.count == 4 && !reading.isComplete && reading.authorizations.count == 1)
        #expect(reading.findings.map { $0.code } == ["provider-answer-not-understood"])
    }

    @Test func zonesThatRefuseTheirPacksAreReadAndTheListIsLeftAloneAfterTheThird() async throws {
        let refusal = ScriptedHTTP.Answer.errors(403, [["code": 10000, "message": "Authentication error"]])
        let ids = (0..<5).map { "\($0)" + Sample.zone.dropFirst() }
        let zones = JSONValue.array(ids.enumerated().map { Sample.zoneEntry($1, "z\($0).example") })
        let entry = ScriptedHTTP.Answer.result([])
        let http = ScriptedHTTP(
            [.result(zones), entry, refusal, entry, refusal, entry, refusal, entry, entry]
                + [.result(zones), entry, entry, entry, entry, entry]
        )
        let provider = try Sample.provider(http, ["zones": .text("all")])
        let reading = await provider.read()
        #expect(reading.findings.map { $0.code } == [String](repeating: "list-not-open", count: 4))
        #expect(reading.findings.allSatisfy { $0.severity == .notice } && !reading.isComplete)
        #expect(reading.findings.last?.saw.utf8.starts(with: "2 zones".utf8) == true)
        #expect(http.requests.count == 9)
        let again = await provider.read()
        #expect(again.findings == reading.findings)
        #expect(http.requests.count == 15, "a second pass of the same run asks no refused list again")
    }
}

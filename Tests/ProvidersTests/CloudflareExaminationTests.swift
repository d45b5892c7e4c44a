// What `config check` learns of a credential, with reads alone.
import DCV
import Platform
import Providers
import Rehearsal
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareExaminationTests {
    private static let zones = [
        RehearsedProviderZone(id: Sample.zone, name: "example.com", packs: []),
        RehearsedProviderZone(id: Sample.otherZone, name: "example.net", packs: []),
    ]

    private func lines(_ examination: ProviderExamination) -> [String] {
        examination.rights.map { "\($0.name): \($0.state.rawValue)" }
    }

    private func examine(
        _ grant: RehearsedGrant?,
        _ changes: [String: ProviderSettings.Value?] = ["zones": .text("all")],
        _ check: (ProviderExamination, RehearsedAccount) async throws -> Void
    ) async throws {
        try await RehearsedAccount.run(Self.zones, changes) { account in
            if let grant { account.api.grant(grant, to: .token(Sample.token)) }
            let examination = await account.provider.examine()
            #expect(examination.provider.text == "cf" && examination.kind == "cloudflare")
            #expect(account.api.calls.entries.allSatisfy { $0.request.method == "GET" && $0.route != .retry })
            #expect(account.api.surprises.isEmpty)
            try await check(examination, account)
        }
    }

    @Test func whatATokenMayDo() async throws {
        let all = Set(RehearsedPermission.allCases)
        let cases: [(Set<RehearsedPermission>, owner: String?, [String])] = [
            (all, nil, ["granted", "granted", "unknown"]),
            (all.subtracting([.certificatesWrite]), nil, ["granted", "granted", "unknown"]),
            // A token that an account owns cannot be verified, and is good all the same.
            (all, "0123456789abcdef0123456789abcdef", ["granted", "granted", "unknown"]),
            ([.zoneRead], nil, ["granted", "missing", "missing"]),
            ([.certificatesRead], nil, ["missing", "unknown", "unknown"]),
        ]
        for (permissions, owner, states) in cases {
            try await examine(RehearsedGrant(permissions, accountID: owner)) { examination, account in
                let names = ["Zone Read", "SSL and Certificates Read", "SSL and Certificates Write"]
                #expect(lines(examination) == zip(names, states).map { "\($0): \($1)" })
                #expect(account.api.calls.entries.count <= 4)
                let isWhole = states[0] == "granted"
                #expect(examination.scope == (isWhole ? "2 zones: example.com, example.net" : nil))
                #expect(examination.findings.contains { $0.severity == .error } == states.contains("missing"))
            }
        }
    }

    @Test func rightsForOneZoneOfTwo() async throws {
        let grant = RehearsedGrant(zoneIDs: [Sample.zone])
        try await examine(grant, ["zones": .list(["example.com", Sample.otherZone])]) { examination, _ in
            #expect(lines(examination).first == "Zone Read: granted")
            #expect(examination.scope == "1 zone: example.com")
            #expect(examination.findings.map { $0.code } == ["provider-unauthorized"])
        }
    }

    @Test func aTokenThatIsNoneOrHasAnEnd() async throws {
        try await examine(RehearsedGrant(expiresOn: "2027-03-01T00:00:00Z")) { examination, _ in
            #expect(examination.findings.map { $0.code } == ["credential-expires"])
            #expect(examination.findings.first?.saw == "it expires at 2027-03-01T00:00:00Z")
        }
        try await examine(RehearsedGrant(status: "expired")) { examination, account in
            #expect(examination.findings.map { $0.code } == ["provider-unauthorized"])
            #expect(account.api.calls.entries.count == 1 && examination.scope == nil)
        }
        let wrong = ProviderSettings.Value.secret(try #require(Secret("wrong".utf8)))
        try await examine(nil, ["zones": .text("all"), "token": wrong]) { examination, account in
            #expect(lines(examination).first == "Zone Read: missing")
            #expect(account.api.calls.entries.count == 2, "the verification, and one list")
            #expect(!"\(examination)".contains("wrong"))
        }
    }

    @Test func emailAndKeyAreTriedWithoutAVerification() async throws {
        let key = ProviderSettings.Value.secret(try #require(Secret("global-key".utf8)))
        let changes: [String: ProviderSettings.Value?] = [
            "zones": .text("all"), "token": nil, "email": .text("ops@example.com"), "key": key,
        ]
        try await examine(nil, changes) { examination, account in
            #expect(lines(examination).prefix(2) == ["Zone Read: granted", "SSL and Certificates Read: granted"])
            #expect(account.api.count(of: .verifyToken) == 0)
        }
    }

    @Test func whoCannotBeAskedIsUnknown() async throws {
        try await RehearsedAccount.run(Self.zones) { account in
            await account.api.shutdown()
            let examination = await account.provider.examine()
            #expect(examination.rights.allSatisfy { $0.state == .unknown })
            #expect(examination.findings.map { $0.code } == ["provider-unreachable"])
        }
    }

    @Test func customHostnamesAreTriedWhereTheyAreWanted() async throws {
        let changes: [String: ProviderSettings.Value?] = ["zones": .text("all"), "custom_hostnames": .text("true")]
        try await examine(nil, changes) { examination, account in
            #expect(account.api.count(of: .hostnames) == 1 && examination.findings.isEmpty)
            #expect(lines(examination).last == "SSL and Certificates Read: granted")
            #expect(examination.rights.last?.purpose == "read custom hostnames" && examination.rights.count == 4)
        }
        try await examine(RehearsedGrant([.zoneRead]), changes) { examination, account in
            #expect(examination.rights.last?.purpose == "read custom hostnames")
            #expect(examination.rights.last?.state == .missing)
        }
    }

    @Test func zonesThatWereNotLookedUpAreCounted() async throws {
        let names = (0..<51).map { "z\($0).example" }
        for count in [50, 51] {
            let found = ScriptedHTTP.Answer.result([Sample.zoneEntry(Sample.zone, "z0.example")])
            let other = [ScriptedHTTP.Answer](repeating: .result([]), count: 60)
            let http = ScriptedHTTP([.result(["status": "active"]), found] + other)
            let zones: [String: ProviderSettings.Value?] = ["zones": .list(Array(names.prefix(count)))]
            let examination = try await Sample.provider(http, zones).examine()
            #expect(examination.scope == "1 zone: z0.example" + (count > 50 ? " (tried for 50 of 51)" : ""))
            #expect(http.requests.count == 52)
        }
    }
}

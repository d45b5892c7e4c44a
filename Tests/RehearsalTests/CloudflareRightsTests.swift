// What a credential of the rehearsed provider may do, and how a token is verified.
import Rehearsal
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CloudflareRightsTests {
    /// Every call of the provider in a form it takes; what it is about is missing, so that it has no effect.
    private static let calls: [(route: RehearsedRoute, method: String, path: String, body: String?)] = [
        (.zones, "GET", "/zones", nil), (.zone, "GET", "/zones/\(CloudflareDesk.zoneID)", nil),
        (.verification, "GET", "ssl/verification", nil), (.retry, "GET", "ssl/verification?retry=true", nil),
        (.patch, "PATCH", "ssl/verification/x", #"{"validation_method":"txt"}"#),
        (.certificatePacks, "GET", "ssl/certificate_packs", nil),
        (.certificatePack, "GET", "ssl/certificate_packs/x", nil),
        (.restart, "PATCH", "ssl/certificate_packs/x", "{}"),
        (.universalSettings, "GET", "ssl/universal/settings", nil), (.delegation, "GET", "dcv_delegation/uuid", nil),
        (.hostnames, "GET", "custom_hostnames", nil), (.hostname, "GET", "custom_hostnames/x", nil),
        (.patchHostname, "PATCH", "custom_hostnames/x", #"{"ssl":{"method":"txt","type":"dv"}}"#),
        (.records, "GET", "dns_records", nil),
        (.createRecord, "POST", "dns_records", #"{"type":"TXT","name":"shop.example","content":"v"}"#),
        (.deleteRecord, "DELETE", "dns_records/x", nil), (.verifyToken, "GET", "/user/tokens/verify", nil),
        (.verifyAccountToken, "GET", "/accounts/a/tokens/verify", nil),
    ]

    private static let reads: Set<RehearsedRoute> = [
        .verification, .certificatePacks, .certificatePack, .universalSettings, .delegation, .hostnames, .hostname,
    ]

    /// Which calls each right opens.
    private static let opened: [(RehearsedPermission, Set<RehearsedRoute>)] = [
        (.zoneRead, [.zones, .zone]), (.certificatesRead, reads),
        (.certificatesWrite, reads.union([.retry, .patch, .restart, .patchHostname])), (.dnsRead, [.records]),
        (.dnsWrite, [.records, .createRecord, .deleteRecord]),
    ]

    @Test("Each right opens its calls and no others; what is missing is 403 with code 10000", arguments: opened)
    func rights(_ permission: RehearsedPermission, _ routes: Set<RehearsedRoute>) async throws {
        #expect(Set(Self.calls.map(\.route)) == Set(RehearsedRoute.allCases))
        try await CloudflareDesk.open { desk in
            desk.api.grant(RehearsedGrant([permission]), to: .token("less"))
            for call in Self.calls where call.route != .verifyToken && call.route != .verifyAccountToken {
                let answer = try await desk.call(call.method, call.path, call.body, token: "less")
                let isRefused = answer.status == 403 && answer.text.contains(#""errors":[{"code":10000"#)
                #expect(isRefused != routes.contains(call.route), "\(call.route): \(answer.status) \(answer.text)")
            }
            #expect(desk.api.calls.entries.map(\.route) == Self.calls.dropLast(2).map(\.route))
            #expect(try await desk.call("GET", "/user/tokens/verify", token: "less").status == 200)
        }
    }

    @Test("A credential for some zones lists those and is refused at the others")
    func zones() async throws {
        try await CloudflareDesk.open { desk in
            desk.api.grant(RehearsedGrant(zoneIDs: ["another"]), to: .token("less"))
            #expect(try await desk.call("GET", "/zones", token: "less").text.contains(#""result":[]"#))
            let refused = try await desk.call("GET", "ssl/verification", token: "less")
            #expect(refused.status == 403 && refused.text.contains("10000"))
        }
    }

    @Test("Each kind of token is verified by its own call, and only active ones may call")
    func verifying() async throws {
        try await CloudflareDesk.open { desk in
            desk.api.grant(RehearsedGrant(accountID: "a", expiresOn: "2027-01-01T00:00:00Z"), to: .token("account"))
            let own = try await desk.call("GET", "/accounts/a/tokens/verify", token: "account")
            #expect(own.status == 200 && own.text.contains(#""status":"active","expires_on":"2027-01-01T00:00:00Z"}"#))
            #expect(own.text.contains(#""messages":[{"code":10000"#))
            for (token, path) in [
                ("account", "/user/tokens/verify"), ("right", "/accounts/a/tokens/verify"),
                ("account", "/accounts/b/tokens/verify"), ("wrong", "/user/tokens/verify"),
            ] {
                let answer = try await desk.call("GET", path, token: token)
                #expect(answer.status == 401 && answer.text.contains(#""errors":[{"code":1000,"#), "\(token) \(path)")
            }
            desk.api.grant(RehearsedGrant(status: "expired"), to: .token("old"))
            let verified = try await desk.call("GET", "/user/tokens/verify", token: "old")
            #expect(verified.text.contains(#""status":"expired""#) && verified.text.contains(#""messages":[]"#))
            let call = try await desk.call("GET", "/zones", token: "old")
            #expect(call.status == 403 && call.text.contains("9109"))
        }
    }

    @Test("Zones are found by type - one, or several in either way of writing a list - and by status and account")
    func zoneFilters() async throws {
        try await CloudflareDesk.open { desk in
            var zones = [
                RehearsedProviderZone(id: "p", name: "p.example", packs: []),
                RehearsedProviderZone(id: "f", name: "f.example", kind: .full, packs: []),
                RehearsedProviderZone(id: "s", name: "s.example", kind: .secondary, packs: []),
            ]
            zones[2].status = "pending"
            zones[2].accountID = "other"
            desk.api.replaceZones(zones)
            for (query, ids) in [
                ("type=partial", ["p"]), ("type=full,secondary", ["f", "s"]), ("type=full&type=partial", ["p", "f"]),
                ("status=active", ["p", "f"]), ("status=pending", ["s"]), ("account.id=other", ["s"]),
            ] {
                let text = try await desk.text("/zones?" + query)
                #expect(["p", "f", "s"].filter { text.contains("\"id\":\"\($0)\"") } == ids, "\(query)")
            }
            #expect(try await desk.text("/zones").contains("verification_key"))
        }
    }
}

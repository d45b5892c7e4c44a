// The rehearsed provider's custom hostnames: lists and filters, rechecks, switches, what a PATCH loses.
import Rehearsal
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CloudflareHostnameTests {
    private static let path = "custom_hostnames/\(CloudflareDesk.hostnameID)"
    private static let recheck = #"{"ssl":{"method":"txt","type":"dv"}}"#

    private func hostname(wildcard: Bool = false) -> RehearsedHostname {
        RehearsedHostname(
            id: CloudflareDesk.hostnameID,
            hostname: "app.customer.example",
            certificateID: CloudflareDesk.certificateID,
            wildcard: wildcard,
            tokens: wildcard ? nil : [.txt(name: "_acme-challenge.app.customer.example", value: "v1")]
        )
    }

    @Test("An entry is written as it was recorded: two statuses, records, the owner's proof by record and by file")
    func entry() async throws {
        var hostname = hostname()
        hostname.certificate.offersDelegation = true
        hostname.settings = ["min_tls_version": .text("1.2"), "ciphers": .list(["AES128-SHA"])]
        let value = hostname.ownershipValue
        try await CloudflareDesk.open(hostnames: [hostname]) { desk in
            let text = try await desk.text("custom_hostnames")
            let certificate =
                #""ssl":{"id":"\#(CloudflareDesk.certificateID)","status":"pending_validation","method":"txt","#
                + #""type":"dv","wildcard":false,"bundle_method":"ubiquitous","certificate_authority":"google","#
                + #""settings":{"ciphers":["AES128-SHA"],"min_tls_version":"1.2"},"validation_records":[{"#
                + #""status":"pending","txt_name":"_acme-challenge.app.customer.example","txt_value":"v1"}],"#
                + #""dcv_delegation_records":[{"cname":"_acme-challenge.app.customer.example","#
                + #""cname_target":"app.customer.example.9dbb86635115718e.dcv.cloudflare.com"}]}"#
            let owner =
                #","ownership_verification":{"type":"txt","name":"_cf-custom-hostname.app.customer.example","#
                + #""value":"\#(value)"},"ownership_verification_http":{"http_url":"#
                + #""http:\/\/app.customer.example\/.well-known\/cf-custom-hostname-challenge\/"#
                + #"\#(CloudflareDesk.hostnameID)","http_body":"\#(value)"}}]"#
            #expect(
                text.contains(#""status":"pending","created_at":"2026-01-01T05:20:00.192Z",\#(certificate)\#(owner)"#)
            )
            #expect(text.contains(#""result_info":{"page":1,"per_page":20,"total_pages":1,"count":1,"total_count":1}"#))
            let one = try await desk.text(Self.path)
            #expect(one.contains(#""result":{"id":"\#(CloudflareDesk.hostnameID)""#) && one.contains(certificate))
            let unknown = "custom_hostnames/99999999-9d5b-4f0c-8b3e-0a5b6c7d8e9f"
            let none = try await desk.call("GET", unknown)
            #expect(none.status == 404 && none.text.contains("\"code\":1436"))
            #expect(try await desk.call("GET", "custom_hostnames/abc").text.contains("\"code\":1435"))
        }
    }

    @Test("ssl may be null or absent, tokens may be told twice, messages may be texts")
    func shapes() async throws {
        var hostname = hostname()
        hostname.repeatsToken = true
        hostname.certificate.validationErrors = ["caa_error: app.customer.example"]
        try await CloudflareDesk.open(hostnames: [hostname]) { desk in
            let twice = try await desk.text(Self.path)
            #expect(twice.split(separator: "txt_value").count == 3)
            #expect(twice.contains(#""validation_errors":[{"message":"caa_error: app.customer.example"}]"#))
            desk.api.updateHostname(CloudflareDesk.hostnameID) { $0.certificateShape = .null }
            #expect(try await desk.text(Self.path).contains(#""ssl":null"#))
            desk.api.updateHostname(CloudflareDesk.hostnameID) { $0.certificateShape = .absent }
            #expect(!(try await desk.text(Self.path)).contains("\"ssl\""))
            desk.api.behave { $0.hostnameMessages = ["a text"] }
            #expect(try await desk.text("custom_hostnames").contains(#""messages":["a text"]"#))
        }
    }

    @Test("Lists come in pages, and every filter finds what it should and nothing else")
    func filters() async throws {
        let hostnames = (0..<7).map { number in
            var hostname = RehearsedHostname(
                id: "00000000-9d5b-4f0c-8b3e-0a5b6c7d8e9\(number)",
                hostname: "h\(number).customer.example",
                certificateID: "10000000-9d5b-4f0c-8b3e-0a5b6c7d8e9\(number)",
                status: number == 1 ? "active" : "pending",
                wildcard: number == 2,
                certificateAuthority: number == 3 ? "lets_encrypt" : "google"
            )
            if number == 4 { hostname.certificate.status = "active" }
            return hostname
        }
        try await CloudflareDesk.open(hostnames: hostnames) { desk in
            func found(_ query: String) async throws -> [Int] {
                let text = try await desk.text("custom_hostnames?" + query)
                return (0..<7).filter { text.contains("\"hostname\":\"h\($0).customer.example\"") }
            }
            #expect(try await found("per_page=5&page=2") == [5, 6])
            #expect(try await found("per_page=1000") == Array(0..<7))
            #expect(try await found("per_page=5&page=3") == [])
            #expect(try await found("hostname=H3.customer.example") == [3])
            #expect(try await found("hostname.exact=h3.customer.example") == [3])
            #expect(try await found("hostname.contain=4.cust") == [4])
            #expect(try await found("hostname.startsWith=h6") == [6])
            #expect(try await found("id=00000000-9d5b-4f0c-8b3e-0a5b6c7d8e95") == [5])
            #expect(try await found("ssl_status=active") == [4])
            #expect(try await found("hostname_status=active&ssl_status=pending_validation") == [1])
            #expect(try await found("wildcard=true") == [2])
            #expect(try await found("certificate_authority=lets_encrypt") == [3])
            let turned = try await desk.text("custom_hostnames?order=ssl_status&direction=desc&per_page=5")
            #expect(!turned.contains("h4.customer"), "active comes last: \(turned)")
        }
    }

    @Test(
        "Pages out of range and filters that exclude each other are refused",
        arguments: [
            ("per_page=4", "1004"), ("per_page=1001", "1004"), ("id=a&ssl_status=active", "1438"),
            ("id=a&hostname=b", "1438"), ("hostname.exact=a&hostname.contain=b", "1004"), ("ssl=2", "1004"),
        ]
    )
    func refusedQueries(_ query: String, _ code: String) async throws {
        try await CloudflareDesk.open(surprises: 1) { desk in
            let answer = try await desk.call("GET", "custom_hostnames?" + query)
            #expect(answer.status == 400 && answer.text.contains(code))
        }
    }

    @Test("A recheck is answered 202 and looks for the certificate and for the owner, each for itself")
    func recheck() async throws {
        let isOwner: RehearsedCloudflare.Look = {
            if case .txt(let name, _) = $0, name.hasPrefix("_acme") { "not there" } else { nil }
        }
        try await CloudflareDesk.open(hostnames: [hostname()], look: isOwner) { desk in
            let first = try await desk.call("PATCH", Self.path, Self.recheck)
            #expect(first.status == 202 && first.text.contains(#""txt_value":"v1""#))
            let after = try #require(desk.api.hostname(CloudflareDesk.hostnameID))
            #expect(after.status == "active" && after.certificate.failures == 1)
            #expect(after.certificate.status == "pending_validation" && after.certificate.generation == 1)
            let text = try await desk.text(Self.path)
            #expect(text.contains(#""validation_errors":[{"message":"not there"}]"#) && !text.contains("\"v1\""))
            #expect(!text.contains("ownership_verification"))
            desk.api.look { _ in nil }
            _ = try await desk.call("PATCH", Self.path, Self.recheck)
            #expect(desk.api.hostname(CloudflareDesk.hostnameID)?.certificate.isActive == true)
            #expect(
                desk.api.validations.entries.map(\.packID) == [
                    CloudflareDesk.certificateID, CloudflareDesk.certificateID,
                ]
            )
            #expect(desk.api.ownershipChecks.entries.map(\.succeeded) == [true])
        }
    }

    @Test("An owner who cannot be found leaves an error at the hostname, not at the certificate")
    func noOwner() async throws {
        let noOwner: RehearsedCloudflare.Look = {
            switch $0 {
            case .txt(let name, _): name.hasPrefix("_cf-custom-hostname.") ? "no" : nil
            default: "no"
            }
        }
        try await CloudflareDesk.open(hostnames: [hostname()], look: noOwner) { desk in
            _ = try await desk.call("PATCH", Self.path, Self.recheck)
            let text = try await desk.text(Self.path)
            #expect(text.contains(#""verification_errors":["custom hostname does not CNAME to this zone."]"#))
            #expect(
                text.contains(#""status":"pending","created_at""#) && text.contains(#","status":"active","method""#)
            )
        }
    }

    @Test("A PATCH loses the settings it leaves out, and that is on record")
    func resets() async throws {
        var hostname = hostname()
        hostname.settings = ["http2": .text("off"), "min_tls_version": .text("1.2"), "ciphers": .list(["AES128-SHA"])]
        try await CloudflareDesk.open(hostnames: [hostname], look: { _ in "no" }) { desk in
            let whole =
                #"{"ssl":{"method":"txt","type":"dv","settings":"#
                + #"{"http2":"off","min_tls_version":"1.2","ciphers":["AES128-SHA"]}}}"#
            _ = try await desk.call("PATCH", Self.path, whole)
            #expect(desk.api.hostname(CloudflareDesk.hostnameID)?.resets == [])
            let part = #"{"ssl":{"method":"txt","type":"dv","settings":{"min_tls_version":"1.3"}}}"#
            _ = try await desk.call("PATCH", Self.path, part)
            let kept = try #require(desk.api.hostname(CloudflareDesk.hostnameID))
            #expect(kept.resets == ["ciphers", "http2"] && kept.settings == ["min_tls_version": .text("1.3")])
            _ = try await desk.call("PATCH", Self.path, Self.recheck)
            let bare = try #require(desk.api.hostname(CloudflareDesk.hostnameID))
            #expect(bare.resets == ["ciphers", "http2", "min_tls_version"] && bare.settings.isEmpty)
            let other = try await desk.call("PATCH", Self.path, #"{"custom_origin_server":"origin.shop.example"}"#)
            #expect(other.status == 202 && other.text.contains(#""custom_origin_server":"origin.shop.example""#))
            #expect(desk.api.validations.entries.count == 3, "a PATCH without ssl makes nobody look")
        }
    }

    @Test("Another method is a new order; http for a wildcard and changes of an active certificate are refused")
    func methods() async throws {
        try await CloudflareDesk.open(hostnames: [hostname()]) { desk in
            let body = #"{"ssl":{"method":"http","type":"dv"}}"#
            let changed = try await desk.call("PATCH", Self.path, body)
            #expect(changed.status == 202 && changed.text.contains("http_url") && !changed.text.contains("txt_value"))
            #expect(desk.api.hostname(CloudflareDesk.hostnameID)?.certificate.generation == 1)
            #expect(desk.api.validations.entries.isEmpty)
            desk.api.update(CloudflareDesk.certificateID) { $0.status = "active" }
            let refused = try await desk.call("PATCH", Self.path, Self.recheck)
            #expect(refused.status == 409 && refused.text.contains("\"code\":1439"))
        }
        try await CloudflareDesk.open(hostnames: [hostname(wildcard: true)]) { desk in
            let refused = try await desk.call("PATCH", Self.path, #"{"ssl":{"method":"http","type":"dv"}}"#)
            #expect(refused.status == 400 && refused.text.contains("\"code\":1434"))
            #expect(try await desk.text(Self.path).contains(#""wildcard":true"#))
        }
    }

    @Test(
        "A PATCH in a form that is not taken has no effect, and the provider's number for it",
        arguments: [
            (#"{"ssl":{"method":"txt"}}"#, 1440), (#"{"ssl":{"type":"dv"}}"#, 1440), (#"{"ssl":{}}"#, 1440),
            (#"{"ssl":"dv"}"#, 1434), (#"{"ssl":{"method":"txt","type":"dv","x":1}}"#, 1434),
            (#"{"ssl":{"method":"cname","type":"dv"}}"#, 1432), (#"{"ssl":{"method":"txt","type":"ev"}}"#, 1433),
            (#"{"ssl":{"method":"txt","type":"dv","bundle_method":"best"}}"#, 1449),
            (#"{"ssl":{"method":"txt","type":"dv","wildcard":"no"}}"#, 1434),
            (#"{"ssl":{"method":"txt","type":"dv","settings":{"http2":true}}}"#, 1422),
            (#"{"ssl":{"method":"txt","type":"dv","settings":{"tls_1_3":"zrt"}}}"#, 1424),
            (#"{"ssl":{"method":"txt","type":"dv","settings":{"min_tls_version":1.2}}}"#, 1400),
            (#"{"ssl":{"method":"txt","type":"dv","settings":{"min_tls_version":"1.4"}}}"#, 1425),
            (#"{"ssl":{"method":"txt","type":"dv","settings":{"ciphers":"AES"}}}"#, 1442),
            (#"{"ssl":{"method":"txt","type":"dv","settings":{"x":"y"}}}"#, 1434), (#"{"hostname":"a"}"#, 1004),
            ("txt", 1400),
        ]
    )
    func malformed(_ body: String, _ code: Int) async throws {
        try await CloudflareDesk.open(hostnames: [hostname()], surprises: 1) { desk in
            let answer = try await desk.call("PATCH", Self.path, body)
            #expect(answer.status == 400 && answer.text.contains("\"code\":\(code)"), "\(answer.text)")
            let after = try #require(desk.api.hostname(CloudflareDesk.hostnameID))
            #expect(after.certificate.generation == 0 && desk.api.validations.entries.isEmpty)
        }
    }
}

// The rehearsed DigiCert keeps a token until it is told to void it, looks when a check is asked, and tells no less than
// the real one about people.
import DCV
import Rehearsal
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DigiCertTests {
    /// 2026-04-01T00:00:00Z
    private static let clock = StandingClock(milliseconds: 1_775_001_600_000)

    private func rehearse(
        _ domains: [RehearsedDigiCertDomain] = [RehearsedDigiCertDomain(id: 7, name: "shop.example")],
        orders: [RehearsedDigiCertOrder] = [],
        look: @escaping RehearsedDigiCert.Look = { _ in nil },
        _ test: (RehearsedDigiCert) async throws -> Void
    ) async throws {
        let digicert = try await RehearsedDigiCert.start(
            domains: domains,
            orders: orders,
            keys: ["right"],
            clock: Self.clock,
            look: look
        )
        do {
            try await test(digicert)
        } catch {
            await digicert.shutdown()
            throw error
        }
        await digicert.shutdown()
    }

    private func call(
        _ digicert: RehearsedDigiCert,
        _ method: String,
        _ path: String,
        body: String? = nil,
        key: String? = "right"
    ) async throws -> SmallHTTPClient.Answer {
        try await SmallHTTPClient.fetch(
            method,
            "/services/v2" + path,
            host: "127.0.0.1",
            at: digicert.address,
            port: digicert.port,
            headers: (key.map { [("X-DC-DEVKEY", $0)] } ?? [])
                + (method == "GET" ? [] : [("Content-Type", "application/json")]),
            body: body
        )
    }

    @Test("A domain waits with a token, is checked, and is valid for 199 days")
    func domain() async throws {
        try await rehearse { digicert in
            let text = try await call(digicert, "GET", "/domain/7?include_dcv=true&include_validation=true").text
            let token = try #require(digicert.domain(7)?.token.value)
            #expect(text.contains(#""is_pending_validation":true"#))
            #expect(
                text.contains(
                    "\"dcv_token\":{\"token\":\"\(token)\",\"status\":\"pending\","
                        + #""expiration_date":"2026-05-01T00:00:00+00:00"}"#
                )
            )
            #expect(text.contains(#""status":"pending","dcv_status":"pending"}"#))
            #expect(!text.contains("validated_until") && !text.contains("org_status"))
            let checked = try await call(digicert, "PUT", "/domain/7/dcv/validate-token")
            #expect(checked.status == 200 && checked.text == "{\"token\":\"\(token)\",\"status\":\"active\"}")
            let valid = try await call(digicert, "GET", "/domain/7?include_dcv=true&include_validation=true").text
            #expect(valid.contains(#""validated_until":"2026-10-17T00:00:00+00:00""#))
            #expect(valid.contains(#""dcv_status":"complete","org_status":"complete""#))
            #expect(valid.contains(#""dcv_expiration":{"ov":"2026-10-16","ev":"2026-10-16"}"#))
            #expect(!valid.contains("dcv_token") && digicert.surprises.isEmpty)
        }
    }

    @Test("A check that finds nothing is refused, and the token stays")
    func miss() async throws {
        let codes = [
            "dns-txt-token": "invalid_dns_txt", "dns-cname-token": "invalid_dns_cname",
            "http-token": "file_random_value_not_found",
        ]
        for (method, code) in codes {
            let domain = RehearsedDigiCertDomain(id: 7, name: "shop.example", method: method)
            try await rehearse([domain], look: { "nothing at \($0)" }) { digicert in
                let token = try #require(digicert.domain(7)?.token.value)
                let missed = try await call(digicert, "PUT", "/domain/7/dcv/validate-token")
                #expect(missed.status == 400 && missed.text.contains(#"{"errors":[{"code":"\#(code)""#))
                #expect(digicert.domain(7)?.token.value == token && digicert.domain(7)?.isComplete == false)
                #expect(digicert.validations.entries.map(\.reasons.count) == [method == "http-token" ? 1 : 2])
            }
        }
    }

    @Test("TXT and CNAME are looked for at both places, the labelled name first")
    func places() async throws {
        for method in ["dns-txt-token", "dns-cname-token"] {
            for place in 0...1 {
                let domain = RehearsedDigiCertDomain(id: 7, name: "shop.example", method: method)
                try await rehearse([domain]) { digicert in
                    let places = try #require(digicert.domain(7)?.places)
                    #expect(places.count == 2 && places[0].description.utf8.starts(with: "_dnsauth.shop.".utf8))
                    digicert.look { $0 == places[place] ? nil : "not there" }
                    #expect(try await call(digicert, "PUT", "/domain/7/dcv/validate-token").status == 200)
                }
            }
        }
        let file = RehearsedDigiCertDomain(id: 7, name: "shop.example", method: "http-token")
        try await rehearse([file]) { digicert in
            let token = try #require(digicert.domain(7)?.token.value)
            let url = "http://shop.example/.well-known/pki-validation/fileauth.txt"
            #expect(digicert.domain(7)?.places == [.http(url: url, body: token)])
        }
    }

    @Test("Only a new token and another method void a token; submitting again does not")
    func tokens() async throws {
        try await rehearse { digicert in
            let first = try #require(digicert.domain(7)?.token)
            let submitted = try await call(
                digicert,
                "POST",
                "/domain/7/validation",
                body: #"{"validations":[{"type":"ov"},{"type":"ev"}],"dcv_method":"dns-txt-token"}"#
            )
            #expect(submitted.status == 201 && submitted.text.contains(first.value))
            let changed = try await call(
                digicert,
                "PUT",
                "/domain/7/dcv/method",
                body: #"{"dcv_method":"dns-cname-token"}"#
            )
            #expect(changed.text.contains(#""verification_value":"dcv.digicert.com""#))
            #expect(!changed.text.contains(first.value) && digicert.domain(7)?.token.generation == 2)
            let fresh = try await call(digicert, "POST", "/domain/7/dcv/token")
            #expect(fresh.status == 200 && digicert.domain(7)?.token.generation == 3)
            #expect(digicert.count(of: .newToken) == 1)
            digicert.updateDomain(7) { $0.method = "email" }
            let refused = try await call(digicert, "POST", "/domain/7/dcv/token")
            #expect(refused.status == 400 && refused.text.contains("invalid_dcv_method"))
            #expect(digicert.surprises.isEmpty)
        }
    }

    @Test("A valid domain is submitted again before its end, and stays usable meanwhile")
    func revalidation() async throws {
        let until = Self.clock.now().adding(seconds: 86_400)
        let domain = RehearsedDigiCertDomain(id: 7, name: "shop.example", validatedUntil: until)
        try await rehearse([domain]) { digicert in
            let before = try await call(digicert, "GET", "/domain?include_validation=true&limit=1000&offset=0").text
            #expect(before.contains(#""validated_until":"2026-04-02T00:00:00+00:00""#))
            let body = #"{"validations":[{"type":"ov"}],"dcv_method":"dns-txt-token"}"#
            let submitted = try await call(digicert, "POST", "/domain/7/validation", body: body)
            #expect(submitted.status == 201 && submitted.text.contains(#"{"dcv_token":{"token":""#))
            let meanwhile = try await call(digicert, "GET", "/domain/7/validation").text
            #expect(meanwhile.contains(#""status":"active","dcv_status":"pending","org_status":"complete""#))
            _ = try await call(digicert, "PUT", "/domain/7/dcv/validate-token")
            #expect(digicert.domain(7)?.validatedUntil == Self.clock.now().adding(seconds: 17_193_600))
        }
    }

    @Test("People stand in the details of a validation, and nowhere else")
    func people() async throws {
        try await rehearse { digicert in
            let details = try await call(digicert, "GET", "/domain/7/validation").text
            #expect(RehearsedDigiCert.canaries.allSatisfy(details.contains))
            let ev = try #require(details.firstRange(of: #""type":"ev""#))
            let ov = try #require(details.firstRange(of: #""type":"ov""#))
            #expect(ev.lowerBound < ov.lowerBound)
            var shape = RehearsedDigiCertShape()
            shape.listsEVFirst = false
            shape.isActiveIsText = true
            digicert.write(shape)
            let list = try await call(digicert, "GET", "/domain?filters[status]=active&include_validation=true").text
            #expect(!RehearsedDigiCert.canaries.contains(where: list.contains))
            #expect(list.contains(#""is_active":"1""#) && list.contains(#""validations":[{"type":"ov""#))
            #expect(list.contains(#""page":{"total":1,"limit":1000,"offset":0}"#))
        }
    }

    @Test("An order tells its value again and again, and is issued when every name is approved")
    func order() async throws {
        let order = RehearsedDigiCertOrder(id: 900, commonName: "shop.example", dnsNames: ["www.shop.example"])
        try await rehearse([], orders: [order]) { digicert in
            let list = try await call(digicert, "GET", "/order/certificate?filters%5Bstatus%5D=pending").text
            #expect(list.contains(#"{"orders":[{"id":900,"#) && list.contains(#""dns_names":["www.shop.example"]"#))
            #expect(try await call(digicert, "GET", "/order/certificate?filters[status]=issued").text.contains("[]"))
            let details = try await call(digicert, "GET", "/order/certificate/900").text
            #expect(details.contains(#""dcv_method":"dns-txt-token""#) && details.contains("www.shop.example"))
            let value = try await call(digicert, "PUT", "/order/certificate/900/dcv-random-value").text
            #expect(try await call(digicert, "PUT", "/order/certificate/900/dcv-random-value").text == value)
            digicert.look { "\($0)".contains("www.") ? "not there" : nil }
            let half = try await call(digicert, "PUT", "/order/certificate/900/check-dcv")
            #expect(half.status == 400 && digicert.order(900)?.approvedNames == ["shop.example"])
            digicert.look { _ in nil }
            let body = #"{"dns_names_validations":["www.shop.example"]}"#
            let whole = try await call(digicert, "PUT", "/order/certificate/900/check-dcv", body: body)
            #expect(whole.text.contains(#"{"order_status":"issued","certificate_id":1000900,"dcv_status":"valid""#))
            #expect(digicert.order(900)?.isIssued == true && digicert.surprises.isEmpty)
            let changed = try await call(
                digicert,
                "PUT",
                "/order/certificate/900/dcv-method",
                body: #"{"dcv_method":"dns-cname-token"}"#
            )
            #expect(changed.text.contains("dcv_random_value") && changed.text != value)
        }
    }

    @Test("Either check accepts either value")
    func eitherValue() async throws {
        let order = RehearsedDigiCertOrder(id: 900, commonName: "shop.example")
        try await rehearse(orders: [order]) { digicert in
            let own = try #require(digicert.domain(7)?.token.value)
            let other = try #require(digicert.order(900)?.token.value)
            digicert.look { "\($0)".contains(other) ? nil : "not there" }
            #expect(try await call(digicert, "PUT", "/domain/7/dcv/validate-token").status == 200)
            digicert.updateDomain(7) { $0.dcvStatus = "pending" }
            digicert.look { "\($0)".contains(own) ? nil : "not there" }
            #expect(try await call(digicert, "PUT", "/order/certificate/900/check-dcv").status == 200)
        }
    }

    @Test("A file proves one host and no wildcard; an order with a wildcard cannot be changed to files")
    func wildcard() async throws {
        let names = ["*.shop.example"]
        let order = RehearsedDigiCertOrder(id: 900, commonName: "shop.example", dnsNames: names)
        let plain = RehearsedDigiCertOrder(id: 901, commonName: "shop.example")
        try await rehearse([], orders: [order, plain]) { digicert in
            let value = try #require(digicert.order(900)?.token)
            #expect(value.places("*.shop.example", method: "http-token").isEmpty)
            for method in ["dns-txt-token", "dns-cname-token"] {
                #expect(value.places("*.shop.example", method: method) == value.places("shop.example", method: method))
            }
            let body = #"{"dcv_method":"http-token"}"#
            let refused = try await call(digicert, "PUT", "/order/certificate/900/dcv-method", body: body)
            #expect(refused.status == 400 && refused.text.contains("*.shop.example cannot be proved by a file"))
            #expect(digicert.order(900)?.method == "dns-txt-token" && digicert.order(900)?.token.generation == 1)
            #expect(try await call(digicert, "PUT", "/order/certificate/901/dcv-method", body: body).status == 200)
            digicert.updateOrder(900) { $0.method = "http-token" }
            let missed = try await call(digicert, "PUT", "/order/certificate/900/check-dcv")
            #expect(missed.status == 400 && missed.text.contains("file_random_value_not_found"))
            #expect(digicert.order(900)?.approvedNames == ["shop.example"] && digicert.surprises.isEmpty)
        }
    }

    @Test("A check of a domain that waits for nothing says active only when its validation is complete")
    func checkWithoutNeed() async throws {
        try await rehearse { digicert in
            for (word, status, text) in [
                ("complete", 200, #"{"status":"active"}"#), ("expired", 400, "invalid_dns_txt"),
                ("some-new-word", 400, "invalid_dns_txt"),
            ] {
                digicert.updateDomain(7) { $0.dcvStatus = word }
                let checked = try await call(digicert, "PUT", "/domain/7/dcv/validate-token")
                #expect(checked.status == status && checked.text.contains(text), "\(word): \(checked.text)")
                #expect(digicert.domain(7)?.dcvStatus == word)
            }
            digicert.updateDomain(7) {
                $0.dcvStatus = "pending"
                $0.method = "email"
            }
            let mail = try await call(digicert, "PUT", "/domain/7/dcv/validate-token")
            #expect(mail.status == 400 && mail.text.contains("invalid_dcv_method"))
        }
    }

    @Test("The filters of the list of domains are applied")
    func filters() async throws {
        var gone = RehearsedDigiCertDomain(id: 9, name: "gone.test", method: "http-token")
        gone.isActive = false
        gone.dcvStatus = "expired"
        let until = Self.clock.now().adding(seconds: 86_400)
        let domains = [
            RehearsedDigiCertDomain(id: 7, name: "shop.example"),
            RehearsedDigiCertDomain(id: 8, name: "docs.example", method: "dns-cname-token", validatedUntil: until),
            gone,
        ]
        let expected: [(String, [Int])] = [
            ("status]=active", [7, 8]), ("status]=inactive", [9]), ("validation]=pending", [7]),
            ("validation]=active", [8]), ("validation]=expired", [9]), ("dcv_method]=http-token", [9]),
            ("search]=%25example", [7, 8]), ("search]=shop.example", [7]), ("search]=example", []),
        ]
        try await rehearse(domains) { digicert in
            for (filter, ids) in expected {
                let list = try await call(digicert, "GET", "/domain?filters[" + filter).text
                #expect(list.contains("\"total\":\(ids.count),"), "\(filter)")
                for id in 7...9 {
                    #expect(list.contains("{\"id\":\(id),\"is_active\"") == ids.contains(id), "\(filter): \(list)")
                }
            }
            #expect(digicert.surprises.isEmpty)
        }
    }

    @Test("Errors in three shapes, refusals and limits")
    func errors() async throws {
        try await rehearse { digicert in
            let texts = [
                RehearsedDigiCertShape.Errors.array: #"{"errors":[{"code":"not_found|domain","#,
                .object: #"{"errors":{"code":"not_found|domain","#, .singular: #"{"error":{"code":"not_found|domain","#,
            ]
            for errors in RehearsedDigiCertShape.Errors.allCases {
                var shape = RehearsedDigiCertShape()
                shape.errors = errors
                digicert.write(shape)
                let missing = try await call(digicert, "GET", "/domain/8")
                #expect(missing.status == 404 && missing.text.utf8.starts(with: (texts[errors] ?? "?").utf8))
            }
            digicert.write(RehearsedDigiCertShape())
            digicert.fail(.rateLimited(retryAfter: nil), on: .domains)
            let limited = try await call(digicert, "GET", "/domain")
            #expect(limited.status == 429 && limited.text.contains("request_limit_exceeded"))
            #expect(limited.header("retry-after") == nil)
            digicert.fail(.digiCertMissingPermission, on: .domain, id: 7)
            #expect(try await call(digicert, "GET", "/domain/7").status == 403)
            #expect(try await call(digicert, "GET", "/domain", key: "wrong").status == 401)
            #expect(digicert.surprises.isEmpty)
            #expect(try await call(digicert, "GET", "/domain", key: nil).status == 401)
            #expect(digicert.surprises.count == 1)
        }
    }

    @Test(
        "A call the provider does not have, or in a wrong form, is a surprise and has no effect",
        arguments: [
            ("GET", "/domain/x", nil), ("GET", "/domain/7/dcv", nil), ("DELETE", "/domain/7", nil),
            ("GET", "/domain?limit=1001", nil), ("GET", "/domain/7?filters[status]=active", nil),
            ("PUT", "/domain/7/dcv/method", "{}"), ("PUT", "/domain/7/dcv/method", #"{"dcv_method":"txt"}"#),
            ("PUT", "/domain/7/dcv/method", nil), ("PUT", "/domain/7/dcv/method", #"{"dcv_method":["email"]}"#),
            ("PUT", "/domain/7/dcv/method", #"{"dcv_method":"email","scope":"x"}"#),
            ("PUT", "/domain/7/dcv/method", #"{"dcv_method":"email","send_dcv_email_flag":"no"}"#),
            ("PUT", "/order/certificate/7/dcv-method", #"{"dcv_method":"email","send_dcv_email_flag":false}"#),
            ("POST", "/domain/7/validation", #"{"validations":[]}"#), ("POST", "/domain/7/validation", nil),
            ("POST", "/domain/7/validation", #"{"validations":[{"type":"dv"}],"dcv_method":"email"}"#),
            ("POST", "/domain/7/validation", #"{"validations":[{"type":"ov","user":1}],"dcv_method":"email"}"#),
            ("POST", "/domain/7/validation", #"{"validations":[{"type":"ov"}],"dcv_method":"email","name":"x"}"#),
            ("POST", "/domain/7/validation", #"{"validations":[{"type":"ov"}],"dcv_method":"txt"}"#),
            ("POST", "/domain/7/validation", "[]"), ("POST", "/domain/7/dcv/token", #"{"token":"x"}"#),
            ("PUT", "/order/certificate/7/check-dcv", #"{"dns_names_validations":[1]}"#),
            ("PUT", "/order/certificate/7/check-dcv", #"{"names":["shop.example"]}"#),
            ("GET", "/domain?filters[name]=shop.example", nil), ("GET", "/domain?filters[status]=pending", nil),
            ("GET", "/domain?filters[dcv_method]=txt", nil), ("GET", "/domain?filters[validation]=ov", nil),
            ("GET", "/order/certificate?filters[search]=x", nil),
            ("PUT", "/domain/7/dcv/validate-token", #"{"token":"x"}"#), ("PUT", "/order/certificate/7/check", nil),
        ] as [(String, String, String?)]
    )
    func surprises(_ method: String, _ path: String, _ body: String?) async throws {
        try await rehearse { digicert in
            let before = digicert.domain(7)?.token.value
            let answer = try await call(digicert, method, path, body: body)
            #expect(answer.status >= 400)
            #expect(digicert.surprises.count == 1 && digicert.validations.entries.isEmpty)
            #expect(digicert.domain(7)?.token.value == before)
        }
    }
}

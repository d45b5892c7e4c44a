// The calls of DigiCert's life: what is asked, in which order, when it stops, and what exactly goes over the wire.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DigiCertProviderTests {
    private typealias Sample = DigiCertSample

    @Test func requestsAreWhatDigiCertDocumentsToTheOctet() async throws {
        let http = Sample.table(Sample.domain())
        http.answer("GET /order/certificate", Sample.list("orders", [Sample.order()]))
        http.answer("GET /order/certificate/77", Sample.order())
        let value: JSONValue = ["dcv_random_value": "abc", "expiration_date": "2027-02-10T08:00:00Z"]
        http.answer("PUT /order/certificate/77/dcv-random-value", value)
        let provider = try Sample.provider(http)
        let read = await provider.read().authorizations
        #expect(read.map { $0.key.description } == ["dc:domain.12", "dc:order.77"])
        let (domain, order) = (try #require(read.first), try #require(read.last))
        for call in ["/domain/12/dcv/validate-token", "/domain/12/dcv/method", "/order/certificate/77/dcv-method"] {
            http.answer("PUT \(call)", [:])
        }
        http.answer("PUT /order/certificate/77/check-dcv", ["order_status": "issued", "dcv_status": "valid"])
        http.answer("POST /domain/12/validation", .reply(201, "{}"))
        try await provider.trigger(domain, style: .patch).get()
        try await provider.changeMethod(of: domain, to: .cname).get()
        try await provider.trigger(order, style: .patch).get()
        try await provider.changeMethod(of: order, to: .cname).get()
        http.answer(
            "GET /domain/12",
            Sample.domain(as: Sample.complete(until: "2027-02-01T00:00:00+00:00"), token: nil)
        )
        let valid = try await provider.refresh(domain).get()
        try await provider.revalidate(valid, by: .http).get()
        let expected = try #require(try DigiCertFixtures.read("requests")["requests"]?.array)
        #expect(http.requests.count == expected.count)
        for (sent, wanted) in zip(http.requests, expected) {
            let call = Comment(rawValue: wanted["call"]?.string ?? "")
            #expect("\(sent.method.rawValue) \(sent.url.target)" == wanted["line"]?.string, call)
            #expect(sent.url.authority == "www.digicert.com" && sent.url.scheme == .https, call)
            let headers = sent.headers.fields.map { "\($0.name): \($0.value)" }
            let isRead = sent.method == .get
            #expect(
                headers == ["X-DC-DEVKEY: \(Sample.key)", "Accept: application/json"]
                    + (isRead ? [] : ["Content-Type: application/json"]),
                call
            )
            #expect(String(decoding: sent.body, as: UTF8.self) == wanted["body"]?.string, call)
        }
    }

    @Test func aFarRegionIsAskedAtItsOwnAddress() async throws {
        let http = DigiCertTable([:])
        _ = try await Sample.provider(http, ["region": .text("eu"), "orders": .text("false")]).read()
        #expect(http.requests.map { $0.url.authority } == ["certcentral.digicert.eu"])
        #expect(http.calls == ["GET /domain"])
    }

    @Test func listsArePagedHoweverTheyEnd() async throws {
        func quiet(_ ids: ClosedRange<Int64>) -> [JSONValue] {
            ids.map { Sample.domain($0, "z\($0).example", as: Sample.complete(), token: nil) }
        }
        func page(_ entries: [JSONValue], _ more: [(String, JSONValue)] = []) -> ScriptedHTTP.Answer {
            let members: [(String, JSONValue)] = [("domains", .array(entries))]
            let info: [(String, JSONValue)] = more.isEmpty ? [] : [("page", .object(JSONObject(more)))]
            return .reply(200, JSONValue.object(JSONObject(members + info)).serialized())
        }
        let endings: [(pages: [ScriptedHTTP.Answer], domains: Int, isComplete: Bool)] = [
            ([page(quiet(1...3), [("total", 5)]), page(quiet(4...5), [("total", "5")])], 5, true),
            ([page(quiet(1...500)), page(quiet(501...501))], 501, true),
            ([page(quiet(1...2), [("limit", 2)]), page([], [("limit", 2)])], 2, true),
            ([page([])], 0, true), ([page(quiet(1...2), [("total", 9)]), page([], [("total", 9)])], 2, false),
            // Shorter than before: something may have moved to a page that was read already.
            ([page(quiet(1...2), [("total", 4)]), page(quiet(4...4), [("total", 3)])], 3, false),
            ([page(quiet(1...2), [("total", 9)]), page(quiet(1...2), [("total", 9)])], 2, false),
            ([page(quiet(1...3), [("total", 5)]), page(quiet(3...5), [("total", 5)])], 5, true),
            ([.reply(200, #"{"domains": {}}"#)], 0, false), ([.reply(200, #"{"page": {}}"#)], 0, false),
        ]
        for (index, (pages, count, isComplete)) in endings.enumerated() {
            let http = DigiCertTable(["GET /domain": pages])
            let reading = try await Sample.provider(http, ["orders": .text("false")]).read()
            #expect(reading.authorizations.count == count && reading.isComplete == isComplete, "\(index)")
            #expect(http.requests.count == pages.count, "\(index)")
            #expect(reading.findings.isEmpty == isComplete, "\(index)")
        }
    }

    @Test func aListWithoutEndIsLeft() async throws {
        let pages = (1...50).map { number -> ScriptedHTTP.Answer in
            let domain = Sample.domain(Int64(number), "z\(number).example", as: Sample.complete(), token: nil)
            return .reply(200, Sample.list("domains", [domain], total: .max).serialized())
        }
        let http = DigiCertTable(["GET /domain": pages])
        let reading = try await Sample.provider(http, ["orders": .text("false")]).read()
        #expect(http.requests.count == 40 && reading.authorizations.count == 40 && !reading.isComplete)
        #expect(reading.findings.map { $0.code } == ["provider-answer-not-understood"])
        #expect(http.requests.last?.url.target.contains("offset=39&") == true)
    }

    @Test func whatForbidsGoingOnEndsTheReading() async throws {
        let domains = (1...6).map { Sample.domain($0, "z\($0).example") }
        let list = ScriptedHTTP.Answer.reply(200, Sample.list("domains", domains).serialized())
        let forbidden = ScriptedHTTP.Answer.digiCert(403, "access_denied|missing_permission")
        let refused = DigiCertTable(["GET /domain": [list]], other: forbidden)
        let reading = try await Sample.provider(refused).read()
        #expect(refused.requests.count == 4, "three refusals in a row are enough: \(refused.calls)")
        #expect(reading.findings.map { $0.code }.last == "domains-not-read" && !reading.isComplete)
        #expect(reading.findings.last?.saw.contains("z4.example, z5.example, z6.example and 1 more") == true)

        let limited = DigiCertTable(["GET /domain": [list]], other: .digiCert(429, "request_limit_exceeded"))
        let provider = try Sample.provider(limited)
        #expect(await provider.read().findings.map { $0.code } == ["provider-rate-limited", "domains-not-read"])
        #expect(limited.requests.count == 2)
        _ = await provider.read()
        #expect(limited.requests.count == 2, "the pause holds for the next pass, too")
    }

    @Test func oneDomainThatFailsLeavesTheOthersAndTheOrders() async throws {
        let http = Sample.table(Sample.domain())
        let other = Sample.domain(13, "example.net")
        http.answer("GET /domain", Sample.list("domains", [other, Sample.domain()]))
        http.answer("GET /domain/13", .reply(500, "<html>"))
        let reading = try await Sample.provider(http).read()
        #expect(reading.authorizations.map { $0.key.id.text } == ["domain.12"] && !reading.isComplete)
        #expect(reading.findings.map { $0.code } == ["provider-fault"])
        #expect(reading.findings.first?.subject.contains("(example.net)") == true)
        #expect(http.calls.count { $0 == "GET /domain/13" } == 3 && http.calls.last == "GET /order/certificate")
    }

    @Test func aRevalidationNamesTheTypesThatTheDomainHad() async throws {
        let near = Sample.domain(as: Sample.complete(until: "2027-02-01T00:00:00+00:00"), token: nil)
        let (provider, http, read) = try await Sample.afterReading(near)
        http.answer("POST /domain/12/validation", .reply(201, "{}"))
        try await provider.revalidate(read, by: .cname).get()
        let body = #"{"validations":[{"type":"ev"},{"type":"ov"}],"dcv_method":"dns-cname-token"}"#
        #expect(String(decoding: http.requests.last?.body ?? [], as: UTF8.self) == body)
        // A process that has read nothing asks first.
        let table = Sample.table(near)
        table.answer("POST /domain/12/validation", .reply(201, "{}"))
        try await Sample.provider(table).revalidate(read, by: .cname).get()
        #expect(table.calls == ["GET /domain/12", "POST /domain/12/validation"])
        #expect(String(decoding: table.requests.last?.body ?? [], as: UTF8.self) == body)
    }

    @Test func aCheckThatWasAcceptedMayStillSayNo() async throws {
        let answers: [(ScriptedHTTP.Answer, says: String?)] = [
            (.reply(200, ""), nil), (.reply(204, ""), nil), (.reply(200, #"{"token":"x","status":"active"}"#), nil),
            (.reply(200, "{}"), nil), (.reply(200, #"{"status":"inactive"}"#), "status \"inactive\""),
            (.reply(200, #"{"dcv_status":"pending","order_status":"pending"}"#), "dcv_status \"pending\""),
            (
                .reply(
                    200,
                    #"{"dcv_status":"valid","dns_name_validations":[{"dns_name":"a.example","status":"approved"},"#
                        + #"{"dns_name":"b.example","status":"unapproved"}]}"#
                ), "not proved: b.example: unapproved"
            ),
            (
                .digiCert(400, "invalid_dns_txt", "Could not find a valid TXT record."),
                "code invalid_dns_txt: Could not"
            ),
            (.digiCert(400, "file_random_value_not_found"), "code file_random_value_not_found"),
        ]
        for (answer, says) in answers {
            let (provider, http, read) = try await Sample.afterReading()
            http.answer("PUT /domain/12/dcv/validate-token", answer)
            let failure = await provider.trigger(read, style: .patch).failure
            #expect((failure == nil) == (says == nil))
            guard let says, let failure else { continue }
            #expect(
                failure.kind == .looked && failure.finding.code == "provider-refused",
                "a look is an attempt: \(says)"
            )
            #expect(failure.finding.saw.contains(says), "\(failure.finding.saw)")
            #expect(failure.finding.severity == .waiting)
            #expect(http.calls.count { $0.utf8.starts(with: "PUT".utf8) } == 1)
        }
    }

    @Test func whatCannotBeAskedIsNotSent() async throws {
        let pending = try await Sample.afterReading()
        let mail = try await Sample.afterReading(Sample.domain(method: "email", token: nil))
        let valid = try await Sample.afterReading(Sample.domain(as: Sample.complete(), token: nil))
        let unknown = try await Sample.afterReading(Sample.domain(as: [("status", "pending"), ("dcv_status", "odd")]))
        var refusals = [
            await pending.provider.trigger(pending.authorization, style: .retry).failure,
            await pending.provider.changeMethod(of: pending.authorization, to: .txt).failure,
            await pending.provider.changeMethod(of: pending.authorization, to: .email).failure,
            // A token lives: a revalidation would void it.
            await pending.provider.revalidate(pending.authorization, by: .txt).failure,
            await mail.provider.trigger(mail.authorization, style: .patch).failure,
            await valid.provider.trigger(valid.authorization, style: .patch).failure,
            await valid.provider.changeMethod(of: valid.authorization, to: .cname).failure,
            await valid.provider.revalidate(valid.authorization, by: .email).failure,
            await unknown.provider.trigger(unknown.authorization, style: .patch).failure,
            await unknown.provider.revalidate(unknown.authorization, by: .txt).failure,
        ]
        for id in [
            "12", "domain.0", "domain.-1", "domain.012", "domain.12.x", "order.", "user.12",
            "domain.99999999999999999999",
        ] {
            let stranger = pending.authorization.renamed(try AuthorizationID(id))
            refusals.append(await pending.provider.trigger(stranger, style: .patch).failure)
            refusals.append(await pending.provider.changeMethod(of: stranger, to: .cname).failure)
            refusals.append(await pending.provider.refresh(stranger).failure)
        }
        #expect(refusals.allSatisfy { $0?.finding.code == "action-not-possible" && $0?.kind == .refused })
        for http in [pending.http, mail.http, valid.http, unknown.http] {
            #expect(http.calls.allSatisfy { $0.utf8.starts(with: "GET".utf8) })
        }
    }

    @Test func aDomainThatIsGoneIsNotRead() async throws {
        let (provider, http, read) = try await Sample.afterReading()
        http.answer("GET /domain/12", .notFound("domain"))
        let gone = try #require(await provider.refresh(read).failure)
        #expect(gone.kind == .refused && gone.finding.code == "authorization-gone")
        let inactive: JSONValue = ["id": 12, "name": "example.com", "is_active": false, "validations": []]
        http.answer("GET /domain/12", inactive)
        #expect(await provider.refresh(read).failure?.finding.code == "authorization-gone")
    }

    @Test func anExaminationReadsEachListOnceAndSaysWhatItCannotKnow() async throws {
        let http = Sample.table(Sample.domain())
        http.answer("GET /order/certificate", .digiCert(403, "access_denied|missing_permission", "No."))
        let examination = try await Sample.provider(http).examine()
        #expect(examination.kind == "digicert" && examination.scope == "1 domain")
        #expect(
            examination.rights.map { "\($0.name): \($0.state.rawValue)" } == [
                "View domains: granted", "Manage domains: unknown", "View orders: missing", "Manage orders: unknown",
            ]
        )
        #expect(
            examination.rights.filter { $0.state == .unknown }.allSatisfy { $0.detail?.contains("no read") == true }
        )
        #expect(examination.findings.map { $0.code } == ["provider-unauthorized"])
        #expect(http.calls == ["GET /domain", "GET /order/certificate"])
        #expect(http.requests.allSatisfy { $0.url.target.contains("limit=1&offset=0") })

        let wrong = DigiCertTable([:], other: .digiCert(401, "access_denied|invalid_api_key"))
        let refused = try await Sample.provider(wrong).examine()
        #expect(refused.rights.first?.state == .missing && refused.scope == nil && wrong.requests.count == 1)
        #expect(refused.findings.map { $0.code } == ["provider-unauthorized"])
    }
}

extension Authorization {
    /// The same under another handle.
    fileprivate func renamed(_ id: AuthorizationID) -> Authorization {
        Authorization(
            key: AuthorizationKey(provider: key.provider, id: id),
            scope: scope,
            identifiers: identifiers,
            status: status,
            providerStatus: providerStatus,
            method: method,
            capabilities: capabilities,
            challenges: challenges
        )
    }
}

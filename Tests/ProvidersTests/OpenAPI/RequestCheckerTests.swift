// The validator against Cloudflare's description: requests as they should be, and each way they can be wrong.
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RequestCheckerTests {
    private static let zone = "/client/v4/zones/023e105f4ecef8ad9ca31a8372d0c353"
    private static let pack = "a77f8bd7-3b47-46b4-a6f1-75cf98109948"
    private static let record = #"{"type":"TXT","name":"a.example.com","content":"\"v\"","ttl":120"#

    struct Case: Sendable, CustomTestStringConvertible {
        let line: String
        var body = ""
        var contentType = "application/json"
        /// `place: keyword`; empty for a request that is right.
        var faults: [String] = []

        var testDescription: String { line + (body.isEmpty ? "" : " " + body) }
    }

    private static let right: [Case] = [
        Case(line: "GET /client/v4/zones?page=2&per_page=50&name=example.com&status=active"),
        Case(line: "GET /client/v4/zones?account.id=a&order=account.id&direction=desc"),
        Case(line: "GET \(zone)"), Case(line: "GET \(zone)/ssl/verification"),
        Case(line: "GET \(zone)/ssl/verification?retry=true"),
        Case(line: "PATCH \(zone)/ssl/verification/\(pack)", body: #"{"validation_method":"txt"}"#),
        Case(line: "GET \(zone)/ssl/certificate_packs?status=all"),
        Case(line: "GET \(zone)/custom_hostnames?ssl=1&order=ssl_status&per_page=50&hostname=app.example.com"),
        Case(
            line: "PATCH \(zone)/custom_hostnames/0d89c70dad9f4843b99f6cc0252067e9",
            body: #"{"ssl":{"method":"txt","type":"dv","settings":{"http2":"on","ciphers":["A","B"]}}}"#
        ),
        Case(
            line: "PATCH \(zone)/custom_hostnames/0d89c70dad9f4843b99f6cc0252067e9",
            body: #"{"custom_metadata":{"key":"value"}}"#,
            contentType: "application/json; charset=utf-8"
        ),
        Case(line: "GET \(zone)/dns_records?type=TXT&name=a%2Eexample.com&per_page=5000000&proxied=false"),
        Case(line: "GET /client/v4/user/tokens/verify"), Case(line: "GET \(zone)/dcv_delegation/uuid"),
        Case(line: "GET \(zone)/ssl/universal/settings"),
    ]

    private static let wrong: [Case] = [
        Case(line: "GET /client/v4/zone", faults: ["operation: unknown"]),
        Case(line: "GET /v4/zones", faults: ["operation: unknown"]),
        Case(line: "POST /client/v4/zones", faults: ["operation: unknown"]),
        Case(line: "GET \(zone)/ssl/verification/", faults: ["operation: unknown"]),
        Case(line: "GET \(zone)/ssl/verification/\(pack)", faults: ["operation: unknown"]),
        Case(line: "GET \(zone)0/ssl/verification", faults: ["path zone_id: maxLength"]),
        Case(line: "GET /client/v4/zones?nam=a", faults: ["query nam: unknown"]),
        Case(line: "GET /client/v4/zones?name=a&name=b", faults: ["query name: repeated"]),
        Case(
            line: "GET /client/v4/zones?page=0&per_page=51",
            faults: ["query page: minimum", "query per_page: maximum"]
        ),
        Case(line: "GET /client/v4/zones?page=two", faults: ["query page: type"]),
        Case(line: "GET /client/v4/zones?page=", faults: ["query page: type"]),
        Case(line: "GET /client/v4/zones?status=all", faults: ["query status: enum"]),
        Case(
            line: "GET /client/v4/zones?name=\(String(repeating: "a", count: 254))",
            faults: ["query name: maxLength"]
        ),
        Case(line: "GET \(zone)/ssl/verification?retry=True", faults: ["query retry: enum"]),
        Case(line: "GET \(zone)/ssl/verification?retry=false", faults: ["query retry: enum"]),
        Case(line: "GET \(zone)/ssl/certificate_packs?status=active", faults: ["query status: enum"]),
        Case(line: "GET \(zone)/custom_hostnames?id=short", faults: ["query id: minLength"]),
        Case(line: "GET \(zone)/custom_hostnames?ssl=2", faults: ["query ssl: enum"]),
        Case(line: "GET \(zone)", body: "{}", faults: ["body: unknown"]),
        Case(line: "PATCH \(zone)/ssl/verification/\(pack)", faults: ["body: missing"]),
        Case(line: "PATCH \(zone)/ssl/verification/\(pack)", body: "{", faults: ["body: JSON"]),
        Case(line: "PATCH \(zone)/ssl/verification/\(pack)", body: "[]", faults: ["body: type"]),
        Case(
            line: "PATCH \(zone)/ssl/verification/\(pack)",
            body: "{}",
            faults: ["body validation_method: required"]
        ),
        Case(
            line: "PATCH \(zone)/ssl/verification/\(pack)",
            body: #"{"validation_method":"TXT"}"#,
            faults: ["body validation_method: enum"]
        ),
        Case(
            line: "PATCH \(zone)/ssl/verification/\(pack)",
            body: #"{"validation_method":"txt"}"#,
            contentType: "text/plain",
            faults: ["body: content type"]
        ),
        Case(
            line: "PATCH \(zone)/ssl/verification/\(pack)",
            body: #"{"validation_method":"txt"}"#,
            contentType: "",
            faults: ["body: content type"]
        ),
        Case(
            line: "PATCH \(zone)/custom_hostnames/a",
            body: #"{"ssl":{"method":"cname","type":"dv","wildcard":1,"settings":{"http2":true,"ciphers":["A","A"]}}}"#,
            faults: [
                "body ssl/method: enum", "body ssl/settings/ciphers: uniqueItems", "body ssl/settings/http2: enum",
                "body ssl/wildcard: type",
            ]
        ),
        Case(
            line: "PATCH \(zone)/custom_hostnames/a",
            body: #"{"ssl":[]}"#,
            faults: ["body ssl: type", "body ssl: type"]
        ),
        // The description demands an id, which only answers have; nothing here makes records, so that it may stand.
        Case(line: "POST \(zone)/dns_records", body: record + "}", faults: ["body id: required"]),
        Case(
            line: "POST \(zone)/dns_records",
            body: record + #","id":"a","created_on":"2014-01-01T05:20:00Z"}"#,
            faults: ["body: oneOf"]
        ),
        Case(line: "POST \(zone)/dns_records", body: record + #","id":"a","tags":[1]}"#, faults: ["body: oneOf"]),
        Case(
            line: "POST \(zone)/dns_records",
            body: #"{"id":"a","type":"TXT"}"#,
            faults: [
                "body name: required", "body: oneOf",
            ]
        ),
        Case(line: "DELETE \(zone)/dns_records/a", faults: ["body: missing"]),
    ]

    @Test("Requests, right and wrong", arguments: right + wrong)
    func request(_ sample: Case) throws {
        let words = sample.line.split(separator: " ", maxSplits: 1).map { String($0) }
        let target = words[1].split(separator: "?", maxSplits: 1).map { String($0) }
        let request = SentRequest(
            method: words[0],
            path: target[0],
            query: target.count > 1 ? target[1] : "",
            contentType: sample.contentType.isEmpty ? nil : sample.contentType,
            body: Array(sample.body.utf8)
        )
        let faults = try RequestChecker(OpenAPIDocument.cloudflare()).faults(request)
        #expect(faults.map { "\($0.place): \($0.keyword)" }.sorted() == sample.faults.sorted(), "\(faults)")
    }

    @Test("A known change explains its own fault and no other, and one that nothing needs is left over")
    func knownChanges() throws {
        let request = SentRequest(method: "GET", path: "/client/v4/zones", query: "page=0&per_page=51")
        let faults = try RequestChecker(OpenAPIDocument.cloudflare()).faults(request)
        let needed = KnownChange(operation: "GET /zones", place: "query page", keyword: "minimum", reason: "")
        let others = [
            KnownChange(operation: "GET /zones", place: "query page", keyword: "maximum", reason: ""),
            KnownChange(operation: "GET /zone", place: "query per_page", keyword: "maximum", reason: ""),
        ]
        let (left, used) = KnownChanges.judge(faults, [needed] + others)
        #expect(left.map(\.place) == ["query per_page"] && used == [needed])
    }
}

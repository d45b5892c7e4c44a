// A DigiCert that is only a table of answers, an account to read it with, and the plain lines in which a reading is written down.
import DCV
import FoundationEssentials
import Platform
import Providers
import Synchronization

/// Answers by call (`GET /domain/12`), whatever the query; the last answer of a call stays. Keeps what was sent.
final class DigiCertTable: HTTPExchanging {
    private let state: Mutex<(answers: [String: [ScriptedHTTP.Answer]], requests: [HTTPRequest])>
    private let other: ScriptedHTTP.Answer

    init(_ answers: [String: [ScriptedHTTP.Answer]], other: ScriptedHTTP.Answer = .notFound("route")) {
        state = Mutex((answers, []))
        self.other = other
    }

    convenience init(documents answers: [String: JSONValue], other: ScriptedHTTP.Answer = .notFound("route")) {
        self.init(answers.mapValues { [.reply(200, $0.serialized())] }, other: other)
    }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    /// `GET /domain/12`, one a request.
    var calls: [String] { requests.map { Self.call($0) } }

    func answer(_ call: String, _ answers: ScriptedHTTP.Answer...) {
        state.withLock { $0.answers[call] = answers }
    }

    func answer(_ call: String, _ document: JSONValue) { answer(call, .reply(200, document.serialized())) }

    func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let call = Self.call(request)
        let answer = state.withLock { state -> ScriptedHTTP.Answer in
            state.requests.append(request)
            guard var answers = state.answers[call], let first = answers.first else { return other }
            if answers.count > 1 { answers.removeFirst() }
            state.answers[call] = answers
            return first
        }
        return try answer.get()
    }

    private static func call(_ request: HTTPRequest) -> String {
        let path = request.url.target.prefix { $0 != "?" }
        return request.method.rawValue + " " + path.replacing("/services/v2", with: "")
    }
}

extension ScriptedHTTP.Answer {
    static func digiCert(_ status: Int, _ code: String, _ message: String = "no words") -> Self {
        let document: JSONValue = ["errors": [["code": .string(code), "message": .string(message)]]]
        return .reply(status, document.serialized())
    }

    static func notFound(_ what: String) -> Self { digiCert(404, "not_found|\(what)", "It is not there.") }
}

/// An account with one domain and one order, in the words of the documentation.
enum DigiCertSample {
    static let key = "dc-key-0123456789abcdef"
    static let token = "1f0c6a3e9d2b4857a1c0e6f3b9d80427"
    /// 2027-01-15T08:00:00Z, where the tests' clock stands.
    static let now = LeapingClock().now()

    static func settings(_ changes: [String: ProviderSettings.Value?] = [:]) throws -> ProviderSettings {
        var values: [String: ProviderSettings.Value] = [:]
        if let key = Secret(Self.key.utf8) { values["api_key"] = .secret(key) }
        for (key, value) in changes { values[key] = value }
        return ProviderSettings(name: try ProviderName("dc"), kind: "digicert", values: values)
    }

    static func provider(
        _ http: any HTTPExchanging,
        clock: any Clock = LeapingClock(),
        _ changes: [String: ProviderSettings.Value?] = [:]
    ) throws -> any Provider {
        try ProviderCatalog.make(try settings(changes), .scripted(http, clock: clock))
    }

    static func list(_ key: String, _ entries: [JSONValue], total: Int? = nil) -> JSONValue {
        .object(
            JSONObject([
                (key, .array(entries)),
                ("page", ["total": .number(JSONNumber(Int64(total ?? entries.count))), "limit": 500, "offset": 0]),
            ])
        )
    }

    static func validation(_ type: String, _ members: [(String, JSONValue)]) -> JSONValue {
        .object(JSONObject([("type", .string(type)), ("name", .string(type))] + members))
    }

    static func complete(until: String = "2027-06-30T09:00:00+00:00") -> [(String, JSONValue)] {
        [
            ("date_created", "2026-12-13T09:00:00+00:00"), ("validated_until", .string(until)), ("status", "active"),
            ("dcv_status", "complete"), ("org_status", "complete"),
        ]
    }

    static let pending: [(String, JSONValue)] = [("status", "pending"), ("dcv_status", "pending")]

    static func domain(
        _ id: Int64 = 12,
        _ name: String = "example.com",
        method: String = "dns-txt-token",
        as validation: [(String, JSONValue)] = pending,
        token: JSONValue? = tokenField()
    ) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("id", .number(JSONNumber(id))), ("is_active", true), ("name", .string(name)),
            ("validations", [Self.validation("ev", validation), Self.validation("ov", validation)]),
            ("dcv_method", .string(method)),
        ]
        if let token { members.append(("dcv_token", token)) }
        return .object(JSONObject(members))
    }

    static func tokenField(_ value: String = token, expires: String = "2027-02-10T08:00:00+00:00") -> JSONValue {
        ["token": .string(value), "status": "pending", "expiration_date": .string(expires)]
    }

    static func order(_ id: Int64 = 77, method: String = "dns-txt-token", status: String = "pending") -> JSONValue {
        [
            "id": .number(JSONNumber(id)), "status": .string(status),
            "certificate": [
                "common_name": "shop.example.net", "dns_names": ["shop.example.net", "*.shop.example.net"],
            ],
            "product": ["name_id": "ssl_dv_geotrust", "type": "dv_ssl_certificate"], "dcv_method": .string(method),
        ]
    }

    /// A table whose account has that domain, on the list and on its own page, and no orders.
    static func table(_ domain: JSONValue) -> DigiCertTable {
        let id = domain["id"]?.int ?? 0
        return DigiCertTable(documents: [
            "GET /domain": list("domains", [domain]), "GET /domain/\(id)": domain,
            "GET /domain/\(id)/validation": ["validations": domain["validations"] ?? []],
            "GET /order/certificate": list("orders", []),
        ])
    }

    /// A provider that has read one domain, with what it read.
    static func afterReading(
        _ domain: JSONValue = domain(),
        clock: any Clock = LeapingClock()
    ) async throws -> (provider: any Provider, http: DigiCertTable, authorization: Authorization) {
        let http = table(domain)
        let provider = try provider(http, clock: clock)
        guard let authorization = await provider.read().authorizations.first else { throw NothingRead() }
        return (provider, http, authorization)
    }
}

enum DigiCertFixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/providers/digicert")

    static func names(_ part: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: part).path)
            .filter { $0.utf8.suffix(5).elementsEqual(".json".utf8) }.map { part + "/" + $0.dropLast(5) }.sorted()
    }

    static func read(_ path: String) throws -> JSONValue {
        let bytes = try [UInt8](Data(contentsOf: folder.appending(path: path + ".json")))
        return try StrictJSON.parse(bytes, limitBytes: 1 << 20)
    }

    /// A table of the answers that a fixture holds.
    static func table(_ fixture: JSONValue) -> DigiCertTable {
        let members = fixture["answers"]?.object?.members ?? []
        let answers = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
        return DigiCertTable(documents: answers, other: .notFound("domain"))
    }

    /// A reading as lines, one fact each.
    static func lines(_ reading: ProviderReading) -> [String] {
        ["complete: \(reading.isComplete)"] + reading.findings.map { "finding: " + line($0) }
            + reading.authorizations.flatMap { lines($0) }
    }

    private static func lines(_ authorization: Authorization) -> [String] {
        func words<Word: RawRepresentable<String>>(_ words: [Word]) -> String {
            words.map { $0.rawValue }.joined(separator: ",")
        }
        let capabilities = authorization.capabilities
        var lines = ["\(authorization.key) \(authorization.status.rawValue) (\"\(authorization.providerStatus)\")"]
        lines.append("  for: " + authorization.identifiers.map { $0.text }.joined(separator: " "))
        lines.append(
            "  method: \(authorization.method?.rawValue ?? "unknown"), triggers: \(words(capabilities.triggers)), "
                + "may become: \(words(capabilities.methods)), anew: \(words(capabilities.revalidations))"
        )
        if let end = authorization.expiresAt { lines.append("  token until: \(text(end))") }
        if let proof = authorization.proof {
            lines.append("  proof: \(proof.from.map { text($0) } ?? "?") to \(text(proof.until))")
        }
        for challenge in authorization.challenges {
            let records = challenge.alternatives.map { $0.description }
            lines.append("  \(challenge.identifier?.text ?? "?"): " + records.joined(separator: " or "))
        }
        return lines + authorization.findings.map { "  finding: " + line($0) }
    }

    private static func line(_ finding: Finding) -> String {
        "\(finding.severity.rawValue) \(finding.code): \(finding.subject): saw \(finding.saw)"
            + (finding.wanted.map { "; wanted \($0)" } ?? "")
    }

    private static func text(_ instant: Instant) -> String {
        Date(timeIntervalSince1970: Double(instant.millisecondsSinceEpoch) / 1000).formatted(.iso8601)
    }
}

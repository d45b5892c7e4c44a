// A NAVER Cloud account in scripted answers: what most tests are about, and how its fixtures are read.
import DCV
import FoundationEssentials
import Platform
import Providers
import Synchronization

enum NAVERSample {
    static let accessKey = "D78BB444D6D3C84CA38D"
    static let secretKey = "dummySecretKey0123456789abcdefghijklmnop"

    static func settings(_ changes: [String: ProviderSettings.Value?] = [:]) throws -> ProviderSettings {
        var values: [String: ProviderSettings.Value] = [:]
        if let key = Secret(accessKey.utf8) { values["access_key"] = .secret(key) }
        if let key = Secret(secretKey.utf8) { values["secret_key"] = .secret(key) }
        for (key, value) in changes { values[key] = value }
        return ProviderSettings(name: try ProviderName("naver"), kind: "naver-cloud", values: values)
    }

    static func provider(
        _ http: any HTTPExchanging,
        clock: any Clock = WalkingClock(),
        _ changes: [String: ProviderSettings.Value?] = [:]
    ) throws -> any Provider {
        try ProviderCatalog.make(try settings(changes), .scripted(http, clock: clock))
    }

    static func certificate(
        _ number: Int64 = 55332,
        status: JSONValue = "0",
        name: String = "shop.example.com",
        others: JSONValue = ""
    ) -> JSONValue {
        [
            "certificateNo": .number(JSONNumber(number)), "commonName": .string(name), "dnsName": others,
            "statusCode": status,
        ]
    }

    static func validation(
        _ name: String = "_dnsvalidation.shop.example.com",
        _ value: String = "token-one",
        code: String = "VALID_STATUS_REG",
        flag: String = "N",
        serial: Int64 = 1
    ) -> JSONValue {
        [
            "validSn": .number(JSONNumber(serial)), "requestSn": "9", "validStatusCode": .string(code),
            "txtName": .string(name), "txtValue": .string(value), "validYn": .string(flag),
            "registDate": "2026-11-20 10:00:00", "validDate": "",
        ]
    }

    /// A provider that has read one pending certificate, with what it read; `script` is for the calls after that.
    static func afterReading(
        _ script: [ScriptedHTTP.Answer],
        clock: any Clock = WalkingClock()
    ) async throws -> (provider: any Provider, http: ScriptedHTTP, authorization: Authorization) {
        let http = ScriptedHTTP(
            [.certificates([certificate()]), .domains([]), .validations([validation()])] + script,
            clock: clock
        )
        let provider = try provider(http, clock: clock)
        guard let authorization = await provider.read().authorizations.first else { throw NothingRead() }
        return (provider, http, authorization)
    }
}

extension ScriptedHTTP.Answer {
    static func certificates(_ list: JSONValue, total: Int64? = nil) -> Self {
        listing("sslCertificateList", list, "totalCount", total ?? Int64(list.array?.count ?? 0))
    }

    static func domains(_ list: JSONValue) -> Self {
        listing("domainVldList", list, "totalRows", Int64(list.array?.count ?? 0))
    }

    static func validations(_ list: JSONValue) -> Self {
        listing("dnsVerificationList", list, "dnsVerificationCount", Int64(list.array?.count ?? 0))
    }

    private static func listing(_ key: String, _ list: JSONValue, _ countKey: String, _ count: Int64) -> Self {
        let members: [(String, JSONValue)] = [
            ("returnCode", "0"), ("returnMessage", "success"), (countKey, .number(JSONNumber(count))), (key, list),
        ]
        return .reply(200, JSONValue.object(JSONObject(members)).serialized())
    }
}

/// Sleeps take no time and move both readings on: a second signature is made at another moment.
final class WalkingClock: Clock {
    private let start: Int64
    private let state = Mutex<(elapsed: Int64, sleeps: [Int64])>((0, []))

    init(start: Int64 = 1_775_001_600_000) { self.start = start }

    var sleeps: [Int64] { state.withLock { $0.sleeps } }
    func now() -> Instant { Instant(millisecondsSinceEpoch: start + state.withLock { $0.elapsed }) }
    func monotonicMilliseconds() -> Int64 { 1_000 + state.withLock { $0.elapsed } }
    func leap(milliseconds: Int64) { state.withLock { $0.elapsed += milliseconds } }

    func sleep(milliseconds: Int64) async throws {
        state.withLock {
            $0.elapsed += milliseconds
            $0.sleeps.append(milliseconds)
        }
    }
}

enum NAVERFixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/providers/naver-cloud")

    /// Names (without `.json`) of the recorded readings.
    static func readingNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "readings").path)
            .filter { $0.utf8.suffix(5).elementsEqual(".json".utf8) }.map { String($0.dropLast(5)) }.sorted()
    }

    static func read(_ path: String) throws -> JSONValue {
        let bytes = try [UInt8](Data(contentsOf: folder.appending(path: path + ".json")))
        return try StrictJSON.parse(bytes, limitBytes: 1 << 20)
    }

    /// The settings that a fixture adds, as texts.
    static func changes(_ fixture: JSONValue) -> [String: ProviderSettings.Value?] {
        let members = fixture["settings"]?.object?.members ?? []
        return Dictionary(members.map { ($0.key, .text($0.value.string ?? "")) }) { first, _ in first }
    }
}

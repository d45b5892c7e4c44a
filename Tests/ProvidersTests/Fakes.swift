// A Cloudflare that is only a script: plays answers in order and keeps exactly what was sent. And a clock that does
// not wait.
import DCV
import Platform
import Providers
import Synchronization

/// Plays one answer a request; a request beyond the script fails the test by its own answer.
final class ScriptedHTTP: HTTPExchanging {
    typealias Answer = Result<HTTPResponse, HTTPFailure>

    private let state: Mutex<(script: [Answer], requests: [HTTPRequest], moments: [Int64])>
    private let clock: (any Clock)?

    init(_ script: [Answer], clock: (any Clock)? = nil) {
        state = Mutex((script, [], []))
        self.clock = clock
    }

    /// Monotonic moments of the requests, where there is a clock.
    var moments: [Int64] { state.withLock { $0.moments } }

    /// What was sent, oldest first.
    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    /// `GET /client/v4/zones?name=example.com`, one a request.
    var lines: [String] { requests.map { "\($0.method.rawValue) \($0.url.target)" } }

    func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let answer = state.withLock { state -> Answer in
            state.requests.append(request)
            if let clock { state.moments.append(clock.monotonicMilliseconds()) }
            return state.script.isEmpty ? .failure(.malformedAnswer("beyond the script")) : state.script.removeFirst()
        }
        return try answer.get()
    }
}

/// Answers every request by what it asks for, and keeps what was sent.
final class AnsweringHTTP: HTTPExchanging {
    private let sent = Mutex<[HTTPRequest]>([])
    private let answer: @Sendable (HTTPRequest) -> ScriptedHTTP.Answer

    init(_ answer: @escaping @Sendable (HTTPRequest) -> ScriptedHTTP.Answer) { self.answer = answer }

    var requests: [HTTPRequest] { sent.withLock { $0 } }

    func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        sent.withLock { $0.append(request) }
        return try answer(request).get()
    }
}

/// The real transport with less patience: for answers that never come to their end.
struct ImpatientHTTP: HTTPExchanging {
    let http: HTTPTransport
    let deadlineMilliseconds: Int64

    func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        var request = request
        request.deadlineMilliseconds = deadlineMilliseconds
        return try await http.exchange(request)
    }
}

extension ScriptedHTTP.Answer {
    static func reply(_ status: Int, _ body: String, headers: [(String, String)] = []) -> Self {
        .reply(status, Array(body.utf8), headers: headers)
    }

    static func reply(_ status: Int, _ body: [UInt8], headers: [(String, String)] = []) -> Self {
        var fields = HTTPHeaders()
        for (name, value) in headers { try? fields.add(name, value) }
        return .success(HTTPResponse(status: status, headers: fields, body: body, elapsedMilliseconds: 1))
    }

    /// An envelope of success around `result`.
    static func result(_ result: JSONValue, more: [(String, JSONValue)] = []) -> Self {
        let members: [(String, JSONValue)] = [("result", result), ("success", true), ("errors", []), ("messages", [])]
        return .reply(200, JSONValue.object(JSONObject(members + more)).serialized())
    }

    static func errors(_ status: Int, _ errors: JSONValue, headers: [(String, String)] = []) -> Self {
        let document: JSONValue = ["result": .null, "success": false, "errors": errors, "messages": []]
        return .reply(status, document.serialized(), headers: headers)
    }
}

/// Sleeps take no time and are written down; they move the monotonic reading on.
final class LeapingClock: Clock {
    private let state = Mutex<(monotonic: Int64, sleeps: [Int64])>((1_000, []))

    var sleeps: [Int64] { state.withLock { $0.sleeps } }
    func now() -> Instant { Instant(millisecondsSinceEpoch: 1_800_000_000_000) }
    func monotonicMilliseconds() -> Int64 { state.withLock { $0.monotonic } }
    func leap(milliseconds: Int64) { state.withLock { $0.monotonic += milliseconds } }

    func sleep(milliseconds: Int64) async throws {
        state.withLock {
            $0.monotonic += milliseconds
            $0.sleeps.append(milliseconds)
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) { state = Mutex(seed) }

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}

/// The zone and pack that most tests are about, and a provider in a scripted world.
enum Sample {
    static let zone = "023e105f4ecef8ad9ca31a8372d0c353"
    static let otherZone = "353c0d2738a13da9dcafece4f501e320"
    static let pack = "3822ff90-1111-4111-8111-0000000000aa"
    static let token = "cf-token-0123456789abcdef"

    static let zones: JSONValue = [zoneEntry(zone, "example.com")]

    static func zoneEntry(_ id: String, _ name: String) -> JSONValue {
        ["id": .string(id), "name": .string(name), "type": "partial", "status": "active"]
    }

    static func entry(
        pack: String = pack,
        status: String = "pending_validation",
        method: String = "txt",
        host: String = "shop.example.com",
        value: String = "token-one"
    ) -> JSONValue {
        [
            "certificate_status": .string(status), "cert_pack_uuid": .string(pack),
            "validation_method": .string(method),
            "hostname": .string(host),
            "verification_info": [["txt_name": .string("_acme-challenge." + host), "txt_value": .string(value)]],
        ]
    }

    static func settings(_ changes: [String: ProviderSettings.Value?] = [:]) throws -> ProviderSettings {
        var values: [String: ProviderSettings.Value] = ["zones": .list(["example.com"])]
        if let token = Secret(Sample.token.utf8) { values["token"] = .secret(token) }
        for (key, value) in changes { values[key] = value }
        return ProviderSettings(name: try ProviderName("cf"), kind: "cloudflare", values: values)
    }

    static func provider(
        _ http: any HTTPExchanging,
        clock: any Clock = LeapingClock(),
        _ changes: [String: ProviderSettings.Value?] = [:]
    ) throws -> any Provider {
        try ProviderCatalog.make(try settings(changes), .scripted(http, clock: clock))
    }

    /// What one zone without packs of its own answers: the second call of its reading.
    static let noPacks = ScriptedHTTP.Answer.result([])

    /// The calls of a reading of one zone: the zone, its verification, its packs.
    static let readCalls = 3

    /// A provider that has read one pending pack, with what it read; `script` is for the calls after that.
    static func afterReading(
        _ script: [ScriptedHTTP.Answer],
        entry: JSONValue = entry(),
        clock: any Clock = LeapingClock()
    ) async throws -> (provider: any Provider, http: ScriptedHTTP, authorization: Authorization) {
        let http = ScriptedHTTP([.result(zones), .result([entry]), noPacks] + script, clock: clock)
        let provider = try provider(http, clock: clock)
        guard let authorization = await provider.read().authorizations.first else { throw NothingRead() }
        return (provider, http, authorization)
    }
}

extension ProviderSurroundings {
    /// A provider's whole world in a test: scripted answers, a clock that does not wait, no child processes.
    static func scripted(
        _ http: any HTTPExchanging,
        clock: any Clock = LeapingClock(),
        ledger: any CallLedger = UncountedCalls(),
        children: any ChildRunning = NoChildren()
    ) -> ProviderSurroundings {
        ProviderSurroundings(http: http, clock: clock, random: SeededRandom(7), ledger: ledger, children: children)
    }
}

/// Counts nothing and grants everything: for tests of what lies beyond the count.
struct UncountedCalls: CallLedger {
    func admit(
        _ call: CallKind,
        to provider: ProviderName,
        under limits: [CallLimit],
        at now: Instant
    ) async -> CallAdmission { .granted }

    func ended(_ outcome: CallOutcome, at provider: ProviderName, at now: Instant, restUntil: Instant?) async {}
}

/// Starts nothing.
struct NoChildren: ChildRunning {
    func run(_ command: ChildCommand) async -> ChildResult {
        ChildResult(
            ending: .notStarted("this test starts no programs"),
            output: .init(),
            errorOutput: .init(),
            elapsedMilliseconds: 0
        )
    }
}

/// The sample world gave no authorization.
struct NothingRead: Error {}

// The one client for every provider's API: what it asks the count of calls, what it sends, what it repeats, and when it stops.
import DCV
import Platform
import Synchronization
import Testing

@testable import Providers

@Suite("API client", .timeLimit(.minutes(1)))
struct APIClientTests {
    private typealias Answer = ScriptedHTTP.Answer

    /// A call that is judged as plainly as can be: what the client makes of faults does not depend on any provider.
    struct PlainCall: APICall {
        let provider: ProviderName
        let kind: CallKind
        let url: HTTPURL
        var part = ""
        var right: String?

        var isEffect: Bool { kind != .read }
        var faults: APIFaultWriter {
            APIFaultWriter(
                provider: provider,
                callText: kind.rawValue + part,
                isEffect: isEffect,
                documented: "anything"
            )
        }

        func request(at now: Instant) throws(HTTPFailure) -> HTTPRequest { HTTPRequest(isEffect ? .post : .get, url) }

        func judge(_ response: HTTPResponse) -> Result<JSONValue, APIFault> {
            let said = OctetText(response.body).description
            switch response.status {
            case 200:
                let document = try? StrictJSON.parse(response.body, limitBytes: 1 << 20)
                return document.map { .success($0) } ?? .failure(faults.notUnderstood(response, "no JSON"))
            case 401, 403:
                let reach: APIFault.Reach = response.status == 401 ? .everything : .part
                return .failure(faults.fault(.unauthorized, "provider-unauthorized", .error, said, "x", reach: reach))
            case 429:
                return .failure(faults.rateLimited(said, retryAfterSeconds: faults.retryAfter(response) ?? 300))
            case 500...: return .failure(isEffect ? faults.effectUnknown(said) : faults.providersFault(said, response))
            default: return .failure(faults.refused(said))
            }
        }
    }

    /// One client with everything that it reaches.
    private struct World {
        let clock: LeapingClock
        let http: ScriptedHTTP
        let ledger: ScriptedLedger
        let client: APIClient
        private let url: HTTPURL
        private let name: ProviderName

        init(
            _ script: [Answer],
            admissions: [CallAdmission] = [],
            afterwards: CallAdmission = .granted,
            secrets: [String] = [],
            through: (ScriptedHTTP) -> any HTTPExchanging = { $0 }
        ) throws {
            clock = LeapingClock()
            http = ScriptedHTTP(script, clock: clock)
            ledger = ScriptedLedger(admissions, afterwards: afterwards)
            url = try HTTPURL("https://api.example.com/thing")
            let manners = APIManners(
                requestGapMilliseconds: 250,
                limits: [ScriptedLedger.limit],
                secrets: secrets.compactMap { Secret($0.utf8) }
            )
            name = try ProviderName("one")
            client = APIClient(name, manners, .scripted(through(http), clock: clock, ledger: ledger))
        }

        func send(
            _ kind: CallKind = .read,
            of part: Int = 0,
            right: String? = nil
        ) async -> Result<JSONValue, APIFault> {
            await client.send(PlainCall(provider: name, kind: kind, url: url, part: " of \(part)", right: right))
        }
    }

    @Test("every request is admitted once before it is sent, repetitions too, and the end of a call is told once")
    func admissions() async throws {
        let world = try World([.reply(502, ""), .failure(.brokenOff("x")), .reply(200, "[]"), .reply(200, "[]")])
        #expect(await world.send().failure == nil)
        #expect(await world.send(.trigger).failure == nil)
        #expect(world.ledger.kinds == [.read, .read, .read, .trigger])
        #expect(world.http.requests.count == 4)
        #expect(world.ledger.outcomes == [.answered, .answered])
        #expect(world.ledger.limits.allSatisfy { $0 == [ScriptedLedger.limit] })
    }

    @Test("what has an effect is sent once, whatever comes back", arguments: [CallKind.trigger, .change, .revalidate])
    func effects(kind: CallKind) async throws {
        let answers: [(Answer, ProviderFailure.Kind)] = [
            (.reply(503, ""), .unknownEffect), (.reply(429, ""), .temporary), (.reply(200, "<html>"), .unknownEffect),
            (.failure(.brokenOff("x")), .unknownEffect), (.failure(.unreachable("x")), .temporary),
            (.failure(.timedOut(milliseconds: 9)), .unknownEffect), (.reply(400, ""), .refused),
            (.reply(401, ""), .unauthorized),
        ]
        for (answer, expected) in answers {
            let world = try World([answer, .reply(200, "[]")])
            #expect(await world.send(kind).failure?.failure.kind == expected)
            #expect(world.http.requests.count == 1 && world.ledger.kinds == [kind])
        }
    }

    @Test(
        "what the count of calls is told of each end",
        arguments: [
            (.reply(200, "[]"), .answered), (.reply(400, ""), .answered), (.reply(401, ""), .answered),
            (.reply(403, ""), .answered), (.reply(429, ""), .answered), (.reply(500, ""), .failed),
            (.reply(200, "<html>"), .failed), (.failure(.unreachable("x")), .failed),
            (.failure(.tlsFailed("x")), .failed), (.failure(.timedOut(milliseconds: 1)), .failed),
            (.failure(.tooLarge(what: "body", limitBytes: 1)), .failed), (.failure(.refused("x")), .answered),
        ] as [(ScriptedHTTP.Answer, CallOutcome)]
    )
    func outcomes(answer: ScriptedHTTP.Answer, expected: CallOutcome) async throws {
        for kind in [CallKind.read, .change] {
            let world = try World([answer, answer, answer])
            _ = await world.send(kind)
            #expect(world.ledger.outcomes == [expected])
        }
    }

    @Test("a call that ends because the run does says nothing about the provider")
    func cancelled() async throws {
        let world = try World([.failure(.cancelled)])
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await world.send()
        }
        task.cancel()
        #expect(await task.value.failure != nil)
        #expect(world.ledger.outcomes.isEmpty)
    }

    @Test("a limit that is free again shortly is waited for, and asked for anew")
    func shortWait() async throws {
        let until = ScriptedLedger.now.adding(milliseconds: APIClient.budgetPatienceMilliseconds)
        let world = try World([.reply(200, "[]")], admissions: [.spent(until: until, limit: ScriptedLedger.limit)])
        #expect(await world.send().failure == nil)
        #expect(world.clock.sleeps == [APIClient.budgetPatienceMilliseconds])
        #expect(world.ledger.kinds.count == 2 && world.http.requests.count == 1)
        #expect(world.ledger.outcomes == [.answered])
    }

    @Test("a longer wait is told with the time to come back, and nothing is asked before that")
    func longWait() async throws {
        let until = ScriptedLedger.now.adding(milliseconds: APIClient.budgetPatienceMilliseconds + 1)
        let world = try World([.reply(200, "[]")], admissions: [.spent(until: until, limit: ScriptedLedger.limit)])
        let failure = try #require(await world.send(.trigger).failure).failure
        #expect(failure.kind == .temporary && failure.finding.code == "provider-budget-spent")
        #expect(failure.finding.severity == .waiting)
        #expect(failure.finding.saw == "7 requests in 5 s have been sent, which is its limit")
        #expect(failure.retryAfterSeconds == 7, "rounded up")
        #expect(await world.send().failure?.failure.finding.code == "provider-budget-spent")
        #expect(world.http.requests.isEmpty && world.ledger.kinds == [.trigger] && world.ledger.outcomes.isEmpty)
        world.clock.leap(milliseconds: 7_000)
        #expect(await world.send().failure == nil)
    }

    @Test("who finds the limit used up by others again and again gives up")
    func neverFree() async throws {
        let until = ScriptedLedger.now.adding(milliseconds: 5)
        let world = try World([], afterwards: .spent(until: until, limit: ScriptedLedger.limit))
        let failure = try #require(await world.send().failure).failure
        #expect(failure.finding.code == "provider-budget-spent" && failure.retryAfterSeconds == 1)
        #expect(world.ledger.kinds.count == APIClient.admissionAttemptLimit && world.http.requests.isEmpty)
        let far = try World(
            [],
            afterwards: .spent(until: Instant(millisecondsSinceEpoch: .max), limit: ScriptedLedger.limit)
        )
        #expect(await far.send().failure?.failure.retryAfterSeconds == 86_400)
    }

    @Test("while the circuit is open nothing is sent")
    func openCircuit() async throws {
        let until = ScriptedLedger.now.adding(seconds: 90)
        let world = try World([.reply(200, "[]")], admissions: [.open(until: until, failures: 5)])
        for kind in [CallKind.read, .trigger] {
            let failure = try #require(await world.send(kind).failure).failure
            #expect(failure.kind == .temporary && failure.finding.code == "provider-left-alone")
            #expect(failure.finding.saw.utf8.starts(with: "not asked: 5 calls in a row failed".utf8))
            #expect(failure.retryAfterSeconds == 90)
        }
        #expect(world.http.requests.isEmpty && world.ledger.outcomes.isEmpty && world.clock.sleeps == [])
        world.clock.leap(milliseconds: 90_000)
        #expect(await world.send().failure == nil)
    }

    @Test("a refused credential stops its provider for the rest of the process, and no other")
    func refusedCredential() async throws {
        let world = try World([.reply(401, ""), .reply(200, "[]")])
        let other = try World([.reply(200, "[]"), .reply(200, "[]")])
        let first = try #require(await world.send().failure).failure
        #expect(first.kind == .unauthorized)
        world.clock.leap(milliseconds: 7 * 86_400_000)
        for kind in CallKind.allCases { #expect(await world.send(kind).failure?.failure.kind == .unauthorized) }
        #expect(world.http.requests.count == 1 && world.ledger.kinds.count == 1, "not even the count is asked")
        #expect(await other.send().failure == nil)

    }

    @Test("what was refused is not sent again; two parts without a right leave the others open")
    func refusedPart() async throws {
        for kind in [CallKind.read, .trigger] {
            let world = try World([.reply(403, "no"), .reply(200, "[]"), .reply(403, "no"), .reply(200, "[]")])
            #expect(await world.send(kind, of: 1).failure?.failure.kind == .unauthorized)
            #expect(await world.send(kind, of: 1).failure?.failure.finding.saw == "no")
            #expect(world.http.requests.count == 1 && world.ledger.kinds.count == 1)
            #expect(await world.send(kind, of: 2).failure == nil)
            #expect(await world.send(kind, of: 3).failure != nil)
            #expect(await world.send(kind, of: 4).failure == nil)
            #expect(world.http.requests.count == 4)
        }
    }

    @Test("a right that was refused three times is not tried again: a token that may only read sends three effects")
    func refusedRight() async throws {
        let refusals = [Answer](repeating: .reply(403, "no"), count: RefusedRights.refusalLimit)
        let world = try World(
            [.reply(200, "[]")] + refusals + [.reply(200, "[]"), .reply(200, "[]"), .reply(200, "[]")]
        )
        #expect(await world.send(.trigger, of: 0, right: "write").failure == nil)
        for part in 1...100 {
            let fault = try #require(
                await world.send(part % 2 == 0 ? .trigger : .change, of: part, right: "write").failure
            )
            #expect(fault.failure.kind == .unauthorized && fault.failure.finding.code == "provider-unauthorized")
            #expect(fault.reach == .part && fault.failure.finding.severity == .error)
            #expect(fault.failure.finding.subject.utf8.reversed().starts(with: "of \(part)".utf8.reversed()))
            #expect(fault.failure.finding.saw.utf8.starts(with: "not sent".utf8) == (part > RefusedRights.refusalLimit))
        }
        #expect(world.http.requests.count == 4 && world.ledger.kinds.count == 4)
        #expect(await world.send(.trigger, of: 0, right: "write").failure == nil, "there the right is known")
        #expect(await world.send(.trigger, of: 5, right: "other").failure == nil)
        #expect(await world.send(.read, of: 5, right: "write").failure == nil, "who may not write may read")
        #expect(world.http.requests.count == 7)
    }

    @Test("reads are counted by their right, and those that were answered stay open")
    func refusedReads() async throws {
        let no = Answer.reply(403, "no")
        let world = try World([.reply(200, "[]"), no, no, no, .reply(200, "[]"), .reply(200, "[]"), .reply(401, "")])
        for part in 0...3 { _ = await world.send(of: part, right: "packs") }
        #expect(await world.send(of: 4, right: "packs").failure?.failure.kind == .unauthorized)
        #expect(world.http.requests.count == 4)
        #expect(await world.send(of: 0, right: "packs").failure == nil)
        #expect(await world.send(of: 4, right: "verification").failure == nil)
        #expect(await world.send(of: 5, right: "verification").failure?.reach == .everything)
        #expect(await world.send(of: 4, right: "verification").failure?.reach == .everything)
        #expect(world.http.requests.count == 7, "a refused credential stops all the same")
    }

    @Test(
        "a time to come back is handed on for later runs",
        arguments: [
            (.reply(429, "", headers: [("Retry-After", "90")]), 90),
            (.reply(503, "", headers: [("Retry-After", "90")]), 90),
            (.reply(429, "", headers: [("Retry-After", "999999")]), 86_400), (.reply(503, ""), nil),
            (.reply(500, "", headers: [("Retry-After", "90")]), nil), (.reply(401, ""), nil), (.reply(200, "[]"), nil),
        ] as [(ScriptedHTTP.Answer, Int64?)]
    )
    func namedRest(answer: ScriptedHTTP.Answer, seconds: Int64?) async throws {
        let world = try World([answer, answer, answer])
        _ = await world.send()
        let rests = world.ledger.rests
        // Repeated reads move the clock of these tests; what is named is not repeated.
        #expect(rests == [seconds.map { ScriptedLedger.now.adding(seconds: $0) }])
    }

    @Test("a time to come back that an earlier run was told is obeyed")
    func restOfAnEarlierRun() async throws {
        let until = ScriptedLedger.now.adding(milliseconds: 89_001)
        let world = try World([.reply(200, "[]")], admissions: [.resting(until: until)])
        for kind in [CallKind.read, .trigger] {
            let failure = try #require(await world.send(kind).failure).failure
            #expect(failure.kind == .temporary && failure.finding.code == "provider-rate-limited")
            #expect(failure.finding.severity == .waiting && failure.retryAfterSeconds == 90, "rounded up")
        }
        #expect(world.http.requests.isEmpty && world.ledger.outcomes.isEmpty)
        world.clock.leap(milliseconds: 90_000)
        #expect(await world.send().failure == nil)
        let short = try World([.reply(200, "[]")], admissions: [.resting(until: ScriptedLedger.now.adding(seconds: 2))])
        #expect(await short.send().failure == nil && short.clock.sleeps == [2_000])
    }

    @Test("of two stops the longer one stands")
    func longerStop() async throws {
        for round in 0..<20 {
            let pauses = round % 2 == 0 ? ["5", "60"] : ["60", "5"]
            let answers = pauses.map { Answer.reply(429, "", headers: [("Retry-After", $0)]) }
            let world = try World(answers) { PairingHTTP($0) }
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { _ = await world.send() } }
            }
            #expect(world.http.requests.count == 2)
            #expect(try #require(await world.send().failure?.failure.retryAfterSeconds) >= 59)
            #expect(world.http.requests.count == 2)
        }
    }

    @Test(
        "Retry-After in seconds or as a date, clamped; what is neither counts as absent",
        arguments: [
            ("0", 1), ("1", 1), ("17", 17), ("86400", 86_400), ("86401", 86_400), ("99999999999999999999999", 86_400),
            ("-1", 300), ("+5", 300), ("1.5", 300), ("1e3", 300), ("soon", 300), ("", 300), ("\u{0663}", 300),
            // The clock of these tests stands at 2027-01-15T08:00:00Z.
            ("Fri, 15 Jan 2027 08:01:30 GMT", 90), ("Fri, 15 Jan 2027 08:00:00 GMT", 1),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 1), ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
            ("Fri, 15 Jan 2027 08:01:30 KST", 300), ("Friday, 15-Jan-27 08:01:30 GMT", 300),
        ] as [(String, Int64)]
    )
    func retryAfter(text: String, seconds: Int64) async throws {
        let world = try World([.reply(429, "", headers: [("rEtry-After", text)])])
        #expect(await world.send().failure?.failure.retryAfterSeconds == seconds)
    }

    @Test("503 with a time stops everything for that time, without one it may pass soon")
    func serviceAway() async throws {
        let world = try World([.reply(503, "", headers: [("retry-after", "60")]), .reply(200, "[]")])
        #expect(await world.send().failure?.failure.retryAfterSeconds == 60)
        #expect(await world.send().failure?.failure.finding.code == "provider-fault")
        #expect(world.http.requests.count == 1)
        let other = try World([.reply(503, ""), .reply(200, "[]")])
        #expect(await other.send().failure == nil && other.http.requests.count == 2)
    }

    @Test(
        "a credential in an answer is seen by nobody",
        arguments: [
            #"{"a":"key/with\slash""#, #"{"message":"key/with\\slash is wrong"}"#, #"["key\/with\\slash"]"#,
            #"["\u006bey\/with\u005cslash"]"#, #"{"\u006Bey\/with\\slash":1}"#, #"key/with\slash and key/with"#,
        ]
    )
    func secrets(body: String) async throws {
        for status in [200, 400, 401, 429, 500, 204] {
            let answer = Answer.reply(status, body, headers: [("Location", #"/?key/with\slash"#)])
            let world = try World([answer, answer, answer], secrets: [#"key/with"#, #"key/with\slash"#])
            let shown = "\(await world.send())"
            #expect(!shown.contains("with") && !shown.contains("slash"), "\(status): \(shown)")
            #expect(shown.contains("***"), "\(status): \(shown)")
        }
    }

    @Test("an answer without the credential stays as it was, to the octet")
    func untouched() async throws {
        for body in [#"{"a":"x\/y", "b" : "\u0041"}"#, "<html>\\ key", "\u{1B}[0m \\u"] {
            let world = try World([.reply(400, body)], secrets: ["key/with"])
            #expect(await world.send().failure?.failure.finding.saw == OctetText(body.utf8).description)
        }
    }
}

/// Lets the first two requests be answered only once both were sent.
private final class PairingHTTP: HTTPExchanging {
    private let http: ScriptedHTTP
    private let count = Mutex(0)

    init(_ http: ScriptedHTTP) { self.http = http }

    func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        count.withLock { $0 += 1 }
        for _ in 0..<1_000_000 where count.withLock({ $0 }) < 2 { await Task.yield() }
        return try await http.exchange(request)
    }
}

// Every fault that was seen or feared: what may be done next, what is said, and how often is asked.
import DCV
import Platform
import Providers
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct CloudflareFaultTests {
    /// One case of `faults.json`.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let answer: ScriptedHTTP.Answer
        let fixture: JSONValue

        var testDescription: String { name }
        func text(_ key: String) -> String? { fixture[key]?.string }
        func flag(_ key: String) -> Bool { fixture[key]?.bool ?? false }
    }

    static let cases: [Case] = {
        let fixtures = (try? Fixtures.read("faults"))?["cases"]?.array ?? []
        return fixtures.map { fixture in
            let headers = (fixture["headers"]?.object?.members ?? []).map { ($0.key, $0.value.string ?? "") }
            let status = Int(truncatingIfNeeded: fixture["status"]?.int ?? 0)
            let answer = ScriptedHTTP.Answer.reply(status, fixture["body"]?.string ?? "", headers: headers)
            return Case(name: fixture["name"]?.string ?? "", answer: answer, fixture: fixture)
        }
    }()

    @Test func casesAreThere() { #expect(Self.cases.count > 50) }

    @Test(arguments: cases)
    func aReadFailsAsTheAnswerSays(_ fault: Case) async throws {
        let attempts = fault.flag("read_is_repeated") ? 3 : 1
        let clock = LeapingClock()
        let script = [ScriptedHTTP.Answer](repeating: fault.answer, count: attempts)
        let (provider, http, read) = try await Sample.afterReading(script, clock: clock)
        let failure = try #require(await provider.refresh(read).failure)
        #expect(failure.kind.rawValue == fault.text("read"))
        #expect(failure.finding.code == fault.text("code") ?? readCode(fault))
        #expect(http.requests.count == Sample.readCalls + attempts, "\(http.lines)")
        #expect(failure.retryAfterSeconds == fault.fixture["retry_after_s"]?.int)
        #expect(
            failure.finding.severity
                == (["unauthorized", "refused"].contains(failure.kind.rawValue) ? .error : .waiting)
        )
        expectSaid(fault, failure.finding)
        // At least the gap between any two requests; at most the back-off of that repetition.
        let moments = http.moments.suffix(attempts)
        let waits = zip(moments.dropFirst(), moments).map { $0 - $1 }
        #expect(waits.enumerated().allSatisfy { (250...(500 << Int64($0.offset))).contains($0.element) }, "\(waits)")
        #expect(attempts == 1 || waits.contains { $0 > 250 }, "\(waits)")
    }

    @Test(arguments: cases)
    func anEffectIsSentOnceWhateverComesBack(_ fault: Case) async throws {
        for style in TriggerStyle.allCases {
            let (provider, http, read) = try await Sample.afterReading([fault.answer])
            let failure = try #require(await provider.trigger(read, style: style).failure)
            #expect(failure.kind.rawValue == fault.text("effect"))
            let code = fault.text("effect_code") ?? fault.text("code") ?? "provider-effect-unknown"
            #expect(failure.finding.code == code)
            #expect(http.requests.count == Sample.readCalls + 1)
            expectSaid(fault, failure.finding)
        }
    }

    @Test(arguments: cases)
    func afterAFaultThatReachesEverythingNothingIsSent(_ fault: Case) async throws {
        let clock = LeapingClock()
        let (provider, http, read) = try await Sample.afterReading([fault.answer, .result([])], clock: clock)
        let authorization = read
        let first = try #require(await provider.trigger(authorization, style: .patch).failure)
        let second = await provider.trigger(authorization, style: .patch)
        // What this zone alone refused is not asked of it again.
        let isOver = fault.flag("stops_everything") || first.kind == .unauthorized
        #expect(http.requests.count == Sample.readCalls + (isOver ? 1 : 2))
        guard fault.flag("stops_everything"), let pause = first.retryAfterSeconds else { return }
        #expect(second.failure?.retryAfterSeconds == pause)
        clock.leap(milliseconds: pause * 1000)
        _ = await provider.trigger(authorization, style: .patch)
        #expect(http.requests.count == Sample.readCalls + 2, "after the pause it is asked again")
    }

    @Test func lostConnectionsAreRepeatedForReadsAlone() async throws {
        let kinds: [(HTTPFailure, read: Int, ProviderFailure.Kind, effect: ProviderFailure.Kind)] = [
            (.unreachable("refused"), 3, .temporary, .temporary), (.brokenOff("reset"), 3, .temporary, .unknownEffect),
            (.timedOut(milliseconds: 30_000), 1, .temporary, .unknownEffect),
            (.tlsFailed("expired"), 1, .temporary, .temporary), (.refused("no"), 1, .refused, .refused),
            (.tooLarge(what: "body", limitBytes: 9), 1, .temporary, .unknownEffect),
            (.malformedAnswer("x"), 1, .temporary, .unknownEffect), (.cancelled, 1, .temporary, .unknownEffect),
        ]
        for (failure, count, readKind, effectKind) in kinds {
            let script = [ScriptedHTTP.Answer](repeating: .failure(failure), count: count)
            let (provider, http, read) = try await Sample.afterReading(script)
            let refused = await provider.refresh(read).failure
            #expect(refused?.kind == readKind)
            #expect(http.requests.count == Sample.readCalls + count, "\(failure)")
            let (other, effects, again) = try await Sample.afterReading([.failure(failure)])
            let lost = await other.trigger(again, style: .patch).failure
            #expect(lost?.kind == effectKind, "\(failure)")
            #expect(effects.requests.count == Sample.readCalls + 1)
        }
    }

    @Test func aReadThatFailedOnceSucceedsOnTheSecondTry() async throws {
        let (provider, http, read) = try await Sample.afterReading([
            .reply(502, "<html>"), .result([Sample.entry(value: "token-two")]),
        ])
        let fresh = try await provider.refresh(read).get()
        #expect(fresh.tokenGeneration == ["_acme-challenge.shop.example.com TXT \"token-two\""])
        #expect(http.requests.count == Sample.readCalls + 2)
    }

    @Test func anAnswerThatQuotesTheTokenIsShownWithoutIt() async throws {
        let echo = "token \(Sample.token) is bad"
        for answer in [
            ScriptedHTTP.Answer.errors(401, [["code": 10000, "message": .string(echo)]]), .reply(404, "<html>\(echo)"),
        ] {
            let (provider, _, read) = try await Sample.afterReading([answer])
            let finding = try #require(await provider.refresh(read).failure).finding
            #expect(finding.saw.contains("token *** is bad"))
            #expect(!"\(finding)".contains(Sample.token))
        }
    }

    private func readCode(_ fault: Case) -> String {
        fault.flag("read_is_repeated") ? "provider-fault" : "provider-answer-not-understood"
    }

    private func expectSaid(_ fault: Case, _ finding: Finding) {
        let said = [finding.saw, finding.wanted ?? "", finding.advice].joined(separator: "\n")
        for words in fault.fixture["says"]?.array?.compactMap({ $0.string }) ?? [] {
            #expect(said.contains(words), "\(said)")
        }
        #expect(said.utf8.count < 4000)
        #expect(said.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A })
        #expect(finding.subject.utf8.starts(with: "cf: ".utf8))
    }
}

extension Result {
    var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}

// The five shapes of an error, and the others that were feared: what may be done next, what is said, how often is asked.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NAVERFaultTests {
    /// One case of `faults.json`.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let answer: ScriptedHTTP.Answer
        let fixture: JSONValue

        var testDescription: String { name }
        func flag(_ key: String) -> Bool { fixture[key]?.bool ?? false }
    }

    /// The sample clock's first moment; `Date` headers of the fixture are set against it.
    private static let start: Int64 = 1_775_001_600_000

    static let cases: [Case] = {
        let fixtures = (try? NAVERFixtures.read("faults"))?["cases"]?.array ?? []
        return fixtures.map { fixture in
            let headers = (fixture["headers"]?.object?.members ?? []).map { ($0.key, $0.value.string ?? "") }
            let status = Int(truncatingIfNeeded: fixture["status"]?.int ?? 0)
            let body = fixture["body"].map { $0.string.map { Array($0.utf8) } ?? $0.serialized() } ?? []
            let answer = ScriptedHTTP.Answer.reply(status, body, headers: headers)
            return Case(name: fixture["name"]?.string ?? "", answer: answer, fixture: fixture)
        }
    }()

    @Test func casesAreThere() { #expect(Self.cases.count > 30) }

    @Test(arguments: cases)
    func aReadFailsAsTheAnswerSays(_ fault: Case) async throws {
        let attempts = fault.flag("is_repeated") ? 3 : 1
        let clock = WalkingClock(start: Self.start)
        let script = [ScriptedHTTP.Answer](repeating: fault.answer, count: attempts)
        let (provider, http, read) = try await NAVERSample.afterReading(script, clock: clock)
        let failure = try #require(await provider.refresh(read).failure)
        #expect(failure.kind.rawValue == fault.fixture["kind"]?.string)
        #expect(failure.finding.code == fault.fixture["code"]?.string)
        #expect(http.requests.count == 3 + attempts, "\(http.lines)")
        #expect(failure.retryAfterSeconds == fault.fixture["retry_after_s"]?.int)
        let isForPeople = ["unauthorized", "refused"].contains(failure.kind.rawValue)
        #expect(failure.finding.severity == (isForPeople ? .error : .waiting))
        expectSaid(fault, failure.finding)
    }

    @Test(arguments: cases)
    func whatReachesEverythingEndsThePass(_ fault: Case) async throws {
        let attempts = fault.flag("is_repeated") ? 3 : 1
        let lists = [ScriptedHTTP.Answer](repeating: fault.answer, count: attempts)
        let http = ScriptedHTTP(lists + [.domains([])])
        let provider = try NAVERSample.provider(http, clock: WalkingClock(start: Self.start))
        let reading = await provider.read()
        #expect(!reading.isComplete && reading.authorizations.isEmpty)
        #expect(reading.findings.map { $0.code } == [fault.fixture["code"]?.string ?? ""])
        #expect(http.requests.count == attempts + (fault.flag("stops_everything") ? 0 : 1), "\(http.lines)")
        if fault.flag("stops_everything") {
            _ = await provider.read()
            #expect(http.requests.count == attempts, "nor in a second pass of the same run")
        }
    }

    @Test func aNameThatFailsKeepsTheOthersAndNothingIsBegun() async throws {
        let certificate = NAVERSample.certificate(others: ["www.example.com"])
        let refusal = ScriptedHTTP.Answer.reply(400, "{\"returnCode\":\"2000\",\"returnMessage\":\"bad\"}")
        let failures: [([ScriptedHTTP.Answer], status: Authorization.Status, acted: Bool)] = [
            ([refusal], .busy, false),
            ([.reply(503, ""), .reply(503, ""), .reply(503, "")], .busy, true),
            ([.failure(.timedOut(milliseconds: 1))], .busy, true),
            (
                [.reply(200, "{\"returnCode\":\"0\",\"dnsVerificationList\":[],\"dnsVerificationCount\":1}")], .busy,
                true
            ),
        ]
        for (failure, status, acted) in failures {
            let http = ScriptedHTTP(
                [.certificates([certificate]), .domains([]), .validations([NAVERSample.validation()])] + failure
            )
            let reading = try await NAVERSample.provider(http).read()
            let read = try #require(reading.authorizations.first)
            #expect(read.status == status && read.mayBeActedOn == acted, "\(read.findings)")
            #expect(read.records.map { $0.description } == ["_dnsvalidation.shop.example.com TXT \"token-one\""])
            #expect(read.findings.count == 1)
            #expect(http.requests.count == 3 + failure.count)
        }
    }

    @Test func aNameThatStopsEverythingLeavesTheOthersUnasked() async throws {
        let http = ScriptedHTTP([
            .certificates([
                NAVERSample.certificate(others: ["www.example.com"]), NAVERSample.certificate(55333),
            ]), .domains([]), .validations([NAVERSample.validation()]),
            .reply(429, "", headers: [("Retry-After", "7")]),
        ])
        let reading = try await NAVERSample.provider(http).read()
        #expect(reading.findings.map { $0.code } == ["provider-rate-limited"])
        #expect(reading.authorizations.map { $0.status } == [.busy, .busy])
        #expect(reading.authorizations.map { $0.findings.map { $0.code } } == [["names-not-read"], ["names-not-read"]])
        #expect(http.requests.count == 4 && !reading.isComplete)
    }

    @Test func anAnswerThatQuotesTheKeysIsShownWithoutThem() async throws {
        let echo = "\(NAVERSample.accessKey) and \(NAVERSample.secretKey) are bad"
        for status in [400, 401] {
            let body = "{\"error\":{\"errorCode\":\"200\",\"message\":\"\(echo)\"}}"
            let (provider, _, read) = try await NAVERSample.afterReading([.reply(status, body)])
            let finding = try #require(await provider.refresh(read).failure).finding
            #expect(finding.saw.contains("*** and *** are bad"))
            #expect(!"\(finding)".contains(NAVERSample.secretKey) && !"\(finding)".contains(NAVERSample.accessKey))
        }
    }

    private func expectSaid(_ fault: Case, _ finding: Finding) {
        let said = [finding.saw, finding.wanted ?? "", finding.advice].joined(separator: "\n")
        for words in fault.fixture["says"]?.array?.compactMap({ $0.string }) ?? [] {
            #expect(said.contains(words), "\(said)")
        }
        for words in fault.fixture["does_not_say"]?.array?.compactMap({ $0.string }) ?? [] {
            #expect(!said.contains(words), "\(said)")
        }
        #expect(said.utf8.count < 4000)
        #expect(said.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A })
        #expect(finding.subject.utf8.starts(with: "naver: ".utf8))
    }
}

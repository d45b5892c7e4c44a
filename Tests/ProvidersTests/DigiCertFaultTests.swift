// Every fault of DigiCert's that was seen or feared: what may be done next, what is said, and how often is asked.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DigiCertFaultTests {
    private typealias Sample = DigiCertSample

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
        let fixtures = (try? DigiCertFixtures.read("faults"))?["cases"]?.array ?? []
        return fixtures.map { fixture in
            let headers = (fixture["headers"]?.object?.members ?? []).map { ($0.key, $0.value.string ?? "") }
            let status = Int(truncatingIfNeeded: fixture["status"]?.int ?? 0)
            let answer = ScriptedHTTP.Answer.reply(status, fixture["body"]?.string ?? "", headers: headers)
            return Case(name: fixture["name"]?.string ?? "", answer: answer, fixture: fixture)
        }
    }()

    @Test func casesAreThere() { #expect(Self.cases.count > 35) }

    @Test(arguments: cases)
    func aReadFailsAsTheAnswerSays(_ fault: Case) async throws {
        let clock = LeapingClock()
        let (provider, http, read) = try await Sample.afterReading(clock: clock)
        let before = http.requests.count
        http.answer("GET /domain/12", fault.answer)
        let failure = try #require(await provider.refresh(read).failure)
        #expect(failure.kind.rawValue == fault.text("read"))
        #expect(failure.finding.code == fault.text("code"))
        #expect(failure.retryAfterSeconds == fault.fixture["retry_after_s"]?.int)
        #expect(http.requests.count - before == (fault.flag("read_is_repeated") ? 3 : 1))
        expectSaid(fault, failure.finding)
        _ = await provider.refresh(read)
        // What was refused for this domain alone is not asked again.
        let isOver = fault.flag("stops_everything") || failure.kind == .unauthorized
        let again = isOver ? 0 : fault.flag("read_is_repeated") ? 3 : 1
        #expect(http.requests.count - before == (fault.flag("read_is_repeated") ? 3 : 1) + again)
    }

    @Test(arguments: cases)
    func anEffectIsSentOnceWhateverComesBack(_ fault: Case) async throws {
        let near = Sample.domain(as: Sample.complete(until: "2027-02-01T00:00:00+00:00"), token: nil)
        for effect in CallKind.allCases where effect != .read {
            let (provider, http, read) = try await Sample.afterReading(effect == .revalidate ? near : Sample.domain())
            let before = http.requests.count
            for call in [
                "PUT /domain/12/dcv/validate-token", "PUT /domain/12/dcv/method", "POST /domain/12/validation",
            ] {
                http.answer(call, fault.answer)
            }
            let answer: Result<Void, ProviderFailure> =
                switch effect {
                case .trigger: await provider.trigger(read, style: .patch)
                case .change: await provider.changeMethod(of: read, to: .cname)
                default: await provider.revalidate(read, by: .cname)
                }
            let failure = try #require(answer.failure)
            let kind = effect == .trigger ? fault.text("check") ?? fault.text("effect") : fault.text("effect")
            #expect(failure.kind.rawValue == kind, "\(effect)")
            #expect(failure.finding.code == fault.text("effect_code") ?? fault.text("code"), "\(effect)")
            #expect(http.requests.count - before == 1)
            expectSaid(fault, failure.finding)
        }
    }

    @Test func lostConnectionsAreRepeatedForReadsAlone() async throws {
        let kinds: [(HTTPFailure, read: Int, effect: ProviderFailure.Kind)] = [
            (.unreachable("refused"), 3, .temporary), (.brokenOff("reset"), 3, .unknownEffect),
            (.timedOut(milliseconds: 30_000), 1, .unknownEffect), (.tlsFailed("expired"), 1, .temporary),
        ]
        for (failure, count, kind) in kinds {
            let (provider, http, read) = try await Sample.afterReading()
            let before = http.requests.count
            http.answer("GET /domain/12", .failure(failure))
            http.answer("PUT /domain/12/dcv/validate-token", .failure(failure))
            #expect(await provider.refresh(read).failure?.kind == .temporary)
            #expect(http.requests.count - before == count, "\(failure)")
            #expect(await provider.trigger(read, style: .patch).failure?.kind == kind, "\(failure)")
            #expect(http.requests.count - before == count + 1)
        }
    }

    /// The random value of an order is asked for with a PUT that reads: it is repeated like a read.
    @Test func theRandomValueIsAskedForAgain() async throws {
        let http = Sample.table(Sample.domain())
        http.answer("GET /order/certificate", Sample.list("orders", [Sample.order()]))
        http.answer("GET /order/certificate/77", Sample.order())
        let value: JSONValue = ["dcv_random_value": "abc", "expiration_date": "2027-02-10T08:00:00Z"]
        http.answer("PUT /order/certificate/77/dcv-random-value", .reply(502, "<"), .reply(200, value.serialized()))
        let reading = try await Sample.provider(http).read()
        #expect(reading.isComplete && reading.authorizations.count == 2)
        #expect(http.calls.suffix(2).allSatisfy { $0 == "PUT /order/certificate/77/dcv-random-value" })
    }

    @Test func anAnswerThatQuotesTheKeyIsShownWithoutIt() async throws {
        let (provider, http, read) = try await Sample.afterReading()
        http.answer("GET /domain/12", .digiCert(400, "bad", "key \(Sample.key) is bad"))
        let finding = try #require(await provider.refresh(read).failure).finding
        #expect(finding.saw.contains("key *** is bad") && !"\(finding)".contains(Sample.key))
    }

    @Test func requestsKeepTheirDistanceAndKnowTheLimits() async throws {
        let clock = LeapingClock()
        let (provider, _, read) = try await Sample.afterReading(clock: clock)
        _ = await provider.refresh(read)
        #expect(clock.sleeps == [340, 340, 340, 340])
        let ledger = LimitsSeen()
        let surroundings = ProviderSurroundings.scripted(Sample.table(Sample.domain()), ledger: ledger)
        _ = await (try ProviderCatalog.make(try Sample.settings(), surroundings)).read()
        let limits = [
            CallLimit(count: 100, windowMilliseconds: 5_000), CallLimit(count: 1000, windowMilliseconds: 180_000),
        ]
        #expect(await ledger.seen == [[CallLimit]](repeating: limits, count: 4))
    }

    private func expectSaid(_ fault: Case, _ finding: Finding) {
        let said = [finding.saw, finding.wanted ?? "", finding.advice].joined(separator: "\n")
        for words in fault.fixture["says"]?.array?.compactMap({ $0.string }) ?? [] {
            #expect(said.contains(words), "\(said)")
        }
        #expect(said.utf8.count < 4000 && !said.contains("Jane"))
        #expect(said.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A })
        #expect(finding.subject.utf8.starts(with: "dc: ".utf8))
    }
}

/// Grants everything and keeps the limits that it was told.
private actor LimitsSeen: CallLedger {
    private(set) var seen: [[CallLimit]] = []

    func admit(_ call: CallKind, to provider: ProviderName, under limits: [CallLimit], at now: Instant) async
        -> CallAdmission
    {
        seen.append(limits)
        return .granted
    }

    func ended(_ outcome: CallOutcome, at provider: ProviderName, at now: Instant, restUntil: Instant?) async {}
}

// A token that lives is never voided, and one that has ended brings a new validation: over generated states of a domain.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DigiCertTokenTests {
    private typealias Sample = DigiCertSample

    private static let words = ["pending", "complete", "expired", "active", "under_review", ""]
    private static let methods = [
        "dns-txt-token", "dns-cname-token", "http-token", "http-token-dynamic", "email", "smoke-signal", "",
    ]
    private static let times = [
        "2026-01-01T00:00:00+00:00", "2027-01-15T07:59:59+00:00", "2027-01-15T08:00:01+00:00",
        "2027-02-01T00:00:00+00:00", "2027-06-30T00:00:00Z", "2027-06-30", "never", "",
    ]

    /// A domain in some state, as its page shows it.
    private static func state(_ random: SeededRandom) -> JSONValue {
        func drawn(_ texts: [String]) -> JSONValue { .string(texts[random.below(texts.count)]) }
        func sometimes(_ value: JSONValue) -> JSONValue { random.below(4) == 0 ? .null : value }
        let validations = (0..<random.below(3)).map { index -> JSONValue in
            Sample.validation(
                ["ev", "ov"][index],
                [
                    ("status", sometimes(drawn(words))), ("dcv_status", sometimes(drawn(words))),
                    ("date_created", sometimes(drawn(times))), ("validated_until", sometimes(drawn(times))),
                    ("org_status", sometimes(drawn(words))),
                ]
            )
        }
        let token: JSONValue = [
            "token": random.below(5) == 0 ? "" : "t0ken", "status": drawn(words),
            "expiration_date": sometimes(drawn(times)),
        ]
        return [
            "id": 12, "name": "example.com", "is_active": true, "validations": .array(validations),
            "dcv_method": drawn(methods), "dcv_token": sometimes(token),
            "dcv_expiration_datetime": sometimes(drawn(times)),
        ]
    }

    @Test func noCallVoidsATokenThatLives() async throws {
        var asked = 0
        for seed in 0..<UInt64(800) {
            let domain = Self.state(SeededRandom(seed &* 0x9E37 &+ 5))
            let http = Sample.table(domain)
            let provider = try Sample.provider(http)
            for read in await provider.read().authorizations {
                for style in TriggerStyle.allCases { _ = await provider.trigger(read, style: style) }
                for method in ValidationMethod.allCases {
                    _ = await provider.revalidate(read, by: method)
                    if read.method != method { continue }
                    _ = await provider.changeMethod(of: read, to: method)
                }
                if let fresh = try? await provider.refresh(read).get() {
                    #expect(fresh.tokenGeneration == read.tokenGeneration && fresh.status == read.status, "\(seed)")
                    #expect(fresh.proof == read.proof && fresh.method == read.method, "\(seed)")
                }
            }
            // The one call that only voids is never made; the others that bring a new token are not made while one may be of use.
            #expect(!http.calls.contains { $0.contains("dcv/token") }, "\(seed)")
            #expect(!http.calls.contains { $0.contains("dcv/method") }, "\(seed)")
            if http.calls.contains("POST /domain/12/validation") {
                asked += 1
                let isPending = domain["validations"]?.array?.contains { $0["dcv_status"] == "pending" } ?? false
                let token = domain["dcv_token"]
                let end = DigiCertTime.instant(token?["expiration_date"]?.string)
                let hasEnded = token?["status"] == "expired" || end.map { $0 <= Sample.now } ?? false
                #expect(!isPending || hasEnded, "\(seed): \(domain.serializedText)")
            }
        }
        #expect(asked > 50, "the states must lead there often enough: \(asked)")
    }

    /// Through the planner: a proof in its last days, one that has run out, and a token that has ended begin a new validation; a token
    /// that lives does not.
    @Test func thePlanBeginsAnewWhatHasEndedAndNothingElse() async throws {
        let expired: [(String, JSONValue)] = [
            ("status", "pending"), ("dcv_status", "expired"), ("date_created", "2026-05-01T00:00:00+00:00"),
            ("validated_until", "2026-11-16T00:00:00+00:00"),
        ]
        let last = Sample.complete(until: "2027-01-20T00:00:00+00:00")
        let cases: [(JSONValue, method: ValidationMethod?)] = [
            (Sample.domain(as: last, token: nil), .txt), (Sample.domain(as: expired, token: nil), .txt),
            (Sample.domain(token: Sample.tokenField(expires: "2027-01-15T07:00:00+00:00")), .txt),
            (Sample.domain(method: "dns-cname-token", as: last, token: nil), .cname),
            (Sample.domain(method: "http-token", as: last, token: nil), .http),
            (Sample.domain(method: "email", as: last, token: nil), .txt), (Sample.domain(), nil),
            (Sample.domain(as: Sample.complete(), token: nil), nil), (Sample.domain(token: nil), nil),
        ]
        for (domain, method) in cases {
            let read = try await Sample.afterReading(domain).authorization
            let steps = Planner.plan(try Self.situation(read)).effects.map { $0.action }
            #expect(steps == (method.map { [.revalidate(by: $0)] } ?? []), "\(domain.serializedText)")
        }
    }

    /// `is_pending_validation` beside complete types: the next proof is begun, and its token must not be voided.
    @Test func thePlanBeginsNothingWhileANewTokenLives() async throws {
        let last = Sample.complete(until: "2027-01-20T00:00:00+00:00")
        let expired = Sample.tokenField(expires: "2027-01-15T07:00:00+00:00")
        let cases: [(token: JSONValue?, isPending: JSONValue, isBegun: Bool)] = [
            (Sample.tokenField(), true, false), (Sample.tokenField(), "1", false), (Sample.tokenField(), false, true),
            (expired, true, true), (nil, true, true),
        ]
        for (token, isPending, isBegun) in cases {
            let domain = Sample.domain(as: last, token: token)
            let members =
                (domain.object?.members ?? []).map { ($0.key, $0.value) } + [("is_pending_validation", isPending)]
            let (provider, http, read) = try await Sample.afterReading(.object(JSONObject(members)))
            let steps = Planner.plan(try Self.situation(read)).effects.map { $0.action }
            #expect(steps == (isBegun ? [.revalidate(by: .txt)] : []), "\(isPending) \(token?.serializedText ?? "")")
            #expect(
                read.proof?.until == Instant(millisecondsSinceEpoch: 1_800_403_200_000),
                "the old proof is still told"
            )
            guard !isBegun else { continue }
            #expect(read.status == .pending && read.records.count == 2 && read.capabilities.triggers == [.patch])
            #expect(await provider.revalidate(read, by: .txt).failure?.finding.code == "action-not-possible")
            #expect(!http.calls.contains { $0.utf8.starts(with: "POST".utf8) })
        }
    }

    @Test func aDomainOnMailIsChangedToWhatCanBeShown() async throws {
        let read = try await Sample.afterReading(Sample.domain(method: "email", token: nil)).authorization
        #expect(Planner.plan(try Self.situation(read)).effects.map { $0.action } == [.changeMethod(to: .txt)])
    }

    private static func situation(_ authorization: Authorization) throws -> Situation {
        let publisher = Situation.PublisherView(name: "all", kinds: RecordKind.allCases)
        return Situation(
            at: Sample.now,
            zones: [Situation.ZoneRule(apex: nil, publishers: [publisher], policy: .standard)],
            authorizations: [authorization],
            surveys: [],
            history: .empty
        )
    }
}

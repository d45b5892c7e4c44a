// `config check` about credentials: who is asked, how long, what is printed, and which exit code comes of it.
import DCV
import Synchronization
import Testing

@testable import Agent

@Suite("Examinations", .timeLimit(.minutes(1)))
struct ExaminationTests {
    private typealias Right = ProviderExamination.Right

    private func examination(
        _ name: String = "cf",
        scope: String? = "2 zones: example.com, example.net",
        _ rights: [Right],
        _ severities: [Finding.Severity] = []
    ) throws -> ProviderExamination {
        ProviderExamination(
            provider: try ProviderName(name),
            kind: "cloudflare",
            scope: scope,
            rights: rights,
            findings: severities.map { Finding("some-code", $0, subject: name, saw: "this", advice: "that") }
        )
    }

    @Test("the table: a row a right, details and findings below it")
    func table() throws {
        let scope = "3 zones: one.example.com, two.example.com, three.example.com"
        let lines = ExaminationText.lines([
            try examination(
                "cf",
                [
                    Right("Zone Read", for: "find the zones", .granted),
                    Right("SSL Edit", for: "trigger", .missing, detail: "HTTP 403 for example.net"),
                ]
            ),
            try examination("digicert", scope: nil, [], [.waiting]),
            try examination("naver", scope: scope, [Right("x\u{1B}[2J", for: "y", .unknown)]),
        ])
        #expect(
            lines == [
                "provider  kind        scope                                     right       purpose         state",
                "cf        cloudflare  2 zones: example.com, example.net         Zone Read   find the zones  granted",
                "cf                                                              SSL Edit    trigger         missing",
                "digicert  cloudflare  -                                         -           -               unknown",
                "naver     cloudflare  3 zones: one.example.com, two.example...  x\\u001b[2J  y               unknown",
                "cf: SSL Edit is missing: HTTP 403 for example.net",
                "naver: \(scope)", "rights: 1 granted, 1 missing, 1 unknown",
                "waiting  some-code: digicert", "         saw      this", "         do       that",
            ]
        )
        #expect(ExaminationText.lines([]).isEmpty)
    }

    @Test("on a narrow screen the scope, and then the purpose, stand below the table")
    func narrow() throws {
        let examinations = [
            try examination(
                "cf",
                [
                    Right("Zone Read", for: "find the zones", .granted), Right("SSL Edit", for: "trigger", .missing),
                    Right("DNS Edit", for: "publish", .unknown, detail: "no read can tell"),
                ]
            )
        ]
        #expect(
            ExaminationText.lines(examinations, columns: 56) == [
                "provider  kind        right      purpose         state",
                "cf        cloudflare  Zone Read  find the zones  granted",
                "cf                    SSL Edit   trigger         missing",
                "cf                    DNS Edit   publish         unknown",
                "cf: 2 zones: example.com, example.net",
                "cf: DNS Edit is unknown: no read can tell",
                "rights: 1 granted, 1 missing, 1 unknown",
            ]
        )
        #expect(
            ExaminationText.lines(examinations, columns: 55) == [
                "provider  kind        right      state",
                "cf        cloudflare  Zone Read  granted",
                "cf                    SSL Edit   missing",
                "cf                    DNS Edit   unknown",
                "cf: 2 zones: example.com, example.net",
                "cf: SSL Edit is missing, needed to trigger",
                "cf: DNS Edit is unknown, needed to publish: no read can tell",
                "rights: 1 granted, 1 missing, 1 unknown",
            ]
        )
        #expect(ExaminationText.lines(examinations, columns: 91).first?.contains("scope") == true)
        #expect(ExaminationText.lines(examinations, columns: 90).first?.contains("scope") == false)
    }

    @Test("exit codes: a missing right or an error is the configuration's, a wait is not, what is unknown is no fault")
    func exitCodes() throws {
        let granted = Right("a", for: "b", .granted)
        let unknown = Right("a", for: "b", .unknown)
        let missing = Right("a", for: "b", .missing)
        let cases: [([Right], [Finding.Severity], ExitCode)] = [
            ([granted, unknown], [], .done), ([], [], .done), ([granted], [.notice], .done),
            ([unknown], [.waiting], .temporary), ([granted, missing], [], .configuration),
            ([missing], [.waiting], .configuration), ([granted], [.error, .waiting], .configuration),
        ]
        for (rights, severities, code) in cases {
            #expect(try examination("cf", rights, severities).exitCode == code, "\(rights) \(severities)")
        }
    }

    @Test("of several providers' codes the gravest counts; offline nothing is said of them")
    func summary() throws {
        func summary(_ examinations: [ProviderExamination]?, _ findings: [Finding] = []) -> ConfigurationSummary {
            ConfigurationSummary(
                LoadedConfiguration(configuration: Configuration(file: "x"), policyDocuments: [:], programs: [:]),
                providers: [],
                rules: [],
                findings: findings,
                examinations: examinations
            )
        }
        let well = try examination("cf", [Right("a", for: "b", .granted)])
        let away = try examination("cf", [], [.waiting])
        let wrong = try examination("cf", [Right("a", for: "b", .missing)])
        let hook = Finding("hook-broken", .notice, subject: "h", saw: "s", advice: "a")
        #expect(summary([well]).exitCode == .done && summary(nil).exitCode == .done)
        #expect(summary([well, away]).exitCode == .temporary)
        #expect(summary([away, wrong, well]).exitCode == .configuration)
        #expect(summary([well], [hook]).exitCode == .configuration)
        #expect(!summary(nil).lines().contains { $0.contains("rights:") })
        let lines = summary([well], [hook]).lines()
        let place = try #require(lines.firstIndex { $0.contains("hook-broken") })
        #expect(try #require(lines.firstIndex { $0.contains("rights:") }) > place, "what was there before comes first")
    }

    @Test("all are asked at once, in order, and one that hangs is left at its deadline")
    func asking() async throws {
        let clock = TurningClock()
        let names = try ["hangs", "one", "two"].map { try ProviderName($0) }
        let providers = names.map { ExaminedProvider(name: $0, hangs: $0.text == "hangs") }
        let told = Mutex<[[ProviderName]]>([])
        let examinations = await ProviderExaminer(clock: clock).examine(providers.map { ($0, "kind") }) { names in
            told.withLock { $0.append(names) }
            // Only the one that hangs is left: its deadline may come.
            if names.count == 1 { clock.turn() }
        }
        #expect(examinations.map(\.provider) == names)
        #expect(examinations.map(\.scope) == [nil, "asked", "asked"])
        #expect(examinations[0].findings.map(\.code) == ["provider-not-examined"])
        #expect(examinations[0].exitCode == .temporary && examinations[0].kind == "kind")
        #expect(told.withLock { $0.map(\.count) } == [3, 2, 1, 0])
        #expect(clock.sleeps.allSatisfy { $0 == ProviderExaminer.deadlineMilliseconds } && clock.sleeps.count == 3)
    }
}

/// Sleeps end when it is turned, or when they are cancelled.
private final class TurningClock: Clock {
    private let state = Mutex<(isTurned: Bool, sleeps: [Int64])>((false, []))

    var sleeps: [Int64] { state.withLock { $0.sleeps } }
    func turn() { state.withLock { $0.isTurned = true } }
    func now() -> Instant { Instant(millisecondsSinceEpoch: 0) }
    func monotonicMilliseconds() -> Int64 { 0 }

    func sleep(milliseconds: Int64) async throws {
        state.withLock { $0.sleeps.append(milliseconds) }
        while !state.withLock({ $0.isTurned }) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}

/// Examined only: everything else is refused.
private struct ExaminedProvider: Provider {
    let name: ProviderName
    let hangs: Bool

    private var refusal: ProviderFailure {
        ProviderFailure(.refused, Finding("no", .error, subject: name.text, saw: "x", advice: "x"))
    }

    func examine() async -> ProviderExamination {
        while hangs, !Task.isCancelled { await Task.yield() }
        return ProviderExamination(provider: name, kind: "kind", scope: "asked", rights: [], findings: [])
    }

    func read() async -> ProviderReading {
        ProviderReading(provider: name, authorizations: [], findings: [], isComplete: false)
    }
    func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> { .failure(refusal) }
    func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        .failure(refusal)
    }
    func changeMethod(
        of authorization: Authorization,
        to method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> { .failure(refusal) }
    func revalidate(_ authorization: Authorization, by method: ValidationMethod) async -> Result<Void, ProviderFailure>
    {
        .failure(refusal)
    }
}

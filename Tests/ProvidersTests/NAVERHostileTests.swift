// Answers nobody would send, at every place of a pass: whatever comes, there are findings and never a stranger's record.
import DCV
import FoundationEssentials
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NAVERHostileTests {
    static let mutationsPerFixture = 15

    @Test(arguments: try NAVERFixtures.readingNames())
    func mutatedAnswersGiveFindingsAndNothingElse(_ name: String) async throws {
        let fixture = try NAVERFixtures.read("readings/" + name)
        let exchanges = try #require(fixture["exchanges"]?.array)
        let bodies = exchanges.map { $0["body"] ?? .null }
        for seed in 0..<UInt64(Self.mutationsPerFixture) {
            let random = SeededRandom(seed &* 0x1_0001 &+ UInt64(name.utf8.count))
            let victim = random.below(bodies.count)
            let script = bodies.enumerated().map { place, body -> ScriptedHTTP.Answer in
                guard place == victim else { return .reply(200, body.serialized()) }
                let status = [200, 200, 200, 200, 400, 401, 403, 404, 429, 500][random.below(10)]
                return .reply(
                    status,
                    seed % 2 == 0
                        ? Mutations.octets(body.serialized(), random)
                        : Mutations.value(body, random, renamed: "txtName").serialized()
                )
            }
            // A mutated list may ask for more names: they all get the last answer again.
            let more = [ScriptedHTTP.Answer](repeating: script.last ?? .reply(200, "{}"), count: 300)
            let http = ScriptedHTTP(script + more)
            let reading = try await NAVERSample.provider(http, NAVERFixtures.changes(fixture)).read()
            try check(reading, "\(name), seed \(seed)")
            #expect(http.requests.count < 250, "\(name), seed \(seed)")
        }
    }

    @Test func thereAreEnoughOfThem() throws {
        #expect(try NAVERFixtures.readingNames().count * Self.mutationsPerFixture >= 150)
    }

    /// What the hostile bodies are in place of; the other calls are answered as ever.
    enum Call: String, CaseIterable {
        case certificates = "/api/v2/certificate/certificates"
        case domains = "/api/v2/domain/domains"
        case verification = "/api/v2/certificate/getVerificationInfo/55332"
    }

    private static let refusals: Set<String> = [
        "provider-answer-not-understood", "provider-refused", "provider-fault", "provider-unauthorized",
        "provider-rate-limited",
    ]

    private func account(_ call: Call?, _ bad: ScriptedHTTP.Answer) -> AnsweringHTTP {
        AnsweringHTTP { request in
            switch Call(rawValue: String(request.url.target.prefix { $0 != "?" })) {
            case let asked where asked == call: bad
            case .certificates: .certificates([NAVERSample.certificate()])
            case .domains: .domains([])
            case .verification: .validations([NAVERSample.validation()])
            case nil: .reply(404, "")
            }
        }
    }

    @Test(arguments: Call.allCases)
    func aHostileBodyIsAFindingAndStartsNothing(_ call: Call) async throws {
        #expect(HostileBody.all.count >= 150)
        for hostile in HostileBody.all {
            let what: Comment = "\(hostile.name)"
            let http = account(call, hostile.answer)
            let reading = try await NAVERSample.provider(http).read()
            try check(reading, what)
            #expect(http.requests.allSatisfy { $0.method == .get && $0.body.isEmpty }, what)
            #expect(http.requests.contains { $0.url.target.utf8.starts(with: call.rawValue.utf8) }, what)
            // The list is not there, or the name shows nothing to publish: either way it is said which call failed.
            let ofNames = reading.authorizations.flatMap { $0.findings }
            let codes = Set((call == .verification ? ofNames + reading.findings : reading.findings).map { $0.code })
            #expect(!codes.isDisjoint(with: Self.refusals), "\(hostile.name): \(reading)")
            switch call {
            case .certificates: #expect(!reading.isComplete && reading.authorizations.isEmpty, what)
            case .domains: #expect(!reading.isComplete && reading.authorizations.count <= 1, what)
            case .verification:
                #expect(reading.authorizations.map { $0.status } == [.busy], what)
                #expect(reading.authorizations.allSatisfy { $0.records.isEmpty && !$0.findings.isEmpty }, what)
            }
        }
    }

    @Test(arguments: Call.allCases)
    func aHostileBodyInAFreshLookConcludesNothing(_ call: Call) async throws {
        for hostile in HostileBody.all {
            let what: Comment = "\(hostile.name)"
            let read = try #require(
                try await NAVERSample.provider(account(nil, .reply(404, ""))).read().authorizations.first
            )
            let http = account(call, hostile.answer)
            let fresh = await (try NAVERSample.provider(http)).refresh(read)
            #expect(http.requests.allSatisfy { $0.method == .get }, what)
            guard call != .domains else { continue }
            let failure = try #require(fresh.failure, what)
            #expect(Self.refusals.contains(failure.finding.code), "\(hostile.name): \(failure)")
        }
    }

    /// Without the one thing that is wrong with each the bodies are taken for lists: it is that thing which is found.
    @Test func whatTheyAreMadeOfIsAccepted() async throws {
        let good = ScriptedHTTP.Answer.reply(200, HostileBody.success)
        for call in [Call.certificates, .domains] {
            let reading = try await NAVERSample.provider(account(call, good)).read()
            #expect(reading.isComplete && reading.findings.isEmpty, "\(reading)")
            #expect(reading.authorizations.count == (call == .certificates ? 0 : 1))
        }
    }

    /// What holds for every reading, however it came about.
    private func check(_ reading: ProviderReading, _ what: Comment) throws {
        let findings = reading.findings + reading.authorizations.flatMap { $0.findings }
        for finding in findings {
            let text = finding.subject + finding.saw + (finding.wanted ?? "") + finding.advice
            #expect(text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.utf8.count < 6000, what)
        }
        #expect(Set(reading.authorizations.map { $0.key }).count == reading.authorizations.count, what)
        for authorization in reading.authorizations {
            #expect(authorization.capabilities == Capabilities(triggers: [], methods: []), what)
            for record in authorization.records {
                let hosts = authorization.identifiers.map { $0.name }
                #expect(hosts.contains { isBound(record, to: $0) }, "\(what): \(record)")
                #expect(record.kind != .http, what)
            }
            let coded = try JSONEncoder().encode(authorization)
            #expect(try JSONDecoder().decode(Authorization.self, from: coded) == authorization, what)
        }
        if !reading.isComplete { #expect(!reading.findings.isEmpty, what) }
    }

    /// At the host, or under labels below it that begin with an underscore; a CNAME never at the host.
    private func isBound(_ record: RequiredRecord, to host: DomainName) -> Bool {
        guard record.name.isSubdomain(of: host), record.kind == .txt || record.name != host else { return false }
        return record.name.labels.dropLast(host.labels.count).allSatisfy { $0.utf8.first == 0x5F }
    }
}

// Every shape of NAVER Cloud's answers against the reading written beside it, through the whole provider.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NAVERMappingTests {
    @Test(arguments: try NAVERFixtures.readingNames())
    func answersBecomeWhatStandsBesideThem(_ name: String) async throws {
        let fixture = try NAVERFixtures.read("readings/" + name)
        let exchanges = try #require(fixture["exchanges"]?.array)
        let http = ScriptedHTTP(
            exchanges.map { exchange in
                let body = exchange["body"].map { $0.string.map { Array($0.utf8) } ?? $0.serialized() } ?? []
                return .reply(Int(truncatingIfNeeded: exchange["status"]?.int ?? 200), body)
            }
        )
        let reading = try await NAVERSample.provider(http, NAVERFixtures.changes(fixture)).read()
        #expect(http.lines == exchanges.map { $0["request"]?.string ?? "" })
        let lines = Fixtures.lines(reading)
        let expected = fixture["expect"]?.array?.compactMap { $0.string }
        #expect(lines == expected, "\(JSONValue.array(lines.map { .string($0) }).serializedText)")
        for authorization in reading.authorizations {
            #expect(authorization.capabilities == Capabilities(triggers: [], methods: []))
            #expect(authorization.expiresAt == nil && authorization.issuers.count <= 1)
            #expect(authorization.proof == nil || authorization.scope == "domains")
        }
    }

    @Test func aDomainsProofEndsWhenTheListSaysItDoes() async throws {
        let domain: JSONValue = [
            "dmnId": 4, "domainAddress": "example.com", "validState": "VALID", "expireDate": "2027-05-01 12:00:00",
        ]
        let http = ScriptedHTTP([.certificates([]), .domains([domain])])
        let read = try #require(try await NAVERSample.provider(http).read().authorizations.first)
        // 03:00 in UTC.
        #expect(read.proof == ProofPeriod(from: nil, until: Instant(millisecondsSinceEpoch: 1_809_140_400_000)))
        #expect(read.capabilities.revalidations.isEmpty)
    }

    @Test func fixturesAreThere() throws { #expect(try NAVERFixtures.readingNames().count >= 25) }

    @Test func aNameThatIsProvedIsNotPublishedAndAnotherIs() async throws {
        let http = ScriptedHTTP([
            .certificates([NAVERSample.certificate(others: ["www.example.com"])]), .domains([]),
            .validations([NAVERSample.validation(code: "VALID_STATUS_SUCCESS", flag: "Y")]),
            .validations([NAVERSample.validation("_dnsvalidation.www.example.com", "token-two")]),
        ])
        let read = try #require(try await NAVERSample.provider(http).read().authorizations.first)
        #expect(read.status == .pending && read.findings.isEmpty)
        #expect(read.records.map { $0.description } == ["_dnsvalidation.www.example.com TXT \"token-two\""])
    }

    @Test func moreNamesOrEntriesThanThereCanBeAreRefused() async throws {
        let names = JSONValue.array((0..<201).map { .string("n\($0).example.com") })
        let http = ScriptedHTTP([.certificates([NAVERSample.certificate(others: names)]), .domains([])])
        let read = try #require(try await NAVERSample.provider(http).read().authorizations.first)
        #expect(read.identifiers.isEmpty && !read.mayBeActedOn && http.requests.count == 2)
        let many = JSONValue.array((0..<201).map { NAVERSample.validation(serial: $0) })
        let long = ScriptedHTTP([
            .certificates([NAVERSample.certificate()]), .domains([]), .validations(many),
        ])
        let second = try #require(try await NAVERSample.provider(long).read().authorizations.first)
        #expect(second.status == .busy && second.records.isEmpty)
        #expect(second.findings.map { $0.code } == ["provider-answer-not-understood"])
    }

    @Test func recordsThatStayAndRecordsThatGo() async throws {
        let cases: [(String, String, RequiredRecord.Purpose)] = [
            ("_dnsvalidation.shop.example.com", "token-one", .oneTime),
            ("_a1.shop.example.com", "_b2.cm.naverncp.com.", .standing),
            (
                "_validation-persist.shop.example.com", "navercloudtrust.com; accounturi=https://a.example/1",
                .standing
            ),
        ]
        for (name, value, purpose) in cases {
            let http = ScriptedHTTP([
                .certificates([NAVERSample.certificate()]), .domains([]),
                .validations([NAVERSample.validation(name, value)]),
            ])
            let read = try #require(try await NAVERSample.provider(http).read().authorizations.first)
            #expect(read.records.map { $0.purpose } == [purpose], "\(read.findings)")
        }
    }
}

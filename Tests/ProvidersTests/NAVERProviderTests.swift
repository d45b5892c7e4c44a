// Which calls are made, in which order and how many: pages, names, fresh looks, and what is never sent.
import DCV
import Platform
import Providers
import Testing

@Suite(.timeLimit(.minutes(1)))
struct NAVERProviderTests {
    private static let certificates = "GET /api/v2/certificate/certificates?page="
    private static let domains = "GET /api/v2/domain/domains?page=1&pageSize=50"
    private static let verification = "GET /api/v2/certificate/getVerificationInfo/"

    private func certificates(_ numbers: ClosedRange<Int64>) -> JSONValue {
        .array(numbers.map { NAVERSample.certificate($0, status: "1") })
    }

    @Test func aPassAsksForListsAndForEveryNameOfWhatWaits() async throws {
        let http = ScriptedHTTP([
            .certificates([
                NAVERSample.certificate(1, status: "1"),
                NAVERSample.certificate(2, others: ["www.example.com", "shop.example.com"]),
                NAVERSample.certificate(3, status: 0, name: "*.example.net"),
            ]), .domains([]), .validations([NAVERSample.validation()]), .validations([]), .validations([]),
            .validations([NAVERSample.validation("_dnsvalidation.example.net")]),
        ])
        let reading = try await NAVERSample.provider(http).read()
        #expect(reading.isComplete && reading.findings.isEmpty)
        #expect(
            http.lines == [
                Self.certificates + "1&pageSize=50", Self.domains,
                Self.verification + "2?domainAddress=shop.example.com",
                Self.verification + "2?domainAddress=www.example.com",
                Self.verification + "3?domainAddress=%2A.example.net",
                Self.verification + "3?domainAddress=example.net",
            ]
        )
        #expect(reading.authorizations.map { $0.key.id.text } == ["1", "2", "3"])
        #expect(reading.authorizations.map { $0.identifiers.map { $0.text } }.last == ["*.example.net"])
    }

    @Test func aWildcardAndItsBaseShareTheQuestion() async throws {
        let http = ScriptedHTTP([
            .certificates([NAVERSample.certificate(name: "*.example.com", others: "example.com")]), .domains([]),
            .reply(200, "{\"returnCode\":\"2201\",\"returnMessage\":\"Invalid SAN format\"}"),
            .validations([NAVERSample.validation("_dnsvalidation.example.com")]),
        ])
        let read = try #require(try await NAVERSample.provider(http).read().authorizations.first)
        #expect(http.requests.count == 4)
        #expect(read.challenges.map { $0.identifier } == [nil] && read.findings.isEmpty && read.status == .pending)
    }

    @Test func aNameIsAskedForAsTheProviderSpellsIt() async throws {
        let certificate = NAVERSample.certificate(
            name: "*.Example.COM",
            others: ["Shop.Example.com", "shop.example.com"]
        )
        let http = ScriptedHTTP([
            .certificates([certificate]), .domains([]), .validations([]), .validations([]),
            .validations([NAVERSample.validation("_DNSValidation.SHOP.example.com")]),
        ])
        let read = try #require(try await NAVERSample.provider(http).read().authorizations.first)
        #expect(
            http.lines.dropFirst(2) == [
                Self.verification + "55332?domainAddress=%2A.Example.COM",
                Self.verification + "55332?domainAddress=Example.COM",
                Self.verification + "55332?domainAddress=Shop.Example.com",
            ]
        )
        #expect(read.identifiers.map { $0.text } == ["*.example.com", "shop.example.com"])
        #expect(read.tokenGeneration == ["_dnsvalidation.shop.example.com TXT \"token-one\""])
    }

    @Test func pagesEndHoweverTheListDoes() async throws {
        let endings: [(pages: [ScriptedHTTP.Answer], count: Int)] = [
            ([.certificates([])], 0), ([.certificates(certificates(1...3))], 3),
            ([.certificates(certificates(1...50), total: 51), .certificates(certificates(51...51), total: 51)], 51),
            // A server that keeps to a smaller page than it was asked for.
            ([.certificates(certificates(1...10), total: 12), .certificates(certificates(11...12), total: 12)], 12),
            // An entry that moved to the next page while they were read.
            ([.certificates(certificates(1...10), total: 12), .certificates(certificates(10...12), total: 12)], 12),
            // No total: until a page brings nothing new.
            ([.reply(200, list(1...50)), .reply(200, list(51...52)), .reply(200, list(nil))], 52),
            ([.reply(200, list(1...3)), .reply(200, list(1...3))], 3),
            ([.reply(200, "{\"returnCode\":0,\"totalCount\":\"0\",\"sslCertificateList\":null}")], 0),
            ([.reply(400, "{\"returnCode\":\"1006\",\"returnMessage\":\"no certificate\"}")], 0),
            ([.reply(200, "{\"returnCode\":\"2200\",\"returnMessage\":\"no certificate\"}")], 0),
        ]
        for (pages, count) in endings {
            let http = ScriptedHTTP(pages + [.domains([])])
            let reading = try await NAVERSample.provider(http).read()
            #expect(reading.isComplete && reading.findings.isEmpty, "\(reading.findings)")
            #expect(reading.authorizations.count == count)
            #expect(http.requests.count == pages.count + 1)
        }
    }

    private func list(_ numbers: ClosedRange<Int64>?) -> String {
        let list = numbers.map { certificates($0) } ?? []
        return JSONValue.object(JSONObject([("returnCode", "0"), ("sslCertificateList", list)])).serializedText
    }

    @Test func listsThatAreNotWholeAreSaid() async throws {
        let odd: [(pages: [ScriptedHTTP.Answer], count: Int)] = [
            // It shrinks while it is read.
            ([.certificates(certificates(1...3), total: 60), .certificates([], total: 60)], 3),
            ([.certificates(certificates(1...3), total: 60), .certificates(certificates(1...3), total: 60)], 3),
            (
                [
                    .certificates([NAVERSample.certificate(1), NAVERSample.certificate(1, status: "1")]),
                    .certificates([], total: 2),
                ], 1
            ),
            ([.certificates([NAVERSample.certificate(1, status: "1"), ["certificateNo": "../1"]])], 1),
            ([.certificates([NAVERSample.certificate(0, status: "1")])], 0),
            ([.certificates([], total: 3)], 0),
            // "No certificate" in the middle of a list: the total told before still counts.
            ([.certificates(certificates(1...3), total: 60), .reply(400, "{\"returnCode\":\"1006\"}")], 3),
            ([.certificates(certificates(1...3), total: 60), .reply(200, "{\"returnCode\":\"2200\"}")], 3),
        ]
        for (pages, count) in odd {
            let answers = [ScriptedHTTP.Answer](repeating: .validations([]), count: count)
            let http = ScriptedHTTP(pages + [.domains([])] + answers)
            let reading = try await NAVERSample.provider(http).read()
            #expect(!reading.isComplete && reading.authorizations.count == count, "\(reading)")
            #expect(reading.findings.allSatisfy { $0.code == "provider-answer-not-understood" })
        }
    }

    @Test func anEmptyPageSaysWhatIsMissing() async throws {
        let none = ScriptedHTTP.Answer.reply(400, "{\"returnCode\":\"1006\"}")
        let http = ScriptedHTTP([.certificates(certificates(1...3), total: 60), none, .domains([])])
        let reading = try await NAVERSample.provider(http).read()
        #expect(reading.findings.count == 1)
        #expect(reading.findings.first?.saw.contains("3 entries where the answer counts 60") == true)
    }

    @Test func entriesWithoutANumberAreCountedAndLimited() async throws {
        let cases: [(count: Int, saw: [String])] = [
            (2, ["2 entries without a usable certificateNo"]), (200, ["200 entries without a usable certificateNo"]),
            (
                201,
                ["more than 200 entries without a usable certificateNo", "201 entries without a usable certificateNo"]
            ),
            (
                5000,
                ["more than 200 entries without a usable certificateNo", "201 entries without a usable certificateNo"]
            ),
        ]
        for (count, saw) in cases {
            let nameless = JSONValue.array(
                [NAVERSample.certificate(7, status: "1")] + [JSONValue](repeating: [:], count: count)
            )
            let http = ScriptedHTTP([.certificates(nameless), .domains([])])
            let reading = try await NAVERSample.provider(http).read()
            #expect(!reading.isComplete && reading.authorizations.map { $0.key.id.text } == ["7"])
            #expect(reading.findings.count == saw.count)
            for (finding, words) in zip(reading.findings, saw) {
                #expect(finding.saw.contains(words), "\(finding.saw)")
            }
            #expect(http.requests.count == 2)
        }
    }

    @Test func onePageHoldsNoMoreThanAWholeListMay() async throws {
        for (count, isWhole) in [(Int64(5000), true), (5001, false)] {
            let http = ScriptedHTTP([.certificates(certificates(1...count)), .domains([])])
            let reading = try await NAVERSample.provider(http).read()
            #expect(reading.authorizations.count == 5000 && reading.isComplete == isWhole)
            #expect(reading.findings.allSatisfy { $0.saw.contains("5001 entries on one page") })
            #expect(reading.findings.isEmpty == isWhole)
        }
        // Nor may all pages together.
        let http = ScriptedHTTP([
            .certificates(certificates(1...4000), total: 6000), .certificates(certificates(4001...6000), total: 6000),
            .domains([]),
        ])
        let reading = try await NAVERSample.provider(http).read()
        #expect(reading.authorizations.count == 5000 && !reading.isComplete)
        #expect(reading.findings.first?.saw.contains("more than 5000 entries") == true, "\(reading.findings)")
    }

    @Test func unexplainedStatesAreToldOnceAndOnlyWaitedForWhereTheyWaited() async throws {
        let lost = ScriptedHTTP.Answer.certificates([
            NAVERSample.certificate(1, status: "-12"), NAVERSample.certificate(2, status: -20),
            NAVERSample.certificate(status: "-12"),
        ])
        let (provider, _, _) = try await NAVERSample.afterReading([lost, .domains([])])
        let reading = await provider.read()
        #expect(reading.isComplete && reading.authorizations.map { $0.key.id.text } == ["55332"])
        #expect(reading.authorizations.map { $0.status } == [.unknown], "it waited in this run")
        #expect(reading.findings.map { $0.code } == ["state-unexplained"])
        #expect(reading.findings.map { $0.severity } == [.notice])
        #expect(
            reading.findings.first?.saw
                == "1 (shop.example.com): status -12, 2 (shop.example.com): status -20"
        )
        let many = JSONValue.array((1...7).map { NAVERSample.certificate($0, status: "-20") })
        let other = try await NAVERSample.provider(ScriptedHTTP([.certificates(many), .domains([])])).read()
        #expect(other.authorizations.isEmpty && other.isComplete && other.findings.count == 1)
        #expect(other.findings.first?.saw.contains(" and 2 more") == true)
    }

    @Test func pagesThatNeverEndAreLeft() async throws {
        let pages = (0..<100).map { page in
            ScriptedHTTP.Answer.certificates(certificates((page + 1)...(page + 1)), total: .max)
        }
        let http = ScriptedHTTP(pages + [.domains([])])
        let reading = try await NAVERSample.provider(http).read()
        #expect(http.requests.count == 101 && !reading.isComplete)
        #expect(reading.authorizations.count == 100)
    }

    @Test func aFreshLookTakesThePageItWasOnAndItsNames() async throws {
        let waiting = NAVERSample.certificate(77)
        let second: JSONValue = [waiting]
        let pages: [ScriptedHTTP.Answer] = [
            .certificates(certificates(1...50), total: 51), .certificates(second, total: 51),
        ]
        let validation = ScriptedHTTP.Answer.validations([NAVERSample.validation()])
        let http = ScriptedHTTP(pages + [.domains([]), validation, .certificates(second, total: 51), validation])
        let provider = try NAVERSample.provider(http)
        let read = try #require(await provider.read().authorizations.last)
        #expect(try await provider.refresh(read).get() == read)
        #expect(
            http.lines.suffix(2) == [
                Self.certificates + "2&pageSize=50", Self.verification + "77?domainAddress=shop.example.com",
            ]
        )
        // In a new process nothing is known: the list from its first page.
        let again = ScriptedHTTP(pages + [validation])
        #expect(try await NAVERSample.provider(again).refresh(read).get() == read)
        #expect(again.requests.count == 3)
    }

    @Test func aFreshLookAtWhatMovedOrWent() async throws {
        let (provider, http, read) = try await NAVERSample.afterReading([
            .certificates([]), .certificates([NAVERSample.certificate(status: 1)]), .certificates([]),
            .certificates([]),
            .certificates([], total: 2), .certificates([], total: 2),
        ])
        #expect(try await provider.refresh(read).get().status == .valid)
        let gone = await provider.refresh(read).failure
        #expect(gone?.kind == .refused && gone?.finding.code == "authorization-gone")
        let half = await provider.refresh(read).failure
        #expect(half?.finding.code == "provider-answer-not-understood", "what is missing may be what was asked for")
        #expect(http.requests.count == 9)
    }

    @Test func halfAFreshLookIsNone() async throws {
        let (provider, _, read) = try await NAVERSample.afterReading([
            .certificates([NAVERSample.certificate(others: "www.example.com")]),
            .validations([NAVERSample.validation()]), .reply(404, "{}"),
        ])
        #expect(await provider.refresh(read).failure?.kind == .refused)
    }

    @Test func aFreshLookAtADomain() async throws {
        let domain: JSONValue = [
            "dmnId": 573, "domainAddress": "example.com", "dcvType": "TXT", "validState": "PENDING",
            "txtName": "_dnsvalidation.example.com", "txtValue": "token",
        ]
        let http = ScriptedHTTP([.certificates([]), .domains([domain]), .domains([domain]), .domains([]), .domains([])])
        let provider = try NAVERSample.provider(http)
        let read = try #require(await provider.read().authorizations.first)
        #expect(read.key.id.text == "domain.573" && read.status == .pending)
        #expect(try await provider.refresh(read).get() == read)
        #expect(await provider.refresh(read).failure?.finding.code == "authorization-gone")
        #expect(http.lines.dropFirst().allSatisfy { $0 == Self.domains } && http.requests.count == 5)
    }

    @Test func whatCannotBeAskedIsNotSent() async throws {
        let (provider, http, read) = try await NAVERSample.afterReading([])
        let refusals = [
            await provider.trigger(read, style: .patch).failure, await provider.trigger(read, style: .retry).failure,
            await provider.changeMethod(of: read, to: .cname).failure,
            await provider.revalidate(read, by: .txt).failure,
        ]
        #expect(refusals.allSatisfy { $0?.kind == .refused && $0?.finding.code == "action-not-possible" })
        #expect(http.requests.count == 3)
        #expect(read.capabilities.triggers.isEmpty && read.capabilities.methods.isEmpty)
    }

    @Test func theExaminationSaysWhatTheKeyMayDo() async throws {
        let list = ScriptedHTTP.Answer.certificates([
            NAVERSample.certificate(1, status: "1"), NAVERSample.certificate(2), NAVERSample.certificate(3, status: -4),
        ])
        let empty = ScriptedHTTP.Answer.reply(403, "", headers: [("x-ncp-apigw-response-origin", "ENDPOINT")])
        let bad = ScriptedHTTP.Answer.reply(
            401,
            "{\"error\":{\"errorCode\":\"200\",\"message\":\"Authentication Failed\"}}"
        )
        let old = ScriptedHTTP.Answer.reply(200, "{\"returnCode\":\"0\",\"totalRows\":1,\"sslCertificateList\":[{}]}")
        let cases: [([ScriptedHTTP.Answer], ProviderExamination.Right.State, scope: String?, says: String?)] = [
            ([list], .granted, "3 certificates, 1 waiting", nil),
            ([empty, old], .missing, nil, "the key works with API 1.0"),
            ([empty, bad], .missing, nil, "API 1.0 refuses the key, too"),
            ([empty, .failure(.timedOut(milliseconds: 1))], .missing, nil, "API 1.0 could not tell more"),
            ([bad], .missing, nil, "Authentication Failed"),
            ([.failure(.timedOut(milliseconds: 1))], .unknown, nil, "no complete answer"),
        ]
        for (script, state, scope, says) in cases {
            let http = ScriptedHTTP(script)
            let examination = await (try NAVERSample.provider(http)).examine()
            let right = try #require(examination.rights.first)
            #expect(examination.rights.count == 1 && examination.kind == "naver-cloud")
            #expect(right.state == state && examination.scope == scope)
            #expect(says.map { right.detail?.contains($0) == true } ?? (right.detail == nil), "\(right)")
            #expect(http.requests.count == script.count && http.requests.allSatisfy { $0.method == .get })
            #expect(examination.findings.isEmpty == (state == .granted))
        }
    }
}

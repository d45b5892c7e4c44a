// Where a token's host is: every name server of its zone is asked, and what they show is joined.
import DCV
import LDNS
import Platform
import Surveying
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct HostSearchTests {
    private static let shop = "http://shop.example.test"
    private static let own = ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n"

    /// A look for the token in a world whose second server has another zone than the first.
    private static func look(
        first: String,
        second: Manner,
        _ pages: [String: Page],
        configure: (inout SurveyorConfiguration) -> Void = { _ in }
    ) async throws -> PageLook {
        try await PageLook(pages, hosts: first, others: ["5.0.2.2": second], configure: configure)
    }

    private static func zone(_ hosts: String) throws -> Manner {
        .honest([try ScriptedZone("example.test", own + hosts)])
    }

    @Test func addressesOfEveryServerAreFetchedFrom() async throws {
        let first = "shop.example.test A 5.0.8.1\nshop.example.test A 5.0.8.2"
        let second = try Self.zone("shop.example.test A 5.0.8.2\nshop.example.test A 5.0.8.3")
        let stale = try await Self.look(
            first: first,
            second: second,
            [Self.shop: .token, Self.shop + " 5.0.8.3": .text(404, "")]
        )
        #expect(Set(stale.asked.map { $0.prefix(7) }) == ["5.0.8.1", "5.0.8.2", "5.0.8.3"])
        #expect(!stale.isComplete, "a CA may meet the address that only one server shows")
        let whole = try await Self.look(first: first, second: second, [Self.shop: .token])
        #expect(whole.isComplete)
        #expect(whole.survey.codes == [.hostAddressesDiffer])
        let problem = try #require(whole.survey.problems.first)
        #expect(
            problem.text == "A of shop.example.test differs by name server: "
                + "5.0.8.2, 5.0.8.3 at 5.0.2.2; 5.0.8.1, 5.0.8.2 at 5.0.2.1, 2a00::21"
        )
        #expect(problem.reproduce == "dig +norecurse @5.0.2.2 A shop.example.test")
        #expect(whole.findings.map(\.severity) == [.notice])
    }

    /// A CA that meets the server finds no host.
    @Test func aServerThatShowsNoneIsWaitedFor() async throws {
        for second in ["", "shop.example.test TXT x"] {
            let look = try await Self.look(
                first: "shop.example.test A 5.0.8.1",
                second: try Self.zone(second),
                [Self.shop: .token]
            )
            #expect(!look.isComplete)
            #expect(
                look.survey.problems.map(\.text) == [
                    "shop.example.test has neither A nor AAAA at 5.0.2.2, and has one at other servers of the zone"
                ]
            )
            #expect(look.findings.map(\.severity) == [.waiting])
        }
        let other = try await Self.look(
            first: "shop.example.test A 5.0.8.1",
            second: try Self.zone("shop.example.test AAAA 2a00::81"),
            [Self.shop: .token]
        )
        #expect(other.isComplete, "an address of the other family is one")
        #expect(Set(other.survey.codes) == [.hostAddressesDiffer])
    }

    /// As servers do that answer by turns out of a great pool.
    @Test func morePlacesThanAnyoneCanAskAreNoObstacle() async throws {
        func pool(_ first: Int) -> String {
            (first..<first + 20).map { "shop.example.test A 5.0.8.\($0)" }.joined(separator: "\n")
        }
        let look = try await Self.look(first: pool(1), second: try Self.zone(pool(101)), [Self.shop: .token])
        #expect(look.isComplete)
        #expect(look.survey.observations.count == 32)
        #expect(Set(look.survey.codes) == [.hostAddressesDiffer])
        #expect(look.survey.problems.first?.text.contains(" more at ") == true)
        let one = try await Self.look(
            first: pool(1) + "\n" + pool(101),
            second: try Self.zone(pool(1)),
            [Self.shop: .token]
        )
        #expect(!one.isComplete)
        #expect(one.survey.codes.contains(.queryBudgetSpent))
    }

    @Test func everyAliasIsFollowed() async throws {
        let cdn = "one.example.test A 5.0.8.1\ntwo.example.test A 5.0.8.2\n"
        let look = try await Self.look(
            first: cdn + "shop.example.test CNAME one.example.test",
            second: try Self.zone(cdn + "shop.example.test CNAME two.example.test"),
            [Self.shop: .token]
        )
        #expect(Set(look.survey.observations.map(\.vantage.address.description)) == ["5.0.8.1", "5.0.8.2"])
        #expect(look.isComplete)
        #expect(look.survey.problems.allSatisfy { $0.code == .hostAddressesDiffer } && !look.survey.problems.isEmpty)
        let loop = try await Self.look(
            first: "shop.example.test A 5.0.8.1",
            second: try Self.zone("shop.example.test CNAME shop.example.test"),
            [Self.shop: .token]
        )
        #expect(!loop.isComplete)
        #expect(loop.survey.codes.contains(.cnameLoop))
        let problem = try #require(loop.survey.problems.first { $0.code == .cnameLoop })
        #expect(problem.reproduce == "dig +norecurse @5.0.2.2 CNAME shop.example.test")
        #expect(problem.wanted != nil)
    }

    @Test func serversThatDoNotAnswerArePassedOver() async throws {
        let other = try ScriptedZone("example.test", Self.own + "shop.example.test A 5.0.8.9")
        for second in [Manner.silent, .failing(.refused), .lame([other]), .hostile] {
            let look = try await Self.look(first: "shop.example.test A 5.0.8.1", second: second, [Self.shop: .token])
            #expect(look.isComplete)
            #expect(look.survey.problems == [])
            #expect(look.survey.lines == ["shop.example.test 5.0.8.1 present"])
        }
    }

    @Test func aBudgetOrATimeThatEndsIsNeverSilent() async throws {
        var ends: Set<Bool> = []
        for limit in 0...12 {
            let look = try await Self.look(
                first: "shop.example.test A 5.0.8.1",
                second: try Self.zone("shop.example.test A 5.0.8.1"),
                [Self.shop: .token]
            ) { $0.limits.questionsPerRecord = limit }
            ends.insert(look.isComplete)
            #expect(look.isComplete == look.survey.problems.isEmpty, "\(limit): \(look.survey.problems)")
            #expect(look.isComplete || look.survey.codes == [.queryBudgetSpent], "\(limit)")
        }
        #expect(ends == [true, false])
    }

    @Test func recordsOfOneHostShareTheSearch() async throws {
        let world = try ZoneCutTests.world(zone: Self.own + "shop.example.test A 5.0.8.1")
        let web = ScriptedWeb(["5.0.8.1": .success(try ScriptedWeb.response(200, "token-body"))])
        let records = try (0..<2).map { number in
            RequiredRecord(
                .http(
                    host: try DomainName("shop.example.test"),
                    path: try HTTPTokenPath("/.well-known/acme-challenge/\(number)"),
                    body: try HTTPTokenBody("token-body")
                )
            )
        }
        let surveyor = try LiveSurveyor(world, web: web)
        let surveys = await surveyor.survey(records.map { SurveyRequest($0) })
        #expect(surveys.allSatisfy { $0.problems.isEmpty && $0.lines == ["shop.example.test 5.0.8.1 present"] })
        #expect(world.questions(to: "5.0.2.2").filter { $0 == "shop.example.test AAAA" }.count <= 2)
        #expect(world.count("shop.example.test A") == 1 + 3)
    }

    @Test func whoAnswersOnceAndNeverAgainHasSaidNothing() async throws {
        let calls = Mutex(0)
        let zone = try ScriptedZone("example.test", Self.own + "shop.example.test A 5.0.8.1")
        let once = Manner.changed([zone]) { reply in
            guard let question = reply.question, "\(question)" == "shop.example.test A" else { return }
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            if call > 1 { reply = Message(answering: reply, rcode: .serverFailure, isAuthoritative: false) }
        }
        let look = try await PageLook(
            [Self.shop: .token],
            others: ["5.0.2.1": once, "2a00::21": once, "5.0.2.2": once]
        )
        #expect(!look.isComplete)
        #expect(look.survey.codes == [.zoneCutUnknown])
    }

    // MARK: behind a redirect

    @Test func aTargetWhoseZoneIsSilentMayAnswerLater() async throws {
        let target = "http://www.dns.net/x"
        for dns in [Manner.silent, .failing(.serverFailure)] {
            let net = try ScriptedZone("net", "net NS ns.net\ndns.net NS ns0.dns.net\nns0.dns.net A 5.0.3.1")
            let look = try await PageLook(
                [Self.shop: .to(target), target: .token],
                others: ["5.0.1.2": .honest([net]), "5.0.3.1": dns]
            )
            #expect(!look.isComplete)
            #expect(look.fetch?.fault == .redirectTargetUnreachable)
            #expect(look.findings.first?.severity == .waiting)
        }
    }

    @Test func aHostIsSearchedOnceForAllAddressesThatLeadToIt() async throws {
        let hosts = "shop.example.test A 5.0.8.1\nshop.example.test A 5.0.8.7\nwww.example.test A 5.0.8.2"
        let look = try await PageLook(
            [Self.shop: .to("http://www.example.test/x"), "http://www.example.test/x": .token],
            hosts: hosts
        )
        #expect(look.isComplete)
        #expect(look.survey.observations.count == 2)
        // Once to find the zone, and then of every server.
        #expect(look.world.count("www.example.test A") == 1 + 3)
    }
}

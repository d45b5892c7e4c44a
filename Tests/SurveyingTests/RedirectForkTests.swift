// Redirects to hosts with several addresses: a CA takes one of them, so each must have the file.
import DCV
import Platform
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct RedirectForkTests {
    private static let shop = "http://shop.example.test"
    private static let two = "http://two.example.test/x"
    private static let pool = "http://pool.example.test/x"
    private static let hosts =
        PageLook.hosts + """

            two.example.test A 5.0.8.11
            two.example.test A 5.0.8.12
            both.example.test AAAA 2a00::84
            """

    private static func look(
        _ pages: [String: Page],
        hosts: String = Self.hosts,
        others: [String: Manner] = [:],
        configure: (inout SurveyorConfiguration) -> Void = { _ in }
    ) async throws -> PageLook { try await PageLook(pages, hosts: hosts, others: others, configure: configure) }

    @Test func everyAddressOfATargetMustHaveTheFile() async throws {
        let whole = try await Self.look([Self.shop: .to(Self.two), Self.two: .token])
        #expect(whole.isComplete)
        #expect(Set(whole.asked.dropFirst()) == ["5.0.8.11 \(Self.two)", "5.0.8.12 \(Self.two)"])
        #expect(whole.codes == ["http-redirected"])
        let stale = try await Self.look([
            Self.shop: .to(Self.two), Self.two: .token, Self.two + " 5.0.8.12": .text(404, ""),
        ])
        #expect(!stale.isComplete)
        #expect(stale.survey.observations.map(\.sighting.code) == ["present", "absent"])
        #expect(stale.codes == ["http-redirected", "addresses-differ"])
        let finding = try #require(stale.findings.last)
        #expect(finding.saw == "\(Self.two) differs by address: 5.0.8.12: not found; 5.0.8.11: the token")
        #expect(finding.reproduce?.contains("--resolve two.example.test:80:5.0.8.12") == true)
        #expect(
            stale.survey.observations.map(\.place) == [
                "shop.example.test (5.0.8.1) -> two.example.test (5.0.8.11)",
                "shop.example.test (5.0.8.1) -> two.example.test (5.0.8.12)",
            ]
        )
    }

    @Test func aTargetsDeadAddressIsToldByItself() async throws {
        let look = try await Self.look([Self.shop: .to(Self.two), Self.two + " 5.0.8.11": .token])
        #expect(!look.isComplete)
        #expect(look.codes == ["redirect-target-unreachable", "http-redirected"])
        let saw = look.findings.first?.saw ?? ""
        #expect(saw.hasPrefix("shop.example.test (5.0.8.1) -> two.example.test (5.0.8.12): "), "\(saw)")
    }

    /// Only one family is taken, and that one whole.
    @Test func everyIPv6AddressCountsAndNoIPv4Address() async throws {
        let both = "http://both.example.test/x"
        let whole = try await Self.look([
            Self.shop: .to(both), both: .text(404, ""), both + " 2a00::83": .token, both + " 2a00::84": .token,
        ])
        #expect(whole.isComplete)
        let stale = try await Self.look([Self.shop: .to(both), both: .token, both + " 2a00::84": .text(200, "old")])
        #expect(!stale.isComplete)
        #expect(stale.codes == ["body-differs", "http-redirected", "addresses-differ"])
        let noRoute = Page.fails(.noRoute("no IPv6"))
        let unseen = try await Self.look([
            Self.shop: .to(both), both: .token, both + " 2a00::83": noRoute, both + " 2a00::84": noRoute,
        ])
        #expect(unseen.isComplete)
        #expect(unseen.codes == ["http-redirected", "ipv6-not-seen"])
        #expect(unseen.asked.last == "5.0.8.3 \(both)")
        let half = try await Self.look([Self.shop: .to(both), both: .token, both + " 2a00::84": noRoute])
        #expect(!half.isComplete, "a machine that has IPv6 passes no IPv6 address over")
    }

    /// From two addresses of the host to two of the target: what stands there is fetched once, and told once.
    @Test func waysThatMeetGoOnAsOne() async throws {
        let hosts =
            Self.hosts + "\nshop.example.test A 5.0.8.7\npool.example.test A 5.0.8.21\npool.example.test A 5.0.8.22"
        let pages = [Self.shop: Page.to(Self.two), Self.two: .to(Self.pool), Self.pool: .token]
        let whole = try await Self.look(pages, hosts: hosts)
        #expect(whole.isComplete)
        #expect(whole.asked.count == 6 && Set(whole.asked).count == 6)
        #expect(whole.codes == ["http-redirected"])
        #expect(whole.survey.observations.count == 4)
        let stale = try await Self.look(pages.merging([Self.pool + " 5.0.8.22": .text(403, "")]) { $1 }, hosts: hosts)
        #expect(stale.codes == ["http-status", "http-redirected", "addresses-differ"])
        #expect(stale.findings.last?.saw.hasPrefix(Self.pool) == true)
    }

    @Test func aForkOnTheWayIsFollowedOnBothSides() async throws {
        let pages = [
            Self.shop: Page.to(Self.two), Self.two + " 5.0.8.11": .token, Self.two + " 5.0.8.12": .to(Self.pool),
        ]
        let hosts = Self.hosts + "\npool.example.test A 5.0.8.21"
        let whole = try await Self.look(pages.merging([Self.pool: .token]) { $1 }, hosts: hosts)
        #expect(whole.isComplete)
        #expect(whole.codes == ["http-redirected", "http-redirected"])
        let lost = try await Self.look(pages.merging([Self.pool: .text(404, "")]) { $1 }, hosts: hosts)
        #expect(!lost.isComplete)
        #expect(lost.codes.last == "addresses-differ")
        let loop = try await Self.look(pages.merging([Self.pool: .to(Self.two)]) { $1 }, hosts: hosts)
        #expect(!loop.isComplete)
        #expect(loop.codes.contains("redirect-refused"))
    }

    /// Two ways into a loop, each of which the other one has met first.
    @Test func aLoopBetweenTwoWaysEnds() async throws {
        let (one, other) = ("http://www.example.test/1", "http://www.example.test/2")
        let look = try await Self.look([
            Self.shop: .to(Self.two), Self.two + " 5.0.8.11": .to(one), Self.two + " 5.0.8.12": .to(other),
            one: .to(other),
            other: .to(one),
        ])
        #expect(!look.isComplete)
        #expect(Set(look.codes).isSuperset(of: ["redirect-refused"]))
        #expect(look.asked.count == 5)
    }

    // MARK: what is amiss about a target

    @Test func aTargetsNoticesAreTold() async throws {
        let mixed = "http://mixed.example.test/x"
        let special = try await Self.look([Self.shop: .to(mixed), mixed: .token])
        #expect(special.isComplete)
        #expect(special.codes == ["special-use-address", "http-redirected"])
        let own = ZoneCutTests.shop + "\n" + ZoneCutTests.addresses + "\n"
        let other = Self.hosts.split(separator: "\n").filter { !$0.hasSuffix("5.0.8.12") }.joined(separator: "\n")
        let differing = try await Self.look(
            [Self.shop: .to(Self.two), Self.two: .token],
            others: ["5.0.2.2": .honest([try ScriptedZone("example.test", own + other)])]
        )
        #expect(differing.isComplete)
        #expect(differing.codes == ["host-addresses-differ", "http-redirected"])
        #expect(differing.findings.first?.saw.contains("5.0.8.11 at 5.0.2.2") == true)
    }

    @Test func aSpentBudgetIsToldAsSuch() async throws {
        // One question to find the zone of a name, and of three servers: of both families, for both hosts.
        let look = try await Self.look([Self.shop: .to(Self.two), Self.two: .token]) {
            $0.limits.questionsPerRecord = 12
        }
        #expect(look.survey.observations == [])
        #expect(look.codes == ["query-budget-spent"])
        #expect(look.findings.first?.severity == .error)
        #expect(!look.isComplete)
    }

    @Test func requestsBehindRedirectsAreLimited() async throws {
        let pages = [Self.shop: Page.to(Self.two), Self.two: .token]
        let enough = try await Self.look(pages) { $0.limits.redirectedRequestsPerFile = 2 }
        #expect(enough.isComplete)
        let short = try await Self.look(pages) { $0.limits.redirectedRequestsPerFile = 1 }
        #expect(short.codes == ["query-budget-spent"])
        #expect(short.asked.count == 2)
        let saw = short.findings.first?.saw ?? ""
        #expect(saw.hasPrefix("redirected from shop.example.test (5.0.8.1) to \"\(Self.two)\": "), "\(saw)")
        #expect(saw.hasSuffix("more than 1 requests would be needed behind redirects"), "\(saw)")
    }

    /// Every address of every host leads to a host of its own number, so that the ways could double with each redirect.
    @Test func waysThatMultiplyEnd() async throws {
        var hosts = "shop.example.test A 5.0.8.1"
        var pages = [Self.shop: Page.to("http://h0.example.test/0")]
        for host in 0..<3 {
            for number in 0..<3 {
                hosts += "\nh\(host).example.test A 5.0.\(20 + host).\(number)"
                for step in 0..<12 {
                    pages["http://h\(host).example.test/\(step) 5.0.\(20 + host).\(number)"] =
                        .to("http://h\(number).example.test/\(step + 1)")
                }
            }
        }
        let look = try await Self.look(pages, hosts: hosts)
        #expect(!look.isComplete)
        #expect(look.asked.count <= 1 + 3 + 9 * 9)
        #expect(Set(look.codes) == ["redirect-refused", "http-redirected"])
    }
}

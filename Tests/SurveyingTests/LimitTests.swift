// Guards and bounds: special-use addresses, budgets, deadlines, and what the records of one pass share.
import DCV
import LDNS
import Platform
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    private static let inside = "example.test NS ns1.example.test\n"

    private static func world(_ address: String, _ others: [String: Manner] = [:]) throws -> ScriptedWorld {
        let type = address.contains(":") ? "AAAA" : "A"
        let text = inside + "ns1.example.test \(type) \(address)\n"
        return try ZoneCutTests.world(
            delegation: text,
            zone: text,
            others: others.merging([address: .honest([try ScriptedZone("example.test", text + ZoneCutTests.value)])]) {
                $1
            }
        )
    }

    @Test(arguments: [
        "127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "100.64.0.1", "198.18.0.1", "224.0.0.1", "::1",
        "fe80::1",
        "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1",
    ])
    func specialUseAddressesAreNeverAsked(address: String) async throws {
        let world = try Self.world(address)
        let survey = try await ZoneCutTests.survey(world)
        #expect(world.questions(to: address) == [])
        #expect(survey.codes.contains(.specialUseAddress))
        #expect(survey.observations == [])
    }

    @Test func aLaboratoryOpensItsOwnNetworkAndNoOther() async throws {
        let world = try Self.world("127.0.9.1")
        let opened = try await LiveSurveyor(world) { $0.allowedNetworks = [IPNetwork("127.0.0.0/8")].compactMap { $0 } }
            .survey(try .txt("_acme-challenge.example.test", "token"))
        #expect(opened.lines == ["ns1.example.test 127.0.9.1 present"])
        #expect(opened.problems == [])
        let other = try await LiveSurveyor(world) { $0.allowedNetworks = [IPNetwork("10.0.0.0/8")].compactMap { $0 } }
            .survey(try .txt("_acme-challenge.example.test", "token"))
        #expect(other.codes.contains(.specialUseAddress))
    }

    @Test func aSpecialUseAddressBesideAPublicOne() async throws {
        let text = Self.inside + "ns1.example.test A 5.0.2.1\nns1.example.test A 10.0.0.1\n"
        let world = try ZoneCutTests.world(delegation: text, zone: text + ZoneCutTests.value)
        let survey = try await ZoneCutTests.survey(world)
        #expect(survey.lines == ["ns1.example.test 5.0.2.1 present"])
        #expect(survey.codes == [.specialUseAddress])
        #expect(world.questions(to: "10.0.0.1") == [])
    }

    /// example.test on 13 servers with both families.
    private static func thirteenServers(_ records: String) throws -> ScriptedWorld {
        var text = ""
        for server in 1...13 {
            text += "example.test NS ns\(server).example.test\n"
            text += "ns\(server).example.test A 5.0.10.\(server)\nns\(server).example.test AAAA 2a00::\(server)\n"
        }
        let zone = try ScriptedZone("example.test", text + records)
        var others: [String: Manner] = [:]
        for server in 1...13 {
            others["5.0.10.\(server)"] = .honest([zone])
            others["2a00::\(server)"] = .honest([zone])
        }
        return try ZoneCutTests.world(delegation: text, zone: text, others: others)
    }

    /// From `first` over seven more names, to `last`.
    private static func chainOfEight(_ first: String, _ last: String) -> String {
        let names = [first] + (2...8).map { "n\($0).\(first)" }
        return zip(names, names.dropFirst()).map { "\($0) CNAME \($1)\n" }.joined() + "\(names[7]) \(last)\n"
    }

    @Test func thirteenServersWithBothFamiliesAreAsked() async throws {
        let survey = try await ZoneCutTests.survey(Self.thirteenServers(ZoneCutTests.value))
        #expect(survey.problems == [])
        #expect(survey.observations.count == 26)
    }

    @Test func aLongChainAtThirteenServersIsSeenWhole() async throws {
        let chain = Self.chainOfEight("_acme-challenge.example.test", "TXT token")
        let survey = try await ZoneCutTests.survey(Self.thirteenServers(chain))
        #expect(survey.chain.count == 8)
        #expect(survey.problems == [])
        #expect(survey.observations.count == 26 && survey.observations.allSatisfy { $0.sighting.isPresent })
    }

    @Test func aTokenBehindALongChainAndRedirectsAtThirteenServers() async throws {
        let path = "/.well-known/acme-challenge/token"
        let moves = ["shop": "one", "one": "two", "two": "three"]
        let web = ScriptedWeb { request in
            guard case .name(let host) = request.url.host, let to = host.labels.first.flatMap({ moves[String($0)] })
            else {
                return (try? ScriptedWeb.response(200, "token-body")).map { .success($0) } ?? .failure(.cancelled)
            }
            let target = [("Location", "http://\(to).example.test\(path)")]
            let moved = try? ScriptedWeb.response(302, "", headers: target)
            return moved.map { .success($0) } ?? .failure(.cancelled)
        }
        var records = Self.chainOfEight("shop.example.test", "A 5.0.8.1")
        for host in ["one", "two", "three"] { records += "\(host).example.test A 5.0.8.1\n" }
        let record = RequiredRecord(
            .http(
                host: try DomainName("shop.example.test"),
                path: try HTTPTokenPath(path),
                body: try HTTPTokenBody("token-body")
            )
        )
        let survey = try await LiveSurveyor(Self.thirteenServers(records), web: web).survey(record)
        #expect(survey.problems == [])
        #expect(survey.observations.map(\.sighting) == [.present(others: [])], "\(survey.observations)")
    }

    /// What is looked for beside a record comes last and is left out without a word.
    @Test func namesBesideARecordTakeNothingFromIt() async throws {
        let record = try RequiredRecord.txt("_acme-challenge.example.test", "token")
        let world = try ZoneCutTests.world(zone: ZoneCutTests.shop + "\n" + ZoneCutTests.addresses)
        let whole = try await LiveSurveyor(world) { $0.limits.questionsPerRecord = 6 }.survey(record)
        #expect(whole.problems == [])
        #expect(whole.observations.map(\.sighting.code) == ["absent", "absent", "absent"])
    }

    @Test func atMostThirtyTwoAddressesAndEachServerFirst() async throws {
        var text = ""
        for server in 1...3 {
            text += "example.test NS ns\(server).example.test\n"
            for host in 1...(server == 1 ? 40 : 2) { text += "ns\(server).example.test A 5.0.\(10 + server).\(host)\n" }
        }
        let zone = try ScriptedZone("example.test", text + ZoneCutTests.value)
        var others: [String: Manner] = [:]
        for server in 1...3 { for host in 1...40 { others["5.0.\(10 + server).\(host)"] = .honest([zone]) } }
        let world = try ZoneCutTests.world(delegation: text, zone: text, others: others)
        let survey = try await ZoneCutTests.survey(world)
        #expect(survey.observations.count == 32)
        #expect(survey.lines.filter { $0.hasPrefix("ns1") }.count == 28)
        #expect(survey.lines.filter { $0.hasPrefix("ns2") }.count == 2)
        #expect(survey.lines.filter { $0.hasPrefix("ns3") }.count == 2)
        #expect(survey.codes == [.queryBudgetSpent])
        let finding = try #require(Checks.findings(survey).first { $0.code == "query-budget-spent" })
        #expect(finding.severity == .error, "no waiting mends it")
    }

    @Test func aZoneThatNamesManyServersElsewhereCannotMakeUsAskForEver() async throws {
        // NXNSAttack (CVE-2020-8616): a referral full of names in a victim's zone that do not exist.
        var text = ""
        for number in 0..<200 { text += "example.test NS n\(number).victim.net\n" }
        let victim = try ScriptedZone("victim.net", "victim.net NS ns.victim.net\nns.victim.net A 5.0.4.1")
        let net = "net NS ns.net\nvictim.net NS ns.victim.net\nns.victim.net A 5.0.4.1"
        let world = try ZoneCutTests.world(
            delegation: text,
            zone: "",
            others: ["5.0.1.2": .honest([try ScriptedZone("net", net)]), "5.0.4.1": .honest([victim])]
        )
        let survey = try await ZoneCutTests.survey(world)
        #expect(world.questions(to: "5.0.4.1").count <= 32)
        #expect(world.history.count <= 64)
        #expect(survey.problems.contains { $0.blocksJudgement })
        #expect(survey.observations == [])
    }

    @Test func budgetsEndSearchesWithAProblemOfTheirOwn() async throws {
        let record = try RequiredRecord.txt("_acme-challenge.example.test", "token")
        for limit in 0...5 {
            let world = try ZoneCutTests.world()
            let survey = try await LiveSurveyor(world) { $0.limits.questionsPerRecord = limit }.survey(record)
            // Three questions lead to the zone, three more look at its addresses.
            #expect(survey.codes == [.queryBudgetSpent])
            #expect(survey.observations == [])
        }
        let enough = try await LiveSurveyor(ZoneCutTests.world()) { $0.limits.questionsPerRecord = 6 }.survey(record)
        #expect(enough.problems == [])
        let zone = try await LiveSurveyor(ZoneCutTests.world()) { $0.limits.questionsPerZone = 4 }.survey(record)
        #expect(zone.codes == [.queryBudgetSpent])
    }

    @Test func whatAZoneMakesUsAskElsewhereIsNotOnTheRecordsAccount() async throws {
        let outside = "example.test NS ns.dns.net"
        let net = "net NS ns.net\ndns.net NS ns.dns.net\nns.dns.net A 5.0.3.1"
        let dns = "dns.net NS ns.dns.net\nns.dns.net A 5.0.3.1"
        let world = try ZoneCutTests.world(
            delegation: outside,
            zone: outside,
            others: [
                "5.0.1.2": .honest([try ScriptedZone("net", net)]),
                "5.0.3.1": .honest([
                    try ScriptedZone("dns.net", dns),
                    try ScriptedZone("example.test", outside + "\n" + ZoneCutTests.value),
                ]),
            ]
        )
        // Three questions on the way and one at the only address; four more to find that address.
        let survey = try await LiveSurveyor(world) { $0.limits.questionsPerRecord = 4 }
            .survey(try .txt("_acme-challenge.example.test", "token"))
        #expect(survey.lines == ["ns.dns.net 5.0.3.1 present"])
        #expect(survey.problems == [])
    }

    @Test func aRecordEndsAtItsDeadline() async throws {
        let clock = ScriptedClock()
        let silent: [String: Manner] = [
            "5.0.0.1": .silent, "5.0.1.1": .silent, "5.0.2.1": .silent, "2a00::21": .silent, "5.0.2.2": .silent,
        ]
        for dead in ["5.0.1.1", "5.0.2.1"] {
            let child = try ScriptedZone("example.test", ZoneCutTests.shop + "\n" + ZoneCutTests.addresses)
            let manners: [String: Manner] = [
                "5.0.0.1": .honest([try ScriptedZone(".", ZoneCutTests.top)]),
                "5.0.1.1": .honest([
                    try ScriptedZone("test", "ns.test A 5.0.1.1\n" + ZoneCutTests.shop + "\n" + ZoneCutTests.addresses)
                ]),
                "5.0.2.1": .honest([child]), "2a00::21": .honest([child]), "5.0.2.2": .honest([child]),
            ]
            let world = try ScriptedWorld(
                manners.merging(silent.filter { $0.key == dead }) { $1 },
                clock: clock,
                batchMilliseconds: 5000
            )
            let started = clock.monotonicMilliseconds()
            let survey = try await LiveSurveyor(world, clock: clock).survey(
                try .txt("_acme-challenge.example.test", "token")
            )
            #expect(clock.monotonicMilliseconds() - started <= 30_000 + 15_000 + 5000)
            #expect(!survey.problems.isEmpty)
        }
    }

    // MARK: one pass, many records

    @Test func recordsShareWhatIsKnownOfTheirZone() async throws {
        let world = try ZoneCutTests.world()
        let records = try (0..<200).map { SurveyRequest(try .txt("_acme-challenge.h\($0).example.test", "token")) }
        let surveys = await (try LiveSurveyor(world)).survey(records)
        #expect(surveys.map(\.record) == records.map(\.record))
        #expect(surveys.allSatisfy { $0.observations.map(\.sighting.code) == ["absent", "absent", "absent"] })
        #expect(world.questions(to: "5.0.0.1") == ["test NS"])
        #expect(world.questions(to: "5.0.1.1") == ["example.test NS"])
        for address in ["5.0.2.1", "2a00::21", "5.0.2.2"] {
            #expect(world.questions(to: address).filter { $0 == "example.test NS" }.count == 1)
        }
    }

    @Test func theNextPassSeesTheWorldAnew() async throws {
        let world = try ZoneCutTests.world()
        let surveyor = try LiveSurveyor(world) { $0.limits.zoneMemorySeconds = 0 }
        let record = SurveyRequest(try .txt("_acme-challenge.example.test", "token"))
        _ = await surveyor.survey([record])
        let first = world.history.count
        _ = await surveyor.survey([record])
        #expect(world.history.count == 2 * first)
        #expect(await surveyor.survey([]) == [])
    }

    @Test func twoZonesThatNeedEachOtherDoNotBlockEachOther() async throws {
        // Both are searched at the same time, and each lies behind the other's name server.
        let delegations = "one.test NS ns.two.test\ntwo.test NS ns.one.test\n"
        let world = try ZoneCutTests.world(delegation: delegations)
        let surveys = await (try LiveSurveyor(world)).survey([
            SurveyRequest(try .txt("_acme-challenge.one.test", "token")),
            SurveyRequest(try .txt("_acme-challenge.two.test", "token")),
        ])
        #expect(surveys.allSatisfy { $0.codes.contains(.serverAddressUnknown) && $0.observations.isEmpty })
    }

    /// Never answers, but ends when it is cancelled, as Exchange does.
    private struct Stalling: Asking {
        func ask(_ batch: [Query]) async -> [Answer] {
            try? await Task.sleep(for: .seconds(3600))
            return []
        }
    }

    @Test func cancellingASurveyEndsItsSharedQuestionsToo() async throws {
        let surveyor = LiveSurveyor(
            configuration: SurveyorConfiguration(),
            exchange: Stalling(),
            http: ScriptedWeb(),
            clock: ScriptedClock(),
            random: ScriptedRandom()
        )
        let requests = try (0..<3).map { SurveyRequest(try .txt("_acme-challenge.h\($0).example.test", "token")) }
        let task = Task { await surveyor.survey(requests) }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        let surveys = await task.value
        #expect(surveys.map(\.codes) == [[.zoneCutUnknown], [.zoneCutUnknown], [.zoneCutUnknown]])
    }
}

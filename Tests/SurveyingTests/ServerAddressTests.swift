// Name servers whose addresses could not be found out: not the same as name servers that have none.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServerAddressTests {
    private static let net = "net NS ns.net\ndns.net NS ns0.dns.net\nns0.dns.net A 5.0.3.1"
    private static let record = "_acme-challenge.example.test"
    private static let own = "example.test NS ns1.example.test\nns1.example.test A 5.0.2.1\n"

    /// example.test on ns1 (which shows the value) and on ns.dns.net at 5.0.2.2 (which does not).
    private static func world(
        dns: Manner? = nil,
        names: String = "ns.dns.net A 5.0.2.2",
        others: [String: Manner] = [:],
        clock: ScriptedClock? = nil
    ) throws -> ScriptedWorld {
        let set = own + "example.test NS ns.dns.net\n"
        let answering = Manner.honest([
            try ScriptedZone("dns.net", "dns.net NS ns0.dns.net\nns0.dns.net A 5.0.3.1\n" + names)
        ])
        let manners: [String: Manner] = [
            "5.0.0.1": .honest([try ScriptedZone(".", ZoneCutTests.top)]),
            "5.0.1.1": .honest([try ScriptedZone("test", "test NS ns.test\nns.test A 5.0.1.1\n" + set)]),
            "5.0.1.2": .honest([try ScriptedZone("net", net)]),
            "5.0.2.1": .honest([try ScriptedZone("example.test", set + ZoneCutTests.value)]),
            "5.0.2.2": .honest([try ScriptedZone("example.test", set)]),
            "5.0.3.1": dns ?? answering,
        ]
        return try ScriptedWorld(
            manners.merging(others) { $1 },
            clock: clock,
            batchMilliseconds: clock == nil ? 0 : 3000
        )
    }

    private static func verdict(_ survey: Survey, _ unreachable: UnreachableTolerance = .none) -> Propagation {
        var policy = Policy.standard.propagation
        policy.unreachable = unreachable
        return Propagation.judge(survey, policy)
    }

    @Test func theServerThatIsFoundDoesNotShowTheValue() async throws {
        let survey = try await ZoneCutTests.survey(Self.world())
        #expect(survey.lines == ["ns.dns.net 5.0.2.2 absent", "ns1.example.test 5.0.2.1 present"])
        #expect(Self.verdict(survey) != .complete)
    }

    @Test func whoseAddressNobodyTellsCountsAsSilent() async throws {
        for dns in [Manner.silent, .failing(.serverFailure), .failing(.refused), .hostile, .lame([])] {
            let survey = try await ZoneCutTests.survey(Self.world(dns: dns))
            #expect(survey.lines == ["ns1.example.test 5.0.2.1 present"])
            #expect(survey.codes == [.serverAddressUnknown])
            let problem = try #require(survey.problems.first)
            #expect(problem.silences?.text == "ns.dns.net")
            #expect(problem.text.contains("5.0.3.1"), "\(problem.text)")
            #expect(problem.reproduce == "dig ns.dns.net A ns.dns.net AAAA")
            #expect(problem.wanted != nil)
            #expect(Self.verdict(survey) == .cannotTell(unseen: [], problems: survey.problems))
            #expect(Self.verdict(survey, .atMost(1)) == .complete)
            #expect(Self.verdict(survey, .any) == .complete)
            #expect(Checks.findings(survey).map(\.severity) == [.waiting])
        }
    }

    @Test func whoHasNoAddressIsPassedOver() async throws {
        for names in ["other.dns.net A 5.0.9.9", "ns.dns.net TXT x"] {
            let survey = try await ZoneCutTests.survey(Self.world(names: names))
            #expect(survey.codes == [.serverWithoutAddress], "\(names)")
            #expect(Self.verdict(survey) == .complete, "\(names)")
        }
    }

    /// Unbound follows it, so a CA may ask there.
    @Test func aServerWhoseNameIsAnAliasIsAskedToo() async throws {
        let alias = "ns.dns.net CNAME other.dns.net\nother.dns.net A 5.0.2.2"
        let survey = try await ZoneCutTests.survey(Self.world(names: alias))
        #expect(survey.codes == [.serverIsAnAlias])
        #expect(survey.lines == ["ns.dns.net 5.0.2.2 absent", "ns1.example.test 5.0.2.1 present"])
        #expect(Self.verdict(survey) != .complete)
        #expect(survey.problems.first?.text.contains("is an alias of other.dns.net") == true)
        let loop = try await ZoneCutTests.survey(Self.world(names: "ns.dns.net CNAME ns.dns.net"))
        #expect(loop.codes == [.serverWithoutAddress])
    }

    @Test func oneFamilyThatNobodyTellsIsTold() async throws {
        let zone = try ScriptedZone(
            "dns.net",
            "dns.net NS ns0.dns.net\nns0.dns.net A 5.0.3.1\nns.dns.net A 5.0.2.2"
        )
        let half = Manner.changed([zone]) { reply in
            guard let question = reply.question, question.type == .aaaa else { return }
            reply = Message(answering: reply, rcode: .serverFailure, isAuthoritative: false)
        }
        let survey = try await ZoneCutTests.survey(Self.world(dns: half))
        #expect(survey.lines == ["ns.dns.net 5.0.2.2 absent", "ns1.example.test 5.0.2.1 present"])
        #expect(survey.codes == [.serverAddressUnknown])
        #expect(survey.problems.first?.text.contains("5.0.2.2 is not all") == true)
    }

    /// A CA may find the address, and meet an old copy of the zone there.
    @Test(arguments: [RecordType.a, .aaaa]) func whoseOtherFamilyNobodyTellsCountsAsSilentThough(type: RecordType)
        async throws
    {
        let names = "dns.net NS ns0.dns.net\nns0.dns.net A 5.0.3.1\nns.dns.net A 5.0.2.1\nns.dns.net AAAA 2a00::21"
        let half = Manner.changed([try ScriptedZone("dns.net", names)]) { reply in
            guard let question = reply.question, question.type == type, "\(question.name)" == "ns.dns.net" else {
                return
            }
            reply = Message(answering: reply, rcode: .serverFailure, isAuthoritative: false)
        }
        let zone = try ScriptedZone("example.test", Self.own + "example.test NS ns.dns.net\n" + ZoneCutTests.value)
        let survey = try await ZoneCutTests.survey(Self.world(dns: half, others: ["2a00::21": .honest([zone])]))
        #expect(
            survey.observations.count == 2 && survey.observations.allSatisfy(\.sighting.isPresent),
            "\(survey.lines)"
        )
        #expect(survey.codes == [.serverAddressUnknown])
        #expect(survey.problems.first?.silences?.text == "ns.dns.net")
        #expect(Self.verdict(survey) == .cannotTell(unseen: [], problems: survey.problems))
        #expect(Self.verdict(survey, .atMost(1)) == .complete)
    }

    @Test func aSpentBudgetIsToldAsOneAndBlocks() async throws {
        var ends: Set<Bool> = []
        for limit in 0...16 {
            let survey = try await LiveSurveyor(Self.world()) { $0.limits.questionsPerZone = limit }
                .survey(try .txt(Self.record, "token"))
            let isWhole = survey.problems.isEmpty
            ends.insert(isWhole)
            #expect(!isWhole || survey.lines.count == 2, "\(limit): \(survey.lines)")
            #expect(isWhole || survey.codes.contains(.queryBudgetSpent), "\(limit): \(survey.problems)")
            #expect(!survey.codes.contains(.serverWithoutAddress) && !survey.codes.contains(.serverAddressUnknown))
            #expect(Self.verdict(survey, .any) != .complete)
        }
        #expect(ends == [true, false])
    }

    @Test func timeThatRunsOutLeavesTheAddressUnknown() async throws {
        let clock = ScriptedClock()
        let world = try Self.world(clock: clock)
        let survey = try await LiveSurveyor(world, clock: clock) { $0.limits.zoneDeadlineMilliseconds = 6_000 }
            .survey(try .txt(Self.record, "token"))
        #expect(!survey.lines.contains { $0.hasPrefix("ns.dns.net") })
        #expect(survey.problems.contains { $0.silences?.text == "ns.dns.net" }, "\(survey.problems)")
        #expect(Self.verdict(survey) != .complete)
    }
}

// CNAME chains: through zones, into loops, too long, and different from one server to another.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct AliasTests {
    static let name = "_acme-challenge.one.test"

    /// Zones one.test, two.test, three.test, each on a server of its own (5.0.2.1, .2, .3); one.test has a second one
    /// (5.0.2.9).
    static func world(
        one: String,
        other: String? = nil,
        two: String = "",
        three: String = "",
        manners: [String: Manner] = [:]
    ) throws -> ScriptedWorld {
        var delegations = "ns.test A 5.0.1.1\n"
        func zone(_ label: String, _ addresses: [String], _ text: String) throws -> ScriptedZone {
            var head = ""
            for (index, address) in addresses.enumerated() {
                head += "\(label).test NS ns\(index + 1).\(label).test\nns\(index + 1).\(label).test A \(address)\n"
            }
            delegations += head
            return try ScriptedZone("\(label).test", head + text)
        }
        let first = try zone("one", ["5.0.2.1", "5.0.2.9"], one)
        var second = first
        if let other {
            second = try ScriptedZone("one.test", other)
            second.records += first.records.filter { $0.type == .ns || $0.type == .a }
        }
        let servers: [String: Manner] = [
            "5.0.2.1": .honest([first]), "5.0.2.9": .honest([second]),
            "5.0.2.2": .honest([try zone("two", ["5.0.2.2"], two)]),
            "5.0.2.3": .honest([try zone("three", ["5.0.2.3"], three)]),
            "5.0.0.1": .honest([try ScriptedZone(".", "test NS ns.test\nns.test A 5.0.1.1")]),
        ]
        let parent: [String: Manner] = ["5.0.1.1": .honest([try ScriptedZone("test", delegations)])]
        return try ScriptedWorld(servers.merging(parent) { $1 }.merging(manners) { $1 })
    }

    private static func survey(_ world: ScriptedWorld) async throws -> Survey {
        try await LiveSurveyor(world).survey(try .txt(name, "token"))
    }

    @Test func aChainThroughThreeZonesIsAskedWhereItEnds() async throws {
        let world = try Self.world(
            one: "\(Self.name) CNAME a.two.test",
            two: "a.two.test CNAME b.three.test",
            three: "b.three.test TXT token"
        )
        let survey = try await Self.survey(world)
        #expect(survey.chain.map(\.text) == [Self.name, "a.two.test", "b.three.test"])
        #expect(survey.zone?.text == "three.test")
        #expect(survey.lines == ["ns1.three.test 5.0.2.3 present"])
        #expect(survey.problems == [])
        #expect(survey.target.text == "b.three.test")
    }

    @Test func aServerThatAnswersForTheTargetTooIsNotBelieved() async throws {
        let world = try Self.world(
            one: "\(Self.name) CNAME a.two.test\na.two.test TXT token",
            two: "a.two.test TXT other"
        )
        let survey = try await Self.survey(world)
        #expect(survey.lines == ["ns1.two.test 5.0.2.2 wrong"])
    }

    @Test func aChainToANameThatIsMissing() async throws {
        let survey = try await Self.survey(Self.world(one: "\(Self.name) CNAME a.two.test"))
        #expect(survey.observations.map(\.sighting) == [.absent(negativeTTLSeconds: 60)])
        #expect(survey.zone?.text == "two.test")
    }

    @Test func loopsAreNamed() async throws {
        let survey = try await Self.survey(
            Self.world(one: "\(Self.name) CNAME a.two.test", two: "a.two.test CNAME \(Self.name)")
        )
        #expect(
            survey.problems.map(\.description) == [
                "cname-loop: \(Self.name) -> a.two.test -> \(Self.name)"
            ]
        )
        let own = try await Self.survey(Self.world(one: "\(Self.name) CNAME \(Self.name)"))
        #expect(own.codes == [.cnameLoop])
        #expect(own.problems.allSatisfy { $0.isShownByDig })
    }

    @Test(arguments: [11, 12]) func elevenLinksAreFollowedAndNoMore(links: Int) async throws {
        var zone = "\(Self.name) CNAME n1.one.test\n"
        for link in 1..<links { zone += "n\(link).one.test CNAME n\(link + 1).one.test\n" }
        zone += "n\(links).one.test TXT token"
        let survey = try await Self.survey(Self.world(one: zone))
        #expect(survey.chain.count == 12)
        if links == 11 {
            #expect(survey.problems == [])
            #expect(survey.observations.map(\.sighting.isPresent) == [true, true])
        } else {
            #expect(survey.codes == [.cnameChainTooLong])
            #expect(survey.problems.allSatisfy { $0.isShownByDig })
            #expect(survey.observations == [])
        }
    }

    @Test func serversThatDisagreeAboutTheChain() async throws {
        let survey = try await Self.survey(
            Self.world(
                one: "\(Self.name) CNAME a.two.test",
                other: "\(Self.name) CNAME b.three.test",
                two: "a.two.test TXT token",
                three: "b.three.test TXT token"
            )
        )
        #expect(survey.codes == [.cnameDiffers])
        #expect(survey.problems.allSatisfy { $0.isShownByDig })
        // Of equally many votes the first in canonical order is followed.
        #expect(survey.chain.last?.text == "b.three.test")
        #expect(survey.lines == ["ns1.one.test 5.0.2.1 wrong", "ns1.three.test 5.0.2.3 present"])
        let odd = survey.observations.first { $0.vantage.address == IPAddress("5.0.2.1") }
        #expect(odd?.sighting == .wrong(saw: [OctetText("CNAME a.two.test".utf8)], ttlSeconds: 300))
    }

    @Test func aServerThatDoesNotHaveTheCNAMEYet() async throws {
        let survey = try await Self.survey(
            Self.world(one: "\(Self.name) CNAME a.two.test", other: "", two: "a.two.test TXT token")
        )
        #expect(survey.codes == [.cnameDiffers])
        #expect(survey.problems.allSatisfy { $0.isShownByDig })
        #expect(survey.lines == ["ns1.two.test 5.0.2.2 present", "ns2.one.test 5.0.2.9 absent"])
    }

    @Test func aServerThatHoldsTheTXTInsteadOfTheCNAME() async throws {
        let survey = try await Self.survey(
            Self.world(
                one: "\(Self.name) CNAME a.two.test",
                other: "\(Self.name) TXT token",
                two: "a.two.test TXT token"
            )
        )
        #expect(survey.codes == [.cnameDiffers])
        #expect(survey.problems.allSatisfy { $0.isShownByDig })
        #expect(survey.lines == ["ns1.two.test 5.0.2.2 present", "ns2.one.test 5.0.2.9 present"])
    }

    @Test func aDeadOrLameServerOnTheWayIsASighting() async throws {
        let chain = "\(Self.name) CNAME a.two.test"
        let dead = try await Self.survey(
            Self.world(one: chain, two: "a.two.test TXT token", manners: ["5.0.2.9": .silent])
        )
        #expect(dead.lines == ["ns1.two.test 5.0.2.2 present", "ns2.one.test 5.0.2.9 unreachable"])
        #expect(dead.problems == [])
        let refusing = try await Self.survey(
            Self.world(one: chain, two: "a.two.test TXT token", manners: ["5.0.2.9": .failing(.refused)])
        )
        #expect(refusing.lines == ["ns1.two.test 5.0.2.2 present", "ns2.one.test 5.0.2.9 not-served"])
        #expect(refusing.codes == [.lameServer])
    }

    @Test func aTargetThatIsNoUsableName() async throws {
        let survey = try await Self.survey(Self.world(one: "\(Self.name) BAD-CNAME bad$name"))
        #expect(survey.codes == [.nameNotUsable])
        #expect(survey.problems.allSatisfy { $0.isShownByDig })
        #expect(survey.lines == ["ns1.one.test 5.0.2.1 wrong", "ns2.one.test 5.0.2.9 wrong"])
    }

    @Test func aChainIntoADomainThatDoesNotExist() async throws {
        let survey = try await Self.survey(Self.world(one: "\(Self.name) CNAME a.nowhere.test"))
        #expect(survey.codes == [.noSuchDomain])
        #expect(survey.chain.map(\.text) == [Self.name, "a.nowhere.test"])
        #expect(survey.zone == nil)
    }

    @Test func theRRsetAtANameListsValuesPerAddress() async throws {
        let world = try Self.world(
            one: "\(Self.name) CNAME a.two.test",
            other: "\(Self.name) TXT b\n\(Self.name) TXT a",
            two: "a.two.test TXT token"
        )
        let record = try RequiredRecord.txt(Self.name, "token")
        let surveyor = try LiveSurveyor(world)
        let view = await surveyor.rrset(of: record, at: record.name)
        let expected = [
            "5.0.2.1": ["CNAME a.two.test"], "5.0.2.9": ["a", "b"],
        ]
        #expect(Set(view.values.keys.map(\.address.description)) == Set(expected.keys))
        for (address, values) in view.values {
            #expect(values.map(\.description) == expected[address.address.description])
        }
        #expect(view.otherType == [RRsetView.aliasText(try DomainName("a.two.test"))])
        let target = await surveyor.rrset(of: record, at: try DomainName("a.two.test"))
        #expect(target.otherType == [])
        #expect(target.values.values.map { $0.map(\.description) } == [["token"]])
        let missing = await surveyor.rrset(of: record, at: try DomainName("b.two.test"))
        #expect(missing.values.values.map { $0 } == [[]])
        let nowhere = await surveyor.rrset(of: record, at: try DomainName("b.nowhere.test"))
        #expect(nowhere.values.isEmpty)
    }

    /// A wildcard's are nobody's; a CNAME of its own has nothing beside it.
    @Test func whereACNAMEIsToStandTextsAreSeen() async throws {
        let world = try Self.world(
            one: "\(Self.name) TXT b\nx.one.test CNAME a.two.test\n*.w.one.test TXT wild",
            two: "a.two.test TXT token"
        )
        let surveyor = try LiveSurveyor(world)
        func view(_ name: String) async throws -> RRsetView {
            let name = try DomainName(name)
            let record = RequiredRecord(.cname(name: name, target: try DomainName("a.two.test")))
            return await surveyor.rrset(of: record, at: name)
        }
        let beside = try await view(Self.name)
        #expect(beside.values.values.allSatisfy { $0.map(\.description) == ["b"] })
        #expect(beside.otherType?.map(\.description) == ["b"] && beside.wildcard == [])
        let alias = try await view("x.one.test")
        #expect(alias.values.values.allSatisfy { $0.map(\.description) == ["a.two.test"] } && alias.otherType == [])
        let wild = try await view("c.w.one.test")
        #expect(wild.otherType?.map(\.description) == ["wild"] && wild.wildcard?.map(\.description) == ["wild"])
    }
}

extension Survey.Problem {
    /// Whether it says what was wanted, and how a person sees the CNAME at the server that showed it.
    fileprivate var isShownByDig: Bool {
        wanted?.isEmpty == false && reproduce?.hasPrefix("dig +norecurse @") == true
            && reproduce?.contains(" CNAME ") == true
    }
}

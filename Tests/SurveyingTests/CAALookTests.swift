// The climb for CAA records: through zones and aliases, past servers that fail, and what counts as an error.
import DCV
import LDNS
import Surveying
import Testing

@Suite(.timeLimit(.minutes(1))) struct CAALookTests {
    private static func climb(
        _ name: String,
        _ world: ScriptedWorld,
        configure: (inout SurveyorConfiguration) -> Void = { _ in }
    ) async throws -> CAAClimb {
        let climbs = try await LiveSurveyor(world, configure: configure).climb([try DomainName(name)])
        return try #require(climbs.first)
    }

    private static let issue = "0 issue \"pki.goog\""

    @Test func itEndsAtTheClosestSetAndAsksNobodyAboveIt() async throws {
        let world = try AliasTests.world(one: "one.test CAA 0 issue pki.goog\na.b.one.test A 5.9.9.9")
        let climb = try await Self.climb("a.b.one.test", world)
        #expect(climb.description == "a.b.one.test: none\nb.one.test: none\none.test: \(Self.issue)")
        #expect(climb.rungs[2].servers.map(\.description) == ["5.0.2.1", "5.0.2.9"])
        #expect(world.questions(to: "5.0.1.1").allSatisfy { $0 != "test CAA" })
    }

    @Test func itGoesUpToTheTopLevelDomain() async throws {
        let climb = try await Self.climb("www.one.test", try AliasTests.world(one: "www.one.test A 5.9.9.9"))
        #expect(climb.rungs.map { "\($0)" } == ["www.one.test: none", "one.test: none", "test: none"])
    }

    @Test func aliasesAreFollowedAndNothingIsAskedAboveTheirTarget() async throws {
        let world = try AliasTests.world(
            one: "www.one.test CNAME a.two.test",
            two: "a.two.test CNAME b.three.test\ntwo.test CAA 0 issue ;",
            three: "b.three.test CAA 0 issue pki.goog"
        )
        let climb = try await Self.climb("www.one.test", world)
        #expect(climb.description == "www.one.test -> a.two.test -> b.three.test: \(Self.issue)")
        #expect(climb.rungs[0].reproduce == "dig +norecurse @5.0.2.3 CAA b.three.test")
    }

    @Test func anAliasWithoutASetAtItsTargetLetsTheClimbGoOn() async throws {
        let world = try AliasTests.world(
            one: "www.one.test CNAME a.two.test\none.test CAA 0 issue pki.goog",
            two: "a.two.test A 5.9.9.9"
        )
        let climb = try await Self.climb("www.one.test", world)
        #expect(climb.description == "www.one.test -> a.two.test: none\none.test: \(Self.issue)")
    }

    /// The denial of an ancestor says nothing that was asked for: the name's own is, and DNSSEC judges that.
    @Test func everyNameIsAskedForItsOwnRecordsWhereAnAncestorDoesNotExist() async throws {
        let world = try AliasTests.world(one: "one.test CAA 0 issue pki.goog")
        let climb = try await Self.climb("a.b.gone.one.test", world)
        #expect(climb.rungs.dropLast().map(\.answer) == [.none, .none, .none])
        for name in ["a.b.gone", "b.gone", "gone"] { #expect(world.count("\(name).one.test CAA") > 0, "\(name)") }
    }

    @Test func aLoopIsAnError() async throws {
        let world = try AliasTests.world(
            one: "www.one.test CNAME a.two.test\none.test CAA 0 issue pki.goog",
            two: "a.two.test CNAME www.one.test"
        )
        let climb = try await Self.climb("www.one.test", world)
        #expect(climb.rungs[0].failure == "a CNAME loop: www.one.test -> a.two.test -> www.one.test")
        #expect(climb.rungs.count == 2)
    }

    @Test func aServerThatFailsIsPassedOverAndTold() async throws {
        let world = try AliasTests.world(
            one: "one.test CAA 0 issue pki.goog",
            manners: ["5.0.2.9": .failing(.serverFailure)]
        )
        let names = try (0..<8).map { try DomainName("h\($0).one.test") }
        let climbs = try await LiveSurveyor(world).climb(names)
        #expect(climbs.map(\.name) == names)
        for climb in climbs { #expect(climb.rungs.last?.answer.description == Self.issue) }
        let told = climbs.flatMap { $0.rungs.flatMap(\.failing) }
        #expect(told.contains("5.0.2.9 answers SERVFAIL"))
        #expect(told.allSatisfy { $0.hasPrefix("5.0.2.9 ") })
    }

    @Test func noServerThatAnswersIsAnError() async throws {
        let world = try AliasTests.world(
            one: "one.test CAA 0 issue pki.goog",
            manners: ["5.0.2.1": .silent, "5.0.2.9": .failing(.serverFailure)]
        )
        let climb = try await Self.climb("one.test", world)
        let failure = try #require(climb.rungs[0].failure)
        #expect(failure.contains("5.0.2.9 answers SERVFAIL") && failure.contains("5.0.2.1: no answer"))
    }

    // MARK: servers that differ

    private static func verdict(_ climb: CAAClimb, _ issuer: String = "google") throws -> CAAVerdict {
        let issuers = [CertificateAuthorities.named(try CertificateAuthorities.issuer(issuer))]
        return CAA.judge(climb, for: CAARequest(Identifier(climb.name), issuers: issuers))
    }

    /// The strictest server counts, whichever it is, and it is named.
    @Test(arguments: ["one.test CAA 0 issue pki.goog", ""], [true, false])
    func oneServerThatForbidsIsMet(other: String, isFirst: Bool) async throws {
        let strict = "one.test CAA 0 issue ;"
        let world = try AliasTests.world(one: isFirst ? strict : other, other: isFirst ? other : strict)
        let climb = try await Self.climb("one.test", world)
        let verdict = try Self.verdict(climb)
        #expect(verdict.code == "forbidden")
        let address = isFirst ? "5.0.2.1" : "5.0.2.9"
        #expect(verdict.description.contains("(as \(address) shows it)"), "\(verdict)")
        #expect(climb.rungs[0].others.count == 1)
        #expect(climb.rungs.count == (other.isEmpty ? 2 : 1))
    }

    @Test func setsThatDifferAndAllAllowAreTold() async throws {
        let world = try AliasTests.world(
            one: "one.test CAA 0 issue pki.goog",
            other: "one.test CAA 0 issue pki.goog\none.test CAA 0 issue other.example"
        )
        let climb = try await Self.climb("one.test", world)
        let verdict = try Self.verdict(climb)
        #expect(verdict.code == "allowed")
        let request = CAARequest(Identifier(climb.name), issuers: [])
        let told = CAAWords(subject: "x", [request.identifier], request, rule: "r").findings(verdict, [climb])
        #expect(told.map(\.code) == ["caa-differs"])
        #expect(told.first?.reproduce == "dig +norecurse @5.0.2.9 CAA one.test")
        #expect(
            told.first?.saw == "name servers show different CAA records: one.test: \(Self.issue) (5.0.2.1), "
                + "or one.test: 0 issue \"other.example\", \(Self.issue) (5.0.2.9)"
        )
    }

    @Test func serversThatDifferAboutAnAliasAreBothFollowed() async throws {
        let world = try AliasTests.world(
            one: "www.one.test CNAME a.two.test",
            other: "www.one.test CNAME b.three.test",
            two: "a.two.test CAA 0 issue pki.goog",
            three: "b.three.test CAA 0 issue ;"
        )
        let climb = try await Self.climb("www.one.test", world)
        #expect(Set(climb.rungs[0].alternatives.map(\.owner.text)) == ["a.two.test", "b.three.test"])
        #expect(climb.rungs.count == 1)
        #expect(try Self.verdict(climb).code == "forbidden")
    }

    @Test func aClimbHasEnoughQuestionsForManyServersAtManyNames() async throws {
        let count = 26
        let names = (1...count).map { "one.test NS ns\($0).one.test\nns\($0).one.test A 5.0.9.\($0)" }
        let zone = try ScriptedZone("one.test", names.joined(separator: "\n") + "\none.test CAA 0 issue pki.goog")
        let parent = try ScriptedZone(
            "test",
            "test NS ns.test\nns.test A 5.0.1.1\n" + names.joined(separator: "\n")
        )
        var manners: [String: Manner] = ["5.0.1.1": .honest([parent])]
        for number in 1...count { manners["5.0.9.\(number)"] = .honest([zone]) }
        let world = try AliasTests.world(one: "", manners: manners)
        let climb = try await Self.climb("a.b.c.d.e.f.one.test", world)
        #expect(climb.rungs.map(\.failure) == Array(repeating: nil, count: 7))
        #expect(climb.rungs.last?.servers.count == 16)
    }

    /// Some servers answer everything but CAA.
    @Test(arguments: ["refused", "cut", "lame"])
    func anAnswerThatCountsForNothingIsAnError(how: String) async throws {
        let zone = try ScriptedZone(
            "one.test",
            "one.test NS ns1.one.test\nns1.one.test A 5.0.2.1\none.test CAA 0 issue pki.goog"
        )
        let spoiled = Manner.changed([zone]) { message in
            guard message.question?.type == .caa else { return }
            switch how {
            case "refused": message.rcode = .refused
            case "cut": message.isTruncated = true
            default: message.isAuthoritative = false
            }
        }
        let world = try AliasTests.world(one: "", manners: ["5.0.2.1": spoiled, "5.0.2.9": spoiled])
        #expect(try await Self.climb("one.test", world).rungs[0].failure != nil)
    }

    @Test func aTopLevelDomainThatDoesNotExistIsAnErrorAndADomainBelowOneIsNot() async throws {
        let world = try AliasTests.world(one: "")
        let gone = try await Self.climb("www.gone.test", world)
        #expect(gone.description == "www.gone.test: none\ngone.test: none\ntest: none")
        let stray = try await Self.climb("a.nowhere", world)
        #expect(stray.rungs[0].answer == .none)
        #expect(stray.rungs[1].failure?.contains("NXDOMAIN") == true)
    }

    @Test func moreRecordsThanAnybodyNeedsAreAnError() async throws {
        let flood = (0..<65).map { "one.test CAA 0 issue ca\($0).example" }.joined(separator: "\n")
        let climb = try await Self.climb("one.test", try AliasTests.world(one: flood))
        #expect(climb.rungs[0].failure == "65 CAA records at one name, more than 64")
    }

    @Test func oneNameIsAskedOnceInAPass() async throws {
        let world = try AliasTests.world(one: "")
        let names = try (0..<20).map { try DomainName("h\($0).one.test") }
        #expect(try await LiveSurveyor(world).climb(names).count == 20)
        let own = world.questions(to: "5.0.2.1") + world.questions(to: "5.0.2.9")
        // Once at each of two servers.
        #expect(own.filter { $0 == "one.test CAA" }.count == 2)
        #expect(own.filter { $0.hasSuffix(" CAA") }.count == 42)
        #expect(world.questions(to: "5.0.1.1").filter { $0 == "test CAA" }.count == 1)
    }

    /// In a run that waits the same names are climbed again and again.
    @Test func whatEveryServerShowsIsKeptForAWhile() async throws {
        let clock = ScriptedClock()
        let world = try AliasTests.world(one: "one.test CAA 0 issue pki.goog", two: "two.test CAA 0 issue pki.goog")
        let surveyor = try LiveSurveyor(world, clock: clock)
        let names = [try DomainName("www.one.test"), try DomainName("two.test")]
        let first = await surveyor.climb(names)
        let asked = world.history.count
        clock.advance(59_000)
        #expect(await surveyor.climb(names).map(\.rungs) == first.map(\.rungs))
        #expect(world.history.count == asked)
        let open = try ScriptedZone("two.test", "two.test NS ns1.two.test\nns1.two.test A 5.0.2.2")
        world.change("5.0.2.2", .honest([open]))
        clock.advance(2000)
        let later = await surveyor.climb(names)
        #expect(later[0].rungs == first[0].rungs && later[1].rungs[0].answer == .none)
    }

    /// What is repaired is seen at the next look.
    @Test(arguments: ["silent", "differs", "fails"]) func whatIsWrongIsNotKept(how: String) async throws {
        let right = "one.test CAA 0 issue pki.goog"
        let manner: Manner = how == "silent" ? .silent : .failing(.serverFailure)
        let manners = how == "fails" ? ["5.0.2.1": manner, "5.0.2.9": manner] : ["5.0.2.9": manner]
        let world = try AliasTests.world(
            one: right,
            other: how == "differs" ? "one.test CAA 0 issue ;" : nil,
            manners: how == "differs" ? [:] : manners
        )
        let surveyor = try LiveSurveyor(world)
        let name = try DomainName("one.test")
        let before = try #require(await surveyor.climb([name]).first?.rungs[0])
        #expect(!before.others.isEmpty || !before.failing.isEmpty || before.failure != nil)
        let servers =
            "one.test NS ns1.one.test\none.test NS ns2.one.test\nns1.one.test A 5.0.2.1\nns2.one.test A 5.0.2.9\n"
        let zone = try ScriptedZone("one.test", servers + right)
        for address in ["5.0.2.1", "5.0.2.9"] { world.change(address, .honest([zone])) }
        let after = try #require(await surveyor.climb([name]).first?.rungs[0])
        #expect(after.description == "one.test: \(Self.issue)" && after.servers.count == 2)
    }

    /// Where the zones above are out of reach, the named resolver stands in for them, and the zone still speaks for itself.
    @Test func throughANamedResolver() async throws {
        var world = try AliasTests.world(
            one: "one.test CAA 0 issue pki.goog",
            manners: ["9.9.9.9": .recursive]
        )
        let via = SurveyorConfiguration.Resolver(name: "via", address: try #require(IPAddress("9.9.9.9")))
        let own = try await Self.climb("www.one.test", world) { $0.via = via }
        #expect(own.description == "www.one.test: none\none.test: \(Self.issue)")
        #expect(own.rungs[1].servers.map(\.description) == ["5.0.2.1", "5.0.2.9"])
        world = try AliasTests.world(one: "", manners: ["9.9.9.9": .recursive])
        #expect(try await Self.climb("one.test", world) { $0.via = via }.description == "one.test: none\ntest: none")
        #expect(world.questions(to: "5.0.0.1").isEmpty && world.questions(to: "9.9.9.9").contains("test CAA"))
    }
}

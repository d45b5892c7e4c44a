// What a run remembers of CAA records between looks, for how long, and whom it leaves alone.
import DCV
import LDNS
import Surveying
import Testing

@Suite("CAA records between looks", .timeLimit(.minutes(1))) struct CAALookMemoryTests {
    private static func zone(_ label: String, _ address: String, ttlSeconds: UInt32 = 300, _ text: String) throws
        -> ScriptedZone
    {
        let head = "\(label).test NS ns.\(label).test\nns.\(label).test A \(address)\n"
        return try ScriptedZone("\(label).test", ttlSeconds: ttlSeconds, head + text)
    }

    /// Of an alias and what stands at its end, the one that ends first.
    @Test(arguments: [(5, 300), (300, 5)] as [(UInt32, UInt32)])
    func theShortestTTLOnTheWayCounts(alias: UInt32, records: UInt32) async throws {
        let one = try Self.zone("one", "5.0.2.1", ttlSeconds: alias, "www.one.test CNAME a.two.test")
        let two = try Self.zone("two", "5.0.2.2", ttlSeconds: records, "a.two.test CAA 0 issue pki.goog")
        let clock = ScriptedClock()
        let manners: [String: Manner] = [
            "5.0.2.1": .honest([one]), "5.0.2.9": .honest([one]), "5.0.2.2": .honest([two]),
        ]
        let world = try AliasTests.world(one: "", manners: manners)
        let surveyor = try LiveSurveyor(world, clock: clock)
        let name = try DomainName("www.one.test")
        let rung = try #require(await surveyor.climb([name]).first?.rungs[0])
        #expect(rung.isFlawless && rung.owner.text == "a.two.test", "\(rung)")
        let asked = world.count("www.one.test CAA")
        clock.advance(4000)
        _ = await surveyor.climb([name])
        #expect(world.count("www.one.test CAA") == asked, "it is remembered")
        clock.advance(2000)
        _ = await surveyor.climb([name])
        #expect(world.count("www.one.test CAA") > asked)
    }

    @Test func aDenialWithoutAnSOAIsAnErrorAsItIsToResolvers() async throws {
        let zone = try Self.zone("one", "5.0.2.1", "one.test A 5.9.9.9")
        let bare = Manner.changed([zone]) { message in
            if message.question?.type == .caa { message.authority = [] }
        }
        let world = try AliasTests.world(one: "", manners: ["5.0.2.1": bare, "5.0.2.9": bare])
        let rung = try #require(await LiveSurveyor(world).climb([try DomainName("one.test")]).first?.rungs[0])
        #expect(rung.failure?.contains("without an SOA") == true)
    }

    /// Who gave no answer when the zone's servers were learnt is named, and not waited for once more.
    @Test func whoIsMuteIsToldAndNotAskedAgain() async throws {
        let world = try AliasTests.world(one: "one.test CAA 0 issue pki.goog", manners: ["5.0.2.9": .silent])
        let rung = try #require(await LiveSurveyor(world).climb([try DomainName("one.test")]).first?.rungs[0])
        #expect(rung.failing == ["5.0.2.9: no answer"])
        #expect(world.questions(to: "5.0.2.9").allSatisfy { $0 != "one.test CAA" })
    }

    /// The way to a zone that cannot be seen is learnt anew at the next look.
    @Test func aDelegationThatWasWrongIsForgotten() async throws {
        let zone = try Self.zone("one", "5.0.2.1", "one.test CAA 0 issue pki.goog")
        func parent(_ address: String) throws -> Manner {
            let text = "test NS ns.test\nns.test A 5.0.1.1\none.test NS ns.one.test\nns.one.test A \(address)"
            return .honest([try ScriptedZone("test", text)])
        }
        let manners: [String: Manner] = [
            "5.0.1.1": try parent("5.0.2.9"), "5.0.2.9": .failing(.serverFailure), "5.0.2.1": .honest([zone]),
        ]
        let world = try AliasTests.world(one: "", manners: manners)
        let surveyor = try LiveSurveyor(world)
        let name = try DomainName("one.test")
        #expect(await surveyor.climb([name]).first?.rungs[0].failure != nil)
        world.change("5.0.1.1", try parent("5.0.2.1"))
        #expect(await surveyor.climb([name]).first?.rungs[0].failure == nil)
    }
}

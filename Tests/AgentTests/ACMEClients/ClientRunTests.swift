// The end of a call is the answer: it comes when everything is shown everywhere, at once when it never will be, and leaves nothing behind.
import DCV
import Synchronization
import Testing

@testable import Agent

@Suite("Runs for ACME clients", .timeLimit(.minutes(1)))
struct ClientRunTests {
    static let first = "AAEpZ2fW8xK0Yq1sT3uV4wX5yZ6aB7cD8eF9gH0iJ1k"
    static let second = "-oEpZ2fW8xK0Yq1sT3uV4wX5yZ6aB7cD8eF9gH0iJ1k"

    let world = SimulatedWorld(seed: 1)
    let name: DomainName

    init() throws {
        name = try DomainName("_acme-challenge.shop.example.com")
        world.with { $0.lagSeconds = [0, 7, 3] }
    }

    func serve(
        _ call: ClientCall?,
        waitSeconds: Int64 = 900,
        isLocked: Bool = false,
        policy change: (inout Policy) -> Void = { _ in },
        needing: @escaping @Sendable (Set<String>) -> Void = { _ in }
    ) async throws -> ClientOutcome {
        try await run(call, waitSeconds: waitSeconds, isLocked: isLocked, policy: change, needing: needing).carryOut()
    }

    /// Publishes in example.com alone.
    func run(
        _ call: ClientCall?,
        waitSeconds: Int64 = 900,
        isLocked: Bool = false,
        policy change: (inout Policy) -> Void = { _ in },
        broken: [HookGuarantee]? = nil,
        needing: @escaping @Sendable (Set<String>) -> Void = { _ in },
        telling: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) throws -> ClientRun {
        var policy = Policy.standard
        change(&policy)
        let dns = Situation.PublisherView(name: "dns", kinds: [.txt], broken: broken)
        let rules = [
            Situation.ZoneRule(apex: try DomainName("example.com"), publishers: [dns], policy: policy),
            Situation.ZoneRule(
                apex: try DomainName("example.org"),
                publishers: [Situation.PublisherView(name: "other", kinds: nil)],
                policy: policy
            ),
            Situation.ZoneRule(apex: nil, publishers: [], policy: policy),
        ]
        let zone = try DomainName("example.com")
        return ClientRun(
            try #require(call),
            waitMilliseconds: waitSeconds * 1000,
            journal: SimulatedJournal(world: world),
            clock: SimulatedClock(world: world),
            zones: rules
        ) { [world] client, publishers, journal in
            needing(publishers)
            return Reconciler(
                providers: [client],
                surveyor: SimulatedSurveyor(world: world, zone: zone),
                publishers: ["dns": SimulatedPublisher(world: world), "other": SimulatedPublisher(world: world)],
                journal: journal,
                lock: OtherLock(isHeld: isLocked),
                clock: SimulatedClock(world: world),
                random: SimulatedRandom(world: world),
                rules: SimulatedRules(rules: rules),
                isLaboratory: false,
                tell: telling
            )
        }
    }

    private struct OtherLock: EffectLock {
        let isHeld: Bool
        func acquire(withinMilliseconds: Int64) async throws(JournalFailure) -> Bool { !isHeld }
        func release() {}
    }

    func lego(_ verb: String, _ value: String = first, owner: String = "shop.example.com") throws -> ClientCall {
        try ClientCall.lego([verb, "_acme-challenge.\(owner).", value], ["LEGO_DISABLE_CNAME_SUPPORT": "true"])
    }

    func certbot(_ value: String, remaining: Int, isCleanup: Bool = false) throws -> ClientCall {
        try ClientCall.certbot(
            [
                "CERTBOT_DOMAIN": "shop.example.com", "CERTBOT_VALIDATION": value,
                "CERTBOT_ALL_DOMAINS": "shop.example.com,shop.example.com",
                "CERTBOT_REMAINING_CHALLENGES": "\(remaining)",
            ],
            isCleanup: isCleanup
        )
    }

    func shown(by server: Int) -> Set<String> { world.with { $0.shown(name, by: server) } }
    private var elapsedSeconds: Int64 {
        world.with { $0.now.millisecondsSinceEpoch - 1_800_000_000_000 } / 1000
    }

    @Test("present returns when the slowest server shows it, cleanup takes away exactly that, and again nothing")
    func presentAndCleanup() async throws {
        world.with { [name] in $0.change(name, "somebody-elses", isThere: true) }
        let present = try await serve(try lego("present"))
        #expect(present.exitCode == .done, "\(present.lines)")
        #expect(shown(by: 1).contains(Self.first))
        #expect((7...11).contains(elapsedSeconds))
        #expect(present.lines.count == 1 && present.lines[0].hasPrefix("shown everywhere after "), "\(present.lines)")
        #expect(try await serve(try lego("present")).exitCode == .done, "a second time is no second attempt")
        #expect(world.with { $0.hookStarts } == 1)

        let begun = elapsedSeconds
        let cleanup = try await serve(try lego("cleanup"))
        #expect(cleanup.exitCode == .done && cleanup.lines.isEmpty, "\(cleanup.lines)")
        #expect(shown(by: 0) == ["somebody-elses"] && elapsedSeconds == begun, "a clean-up waits for nobody")
        #expect(try await serve(try lego("cleanup")).exitCode == .done)
        #expect(world.with { $0.hookStarts } == 2)
    }

    @Test("only the publishers of the call's own zones, and those that hold something of it, are needed")
    func neededPublishers() async throws {
        let asked = Mutex<[Set<String>]>([])
        @Sendable func note(_ publishers: Set<String>) { asked.withLock { $0.append(publishers) } }
        #expect(try await serve(try lego("present"), needing: note).exitCode == .done)
        // Bound to another publisher meanwhile.
        world.with { state in
            guard let entry = state.entries.first,
                case .publish(let record, let target, let zone, _) = entry.intent.effect
            else { return }
            let intent = Intent(
                id: "old",
                authorization: entry.intent.authorization,
                scope: "",
                effect: .publish(record: record, target: target, zone: zone, publisher: "former"),
                generation: [],
                at: state.now
            )
            state.entries.append(JournalEntry(intent: intent, receipt: nil))
        }
        _ = try await serve(try lego("cleanup"), needing: note)
        _ = try await serve(try lego("present", Self.second), needing: note)
        #expect(asked.withLock { $0 } == [["dns"], ["dns", "former"], ["dns"]])
    }

    @Test("what other calls left through a publisher that this call lacks is left for runs that have it")
    func othersHands() async throws {
        let record = RequiredRecord(.txt(name: try DomainName("_acme-challenge.example.org"), value: try TXTValue("x")))
        let (zone, key) = (try DomainName("example.org"), try AuthorizationKey("lego:1"))
        world.with { state in
            let intent = Intent(
                id: "old",
                authorization: key,
                scope: "",
                effect: .publish(record: record, target: record.name, zone: zone, publisher: "other"),
                generation: [],
                at: state.now.adding(seconds: -8 * 86_400)
            )
            state.entries.append(JournalEntry(intent: intent, receipt: nil))
        }
        let outcome = try await serve(try lego("present"))
        #expect(outcome.exitCode == .done)
        #expect(outcome.lines.count == 1 && world.with { $0.hookStarts } == 1, "\(outcome.lines)")
    }

    @Test("certbot: calls before the last return at once, the last waits for what they have published, too")
    func certificate() async throws {
        let first = try await serve(try certbot(Self.first, remaining: 1))
        #expect(first.exitCode == .done && first.lines.isEmpty && elapsedSeconds == 0, "\(first.lines)")
        #expect(shown(by: 0) == [Self.first])
        // Somebody takes the first one away: the last call is the only one that can still see to it.
        world.with { [name] in $0.change(name, Self.first, isThere: false) }
        let last = try await serve(try certbot(Self.second, remaining: 0))
        #expect(last.exitCode == .done && last.lines.isEmpty, "\(last.lines)")
        #expect(shown(by: 1) == [Self.first, Self.second])
        #expect(elapsedSeconds >= Policy.standard.wait.republishAfterSeconds)
        for value in [Self.first, Self.second] {
            #expect(try await serve(try certbot(value, remaining: 0, isCleanup: true)).exitCode == .done)
        }
        #expect(shown(by: 0).isEmpty)
    }

    @Test("certbot: what stood already in an earlier call is waited for by the last, too")
    func stoodAlready() async throws {
        world.with { [name] in
            $0.lagSeconds = [0, 0, 0]
            $0.change(name, Self.first, isThere: true)
        }
        let first = try await serve(try certbot(Self.first, remaining: 1))
        #expect(first.exitCode == .done && world.with { $0.hookStarts } == 0, "\(first.lines)")
        world.with { [name] in $0.change(name, Self.first, isThere: false) }
        let last = try await serve(try certbot(Self.second, remaining: 0))
        #expect(last.exitCode == .done && shown(by: 1) == [Self.first, Self.second], "\(last.lines)")
        // What the client is done with, no later attempt waits for.
        for value in [Self.first, Self.second] {
            #expect(try await serve(try certbot(value, remaining: 0, isCleanup: true)).exitCode == .done)
        }
        #expect(try await serve(try certbot(Self.second, remaining: 0)).exitCode == .done)
        #expect(shown(by: 1) == [Self.second])
    }

    @Test("certbot: what an attempt before has left in the same place is not waited for")
    func earlierAttempt() async throws {
        let old = String(Self.first.reversed())
        #expect(try await serve(try certbot(old, remaining: 1)).exitCode == .done)
        world.with { [name] in $0.change(name, old, isThere: false) }
        #expect(try await serve(try certbot(Self.first, remaining: 1)).exitCode == .done)
        #expect(try await serve(try certbot(Self.second, remaining: 0)).exitCode == .done)
        #expect(elapsedSeconds < 60 && shown(by: 1) == [Self.first, Self.second])
    }

    @Test("certbot: what is left of a longer attempt before is not waited for")
    func longerAttempt() async throws {
        let old = ["O", "P", "Q"].map { $0 + Self.first.dropFirst() }
        for (index, value) in old.enumerated() {
            let call = try certbot(value, remaining: 3 - index)
            #expect(try await serve(call).exitCode == .done)
            world.with { [name] state in
                state.change(name, value, isThere: false)
                state.now = state.now.adding(seconds: 1)
            }
        }
        #expect(try await serve(try certbot(Self.first, remaining: 1)).exitCode == .done)
        #expect(try await serve(try certbot(Self.second, remaining: 0)).exitCode == .done)
        #expect(elapsedSeconds < 60 && shown(by: 1) == [Self.first, Self.second])
    }

    @Test("certbot: a first look at which nobody answers is not the last, and nothing is left unpublished")
    func blindFirstLook() async throws {
        world.with { $0.faults.serverSilent = 100 }
        let blind = try await serve(try certbot(Self.first, remaining: 1), waitSeconds: 30)
        #expect(blind.exitCode == .pending && elapsedSeconds >= 30, "\(blind.lines)")
        world.with { $0.faults.serverSilent = 60 }
        #expect(try await serve(try certbot(Self.first, remaining: 1)).exitCode == .done)
        #expect(shown(by: 0) == [Self.first])
    }

    @Test("what a provider's certificate needs is no business of a client, however old it is")
    func othersStay() async throws {
        let record = RequiredRecord(.txt(name: name, value: try TXTValue("a-providers-token")))
        let now = world.with { $0.now }
        let zone = try DomainName("example.com")
        let intent = Intent(
            id: "1",
            authorization: try AuthorizationKey("cf:1"),
            scope: "zone",
            effect: .publish(record: record, target: name, zone: zone, publisher: "dns"),
            generation: [],
            at: now.adding(seconds: -40 * 86_400)
        )
        let receipt = Receipt(intent: "1", outcome: .done, at: intent.at)
        world.with { [name] state in
            state.entries = [JournalEntry(intent: intent, receipt: receipt)]
            state.change(name, "a-providers-token", isThere: true)
        }
        #expect(try await serve(try lego("present")).exitCode == .done)
        #expect(try await serve(try lego("cleanup")).exitCode == .done)
        #expect(shown(by: 0) == ["a-providers-token"])
    }

    @Test("dehydrated: where one name cannot be proved, what was written for the others is taken back, at once")
    func failingDeploy() async throws {
        let words = ["deploy_challenge", "shop.example.com", "t", Self.first, "other.example.net", "t", Self.second]
        let outcome = try await serve(try ClientCall.dehydrated(words))
        #expect(outcome.exitCode == .person)
        #expect(outcome.lines.first?.contains("other.example.net is not proved: ") == true, "\(outcome.lines)")
        #expect(outcome.lines.first?.contains("(no-publisher)") == true, "\(outcome.lines)")
        #expect(elapsedSeconds == 0)
        #expect(world.with { $0.hookStarts } == 2, "published, and withdrawn")
        #expect(shown(by: 0).isEmpty)
    }

    @Test("what is not shown in time is told with the time it had, and dehydrated's is taken back")
    func deadline() async throws {
        world.with { $0.lagSeconds = [0, 100_000, 0] }
        let outcome = try await serve(try lego("present"), waitSeconds: 120)
        #expect(outcome.exitCode == .pending && shown(by: 0) == [Self.first])
        #expect(
            outcome.lines.first?.hasPrefix("shop.example.com is not proved after 2 min: ") == true,
            "\(outcome.lines)"
        )
        let words = ["deploy_challenge", "shop.example.com", "t", Self.second]
        #expect(try await serve(try ClientCall.dehydrated(words), waitSeconds: 120).exitCode == .pending)
        #expect(shown(by: 0) == [Self.first])
    }

    @Test("a policy that only watches: what is missing is refused, what is shown is proved")
    func watching() async throws {
        func watch(_ policy: inout Policy) {
            policy.publish.isAllowed = false
            policy.publish.withdraw = .never
            policy.trigger.action = .none
        }
        let refused = try await serve(try lego("present"), policy: watch)
        #expect(refused.exitCode == .person && refused.lines.first?.contains("publishing-not-allowed") == true)
        world.with { [name] in
            $0.lagSeconds = [0, 0, 0]
            $0.change(name, Self.first, isThere: true)
        }
        #expect(try await serve(try lego("present"), policy: watch).exitCode == .done)
        #expect(try await serve(try lego("cleanup"), policy: watch).exitCode == .done)
        #expect(world.with { $0.hookStarts } == 0)
    }

    @Test("a lock that nobody lets go of, and a hook that fails: told as what they are")
    func others() async throws {
        let locked = try await serve(try lego("present"), isLocked: true)
        #expect(locked.exitCode == .temporary && locked.lines.first?.contains("holds the lock") == true)
        world.with { $0.faults.hookFailsBefore = 100 }
        let failing = try await serve(try lego("present"), waitSeconds: 30)
        #expect(failing.exitCode == .pending && failing.lines.first?.contains("hook-") == true, "\(failing.lines)")
        let publishing = try await serve(try certbot(Self.second, remaining: 1))
        #expect(publishing.exitCode == .pending, "\(publishing.lines)")
        #expect(publishing.lines.first?.hasPrefix("shop.example.com is not published") == true, "\(publishing.lines)")
    }

    @Test("the same value again, after its clean-up and after what hindered it was repaired, is published at once")
    func again() async throws {
        #expect(try await serve(try lego("present")).exitCode == .done)
        #expect(try await serve(try lego("cleanup")).exitCode == .done)
        let begun = elapsedSeconds
        #expect(try await serve(try lego("present")).exitCode == .done)
        #expect(elapsedSeconds - begun < 20)

        world.with { $0.faults.hookFailsBefore = 100 }
        #expect(try await serve(try lego("present", Self.second), waitSeconds: 1).exitCode == .pending)
        world.with { $0.faults.hookFailsBefore = 0 }
        #expect(try await serve(try lego("present", Self.second), waitSeconds: 20).exitCode == .done)
        #expect(try await serve(try lego("cleanup", Self.second)).exitCode == .done)
        #expect(shown(by: 0) == [Self.first])
    }

    @Test("a publisher that lost trust is not started, and that is told with the way out, in one line")
    func quarantined() async throws {
        world.with { $0.quarantined = ["dns": "it took away others' values\n_acme-challenge IN TXT \"x\""] }
        let present = try await serve(try lego("present"))
        #expect(present.exitCode == .person && world.with { $0.hookStarts } == 0)
        #expect(present.lines.allSatisfy { !$0.contains("\n") }, "\(present.lines)")
        #expect(present.lines.first?.contains("it took away others' values (publisher-quarantined)") == true)
        #expect(present.lines.contains { $0.contains("dnsproof hook trust dns") }, "\(present.lines)")
    }

    @Test("what a hook took away and got put back is no challenge: nobody waits for it, nobody takes it away")
    func putBack() async throws {
        #expect(try await serve(try certbot(Self.first, remaining: 1)).exitCode == .done)
        let others = RequiredRecord(.txt(name: name, value: try TXTValue("somebody-elses")), purpose: .standing)
        let key = try AuthorizationKey(try #require(certbot(Self.first, remaining: 1).handles.first))
        world.with { state in
            guard let scope = state.entries.last?.intent.scope else { return }
            let effect = Effect.publish(record: others, target: name, zone: name, publisher: "dns")
            let intent = Intent(
                id: "r",
                authorization: key,
                scope: scope,
                effect: effect,
                generation: [],
                at: state.now
            )
            let receipt = Receipt(intent: "r", outcome: .done, at: state.now)
            state.entries.append(JournalEntry(intent: intent, receipt: receipt))
        }
        let last = try await serve(try certbot(Self.second, remaining: 0))
        #expect(last.exitCode == .done && elapsedSeconds < 60, "\(last.lines)")
        let cleanup = try await serve(try certbot(Self.first, remaining: 1, isCleanup: true))
        #expect(cleanup.exitCode == .done && cleanup.lines.isEmpty, "\(cleanup.lines)")
    }

    @Test("a clean-up that fails is told, and a later run makes good for it")
    func cleanupFails() async throws {
        #expect(try await serve(try lego("present")).exitCode == .done)
        world.with { $0.faults.hookFailsBefore = 100 }
        let cleanup = try await serve(try lego("cleanup"))
        #expect(
            cleanup.exitCode == .pending && cleanup.lines.first?.contains("still stands") == true,
            "\(cleanup.lines)"
        )
        world.with {
            $0.faults.hookFailsBefore = 0
            $0.now = $0.now.adding(seconds: 5 * 3600)
        }
        #expect(try await serve(try lego("present", Self.second)).exitCode == .done)
        #expect(shown(by: 0) == [Self.second])
    }
}

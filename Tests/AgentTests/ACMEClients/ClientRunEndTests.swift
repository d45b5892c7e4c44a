// Calls that do not come to their end, or cannot know for what: what stays in the zone, in the journal, and in the words.
import DCV
import Synchronization
import Testing

@testable import Agent

extension ClientRunTests {
    // MARK: told to end

    /// A call that is told to end as soon as it waits.
    private func interrupted(_ call: ClientCall) async throws -> (run: ClientRun, outcome: ClientOutcome) {
        world.with { $0.lagSeconds = [0, 100_000, 0] }
        let task = Mutex<Task<ClientOutcome, any Error>?>(nil)
        let stopping = { @Sendable (event: RunEvent) in
            if case .sleeping = event { task.withLock { $0?.cancel() } }
        }
        let call = try run(call, telling: stopping)
        let work = Task {
            while task.withLock({ $0 == nil }) { await Task.yield() }
            return try await call.carryOut()
        }
        task.withLock { $0 = work }
        return (call, try await work.value)
    }

    @Test("a call that is told to end while it waits has something to take back, and takes back exactly that")
    func toldToEnd() async throws {
        world.with { [name] in $0.change(name, "somebody-elses", isThere: true) }
        let (run, outcome) = try await interrupted(try lego("present"))
        #expect(outcome.isCutShort && outcome.exitCode != .done, "\(outcome.lines)")
        #expect(shown(by: 0) == ["somebody-elses", Self.first])
        let back = try await run.takeBack()
        #expect(back.exitCode == .done && back.lines.isEmpty, "\(back.lines)")
        #expect(shown(by: 0) == ["somebody-elses"])
    }

    @Test("what could not even be tried in time is taken away by the next call, and counts as no attempt")
    func takenAwayLater() async throws {
        _ = try await interrupted(try lego("present"))
        let back = try await run(try lego("present"), isLocked: true).takeBack()
        #expect(back.exitCode == .temporary && shown(by: 0) == [Self.first], "\(back.lines)")
        #expect(back.lines.contains { $0.contains("withdrawn by the next run") }, "\(back.lines)")
        #expect(world.with { $0.entries.last?.receipt?.code } == Receipt.unstartedCode)
        world.with { $0.lagSeconds = [0, 0, 0] }
        #expect(try await serve(try lego("present", Self.second)).exitCode == .done)
        #expect(shown(by: 0) == [Self.second])
    }

    @Test(
        "a hook that a test has seen to remove all is not started for a clean-up, and nothing of it looks like an attempt"
    )
    func cleanupRefused() async throws {
        world.with { [name] in $0.change(name, "somebody-elses", isThere: true) }
        #expect(try await serve(try lego("present")).exitCode == .done)
        let cleanup = try await run(try lego("cleanup"), broken: [.withdrawsOne]).carryOut()
        #expect(cleanup.exitCode == .person, "\(cleanup.lines)")
        #expect(cleanup.lines.first?.contains("(hook-removes-all)") == true, "\(cleanup.lines)")
        #expect(world.with { $0.hookStarts } == 1)
        #expect(world.with { $0.entries.compactMap { $0.receipt?.code } } == [Receipt.unstartedCode])
        // With another hook it goes at once.
        #expect(try await serve(try lego("present", Self.second)).exitCode == .done)
        #expect(shown(by: 0) == ["somebody-elses", Self.second])
    }

    @Test("what should have gone and was not begun stays where the client asks for the same again")
    func wantedAgain() async throws {
        _ = try await interrupted(try lego("present"))
        _ = try await run(try lego("present"), isLocked: true).takeBack()
        world.with { $0.lagSeconds = [0, 0, 0] }
        #expect(try await serve(try lego("present")).exitCode == .done)
        // Another value at the same name: the first is still waited for.
        #expect(try await serve(try lego("present", Self.second)).exitCode == .done)
        #expect(shown(by: 0) == [Self.first, Self.second])
        #expect(try await serve(try lego("cleanup")).exitCode == .done)
        #expect(shown(by: 0) == [Self.second])
    }

    @Test("a clean-up whose publisher cannot be had leaves word for the next run")
    func cleanupWithoutHands() async throws {
        struct Absent: Error {}
        #expect(try await serve(try lego("present")).exitCode == .done)
        let cleanup = ClientRun(
            try lego("cleanup"),
            waitMilliseconds: 1000,
            journal: SimulatedJournal(world: world),
            clock: SimulatedClock(world: world),
            zones: try run(try lego("cleanup")).zones
        ) { _, _, _ in throw Absent() }
        await #expect(throws: Absent.self) { try await cleanup.carryOut() }
        #expect(world.with { $0.entries.last?.receipt?.code } == Receipt.unstartedCode)
        #expect(try await serve(try lego("present", Self.second)).exitCode == .done)
        #expect(shown(by: 0) == [Self.second])
    }

    @Test("a clean-up whose hook took away another's value says so at once")
    func cleanupDoesHarm() async throws {
        world.with { [name] state in
            state.lagSeconds = [0, 0, 0]
            state.change(name, "somebody-elses", isThere: true)
            state.faults.hookWithdrawsAll = true
        }
        #expect(try await serve(try lego("present")).exitCode == .done)
        let cleanup = try await serve(try lego("cleanup"))
        #expect(cleanup.exitCode == .person && shown(by: 0).isEmpty, "\(cleanup.lines)")
        #expect(cleanup.lines.contains { $0.contains("it took away \"somebody-elses\"") }, "\(cleanup.lines)")
        #expect(cleanup.lines.allSatisfy { !$0.contains("\n") })
    }

    // MARK: behind a CNAME

    @Test("lego, default mode: CAA is not judged where the name to be certified is not known, and that is told")
    func followed() async throws {
        world.with { $0.otherIssuerUntil = $0.now.adding(seconds: 86_400) }
        let own = try DomainName("letsencrypt.org")
        func issuer(_ policy: inout Policy) { policy.caa.issuers = [own] }
        let known = try await serve(try lego("present"), waitSeconds: 30, policy: issuer)
        #expect(known.exitCode == .person && known.lines.first?.contains("caa-forbids") == true, "\(known.lines)")
        let call = try ClientCall.lego(["present", "_acme-challenge.shop.example.com.", Self.second])
        let unknown = try await serve(call, policy: issuer)
        #expect(unknown.exitCode == .done, "\(unknown.lines)")
        #expect(unknown.lines.last?.contains("CAA was not judged: lego may have followed") == true)
    }

    @Test("lego, default mode: where a CNAME has led it, publish.delegations decides")
    func strayed() async throws {
        let words = ["present", "_shop.proofs.example.com.", Self.first]
        let refused = try await serve(try ClientCall.lego(words))
        #expect(refused.exitCode == .person && refused.lines.first?.contains("cname-in-the-way") == true)
        #expect(world.with { $0.hookStarts } == 0)
        let zone = try DomainName("proofs.example.com")
        let allowed = try await serve(try ClientCall.lego(words)) { $0.publish.delegations = [zone] }
        #expect(allowed.exitCode == .done, "\(allowed.lines)")
        let cleanup = try await serve(try ClientCall.lego(["cleanup"] + words.dropFirst()))
        #expect(cleanup.exitCode == .done && world.with { $0.hookStarts } == 2, "\(cleanup.lines)")
    }
}

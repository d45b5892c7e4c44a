// What a test of a hook leaves behind, here and elsewhere, and what it says of a hook that works for another service.
import DCV
import Foundation
import Platform
import Rehearsal
import Testing

@testable import Agent

/// Remembers what was noted, and refuses on request.
private actor Notes {
    private(set) var writes: [TrialWrite] = []
    func add(_ write: TrialWrite) {
        if !writes.contains(where: { $0.order.id == write.order.id }) { writes.append(write) }
    }
    func remove(_ id: String) { writes.removeAll { $0.order.id == id } }
}

private struct NotingJournal: Journal {
    let notes = Notes()
    var isFull = false

    func begin(trial write: TrialWrite) async throws(JournalFailure) {
        if isFull { throw JournalFailure(.storeIO, "the disk is full") }
        await notes.add(write)
    }
    func end(trial id: String) async throws(JournalFailure) { await notes.remove(id) }
    func trialWrites() async throws(JournalFailure) -> [TrialWrite] { await notes.writes }
    func begin(_ intent: Intent) async throws(JournalFailure) {}
    func end(_ receipt: Receipt) async throws(JournalFailure) {}
    func history(since: Instant) async throws(JournalFailure) -> DCV.History { .empty }
    func quarantine(publisher: String, reason: String, at: Instant) async throws(JournalFailure) {}
    func trust(publisher: String, at: Instant) async throws(JournalFailure) {}
    func toldFindings() async throws(JournalFailure) -> [ToldFinding] { [] }
    func keep(told: [ToldFinding]) async throws(JournalFailure) {}
    func hookTests() async throws(JournalFailure) -> [HookTest] { [] }
    func keep(_ test: HookTest) async throws(JournalFailure) {}
    func awaited(
        adding challenges: [AwaitedChallenge],
        forgetting: Set<AuthorizationKey>,
        since: Instant
    ) async throws(JournalFailure) -> [AwaitedChallenge] { challenges }
}

extension StartedHooks {
    @Suite(.startsProgramsAlone, .serialized, .timeLimit(.minutes(3)))
    struct HookTrialAfterwardsTests {
        private let folder: HookFolder
        /// What stands for the hook's own service.
        private let service: String

        init() throws {
            folder = try HookFolder()
            service = folder.path + "/service"
            try FileManager.default.createDirectory(atPath: service, withIntermediateDirectories: false)
            try #require(Startup.harden())
        }

        /// The skeleton, with something changed.
        private func hook(_ changes: [(String, String)]) async throws -> String {
            var text = HookSkeleton.text("h")
            for (from, to) in changes {
                try #require(text.contains(from), "the skeleton has changed: \(from)")
                text = text.replacing(from, with: to)
            }
            return try await folder.add("h-\(UUID().uuidString)", text)
        }

        private var elsewhere: (String, String) { ("folder=${DNSPROOF_SETTING_FOLDER-}", "folder='\(service)'") }
        private let cannotWithdraw = ("    rm -f \"$folder/$file\"", "    stop 1 \"it stays\"; : ")

        private func atService() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: service)
        }

        private struct Seen {
            let broken: [HookGuarantee]
            let misplaced: String?
            let leftovers: [RequiredRecord]
        }

        private func played(_ hook: String, hasOwnService: Bool) async throws -> Seen {
            try await TrialBench.onStage { stage in
                let trial = try TrialBench.trial(of: hook, stage, on: stage, hasOwnService: hasOwnService)
                let findings = await trial.run()
                return Seen(
                    broken: findings.filter { $0.state == .broken }.map(\.guarantee),
                    misplaced: await trial.misplaced,
                    leftovers: await trial.leftovers
                )
            }
        }

        /// It did as it was told, only where nobody looked: with settings of its own that is no fault, without them it is the lie.
        @Test func aHookThatWritesElsewhereIsTriedElsewhere() async throws {
            let hook = try await hook([elsewhere])
            let own = try await played(hook, hasOwnService: true)
            #expect(own.broken == [])
            #expect(own.misplaced?.contains("nothing of it came to the played server") == true)
            #expect(try own.leftovers == [] && atService() == [])
            let without = try await played(hook, hasOwnService: false)
            #expect(without.broken == [.publishes] && without.misplaced == nil)
            #expect(try without.leftovers == [] && atService() == [])
        }

        @Test func whatStaysElsewhereIsNamed() async throws {
            let hook = try await hook([elsewhere, cannotWithdraw])
            for hasOwnService in [true, false] {
                let seen = try await played(hook, hasOwnService: hasOwnService)
                #expect(seen.leftovers.count == 1)
                let left = try atService().map { try Files.read(service + "/" + $0, limitBytes: 1000) }
                let lines = left.map { String(decoding: $0, as: UTF8.self) }
                #expect(lines.contains { $0.contains(seen.leftovers.first?.value ?? "?") }, "\(lines)")
            }
        }

        /// What was shown here goes with the folder.
        @Test func whatStaysInThePlayedWorldIsNobodys() async throws {
            let seen = try await played(try await hook([cannotWithdraw]), hasOwnService: true)
            #expect(seen.broken == [.withdraws, .absentIsDone])
            #expect(seen.leftovers == [] && seen.misplaced == nil)
        }

        @Test(arguments: [
            ("stop 78 \"the token is wrong\"", "the token is wrong"), ("stop 69 \"no such zone\"", "no such zone"),
            ("stop 1 \"404\"", "nothing of it came"),
        ])
        func aRefusalWithSettingsOfItsOwnIsNoFault(refusal: String, words: String) async throws {
            let hook = try await hook([("publish | withdraw) ;;", "*) \(refusal) ;;\npublish) ;;")])
            let own = try await played(hook, hasOwnService: true)
            let verbs: [HookGuarantee] = refusal.contains("78") ? [] : [.unknownVerb]
            #expect(own.broken == verbs && own.misplaced?.contains(words) == true, "\(own)")
            #expect(own.leftovers.isEmpty == !refusal.contains("stop 1 "), "\(own)")
            let without = try await played(hook, hasOwnService: false)
            #expect(without.broken == [.publishes, .unknownVerb] && without.misplaced == nil, "\(without)")
        }

        /// Settings of its own excuse nothing where the played world was used.
        @Test func aHookThatCameHereIsJudgedHere() async throws {
            let good = try await played(try await hook([]), hasOwnService: true)
            #expect(good.broken == [] && good.misplaced == nil)
            let garbled = try await played(
                try await hook([("'%s %s %s\\n' \"$target\"", "'%s %s %s\\n' \"x$target\"")]),
                hasOwnService: true
            )
            #expect(garbled.broken == [.publishes] && garbled.misplaced == nil)
            let failing = try await hook([("    look_in_the_way\n", "    : >\"$folder/.x\"; stop 1 \"no luck\"\n")])
            #expect(try await played(failing, hasOwnService: true).broken == [.publishes])
        }

        /// A test that was killed leaves rows; the next one takes the records away, and the rows with them.
        @Test func whatATestLeavesIsNotedAndTakenAwayByTheNext() async throws {
            let (bad, good) = (try await hook([cannotWithdraw]), try await hook([]))
            let journal = NotingJournal()
            try await TrialBench.onStage { world in
                let stage = RealStage(world)
                let first = try TrialBench.trial(of: bad, world, on: stage, clock: HastyClock(), notes: journal)
                _ = await first.run()
                let noted = await journal.notes.writes
                #expect(await first.leftovers == noted.map(\.order.record) && !noted.isEmpty)
                #expect(try TrialBench.records(world).count == noted.count)
                #expect(noted.allSatisfy { $0.publisher == "test" && $0.order.zone == world.zone })
                let second = try TrialBench.trial(
                    of: good,
                    world,
                    on: stage,
                    notes: journal,
                    earlier: noted.map(\.order)
                )
                let findings = await second.run()
                #expect(findings.allSatisfy { $0.state != .broken })
                #expect(try TrialBench.records(world) == [])
                #expect(await second.leftovers == [])
                #expect(await journal.notes.writes == [])
            }
        }

        @Test func whatCannotBeNotedIsNotPublished() async throws {
            let journal = NotingJournal(isFull: true)
            let hook = try await hook([("    look_in_the_way\n", "    : >>'\(service)/asked'\n    look_in_the_way\n")])
            try await TrialBench.onStage { world in
                let trial = try TrialBench.trial(of: hook, world, on: RealStage(world), notes: journal)
                _ = await trial.run()
                #expect(try atService() == [] && TrialBench.records(world) == [])
                #expect(await trial.postponed?.contains("the disk is full") == true)
            }
        }

        /// The second wish to end leaves a hook that does not come back, and what it would not take away is named and noted.
        @Test func cleaningCanBeEndedToo() async throws {
            let journal = NotingJournal()
            let hook = try await hook([("    rm -f \"$folder/$file\"", "    sleep 50; : ")])
            try await TrialBench.onStage { world in
                let (ender, leaver) = (Ender(), Ender())
                let trial = try TrialBench.trial(of: hook, world, on: RealStage(world), notes: journal) { progress in
                    if progress == .trying(.withdraws) { ender.end() }
                    if case .takingAway = progress { leaver.end() }
                }
                let task = Task { await trial.run() }
                leaver.hold(
                    Task { () -> [HookTest.Finding] in
                        while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
                        await trial.leave()
                        return []
                    }
                )
                ender.hold(task)
                let began = ContinuousClock.now
                _ = await task.value
                #expect(ContinuousClock.now - began < .seconds(20))
                let left = await trial.leftovers
                #expect(left.count == 1)
                #expect(await trial.wasEnded)
                #expect(await journal.notes.writes.map(\.order.record) == left)
            }
        }
    }
}

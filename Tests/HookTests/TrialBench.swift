// What tests of `hook test` are made on: a played world, one that looks real, and a trial in either.
import DCV
import Foundation
import Platform
import Rehearsal
import Synchronization
import Testing

@testable import Agent

/// The loopback world as if it were a zone that others see.
struct RealStage: HookStage {
    private let world: LoopbackStage

    init(_ world: LoopbackStage) { self.world = world }

    var zone: DomainName { world.zone }
    var corner: DomainName { world.zone }
    var isReal: Bool { true }
    func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        await world.rrset(of: record, at: target)
    }
    func trace() async -> String? { nil }
    func plant(_ record: RequiredRecord) async -> Bool { false }
    func fallSilent(_ isSilent: Bool) async -> Bool { false }
}

/// Sleeps by moving on.
final class HastyClock: Clock {
    private let slept = Mutex<Int64>(0)
    func now() -> Instant { SystemClock().now() }
    func monotonicMilliseconds() -> Int64 { slept.withLock { $0 } }
    func sleep(milliseconds: Int64) async throws { slept.withLock { $0 += milliseconds } }
}

/// Ends a task that is told to it later, perhaps.
final class Ender: Sendable {
    private let state = Mutex<(task: Task<[HookTest.Finding], Never>?, isDue: Bool)>((nil, false))

    func hold(_ task: Task<[HookTest.Finding], Never>) {
        if state.withLock({ state in
            state.task = task
            return state.isDue
        }) {
            task.cancel()
        }
    }

    func end() {
        state.withLock { state in
            state.isDue = true
            return state.task
        }?.cancel()
    }
}

enum TrialBench {
    static func onStage<Value: Sendable>(_ work: (LoopbackStage) async throws -> Value) async throws -> Value {
        let result = try await PrivateFolder.with { place -> Result<Value, any Error> in
            do {
                let stage = try await LoopbackStage.start(in: place, clock: SystemClock(), random: SystemRandom())
                let result: Result<Value, any Error>
                do { result = .success(try await work(stage)) } catch { result = .failure(error) }
                await stage.shutdown()
                return result
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    static func trial(
        of program: String,
        _ loopback: LoopbackStage,
        on stage: any HookStage,
        silence: HookTrial.Silence = .usual,
        clock: any Clock = SystemClock(),
        hasOwnService: Bool = false,
        notes: (any Journal)? = nil,
        earlier: [PublishingOrder] = [],
        tell: @escaping @Sendable (HookTrial.Progress) -> Void = { _ in }
    ) throws -> HookTrial {
        let settings = loopback.settings
        return try HookTrial(
            .init(
                secrets: ["tsig_key": try #require(Secret(loopback.key.text.utf8))],
                hasOwnService: hasOwnService
            ) {
                (secrets, deadline, children) throws(ContractVariableError) in
                try HookPublisher(
                    name: "test",
                    program: program,
                    settings: settings,
                    secrets: secrets,
                    home: "/nonexistent",
                    deadlineMilliseconds: deadline,
                    children: children
                )
            },
            on: stage,
            children: ImpatientChildren(),
            clock: clock,
            random: SystemRandom(),
            silence: silence,
            notes: notes,
            earlier: earlier,
            tell: tell
        )
    }

    static func records(_ stage: LoopbackStage) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: try #require(stage.settings["folder"]))
    }
}

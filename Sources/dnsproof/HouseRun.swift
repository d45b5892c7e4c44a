// The wiring of one run: journal, lock and reconciler from the house, and the signals that end it early.
import Agent
import DCV
import Platform

extension House {
    func memory(isLookOnly: Bool) async throws -> (any Journal, any EffectLock) {
        let state = try state()
        do {
            if isLookOnly { return (try state.journalToRead(), NoLock()) }
            return (try await state.journal(), try state.lock())
        } catch {
            throw Ending(error.exitCode, [error.text])
        }
    }

    /// What tests of hooks found.
    func hookTests(_ journal: any Journal) async throws -> [HookTest] {
        do {
            return try await journal.hookTests()
        } catch {
            throw Ending(error.exitCode, [error.text])
        }
    }

    func reconciler(
        _ staff: Staff,
        _ providers: [any Provider],
        _ journal: any Journal,
        _ lock: any EffectLock,
        tests: [HookTest],
        tell: @escaping @Sendable (RunEvent) -> Void
    ) -> Reconciler {
        Reconciler(
            providers: providers,
            surveyor: surveyor,
            publishers: staff.publishers,
            journal: journal,
            lock: lock,
            outlived: OutlivedHooks(),
            clock: clock,
            random: random,
            rules: rules(staff.publishers, tests: tests),
            isLaboratory: isLaboratory,
            tell: tell
        )
    }
}

enum Stoppable {
    /// Work that is cancelled by the signals that ask the program to end: nothing new is begun, what is under way is finished.
    /// - Parameter notice: called at each signal, with how many came before it.
    static func run<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value,
        notice: @escaping @Sendable (Int) async -> Void = { _ in }
    ) async throws -> Value {
        let work = Task { try await work() }
        let listener = Task {
            guard let notices = Signals.stopNotices() else { return }
            var count = 0
            for await _ in notices {
                work.cancel()
                await notice(count)
                count += 1
            }
        }
        defer { listener.cancel() }
        return try await work.value
    }

    /// What is done after such a signal, and is told to end in its turn when it takes longer.
    static func last<Value: Sendable>(
        withinMilliseconds limit: Int64,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let work = Task { try await work() }
        let limiter = Task {
            try await SystemClock().sleep(milliseconds: limit)
            work.cancel()
        }
        defer { limiter.cancel() }
        return try await work.value
    }
}

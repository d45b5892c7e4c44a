// Whose turn it is: suites that start programs, a few at one time, and those that must be alone.
import Testing

/// Every suite that starts programs has one of these and is `.serialized`. So few tests run at one time that none is starved near its
/// deadline, and enough that no core is idle while one of them waits. A suite waits before its first test, where no time limit counts.
struct Turn: SuiteTrait, TestScoping {
    let isAlone: Bool

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing suite: @Sendable () async throws -> Void
    ) async throws {
        await Turns.all.begin(isAlone: isAlone)
        let result: Result<Void, any Error>
        do { result = .success(try await suite()) } catch { result = .failure(error) }
        await Turns.all.end(isAlone: isAlone)
        try result.get()
    }
}

extension Trait where Self == Turn {
    static var startsPrograms: Self { Turn(isAlone: false) }

    /// What leaves a hook's session is ended when no child runs any more: tests of that want no other child to run.
    static var startsProgramsAlone: Self { Turn(isAlone: true) }
}

private actor Turns {
    static let all = Turns()
    private static let width = 3

    private var free = width
    private var waiting: [(isAlone: Bool, go: CheckedContinuation<Void, Never>)] = []

    private static func places(_ isAlone: Bool) -> Int { isAlone ? width : 1 }

    func begin(isAlone: Bool) async {
        await withCheckedContinuation { go in
            waiting.append((isAlone, go))
            letIn()
        }
    }

    func end(isAlone: Bool) {
        free += Self.places(isAlone)
        letIn()
    }

    /// Whoever wants to be alone comes last: nobody waits for the others to be done then.
    private func letIn() {
        while let next = waiting.firstIndex(where: { !$0.isAlone }) ?? waiting.indices.first,
            free >= Self.places(waiting[next].isAlone)
        {
            let suite = waiting.remove(at: next)
            free -= Self.places(suite.isAlone)
            suite.go.resume()
        }
    }
}

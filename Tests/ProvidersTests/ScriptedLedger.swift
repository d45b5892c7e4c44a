// The count of calls in tests of what asks it: scripted admissions, and everything that was told.
import DCV
import Synchronization

/// Answers admissions from a script, grants or refuses everything after it, and keeps what it was told.
final class ScriptedLedger: CallLedger {
    static let now = Instant(millisecondsSinceEpoch: 1_800_000_000_000)
    static let limit = CallLimit(count: 7, windowMilliseconds: 5_000)

    private struct State {
        var script: [CallAdmission]
        var kinds: [CallKind] = []
        var limits: [[CallLimit]] = []
        var outcomes: [CallOutcome] = []
        var rests: [Instant?] = []
    }

    private let state: Mutex<State>
    private let afterwards: CallAdmission

    init(_ script: [CallAdmission], afterwards: CallAdmission = .granted) {
        state = Mutex(State(script: script))
        self.afterwards = afterwards
    }

    /// What was asked for, refusals included.
    var kinds: [CallKind] { state.withLock { $0.kinds } }
    var limits: [[CallLimit]] { state.withLock { $0.limits } }
    var rests: [Instant?] { state.withLock { $0.rests } }
    var outcomes: [CallOutcome] { state.withLock { $0.outcomes } }

    func admit(
        _ call: CallKind,
        to provider: ProviderName,
        under limits: [CallLimit],
        at now: Instant
    ) async -> CallAdmission {
        state.withLock { state in
            state.kinds.append(call)
            state.limits.append(limits)
            return state.script.isEmpty ? afterwards : state.script.removeFirst()
        }
    }

    func ended(_ outcome: CallOutcome, at provider: ProviderName, at now: Instant, restUntil: Instant?) async {
        state.withLock { state in
            state.outcomes.append(outcome)
            state.rests.append(restUntil)
        }
    }
}

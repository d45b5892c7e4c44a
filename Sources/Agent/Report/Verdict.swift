// The exit codes, decided in one place from what a run, a plan or a look came to.
package import DCV

/// Exit codes (DESIGN 8); several at once: the first of 78, 76, 74, 70, 4, 3, 0 that applies.
package enum ExitCode: Int32, Sendable {
    case done = 0
    /// Still pending; for `plan`: there is something to do; for `check`: not shown everywhere yet.
    case pending = 3
    /// A person must act.
    case person = 4
    case usage = 64
    case software = 70
    case storeIO = 74
    /// Locked by another run, or ended by a signal.
    case temporary = 75
    case stateRefused = 76
    case configuration = 78

    /// For documents: a word that says the same as the number.
    package var word: String {
        switch self {
        case .done: "done"
        case .pending: "pending"
        case .person: "person"
        case .usage: "usage"
        case .software: "software"
        case .storeIO: "store-io"
        case .temporary: "temporary"
        case .stateRefused: "state-refused"
        case .configuration: "configuration"
        }
    }
}

extension RunReport {
    package var exitCode: ExitCode {
        switch ending {
        case .locked, .stopped: .temporary
        case .outlived: .person
        case .nothingSelected: plan.exitCode == .person ? .person : .pending
        case .quiet, .waiting, .dryRun: plan.exitCode
        }
    }
}

extension Plan {
    package var exitCode: ExitCode {
        if findings.contains(where: { $0.severity == .error }) { return .person }
        let isPending =
            !effects.isEmpty || !waits.isEmpty || findings.contains { $0.severity == .waiting }
        return isPending ? .pending : .done
    }
}

extension JournalFailure {
    package var exitCode: ExitCode {
        switch kind {
        case .storeIO: .storeIO
        case .stateRefused: .stateRefused
        }
    }
}

/// What `check` says of one record.
package enum CheckVerdict: String, Sendable, Codable {
    /// A CA that looks now will see it.
    case ready
    /// Not everywhere yet; time or a publication will mend it.
    case notReady = "not-ready"
    /// Somebody must repair something first.
    case never
    /// It could not be seen.
    case cannotTell = "cannot-tell"

    package init(_ propagation: Propagation) {
        switch propagation {
        case .complete: self = .ready
        // Where nobody who answered lacks it, the others may show it or not.
        case .incomplete(let lacking, _) where lacking.allSatisfy(\.sighting.isBlind): self = .cannotTell
        case .missing, .incomplete: self = .notReady
        case .contradicted: self = .never
        case .cannotTell(_, let problems):
            let isForPeople = problems.contains { $0.isPermanent }
            self = isForPeople ? .never : .cannotTell
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .ready: .done
        case .notReady, .cannotTell: .pending
        case .never: .person
        }
    }
}

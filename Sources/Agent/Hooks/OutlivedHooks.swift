// Hooks that outlived the run that started them, because that was killed: found by the intent they were started for, and ended.
import DCV
import Platform

/// Ends the work of runs that could not end it themselves, before another run does any.
package protocol OutlivedEffects: Sendable {
    /// Ends every program that still works for one of these intents. False as `isOver` when one could not be ended.
    func end(_ intents: [String]) async -> (met: Set<String>, isOver: Bool)
}

/// Hooks carry their intent's id in their environment, and the intent is on the disk before they start: no moment lies between.
package struct OutlivedHooks: OutlivedEffects {
    package init() {}

    package func end(_ intents: [String]) async -> (met: Set<String>, isOver: Bool) {
        let found = await ChildRemainder.end(ContractProgram.prefix + ContractProgram.idVariable, intents)
        return (found.values, found.hasEnded)
    }
}

/// Of a world in which no run was ever killed.
package struct NothingOutlived: OutlivedEffects {
    package init() {}
    package func end(_ intents: [String]) async -> (met: Set<String>, isOver: Bool) { ([], true) }
}

extension History {
    /// What was begun and never ended, by recent runs: no hook lives longer than a day (`ChildCommand`).
    func unended(since: Instant) -> [Intent] {
        entries.filter { $0.receipt == nil && $0.intent.at >= since }.map(\.intent)
    }
}

extension Intent {
    func outlivedRun(isOver: Bool) -> Finding {
        let work: String? =
            switch effect {
            case .publish(let record, _, _, let publisher): "to publish \(record) through \(publisher)"
            case .withdraw(let record, _, _, let publisher): "to withdraw \(record) through \(publisher)"
            case .changeMethod, .trigger, .revalidate: nil
            }
        return Finding(
            "hook-outlived-run",
            isOver ? .notice : .error,
            subject: subject,
            saw: "what was begun at \(at.utcText) \(work ?? "(\(effect.code))") still ran, though its run is gone"
                + (isOver ? "; it was ended" : "; it could not be ended"),
            wanted: "one hook at a time",
            advice: isOver
                ? "nothing now; find out what kills runs (out of memory, a time limit of cron or systemd)"
                : "end the program that has \(ContractProgram.prefix)\(ContractProgram.idVariable)=\(id) in its environment; "
                    + "until then nothing is published"
        )
    }
}

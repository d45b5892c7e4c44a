// How one call of a hook under test is judged: from two looks at the servers and the exit code, each held against the other.

extension HookVerdict {
    /// What was seen that must not be; nil when the call had its effect, no other, and the hook said so. Where nobody could look at all,
    /// nothing is known: see `isBlind`.
    package func fault(_ effect: Effect, _ outcome: HookOutcome) -> String? {
        var seen: [String] = []
        if !lost.isEmpty { seen.append("it took away \(Self.list(lost))") }
        if !added.isEmpty { seen.append("it added \(Self.list(added))") }
        if !unsettled.isEmpty {
            seen.append(effect == .publish ? "the value is not shown" : "the value is still shown")
        }
        if outcome != .done {
            seen.append(unsettled.isEmpty ? "it had its effect, and \(outcome.words)" : outcome.words)
        } else if !unsettled.isEmpty {
            seen.append("it exited 0")
        }
        return seen.isEmpty ? nil : seen.joined(separator: "; ")
    }

    /// No server answered before and after: what the hook did cannot be known.
    package var isBlind: Bool { settled.isEmpty && unsettled.isEmpty }

    private static func list(_ values: [OctetText]) -> String {
        values.prefix(3).map { "\"\($0.shortened(limitBytes: 60))\"" }.joined(separator: ", ")
            + (values.count > 3 ? " and more" : "")
    }
}

extension HookOutcome {
    /// For a sentence about the hook.
    package var words: String {
        switch self {
        case .done: "it exited 0"
        case .notMyZone(let reason): "it said \"not my zone\": \(reason)"
        case .tryLater(let reason): "it said \"try later\": \(reason)"
        case .misconfigured(let reason): "it said \"misconfigured\": \(reason)"
        case .failed(let reason): "it failed: \(reason)"
        }
    }
}

// One start of a provider's program: which verb with which data, and what its ending means for the caller.
import DCV
import Platform

/// The verbs; each is the one argument of its call.
enum ExecutableVerb: String, Sendable, CaseIterable {
    case list, trigger, change, revalidate

    var kind: CallKind {
        switch self {
        case .list: .read
        case .trigger: .trigger
        case .change: .change
        case .revalidate: .revalidate
        }
    }

    /// Whether it changes something at the CA.
    var isEffect: Bool { self != .list }

    /// A list of a large account is many calls of the provider's API.
    var deadlineMilliseconds: Int64 { self == .list ? 300_000 : 60_000 }
    var outputLimitBytes: Int {
        self == .list ? ExecutableDocument.limitBytes : ChildCommand.defaultOutputLimitBytes
    }
}

struct ExecutableCall: Sendable {
    let provider: ProviderName
    let verb: ExecutableVerb
    /// Nil for the list of everything.
    var authorization: Authorization?
    /// Asked for, or the present one for `trigger`.
    var method: ValidationMethod?

    /// For people: `trigger 4f2a`.
    var text: String { authorization.map { "\(verb.rawValue) \($0.key.id)" } ?? verb.rawValue }

    var fields: [ContractField] {
        var fields: [ContractField] = []
        if let authorization {
            fields.append(field("AUTHORIZATION", "authorization", authorization.key.id.text))
            fields.append(field("SCOPE", "scope", authorization.scope))
        }
        if let method { fields.append(field("METHOD", "method", method.rawValue)) }
        if verb.isEffect, let intent = AskedUnder.intent {
            fields.append(field(ContractProgram.idVariable, "id", intent))
        }
        return fields
    }

    private func field(_ variable: String, _ key: String, _ text: String) -> ContractField {
        ContractField(variable: variable, key: key, value: .string(text))
    }

    /// What an ending other than exit 0 means; `reason` is the program's last line, harmless.
    func failure(_ ending: ChildResult.Ending, _ reason: String) -> ProviderFailure {
        switch ending {
        case .exited(ContractExit.verbUnknown): return verbUnknown(reason)
        case .exited(ContractExit.notMine): return notMine(reason)
        case .exited(ContractExit.tryLater), .noRoom:
            return failure(.temporary, ProviderFindingCode.fault, .waiting, reason, "nothing, if it passes")
        case .exited(ContractExit.credentialRefused):
            let advice = "give the credential the right that the program names, or put another one in its place"
            return failure(.unauthorized, ProviderFindingCode.unauthorized, .error, reason, advice)
        case .exited(ContractExit.misconfigured), .notStarted:
            let advice = "correct the provider's settings, or the program"
            return failure(.refused, ProviderFindingCode.misconfigured, .error, reason, advice)
        case .exited where !verb.isEffect:
            let advice = "run it by hand (hooks/providers/README.md); it exits 75 for what passes by itself"
            return failure(.temporary, ProviderFindingCode.programFailed, .error, reason, advice)
        case .signaled where !verb.isEffect, .timedOut where !verb.isEffect, .cancelled where !verb.isEffect:
            let advice = "nothing, if it passes; else run the program by hand (hooks/providers/README.md)"
            return failure(.temporary, ProviderFindingCode.programFailed, .waiting, reason, advice)
        case .exited, .signaled, .timedOut, .cancelled:
            let advice = "nothing: the state is read again before anything is repeated"
            return failure(.unknownEffect, ProviderFindingCode.effectUnknown, .waiting, reason, advice)
        }
    }

    private func verbUnknown(_ reason: String) -> ProviderFailure {
        guard verb.isEffect else {
            let advice = "every program must know list (hooks/providers/README.md)"
            return failure(.refused, ProviderFindingCode.misconfigured, .error, reason, advice)
        }
        let advice = "let the program leave it out of the authorization's capabilities"
        return failure(.refused, ProviderFindingCode.actionNotPossible, .error, reason, advice)
    }

    private func notMine(_ reason: String) -> ProviderFailure {
        guard authorization != nil else {
            let advice = "correct the provider's settings: the program finds nothing of its own there"
            return failure(.refused, ProviderFindingCode.misconfigured, .error, reason, advice)
        }
        let advice = "nothing: it was replaced or deleted; the next run reads the list anew"
        return failure(.refused, ProviderFindingCode.authorizationGone, .waiting, reason, advice)
    }

    func failure(
        _ kind: ProviderFailure.Kind,
        _ code: String,
        _ severity: Finding.Severity,
        _ saw: String,
        _ advice: String,
        wanted: String? = nil,
        retryAfterSeconds: Int64? = nil
    ) -> ProviderFailure {
        let finding = Finding(
            code,
            severity,
            subject: "\(provider): \(text)",
            saw: saw,
            wanted: wanted,
            advice: advice
        )
        return ProviderFailure(kind, finding, retryAfterSeconds: retryAfterSeconds)
    }
}

extension ProviderFailure {
    /// Whether the program, or what it talks to, is what failed: the circuit counts these alone.
    var countsAgainstTheProvider: Bool { kind == .temporary || kind == .unknownEffect }
}

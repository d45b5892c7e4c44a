// A provider that is a program of the operator's: which starts are made for a reading, a look, a trigger, a change.
package import DCV
import Platform
import Synchronization

package final class ExecutableProvider: Provider {
    static let kind = "executable"

    private let configuration: ExecutableConfiguration
    private let surroundings: ProviderSurroundings
    /// A refused credential: the program is not started again in this process, for repeated refusals lock accounts.
    private let refusal = Mutex<ProviderFailure?>(nil)

    package init(_ configuration: ExecutableConfiguration, _ surroundings: ProviderSurroundings) {
        self.configuration = configuration
        self.surroundings = surroundings
    }

    package var name: ProviderName { configuration.name }

    package func read() async -> ProviderReading {
        switch await list(ExecutableCall(provider: name, verb: .list)) {
        case .success(let document):
            ProviderReading(
                provider: name,
                authorizations: document.authorizations,
                findings: document.findings,
                isComplete: document.isComplete
            )
        case .failure(let failure):
            ProviderReading(provider: name, authorizations: [], findings: [failure.finding], isComplete: false)
        }
    }

    /// The program is told which one is meant and may list that alone.
    package func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> {
        let call = ExecutableCall(provider: name, verb: .list, authorization: authorization)
        switch await list(call) {
        case .failure(let failure): return .failure(failure)
        case .success(let document):
            let same = document.authorizations.filter { $0.key == authorization.key }
            if let only = same.first, same.count == 1 { return .success(only) }
            guard same.isEmpty, document.isComplete else {
                let saw = same.isEmpty ? "a list without it that is not complete" : "it is listed \(same.count) times"
                return .failure(notUnderstood(call, saw, wanted: "the authorization, once"))
            }
            let advice = "nothing: it was replaced or deleted; the next run reads the list anew"
            let saw = "the program no longer lists it"
            return .failure(call.failure(.refused, ProviderFindingCode.authorizationGone, .waiting, saw, advice))
        }
    }

    package func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        let call = ExecutableCall(
            provider: name,
            verb: .trigger,
            authorization: authorization,
            method: authorization.method
        )
        guard authorization.capabilities.triggers.contains(style) else { return .failure(notOffered(call)) }
        return await perform(call)
    }

    package func changeMethod(
        of authorization: Authorization,
        to method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        let call = ExecutableCall(provider: name, verb: .change, authorization: authorization, method: method)
        guard authorization.capabilities.methods.contains(method), authorization.method != method else {
            return .failure(notOffered(call))
        }
        return await perform(call)
    }

    package func revalidate(
        _ authorization: Authorization,
        by method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        let call = ExecutableCall(provider: name, verb: .revalidate, authorization: authorization, method: method)
        guard authorization.capabilities.revalidations.contains(method) else { return .failure(notOffered(call)) }
        return await perform(call)
    }

    package func examine() async -> ProviderExamination {
        typealias Right = ProviderExamination.Right
        let call = ExecutableCall(provider: name, verb: .list)
        let purpose = "read what waits for validation"
        switch await list(call) {
        case .failure(let failure):
            let state: Right.State = failure.kind == .unauthorized ? .missing : .unknown
            let right = Right(call.verb.rawValue, for: purpose, state, detail: failure.finding.saw)
            return ProviderExamination(
                provider: name,
                kind: Self.kind,
                scope: nil,
                rights: [right],
                findings: [failure.finding]
            )
        case .success(let document):
            let listed = document.authorizations
            func right(_ verb: ExecutableVerb, _ purpose: String, _ offers: (Capabilities) -> Bool) -> Right {
                let count = listed.count { offers($0.capabilities) }
                return count > 0
                    ? Right(verb.rawValue, for: purpose, .granted, detail: "offered for \(count) of \(listed.count)")
                    : Right(verb.rawValue, for: purpose, .unknown, detail: "offered for none that is listed now")
            }
            let blocking = listed.flatMap(\.findings).filter { $0.severity == .error }
            return ProviderExamination(
                provider: name,
                kind: Self.kind,
                scope: listed.count == 1 ? "1 authorization" : "\(listed.count) authorizations",
                rights: [
                    Right(call.verb.rawValue, for: purpose, .granted),
                    right(.trigger, "tell the provider to look") { !$0.triggers.isEmpty },
                    right(.change, "change the validation method") { !$0.methods.isEmpty },
                    right(.revalidate, "begin a new proof before the old one ends") { !$0.revalidations.isEmpty },
                ],
                findings: document.findings + blocking
            )
        }
    }
}

extension ExecutableProvider {
    private func list(_ call: ExecutableCall) async -> Result<ExecutableDocument, ProviderFailure> {
        let result: ChildResult
        switch await start(call) {
        case .failure(let failure): return .failure(failure)
        case .success(let ended): result = ended
        }
        var answer: Result<ExecutableDocument, ProviderFailure>
        do throws(DocumentFault) {
            guard !result.output.isTruncated else {
                let wanted = "at most \(ExecutableDocument.limitBytes) bytes"
                throw DocumentFault(path: "$", saw: "more than \(ExecutableDocument.limitBytes) bytes", wanted: wanted)
            }
            answer = .success(
                try ExecutableDocument(result.output.bytes, from: name, mask: configuration.program.mask)
            )
        } catch {
            answer = .failure(notUnderstood(call, "\(error.path): \(error.saw)", wanted: error.wanted))
        }
        await tell(answer.failure)
        return answer
    }

    private func perform(_ call: ExecutableCall) async -> Result<Void, ProviderFailure> {
        let answer = await start(call)
        if case .success = answer { await tell(nil) }
        return answer.map { _ in }
    }

    /// Success is exit 0, and the caller tells the ledger how it went on; a failure has been told.
    private func start(_ call: ExecutableCall) async -> Result<ChildResult, ProviderFailure> {
        if let refusal = refusal.withLock({ $0 }) { return .failure(refusal) }
        if let failure = await refusalOfTheLedger(call) { return .failure(failure) }
        let result: ChildResult
        do {
            result = try await configuration.program.start(
                call.verb.rawValue,
                call.fields,
                deadlineMilliseconds: call.verb.deadlineMilliseconds,
                outputLimitBytes: call.verb.outputLimitBytes
            )
        } catch {
            let saw = "the program was not started, it has no private folder: \(error)"
            return .failure(
                call.failure(.temporary, ProviderFindingCode.programFailed, .waiting, saw, "make room there")
            )
        }
        if result.ending == .exited(0) { return .success(result) }
        let failure = call.failure(result.ending, configuration.program.reason(of: result))
        if failure.kind == .unauthorized { refusal.withLock { $0 = failure } }
        await tell(failure)
        return .failure(failure)
    }

    /// What ended because this run was told to end says nothing about the provider.
    private func tell(_ failure: ProviderFailure?) async {
        guard !Task.isCancelled else { return }
        let outcome: CallOutcome = failure?.countsAgainstTheProvider == true ? .failed : .answered
        await surroundings.ledger.ended(outcome, at: name, at: surroundings.clock.now())
    }

    /// Nil when the start is counted and may be made. A program's limits are its own: only its failures count here.
    private func refusalOfTheLedger(_ call: ExecutableCall) async -> ProviderFailure? {
        let now = surroundings.clock.now()
        let code: String
        let saw: String
        let free: Instant
        switch await surroundings.ledger.admit(call.verb.kind, to: name, under: [], at: now) {
        case .granted: return nil
        case .open(let until, let failures):
            code = ProviderFindingCode.circuitOpen
            saw = "it failed \(failures) times in a row and is left alone for a while"
            free = until
        case .resting(let until):
            code = ProviderFindingCode.rateLimited
            saw = "it named a time to come back, to an earlier run or to another one of now"
            free = until
        case .spent(let until, let limit):
            code = ProviderFindingCode.budgetSpent
            saw = "\(limit.count) starts in \(limit.windowMilliseconds / 1000) s, which is its limit"
            free = until
        }
        return call.failure(
            .temporary,
            code,
            .waiting,
            saw,
            "nothing: it is started again after the pause",
            retryAfterSeconds: max(free.secondsRoundedUp(since: now), 1)
        )
    }

    private func notUnderstood(_ call: ExecutableCall, _ saw: String, wanted: String) -> ProviderFailure {
        let advice = "nothing is concluded from it; correct the program (hooks/providers/README.md)"
        return call.failure(
            .temporary,
            ProviderFindingCode.answerNotUnderstood,
            .error,
            saw,
            advice,
            wanted: wanted
        )
    }

    private func notOffered(_ call: ExecutableCall) -> ProviderFailure {
        let saw = "the authorization's capabilities do not offer this"
        let advice = "nothing was started; read the provider anew"
        return call.failure(.refused, ProviderFindingCode.actionNotPossible, .error, saw, advice)
    }
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}

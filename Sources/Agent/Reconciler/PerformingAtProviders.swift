// Carrying out what is asked of a provider: a fresh read, intent row, one call, receipt row.
import DCV

extension Reconciler {
    /// A trigger, a change of method or a revalidation: only after a fresh read that still shows the same state and tokens.
    func ask(
        _ authorization: Authorization,
        _ title: String?,
        _ effect: Effect,
        _ situation: Situation
    ) async throws(JournalFailure) -> PerformedStep.Result {
        guard let provider = providers.first(where: { $0.name == authorization.key.provider }) else {
            return .superseded(because: "no provider is named \"\(authorization.key.provider)\"")
        }
        let fresh: Authorization
        switch await provider.refresh(authorization) {
        case .failure(let failure): return .superseded(because: "it could not be read afresh: \(failure.finding.saw)")
        case .success(let read): fresh = read
        }
        if let news = Self.news(fresh, since: authorization) { return .superseded(because: news) }
        let intent = intent(fresh.key, title, fresh.scope, effect, fresh.tokenGeneration)
        try await journal.begin(intent)
        let answer: Result<Void, ProviderFailure> = await AskedUnder.$intent.withValue(intent.id) {
            switch effect {
            case .trigger(let style): await provider.trigger(fresh, style: style)
            case .changeMethod(let method): await provider.changeMethod(of: fresh, to: method)
            case .revalidate(let method): await provider.revalidate(fresh, by: method)
            case .publish, .withdraw: .success(())
            }
        }
        let result: PerformedStep.Result
        var floorSeconds = BackOff.firstSeconds
        switch answer {
        case .success: result = .done
        case .failure(let failure):
            floorSeconds = max(failure.retryAfterSeconds ?? 0, BackOff.firstSeconds)
            let saw = failure.finding.saw
            result =
                switch failure.kind {
                case .unknownEffect: .unknown(reason: saw)
                case .looked: .missed(reason: saw)
                case .temporary, .unauthorized, .refused: .failed(code: failure.finding.code, reason: saw)
                }
        }
        try await journal.end(receipt(intent, result, situation, floorSeconds: floorSeconds))
        return result
    }

    /// What has changed at the provider since the decision was made; nil when nothing that matters has.
    private static func news(_ fresh: Authorization, since decided: Authorization) -> String? {
        if fresh.status != decided.status { return "the provider now says \"\(fresh.providerStatus.shortened())\"" }
        if fresh.tokenGeneration != decided.tokenGeneration { return "the provider has issued other tokens meanwhile" }
        // A provider may change the method by itself; a recheck with the old one would change it back and void the tokens.
        if fresh.method != decided.method { return "the provider has changed the validation method meanwhile" }
        if fresh.proof != decided.proof { return "the provider has renewed the proof meanwhile" }
        return fresh.mayBeActedOn ? nil : "the provider now shows something that people must look at"
    }
}

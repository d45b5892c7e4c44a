// A call to a provider that gave no usable answer: what is told about it, how far it reaches, and whether it may be repeated. The same for
// every provider.
import DCV
import Platform

struct APIFault: Error, Sendable {
    /// How far the fault reaches.
    enum Reach: Sendable {
        /// This call alone.
        case call
        /// What this call is about (a zone, a domain, an order): the credential has no right there, elsewhere it may.
        case part
        /// Every call: the credential is refused, or the account must pause.
        case everything
    }

    let failure: ProviderFailure
    let reach: Reach
    /// Whether a read may be repeated shortly.
    let mayPassSoon: Bool

    /// The same with a name for people, where the call shows an id alone.
    func about(_ name: String) -> APIFault {
        guard reach != .everything else { return self }
        let finding = failure.finding.about("\(failure.finding.subject) (\(name))")
        let failure = ProviderFailure(failure.kind, finding, retryAfterSeconds: failure.retryAfterSeconds)
        return APIFault(failure: failure, reach: reach, mayPassSoon: mayPassSoon)
    }

    /// Whether the provider, or the way to it, is what failed: the circuit counts these alone. A refusal is an answer.
    var isProvidersFailure: Bool {
        switch failure.kind {
        case .temporary, .unknownEffect: failure.finding.code != ProviderFindingCode.rateLimited
        case .unauthorized, .refused, .looked: false
        }
    }
}

/// Puts faults of one call into words; each provider's judge decides which fault an answer is.
struct APIFaultWriter: Sendable {
    /// Bytes of an answer that are shown when it is not understood.
    static let excerptBytes = 120
    static let retryAfterLimitsSeconds: ClosedRange<Int64> = 1...86_400

    let provider: ProviderName
    /// The call for people: `GET /zones/.../ssl/verification`.
    let callText: String
    let isEffect: Bool
    /// What the provider documents: "Cloudflare's JSON envelope with success and result".
    let documented: String

    func fault(
        _ kind: ProviderFailure.Kind,
        _ code: String,
        _ severity: Finding.Severity,
        _ saw: String,
        _ advice: String,
        wanted: String? = nil,
        retryAfterSeconds: Int64? = nil,
        reach: APIFault.Reach = .call,
        mayPassSoon: Bool = false
    ) -> APIFault {
        let finding = Finding(
            code,
            severity,
            subject: "\(provider): \(callText)",
            saw: saw,
            wanted: wanted,
            advice: advice
        )
        let failure = ProviderFailure(kind, finding, retryAfterSeconds: retryAfterSeconds)
        return APIFault(failure: failure, reach: reach, mayPassSoon: mayPassSoon)
    }

    /// No answer came.
    func judge(_ failure: HTTPFailure) -> APIFault {
        if isEffect, failure.mayHaveArrived { return effectUnknown("\(failure)") }
        switch failure {
        case .refused(let reason):
            let saw = "the request was not sent: \(reason)"
            let advice = "correct the endpoint or the credential in the configuration"
            return fault(.refused, ProviderFindingCode.refused, .error, saw, advice)
        case .tooLarge, .malformedAnswer: return notUnderstood(saw: "\(failure)")
        case .unreachable, .noRoute, .brokenOff: return unreachable(failure, mayPassSoon: true)
        case .tlsFailed, .timedOut, .cancelled: return unreachable(failure, mayPassSoon: false)
        }
    }

    private func unreachable(_ failure: HTTPFailure, mayPassSoon: Bool) -> APIFault {
        fault(
            .temporary,
            ProviderFindingCode.unreachable,
            .waiting,
            "\(failure)",
            "nothing, if it passes; else look at the network and at the configured endpoint",
            mayPassSoon: mayPassSoon
        )
    }

    /// The provider, or its gateway, asks for a pause.
    func rateLimited(_ saw: String, retryAfterSeconds: Int64) -> APIFault {
        fault(
            .temporary,
            ProviderFindingCode.rateLimited,
            .waiting,
            saw,
            "nothing: it is asked again after the pause",
            retryAfterSeconds: retryAfterSeconds,
            reach: .everything
        )
    }

    /// A fault on the provider's side. A lost effect is another matter: see `effectUnknown`.
    func providersFault(_ saw: String, _ response: HTTPResponse) -> APIFault {
        let pause = retryAfter(response)
        // 503 with a time says how long the whole service will be away (RFC 9110 15.6.4).
        return fault(
            .temporary,
            ProviderFindingCode.fault,
            .waiting,
            saw,
            "nothing, if it passes; else look at the provider's status page",
            retryAfterSeconds: pause,
            reach: response.status == 503 && pause != nil ? .everything : .call,
            mayPassSoon: response.status >= 500 && pause == nil
        )
    }

    func refused(_ saw: String) -> APIFault {
        fault(
            .refused,
            ProviderFindingCode.refused,
            .error,
            saw,
            "read what the provider says; the request will not be accepted as it is"
        )
    }

    func notUnderstood(_ response: HTTPResponse, _ reason: String) -> APIFault {
        let excerpt = OctetText(response.body).shortened(limitBytes: Self.excerptBytes)
        let saw = "HTTP \(response.status), \(reason); it begins: \"\(excerpt)\""
        return isEffect ? effectUnknown(saw) : notUnderstood(saw: saw)
    }

    /// A document that is not what this call is documented to give.
    func notUnderstood(saw: String) -> APIFault {
        fault(
            .temporary,
            ProviderFindingCode.answerNotUnderstood,
            .waiting,
            saw,
            "nothing is concluded from it; if it stays, look at the endpoint and at what stands between",
            wanted: documented
        )
    }

    func effectUnknown(_ saw: String) -> APIFault {
        fault(
            .unknownEffect,
            ProviderFindingCode.effectUnknown,
            .waiting,
            saw,
            "nothing: the state is read again before anything is repeated",
            wanted: "an answer to a request that may have had its effect"
        )
    }

    /// `retry-after` in seconds, clamped; what is no digits counts as absent. A date has become seconds before: see `AnswerPreparation`.
    func retryAfter(_ response: HTTPResponse) -> Int64? {
        guard let text = response.headers["retry-after"], !text.isEmpty, text.utf8.allSatisfy(ASCII.isDigit) else {
            return nil
        }
        let limits = Self.retryAfterLimitsSeconds
        return min(max(Int64(text) ?? limits.upperBound, limits.lowerBound), limits.upperBound)
    }
}

// What an answer of Cloudflare's API means for us: a document to map, or a fault with what may be done next. Pure.
import DCV
import Platform

/// A call that gave no document.
struct CloudflareFault: Error, Sendable {
    /// How far the fault reaches.
    enum Reach: Sendable {
        /// This call alone.
        case call
        /// What this call is about: the credential has no right there, elsewhere it may.
        case zone
        /// Every call: the credential is refused, or the account must pause.
        case everything
    }

    let failure: ProviderFailure
    let reach: Reach
    /// Whether a read may be repeated shortly.
    let mayPassSoon: Bool

    /// The same with the zone's name, for people: the call shows its id alone.
    func about(_ zone: CloudflareZone) -> CloudflareFault {
        guard reach != .everything else { return self }
        let told = failure.finding
        let finding = Finding(
            told.code,
            told.severity,
            subject: "\(told.subject) (\(zone.name))",
            saw: told.saw,
            wanted: told.wanted,
            advice: told.advice
        )
        let failure = ProviderFailure(failure.kind, finding, retryAfterSeconds: failure.retryAfterSeconds)
        return CloudflareFault(failure: failure, reach: reach, mayPassSoon: mayPassSoon)
    }
}

/// Judges answers to one call.
struct CloudflareJudge: Sendable {
    /// A longer answer is not read.
    static let bodyLimitBytes = 4 << 20
    /// Bytes of an answer that are shown when it is not understood.
    static let excerptBytes = 120
    /// Cloudflare blocks an account for five minutes once it asked too often; taken when the answer names no time.
    static let pauseSeconds: Int64 = 300
    static let retryAfterLimitsSeconds: ClosedRange<Int64> = 1...86_400

    // Cloudflare documents few of its codes; these were seen (10000 also when the permission is missing).
    private static let credentialCodes: Set<Int64> = [1000, 1001, 6003, 9103, 9106, 9109, 9300, 10000]
    private static let rateCodes: Set<Int64> = [971, 10100, 10429]
    // 1406: the certificate service answered badly; 1482: the previous job is still running.
    private static let passingCodes: Set<Int64> = [1406, busyCode]
    /// The one fault on the provider's side that says that nothing was begun.
    private static let busyCode: Int64 = 1482
    /// An internal error, unless its text says that the token may not use this method.
    private static let ambiguousCode: Int64 = 10001
    private static let passingStatuses: Set<Int> = [408, 409]

    let provider: ProviderName
    let call: CloudflareCall

    func judge(_ response: HTTPResponse) -> Result<JSONValue, CloudflareFault> {
        // What an encoding hides is not guessed: only a status that stops everything counts.
        if let encoding = response.foreignEncoding {
            return .failure(refusal(response, []) ?? notUnderstood(response, "\(encoding), which was not asked for"))
        }
        let parsed = Result { () throws(JSONError) in
            try StrictJSON.parse(response.body, limitBytes: Self.bodyLimitBytes)
        }
        let document = try? parsed.get()
        let errors = CloudflareError.list(in: document?["errors"])
        // Codes count only in answers that failed: a token's verification says 10000 and means that all is well.
        let hasFailed = !(200..<300).contains(response.status) || document?["success"]?.bool == false
        if hasFailed { return .failure(refusal(response, errors) ?? requestFault(response, errors)) }
        switch parsed {
        case .failure(let error): return .failure(notUnderstood(response, "\(error)"))
        case .success(let document): return accepted(document, response)
        }
    }

    /// No answer came.
    func judge(_ failure: HTTPFailure) -> CloudflareFault {
        if call.isEffect, failure.mayHaveArrived { return effectUnknown("\(failure)") }
        switch failure {
        case .refused(let reason):
            let saw = "the request was not sent: \(reason)"
            let advice = "correct the endpoint or the credential in the configuration"
            return fault(.refused, ProviderFindingCode.refused, .error, saw, advice)
        case .tooLarge, .malformedAnswer: return notUnderstood(saw: "\(failure)")
        case .unreachable, .brokenOff: return unreachable(failure, mayPassSoon: true)
        case .tlsFailed, .timedOut, .cancelled: return unreachable(failure, mayPassSoon: false)
        }
    }

    private func unreachable(_ failure: HTTPFailure, mayPassSoon: Bool) -> CloudflareFault {
        fault(
            .temporary,
            ProviderFindingCode.unreachable,
            .waiting,
            "\(failure)",
            "nothing, if it passes; else look at the network and at the configured endpoint",
            mayPassSoon: mayPassSoon
        )
    }
}

extension CloudflareJudge {
    /// Answers that forbid going on: the credential, or the pace.
    private func refusal(_ response: HTTPResponse, _ errors: [CloudflareError]) -> CloudflareFault? {
        let codes = Set(errors.flatMap { $0.codes })
        let said = said(response, errors)
        if response.status == 429 || !codes.isDisjoint(with: Self.rateCodes) {
            return fault(
                .temporary,
                ProviderFindingCode.rateLimited,
                .waiting,
                said,
                "nothing: it is asked again after the pause",
                retryAfterSeconds: retryAfter(response) ?? Self.pauseSeconds,
                reach: .everything
            )
        }
        let words = errors.map { $0.words }.joined(separator: " ")
        let isCredentialCode =
            !codes.isDisjoint(with: Self.credentialCodes) && !(codes.contains(1000) && words.contains("timeout"))
            || codes.contains(Self.ambiguousCode) && words.contains("not allowed")
        guard [401, 403].contains(response.status) || isCredentialCode else { return nil }
        return unauthorized(response, codes, words, said)
    }

    private func unauthorized(
        _ response: HTTPResponse,
        _ codes: Set<Int64>,
        _ words: String,
        _ said: String
    ) -> CloudflareFault {
        // A missing right looks like this too; everything else is wrong with the credential itself.
        let mayBeThisZone =
            call.isAboutOneZone && response.status == 403
            && (codes.isEmpty || codes.contains(10000) || words.contains("unauthorized to access requested resource")
                || words.contains("not allowed"))
        return fault(
            .unauthorized,
            ProviderFindingCode.unauthorized,
            .error,
            said,
            "check the credential (existing, not expired, allowed from this address) and give it the permissions "
                + "\"\(CloudflareCall.Permission.zoneRead.rawValue)\" and "
                + "\"\(CloudflareCall.Permission.certificates.rawValue)\" for this zone; "
                + "it is not tried again in this run",
            wanted: "a credential with the permission \"\(call.permission.rawValue)\"",
            reach: mayBeThisZone ? .zone : .everything
        )
    }

    /// Faults on the provider's side, and refusals of this one request.
    private func requestFault(_ response: HTTPResponse, _ errors: [CloudflareError]) -> CloudflareFault {
        let codes = Set(errors.flatMap { $0.codes })
        let said = said(response, errors)
        // Whatever broke there, it may have broken after the CA was told to look.
        if call.isEffect, response.status >= 500, !codes.contains(Self.busyCode) { return effectUnknown(said) }
        let isPassing =
            response.status >= 500 || Self.passingStatuses.contains(response.status)
            || !codes.isDisjoint(with: Self.passingCodes.union([Self.ambiguousCode])) || codes.contains(1000)
        if isPassing {
            return fault(
                .temporary,
                ProviderFindingCode.fault,
                .waiting,
                said,
                "nothing, if it passes",
                retryAfterSeconds: retryAfter(response),
                mayPassSoon: response.status >= 500 && retryAfter(response) == nil
            )
        }
        if (300..<400).contains(response.status) {
            return notUnderstood(response, "a redirect, which is never followed")
        }
        return fault(
            .refused,
            ProviderFindingCode.refused,
            .error,
            said,
            "read what the provider says; the request will not be accepted as it is"
        )
    }

    /// A 2xx answer that parsed: the envelope must say success, or be the bare list that is sometimes sent.
    private func accepted(
        _ document: JSONValue,
        _ response: HTTPResponse
    ) -> Result<JSONValue, CloudflareFault> {
        guard document.object != nil else {
            return .failure(notUnderstood(response, "\(document.kind) for an envelope"))
        }
        switch document["success"] {
        case .some(.bool(true)): return .success(document)
        case .none where document["result"]?.array != nil: return .success(document)
        case .none: return .failure(notUnderstood(response, "no \"success\" and no list in \"result\""))
        case .some(let other): return .failure(notUnderstood(response, "\(other.kind) in \"success\""))
        }
    }

    func notUnderstood(_ response: HTTPResponse, _ reason: String) -> CloudflareFault {
        let excerpt = OctetText(response.body).shortened(limitBytes: Self.excerptBytes)
        let saw = "HTTP \(response.status), \(reason); it begins: \"\(excerpt)\""
        return call.isEffect ? effectUnknown(saw) : notUnderstood(saw: saw)
    }

    /// A document whose `result` is not what this call is documented to give.
    func notUnderstood(saw: String) -> CloudflareFault {
        fault(
            .temporary,
            ProviderFindingCode.answerNotUnderstood,
            .waiting,
            saw,
            "nothing is concluded from it; if it stays, look at the endpoint and at what stands between",
            wanted: "Cloudflare's JSON envelope with success and result"
        )
    }

    private func effectUnknown(_ saw: String) -> CloudflareFault {
        fault(
            .unknownEffect,
            ProviderFindingCode.effectUnknown,
            .waiting,
            saw,
            "nothing: the state is read again before anything is repeated",
            wanted: "an answer to a request that may have had its effect"
        )
    }

    private func fault(
        _ kind: ProviderFailure.Kind,
        _ code: String,
        _ severity: Finding.Severity,
        _ saw: String,
        _ advice: String,
        wanted: String? = nil,
        retryAfterSeconds: Int64? = nil,
        reach: CloudflareFault.Reach = .call,
        mayPassSoon: Bool = false
    ) -> CloudflareFault {
        let finding = Finding(
            code,
            severity,
            subject: "\(provider): \(call.text)",
            saw: saw,
            wanted: wanted,
            advice: advice
        )
        let failure = ProviderFailure(kind, finding, retryAfterSeconds: retryAfterSeconds)
        return CloudflareFault(failure: failure, reach: reach, mayPassSoon: mayPassSoon)
    }

    /// Status and errors in one line; the first bytes where there are no errors to quote.
    private func said(_ response: HTTPResponse, _ errors: [CloudflareError]) -> String {
        guard errors.isEmpty else {
            return "HTTP \(response.status), " + errors.map { $0.description }.joined(separator: "; ")
        }
        guard !response.body.isEmpty else { return "HTTP \(response.status) with an empty body" }
        let excerpt = OctetText(response.body).shortened(limitBytes: Self.excerptBytes)
        return "HTTP \(response.status), body: \"\(excerpt)\""
    }

    /// `retry-after` in seconds, clamped; other forms than digits count as absent.
    private func retryAfter(_ response: HTTPResponse) -> Int64? {
        guard let text = response.headers["retry-after"], !text.isEmpty, text.utf8.allSatisfy(ASCII.isDigit) else {
            return nil
        }
        let limits = Self.retryAfterLimitsSeconds
        return min(max(Int64(text) ?? limits.upperBound, limits.lowerBound), limits.upperBound)
    }
}

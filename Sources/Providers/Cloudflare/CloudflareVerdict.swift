// What an answer of Cloudflare's API means for us: a document to map, or a fault with what may be done next. Pure.
import DCV
import Platform

/// Judges answers to one call.
struct CloudflareJudge: Sendable {
    /// A longer answer is not read.
    static let bodyLimitBytes = 4 << 20
    /// Cloudflare blocks an account for five minutes once it asked too often; taken when the answer names no time.
    static let pauseSeconds: Int64 = 300

    // Cloudflare documents few of its codes; these were seen (10000 also when the permission is missing).
    private static let credentialCodes: Set<Int64> = [1000, 1001, 6003, 9103, 9106, 9109, 9300, 10000]
    private static let rateCodes: Set<Int64> = [971, 10100, 10429]
    // 1406: the certificate service answered badly; 1000: a timeout, where it is no word about the credential.
    private static let faultCodes: Set<Int64> = [1406, 1000, ambiguousCode]
    /// The previous job is still running: the one fault on the provider's side that says that nothing was begun.
    private static let busyCode: Int64 = 1482
    /// An internal error, unless its text says that the token may not use this method.
    private static let ambiguousCode: Int64 = 10001
    private static let passingStatuses: Set<Int> = [408, 409]
    // A pack, or a custom hostname, that is not there.
    private static let absentCodes: Set<Int64> = [1408, 1436]
    // The account has bought no custom hostnames, or none for this zone.
    private static let notOfferedCodes: Set<Int64> = [1404, 1405]

    let call: CloudflareCall
    let faults: APIFaultWriter

    init(provider: ProviderName, call: CloudflareCall) {
        self.call = call
        faults = APIFaultWriter(
            provider: provider,
            callText: call.text,
            isEffect: call.isEffect,
            documented: "Cloudflare's JSON envelope with success and result"
        )
    }

    func judge(_ response: HTTPResponse) -> Result<JSONValue, APIFault> {
        // What an encoding hides is not guessed: only a status that stops everything counts.
        if let encoding = response.foreignEncoding {
            return .failure(
                refusal(response, []) ?? faults.notUnderstood(response, "\(encoding), which was not asked for")
            )
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
        case .failure(let error): return .failure(faults.notUnderstood(response, "\(error)"))
        case .success(let document): return accepted(document, response)
        }
    }
}

extension CloudflareJudge {
    /// Answers that forbid going on: the credential, or the pace.
    private func refusal(_ response: HTTPResponse, _ errors: [CloudflareError]) -> APIFault? {
        let codes = Set(errors.flatMap { $0.codes })
        let said = said(response, errors)
        if response.status == 429 || !codes.isDisjoint(with: Self.rateCodes) {
            return faults.rateLimited(
                said,
                retryAfterSeconds: faults.retryAfter(response) ?? Self.pauseSeconds
            )
        }
        let words = errors.map { $0.words }.joined(separator: " ")
        let isCredentialCode =
            !codes.isDisjoint(with: Self.credentialCodes) && !(codes.contains(1000) && words.contains("timeout"))
            || codes.contains(Self.ambiguousCode) && words.contains("not allowed")
        guard [401, 403].contains(response.status) || isCredentialCode, codes.isDisjoint(with: Self.notOfferedCodes)
        else { return nil }
        return unauthorized(response, codes, words, said)
    }

    private func unauthorized(
        _ response: HTTPResponse,
        _ codes: Set<Int64>,
        _ words: String,
        _ said: String
    ) -> APIFault {
        // A missing right looks like this too; everything else is wrong with the credential itself.
        let mayBeThisZone =
            call.isAboutOneZone && response.status == 403
            && (codes.isEmpty || codes.contains(10000) || words.contains("unauthorized to access requested resource")
                || words.contains("not allowed"))
        return faults.fault(
            .unauthorized,
            ProviderFindingCode.unauthorized,
            .error,
            said,
            "check the credential (existing, not expired, allowed from this address) and give it the permissions "
                + "\"\(CloudflareCall.Permission.zoneRead.rawValue)\" and "
                + "\"\(CloudflareCall.Permission.certificates.rawValue)\" for this zone; "
                + "it is not tried again in this run",
            wanted: "a credential with the permission \"\(call.permission.rawValue)\"",
            reach: call.isProbe ? .call : mayBeThisZone ? .part : .everything
        )
    }

    /// Faults on the provider's side, and refusals of this one request.
    private func requestFault(_ response: HTTPResponse, _ errors: [CloudflareError]) -> APIFault {
        let codes = Set(errors.flatMap { $0.codes })
        let said = said(response, errors)
        let isFault = response.status >= 500 || !codes.isDisjoint(with: Self.faultCodes)
        // Whatever broke there, it may have broken after the CA was told to look; and the status need not show it.
        if call.isEffect, isFault, !codes.contains(Self.busyCode) { return faults.effectUnknown(said) }
        if isFault || codes.contains(Self.busyCode) || Self.passingStatuses.contains(response.status) {
            return faults.providersFault(said, response)
        }
        if (300..<400).contains(response.status) {
            return faults.notUnderstood(response, "a redirect, which is never followed")
        }
        if !call.isEffect, call.isAboutOneObject, !codes.isDisjoint(with: Self.absentCodes) {
            let advice = "nothing: it was replaced or deleted; the next run reads the list anew"
            return faults.fault(.refused, ProviderFindingCode.authorizationGone, .waiting, said, advice)
        }
        if !call.isEffect, !codes.isDisjoint(with: Self.notOfferedCodes) {
            let advice =
                "nothing, if there are none; else buy custom hostnames for this zone, or take them out of "
                + "the configuration"
            return faults.fault(.refused, ProviderFindingCode.listNotOpen, .notice, said, advice)
        }
        return faults.refused(said)
    }

    /// A 2xx answer that parsed: the envelope must say success, or be the bare list that is sometimes sent.
    private func accepted(
        _ document: JSONValue,
        _ response: HTTPResponse
    ) -> Result<JSONValue, APIFault> {
        guard document.object != nil else {
            return .failure(faults.notUnderstood(response, "\(document.kind) for an envelope"))
        }
        switch document["success"] {
        case .some(.bool(true)): return .success(document)
        case .none where document["result"]?.array != nil: return .success(document)
        case .none: return .failure(faults.notUnderstood(response, "no \"success\" and no list in \"result\""))
        case .some(let other): return .failure(faults.notUnderstood(response, "\(other.kind) in \"success\""))
        }
    }

    /// Status and errors in one line; the first bytes where there are no errors to quote.
    private func said(_ response: HTTPResponse, _ errors: [CloudflareError]) -> String {
        guard errors.isEmpty else {
            return "HTTP \(response.status), " + errors.map { $0.description }.joined(separator: "; ")
        }
        guard !response.body.isEmpty else { return "HTTP \(response.status) with an empty body" }
        let excerpt = OctetText(response.body).shortened(limitBytes: APIFaultWriter.excerptBytes)
        return "HTTP \(response.status), body: \"\(excerpt)\""
    }
}

// What an answer of DigiCert's API means for us: a document to map, or a fault with what may be done next. Pure.
import DCV
import Platform

/// One error of an answer. The code has parts: `access_denied|missing_permission`.
struct DigiCertError: Hashable, Sendable, CustomStringConvertible {
    /// Errors that are read of one answer.
    static let countLimit = 5
    /// Bytes shown of one text.
    static let textLimitBytes = 200

    let code: String?
    let message: String?

    /// `errors` as a list or as an object, and the singular `error` of DigiCert's other products. Null and absent count as none.
    static func list(in document: JSONValue?) -> [DigiCertError] {
        let values = [document?["errors"], document?["error"]].compactMap { $0 }.flatMap { $0.array ?? [$0] }
        return values.prefix(countLimit).compactMap { value in
            guard !value.isNull else { return nil }
            return DigiCertError(
                code: text(value["code"]),
                message: text(value["message"] ?? (value.object == nil ? value : nil))
            )
        }
    }

    var parts: [String] { (code ?? "").split(separator: "|").map { ASCII.lowercased(String($0)) } }

    var description: String {
        switch (code, message) {
        case (let code?, let message?): "code \(code): \(message)"
        case (let code?, nil): "code \(code)"
        case (nil, let message?): message
        case (nil, nil): "an error without code and message"
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return OctetText(text.utf8).shortened(limitBytes: textLimitBytes)
    }
}

/// Judges answers to one call. Bodies that may be DigiCert's own are never quoted: they hold names, addresses and telephone numbers of
/// people.
struct DigiCertJudge: Sendable {
    /// A longer answer is not read.
    static let bodyLimitBytes = 4 << 20
    /// DigiCert names no time; its longer window has passed by then.
    static let pauseSeconds: Int64 = 180

    private static let passingStatuses: Set<Int> = [408, 409, 425]
    /// Refusals of a check for which nobody looked. Every other one counts as a look, lest a look be repeated without end.
    private static let codesWithoutLook: Set<String> = ["bad_request_format", "invalid_dcv_method"]

    let call: DigiCertCall
    let faults: APIFaultWriter

    init(provider: ProviderName, call: DigiCertCall) {
        self.call = call
        faults = APIFaultWriter(
            provider: provider,
            callText: call.text,
            isEffect: call.isEffect,
            documented: "the JSON object that DigiCert documents for this call"
        )
    }

    func judge(_ response: HTTPResponse) -> Result<JSONValue, APIFault> {
        // What an encoding hides is not guessed: only a status that stops everything counts.
        if let encoding = response.foreignEncoding {
            return .failure(
                refusal(response, []) ?? notUnderstood(response, "\(encoding), which was not asked for")
            )
        }
        let parsed = Result { () throws(JSONError) in
            try StrictJSON.parse(response.body, limitBytes: Self.bodyLimitBytes)
        }
        let errors = DigiCertError.list(in: try? parsed.get())
        guard (200..<300).contains(response.status), errors.isEmpty else {
            return .failure(refusal(response, errors) ?? requestFault(response, errors))
        }
        // A change to a method without a token, and some checks, answer with nothing.
        if call.isEffect, response.body.isEmpty { return .success([:]) }
        switch parsed {
        case .failure(let error): return .failure(notUnderstood(response, "\(error)"))
        case .success(let document):
            guard document.object != nil else {
                return .failure(notUnderstood(response, "\(document.kind) for an object"))
            }
            return .success(document)
        }
    }

    /// A document that is not what this call is documented to give.
    func notUnderstood(_ saw: String) -> APIFault {
        call.isEffect ? faults.effectUnknown(saw) : faults.notUnderstood(saw: saw)
    }

    /// DigiCert looked, and the proof was not there: an attempt like every other.
    func lookFailed(_ saw: String) -> APIFault {
        faults.fault(
            .looked,
            ProviderFindingCode.refused,
            .waiting,
            saw,
            "nothing is voided by it; if it stays although every name server shows the record, compare the record with what "
                + "CertCentral shows, and look at CAA, DNSSEC and redirects",
            wanted: "the token, found by DigiCert"
        )
    }
}

extension DigiCertJudge {
    /// Answers that forbid going on: the key, or the pace.
    private func refusal(_ response: HTTPResponse, _ errors: [DigiCertError]) -> APIFault? {
        let parts = Set(errors.flatMap { $0.parts })
        if response.status == 429 || parts.contains("request_limit_exceeded") {
            return faults.rateLimited(
                said(response, errors),
                retryAfterSeconds: faults.retryAfter(response) ?? Self.pauseSeconds
            )
        }
        guard [401, 403].contains(response.status) || parts.contains("access_denied") else { return nil }
        // A missing right is about this call alone; everything else is wrong with the key itself.
        let isRightMissing = response.status != 401 && parts.contains("missing_permission")
        return faults.fault(
            .unauthorized,
            ProviderFindingCode.unauthorized,
            .error,
            said(response, errors),
            isRightMissing
                ? "give the API key (CertCentral: Automation, API Keys) or its user the right \"\(call.right.rawValue)\"; "
                    + "it is not tried again in this run"
                : "check the API key (existing, not revoked, of this region: a key of one region is unknown in the other) and "
                    + "the addresses it may be used from; it is not tried again in this run",
            wanted: "an API key with the right \"\(call.right.rawValue)\"",
            reach: isRightMissing ? .part : .everything
        )
    }

    /// Faults on the provider's side, and refusals of this one request.
    private func requestFault(_ response: HTTPResponse, _ errors: [DigiCertError]) -> APIFault {
        let said = said(response, errors)
        // Whatever broke there, it may have broken after the effect.
        if call.isEffect, response.status >= 500 { return faults.effectUnknown(said) }
        if response.status >= 500 || Self.passingStatuses.contains(response.status) {
            return faults.providersFault(said, response)
        }
        if (300..<400).contains(response.status) {
            return notUnderstood(response, "a redirect, which is never followed")
        }
        if response.status == 404 { return notFound(said, errors) }
        let hasLooked =
            call.kind == .trigger && Self.codesWithoutLook.isDisjoint(with: errors.flatMap { $0.parts })
        return hasLooked ? lookFailed(said) : faults.refused(said)
    }

    private func notFound(_ said: String, _ errors: [DigiCertError]) -> APIFault {
        guard !errors.isEmpty, !errors.contains(where: { $0.parts.contains("route") }) else {
            return faults.fault(
                .refused,
                ProviderFindingCode.refused,
                .error,
                said,
                "correct the region or the endpoint in the configuration",
                wanted: "DigiCert's Services API at this address"
            )
        }
        return faults.fault(
            .refused,
            ProviderFindingCode.authorizationGone,
            .waiting,
            said,
            "nothing: it was removed, or is no longer visible to this key; the next run reads the list anew",
            wanted: "the domain or order that was listed before"
        )
    }

    private func notUnderstood(_ response: HTTPResponse, _ reason: String) -> APIFault {
        notUnderstood("HTTP \(response.status), \(reason) (\(response.body.count) bytes, not shown)")
    }

    /// Status and errors in one line. A body that is no JSON comes from what stands between, and its beginning is shown.
    private func said(_ response: HTTPResponse, _ errors: [DigiCertError]) -> String {
        guard errors.isEmpty else {
            return "HTTP \(response.status), " + errors.map { $0.description }.joined(separator: "; ")
        }
        guard let first = response.body.first(where: { $0 > 0x20 }) else {
            return "HTTP \(response.status) with an empty body"
        }
        // An opening tag: a page. Anything else may be a broken piece of an answer.
        guard first == 0x3C else { return "HTTP \(response.status) (\(response.body.count) bytes, not shown)" }
        let excerpt = OctetText(response.body).shortened(limitBytes: APIFaultWriter.excerptBytes)
        return "HTTP \(response.status), body: \"\(excerpt)\""
    }
}

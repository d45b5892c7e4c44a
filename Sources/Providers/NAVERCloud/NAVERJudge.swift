// What an answer of Certificate Manager, or of the gateway before it, means for us: a document to map, or a fault with
// what may be done next. Pure.
import DCV
import Platform

/// What an answer says of its fault, in whichever of the four shapes with a body.
struct NAVERFault: Sendable {
    enum Speaker: Sendable {
        /// Certificate Manager: `{"returnCode": "2000", "returnMessage": ...}`, with HTTP 400 or 200.
        case service
        /// The gateway: `{"error": {"errorCode": "200", "message": ..., "details": ...}}`.
        case gateway
        /// Older services: `{"responseError": {"returnCode": ..., "returnMessage": ...}}`.
        case olderService
    }

    /// Bytes shown of one text.
    static let textLimitBytes = 200

    let speaker: Speaker
    let code: Int64?
    let text: String

    /// Nil when the document speaks of no fault.
    init?(in document: JSONValue) {
        if let error = document["error"], !error.isNull {
            speaker = .gateway
            code = error["errorCode"]?.intOrNumericString
            text = Self.text(error["errorCode"], [error["message"] ?? error, error["details"]])
        } else if let error = document["responseError"], !error.isNull {
            speaker = .olderService
            code = error["returnCode"]?.intOrNumericString
            text = Self.text(error["returnCode"], [error["returnMessage"]])
        } else if let value = document["returnCode"], !value.isNull, value.intOrNumericString != 0 {
            speaker = .service
            code = value.intOrNumericString
            text = Self.text(value, [document["returnMessage"]])
        } else {
            return nil
        }
    }

    private static func text(_ code: JSONValue?, _ words: [JSONValue?]) -> String {
        let said = words.compactMap { $0?.string }.filter { !$0.isEmpty }.map { shown($0) }
        let number = code.map { $0.string ?? String(decoding: $0.serialized(), as: UTF8.self) } ?? "none"
        return "code \(shown(number)): " + (said.isEmpty ? "no message" : said.joined(separator: "; "))
    }

    private static func shown(_ text: String) -> String { OctetText(text.utf8).shortened(limitBytes: textLimitBytes) }
}

/// Judges answers to one call.
struct NAVERJudge: Sendable {
    /// A longer answer is not read.
    static let bodyLimitBytes = 4 << 20
    /// Taken when an answer asks for a pause and names no time.
    static let pauseSeconds: Int64 = 60
    /// The gateway refuses a signature whose time is further from its own.
    static let skewLimitMilliseconds: Int64 = 300_000
    /// What an empty 403 lacks, by NAVER Cloud's support: the documentation does not say it.
    static let mainAccountKey =
        "a key of the main account: API 2.0 refuses every Sub Account's key, whatever its rights"

    /// Certificate Manager's way to say that a list is empty.
    private static let emptyListCodes: Set<Int64> = [1006, 2200]
    // The gateway's codes: authentication failed, permission denied, forbidden; quota, throttle, rate; endpoint error,
    // endpoint timeout, unexpected error.
    private static let credentialCodes: Set<Int64> = [authenticationCode, 210, 230]
    private static let authenticationCode: Int64 = 200
    private static let rateCodes: Set<Int64> = [400, 410, 420]
    private static let passingCodes: Set<Int64> = [500, 510, 900]
    private static let passingStatuses: Set<Int> = [408, 409]

    let call: NAVERCall
    let faults: APIFaultWriter
    let now: Instant

    static func faults(_ provider: ProviderName, _ call: NAVERCall) -> APIFaultWriter {
        APIFaultWriter(
            provider: provider,
            callText: call.text,
            isEffect: false,
            documented: "NAVER Cloud's JSON answer with returnCode \"0\" and \(call.list.key)"
        )
    }

    func judge(_ response: HTTPResponse) -> Result<JSONValue, APIFault> {
        // What an encoding hides is not guessed: only a status that stops everything counts.
        if let encoding = response.foreignEncoding {
            return .failure(
                refusal(response, nil) ?? faults.notUnderstood(response, "\(encoding), which was not asked for")
            )
        }
        let parsed = Result { () throws(JSONError) in
            try StrictJSON.parse(response.body, limitBytes: Self.bodyLimitBytes)
        }
        let document = try? parsed.get()
        let fault = document.flatMap { NAVERFault(in: $0) }
        if isEmptyList(response, fault) { return .success(.object(JSONObject([(call.list.key, .array([]))]))) }
        if fault != nil || !(200..<300).contains(response.status) {
            return .failure(refusal(response, fault) ?? requestFault(response, fault))
        }
        switch parsed {
        case .failure(let error): return .failure(faults.notUnderstood(response, "\(error)"))
        case .success(let document): return accepted(document, response)
        }
    }

    private func isEmptyList(_ response: HTTPResponse, _ fault: NAVERFault?) -> Bool {
        guard let fault, fault.speaker == .service, let code = fault.code else { return false }
        return Self.emptyListCodes.contains(code) && [200, 400, 404].contains(response.status)
    }
}

extension NAVERJudge {
    /// Answers that forbid going on: the credential, or the pace.
    private func refusal(_ response: HTTPResponse, _ fault: NAVERFault?) -> APIFault? {
        let gatewayCode = fault.flatMap { $0.speaker == .gateway ? $0.code : nil }
        if response.status == 429 || gatewayCode.map({ Self.rateCodes.contains($0) }) == true {
            return faults.rateLimited(
                said(response, fault),
                retryAfterSeconds: faults.retryAfter(response) ?? Self.pauseSeconds
            )
        }
        let isCredential = gatewayCode.map { Self.credentialCodes.contains($0) } == true
        guard isCredential || [401, 403].contains(response.status) else { return nil }
        if response.status == 403, response.body.allSatisfy({ $0 <= 0x20 }) { return subAccount(response, fault) }
        let isSignature =
            gatewayCode == Self.authenticationCode || gatewayCode == nil && response.status == 401
        return unauthorized(response, fault, skew: isSignature ? skew(response) : nil)
    }

    private func subAccount(_ response: HTTPResponse, _ fault: NAVERFault?) -> APIFault {
        faults.fault(
            .unauthorized,
            ProviderFindingCode.unauthorized,
            .error,
            said(response, fault),
            "this is how a Sub Account's key is refused, even an administrator's: make an API authentication key "
                + "with the main account and configure it; it is not tried again in this run",
            wanted: Self.mainAccountKey,
            reach: .everything
        )
    }

    /// What the clock has to do with it.
    private enum Skew {
        case none
        case unknown
        case minutes(UInt64, isAhead: Bool)
    }

    private func skew(_ response: HTTPResponse) -> Skew {
        guard let date = response.headers["date"].flatMap({ HTTPDate.parse($0) }) else { return .unknown }
        let ahead = now.milliseconds(since: date)
        guard ahead > Self.skewLimitMilliseconds || ahead < -Self.skewLimitMilliseconds else { return .none }
        return .minutes(ahead.magnitude / 60_000, isAhead: ahead > 0)
    }

    private func unauthorized(_ response: HTTPResponse, _ fault: NAVERFault?, skew: Skew?) -> APIFault {
        var saw = said(response, fault)
        var advice = "check access_key and secret_key: an existing, active API authentication key of the main account"
        var wanted = "a key pair that may read Certificate Manager (API 2.0, main account)"
        switch skew {
        case .minutes(let minutes, let isAhead):
            saw += "; this machine's clock is \(minutes) minutes \(isAhead ? "ahead of" : "behind") NAVER Cloud's"
            wanted = "a clock that is right to 5 minutes: the signature holds the time"
            advice = "set this machine's clock (NTP); if the answer stays, \(advice)"
        case .unknown:
            advice += "; or this machine's clock is more than 5 minutes wrong (the answer has no Date to compare with)"
        case .some(.none), nil: break
        }
        return faults.fault(
            .unauthorized,
            ProviderFindingCode.unauthorized,
            .error,
            saw,
            advice + "; it is not tried again in this run",
            wanted: wanted,
            reach: .everything
        )
    }

    /// Faults on the provider's side, and refusals of this one request.
    private func requestFault(_ response: HTTPResponse, _ fault: NAVERFault?) -> APIFault {
        let isPassingCode = fault?.speaker == .gateway && fault?.code.map { Self.passingCodes.contains($0) } == true
        if response.status >= 500 || Self.passingStatuses.contains(response.status) || isPassingCode {
            return faults.providersFault(said(response, fault), response)
        }
        if (300..<400).contains(response.status) {
            return faults.notUnderstood(response, "a redirect, which is never followed")
        }
        return faults.refused(said(response, fault))
    }

    /// A 2xx answer that parsed and names no fault: it must say "0", or at least hold its list.
    private func accepted(_ document: JSONValue, _ response: HTTPResponse) -> Result<JSONValue, APIFault> {
        guard document.object != nil else {
            return .failure(faults.notUnderstood(response, "\(document.kind) for an answer"))
        }
        let list = document[call.list.key]
        guard list == nil || list?.isNull == true || list?.array != nil else {
            return .failure(faults.notUnderstood(response, "\(list?.kind ?? "") in \(call.list.key)"))
        }
        guard document["returnCode"]?.intOrNumericString == 0 || list?.array != nil else {
            return .failure(faults.notUnderstood(response, "no returnCode and no \(call.list.key)"))
        }
        return .success(document)
    }

    /// Status and fault in one line; the first bytes where there is no fault to quote.
    private func said(_ response: HTTPResponse, _ fault: NAVERFault?) -> String {
        if let fault { return "HTTP \(response.status), \(fault.text)" }
        guard !response.body.allSatisfy({ $0 <= 0x20 }) else { return "HTTP \(response.status) with an empty body" }
        let excerpt = OctetText(response.body).shortened(limitBytes: APIFaultWriter.excerptBytes)
        return "HTTP \(response.status), body: \"\(excerpt)\""
    }
}

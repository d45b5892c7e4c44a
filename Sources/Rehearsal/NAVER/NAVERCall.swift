// Which of the provider's calls a request is, and whether the gateway lets it through.
import Crypto
import DCV
import FoundationEssentials
import Synchronization

/// A request that is one of the provider's calls.
struct NAVERCall: Sendable {
    let route: RehearsedNAVER.Route
    let certificateNumber: String?
    let request: RehearsedRequest
    let fields: QueryFields

    init?(_ request: RehearsedRequest) {
        guard request.method == "GET" else { return nil }
        let information = "/api/v2/certificate/getVerificationInfo/"
        switch request.path {
        case "/api/v2/certificate/certificates": (route, certificateNumber) = (.certificates, nil)
        case "/api/v2/domain/domains": (route, certificateNumber) = (.domains, nil)
        case "/api/v1/certificates": (route, certificateNumber) = (.oldCertificates, nil)
        case let path where path.utf8.starts(with: information.utf8):
            (route, certificateNumber) = (.verificationInfo, String(path.dropFirst(information.count)))
        default: return nil
        }
        self.request = request
        fields = QueryFields(request.query)
    }

    func number(_ name: String, or other: Int) -> Int { fields.values[name].flatMap { Int($0) } ?? other }

    private var knownNames: Set<String> {
        switch route {
        case .certificates: ["page", "pageSize", "certificateName"]
        case .verificationInfo: ["domainAddress"]
        case .domains: ["page", "pageSize", "domainAddress", "dcvType", "orgNo", "validState"]
        case .oldCertificates: ["certificateName", "certificateNo", "instanceNo"]
        }
    }

    /// What is wrong with the form of the call; nil when the provider takes it.
    var complaint: String? {
        if let name = fields.repeatedNames.first { return "query name \(name) twice" }
        if let name = fields.values.keys.sorted().first(where: { !knownNames.contains($0) }) {
            return "query name \(name), which this call does not take"
        }
        for name in ["page", "pageSize"] {
            if let text = fields.values[name], (Int(text) ?? 0) < 1 { return "\(name) is no positive number" }
        }
        if route == .verificationInfo {
            if (fields.values["domainAddress"] ?? "").isEmpty { return "no domainAddress" }
            if Int(certificateNumber ?? "") == nil { return "the certificate number is no number" }
        }
        return request.body.isEmpty ? nil : "a GET with a body"
    }
}

extension RehearsedNAVERKey {
    /// Signature v2 of the API gateway.
    /// - Parameter target: path and query, octet for octet as they come over the wire.
    package func signature(method: String, target: String, timestamp: String) -> String {
        let message = "\(method) \(target)\n\(timestamp)\n\(accessKey)"
        let secret = SymmetricKey(data: Array(secretKey.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: secret)
        return Data(code).base64EncodedString()
    }
}

extension NAVERDesk {
    private static let skewLimitMilliseconds: Int64 = 300_000

    /// The gateway's answer to a caller it does not let through; nil when the call may go on.
    func gatewayRefusal(_ request: RehearsedRequest, _ call: NAVERCall?) -> RehearsedReply? {
        func header(_ name: String) -> String? {
            let values = request.header(name)
            if values.count > 1 { surprise(request, "the header \(name) \(values.count) times") }
            return values.first
        }
        func refuse(_ why: String) -> RehearsedReply {
            refusals.append(why)
            return .gatewayError(status: 401, code: "200", "Authentication Failed", details: why)
        }
        guard let timestamp = header("x-ncp-apigw-timestamp"), let accessKey = header("x-ncp-iam-access-key"),
            let signature = header("x-ncp-apigw-signature-v2")
        else {
            surprise(request, "a header of the signature is missing")
            return refuse("Authentication information are missing.")
        }
        guard let key = state.withLock({ state in state.keys.first { $0.accessKey == accessKey } }) else {
            return refuse("Invalid authentication information.")
        }
        guard let milliseconds = Int64(timestamp) else {
            surprise(request, "a timestamp that is no number")
            return refuse("Invalid timestamp.")
        }
        let skew = Instant(millisecondsSinceEpoch: milliseconds).milliseconds(since: clock.now())
        guard skew.magnitude <= Self.skewLimitMilliseconds.magnitude else {
            return refuse("Expired timestamp: it differs by more than 5 minutes.")
        }
        let right = key.signature(method: request.method, target: request.target, timestamp: timestamp)
        guard signature == right else { return refuse("Invalid signature.") }
        guard let call else {
            surprise(request, "the provider has no such call")
            return .gatewayError(status: 404, code: "300", "Not Found Exception")
        }
        if key.isOfSubAccount && call.route != .oldCertificates {
            refusals.append("a sub account's key at API 2.0")
            return .subAccountRefusal
        }
        return nil
    }

    func formRefusal(_ call: NAVERCall) -> RehearsedReply? {
        let types = call.request.header("content-type")
        guard types.contains(where: { $0.utf8.starts(with: "application/json".utf8) }) else {
            surprise(call.request, "no content-type application/json, which Certificate Manager wants on a GET too")
            return .gatewayError(status: 400, code: "100", "Bad Request Exception")
        }
        guard let complaint = call.complaint else { return nil }
        surprise(call.request, complaint)
        return .refusedRequest(code: "2100", complaint)
    }
}

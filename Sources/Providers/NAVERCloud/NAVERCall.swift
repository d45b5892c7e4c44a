// The calls that this program makes of NAVER Cloud's Certificate Manager: reads alone, because there is no other call
// that would help a validation.
import DCV
import Platform

/// One call: where it goes, and which list its answer holds.
struct NAVERCall: Sendable {
    typealias Query = [(name: String, value: String)]

    let segments: [String]
    let query: Query
    let list: NAVERList

    /// One page of all certificates, pages counted from 1.
    static func certificates(page: Int) -> NAVERCall {
        NAVERCall(segments: ["api", "v2", "certificate", "certificates"], query: paging(page), list: .certificates)
    }

    /// One page of the domains that are validated before a certificate asks for them.
    static func domains(page: Int) -> NAVERCall {
        NAVERCall(segments: ["api", "v2", "domain", "domains"], query: paging(page), list: .domains)
    }

    /// What one name of a certificate waits for: `*.example.com` as it stands, or without the asterisk.
    static func verification(_ certificate: Int64, of name: String) -> NAVERCall {
        NAVERCall(
            segments: ["api", "v2", "certificate", "getVerificationInfo", String(certificate)],
            query: [("domainAddress", name)],
            list: .verifications
        )
    }

    /// API 1.0, which knows no validation records: it tells whether a key works at all.
    static let oldCertificates = NAVERCall(segments: ["api", "v1", "certificates"], query: [], list: .certificates)

    /// For people: `GET /api/v2/certificate/certificates?page=1&pageSize=50`.
    var text: String {
        let pairs = query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return "GET /\(segments.joined(separator: "/"))" + (pairs.isEmpty ? "" : "?\(pairs)")
    }

    private static func paging(_ page: Int) -> Query {
        [("page", String(page)), ("pageSize", String(NAVERPages.pageSize))]
    }
}

/// A list in an answer: its key, and the key of what tells its entries apart.
enum NAVERList: Sendable {
    case certificates, domains, verifications

    var key: String {
        switch self {
        case .certificates: "sslCertificateList"
        case .domains: "domainVldList"
        case .verifications: "dnsVerificationList"
        }
    }

    var identifierKey: String {
        switch self {
        case .certificates: "certificateNo"
        case .domains: "dmnId"
        case .verifications: "validSn"
        }
    }
}

/// A call with everything that its request needs: the endpoint, the key pair, and the judge of its answer.
struct NAVERRequest: APICall {
    let configuration: NAVERConfiguration
    let call: NAVERCall
    /// To tell a wrong clock when the signature is refused.
    let clock: any Clock

    var kind: CallKind { .read }
    var isEffect: Bool { false }
    var faults: APIFaultWriter { NAVERJudge.faults(configuration.name, call) }

    func judge(_ response: HTTPResponse) -> Result<JSONValue, APIFault> {
        NAVERJudge(call: call, faults: faults, now: clock.now()).judge(response)
    }

    /// The target is put together once, signed as it is and sent as it is.
    func request(at now: Instant) throws(HTTPFailure) -> HTTPRequest {
        let url = try configuration.endpoint.url.appending(call.segments, query: call.query)
        let signature = NAVERSignature(accessKey: configuration.accessKey, secretKey: configuration.secretKey)
        var headers = HTTPHeaders()
        try headers.add("x-ncp-apigw-timestamp", String(now.millisecondsSinceEpoch))
        try headers.add("x-ncp-iam-access-key", configuration.accessKey.revealed)
        try headers.add("x-ncp-apigw-signature-v2", signature.text(HTTPMethod.get.rawValue, url.target, at: now))
        try headers.add("Accept", "application/json")
        // Documented for every call, those without a body too.
        try headers.add("Content-Type", "application/json")
        return HTTPRequest(.get, url, headers: headers, bodyLimitBytes: NAVERJudge.bodyLimitBytes)
    }
}

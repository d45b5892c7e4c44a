// The calls that this program makes of DigiCert's Services API, as values: what goes out is decided here and nowhere else.
import DCV
import Platform

/// One call: where it goes, what it carries, and what the key must be allowed to do.
///
/// `POST /domain/{id}/dcv/token` is not among them: it voids the token that lives, and whatever needs a new token gets one from
/// `submit` or `changeMethod`.
struct DigiCertCall: Sendable {
    /// Rights by the words that CertCentral shows for a role.
    enum Right: String, Sendable {
        case viewDomains = "View domains"
        case manageDomains = "Manage domains"
        case viewOrders = "View orders"
        case manageOrders = "Manage orders"
    }

    let method: HTTPMethod
    let segments: [String]
    let query: [(name: String, value: String)]
    let body: JSONValue?
    let kind: CallKind
    let right: Right

    static func domains(offset: Int, limit: Int) -> DigiCertCall {
        reading(
            ["domain"],
            [
                ("limit", String(limit)), ("offset", String(offset)), ("include_validation", "true"),
                ("include_dcv_expiration_time", "true"),
            ],
            .viewDomains
        )
    }

    static func domain(_ id: Int64) -> DigiCertCall {
        let query = ["include_dcv", "include_validation", "include_dcv_expiration_time"].map { ($0, "true") }
        return reading(["domain", String(id)], query, .viewDomains)
    }

    static func validation(ofDomain id: Int64) -> DigiCertCall {
        reading(["domain", String(id), "validation"], [], .viewDomains)
    }

    static func orders(offset: Int, limit: Int) -> DigiCertCall {
        reading(
            ["order", "certificate"],
            [("limit", String(limit)), ("offset", String(offset)), ("filters[status]", "pending")],
            .viewOrders
        )
    }

    static func order(_ id: Int64) -> DigiCertCall {
        reading(["order", "certificate", String(id)], [], .viewOrders)
    }

    /// A PUT that reads: it gives the random value that lives, as often as it is asked, and makes one only where none lives; it looks
    /// for nothing and voids nothing. So it is sent in dry runs and repeated like any read.
    static func randomValue(ofOrder id: Int64) -> DigiCertCall {
        DigiCertCall(
            method: .put,
            segments: ["order", "certificate", String(id), "dcv-random-value"],
            query: [],
            body: nil,
            kind: .read,
            right: .manageOrders
        )
    }

    /// Tells DigiCert to look.
    static func check(_ handle: DigiCertHandle) -> DigiCertCall {
        effect(.put, handle, domain: ["dcv", "validate-token"], order: ["check-dcv"], nil, .trigger)
    }

    static func changeMethod(of handle: DigiCertHandle, to method: DigiCertMethod) -> DigiCertCall {
        let body: JSONValue = ["dcv_method": .string(method.rawValue)]
        return effect(.put, handle, domain: ["dcv", "method"], order: ["dcv-method"], body, .change)
    }

    /// Begins the validation of a domain, or begins it again before the old one ends.
    static func submit(_ id: Int64, _ types: [String], by method: DigiCertMethod) -> DigiCertCall {
        let validations = types.map { JSONValue.object(JSONObject([("type", .string($0))])) }
        let body: JSONValue = ["validations": .array(validations), "dcv_method": .string(method.rawValue)]
        return effect(.post, .domain(id), domain: ["validation"], order: [], body, .revalidate)
    }

    /// Whether it changes something at the CA: such a call is sent once, whatever happens to its answer.
    var isEffect: Bool { kind != .read }

    /// For people: `PUT /domain/12/dcv/validate-token`.
    var text: String {
        let pairs = query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return "\(method.rawValue) /\(segments.joined(separator: "/"))" + (pairs.isEmpty ? "" : "?\(pairs)")
    }

    private static func reading(
        _ segments: [String],
        _ query: [(name: String, value: String)],
        _ right: Right
    ) -> DigiCertCall {
        DigiCertCall(method: .get, segments: segments, query: query, body: nil, kind: .read, right: right)
    }

    private static func effect(
        _ method: HTTPMethod,
        _ handle: DigiCertHandle,
        domain: [String],
        order: [String],
        _ body: JSONValue?,
        _ kind: CallKind
    ) -> DigiCertCall {
        let (segments, right): ([String], Right) =
            switch handle {
            case .domain(let id): (["domain", String(id)] + domain, .manageDomains)
            case .order(let id): (["order", "certificate", String(id)] + order, .manageOrders)
            }
        return DigiCertCall(method: method, segments: segments, query: [], body: body, kind: kind, right: right)
    }
}

/// A domain or an order, by DigiCert's number: `domain.123`, `order.123`. The numbers alone could be either.
enum DigiCertHandle: Hashable, Sendable {
    case domain(Int64)
    case order(Int64)

    init?(_ id: AuthorizationID) {
        let parts = id.text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int64(parts[1]), number > 0, parts[1] == String(number) else { return nil }
        switch parts[0] {
        case "domain": self = .domain(number)
        case "order": self = .order(number)
        default: return nil
        }
    }

    var text: String {
        switch self {
        case .domain(let number): "domain.\(number)"
        case .order(let number): "order.\(number)"
        }
    }
}

/// A call with everything that its request needs: the endpoint, the key, and the judge of its answer.
struct DigiCertRequest: APICall {
    let configuration: DigiCertConfiguration
    let call: DigiCertCall

    var kind: CallKind { call.kind }
    var isEffect: Bool { call.isEffect }
    var right: String? { call.right.rawValue }
    var faults: APIFaultWriter { judgeOfTheCall.faults }

    func judge(_ response: HTTPResponse) -> Result<JSONValue, APIFault> { judgeOfTheCall.judge(response) }

    private var judgeOfTheCall: DigiCertJudge { DigiCertJudge(provider: configuration.name, call: call) }

    func request(at now: Instant) throws(HTTPFailure) -> HTTPRequest {
        var headers = HTTPHeaders()
        try headers.add("X-DC-DEVKEY", configuration.apiKey.revealed)
        try headers.add("Accept", "application/json")
        // DigiCert wants it on every call that may have a body, also where it has none.
        if call.method != .get { try headers.add("Content-Type", "application/json") }
        return HTTPRequest(
            call.method,
            try configuration.endpoint.url.appending(call.segments, query: call.query),
            headers: headers,
            body: call.body?.serialized() ?? [],
            bodyLimitBytes: DigiCertJudge.bodyLimitBytes
        )
    }
}

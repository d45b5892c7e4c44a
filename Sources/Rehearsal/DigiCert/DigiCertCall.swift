// Which of the provider's calls a request is, who may make it, and in which form.
import DCV
import FoundationEssentials
import Synchronization

/// A request that is one of the provider's calls.
struct DigiCertCall: Sendable {
    let route: RehearsedDigiCert.Route
    let id: Int?
    let request: RehearsedRequest
    let fields: QueryFields
    let body: Body

    /// What the calls' bodies may hold; the keys of a call are told by `complaint`.
    struct Body: Sendable, Decodable {
        struct Validation: Sendable, Decodable { let type: String }
        var validations: [Validation]?
        // The names are the provider's.
        var dcv_method: String?
        var dns_names_validations: [String]?
    }

    init?(_ request: RehearsedRequest) {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count > 3, parts[0].isEmpty, parts[1] == "services", parts[2] == "v2" else { return nil }
        var tail = Array(parts[3...])
        let isOrder = tail.starts(with: ["order", "certificate"])
        tail.removeFirst(min(tail.count, isOrder ? 2 : 1))
        guard isOrder || parts[3] == "domain" else { return nil }
        let id = tail.isEmpty ? nil : Int(tail.removeFirst())
        let hasID = parts.count > (isOrder ? 5 : 4)
        guard hasID == (id != nil) else { return nil }
        switch (request.method, isOrder, hasID, tail.joined(separator: "/")) {
        case ("GET", false, false, ""): route = .domains
        case ("GET", false, true, ""): route = .domain
        case ("GET", false, true, "validation"): route = .validation
        case ("POST", false, true, "validation"): route = .submit
        case ("PUT", false, true, "dcv/method"): route = .domainMethod
        case ("POST", false, true, "dcv/token"): route = .newToken
        case ("PUT", false, true, "dcv/validate-token"): route = .checkDomain
        case ("GET", true, false, ""): route = .orders
        case ("GET", true, true, ""): route = .order
        case ("PUT", true, true, "dcv-random-value"): route = .orderToken
        case ("PUT", true, true, "dcv-method"): route = .orderMethod
        case ("PUT", true, true, "check-dcv"): route = .checkOrder
        default: return nil
        }
        self.id = id
        self.request = request
        fields = QueryFields(request.query)
        body = (try? JSONDecoder().decode(Body.self, from: Data(request.body))) ?? Body()
    }

    func number(_ name: String, or other: Int) -> Int { fields.values[name].flatMap { Int($0) } ?? other }

    private static let limitLimit = 1000

    private var knownNames: Set<String> {
        switch route {
        case .domains: ["limit", "offset", "sort", "include_validation", "include_dcv_expiration_time"]
        case .orders: ["limit", "offset", "sort"]
        case .domain: ["include_dcv", "include_validation", "include_dcv_expiration_time"]
        default: []
        }
    }

    /// What is wrong with the form of the call; nil when the provider takes it.
    var complaint: String? {
        if let name = fields.repeatedNames.first { return "query name \(name) twice" }
        for name in fields.values.keys.sorted() where !knownNames.contains(name) {
            let isFilter = name.utf8.starts(with: "filters[".utf8) && [.domains, .orders].contains(route)
            if !isFilter { return "query name \(name), which this call does not take" }
        }
        if let text = fields.values["limit"], !(1...Self.limitLimit).contains(Int(text) ?? 0) {
            return "limit outside 1 to \(Self.limitLimit)"
        }
        if let text = fields.values["offset"], (Int(text) ?? -1) < 0 { return "offset below 0" }
        if request.method == "GET" { return request.body.isEmpty ? nil : "a GET with a body" }
        let types = request.header("content-type")
        if !types.contains(where: { $0.utf8.starts(with: "application/json".utf8) }) {
            return "a \(request.method) without content-type application/json"
        }
        return bodyComplaint
    }

    private var bodyComplaint: String? {
        switch route {
        case .domainMethod, .orderMethod:
            guard let method = body.dcv_method else { return "a body without dcv_method" }
            return RehearsedDigiCertDomain.methods.contains(method) ? nil : "unknown dcv_method \(method)"
        case .submit:
            guard let validations = body.validations, !validations.isEmpty else { return "a body without validations" }
            if let method = body.dcv_method, !RehearsedDigiCertDomain.methods.contains(method) {
                return "unknown dcv_method \(method)"
            }
            return validations.first { !["dv", "ov", "ev"].contains($0.type) }.map { "unknown type \($0.type)" }
        case .checkOrder:
            let isEmpty = request.body.isEmpty || request.body == Array("{}".utf8)
            return isEmpty || body.dns_names_validations != nil ? nil : "a body without dns_names_validations"
        default:
            return request.body.isEmpty || request.body == Array("{}".utf8) ? nil : "a body where none is taken"
        }
    }
}

extension DigiCertDesk {
    /// The provider's answer to a key that is missing or not accepted; nil when the caller may go on.
    func keyRefusal(_ request: RehearsedRequest) -> RehearsedReply? {
        let keys = request.header("x-dc-devkey")
        guard keys.count == 1, let key = keys.first else {
            surprise(request, keys.isEmpty ? "no X-DC-DEVKEY" : "X-DC-DEVKEY \(keys.count) times")
            return error(401, "access_denied|missing_api_key", "An API key is required.")
        }
        guard state.withLock({ $0.keys.contains(key) }) else {
            return error(401, "access_denied|invalid_api_key", "The API key is not valid.")
        }
        return nil
    }

    func formRefusal(_ request: RehearsedRequest, _ call: DigiCertCall?) -> RehearsedReply? {
        guard let call else {
            surprise(request, "the provider has no such call")
            return nil
        }
        guard let complaint = call.complaint else { return nil }
        surprise(request, complaint)
        return error(400, "bad_request_format", complaint)
    }
}

// Which of the provider's calls a request is, and who may make it.
import DCV
import Synchronization

/// A request that is one of the provider's calls.
struct DigiCertCall: Sendable {
    let route: RehearsedDigiCert.Route
    let id: Int?
    let request: RehearsedRequest
    let fields: QueryFields
    /// nil when nothing was sent, or no JSON.
    let body: JSONText?

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
        body = JSONText.parse(request.body)
    }

    var method: String? { body?["dcv_method"]?.asString }

    /// The names of an order that alone are to be checked.
    var names: [String]? { body?["dns_names_validations"]?.elements.map { $0.compactMap(\.asString) } }

    func filter(_ name: String) -> String? { fields.values["filters[\(name)]"] }

    func number(_ name: String, or other: Int) -> Int { fields.values[name].flatMap { Int($0) } ?? other }
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

// Which form of a call the rehearsed DigiCert takes: query, filters and body.

extension DigiCertCall {
    private static let limitLimit = 1000
    private static let types: Set<String> = ["ov", "ev"]

    private var knownNames: Set<String> {
        switch route {
        case .domains:
            [
                "limit", "offset", "sort", "include_validation", "include_dcv_expiration_time", "filters[status]",
                "filters[validation]", "filters[dcv_method]", "filters[search]",
            ]
        case .orders: ["limit", "offset", "sort", "filters[status]"]
        case .domain: ["include_dcv", "include_validation", "include_dcv_expiration_time"]
        default: []
        }
    }

    /// The values that a filter of domains takes. Those of `validation` are not on record: the words of a status stand
    /// for them.
    private static let filterValues: [String: Set<String>] = [
        "status": ["active", "inactive"], "validation": ["pending", "active", "expired"],
        "dcv_method": RehearsedDigiCertDomain.methods,
    ]

    /// What is wrong with the form of the call; nil when the provider takes it.
    var complaint: String? { queryComplaint ?? bodyComplaint }

    private var queryComplaint: String? {
        if let name = fields.repeatedNames.first { return "query name \(name) twice" }
        for name in fields.values.keys.sorted() where !knownNames.contains(name) {
            return "query name \(name), which this call does not take"
        }
        if let text = fields.values["limit"], !(1...Self.limitLimit).contains(Int(text) ?? 0) {
            return "limit outside 1 to \(Self.limitLimit)"
        }
        if let text = fields.values["offset"], (Int(text) ?? -1) < 0 { return "offset below 0" }
        for (name, known) in Self.filterValues where route == .domains {
            if let value = filter(name), !known.contains(value) { return "filters[\(name)]=\(value)" }
        }
        return nil
    }

    private var bodyComplaint: String? {
        if request.method == "GET" { return request.body.isEmpty ? nil : "a GET with a body" }
        let types = request.header("content-type")
        if !types.contains(where: { $0.utf8.starts(with: "application/json".utf8) }) {
            return "a \(request.method) without content-type application/json"
        }
        if request.body.isEmpty { return isBodyNeeded ? "no body" : nil }
        guard let body, let keys = body.keys else { return "a body that is no JSON object" }
        if let key = keys.first(where: { !knownKeys.contains($0) }) {
            return "a body with \(key), which this call does not take"
        }
        if keys.contains("dcv_method") || route == .domainMethod || route == .orderMethod {
            guard let method else { return "a body without dcv_method" }
            if !RehearsedDigiCertDomain.methods.contains(method) { return "unknown dcv_method \(method)" }
        }
        if let flag = body["send_dcv_email_flag"], flag.asBool == nil { return "send_dcv_email_flag is no boolean" }
        switch route {
        case .submit: return validationsComplaint(body["validations"]?.elements ?? [])
        case .checkOrder:
            let elements = body["dns_names_validations"]?.elements
            return keys.isEmpty || elements?.allSatisfy { $0.asString != nil } == true
                ? nil : "dns_names_validations is no list of names"
        default: return nil
        }
    }

    private func validationsComplaint(_ validations: [JSONText]) -> String? {
        if validations.isEmpty { return "a body without validations" }
        for validation in validations {
            guard validation.keys == ["type"], let type = validation["type"]?.asString else {
                return "a validation that is not {\"type\": \"...\"}"
            }
            if !Self.types.contains(type) { return "unknown type \(type)" }
        }
        return nil
    }

    private var isBodyNeeded: Bool { [.domainMethod, .orderMethod, .submit].contains(route) }

    private var knownKeys: Set<String> {
        switch route {
        case .domainMethod: ["dcv_method", "send_dcv_email_flag"]
        case .orderMethod: ["dcv_method"]
        case .submit: ["validations", "dcv_method"]
        case .checkOrder: ["dns_names_validations"]
        default: []
        }
    }
}

// The form a call must have: query names and values, bodies. What is refused here no careful client sends.
import DCV

/// What is wrong with the form of a call, as the provider says it.
struct Complaint: Sendable {
    var status = 400
    /// Where the provider's own number is not on record it is 1004.
    var code = 1004
    let text: String

    init(_ text: String, code: Int = 1004) {
        self.text = text
        self.code = code
    }
}

extension ProviderCall {
    /// nil when the provider takes the call.
    var complaint: Complaint? { queryComplaint ?? bodyComplaint }

    /// The query names that the route takes. Only those whose meaning is rehearsed: a filter must not be passed over.
    private var knownNames: Set<String> {
        switch route {
        case .zones: ["page", "per_page", "name", "status", "account.id", "type"]
        case .retry: ["retry"]
        case .certificatePacks: ["page", "per_page", "status", "deploy"]
        case .hostnames:
            [
                "page", "per_page", "id", "hostname", "hostname.exact", "hostname.contain", "hostname.startsWith",
                "ssl_status", "hostname_status", "certificate_authority", "wildcard", "order", "direction",
            ]
        case .records: ["page", "per_page", "type", "name", "name.exact", "content", "content.exact"]
        default: []
        }
    }

    /// The values a query name may have; nil: any.
    private func knownValues(_ name: String) -> Set<String>? {
        switch (route, name) {
        case (.retry, "retry"): ["true"]
        case (.hostnames, "wildcard"): ["true", "false"]
        case (.certificatePacks, "status"): ["all"]
        case (.certificatePacks, "deploy"): ["staging", "production"]
        case (.hostnames, "order"): ["ssl", "ssl_status"]
        case (.hostnames, "direction"): ["asc", "desc"]
        case (.hostnames, "certificate_authority"): ["google", "lets_encrypt", "ssl_com"]
        default: nil
        }
    }

    private var queryComplaint: Complaint? {
        // A list is written as the name again, or with commas; only zones have one.
        if let name = query.repeatedNames.first(where: { route != .zones || $0 != "type" }) {
            return Complaint("query name \(name) twice")
        }
        let names = query.values.keys.sorted()
        if let name = names.first(where: { !knownNames.contains($0) }) {
            return Complaint("query name \(name), which this call does not take")
        }
        for name in names {
            guard let values = knownValues(name), let value = query.values[name], !values.contains(value) else {
                continue
            }
            return Complaint("\(name)=\(value), where only \(values.sorted().joined(separator: " or ")) may stand")
        }
        if let text = query.values["per_page"], let range = route.perPageRange, !range.contains(Int(text) ?? 0) {
            return Complaint("per_page outside \(range.lowerBound) to \(range.upperBound)")
        }
        if let text = query.values["page"], (Int(text) ?? 0) < 1 { return Complaint("page below 1") }
        if route == .hostnames {
            let filters = names.filter { !["page", "per_page", "order", "direction"].contains($0) }
            if filters.count > 1 && filters.contains("id") {
                return Complaint(
                    "Cannot specify other filter parameters in addition to `id`. Only one must be specified.",
                    code: 1438
                )
            }
            if filters.filter({ $0 == "hostname" || $0.utf8.starts(with: "hostname.".utf8) }).count > 1 {
                return Complaint("more than one filter of the hostname")
            }
        }
        return nil
    }

    private var bodyComplaint: Complaint? {
        guard request.method == "PATCH" || request.method == "POST" else {
            return request.body.isEmpty ? nil : Complaint("a \(request.method) with a body")
        }
        guard request.header("content-type").contains(where: { $0.utf8.starts(with: "application/json".utf8) }) else {
            return Complaint("a \(request.method) without content-type application/json")
        }
        guard let body, let keys = body.keys else {
            return Complaint("Unable to decode the JSON request body. Check your input and try again.", code: 1400)
        }
        switch route {
        case .patch:
            guard keys == ["validation_method"], let method = body["validation_method"]?.asString else {
                return Complaint("a PATCH body that is not {\"validation_method\": \"...\"}")
            }
            let isKnown = ["txt", "http", "cname", "email"].contains(method)
            return isKnown ? nil : Complaint("unknown validation_method \(method)")
        case .restart:
            guard keys.allSatisfy({ $0 == "cloudflare_branding" && body[$0]?.asBool != nil }) else {
                return Complaint("a body with more than cloudflare_branding")
            }
            return nil
        case .patchHostname: return HostnameChange.complaint(body)
        case .createRecord: return RehearsedZoneEntry.complaint(body)
        default: return nil
        }
    }
}

extension ProviderDesk {
    func formRefusal(_ call: ProviderCall) -> RehearsedReply? {
        guard let complaint = call.complaint else { return nil }
        surprise(call.request, complaint.text)
        return .failure(status: complaint.status, [(complaint.code, complaint.text)])
    }
}

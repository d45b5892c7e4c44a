// Which of the provider's calls a request is, and what it carries.
import DCV

/// A request that is one of the provider's calls.
struct ProviderCall: Sendable {
    let route: RehearsedRoute
    /// What stands in the path for the names in braces of the route: zone, pack, hostname, record, account.
    let ids: [String: String]
    let request: RehearsedRequest
    let query: QueryFields
    /// nil without a body, and for one that is no JSON.
    let body: JSONText?

    init?(_ request: RehearsedRequest) {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count > 3, parts[0].isEmpty, parts[1] == "client", parts[2] == "v4" else { return nil }
        query = QueryFields(request.query)
        let found = RehearsedRoute.find(
            method: request.method,
            segments: parts[3...].map { QueryFields.decoded($0) },
            isRetry: query.values["retry"] != nil
        )
        guard let found else { return nil }
        (route, ids) = found
        self.request = request
        body = request.body.isEmpty ? nil : JSONText.parse(request.body)
    }

    var zoneID: String? { ids["zone"] }
    var packID: String? { ids["pack"] }
}

/// One page of a list, by the query of its call.
struct ListPage: Sendable {
    let number: Int
    let perPage: Int

    init(_ call: ProviderCall) {
        number = Int(call.query.values["page"] ?? "") ?? 1
        perPage = Int(call.query.values["per_page"] ?? "") ?? call.route.perPageDefault
    }

    /// A page behind the last one is empty.
    func cut<Entry>(_ entries: [Entry]) -> [Entry] {
        let (skipped, overflow) = (number - 1).multipliedReportingOverflow(by: perPage)
        return overflow ? [] : Array(entries.dropFirst(skipped).prefix(perPage))
    }

    func info(total: Int, manners: RehearsedManners) -> JSONText {
        let first = JSONText.integer(number)
        let pages = (total + perPage - 1) / perPage
        let shown = cut(Array(0..<total)).count
        return .members([
            "page": first, "per_page": .integer(perPage),
            "total_pages": manners.countsPages ? .integer(pages) : nil, "count": .integer(shown),
            "total_count": .integer(total),
        ])
    }
}

extension RehearsedRoute {
    fileprivate var perPageDefault: Int { self == .records ? 100 : 20 }

    /// How many entries a page may have; nil where there are no pages.
    var perPageRange: ClosedRange<Int>? {
        switch self {
        case .zones, .certificatePacks: 5...50
        case .hostnames: 5...1000
        case .records: 1...5_000_000
        default: nil
        }
    }
}

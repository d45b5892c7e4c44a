// Which of the provider's calls a request is, who may make it, and in which form.
import DCV
import FoundationEssentials
import Synchronization

/// A request that is one of the provider's calls.
struct ProviderCall: Sendable {
    let route: RehearsedRoute
    let zoneID: String?
    let packID: String?
    let request: RehearsedRequest
    let query: [String: String]
    /// Query names that came more than once.
    let repeatedNames: [String]

    init?(_ request: RehearsedRequest) {
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count > 3, parts[0].isEmpty, parts[1] == "client", parts[2] == "v4" else { return nil }
        let fields = QueryFields(request.query)
        let query = fields.values
        let tail = Array(parts[3...])
        switch (request.method, tail.count) {
        case ("GET", 1) where tail == ["zones"]: route = .zones
        case ("GET", 2) where tail[0] == "zones": route = .zone
        case ("GET", 3) where tail == ["user", "tokens", "verify"]: route = .verifyToken
        case ("GET", 4) where tail[0] == "zones" && tail[2...] == ["ssl", "verification"]:
            route = query["retry"] == nil ? .verification : .retry
        case ("GET", 4) where tail[0] == "zones" && tail[2...] == ["ssl", "certificate_packs"]:
            route = .certificatePacks
        case ("PATCH", 5) where tail[0] == "zones" && tail[2..<4] == ["ssl", "verification"]: route = .patch
        default: return nil
        }
        zoneID = tail.count >= 2 && tail[0] == "zones" ? tail[1] : nil
        packID = tail.count == 5 ? tail[4] : nil
        self.request = request
        self.query = query
        repeatedNames = fields.repeatedNames
    }

    /// The method in a PATCH body of exactly `{"validation_method": ...}`.
    var method: String? {
        guard let body = try? JSONDecoder().decode([String: String].self, from: Data(request.body)), body.count == 1
        else { return nil }
        return body["validation_method"]
    }

    /// The query names that the route takes.
    private var knownNames: Set<String> {
        switch route {
        case .zones: ["page", "per_page", "name", "status", "account.id", "type"]
        case .retry: ["retry"]
        case .certificatePacks: ["page", "per_page", "status", "deploy"]
        case .zone, .verification, .patch, .verifyToken: []
        }
    }

    /// What is wrong with the form of the call; nil when the provider takes it.
    var complaint: String? {
        if let name = repeatedNames.first { return "query name \(name) twice" }
        if let name = query.keys.sorted().first(where: { !knownNames.contains($0) }) {
            return "query name \(name), which this call does not take"
        }
        if let retry = query["retry"], retry != "true" { return "retry=\(retry), where only true may stand" }
        if let text = query["per_page"], !(5...50).contains(Int(text) ?? 0) { return "per_page outside 5 to 50" }
        if let text = query["page"], (Int(text) ?? 0) < 1 { return "page below 1" }
        if route == .patch {
            guard request.header("content-type").contains(where: { $0.utf8.starts(with: "application/json".utf8) })
            else {
                return "a PATCH without content-type application/json"
            }
            guard let method else { return "a PATCH body that is not {\"validation_method\": \"...\"}" }
            if !["txt", "http", "cname", "email"].contains(method) { return "unknown validation_method \(method)" }
        } else if !request.body.isEmpty {
            return "a GET with a body"
        }
        return nil
    }
}

extension ProviderDesk {
    /// The provider's answer to a credential that is missing, malformed or not accepted; nil when the caller may go on.
    func credentialRefusal(_ request: RehearsedRequest) -> RehearsedReply? {
        let authorization = request.header("authorization")
        let emails = request.header("x-auth-email")
        let keys = request.header("x-auth-key")
        if authorization.count + keys.count > 1 || emails.count != keys.count {
            surprise(request, "credentials twice or by halves")
        }
        if let text = authorization.first {
            guard text.utf8.starts(with: "Bearer ".utf8), text.utf8.count > "Bearer ".utf8.count else {
                surprise(request, "an Authorization header that is no Bearer token")
                return .failure(
                    status: 400,
                    [(6003, "Invalid request headers")],
                    chain: (6111, "Invalid format for Authorization header")
                )
            }
            return accepts(.token(String(text.dropFirst("Bearer ".count))))
                ? nil : .failure(status: 403, [(10000, "Authentication error")])
        }
        if let email = emails.first, let key = keys.first {
            return accepts(.key(email: email, key: key))
                ? nil : .failure(status: 403, [(9103, "Unknown X-Auth-Key or X-Auth-Email")])
        }
        surprise(request, "no credentials")
        return .failure(status: 400, [(9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")])
    }

    func formRefusal(_ call: ProviderCall) -> RehearsedReply? {
        guard let complaint = call.complaint else { return nil }
        surprise(call.request, complaint)
        return .failure(status: 400, [(1004, complaint)])
    }

    private func accepts(_ credential: RehearsedCredential) -> Bool {
        state.withLock { $0.credentials.contains(credential) }
    }
}

// Who may call the rehearsed API, what each may do, and how the provider answers those who may not.
import DCV
import Synchronization

/// What a caller shows.
package enum RehearsedCredential: Hashable, Sendable {
    case token(String)
    case key(email: String, key: String)
}

/// A right by the name that Cloudflare's token page shows.
package enum RehearsedPermission: String, Hashable, Sendable, CaseIterable {
    case zoneRead = "Zone Read"
    case certificatesRead = "SSL and Certificates Read"
    case certificatesWrite = "SSL and Certificates Write"
    case dnsRead = "DNS Read"
    case dnsWrite = "DNS Write"
}

/// What a credential was given.
package struct RehearsedGrant: Sendable {
    package var permissions: Set<RehearsedPermission>
    /// The zones it is for, by id; nil: all of them.
    package var zoneIDs: Set<String>?
    /// The account that owns the token; nil: a user does. Each kind is verified by a call of its own.
    package var accountID: String?
    /// `active`, `disabled` or `expired`; only the first may call.
    package var status: String
    /// RFC 3339; nil: it does not expire.
    package var expiresOn: String?

    package init(
        _ permissions: Set<RehearsedPermission> = Set(RehearsedPermission.allCases),
        zoneIDs: Set<String>? = nil,
        accountID: String? = nil,
        status: String = "active",
        expiresOn: String? = nil
    ) {
        self.permissions = permissions
        self.zoneIDs = zoneIDs
        self.accountID = accountID
        self.status = status
        self.expiresOn = expiresOn
    }
}

extension ProviderDesk {
    /// Either what the credential of a request was given, or the provider's answer to one that is missing, malformed or
    /// not known.
    func grant(_ request: RehearsedRequest, route: RehearsedRoute) -> Result<RehearsedGrant, Refusal> {
        let authorization = request.header("authorization")
        let emails = request.header("x-auth-email")
        let keys = request.header("x-auth-key")
        if authorization.count + keys.count > 1 || emails.count != keys.count {
            surprise(request, "credentials twice or by halves")
        }
        if let text = authorization.first {
            guard text.utf8.starts(with: "Bearer ".utf8), text.utf8.count > "Bearer ".utf8.count else {
                surprise(request, "an Authorization header that is no Bearer token")
                return .failure(.malformed)
            }
            let grant = grant(of: .token(String(text.dropFirst("Bearer ".count))))
            return grant.map { .success($0) } ?? .failure(route.verifies ? .badToken : .unknown)
        }
        if let email = emails.first, let key = keys.first {
            // There is no token in such a request that could be verified.
            if route.verifies { return .failure(.badToken) }
            return grant(of: .key(email: email, key: key)).map { .success($0) } ?? .failure(.unknownKey)
        }
        surprise(request, "no credentials")
        return .failure(.missing)
    }

    /// The answer to a caller who was not given what the call needs; nil when he was.
    func refusal(of call: ProviderCall, for grant: RehearsedGrant) -> Refusal? {
        switch call.route {
        case .verifyToken: return grant.accountID == nil ? nil : .badToken
        case .verifyAccountToken: return grant.accountID == call.ids["account"] ? nil : .badToken
        default: break
        }
        if grant.status != "active" { return .badAccessToken }
        if !call.route.rights.isEmpty && grant.permissions.isDisjoint(with: call.route.rights) { return .unknown }
        if let zone = call.zoneID, let zones = grant.zoneIDs, !zones.contains(zone) { return .unknown }
        return nil
    }

    private func grant(of credential: RehearsedCredential) -> RehearsedGrant? {
        state.withLock { $0.grants[credential] }
    }

    /// The provider's refusals of a caller. A missing right is answered like a wrong token.
    enum Refusal: Error {
        case malformed, missing, unknown, unknownKey, badToken, badAccessToken

        var reply: RehearsedReply {
            switch self {
            case .malformed:
                .failure(
                    status: 400,
                    [(6003, "Invalid request headers")],
                    chain: (6111, "Invalid format for Authorization header")
                )
            case .missing:
                .failure(status: 400, [(9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")])
            case .unknown: .failure(status: 403, [(10000, "Authentication error")])
            case .unknownKey: .failure(status: 403, [(9103, "Unknown X-Auth-Key or X-Auth-Email")])
            case .badToken: .failure(status: 401, [(1000, "Invalid API Token")])
            case .badAccessToken: .failure(status: 403, [(9109, "Invalid access token")])
            }
        }
    }
}

extension RehearsedRoute {
    fileprivate var verifies: Bool { self == .verifyToken || self == .verifyAccountToken }
}

extension RehearsedReply {
    /// A good token is told with code 10000 among the *messages*, the number that among errors means a bad one.
    static func verified(_ grant: RehearsedGrant) -> RehearsedReply {
        let isActive = grant.status == "active"
        return .envelope(
            status: 200,
            result: .members([
                "id": .string("ed17574386854bf78a67040be0a770b0"), "status": .string(grant.status),
                "expires_on": grant.expiresOn.map(JSONText.string),
            ]),
            messages: [
                .members([
                    "code": .integer(10000), "message": .string("This API Token is valid and active"), "type": .null,
                ])
            ].filter { _ in isActive }
        )
    }
}

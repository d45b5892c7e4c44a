// Cloudflare's words for what goes wrong, and its calls, at which it can.

/// A call of the provider's API.
package enum RehearsedRoute: String, Hashable, Sendable, CaseIterable {
    case zones = "GET /zones"
    case zone = "GET /zones/{zone}"
    case verification = "GET /zones/{zone}/ssl/verification"
    case retry = "GET /zones/{zone}/ssl/verification?retry=true"
    case patch = "PATCH /zones/{zone}/ssl/verification/{pack}"
    case certificatePacks = "GET /zones/{zone}/ssl/certificate_packs"
    case verifyToken = "GET /user/tokens/verify"
}

extension RehearsedFault {
    package static let authenticationError = failure(status: 403, code: "10000", message: "Authentication error")
    package static let invalidAccessToken = failure(status: 401, code: "9109", message: "Invalid access token")
    package static let tooManyFailures = failure(status: 403, code: "9109", message: "Max auth failures reached")
}

extension ProviderDesk: ErrorWording {
    func failure(status: Int, code: String?, message: String, retryAfter: String?) -> RehearsedReply {
        .failure(status: status, [(code.flatMap { Int($0) }, message)], retryAfter: retryAfter)
    }

    func internalError() -> RehearsedReply { .failure(status: 500, [(10001, "Internal error")]) }

    func rateLimited(retryAfter: String?) -> RehearsedReply {
        let message = "More than 1200 requests per 300 seconds reached. Please wait and consider throttling"
        return .failure(status: 429, [(10100, message)], retryAfter: retryAfter)
    }
}

// Cloudflare's words for what goes wrong.

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

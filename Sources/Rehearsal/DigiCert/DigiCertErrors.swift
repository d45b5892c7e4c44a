// How DigiCert says that a call failed: three shapes of the same.
import Synchronization

extension RehearsedReply {
    static func json(_ status: Int, _ json: JSONText, retryAfter: String? = nil) -> RehearsedReply {
        let headers = [("content-type", "application/json")] + (retryAfter.map { [("retry-after", $0)] } ?? [])
        return RehearsedReply(status: status, headers: headers, json: json)
    }
}

extension RehearsedFault {
    package static let digiCertMissingPermission = failure(
        status: 403,
        code: "access_denied|missing_permission",
        message: "You do not have permission to perform this action."
    )
}

extension DigiCertDesk: ErrorWording {
    /// In the shape the server was told to write.
    func error(_ status: Int, _ code: String?, _ message: String, retryAfter: String? = nil) -> RehearsedReply {
        let error = JSONText.members(["code": code.map(JSONText.string), "message": .string(message)])
        let json: JSONText =
            switch state.withLock({ $0.shape.errors }) {
            case .array: .members(["errors": .array([error])])
            case .object: .members(["errors": error])
            case .singular: .members(["error": error])
            }
        return .json(status, json, retryAfter: retryAfter)
    }

    func failure(status: Int, code: String?, message: String, retryAfter: String?) -> RehearsedReply {
        error(status, code, message, retryAfter: retryAfter)
    }

    func internalError() -> RehearsedReply { error(500, "internal_server_error", "An unexpected error occurred.") }

    /// No Retry-After is documented; one may come all the same.
    func rateLimited(retryAfter: String?) -> RehearsedReply {
        error(
            429,
            "request_limit_exceeded",
            "Service unavailable, please limit request volume.",
            retryAfter: retryAfter
        )
    }
}

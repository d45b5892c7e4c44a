// The five shapes in which NAVER Cloud says that a call failed.

extension RehearsedReply {
    private static let endpointOrigin: [(name: String, value: String)] = [
        ("x-ncp-apigw-response-origin", "ENDPOINT")
    ]

    static func endpoint(status: Int, _ json: JSONText) -> RehearsedReply {
        RehearsedReply(status: status, headers: [("content-type", "application/json")] + endpointOrigin, json: json)
    }

    /// HTTP 400 and the service's own code.
    static func refusedRequest(code: String, _ message: String) -> RehearsedReply {
        .endpoint(status: 400, .members(["returnCode": .string(code), "returnMessage": .string(message)]))
    }

    /// HTTP 200, and only the code says that it failed.
    static func serviceError(code: String, _ message: String) -> RehearsedReply {
        .endpoint(status: 200, .members(["returnCode": .string(code), "returnMessage": .string(message)]))
    }

    static func gatewayError(
        status: Int,
        code: String?,
        _ message: String,
        details: String? = nil,
        retryAfter: String? = nil
    ) -> RehearsedReply {
        RehearsedReply(
            status: status,
            headers: [("content-type", "application/json")] + (retryAfter.map { [("retry-after", $0)] } ?? []),
            json: .members([
                "error": .members([
                    "errorCode": code.map(JSONText.string), "message": .string(message),
                    "details": details.map(JSONText.string),
                ])
            ])
        )
    }

    /// As services of the older generation say it.
    static func responseError(status: Int, code: String, _ message: String) -> RehearsedReply {
        .endpoint(
            status: status,
            .members(["responseError": .members(["returnCode": .string(code), "returnMessage": .string(message)])])
        )
    }

    /// A sub account's key at API 2.0: no body, and only a header tells that the gateway had let it through.
    static var subAccountRefusal: RehearsedReply { RehearsedReply(status: 403, headers: endpointOrigin, body: []) }
}

/// The shapes by name, so that a test can go through all of them.
package enum RehearsedNAVERError: Sendable, CaseIterable {
    case refusedRequest, serviceError, gatewayError, responseError, emptyForbidden
}

extension RehearsedFault {
    /// One of the five shapes, instead of the answer.
    package static func naver(
        _ shape: RehearsedNAVERError,
        code: String = "1000",
        message: String = "Unexpected error."
    ) -> RehearsedFault {
        switch shape {
        case .refusedRequest: .instead(.refusedRequest(code: code, message))
        case .serviceError: .instead(.serviceError(code: code, message))
        case .gatewayError: .instead(.gatewayError(status: 503, code: code, message, details: "Endpoint Error"))
        case .responseError: .instead(.responseError(status: 500, code: code, message))
        case .emptyForbidden: .instead(.subAccountRefusal)
        }
    }
}

extension NAVERDesk: ErrorWording {
    func failure(status: Int, code: String?, message: String, retryAfter: String?) -> RehearsedReply {
        .gatewayError(status: status, code: code, message, retryAfter: retryAfter)
    }

    func internalError() -> RehearsedReply { .gatewayError(status: 500, code: "900", "Unexpected Error") }

    func rateLimited(retryAfter: String?) -> RehearsedReply {
        .gatewayError(status: 429, code: "420", "Rate Limited", retryAfter: retryAfter)
    }
}

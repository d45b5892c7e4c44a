// The envelope in which every answer of the rehearsed provider comes, and its errors.

extension RehearsedReply {
    /// The envelope every answer of the provider comes in.
    static func envelope(
        status: Int,
        result: JSONText,
        errors: [JSONText] = [],
        messages: [JSONText] = [],
        resultInfo: JSONText? = nil,
        headers: [(name: String, value: String)] = []
    ) -> RehearsedReply {
        let body = JSONText.members([
            "result": result, "result_info": resultInfo, "success": .bool(errors.isEmpty), "errors": .array(errors),
            "messages": .array(messages),
        ])
        let always: [(name: String, value: String)] = [
            ("content-type", "application/json"), ("ratelimit", "\"default\";r=1199;t=300"),
            ("ratelimit-policy", "\"burst\";q=1200;w=300"),
        ]
        return RehearsedReply(status: status, headers: always + headers, json: body)
    }

    static func failure(
        status: Int,
        _ errors: [(code: Int?, message: String)],
        chain: (code: Int, message: String)? = nil,
        retryAfter: String? = nil
    ) -> RehearsedReply {
        let chainText = chain.map {
            JSONText.array([.members(["code": .integer($0.code), "message": .string($0.message)])])
        }
        return .envelope(
            status: status,
            result: .null,
            errors: errors.map {
                .members([
                    "code": $0.code.map(JSONText.integer), "message": .string($0.message), "error_chain": chainText,
                ])
            },
            headers: retryAfter.map { [("retry-after", $0)] } ?? []
        )
    }

    static func noRoute(_ path: String) -> RehearsedReply {
        .failure(
            status: 404,
            [
                (7003, "Could not route to \(path), perhaps your object identifier is invalid?"),
                (7000, "No route for that URI"),
            ]
        )
    }
}

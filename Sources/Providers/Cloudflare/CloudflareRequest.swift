// A call with everything that its request needs: the endpoint, the credential, and the judge of its answer.
import DCV
import Platform

struct CloudflareRequest: APICall {
    let configuration: CloudflareConfiguration
    let call: CloudflareCall

    var kind: CallKind { call.kind }
    var isEffect: Bool { call.isEffect }
    var right: String? { call.right }
    var faults: APIFaultWriter { judgeOfTheCall.faults }

    func judge(_ response: HTTPResponse) -> Result<JSONValue, APIFault> { judgeOfTheCall.judge(response) }

    private var judgeOfTheCall: CloudflareJudge { CloudflareJudge(provider: configuration.name, call: call) }

    func request(at now: Instant) throws(HTTPFailure) -> HTTPRequest {
        var headers = HTTPHeaders()
        switch configuration.credential {
        case .token(let token): try headers.add("Authorization", "Bearer " + token.revealed)
        case .emailAndKey(let email, let key):
            try headers.add("X-Auth-Email", email.revealed)
            try headers.add("X-Auth-Key", key.revealed)
        }
        try headers.add("Accept", "application/json")
        if call.body != nil { try headers.add("Content-Type", "application/json") }
        return HTTPRequest(
            call.method,
            try configuration.endpoint.url.appending(call.segments, query: call.query),
            headers: headers,
            body: call.body?.serialized() ?? [],
            bodyLimitBytes: CloudflareJudge.bodyLimitBytes
        )
    }
}

extension CloudflareConfiguration {
    /// From one request to the next at least, repetitions included: other tools share the account's limit.
    static let requestGapMilliseconds: Int64 = 250
    /// 1,200 requests in five minutes for a user, whatever sends them.
    static let limits = [CallLimit(count: 1200, windowMilliseconds: 300_000)]

    var manners: APIManners {
        let secrets: [Secret] =
            switch credential {
            case .token(let token): [token]
            case .emailAndKey(_, let key): [key]
            }
        return APIManners(
            requestGapMilliseconds: Self.requestGapMilliseconds,
            limits: Self.limits,
            secrets: secrets
        )
    }
}

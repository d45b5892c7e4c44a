// How a rehearsed provider misbehaves on request: the same list for every provider, each in its own words.

/// What goes wrong with a call. Unless it says otherwise the call has its effect, and its true answer is spoiled.
package enum RehearsedFault: Sendable {
    /// The provider's own error; the call has no effect.
    case failure(status: Int, code: String?, message: String, retryAfter: String? = nil)
    /// The provider's own error of status 500; the call has no effect.
    case internalError
    /// The provider's own refusal of too many requests; the call has no effect. The header is sent as it stands here:
    /// seconds, a date, or junk.
    case rateLimited(retryAfter: String?)
    /// This instead of the answer; the call has no effect.
    case instead(RehearsedReply)
    /// The call has its effect, then this comes instead of its answer.
    case insteadAfterEffect(RehearsedReply)
    /// The true answer, one byte after each pause.
    case drip(milliseconds: Int)
    /// The connection is reset before the call has an effect.
    case resetBeforeEffect
    /// The call has its effect, then the connection is reset after so many bytes of the body (nil: before the head).
    case resetAfterEffect(bytes: Int? = nil)
    /// The answer's body goes on for ever.
    case endless
    /// A list with its later entries left out.
    /// - Parameter countsToo: the totals agree with what is left, so that nothing shows the loss.
    case shrunken(keeping: Int, countsToo: Bool = true)
    /// Every key of the answer twice, the second time with another value.
    case duplicateKeys
    /// The answer with one more member: arrays in arrays.
    case nested(depth: Int)
    /// The answer with white space behind it, up to so many bytes (at most `hugeLimitBytes`): valid JSON all the same.
    case huge(bytes: Int)
}

extension RehearsedFault {
    package static let hugeLimitBytes = 64 << 20
    /// Of what a packed body unpacks to.
    package static let bombLimitBytes = 1 << 30

    /// Any bytes instead of the answer; the call has no effect.
    package static func raw(status: Int, contentType: String, body: String) -> RehearsedFault {
        .instead(RehearsedReply(status: status, headers: [("content-type", contentType)], body: body.utf8))
    }

    /// The page of a proxy whose origin is gone (500, 502, 520 ...).
    package static func page(status: Int) -> RehearsedFault { .instead(errorPage(status: status)) }

    /// The call has its effect, but the proxy before the provider no longer waited for the answer.
    package static func pageAfterEffect(status: Int) -> RehearsedFault {
        .insteadAfterEffect(errorPage(status: status))
    }

    /// A status and nothing else: no body and no content type.
    package static func empty(status: Int, headers: [(name: String, value: String)] = []) -> RehearsedFault {
        .instead(RehearsedReply(status: status, headers: headers, body: []))
    }

    package static let notJSON = raw(status: 200, contentType: "application/json", body: "{\"result\": [")

    /// A body packed with gzip, which nobody asked for, that unpacks to so many opening brackets.
    package static func gzipBomb(unpackedBytes: Int) -> RehearsedFault {
        let body = GzipRun.packed(octet: 0x5B, count: min(max(0, unpackedBytes), bombLimitBytes))
        return .instead(
            RehearsedReply(
                status: 200,
                headers: [("content-type", "application/json"), ("content-encoding", "gzip")],
                body: body
            )
        )
    }

    private static func errorPage(status: Int) -> RehearsedReply {
        let title = "\(status): Web server is returning an unknown error"
        let page = "<!DOCTYPE html>\n<html><head><title>\(title)</title></head><body>\(title)</body></html>\n"
        return RehearsedReply(
            status: status,
            headers: [("content-type", "text/html; charset=UTF-8")],
            body: page.utf8
        )
    }
}

/// How a provider words the errors that a fault asks for.
protocol ErrorWording {
    func failure(status: Int, code: String?, message: String, retryAfter: String?) -> RehearsedReply
    func internalError() -> RehearsedReply
    func rateLimited(retryAfter: String?) -> RehearsedReply
}

extension ErrorWording {
    /// The answer to a call that a fault may have been kept for.
    func answer(_ fault: RehearsedFault?, perform: () async -> RehearsedReply) async -> RehearsedReply {
        switch fault {
        case nil: return await perform()
        case .failure(let status, let code, let message, let retryAfter):
            return failure(status: status, code: code, message: message, retryAfter: retryAfter)
        case .internalError: return internalError()
        case .rateLimited(let retryAfter): return rateLimited(retryAfter: retryAfter)
        case .instead(let reply): return reply
        case .resetBeforeEffect: return RehearsedReply(status: 200, body: [], manner: .reset(afterBytes: nil))
        case .insteadAfterEffect(let reply):
            _ = await perform()
            return reply
        case .drip(let milliseconds): return await perform().sent(.drip(milliseconds: milliseconds))
        case .resetAfterEffect(let bytes): return await perform().sent(.reset(afterBytes: bytes))
        case .endless: return await perform().sent(.endless)
        case .shrunken(let keeping, let countsToo):
            return await perform().shrunken(keeping: keeping, countsToo: countsToo)
        case .duplicateKeys: return await perform().withDuplicateKeys
        case .nested(let depth): return await perform().nested(depth: depth)
        case .huge(let bytes): return await perform().padded(toBytes: min(bytes, RehearsedFault.hugeLimitBytes))
        }
    }
}

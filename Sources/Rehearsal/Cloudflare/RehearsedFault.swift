// How a rehearsed provider misbehaves on request: each fault is taken by the next calls of its route.

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

/// What goes wrong with a call.
package enum RehearsedFault: Sendable {
    /// An error envelope instead of the answer; the call has no effect.
    case failure(status: Int, code: Int?, message: String, retryAfter: String? = nil)
    /// Any bytes instead of the answer; the call has no effect.
    case raw(status: Int, contentType: String, body: String)
    /// The true answer, one byte after each pause.
    case drip(milliseconds: Int)
    /// The connection is reset before the call has an effect.
    case resetBeforeEffect
    /// The call has its effect, then the connection is reset after so many bytes of the body (nil: before the head).
    case resetAfterEffect(bytes: Int? = nil)
    /// The answer's body goes on for ever.
    case endless

    package static let authenticationError = failure(status: 403, code: 10000, message: "Authentication error")
    package static let invalidAccessToken = failure(status: 401, code: 9109, message: "Invalid access token")
    package static let tooManyFailures = failure(status: 403, code: 9109, message: "Max auth failures reached")
    package static let internalError = failure(status: 500, code: 10001, message: "Internal error")

    /// - Parameter retryAfter: the header as it is sent, which may be seconds, a date or junk.
    package static func rateLimited(retryAfter: String?) -> RehearsedFault {
        failure(
            status: 429,
            code: 10100,
            message: "More than 1200 requests per 300 seconds reached. Please wait and consider throttling",
            retryAfter: retryAfter
        )
    }

    /// The page of a proxy whose origin is gone (500, 502, 520 ...).
    package static func page(status: Int) -> RehearsedFault {
        let title = "\(status): Web server is returning an unknown error"
        return raw(
            status: status,
            contentType: "text/html; charset=UTF-8",
            body: "<!DOCTYPE html>\n<html><head><title>\(title)</title></head><body>\(title)</body></html>\n"
        )
    }

    package static let notJSON = raw(status: 200, contentType: "application/json", body: "{\"result\": [")
    package static let duplicateKeys = raw(
        status: 200,
        contentType: "application/json",
        body: #"{"success":true,"success":false,"errors":[],"messages":[],"result":[],"result":null}"#
    )

    /// `success: true` and a result of arrays in arrays.
    package static func nested(depth: Int) -> RehearsedFault {
        raw(
            status: 200,
            contentType: "application/json",
            body: #"{"success":true,"errors":[],"messages":[],"result":"#
                + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        )
    }
}

/// Faults waiting for their calls.
struct FaultQueue: Sendable {
    private struct Entry: Sendable {
        let fault: RehearsedFault
        let route: RehearsedRoute?
        let zone: String?
        var timesLeft: Int
    }

    private var waiting: [Entry] = []

    mutating func add(_ fault: RehearsedFault, route: RehearsedRoute?, zone: String?, times: Int) {
        waiting.append(Entry(fault: fault, route: route, zone: zone, timesLeft: times))
    }

    mutating func clear() { waiting = [] }

    /// The first fault that fits the call, used up by one.
    mutating func take(route: RehearsedRoute, zone: String?) -> RehearsedFault? {
        let fitting = waiting.firstIndex { ($0.route ?? route) == route && ($0.zone == nil || $0.zone == zone) }
        guard let index = fitting else { return nil }
        let fault = waiting[index].fault
        waiting[index].timesLeft -= 1
        if waiting[index].timesLeft <= 0 { waiting.remove(at: index) }
        return fault
    }
}

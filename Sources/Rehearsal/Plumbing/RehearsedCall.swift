// One call of a rehearsed provider's API, as it was asked.
import DCV

package struct RehearsedCall<Route: Hashable & Sendable>: Sendable {
    /// nil: a call the provider does not have.
    package let route: Route?
    /// The certificate, domain or order that the call is about.
    package let subject: String?
    package let request: RehearsedRequest
}

extension RehearsedRequest {
    /// The request in one line, for a list of what was odd.
    var line: String {
        let text = body.isEmpty ? "" : " \(OctetText(body).shortened(limitBytes: 200))"
        return "\(method) \(target)\(text)"
    }
}

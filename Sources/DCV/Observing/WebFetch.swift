// The way to a token file as it was walked from one address of its host: each hop, and what ended it.

/// One fetch of a token file, redirects followed as CAs follow them.
package struct WebFetch: Hashable, Sendable, Codable {
    /// One request.
    package struct Hop: Hashable, Sendable, Codable {
        /// As it was asked for, without credentials or fragment.
        package let url: String
        /// Where the connection went.
        package let address: IPAddress
        package let port: UInt16
        /// Nil without an answer.
        package let status: Int?
        /// IPv6 address of the same host that a CA would have taken, and that this machine has no route to.
        package let passedOver: IPAddress?

        package init(
            url: String,
            address: IPAddress,
            port: UInt16,
            status: Int? = nil,
            passedOver: IPAddress? = nil
        ) {
            self.url = url
            self.address = address
            self.port = port
            self.status = status
            self.passedOver = passedOver
        }

        private enum CodingKeys: String, CodingKey {
            case url, address, port, status
            case passedOver = "passed_over"
        }
    }

    /// Why no file was had from an address that answered. The words are the codes of the findings.
    package enum Fault: String, Hashable, Sendable, Codable, CaseIterable {
        /// A redirect that CAs do not follow.
        case redirectRefused = "redirect-refused"
        /// A redirect to a host that does not answer.
        case redirectTargetUnreachable = "redirect-target-unreachable"
        /// Neither the file nor "not found".
        case status = "http-status"
        /// A Content-Encoding that was not asked for.
        case encoded = "body-encoded"
        /// TLS is spoken where plain HTTP is asked for.
        case speaksTLS = "https-on-port-80"
        /// The connection was taken, and no whole answer came.
        case brokenOff = "fetch-broken"
        /// No TLS handshake at a redirect's target.
        case tlsFailed = "tls-failed"

        /// Whether no CA gets past it before a person changes the web server; what is not standing may be over at the next look.
        var isStanding: Bool {
            switch self {
            case .redirectRefused, .encoded, .speaksTLS: true
            case .redirectTargetUnreachable, .status, .brokenOff, .tlsFailed: false
            }
        }
    }

    /// In order; the first is the token's own URL.
    package let hops: [Hop]
    package let fault: Fault?
    /// Whether what came instead of the token is a web page: HTML, or longer than any token.
    package let isPage: Bool

    package init(hops: [Hop], fault: Fault? = nil, isPage: Bool = false) {
        self.hops = hops
        self.fault = fault
        self.isPage = isPage
    }

    private enum CodingKeys: String, CodingKey {
        case hops, fault
        case isPage = "is_page"
    }
}

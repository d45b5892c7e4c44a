// What is asked and answered over HTTP, as plain values: the words of HTTPExchanging, free of any HTTP library.
package import DCV

/// One request and its answer. Implementations never follow redirects, never repeat a request and never keep cookies.
package protocol HTTPExchanging: Sendable {
    func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse
}

package enum HTTPMethod: String, Hashable, Sendable {
    case get = "GET"
    case patch = "PATCH"
    case post = "POST"
    case put = "PUT"
}

/// Header fields in their order; names compare without regard to ASCII case (RFC 9110 5.1). `description` shows names
/// only, because values hold credentials.
package struct HTTPHeaders: Hashable, Sendable, CustomStringConvertible {
    package struct Field: Hashable, Sendable, CustomStringConvertible {
        package let name: String
        package let value: String
        package var description: String { "\(name): ***" }
    }

    package private(set) var fields: [Field] = []

    package init() {}

    /// Adds one field. Refused: a name that is no token, a value with a control byte (RFC 9110 5.5), above all CR, LF
    /// and NUL.
    package mutating func add(_ name: String, _ value: String) throws(HTTPFailure) {
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
            throw .refused("\"\(OctetText(name.utf8).shortened())\" is no header name")
        }
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw .refused("the value for header \(name) has a control byte in it")
        }
        fields.append(Field(name: name, value: value))
    }

    /// For what a server sent: its fields have been parsed and are only read.
    init(received fields: [(String, String)]) { self.fields = fields.map { Field(name: $0.0, value: $0.1) } }

    /// The first value of that name.
    package subscript(name: String) -> String? { values(name).first }

    package func values(_ name: String) -> [String] {
        fields.filter { ASCII.lowercased($0.name) == ASCII.lowercased(name) }.map { $0.value }
    }

    /// The same names with other values; for what a server sent, which is only read.
    package func mapValues(_ value: (Field) -> String) -> HTTPHeaders {
        HTTPHeaders(received: fields.map { ($0.name, value($0)) })
    }

    package var description: String { fields.map { $0.description }.joined(separator: ", ") }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}

package struct HTTPRequest: Sendable, CustomStringConvertible {
    /// From the first packet to the last byte of the body.
    package static let defaultDeadlineMilliseconds: Int64 = 30_000
    /// For provider APIs; a token file asks for far less.
    package static let defaultBodyLimitBytes = 4 << 20

    /// Where the connection goes, whatever the host's name resolves to.
    package struct Peer: Hashable, Sendable {
        package let address: IPAddress
        package let port: UInt16

        package init(address: IPAddress, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// What becomes of an answer whose body is longer than the limit.
    package enum OverlongBody: Sendable {
        /// The exchange ends with `HTTPFailure.tooLarge`: half a document is none.
        case refuse
        /// The body ends at the limit and `HTTPResponse.isBodyCut` says so: status and beginning are enough.
        case cut
    }

    /// Which certificates of a server are taken. Only where the peer is given; else it is the system's roots.
    package enum Trust: Hashable, Sendable {
        case systemRoots
        /// These certificates alone, in PEM.
        case roots(pem: [UInt8])
        /// Any, be it expired, self-made or another host's.
        case anyCertificate
    }

    package var method: HTTPMethod
    package var url: HTTPURL
    package var headers: HTTPHeaders
    package var body: [UInt8]
    package var deadlineMilliseconds: Int64
    package var bodyLimitBytes: Int
    package var overlongBody: OverlongBody
    /// Set: connect there and leave the Host header and the TLS server name as the URL says.
    package var peer: Peer?
    package var trust: Trust
    /// Whether HTTP/2 may be spoken where the server offers it. Only where the peer is given.
    package var allowsHTTP2: Bool

    package init(
        _ method: HTTPMethod,
        _ url: HTTPURL,
        headers: HTTPHeaders = HTTPHeaders(),
        body: [UInt8] = [],
        deadlineMilliseconds: Int64 = defaultDeadlineMilliseconds,
        bodyLimitBytes: Int = defaultBodyLimitBytes,
        overlongBody: OverlongBody = .refuse,
        peer: Peer? = nil,
        trust: Trust = .systemRoots,
        allowsHTTP2: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadlineMilliseconds = deadlineMilliseconds
        self.bodyLimitBytes = bodyLimitBytes
        self.overlongBody = overlongBody
        self.peer = peer
        self.trust = trust
        self.allowsHTTP2 = allowsHTTP2
    }

    package var description: String { "\(method.rawValue) \(url)" }
}

package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: [UInt8]
    /// Whether the server had more than `body`; only where the request says `OverlongBody.cut`.
    package let isBodyCut: Bool
    /// From the start of the exchange to the last byte of the body.
    package let elapsedMilliseconds: Int64

    /// The Content-Encoding that hides the body's octets, for people; nil without one. Every request asks for
    /// `identity`, and nothing is ever decompressed: whoever reads the body judges first.
    package var foreignEncoding: String? {
        let encodings = headers.values("Content-Encoding").filter { ASCII.lowercased($0) != "identity" }
        guard !encodings.isEmpty else { return nil }
        return "Content-Encoding \"\(OctetText(encodings.joined(separator: ", ").utf8).shortened())\""
    }

    package init(
        status: Int,
        headers: HTTPHeaders,
        body: [UInt8],
        isBodyCut: Bool = false,
        elapsedMilliseconds: Int64
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isBodyCut = isBodyCut
        self.elapsedMilliseconds = elapsedMilliseconds
    }
}

/// Why there is no answer. Texts hold nothing of the request's headers or bodies.
package enum HTTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Our own rules refuse the request or URL; nothing was sent.
    case refused(String)
    /// No connection: unknown name, refused, no answer while connecting.
    case unreachable(String)
    /// No connection to this address because of this machine: it has no route there, or no address of that family. Told
    /// apart only where the peer is given.
    case noRoute(String)
    /// The TLS handshake failed, mostly the certificate; nothing of the request was sent.
    case tlsFailed(String)
    /// The deadline passed, be it with a slow head or a slow body.
    case timedOut(milliseconds: Int64)
    /// The connection ended before the answer did.
    case brokenOff(String)
    /// The answer's head or body passed its limit.
    case tooLarge(what: String, limitBytes: Int)
    /// The answer is no HTTP that we take.
    case malformedAnswer(String)
    /// The task was cancelled.
    case cancelled

    /// Whether the server may have received the request and acted on it: then look before sending it again.
    package var mayHaveArrived: Bool {
        switch self {
        case .refused, .unreachable, .noRoute, .tlsFailed: false
        case .timedOut, .brokenOff, .tooLarge, .malformedAnswer, .cancelled: true
        }
    }

    package var description: String {
        switch self {
        case .refused(let reason): reason
        case .unreachable(let reason): "no connection: \(reason)"
        case .noRoute(let address): "no connection: this machine has no route to \(address)"
        case .tlsFailed(let reason): "TLS failed: \(reason)"
        case .timedOut(let milliseconds): "no complete answer within \(milliseconds) ms"
        case .brokenOff(let reason): "the connection ended before the answer did: \(reason)"
        case .tooLarge(let what, let limitBytes): "the answer's \(what) is longer than \(limitBytes) bytes"
        case .malformedAnswer(let reason): "the answer is not acceptable HTTP: \(reason)"
        case .cancelled: "cancelled"
        }
    }
}

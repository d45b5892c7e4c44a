// What DNSSEC says of data: the four statuses of RFC 4033 5, and why.

/// The security status of an answer or a zone. A validating CA takes secure and insecure data, and nothing else (BR 4.2.2.2).
package enum SecurityStatus: Hashable, Sendable {
    /// A chain of trust from the anchor holds.
    case secure
    /// The chain ends at a proved unsigned delegation, or in algorithms nobody here knows.
    case insecure(reason: String)
    /// A chain should hold and does not: a CA's resolver answers SERVFAIL.
    case bogus(reason: String)
    /// Too little was seen to say any of that.
    case indeterminate(reason: String)

    /// Stable word for programs.
    package var code: String {
        switch self {
        case .secure: "secure"
        case .insecure: "insecure"
        case .bogus: "bogus"
        case .indeterminate: "indeterminate"
        }
    }

    private var rank: Int {
        switch self {
        case .secure: 0
        case .insecure: 1
        case .indeterminate: 2
        case .bogus: 3
        }
    }

    /// The status of both together: the worse one, the first of equals; nil when neither was examined.
    package static func worse(_ one: SecurityStatus?, _ other: SecurityStatus?) -> SecurityStatus? {
        guard let one, let other else { return one ?? other }
        return other.rank > one.rank ? other : one
    }

    /// Whether a validating CA takes the data.
    package var isSound: Bool {
        switch self {
        case .secure, .insecure: true
        case .bogus, .indeterminate: false
        }
    }

    package var reason: String? {
        switch self {
        case .secure: nil
        case .insecure(let reason), .bogus(let reason), .indeterminate(let reason): reason
        }
    }
}

extension SecurityStatus: Codable, CustomStringConvertible {
    private enum Key: String, CodingKey { case status, reason }

    package var description: String { reason.map { "\(code) (\($0))" } ?? code }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: Key.self)
        func reason() throws -> String { try keyed.decode(String.self, forKey: .reason) }
        switch try keyed.decode(String.self, forKey: .status) {
        case "secure": self = .secure
        case "insecure": self = .insecure(reason: try reason())
        case "bogus": self = .bogus(reason: try reason())
        case "indeterminate": self = .indeterminate(reason: try reason())
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .status,
                in: keyed,
                debugDescription: "\"\(other)\" is no security status"
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        try keyed.encode(code, forKey: .status)
        try keyed.encodeIfPresent(reason, forKey: .reason)
    }
}

// What must be visible for a domain to count as proved: the solved challenge, as a DNS record or a file on a web server.

/// How control of a domain is shown (BR 3.2.2.4: txt and cname are method 7, http is 18 or 19, email is 4).
package enum ValidationMethod: String, Hashable, Sendable, Codable, CaseIterable {
    case txt, cname, http, email
}

/// The kinds of record this program can look for and have published.
package enum RecordKind: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    case txt, cname, http

    package var method: ValidationMethod {
        switch self {
        case .txt: .txt
        case .cname: .cname
        case .http: .http
        }
    }

    package static func < (one: RecordKind, other: RecordKind) -> Bool { one.rawValue < other.rawValue }
}

/// One record or file that a CA will look for.
package struct RequiredRecord: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case txt(name: DomainName, value: TXTValue)
        case cname(name: DomainName, target: DomainName)
        case http(host: DomainName, path: HTTPTokenPath, body: HTTPTokenBody)
    }

    /// A one-time record is withdrawn when it has served; a standing one (a delegation CNAME, `_validation-persist`) never is.
    package enum Purpose: String, Hashable, Sendable, Codable { case oneTime, standing }

    package let content: Content
    package let purpose: Purpose

    package init(_ content: Content, purpose: Purpose = .oneTime) {
        self.content = content
        self.purpose = purpose
    }

    package var kind: RecordKind {
        switch content {
        case .txt: .txt
        case .cname: .cname
        case .http: .http
        }
    }

    /// The record's owner name; for a file, the host that serves it.
    package var name: DomainName {
        switch content {
        case .txt(let name, _), .cname(let name, _): name
        case .http(let host, _, _): host
        }
    }

    /// The wanted value as text: TXT value, CNAME target or file body.
    package var value: String {
        switch content {
        case .txt(_, let value): value.text
        case .cname(_, let target): target.text
        case .http(_, _, let body): body.text
        }
    }
}

extension RequiredRecord: CustomStringConvertible, Codable {
    package var description: String {
        switch content {
        case .txt(let name, let value): "\(name) TXT \"\(value)\""
        case .cname(let name, let target): "\(name) CNAME \(target)"
        case .http(let host, let path, let body): "http://\(host)\(path) \"\(body)\""
        }
    }

    private enum Key: String, CodingKey { case kind, name, value, path, purpose }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: Key.self)
        let name = try keyed.decode(DomainName.self, forKey: .name)
        let content: Content =
            switch try keyed.decode(RecordKind.self, forKey: .kind) {
            case .txt: .txt(name: name, value: try keyed.decode(TXTValue.self, forKey: .value))
            case .cname: .cname(name: name, target: try keyed.decode(DomainName.self, forKey: .value))
            case .http:
                .http(
                    host: name,
                    path: try keyed.decode(HTTPTokenPath.self, forKey: .path),
                    body: try keyed.decode(HTTPTokenBody.self, forKey: .value)
                )
            }
        self.init(content, purpose: try keyed.decodeIfPresent(Purpose.self, forKey: .purpose) ?? .oneTime)
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        try keyed.encode(kind, forKey: .kind)
        try keyed.encode(name, forKey: .name)
        try keyed.encode(value, forKey: .value)
        if case .http(_, let path, _) = content { try keyed.encode(path, forKey: .path) }
        try keyed.encode(purpose, forKey: .purpose)
    }
}

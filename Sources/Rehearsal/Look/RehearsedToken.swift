// What a rehearsed provider wants to be shown: plain text on purpose, so that hostile values can be served too.

/// One token of one host name.
package enum RehearsedToken: Hashable, Sendable, CustomStringConvertible {
    case txt(name: String, value: String)
    case cname(name: String, target: String)
    case http(url: String, body: String)

    package var description: String {
        switch self {
        case .txt(let name, let value): "\(name) TXT \"\(value)\""
        case .cname(let name, let target): "\(name) CNAME \(target)"
        case .http(let url, let body): "\(url) \"\(body)\""
        }
    }
}

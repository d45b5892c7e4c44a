// Cloudflare's tokens: how it writes them down, and how the rehearsed one makes them.

extension RehearsedToken {
    /// The token object as the provider writes it, in today's keys.
    var members: [(key: String, value: JSONText)] {
        switch self {
        case .txt(let name, let value): [("txt_name", .string(name)), ("txt_value", .string(value))]
        case .cname(let name, let target): [("cname", .string(name)), ("cname_target", .string(target))]
        case .http(let url, let body): [("http_url", .string(url)), ("http_body", .string(body))]
        }
    }

    /// The oldest shape: `record_name` and `record_target` (only DNS tokens have it).
    var oldMembers: [(key: String, value: JSONText)] {
        switch self {
        case .txt(let name, let value), .cname(let name, let value):
            [("record_name", .string(name)), ("record_target", .string(value))]
        case .http: members
        }
    }
}

/// Makes tokens that are never the same twice, yet the same in every run: from the pack's id, its generation and the
/// host.
enum TokenMint {
    /// As many tokens for each host as are asked for; a wildcard is proved at the name below its asterisk.
    static func tokens(
        packID: String,
        generation: Int,
        method: String,
        hosts: [String],
        perHost: Int = 1
    ) -> [RehearsedToken] {
        hosts.flatMap { host in
            (0..<perHost).map { number in
                let suffix = number == 0 ? "" : "/\(number)"
                return token(TokenSeed("\(packID)/\(generation)/\(method)/\(host)\(suffix)"), method, host)
            }
        }
    }

    private static func token(_ seed: TokenSeed, _ method: String, _ host: String) -> RehearsedToken {
        var seed = seed
        let name = host.utf8.starts(with: "*.".utf8) ? String(host.dropFirst(2)) : host
        switch method {
        case "cname": return .cname(name: "_\(seed.hex(32)).\(name)", target: "\(seed.hex(32)).dcv.test")
        case "http":
            let file = seed.base64url(43)
            return .http(
                url: "http://\(name)/.well-known/acme-challenge/\(file)",
                body: "\(file).\(seed.base64url(43))"
            )
        default: return .txt(name: "_acme-challenge.\(name)", value: seed.base64url(43))
        }
    }
}

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
    private static let base64urlDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let hexDigits = Array("0123456789abcdef".utf8)

    /// One token for each host; a wildcard is proved at the name below its asterisk.
    static func tokens(packID: String, generation: Int, method: String, hosts: [String]) -> [RehearsedToken] {
        hosts.map { host in
            var seed = Seed("\(packID)/\(generation)/\(method)/\(host)")
            let name = host.utf8.starts(with: "*.".utf8) ? String(host.dropFirst(2)) : host
            switch method {
            case "cname":
                return .cname(name: "_\(seed.hex(32)).\(name)", target: "\(seed.hex(32)).dcv.test")
            case "http":
                let file = seed.base64url(43)
                return .http(
                    url: "http://\(name)/.well-known/acme-challenge/\(file)",
                    body: "\(file).\(seed.base64url(43))"
                )
            default:
                return .txt(name: "_acme-challenge.\(name)", value: seed.base64url(43))
            }
        }
    }

    /// FNV-1a of a text, then SplitMix64: enough to look like a token, and the same on every machine.
    private struct Seed {
        private var state: UInt64

        init(_ text: String) {
            state = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }

        private mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        mutating func base64url(_ count: Int) -> String {
            String(decoding: (0..<count).map { _ in TokenMint.base64urlDigits[Int(next() >> 58)] }, as: UTF8.self)
        }

        mutating func hex(_ count: Int) -> String {
            String(decoding: (0..<count).map { _ in TokenMint.hexDigits[Int(next() >> 60)] }, as: UTF8.self)
        }
    }
}

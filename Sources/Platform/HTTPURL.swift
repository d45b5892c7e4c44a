// Where a request goes, put together from checked parts: no text from outside can add a path, a port, a header or
// another host.
package import DCV

/// An `http` or `https` address. The host is a name or an address, never free text; path and query are percent-encoded
/// here.
package struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Hashable, Sendable {
        case http, https

        package var defaultPort: UInt16 { self == .http ? 80 : 443 }
    }

    package enum Host: Hashable, Sendable, CustomStringConvertible {
        case name(DomainName)
        case address(IPAddress)

        /// As it stands in a URL and a Host header: IPv6 in brackets (RFC 3986 3.2.2).
        package var description: String {
            switch self {
            case .name(let name): name.text
            case .address(let address): address.isV6 ? "[\(address)]" : "\(address)"
            }
        }
    }

    /// Longest path and query together that is sent or followed.
    package static let targetLimitBytes = 4096

    package let scheme: Scheme
    package let host: Host
    package let port: UInt16
    /// Path and query, percent-encoded, always beginning with "/".
    package let target: String

    private init(scheme: Scheme, host: Host, port: UInt16?, target: String) {
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.defaultPort
        self.target = target
    }

    /// `segments` are taken as they are, unencoded: a "/" inside one becomes `%2F`. Empty, "." and ".." segments are
    /// refused.
    package init(
        _ scheme: Scheme,
        host: Host,
        port: UInt16? = nil,
        segments: [String] = [],
        query: [(name: String, value: String)] = []
    ) throws(HTTPFailure) {
        self.init(scheme: scheme, host: host, port: port, target: try Self.encoded("", segments, query))
    }

    /// Reads an absolute URL of a configuration file or a `Location` header. No user information, no fragment, no
    /// backslash, no white space, no host that is neither a name nor a strictly written address.
    package init(_ text: String) throws(HTTPFailure) {
        let bytes = Array(text.utf8)
        let refusal = HTTPFailure.refused(
            "\"\(OctetText(bytes).shortened())\" is no http:// or https:// URL that we follow"
        )
        let scheme: Scheme = ASCII.lowercased(String(text.prefix(5))) == "https" ? .https : .http
        let prefix = scheme.rawValue + "://"
        guard bytes.count <= Self.targetLimitBytes, bytes.map({ ASCII.lowercased($0) }).starts(with: prefix.utf8) else {
            throw refusal
        }
        let rest = bytes.dropFirst(prefix.utf8.count)
        let authority = rest.prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        guard let (host, port) = Self.authority(Array(authority)) else { throw refusal }
        let tail = Array(rest.dropFirst(authority.count))
        let target = (tail.first == 0x2F ? [] : [0x2F]) + tail
        guard Self.isTarget(target) else { throw refusal }
        self.init(scheme: scheme, host: host, port: port, target: String(decoding: target, as: UTF8.self))
    }

    /// This URL with further segments and a query, for endpoints that have a base path. A query of the base is dropped.
    package func appending(
        _ segments: [String],
        query: [(name: String, value: String)] = []
    ) throws(HTTPFailure) -> HTTPURL {
        var base = Substring(target.prefix { $0 != "?" })
        while base.last == "/" { base.removeLast() }
        let encoded = try Self.encoded(String(base), segments, query)
        return HTTPURL(scheme: scheme, host: host, port: port, target: encoded)
    }

    /// Host and, unless it is the scheme's own, port.
    package var authority: String { port == scheme.defaultPort ? "\(host)" : "\(host):\(port)" }

    package var description: String { "\(scheme.rawValue)://\(authority)\(target)" }

    private static func authority(_ bytes: [UInt8]) -> (Host, UInt16?)? {
        var hostBytes = bytes[...]
        var port: UInt16?
        if let colon = bytes.lastIndex(of: 0x3A), bytes.last != 0x5D {
            let digits = bytes[(colon + 1)...]
            guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit),
                let number = UInt16(String(decoding: digits, as: UTF8.self)), number > 0
            else { return nil }
            port = number
            hostBytes = bytes[..<colon]
        }
        if hostBytes.first == 0x5B, hostBytes.last == 0x5D {
            guard let address = IPAddress(String(decoding: hostBytes.dropFirst().dropLast(), as: UTF8.self)),
                address.isV6
            else { return nil }
            return (.address(address), port)
        }
        if let address = IPAddress(String(decoding: hostBytes, as: UTF8.self)) {
            return address.isV6 ? nil : (.address(address), port)
        }
        guard let name = try? DomainName(hostBytes), !name.isRoot else { return nil }
        return (.name(name), port)
    }

    private static func encoded(
        _ base: String,
        _ segments: [String],
        _ query: [(name: String, value: String)]
    ) throws(HTTPFailure) -> String {
        var target = base
        for segment in segments {
            guard !["", ".", ".."].contains(segment) else {
                throw .refused("\"\(segment)\" is no path segment of a request")
            }
            target += "/" + percentEncoded(segment)
        }
        if target.isEmpty { target = "/" }
        let pairs = query.map { percentEncoded($0.name) + "=" + percentEncoded($0.value) }
        if !pairs.isEmpty { target += "?" + pairs.joined(separator: "&") }
        guard target.utf8.count <= targetLimitBytes else {
            throw .refused("the request's path and query are longer than \(targetLimitBytes) bytes")
        }
        return target
    }

    /// Everything but the unreserved characters (RFC 3986 2.3) as `%XX`.
    private static func percentEncoded(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if ASCII.isLetter(byte) || ASCII.isDigit(byte) || "-._~".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [0x25, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether bytes are a path with an optional query in the characters of RFC 3986 3.3 and 3.4.
    private static func isTarget(_ bytes: [UInt8]) -> Bool {
        bytes.first == 0x2F && bytes.count <= targetLimitBytes
            && bytes.allSatisfy {
                ASCII.isLetter($0) || ASCII.isDigit($0) || "-._~!$&'()*+,;=:@/?%".utf8.contains($0)
            }
    }
}

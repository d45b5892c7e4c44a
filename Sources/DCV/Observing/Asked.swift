// How a question was put to an address, and the line for a shell that puts it again: `dig` lines are written nowhere else.

/// What a person needs to repeat one question to one address.
package struct Asked: Hashable, Sendable, Codable {
    package enum Transport: String, Hashable, Sendable, Codable, CaseIterable {
        case udp, tcp, tls, https

        package var isSecured: Bool { self == .tls || self == .https }

        /// RFC 1035 4.2, RFC 7858 3.1, RFC 8484.
        package var standardPort: UInt16 {
            switch self {
            case .udp, .tcp: 53
            case .tls: 853
            case .https: 443
            }
        }
    }

    /// The name that was really asked for: on the way along a CNAME chain, one of its names.
    package let name: DomainName
    package let port: UInt16
    package let transport: Transport
    /// With HTTPS, where it is not the one that `dig` takes (RFC 8484 4.1).
    package let path: String?

    package init(_ name: DomainName, port: UInt16, transport: Transport = .udp, path: String? = nil) {
        self.name = name
        self.port = port
        self.transport = transport
        self.path = path == "/dns-query" ? nil : path
    }

    /// The path, as far as it is safe in a shell.
    fileprivate var plainPath: String? {
        path.flatMap { path in
            let isPlain = path.utf8.allSatisfy { octet in
                ASCII.isLetter(octet) || ASCII.isDigit(octet) || "/-._~".utf8.contains(octet)
            }
            return isPlain ? path : nil
        }
    }
}

/// Writes `dig` lines. Names and addresses are safe in a shell by their types.
package enum DigLine {
    package enum Flag: String, Sendable {
        /// For name servers: they must speak for the zone.
        case norecurse = "+norecurse"
        /// With signatures.
        case dnssec = "+dnssec"
        case tcp = "+tcp"
        /// `dig` adds a cookie to its questions unless told not to; this program does not.
        case noCookie = "+nocookie"
        case tls = "+tls"
        case https = "+https"
    }

    /// `dig +norecurse @192.0.2.1 TXT name`, with `-p` where the port is not the usual one; without an address the person's own resolver is
    /// asked.
    package static func text(
        _ type: String,
        _ name: DomainName,
        at address: IPAddress? = nil,
        port: UInt16? = nil,
        mixesCase: Bool = false,
        _ flags: Flag...
    ) -> String {
        line(flags, at: address, port, type, mixesCase ? mixedCase(name) : name.text)
    }

    /// The question once more, over the transport it went over.
    package static func text(
        _ type: String,
        _ asked: Asked,
        at address: IPAddress,
        isRecursive: Bool,
        _ extra: Flag...
    ) -> String {
        let transport: Flag? =
            switch asked.transport {
            case .udp: nil
            case .tcp: .tcp
            case .tls: .tls
            case .https: .https
            }
        let flags = (isRecursive ? [] : [.norecurse]) + extra + [transport].compactMap { $0 }
        return line(flags, at: address, asked.port, type, asked.name.text, path: asked.plainPath)
    }

    private static func usualPort(_ flags: [Flag]) -> UInt16 {
        let transport: Asked.Transport = flags.contains(.tls) ? .tls : flags.contains(.https) ? .https : .udp
        return transport.standardPort
    }

    /// The way to a name, from the root down.
    package static func trace(_ name: DomainName) -> String { "dig +trace \(name)" }

    /// Both addresses of a host, from the person's own resolver.
    package static func addresses(of host: DomainName) -> String { "dig \(host) A \(host) AAAA" }

    private static func line(
        _ flags: [Flag],
        at address: IPAddress?,
        _ port: UInt16?,
        _ type: String,
        _ name: String,
        path: String? = nil
    ) -> String {
        var words = ["dig"] + flags.map { $0.rawValue + ($0 == .https ? path.map { "=\($0)" } ?? "" : "") }
        if let address { words.append("@\(address)") }
        if let port, port != usualPort(flags) { words.append("-p \(port)") }
        return (words + [type, name]).joined(separator: " ")
    }

    /// Every other letter in upper case.
    private static func mixedCase(_ name: DomainName) -> String {
        let octets = name.text.utf8.enumerated().map { index, octet in
            index.isMultiple(of: 2) && ASCII.isLetter(octet) ? octet & 0xDF : octet
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

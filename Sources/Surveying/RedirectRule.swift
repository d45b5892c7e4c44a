// Which redirect a CA follows, and where it leads: decided from a status, a Location and the way so far.
import DCV
import Platform

/// A redirect that is not followed, and why.
struct RedirectRefused: Error, Hashable {
    let reason: String
    /// That the target's name could not be looked up this time is nothing that the web server says; nil where limits of ours kept us from
    /// looking.
    let fault: WebFetch.Fault?

    init(_ reason: String, _ fault: WebFetch.Fault? = .redirectRefused) {
        self.reason = reason
        self.fault = fault
    }
}

/// The rules of BR 3.2.2.4.18 and 3.2.2.4.19, with the bounds that Let's Encrypt sets where those set none.
struct RedirectRule: Sendable {
    /// Redirects followed one after the other.
    static let followedLimit = 10
    /// The path of a target, without its query.
    static let pathLimitOctets = 2000
    static let followedStatuses = [301, 302, 307, 308]
    /// How much of a target is quoted.
    static let quotedOctets = 128
    /// What stands at the end of a host when the web server's redirect lacks a "/" behind its host.
    private static let swallowedPath = ".well-known"

    /// Ports of a URL that are followed: 80 and 443, and a laboratory's own.
    let ports: Set<UInt16>

    /// Whether a status hands on to another URL, in a way that CAs follow or not.
    static func isRedirect(_ status: Int) -> Bool { (300...399).contains(status) && status != 304 }

    /// The next URL after a redirecting answer.
    /// - Parameter visited: the URLs asked so far, in order; the last of them gave the answer.
    func next(status: Int, locations: [String], visited: [HTTPURL]) throws(RedirectRefused) -> HTTPURL {
        guard Self.followedStatuses.contains(status) else {
            throw RedirectRefused("HTTP status \(status) is a redirect that CAs do not follow: 301, 302, 307 or 308")
        }
        guard let location = locations.first, !location.isEmpty, let base = visited.last else {
            throw RedirectRefused("HTTP status \(status) without a Location")
        }
        guard locations.allSatisfy({ $0 == location }) else {
            throw RedirectRefused("HTTP status \(status) with \(locations.count) different Locations")
        }
        let url = try target(Array(location.utf8), from: base)
        if visited.contains(url) { throw RedirectRefused("a loop: \(Self.quote(url)) was asked before") }
        guard visited.count <= Self.followedLimit else {
            throw RedirectRefused("more than \(Self.followedLimit) redirects")
        }
        return url
    }

    static func quote(_ url: HTTPURL) -> String { quote(Array(url.description.utf8)) }

    private static func quote(_ octets: [UInt8]) -> String {
        "\"\(OctetText(octets).shortened(limitBytes: Self.quotedOctets))\""
    }

    /// Resolves a Location against the URL it came from (RFC 3986 5.2) and judges it.
    func target(_ location: [UInt8], from base: HTTPURL) throws(RedirectRefused) -> HTTPURL {
        let quoted = Self.quote(location)
        guard location.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C }) else {
            throw RedirectRefused("\(quoted) has a control octet or a backslash in it")
        }
        let reference = Array(location.prefix { $0 != 0x23 })
        var scheme = base.scheme
        var rest = reference[...]
        if let colon = reference.firstIndex(where: { [0x3A, 0x2F, 0x3F].contains($0) }), reference[colon] == 0x3A {
            switch ASCII.lowercased(String(decoding: reference[..<colon], as: UTF8.self)) {
            case "http": scheme = .http
            case "https": scheme = .https
            default: throw RedirectRefused("\(quoted) is neither http nor https")
            }
            rest = reference[(colon + 1)...]
            guard rest.starts(with: [0x2F, 0x2F]) else { throw RedirectRefused("\(quoted) names no host") }
        }
        var authority = Array(base.authority.utf8)
        if rest.starts(with: [0x2F, 0x2F]) {
            authority = Array(rest.dropFirst(2).prefix { $0 != 0x2F && $0 != 0x3F })
            rest = rest.dropFirst(2 + authority.count)
            try judge(authority: authority, quoted)
            if rest.first != 0x2F { rest = [0x2F] + rest }
        }
        let path = try Self.path(rest, from: base, quoted)
        let text = Array("\(scheme.rawValue)://".utf8) + authority + path
        return try judged(String(decoding: text, as: UTF8.self), quoted)
    }

    private func judge(authority: [UInt8], _ quoted: String) throws(RedirectRefused) {
        if authority.contains(0x40) { throw RedirectRefused("\(quoted) carries user information") }
        if authority.isEmpty { throw RedirectRefused("\(quoted) names no host") }
    }

    private func judged(_ text: String, _ quoted: String) throws(RedirectRefused) -> HTTPURL {
        let url: HTTPURL
        do throws(HTTPFailure) {
            url = try HTTPURL(text)
        } catch {
            throw RedirectRefused("\(quoted) is no URL with a host name or a plainly written address")
        }
        guard ports.contains(url.port) else {
            throw RedirectRefused("\(quoted) leads to port \(url.port): CAs connect to 80 and 443 only")
        }
        if case .name(let name) = url.host { try Self.judge(name, quoted) }
        guard url.target.prefix(while: { $0 != "?" }).utf8.count <= Self.pathLimitOctets else {
            throw RedirectRefused("\(quoted) has a path of more than \(Self.pathLimitOctets) octets")
        }
        return url
    }

    /// Refuses names that resolvers of operating systems take for addresses (`127.0x1`), names without a domain, and the
    /// mark of a redirect that was put together wrongly.
    private static func judge(_ name: DomainName, _ quoted: String) throws(RedirectRefused) {
        guard let last = name.labels.last, name.labels.count > 1 else {
            throw RedirectRefused("\(quoted): the host is a single label, no public name")
        }
        if last.hasPrefix("0x") || last.utf8.first.map(ASCII.isDigit) == true {
            throw RedirectRefused("\(quoted): the host is an address in a form that is not followed")
        }
        if name.text.contains(swallowedPath) {
            throw RedirectRefused("\(quoted): a \"/\" is missing between host and path in the web server's redirect")
        }
    }

    // MARK: the path

    private static func path(
        _ rest: ArraySlice<UInt8>,
        from base: HTTPURL,
        _ quoted: String
    ) throws(RedirectRefused) -> [UInt8] {
        let baseTarget = Array(base.target.utf8)
        let basePath = Array(baseTarget.prefix { $0 != 0x3F })
        var path = Array(rest.prefix { $0 != 0x3F })
        var query = Array(rest.dropFirst(path.count))
        if path.isEmpty {
            path = basePath
            if query.isEmpty { query = Array(baseTarget.dropFirst(basePath.count)) }
        } else if path.first != 0x2F {
            let folder = basePath.lastIndex(of: 0x2F).map { basePath[...$0] } ?? [0x2F]
            path = folder + path
        }
        return try encoded(withoutDots(path) + query, quoted)
    }

    /// RFC 3986 5.2.4.
    private static func withoutDots(_ path: [UInt8]) -> [UInt8] {
        var kept: [ArraySlice<UInt8>] = []
        let parts = path.split(separator: 0x2F, omittingEmptySubsequences: false).dropFirst()
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch Array(part) {
            case [0x2E]: if isLast { kept.append([]) }
            case [0x2E, 0x2E]:
                _ = kept.popLast()
                if isLast { kept.append([]) }
            default: kept.append(part)
            }
        }
        return [0x2F] + Array(kept.joined(separator: [0x2F]))
    }

    /// Octets that no URL may hold as they are become `%XX`, as browsers and CAs' clients do it.
    private static func encoded(_ target: [UInt8], _ quoted: String) throws(RedirectRefused) -> [UInt8] {
        let hex = Array("0123456789ABCDEF".utf8)
        var octets: [UInt8] = []
        for (index, octet) in target.enumerated() {
            if octet == 0x25 {
                let digits = target.dropFirst(index + 1).prefix(2)
                guard digits.count == 2, digits.allSatisfy({ hex.contains($0 & 0xDF) || ASCII.isDigit($0) }) else {
                    throw RedirectRefused("\(quoted) has a \"%\" without two hexadecimal digits behind it")
                }
                octets.append(octet)
            } else if ASCII.isLetter(octet) || ASCII.isDigit(octet) || "-._~!$&'()*+,;=:@/?".utf8.contains(octet) {
                octets.append(octet)
            } else {
                octets += [0x25, hex[Int(octet >> 4)], hex[Int(octet & 15)]]
            }
        }
        return octets
    }
}

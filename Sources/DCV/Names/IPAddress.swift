// Addresses as values: parsed strictly, printed canonically, and sorted into public and special-use.

/// An IPv4 or IPv6 address. Read are dotted decimal without leading zeros (resolvers take `127.1`, `0x7f.1` and `2130706433` for
/// loopback) and the forms of RFC 4291 2.2 without a zone; printed is RFC 5952.
package enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        if let address = Self.parseV4(bytes) {
            self = .v4(address)
        } else if let groups = Self.parseV6(bytes) {
            self = .v6(high: Self.join(groups[0..<4]), low: Self.join(groups[4..<8]))
        } else {
            return nil
        }
    }

    /// From network byte order: 4 or 16 octets, anything else is nil.
    package init?(octets: some Collection<UInt8>) {
        switch octets.count {
        case 4: self = .v4(octets.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self = .v6(
                high: octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: octets.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
            )
        default: return nil
        }
    }

    /// Network byte order.
    package var octets: [UInt8] {
        switch self {
        case .v4(let bits): (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * UInt32($0))) }
        case .v6(let high, let low):
            (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64($0))) }
                + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64($0))) }
        }
    }

    package var isV6: Bool { if case .v6 = self { true } else { false } }

    private static func join(_ groups: ArraySlice<UInt16>) -> UInt64 { groups.reduce(0) { $0 << 16 | UInt64($1) } }

    private static func parseV4(_ bytes: [UInt8]) -> UInt32? {
        let parts = bytes.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(ASCII.isDigit), part.count == 1 || part.first != 0x30,
                let value = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            bits = bits << 8 | UInt32(value)
        }
        return bits
    }

    private static func parseV6(_ bytes: [UInt8]) -> [UInt16]? {
        guard bytes.count >= 2, bytes.count <= 45 else { return nil }
        if let gap = (0..<(bytes.count - 1)).first(where: { bytes[$0] == 0x3A && bytes[$0 + 1] == 0x3A }) {
            guard let head = parseGroups(bytes[..<gap], embedsV4: false),
                let tail = parseGroups(bytes[(gap + 2)...], embedsV4: true), head.count + tail.count <= 7
            else { return nil }
            return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
        }
        guard let groups = parseGroups(bytes[...], embedsV4: true), groups.count == 8 else { return nil }
        return groups
    }

    private static func parseGroups(_ bytes: ArraySlice<UInt8>, embedsV4: Bool) -> [UInt16]? {
        if bytes.isEmpty { return [] }
        var groups: [UInt16] = []
        let parts = bytes.split(separator: 0x3A, omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if embedsV4, index == parts.count - 1, part.contains(0x2E) {
                guard let bits = parseV4(Array(part)) else { return nil }
                groups += [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                guard (1...4).contains(part.count),
                    let value = UInt16(String(decoding: part, as: UTF8.self), radix: 16),
                    part.allSatisfy({ ASCII.isDigit($0) || ASCII.isLetter($0) })
                else { return nil }
                groups.append(value)
            }
        }
        return groups
    }
}

extension IPAddress: CustomStringConvertible, Codable, Comparable {
    package var description: String {
        switch self {
        case .v4: return octets.map { String($0) }.joined(separator: ".")
        case .v6:
            let bytes = octets
            let groups = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
            guard let zeros = Self.longestZeroRun(groups) else {
                return groups.map { String($0, radix: 16) }.joined(separator: ":")
            }
            let head = groups[..<zeros.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
            let tail = groups[zeros.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
            return head + "::" + tail
        }
    }

    /// IPv4 first, then by number.
    package static func < (one: IPAddress, other: IPAddress) -> Bool {
        one.isV6 == other.isV6 ? one.octets.lexicographicallyPrecedes(other.octets) : !one.isV6
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            guard groups[start] == 0 else {
                start += 1
                continue
            }
            var end = start
            while end < groups.count && groups[end] == 0 { end += 1 }
            // RFC 5952 4.2.2: one group alone is not shortened; 4.2.3: the first of equal runs is.
            if end - start > 1 && end - start > (best?.count ?? 0) { best = start..<end }
            start = end
        }
        return best
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let address = IPAddress(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is no IP address")
            )
        }
        self = address
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: description) }
}

/// A block of addresses, written `192.0.2.0/24` or `fd00::/8`.
package struct IPNetwork: Hashable, Sendable, Codable, CustomStringConvertible {
    package let address: IPAddress
    package let prefixLengthBits: Int

    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)), parts.count <= 2 else { return nil }
        let widthBits = address.isV6 ? 128 : 32
        self.address = address
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy(ASCII.isDigit), let length = Int(parts[1]), length <= widthBits else {
                return nil
            }
            prefixLengthBits = length
        } else {
            prefixLengthBits = widthBits
        }
    }

    package func contains(_ other: IPAddress) -> Bool {
        guard address.isV6 == other.isV6 else { return false }
        let mine = address.octets
        let theirs = other.octets
        return (0..<prefixLengthBits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return mine[bit / 8] & mask == theirs[bit / 8] & mask
        }
    }

    package var description: String { "\(address)/\(prefixLengthBits)" }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let network = IPNetwork(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "\"\(text)\" is no network, such as 192.0.2.0/24"
                )
            )
        }
        self = network
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: description) }
}

extension IPAddress {
    /// The IANA special-purpose registries (RFC 6890 and its updates) and the ranges that embed IPv4: an address from DNS in one of
    /// them is never asked, so that nobody's zone makes this program probe an inside network.
    private static let specialUse: [IPNetwork] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap { IPNetwork($0) }

    /// Whether packets to it never leave this machine (RFC 1122 3.2.1.3, RFC 4291 2.5.3).
    package var isLoopback: Bool {
        switch self {
        case .v4(let bits): bits >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }

    /// Whether the address stands in a special-purpose registry: not part of the public Internet.
    package var isSpecialUse: Bool { Self.specialUse.contains { $0.contains(self) } }
}

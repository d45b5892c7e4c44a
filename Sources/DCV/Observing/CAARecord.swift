// One CAA record: what its octets say, and who may issue by it. Parsed by octets, because the text is a stranger's.

/// A CAA record (RFC 8659 4.1).
package struct CAARecord: Hashable, Sendable, Codable {
    package let flags: UInt8
    /// As it stands; compare `property`.
    package let tag: OctetText
    package let value: OctetText

    package init(flags: UInt8, tag: some Sequence<UInt8>, value: some Sequence<UInt8>) {
        self.flags = flags
        self.tag = OctetText(tag)
        self.value = OctetText(value)
    }

    /// From text, for tables and tests.
    package init(_ flags: UInt8, _ tag: String, _ value: String) {
        self.init(flags: flags, tag: tag.utf8, value: value.utf8)
    }

    package enum Property: Hashable, Sendable {
        case issue, issueWild
        /// Known here and no word about certificates for servers: `iodef`, `issuemail`.
        case aside
        case unknown
    }

    /// Tags are compared without regard to ASCII case (RFC 8659 4.1).
    package var property: Property {
        switch String(decoding: tag.bytes.map { ASCII.lowercased($0) }, as: UTF8.self) {
        case "issue": .issue
        case "issuewild": .issueWild
        case "iodef", "issuemail": .aside
        default: .unknown
        }
    }

    /// Bit 128 says that who does not know the tag must not issue. Many have set bit 1 for it, and CAs read that the same way.
    package var isCritical: Bool { flags & (128 | 1) != 0 }

    /// The value of `issue` and `issuewild` taken apart; nil when it is malformed, which allows nobody (RFC 8659 4.2).
    package var permission: CAAPermission? { CAAPermission(value.bytes) }

    /// Octets of a value that are shown to people.
    private static let shownOctets = 200
}

extension CAARecord: CustomStringConvertible, Comparable {
    /// As in a zone file: `0 issue "letsencrypt.org"`.
    package var description: String {
        let quoted = value.shortened(limitBytes: Self.shownOctets).utf8.flatMap { $0 == 0x22 ? [0x5C, $0] : [$0] }
        return "\(flags) \(tag.shortened()) \"\(String(decoding: quoted, as: UTF8.self))\""
    }

    package static func < (one: CAARecord, other: CAARecord) -> Bool {
        if one.tag != other.tag { return one.tag.bytes.lexicographicallyPrecedes(other.tag.bytes) }
        if one.value != other.value { return one.value.bytes.lexicographicallyPrecedes(other.value.bytes) }
        return one.flags < other.flags
    }
}

/// The value of an `issue` or `issuewild` property: `[issuer] *(";" tag "=" value)` (RFC 8659 4.2).
package struct CAAPermission: Hashable, Sendable {
    /// The CA's name as it stands: some CAs compare octets. Nil when nobody is named (`";"` or nothing).
    package let issuer: String?
    /// In their order.
    package let parameters: [Parameter]

    package struct Parameter: Hashable, Sendable {
        /// As it stands: Boulder takes a tag in capitals for one that it does not know, and passes over it.
        package let tag: String
        package let value: [UInt8]
    }

    init?(_ octets: [UInt8]) {
        let parts = octets.split(separator: 0x3B, omittingEmptySubsequences: false).map { Self.trimmed($0) }
        guard let first = parts.first else { return nil }
        guard let issuer = Self.issuer(first) else { return nil }
        self.issuer = issuer.isEmpty ? nil : issuer
        var parameters: [Parameter] = []
        let rest = parts.dropFirst()
        // One ";" without anything behind it ends the name; a ";" behind a parameter must lead to another one.
        if rest.count == 1, rest.first?.isEmpty == true {
            self.parameters = []
            return
        }
        for part in rest {
            guard let equals = part.firstIndex(of: 0x3D) else { return nil }
            let tag = Self.trimmed(part[..<equals])
            let value = Self.trimmed(part[(equals + 1)...])
            guard Self.isLabel(tag), value.allSatisfy({ $0 >= 0x21 && $0 <= 0x7E }) else { return nil }
            parameters.append(Parameter(tag: String(decoding: tag, as: UTF8.self), value: Array(value)))
        }
        self.parameters = parameters
    }

    /// The values of one parameter.
    package func values(_ tag: String) -> [[UInt8]] { parameters.filter { $0.tag == tag }.map(\.value) }

    /// "" for nobody, nil for what is no name.
    private static func issuer(_ octets: ArraySlice<UInt8>) -> String? {
        if octets.isEmpty { return "" }
        // A final dot leaves an empty label, which the grammar does not have.
        guard octets.split(separator: 0x2E, omittingEmptySubsequences: false).allSatisfy({ isLabel($0) }) else {
            return nil
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Letters and digits, hyphens between them.
    private static func isLabel(_ octets: ArraySlice<UInt8>) -> Bool {
        guard let first = octets.first, let last = octets.last, first != 0x2D, last != 0x2D else { return false }
        return octets.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2D }
    }

    private static func trimmed(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = octets
        while let first = rest.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
        while let last = rest.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
        return rest
    }
}

// What a certificate names: a domain name, or a wildcard over one. The asterisk exists here and nowhere else.

/// A DNS identifier of a certificate (RFC 8555 7.1.3, BR 7.1.2.7.12): `example.com` or `*.example.com`.
package struct Identifier: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// The name without the asterisk label.
    package let name: DomainName
    package let isWildcard: Bool

    package init(_ name: DomainName, isWildcard: Bool = false) {
        self.name = name
        self.isWildcard = isWildcard
    }

    package init(_ text: String) throws(NameError) {
        let bytes = Array(text.utf8)
        if bytes.starts(with: [0x2A, 0x2E]) {
            self.init(try DomainName(bytes.dropFirst(2)), isWildcard: true)
        } else {
            self.init(try DomainName(bytes))
        }
        if name.isRoot { throw NameError(.empty, OctetText(bytes)) }
    }

    package var text: String { isWildcard ? "*." + name.text : name.text }
    package var description: String { text }

    package static func < (one: Identifier, other: Identifier) -> Bool {
        one.name == other.name ? !one.isWildcard && other.isWildcard : one.name < other.name
    }

    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in try Identifier(text) }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: text) }
}

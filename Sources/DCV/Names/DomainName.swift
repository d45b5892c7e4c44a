// A domain name that may be asked for, published at and printed: the only form in which a name travels through the program.

/// A domain name as A-labels in lower case without a trailing dot (RFC 9499, RFC 5890 2.3.2.1; the root is ".").
///
/// Labels hold letters, digits, hyphens (never first or last) and underscores (RFC 8552 names such as `_acme-challenge`), 1 to 63
/// octets each, 253 in all. The last label is never all digits, so an IPv4 address is no name. Anything else is refused with a
/// reason: a name that cannot be written here is never asked for and never handed to a hook.
package struct DomainName: Hashable, Sendable {
    /// RFC 1035 2.3.4, less the length octets of the wire form.
    package static let textLimitOctets = 253
    package static let labelLimitOctets = 63

    package static let root = DomainName(trusted: ".")

    /// Lower-case text without a trailing dot; "." for the root.
    package let text: String

    private init(trusted text: String) { self.text = text }

    /// Reads a name from untrusted bytes; one trailing dot is allowed and dropped.
    package init(_ bytes: some Collection<UInt8>) throws(NameError) {
        var octets = bytes.map { ASCII.lowercased($0) }
        if octets == [0x2E] {
            self = .root
            return
        }
        if octets.last == 0x2E { octets.removeLast() }
        guard !octets.isEmpty else { throw NameError(.empty, OctetText(bytes)) }
        guard octets.count <= Self.textLimitOctets else { throw NameError(.tooLong, OctetText(bytes)) }
        let labels = octets.split(separator: 0x2E, omittingEmptySubsequences: false)
        for label in labels {
            guard !label.isEmpty else { throw NameError(.emptyLabel, OctetText(bytes)) }
            guard label.count <= Self.labelLimitOctets else { throw NameError(.labelTooLong, OctetText(bytes)) }
            if let offset = label.firstIndex(where: { !Self.isLabelOctet($0) }) {
                throw NameError(.octetNotAllowed, OctetText(bytes), at: offset)
            }
            guard label.first != 0x2D, label.last != 0x2D else { throw NameError(.hyphenAtLabelEdge, OctetText(bytes)) }
        }
        if let last = labels.last, last.allSatisfy(ASCII.isDigit) {
            throw NameError(.looksLikeAddress, OctetText(bytes))
        }
        self.init(trusted: String(decoding: octets, as: UTF8.self))
    }

    package init(_ text: String) throws(NameError) { try self.init(Array(text.utf8)) }

    /// From the labels of a wire-format name, leftmost first; the root has none.
    package init(labels: [[UInt8]]) throws(NameError) {
        if labels.isEmpty {
            self = .root
            return
        }
        // Joined, a dot inside a label would become a boundary and an empty last label would vanish: both are refused before.
        for label in labels {
            guard !label.contains(0x2E) else { throw NameError(.octetNotAllowed, OctetText(label)) }
            guard !label.isEmpty else { throw NameError(.emptyLabel, OctetText(labels.joined(separator: [0x2E]))) }
        }
        try self.init(Array(labels.joined(separator: [0x2E])))
    }

    package var isRoot: Bool { text == "." }

    /// The labels, leftmost first; none for the root.
    package var labels: [Substring] { isRoot ? [] : text.split(separator: ".") }

    /// Whether it stands below the names of hosts, as `_acme-challenge` does (RFC 8552).
    package var isUnderscored: Bool { labels.first.map(Self.isUnderscored) ?? false }

    /// Whether a label is one that no host's name has.
    package static func isUnderscored(_ label: Substring) -> Bool { label.utf8.first == 0x5F }

    /// The name without its leftmost label; nil for the root.
    package var parent: DomainName? {
        guard !isRoot else { return nil }
        guard let dot = text.utf8.firstIndex(of: 0x2E) else { return .root }
        return DomainName(trusted: String(text[text.index(after: dot)...]))
    }

    /// The name itself, then each ancestor up to and with the root.
    package var selfAndAncestors: [DomainName] {
        var names: [DomainName] = []
        var next: DomainName? = self
        while let name = next {
            names.append(name)
            next = name.parent
        }
        return names
    }

    /// Whether this name is `ancestor` or lies below it, by whole labels: `notexample.com` is not below `example.com`.
    package func isSubdomain(of ancestor: DomainName) -> Bool {
        if ancestor.isRoot { return true }
        let mine = labels
        let theirs = ancestor.labels
        return mine.count >= theirs.count && mine.suffix(theirs.count).elementsEqual(theirs)
    }

    /// `label` put in front of this name.
    package func prepending(_ label: String) throws(NameError) -> DomainName {
        try DomainName(isRoot ? label : label + "." + text)
    }

    /// This name, which lies below `ancestor`, moved below `other`: what a DNAME does (RFC 6672 2.2).
    package func moved(from ancestor: DomainName, to other: DomainName) throws(NameError) -> DomainName {
        let own = labels.dropLast(ancestor.labels.count).map(String.init)
        return try DomainName((own + other.labels.map(String.init)).joined(separator: "."))
    }

    /// Uncompressed wire form (RFC 1035 3.1): length octets, labels, the zero octet of the root.
    package var wire: [UInt8] {
        var octets: [UInt8] = []
        for label in labels {
            octets.append(UInt8(truncatingIfNeeded: label.utf8.count))
            octets.append(contentsOf: label.utf8)
        }
        octets.append(0)
        return octets
    }

    private static func isLabelOctet(_ octet: UInt8) -> Bool {
        ASCII.isLetter(octet) || ASCII.isDigit(octet) || octet == 0x2D || octet == 0x5F
    }
}

extension DomainName: Comparable, CustomStringConvertible, CodingKeyRepresentable, Codable {
    /// Canonical order (RFC 4034 6.1): by labels from the right.
    package static func < (one: DomainName, other: DomainName) -> Bool {
        one.labels.reversed().lexicographicallyPrecedes(other.labels.reversed()) {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    package var description: String { text }
    package var codingKey: any CodingKey { NameKey(stringValue: text) }

    package init?<Key: CodingKey>(codingKey: Key) {
        guard let name = try? DomainName(codingKey.stringValue) else { return nil }
        self = name
    }

    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in try DomainName(text) }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: text) }
}

/// Why bytes are no usable name, value or path. `saw` is kept so that the reader can find it at its source.
package struct NameError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: String, Hashable, Sendable, Codable {
        case empty
        case emptyLabel = "an empty label"
        case hyphenAtLabelEdge = "a label begins or ends with a hyphen"
        case labelTooLong = "a label is longer than 63 octets"
        case looksLikeAddress = "an address, not a name"
        case octetNotAllowed = "an octet that is not allowed there"
        case outsideWellKnown =
            "not one file directly below a folder for proofs, such as /.well-known/pki-validation/"
        case tooLong = "too long"
    }

    package let reason: Reason
    package let saw: OctetText
    /// Octets before the first one that is not allowed; nil where no single one is meant.
    package let offset: Int?

    package init(_ reason: Reason, _ saw: OctetText, at offset: Int? = nil) {
        self.reason = reason
        self.saw = saw
        self.offset = offset
    }

    /// The place follows from the text.
    package static func == (one: NameError, other: NameError) -> Bool {
        one.reason == other.reason && one.saw == other.saw
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(reason)
        hasher.combine(saw)
    }

    package var description: String { "\"\(saw.shortened())\": \(reason.rawValue)" }
}

/// A coding key that is any text.
package struct NameKey: CodingKey {
    package let stringValue: String
    package var intValue: Int? { nil }
    package init(stringValue: String) { self.stringValue = stringValue }
    package init?(intValue: Int) { nil }
}

extension Decoder {
    /// Decodes one string and makes it a type; a refusal becomes a decoding error that quotes the reason.
    package func untrusted<Value, Failure: Error>(_ make: (String) throws(Failure) -> Value) throws -> Value {
        let text = try singleValueContainer().decode(String.self)
        do {
            return try make(text)
        } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: "\(error)"))
        }
    }
}

extension Encoder {
    package func encode(text: String) throws {
        var container = singleValueContainer()
        try container.encode(text)
    }
}

// The values a CA asks us to show: bytes that will stand in a zone or a file, so only harmless ones are accepted.

/// The octets a proof may hold: what base64url, hex, UUIDs, host names and CAA-style issue values (BR 3.2.2.4.22) are written in.
/// Quotes, backslash, `$`, backtick, brackets, pipes and control octets are in no CA's token and in every injection.
private func isTokenOctet(_ octet: UInt8) -> Bool {
    ASCII.isLetter(octet) || ASCII.isDigit(octet) || "-._~+/=:;,@ ".utf8.contains(octet)
}

private func checkedToken(_ bytes: [UInt8], limitOctets: Int) throws(NameError) -> String {
    guard !bytes.isEmpty else { throw NameError(.empty, OctetText(bytes)) }
    guard bytes.count <= limitOctets else { throw NameError(.tooLong, OctetText(bytes)) }
    let offset = bytes.first == 0x20 ? 0 : bytes.firstIndex { !isTokenOctet($0) }
    if let offset = offset ?? (bytes.last == 0x20 ? bytes.count - 1 : nil) {
        throw NameError(.octetNotAllowed, OctetText(bytes), at: offset)
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// The value of a TXT record to be shown: 1 to 255 octets, so that it is one character-string (RFC 1035 3.3.14).
///
/// One string, because some validators match the presentation form and miss a token that is split over two.
package struct TXTValue: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    package static let limitOctets = 255
    package let text: String

    package init(_ bytes: some Sequence<UInt8>) throws(NameError) {
        text = try checkedToken(Array(bytes), limitOctets: Self.limitOctets)
    }

    package init(_ text: String) throws(NameError) { try self.init(text.utf8) }

    package var bytes: [UInt8] { Array(text.utf8) }
    package var description: String { text }
    package static func < (one: TXTValue, other: TXTValue) -> Bool { one.text < other.text }

    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in try TXTValue(text) }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: text) }
}

/// The body of an HTTP token file: 1 to 512 octets of the same kind, on one line.
package struct HTTPTokenBody: Hashable, Sendable, CustomStringConvertible, Codable {
    package static let limitOctets = 512
    package let text: String

    package init(_ bytes: some Sequence<UInt8>) throws(NameError) {
        text = try checkedToken(Array(bytes), limitOctets: Self.limitOctets)
    }

    package init(_ text: String) throws(NameError) { try self.init(text.utf8) }

    package var bytes: [UInt8] { Array(text.utf8) }
    package var description: String { text }

    /// Whether a served body shows this token: equal octets after ASCII white space at the end is cut (RFC 8555 8.3).
    package func isShown(by served: some BidirectionalCollection<UInt8>) -> Bool {
        let trimmed = served.reversed().drop { $0 == 0x20 || (0x09...0x0D).contains($0) }.reversed()
        return trimmed.elementsEqual(text.utf8)
    }

    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in try HTTPTokenBody(text) }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: text) }
}

/// The path of an HTTP token: one file directly below `/.well-known/pki-validation/` (BR 3.2.2.4.18),
/// `/.well-known/acme-challenge/` (BR 3.2.2.4.19) or, where Cloudflare asks whose a custom hostname is,
/// `/.well-known/cf-custom-hostname-challenge/`: so that nothing a provider says can name another file of a web server.
package struct HTTPTokenPath: Hashable, Sendable, CustomStringConvertible, Codable {
    package static let folders = [
        "/.well-known/pki-validation/", "/.well-known/acme-challenge/", "/.well-known/cf-custom-hostname-challenge/",
    ]
    package static let fileNameLimitOctets = 200
    package let text: String

    package init(_ bytes: some Sequence<UInt8>) throws(NameError) {
        let octets = Array(bytes)
        guard let folder = Self.folders.first(where: { octets.starts(with: $0.utf8) }) else {
            throw NameError(.outsideWellKnown, OctetText(octets))
        }
        let fileName = octets.dropFirst(folder.utf8.count)
        guard !fileName.isEmpty, fileName.first != 0x2E else { throw NameError(.outsideWellKnown, OctetText(octets)) }
        guard fileName.count <= Self.fileNameLimitOctets else { throw NameError(.tooLong, OctetText(octets)) }
        let isAllowed = { (octet: UInt8) in
            ASCII.isLetter(octet) || ASCII.isDigit(octet) || "-._~".utf8.contains(octet)
        }
        if let offset = fileName.firstIndex(where: { !isAllowed($0) }) {
            throw NameError(.octetNotAllowed, OctetText(octets), at: offset)
        }
        text = String(decoding: octets, as: UTF8.self)
    }

    package init(_ text: String) throws(NameError) { try self.init(text.utf8) }

    package var description: String { text }

    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in try HTTPTokenPath(text) }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: text) }
}

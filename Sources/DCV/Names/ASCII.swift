// The few byte questions that every parser of untrusted text asks, answered once and for ASCII only.

/// Byte classes and case folding for ASCII. Unicode case rules lie about names (U+212A lower-cases to "k"), so none are used.
package enum ASCII {
    package static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    package static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A }

    package static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    /// `text` with A-Z folded to a-z and every other byte left as it is.
    package static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map { lowercased($0) }, as: UTF8.self)
    }

    /// Two small hexadecimal digits an octet.
    package static func hex(_ octets: some Sequence<UInt8>) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Bytes from outside, kept exactly and shown harmlessly.
///
/// `description` (and the JSON form) escapes everything outside printable ASCII, and the backslash, as `\DDD`, so that no
/// control byte or terminal sequence of a stranger reaches a screen, a log or a file.
package struct OctetText: Hashable, Sendable, CustomStringConvertible, Codable {
    package let bytes: [UInt8]

    package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    package var description: String { Self.escaped(bytes) }

    /// At most `limitBytes` of the text, with the number of bytes left out.
    package func shortened(limitBytes: Int = 64) -> String {
        guard bytes.count > limitBytes else { return description }
        return Self.escaped(bytes.prefix(limitBytes)) + "... (\(bytes.count) bytes)"
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let bytes = Self.unescaped(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a text with \\DDD escapes")
            )
        }
        self.bytes = bytes
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private static func escaped(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            if byte == 0x5C {
                text += "\\\\"
            } else if byte >= 0x20 && byte <= 0x7E {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte)
                text += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
            }
        }
        return text
    }

    private static func unescaped(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 0x5C else {
                bytes.append(byte)
                continue
            }
            guard let next = rest.first else { return nil }
            if next == 0x5C {
                bytes.append(next)
                rest = rest.dropFirst()
            } else {
                guard rest.count >= 3, rest.prefix(3).allSatisfy(ASCII.isDigit),
                    let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self))
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(3)
            }
        }
        return bytes
    }
}

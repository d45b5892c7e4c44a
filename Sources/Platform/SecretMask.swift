// Blanks a program's secrets in what it says, in every form a tool is likely to repeat them in.
import DCV

/// Replaces known secrets by `***`: as they are, in base64 (also inside a longer base64 text such as a Basic
/// authorization), percent-encoded, and their longer pieces, because a tool that complains about
/// `hmac-sha256:name:base64` names the last part only.
package struct SecretMask: Sendable {
    static let mark = Array("***".utf8)
    /// Shorter pieces and encodings are common words; a secret as a whole is blanked at any length.
    static let pieceMinimumBytes = 12
    static let encodedMinimumBytes = 4

    private struct Pattern {
        let bytes: [UInt8]
        /// The octets of the last base64 group depend on what follows the secret, so they are taken along.
        let takesBase64Tail: Bool
    }

    /// By first octet; longest first, so that a secret is never blanked only as far as a shorter one reaches.
    private let patterns: [UInt8: [Pattern]]
    /// The length of the longest text that is looked for.
    let longestBytes: Int

    package init(_ secrets: [[UInt8]]) {
        var patterns: [Pattern] = []
        for secret in secrets {
            let separators = Array(" \t\r\n:,;\"'".utf8)
            // "=" divides a line of a credentials file, and ends many a base64 text.
            let pieces = [separators, separators + [0x3D]].flatMap { separators in
                secret.split(whereSeparator: separators.contains).map { Array($0) }
            }
            let parts = [secret] + pieces.filter { $0.count >= Self.pieceMinimumBytes }
            for part in parts where !part.isEmpty {
                patterns.append(Pattern(bytes: part, takesBase64Tail: false))
                guard part.count >= Self.encodedMinimumBytes else { continue }
                patterns += Self.percentForms(part).map { Pattern(bytes: $0, takesBase64Tail: false) }
                patterns += Self.base64Forms(part).map { Pattern(bytes: $0, takesBase64Tail: true) }
            }
        }
        patterns.sort { $0.bytes.count > $1.bytes.count }
        longestBytes = patterns.first?.bytes.count ?? 0
        self.patterns = Dictionary(grouping: patterns) { $0.bytes.first ?? 0 }
    }

    package func masked(_ text: [UInt8]) -> [UInt8] {
        var shown: [UInt8] = []
        var rest = text[...]
        while let byte = rest.first {
            if let pattern = patterns[byte]?.first(where: { rest.starts(with: $0.bytes) }) {
                rest = rest.dropFirst(pattern.bytes.count)
                if pattern.takesBase64Tail { rest = rest.drop(while: Self.isBase64) }
                shown += Self.mark
            } else {
                shown.append(byte)
                rest = rest.dropFirst()
            }
        }
        return shown
    }

    /// A document with its texts masked, keys among them: what stands escaped in the octets is seen here only.
    package func masked(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .number: value
        case .string(let text): .string(masked(text))
        case .array(let items): .array(items.map { masked($0) })
        case .object(let object):
            .object(JSONObject(unique: object.members.map { .init(key: masked($0.key), value: masked($0.value)) }))
        }
    }

    package func masked(_ text: String) -> String { String(decoding: masked(Array(text.utf8)), as: UTF8.self) }

    private static func isBase64(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || "+/-_=".utf8.contains(byte)
    }

    /// RFC 3986 with capital and small hex digits, and a space as "+" as HTML forms write it.
    private static func percentForms(_ secret: [UInt8]) -> [[UInt8]] {
        ["0123456789ABCDEF", "0123456789abcdef"].flatMap { digits in
            [false, true].map { spaceIsPlus in
                let hex = Array(digits.utf8)
                return secret.flatMap { byte -> [UInt8] in
                    if ASCII.isLetter(byte) || ASCII.isDigit(byte) || "-._~".utf8.contains(byte) { return [byte] }
                    if spaceIsPlus && byte == 0x20 { return [0x2B] }
                    return [0x25, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
                }
            }
        }
    }

    /// The characters that the secret alone determines, for each of the three places where it can begin in a base64
    /// group (RFC 4648 4 and 5).
    private static func base64Forms(_ secret: [UInt8]) -> [[UInt8]] {
        ["+/", "-_"].flatMap { last in
            (0..<3).map { shift in
                let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)".utf8)
                let padded = [UInt8](repeating: 0, count: shift) + secret
                let firstWhole = (shift * 8 + 5) / 6
                return (firstWhole..<(padded.count * 8 / 6)).map { alphabet[sextet($0, of: padded)] }
            }
        }
    }

    private static func sextet(_ index: Int, of bytes: [UInt8]) -> Int {
        (0..<6).reduce(0) { value, offset in
            let bit = index * 6 + offset
            return value << 1 | Int(bytes[bit / 8] >> UInt8(7 - bit % 8) & 1)
        }
    }
}

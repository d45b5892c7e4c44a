// The last gate before a terminal: whatever a text went through, no control character of a stranger's leaves here.

package enum TerminalText {
    /// One line, with C0 (line ends too), DEL, C1 and bidirectional controls written as `\u009b`. A terminal acts on the first three; the
    /// last make a line read otherwise than it is (Unicode TR 36).
    package static func escaped(_ line: String) -> String { escaped(line, isLineEndKept: false) }

    /// The same for a JSON document, where these characters stand in strings alone and `\u009b` means the same to a reader.
    package static func escaped(json document: String) -> String { escaped(document, isLineEndKept: true) }

    private static func escaped(_ text: String, isLineEndKept: Bool) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if !isControl(scalar) || (isLineEndKept && scalar == "\n") {
                safe.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16)
                safe.append(
                    contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).unicodeScalars
                )
            }
        }
        return String(safe)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

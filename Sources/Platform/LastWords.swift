// The one line a person reads about a program that did not do its work, made harmless.
import DCV

/// A program's last words: the last line on stderr that is not blank, without secrets, escaped and shortened.
enum LastWords {
    static let lineLimitBytes = 500
    /// Our own words about a program that may not be started, which hold its path and the cure.
    static let refusalLimitBytes = 1000

    /// Nil when it said nothing.
    static func line(of output: ChildResult.Output, mask: SecretMask) -> String? {
        // Masked as a whole, because a secret may span lines.
        var text = mask.masked(output.bytes)
        // What was kept ends anywhere, perhaps in the middle of a secret that could then not be recognised.
        if output.isTruncated { text.removeLast(min(mask.longestBytes, text.count)) }
        let lines = text.split { $0 == 0x0A || $0 == 0x0D }.map { $0.drop { $0 == 0x20 || $0 == 0x09 } }
        return lines.last { !$0.isEmpty }.map { shown(Array($0)) }
    }

    /// In whatever language: letters, marks, digits and signs as they stand; every octet that is no part of one, and all that steers a
    /// terminal or the direction of reading, escaped as in a zone file.
    private static func shown(_ line: [UInt8]) -> String {
        var text = ""
        var rest = line[...]
        while !rest.isEmpty, text.utf8.count < lineLimitBytes {
            var parser = Unicode.UTF8.ForwardParser()
            var octets = rest.makeIterator()
            switch parser.parseScalar(from: &octets) {
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                text +=
                    isHarmless(scalar) ? String(Character(scalar)) : OctetText(rest.prefix(encoded.count)).description
                rest = rest.dropFirst(encoded.count)
            case .error(let length):
                text += OctetText(rest.prefix(max(1, length))).description
                rest = rest.dropFirst(max(1, length))
            case .emptyInput: rest = []
            }
        }
        return rest.isEmpty ? text : "\(text)... (\(line.count) bytes)"
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        // Escaped in a zone file, too.
        case _ where scalar.isASCII: OctetText([UInt8(ascii: scalar)]).description.utf8.count == 1
        case .spaceSeparator: false
        default: true
        }
    }
}

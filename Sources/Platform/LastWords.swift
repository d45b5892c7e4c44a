// The one line a person reads about a program that did not do its work, made harmless.
import DCV

/// A program's last words: the last line on stderr that is not blank, without secrets, escaped and shortened.
enum LastWords {
    static let lineLimitBytes = 300
    /// Our own words about a program that may not be started, which hold its path and the cure.
    static let refusalLimitBytes = 1000

    /// Nil when it said nothing.
    static func line(of output: ChildResult.Output, mask: SecretMask) -> String? {
        // Masked as a whole, because a secret may span lines.
        var text = mask.masked(output.bytes)
        // What was kept ends anywhere, perhaps in the middle of a secret that could then not be recognised.
        if output.isTruncated { text.removeLast(min(mask.longestBytes, text.count)) }
        let lines = text.split { $0 == 0x0A || $0 == 0x0D }.map { $0.drop { $0 == 0x20 || $0 == 0x09 } }
        return lines.last { !$0.isEmpty }.map { OctetText($0).shortened(limitBytes: lineLimitBytes) }
    }
}

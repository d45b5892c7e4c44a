// Tells code from words: a source with its comments and string literals blanked, line for line, so that rules about code see code only.

import Foundation

/// One source file, split into what the compiler reads and what people read.
struct SourceText: Sendable {
    /// Path from the repository's root.
    let path: String
    /// The lines as they stand in the file.
    let lines: [String]
    /// The same lines with comments and the inside of string literals blanked; code inside `\( )` stays.
    let code: [CodeLine]
    private let whole: Data
    /// Where each line of code begins.
    private let starts: [Int]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var blanking = Blanking(Array(text.utf8))
        let octets = blanking.run()
        whole = Data(octets)
        let pieces = octets.split(separator: 0x0A, omittingEmptySubsequences: false)
        starts = pieces.map(\.startIndex)
        code = pieces.map { CodeLine(octets: Array($0)) }
    }

    /// Indices of the lines whose code holds any of these texts, be it inside a longer word: a quick look before lines are read.
    func lines(holding texts: [String]) -> [Int] {
        var found: Set<Int> = []
        for text in texts {
            let wanted = Data(text.utf8)
            var from = whole.startIndex
            while let range = whole.range(of: wanted, in: from..<whole.endIndex) {
                found.insert(line(at: range.lowerBound))
                from = range.upperBound
            }
        }
        return found.sorted()
    }

    private func line(at offset: Int) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

/// One line of code as octets: the rules look for ASCII only, and a few times thirty thousand lines are looked at.
struct CodeLine: Sendable {
    let octets: [UInt8]

    /// Where `text` begins. At an end that is a letter, a digit or `_` it must end a word; `isPrefix` lets the word go on.
    func positions(of text: String, isPrefix: Bool = false) -> [Int] {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, let last = wanted.last, octets.count >= wanted.count else { return [] }
        return (0...(octets.count - wanted.count)).filter { start in
            guard octets[start] == first, octets[start...].starts(with: wanted) else { return false }
            let end = start + wanted.count
            if Self.isWordOctet(first), start > 0, Self.isWordOctet(octets[start - 1]) { return false }
            return isPrefix || !Self.isWordOctet(last) || end == octets.count || !Self.isWordOctet(octets[end])
        }
    }

    func holds(_ text: String, isPrefix: Bool = false) -> Bool { !positions(of: text, isPrefix: isPrefix).isEmpty }

    /// The octet before a position, white space left out; nil at the start.
    func octet(before position: Int) -> UInt8? { octets[..<position].last { $0 != 0x20 } }

    /// Words of letters, digits and `_`, in order.
    var words: [String] {
        octets.split { !Self.isWordOctet($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    static func isWordOctet(_ octet: UInt8) -> Bool {
        octet == 0x5F || (0x30...0x39).contains(octet) || (0x41...0x5A).contains(octet) || (0x61...0x7A).contains(octet)
    }
}

/// Walks once over the octets and copies code, newlines and nothing else.
private struct Blanking {
    private static let (newline, quote, backslash, hash): (UInt8, UInt8, UInt8, UInt8) = (0x0A, 0x22, 0x5C, 0x23)

    private let octets: [UInt8]
    private var index = 0
    private var output: [UInt8] = []

    init(_ octets: [UInt8]) { self.octets = octets }

    mutating func run() -> [UInt8] {
        copyCode(untilParenthesis: false)
        return output
    }

    private func starts(_ text: String) -> Bool { octets[index...].starts(with: text.utf8) }

    private mutating func blank(_ count: Int) {
        for octet in octets[index..<min(index + count, octets.count)] {
            output.append(octet == Self.newline ? octet : 0x20)
        }
        index = min(index + count, octets.count)
    }

    /// Copies code up to the end, or up to the parenthesis that closes an interpolation.
    private mutating func copyCode(untilParenthesis: Bool) {
        var depth = 0
        while index < octets.count {
            switch octets[index] {
            case 0x2F, Self.quote, Self.hash, 0x28, 0x29: break
            default:
                output.append(octets[index])
                index += 1
                continue
            }
            if starts("//") {
                blank((octets[index...].firstIndex(of: Self.newline) ?? octets.count) - index)
            } else if starts("/*") {
                blankBlockComment()
            } else if let hashes = literalHashes() {
                blankLiteral(hashes: hashes)
            } else {
                if octets[index] == 0x28 { depth += 1 }
                if octets[index] == 0x29 { depth -= 1 }
                if untilParenthesis && depth < 0 { return }
                output.append(octets[index])
                index += 1
            }
        }
    }

    private mutating func blankBlockComment() {
        var depth = 0
        while index < octets.count {
            if starts("/*") {
                depth += 1
                blank(2)
            } else if starts("*/") {
                depth -= 1
                blank(2)
                if depth == 0 { return }
            } else {
                blank(1)
            }
        }
    }

    /// The number of `#` before a string literal that begins here; nil when none does.
    private func literalHashes() -> Int? {
        let hashes = octets[index...].prefix { $0 == Self.hash }.count
        return index + hashes < octets.count && octets[index + hashes] == Self.quote ? hashes : nil
    }

    private mutating func blankLiteral(hashes: Int) {
        let marks = String(repeating: "#", count: hashes)
        blank(hashes)
        let quotes = starts("\"\"\"") ? "\"\"\"" : "\""
        blank(quotes.utf8.count)
        while index < octets.count {
            if starts(quotes + marks) {
                blank(quotes.utf8.count + hashes)
                return
            }
            if starts("\\" + marks + "(") {
                blank(2 + hashes)
                copyCode(untilParenthesis: true)
                blank(1)
            } else if starts("\\" + marks) {
                blank(2 + hashes)
            } else if quotes == "\"" && octets[index] == Self.newline {
                // No literal of one line goes on: a lone quote (in C, or a regex) must not swallow the rest of the file.
                return
            } else {
                blank(1)
            }
        }
    }
}

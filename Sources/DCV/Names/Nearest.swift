// The known words that a misspelt one may have meant: for keys, commands, codes and names that people type.

package enum Nearest {
    /// More edits than this, or than half of a word's octets, make another word.
    private static let farthestEdits = 3
    /// Longer words are not compared: nobody misspells a known one into them.
    private static let wordLimitOctets = 64
    /// Words proposed in one hint.
    private static let proposalLimit = 3
    /// More known words than this are not listed: they would hide what was wrong.
    private static let listLimit = 16
    /// Shorter words stand within too many others.
    private static let partOctets = 3

    /// The known words nearest to `word`: those with the fewest edits, else those that hold it as a part. Sorted, so that a hint is the
    /// same every time.
    package static func words(_ word: String, among known: [String]) -> [String] {
        let ranked = Set(known).compactMap { candidate in
            edits(word, candidate).map { (word: candidate, edits: $0) }
        }
        let near = ranked.filter { $0.edits <= farthestEdits && 2 * $0.edits <= $0.word.utf8.count }
        if let least = near.map(\.edits).min() {
            return Array(near.filter { $0.edits == least }.map(\.word).sorted().prefix(proposalLimit))
        }
        guard word.utf8.count >= partOctets else { return [] }
        return Array(Set(known).filter { holds($0, word) }.sorted().prefix(proposalLimit))
    }

    /// `; did you mean "token"?`, or `; known: a, b, c` when nothing is near and the list is short.
    package static func hint(_ word: String, among known: [String]) -> String {
        let proposal = proposal(word, among: known)
        if !proposal.isEmpty { return proposal }
        return known.isEmpty || known.count > listLimit ? "" : "; known: \(known.sorted().joined(separator: ", "))"
    }

    /// The same where all that is known is told already.
    package static func proposal(_ word: String, among known: [String]) -> String {
        let near = words(word, among: known)
        return near.isEmpty ? "" : "; did you mean \(near.map { "\"\($0)\"" }.joined(separator: " or "))?"
    }

    private static func holds(_ text: String, _ part: String) -> Bool {
        let (octets, sought) = (Array(text.utf8), Array(part.utf8))
        guard octets.count >= sought.count else { return false }
        return (0...(octets.count - sought.count)).contains { octets[$0...].starts(with: sought) }
    }

    /// Levenshtein distance in octets; nil where one of the texts is too long to be a known word.
    static func edits(_ one: String, _ other: String) -> Int? {
        let (a, b) = (Array(one.utf8), Array(other.utf8))
        guard a.count <= wordLimitOctets, b.count <= wordLimitOctets else { return nil }
        var row = Array(0...b.count)
        for (i, octet) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, candidate) in b.enumerated() {
                let substitution = diagonal + (octet == candidate ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}

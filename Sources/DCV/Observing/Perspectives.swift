// How likely a CA that looks from several places sees a record that not every name server shows: counting, no luck.

/// Multi-perspective corroboration (BR 3.2.2.9) against servers of which some show the record.
///
/// The model: the primary perspective and each remote one resolve by themselves, and each resolver takes one of the
/// servers that serve the zone, all equally likely. A server that is silent or lame is passed over for another one; a
/// server that answers wrongly is believed. The primary must see the record, and all but the allowed number of the others.
package struct Perspectives: Hashable, Sendable {
    /// Servers beyond this many are not told apart, so that all numbers here stay below 2^63.
    static let serversLimit = 64

    /// Remote perspectives at least, by the day on which the validation is made (BR 3.2.2.9).
    private static let remoteFrom: [(at: Instant, count: Int)] = [
        (Instant(millisecondsSinceEpoch: 1_797_292_800_000), 5),  // 2026-12-15
        (Instant(millisecondsSinceEpoch: 1_781_481_600_000), 4),  // 2026-06-15
        (Instant(millisecondsSinceEpoch: 1_773_532_800_000), 3),  // 2026-03-15
        (Instant(millisecondsSinceEpoch: 1_741_996_800_000), 2),  // 2025-03-15
    ]

    /// Servers that serve the zone.
    package let answering: Int
    /// Those of them that show the record at every address that answers.
    package let showing: Int
    /// Perspectives beside the primary one.
    package let remote: Int

    package init(showing: Int, of answering: Int, remote: Int) {
        self.answering = min(max(0, answering), Self.serversLimit)
        self.showing = min(max(0, showing), self.answering)
        self.remote = min(max(0, remote), 6)
    }

    package init(showing: Int, of answering: Int, at: Instant) {
        self.init(showing: showing, of: answering, remote: Self.remote(at: at))
    }

    package static func remote(at: Instant) -> Int {
        remoteFrom.first { at >= $0.at }?.count ?? 0
    }

    /// Remote perspectives that may fail (BR 3.2.2.9, quorum requirements).
    package static func allowedFailures(of remote: Int) -> Int {
        switch remote {
        case ..<2: 0
        case 2...5: 1
        default: 2
        }
    }

    /// The chance that the CA passes, as a fraction: of `tries` equally likely ways to choose servers, `passes` do.
    package var passes: Int64 {
        let (good, bad) = (Int64(showing), Int64(answering - showing))
        var sum: Int64 = 0
        for failures in 0...min(Self.allowedFailures(of: remote), remote) {
            sum += choose(remote, failures) * power(good, remote - failures) * power(bad, failures)
        }
        return good * sum
    }

    package var tries: Int64 { power(Int64(answering), remote + 1) }

    /// Whether the chance is at least this one. Nobody answering is no chance.
    package func reach(_ floor: Chance) -> Bool {
        guard answering > 0 else { return false }
        return passes * Chance.whole >= floor.perMillion * tries
    }

    /// "a CA with 5 remote perspectives passes in 47 of 100 tries". Rounded down: a chance is never told as certainty.
    package var words: String {
        let percent = tries > 0 ? passes * 100 / tries : 0
        let text = percent == 0 && passes > 0 ? "less than 1" : "\(percent)"
        return "a CA with \(remote) remote perspectives passes in \(text) of 100 tries"
    }

    /// What a CA makes of name servers of which only some show the record, in a sentence; nil where all or none do.
    package static func told(_ survey: Survey) -> String? {
        guard survey.record.kind != .http else { return nil }
        let chance = Servers(survey).perspectives(at: survey.at)
        let lacking = chance.answering - chance.showing
        guard chance.showing > 0, lacking > 0 else { return nil }
        return "with \(lacking) of \(chance.answering) name servers lacking it, \(chance.words)"
    }

    private func power(_ base: Int64, _ exponent: Int) -> Int64 {
        (0..<exponent).reduce(1) { product, _ in product * base }
    }

    /// Binomial coefficient; never above 20 here.
    private func choose(_ count: Int, _ some: Int) -> Int64 {
        (0..<some).reduce(1) { $0 * Int64(count - $1) / Int64($1 + 1) }
    }
}

/// A chance from 0 to 1 in millionths, so that it can be written, saved and compared without rounding.
package struct Chance: Hashable, Sendable, Comparable, CustomStringConvertible {
    package static let whole: Int64 = 1_000_000
    private static let digits = 6

    package let perMillion: Int64

    private init(perMillion: Int64) { self.perMillion = perMillion }

    package static let standard = Chance(perMillion: 999_000)
    package static let zero = Chance(perMillion: 0)

    /// Reads `0`, `1`, `0.999`: a decimal number from 0 to 1 with at most six places.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0] == "0" || parts[0] == "1" else { return nil }
        var places = ""
        if parts.count == 2 {
            places = String(parts[1])
            guard (1...Self.digits).contains(places.utf8.count), places.utf8.allSatisfy(ASCII.isDigit) else {
                return nil
            }
        }
        let padded = places + String(repeating: "0", count: Self.digits - places.utf8.count)
        guard let fraction = Int64(padded) else { return nil }
        let value = (parts[0] == "1" ? Self.whole : 0) + fraction
        guard value <= Self.whole else { return nil }
        self.init(perMillion: value)
    }

    package static func < (one: Chance, other: Chance) -> Bool { one.perMillion < other.perMillion }

    package var description: String {
        guard perMillion < Self.whole else { return "1" }
        guard perMillion > 0 else { return "0" }
        let text = String(perMillion)
        var places = String(repeating: "0", count: Self.digits - text.utf8.count) + text
        while places.utf8.last == 0x30 { places.removeLast() }
        return "0.\(places)"
    }
}

extension Chance: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in
            guard let chance = Chance(text) else { throw NameError(.octetNotAllowed, OctetText(text.utf8)) }
            return chance
        }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: description) }
}

// The CA behind a certificate, as Cloudflare names it: its name in CAA records, and how long its tokens live.
import DCV
import Platform

struct CloudflareAuthority: Hashable, Sendable {
    private static let secondsPerDay: Int64 = 86_400
    private static let known: [String: (caa: String, tokenLifeDays: Int64?)] = [
        "google": ("pki.goog", 14), "lets_encrypt": ("letsencrypt.org", 7), "ssl_com": ("ssl.com", 14),
        "digicert": ("digicert.com", 30), "sectigo": ("sectigo.com", nil),
    ]

    /// A CAA name of each CA that may be used; empty when Cloudflare names one that is not known here.
    let issuers: [DomainName]
    /// A CA that this version does not know, escaped.
    let stranger: String?
    private let tokenLifeDays: Int64?

    /// Nothing and "" mean that Cloudflare chooses, or does not say.
    init(_ value: JSONValue?) {
        let word = value?.string ?? ""
        let entry = Self.known[word]
        tokenLifeDays = entry?.tokenLifeDays
        stranger = word.isEmpty || entry != nil ? nil : OctetText(word.utf8).shortened()
        let names = entry.map { [$0.caa] } ?? (word.isEmpty ? Self.known.values.map(\.caa).sorted() : [])
        issuers = names.compactMap { try? DomainName($0) }
    }

    /// When tokens die that are as old as what they are for, which is told as long as it lies ahead.
    ///
    /// A passed end is none, even where no certificate was ever issued: a recheck after a timeout and a change of the
    /// method start the issuance anew, with new tokens, and Cloudflare tells no other day than that of the first
    /// order. Taken for dead, they would be neither published nor triggered, and it is the trigger that brings new
    /// ones. Taken for living, dead ones cost a look that fails.
    func tokenEnd(orderedAt: Instant?, now: Instant) -> Instant? {
        guard let orderedAt, let tokenLifeDays, orderedAt <= now else { return nil }
        let end = orderedAt.adding(seconds: tokenLifeDays * Self.secondsPerDay)
        return end > now ? end : nil
    }

    /// Worth knowing before CAA is judged.
    func notice(_ subject: String) -> Finding? {
        stranger.map {
            Finding(
                ProviderFindingCode.issuerUnknown,
                .notice,
                subject: subject,
                saw: "certificate_authority \"\($0)\"",
                wanted: Self.known.keys.sorted().joined(separator: ", "),
                advice:
                    "nothing, unless CAA records restrict the name: then write the CA's name under caa.issuers in the policy"
            )
        }
    }
}

/// A date and time as Cloudflare writes it: RFC 3339 with 0 to 9 fractional digits, which are dropped.
enum CloudflareTime {
    private static let lengthsBytes = 20...35

    /// Nil for what is no such text, null and "" included.
    static func parse(_ value: JSONValue?) -> Instant? {
        guard let text = value?.string else { return nil }
        let octets = Array(text.utf8)
        guard lengthsBytes.contains(octets.count) else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            octets[range].allSatisfy(ASCII.isDigit) ? Int64(String(decoding: octets[range], as: UTF8.self)) : nil
        }
        let separators: [(place: Int, octet: UInt8)] = [(4, 0x2D), (7, 0x2D), (13, 0x3A), (16, 0x3A)]
        guard separators.allSatisfy({ octets[$0.place] == $0.octet }), ASCII.lowercased(octets[10]) == 0x74,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19)
        else { return nil }
        var rest = octets[19...]
        if rest.first == 0x2E { rest = rest.dropFirst().drop { ASCII.isDigit($0) } }
        guard rest.count == 1, let zulu = rest.first, ASCII.lowercased(zulu) == 0x7A else { return nil }
        return CivilTime.instant(year, month, day, hour: hour, minute: minute, second: second)
    }
}

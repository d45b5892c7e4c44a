// A standing proof's own words (BR 3.2.2.4.22): which CA it is for, and the moment from which it proves nothing more.

/// The value of a TXT record at `_validation-persist`: an issue value of CAA, `ca.example; accounturi=...; persistUntil=1782424856`.
package struct PersistentProof: Hashable, Sendable {
    private static let label = "_validation-persist"

    /// The CA's name in lower case.
    package let issuer: String
    /// `persistUntil`, in seconds since 1970; nil without one, or where it is no number: then it never ends.
    package let until: Instant?

    package init(_ value: OctetText) {
        let fields = value.bytes.split(separator: 0x3B, omittingEmptySubsequences: false).map(Self.trimmed)
        issuer = ASCII.lowercased(String(decoding: fields.first ?? [], as: UTF8.self))
        until = fields.dropFirst().lazy.compactMap(Self.end).first
    }

    /// What a required record says of itself; nil for one of another kind.
    package init?(_ record: RequiredRecord) {
        guard case .txt(let name, let value) = record.content, name.labels.first?.elementsEqual(Self.label) == true
        else { return nil }
        self.init(OctetText(value.bytes))
    }

    package func hasEnded(at now: Instant) -> Bool { until.map { $0 <= now } ?? false }

    private static func trimmed(_ octets: some Collection<UInt8>) -> [UInt8] {
        func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }
        return octets.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    }

    private static func end(_ field: [UInt8]) -> Instant? {
        let parts = field.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
        guard parts.count == 2, ASCII.lowercased(String(decoding: parts[0], as: UTF8.self)) == "persistuntil",
            parts[1].allSatisfy(ASCII.isDigit), let seconds = Int64(String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        return Instant(millisecondsSinceEpoch: 0).adding(seconds: seconds)
    }
}

extension Survey.Problem {
    /// A record whose own time is over proves nothing, wherever it is shown; nil for every other.
    package static func ended(_ record: RequiredRecord, at now: Instant) -> Survey.Problem? {
        guard let proof = PersistentProof(record), proof.hasEnded(at: now), let until = proof.until else { return nil }
        return Survey.Problem(
            .persistUntilPassed,
            "the record's own persistUntil was \(until.utcText)",
            wanted: "a record that \(proof.issuer) still accepts",
            reproduce: DigLine.text("TXT", record.name)
        )
    }
}

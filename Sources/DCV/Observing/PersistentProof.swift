// A standing proof's own words (BR 3.2.2.4.22): which CA it is for, and the moment from which it proves nothing more.

/// The value of a TXT record at `_validation-persist`: an issue value of CAA, `ca.example; accounturi=...; persistUntil=1782424856`.
package struct PersistentProof: Hashable, Sendable {
    /// The first label of the record's name.
    package static let label = "_validation-persist"

    /// The CA's name in lower case.
    package let issuer: String
    /// `persistUntil`, in seconds since 1970; nil without one, or where it is no number: then it never ends.
    package let until: Instant?

    /// Nil for what is no issue value, or names nobody.
    package init?(_ value: OctetText) {
        guard let permission = CAAPermission(value.bytes), let issuer = permission.issuer else { return nil }
        self.issuer = ASCII.lowercased(issuer)
        until =
            permission.parameters.lazy.filter { ASCII.lowercased($0.tag) == "persistuntil" }
            .compactMap { Self.end($0.value) }.first
    }

    /// What a required record says of itself; nil for one of another kind.
    package init?(_ record: RequiredRecord) {
        guard case .txt(let name, let value) = record.content, name.labels.first?.elementsEqual(Self.label) == true
        else { return nil }
        self.init(OctetText(value.bytes))
    }

    package func hasEnded(at now: Instant) -> Bool { until.map { $0 <= now } ?? false }

    private static func end(_ value: [UInt8]) -> Instant? {
        guard value.allSatisfy(ASCII.isDigit), let seconds = Int64(String(decoding: value, as: UTF8.self)) else {
            return nil
        }
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

// All that was seen of one required record at one instant: the material of every verdict, saved and replayed as it is.

/// All sightings of one required record in one pass.
package struct Survey: Hashable, Sendable, Codable {
    package let record: RequiredRecord
    package let at: Instant
    /// The apex of the zone that holds the record (after CNAMEs), or of the one where the search ended; nil when none was found.
    package let zone: DomainName?
    /// The names a CNAME chain went through, the record's own name first; just that name without a chain.
    package let chain: [DomainName]
    package let observations: [Observation]
    /// Why nothing, or not everything, could be asked: no zone cut, a loop, no address. Each makes the survey incomplete.
    package let problems: [Problem]
    /// The zones on the way from the root to the end of the chain, in that order, as they were learnt in this pass; empty where none was.
    package let zones: [ZoneView]
    /// What DNSSEC says of the answers about this record; nil when it was not examined.
    package let security: SecurityStatus?
    /// The zone that holds the record's own name, where the CNAME there is a wildcard's; nil where it stands there itself, or there is none.
    package let wildcardZone: DomainName?

    package init(
        record: RequiredRecord,
        at: Instant,
        zone: DomainName?,
        chain: [DomainName] = [],
        observations: [Observation],
        problems: [Problem] = [],
        zones: [ZoneView] = [],
        security: SecurityStatus? = nil,
        wildcardZone: DomainName? = nil
    ) {
        self.record = record
        self.at = at
        self.zone = zone
        self.chain = chain.isEmpty ? [record.name] : chain
        self.observations = observations
        self.problems = problems
        self.zones = zones
        self.security = security
        self.wildcardZone = wildcardZone
    }

    private enum CodingKeys: String, CodingKey {
        case record
        case at = "at_ms"
        case zone, chain, observations, problems, zones, security
        case wildcardZone = "wildcard_zone"
    }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: CodingKeys.self)
        record = try keyed.decode(RequiredRecord.self, forKey: .record)
        at = try keyed.decode(Instant.self, forKey: .at)
        zone = try keyed.decodeIfPresent(DomainName.self, forKey: .zone)
        chain = try keyed.decode([DomainName].self, forKey: .chain)
        observations = try keyed.decode([Observation].self, forKey: .observations)
        problems = try keyed.decode([Problem].self, forKey: .problems)
        // Situations that an earlier version saved have none of these.
        zones = try keyed.decodeIfPresent([ZoneView].self, forKey: .zones) ?? []
        security = try keyed.decodeIfPresent(SecurityStatus.self, forKey: .security)
        wildcardZone = try keyed.decodeIfPresent(DomainName.self, forKey: .wildcardZone)
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: CodingKeys.self)
        try keyed.encode(record, forKey: .record)
        try keyed.encode(at, forKey: .at)
        try keyed.encodeIfPresent(zone, forKey: .zone)
        try keyed.encode(chain, forKey: .chain)
        try keyed.encode(observations, forKey: .observations)
        try keyed.encode(problems, forKey: .problems)
        if !zones.isEmpty { try keyed.encode(zones, forKey: .zones) }
        try keyed.encodeIfPresent(security, forKey: .security)
        try keyed.encodeIfPresent(wildcardZone, forKey: .wildcardZone)
    }

    /// Where the record really goes: the end of the CNAME chain, the record's own name without one.
    package var target: DomainName { chain.last ?? record.name }

    /// Where the record has to be put: where the CNAMEs lead; but at its own name where a wildcard beside it made the CNAME, because a record
    /// at the very name ends the wildcard's say there (RFC 4592 2.2.1), and nobody meant its proofs to be where the wildcard leads.
    package var owner: DomainName { wildcardZone == nil ? target : record.name }

    /// The zone that holds `owner`, as far as it is known.
    package var ownersZone: DomainName? { wildcardZone ?? zone }
}

/// The values of one record type at one owner name at one authoritative server: what the Reconciler compares before and after a hook.
package struct RRsetView: Hashable, Sendable, Codable {
    package let name: DomainName
    package let kind: RecordKind
    /// Per authoritative address that answered with authority: the values, sorted. A CNAME standing in for a TXT is listed as such.
    package let values: [IPAddressText: [OctetText]]
    /// Those of them that a wildcard shows, sorted: nobody's values at this name. They go when a record comes, and come back when that goes.
    package let wildcard: [OctetText]?
    /// Those of them that are of another type than was asked for: a CNAME in the place of TXT records, as `aliasText` has it, or TXT records
    /// where a CNAME is to stand.
    package let otherType: Set<OctetText>?

    package init(
        name: DomainName,
        kind: RecordKind,
        values: [IPAddressText: [OctetText]],
        wildcard: [OctetText]? = nil,
        otherType: Set<OctetText>? = nil
    ) {
        self.name = name
        self.kind = kind
        self.values = values
        self.wildcard = wildcard
        self.otherType = otherType
    }

    private static let aliasWord = "CNAME "

    /// How a CNAME is shown among values of another kind.
    package static func aliasText(_ target: DomainName) -> OctetText { aliasText("\(target)") }

    /// - Parameter seen: the target, or why it is none.
    package static func aliasText(_ seen: String) -> OctetText { OctetText((aliasWord + seen).utf8) }

    /// The target that such a text names; nil where it is no name that can be written.
    package static func aliasTarget(_ text: OctetText) -> DomainName? {
        try? DomainName(Array(text.bytes.dropFirst(aliasWord.utf8.count)))
    }

    /// Without some values.
    func without(_ foreign: Set<OctetText>) -> RRsetView {
        let own = values.mapValues { $0.filter { !foreign.contains($0) } }
        return RRsetView(name: name, kind: kind, values: own, wildcard: wildcard, otherType: otherType)
    }
}

/// An address as a dictionary key that encodes as text.
package struct IPAddressText: Hashable, Sendable, CodingKeyRepresentable, Codable {
    package let address: IPAddress

    package init(_ address: IPAddress) { self.address = address }

    package var codingKey: any CodingKey { NameKey(stringValue: address.description) }

    package init?<Key: CodingKey>(codingKey: Key) {
        guard let address = IPAddress(codingKey.stringValue) else { return nil }
        self.init(address)
    }

    package init(from decoder: any Decoder) throws { self.init(try IPAddress(from: decoder)) }
    package func encode(to encoder: any Encoder) throws { try address.encode(to: encoder) }
}

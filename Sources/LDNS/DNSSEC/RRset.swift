// The records of one name and type together: what DNSSEC signs (RFC 2181 5, RFC 4034 6).

import DCV

package struct RRset: Hashable, Sendable {
    package let owner: CanonicalName
    package let type: RecordType
    /// The data of its records in canonical form and order, each once (RFC 4034 6.2, 6.3).
    package let data: [[UInt8]]
    /// Signatures over it that came beside it, in the order of the message.
    package let signatures: [RRSIG]
    /// Signature records beside it that lack the fields of their type.
    package let brokenSignatures: Int

    /// The RRset of `owner` and `type` among the records of a section; nil when there is no record of it.
    package init?(_ owner: CanonicalName, _ type: RecordType, among records: [ResourceRecord]) {
        let wire = owner.wire
        let own = records.filter { record in
            record.recordClass == ResourceRecord.classInternet && (record.type == type || record.type == .rrsig)
                && record.ownerOctets.count == wire.count && CanonicalName(wire: record.ownerOctets) == owner
        }
        let data = Set(own.filter { $0.type == type }.map { Self.canonical(type, $0.dataOctets) })
        guard !data.isEmpty else { return nil }
        self.owner = owner
        self.type = type
        self.data = data.sorted { $0.lexicographicallyPrecedes($1) }
        // The type that a signature covers stands in its first two octets, even if the rest is broken.
        let covering = [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 0xFF)]
        let beside = own.filter { $0.type == .rrsig && $0.dataOctets.starts(with: covering) }
        signatures = beside.compactMap { RRSIG($0.dataOctets) }
        brokenSignatures = beside.count - signatures.count
    }

    /// Record data with their names in lower case, for the types whose data hold names (RFC 4034 6.2; not NSEC, RFC 6840
    /// 5.1). A length octet is never a letter, so whole names can be folded.
    private static func canonical(_ type: RecordType, _ octets: [UInt8]) -> [UInt8] {
        let names: Range<Int>
        switch type {
        case .ns, .cname, .ptr, .dname: names = 0..<octets.count
        case .mx: names = min(2, octets.count)..<octets.count
        case .srv: names = min(6, octets.count)..<octets.count
        case .soa: names = 0..<max(0, octets.count - 20)
        default: return octets
        }
        var folded = octets
        for index in names { folded[index] = ASCII.lowercased(octets[index]) }
        return folded
    }

    /// What is signed (RFC 4034 3.1.8.1), with the owner's name as it stands in the zone.
    func signedOctets(_ signature: RRSIG, owner: CanonicalName) -> [UInt8] {
        var octets = signature.head + signature.signer.wire
        let head =
            owner.wire + [type.rawValue, ResourceRecord.classInternet].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            + (0..<4).map { UInt8(truncatingIfNeeded: signature.originalTTLSeconds >> (24 - 8 * UInt32($0))) }
        for item in data {
            octets += head
            octets += [UInt8(truncatingIfNeeded: item.count >> 8), UInt8(truncatingIfNeeded: item.count)]
            octets += item
        }
        return octets
    }
}

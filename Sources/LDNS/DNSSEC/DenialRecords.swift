// The data of NSEC and NSEC3 records: which names and types a zone says it does not have.

import DCV

/// The types that exist at a name (RFC 4034 4.1.2).
package struct TypeBitmap: Hashable, Sendable {
    private let octets: [UInt8]

    /// From the windows as they stand in the data; nil when they are not in order or not whole.
    init?(_ octets: some Collection<UInt8>) {
        self.octets = Array(octets)
        var last = -1
        var position = 0
        while position < self.octets.count {
            guard position + 1 < self.octets.count else { return nil }
            let (window, count) = (Int(self.octets[position]), Int(self.octets[position + 1]))
            guard window > last, (1...32).contains(count), position + 2 + count <= self.octets.count else { return nil }
            last = window
            position += 2 + count
        }
    }

    package func contains(_ type: RecordType) -> Bool {
        let (window, index) = (UInt8(type.rawValue >> 8), Int(type.rawValue & 0xFF))
        var position = 0
        while position + 1 < octets.count {
            let count = Int(octets[position + 1])
            if octets[position] == window {
                guard index / 8 < count else { return false }
                return octets[position + 2 + index / 8] & (0x80 >> UInt8(index % 8)) != 0
            }
            position += 2 + count
        }
        return false
    }

    /// The parent's side of a zone cut: it says nothing of the child's names and types (RFC 6840 4.1).
    var isDelegation: Bool { contains(.ns) && !contains(.soa) }
}

/// A gap in a zone between two names (RFC 4034 4).
package struct NSEC: Hashable, Sendable {
    package let owner: CanonicalName
    package let next: CanonicalName
    package let types: TypeBitmap

    /// Nil for a record of another type or class, or without the fields of the type.
    package init?(_ record: ResourceRecord) {
        let octets = record.dataOctets
        guard record.type == .nsec, record.recordClass == ResourceRecord.classInternet,
            let owner = CanonicalName(wire: record.ownerOctets),
            let (_, end) = WireName.labels(octets[...]), let next = CanonicalName(wire: Array(octets[..<end])),
            let types = TypeBitmap(octets[end...])
        else { return nil }
        self.owner = owner
        self.next = next
        self.types = types
    }
}

/// A gap between the hashes of two names (RFC 5155 3).
package struct NSEC3: Hashable, Sendable {
    /// The zone that the owner stands directly below.
    package let zone: CanonicalName
    package let ownerHash: [UInt8]
    package let hashAlgorithm: UInt8
    package let flags: UInt8
    package let iterations: UInt16
    package let salt: [UInt8]
    package let nextHash: [UInt8]
    package let types: TypeBitmap

    /// Unsigned delegations may lie in the gap.
    package var isOptOut: Bool { flags & 1 != 0 }

    /// The only hash algorithm there is (RFC 5155 11).
    static let sha1: UInt8 = 1
    static let hashOctets = 20

    /// Nil for a record of another type or class, without the fields of the type, or with hashes that are none of SHA-1:
    /// RFC 5155 8.1 wants those left out of account.
    package init?(_ record: ResourceRecord) {
        let octets = record.dataOctets
        guard record.type == .nsec3, record.recordClass == ResourceRecord.classInternet,
            let owner = CanonicalName(wire: record.ownerOctets), let label = owner.labels.first,
            let ownerHash = Base32Hex.decode(label), let zone = owner.parent,
            octets.count > 5
        else { return nil }
        let saltEnd = 5 + Int(octets[4])
        guard saltEnd < octets.count else { return nil }
        let hashEnd = saltEnd + 1 + Int(octets[saltEnd])
        guard hashEnd <= octets.count, let types = TypeBitmap(octets[hashEnd...]) else { return nil }
        self.zone = zone
        self.ownerHash = ownerHash
        hashAlgorithm = octets[0]
        flags = octets[1]
        iterations = UInt16(octets[2]) << 8 | UInt16(octets[3])
        salt = Array(octets[5..<saltEnd])
        nextHash = Array(octets[(saltEnd + 1)..<hashEnd])
        self.types = types
        // Unknown flags make a record unusable (RFC 5155 8.2).
        guard hashAlgorithm == Self.sha1, flags <= 1, ownerHash.count == Self.hashOctets,
            nextHash.count == Self.hashOctets
        else { return nil }
    }
}

/// Base 32 with the extended hex alphabet, without padding (RFC 4648 7): the form of an NSEC3 owner's first label.
enum Base32Hex {
    /// Nil for an octet outside the alphabet or leftover bits that are not zero.
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        var octets: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text {
            let value: UInt8
            switch ASCII.lowercased(character) {
            case 0x30...0x39: value = character - 0x30
            case 0x61...0x76: value = ASCII.lowercased(character) - 0x61 + 10
            default: return nil
            }
            bits = (bits << 5 | UInt32(value)) & 0xFFFF
            count += 5
            if count >= 8 {
                count -= 8
                octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard bits & (1 << UInt32(count) - 1) == 0 else { return nil }
        return octets
    }
}

// The data of DNSKEY, DS and RRSIG records, taken apart field by field.

/// A zone's public key (RFC 4034 2).
package struct DNSKEY: Hashable, Sendable {
    package let flags: UInt16
    package let protocolNumber: UInt8
    package let algorithm: SecurityAlgorithm
    package let publicKey: [UInt8]
    /// The record data as they are signed and digested.
    package let octets: [UInt8]

    /// From record data; nil without the fields of the type.
    package init?(_ octets: [UInt8]) {
        guard octets.count > 4 else { return nil }
        flags = UInt16(octets[0]) << 8 | UInt16(octets[1])
        protocolNumber = octets[2]
        algorithm = SecurityAlgorithm(rawValue: octets[3])
        publicKey = Array(octets[4...])
        self.octets = octets
    }

    /// Whether data of the zone may be signed with it: ZONE set, REVOKE not (RFC 5011 2.1), protocol 3 (RFC 4034 2.1).
    package var isZoneKey: Bool { flags & 0x0100 != 0 && flags & 0x0080 == 0 && protocolNumber == 3 }

    /// SEP: meant to be pointed at by a DS. A hint for people only (RFC 4034 2.1.1).
    package var isSecureEntryPoint: Bool { flags & 0x0001 != 0 }

    /// RFC 4034 appendix B. Different keys may have the same.
    package var keyTag: UInt16 {
        var sum: UInt32 = 0
        for (index, octet) in octets.enumerated() { sum &+= index % 2 == 0 ? UInt32(octet) << 8 : UInt32(octet) }
        sum &+= sum >> 16 & 0xFFFF
        return UInt16(truncatingIfNeeded: sum)
    }
}

/// The parent's word for a key of its child (RFC 4034 5).
package struct DS: Hashable, Sendable, CustomStringConvertible {
    package let keyTag: UInt16
    package let algorithm: SecurityAlgorithm
    package let digestType: DigestType
    package let digest: [UInt8]

    /// From record data; nil without the fields of the type.
    package init?(_ octets: [UInt8]) {
        guard octets.count > 4 else { return nil }
        keyTag = UInt16(octets[0]) << 8 | UInt16(octets[1])
        algorithm = SecurityAlgorithm(rawValue: octets[2])
        digestType = DigestType(rawValue: octets[3])
        digest = Array(octets[4...])
    }

    /// Whether this record can lead to a key here: a known algorithm, a known digest.
    package var isSupported: Bool { algorithm.isSupported && digestType.isSupported }

    /// Whether it means this very key of the zone `owner` (RFC 4034 5.1.4).
    package func matches(_ key: DNSKEY, of owner: CanonicalName) -> Bool {
        key.keyTag == keyTag && key.algorithm == algorithm && digest.count == digestType.digestOctets
            && Digest.of(owner.wire + key.octets, digestType) == digest
    }

    package var description: String { "DS \(keyTag) (algorithm \(algorithm), digest \(digestType))" }
}

/// A signature over one RRset (RFC 4034 3).
package struct RRSIG: Hashable, Sendable {
    package let typeCovered: RecordType
    package let algorithm: SecurityAlgorithm
    /// Labels of the owner that was signed, without the root and a leading `*`: fewer than the RRset's owner has when the
    /// answer comes from a wildcard.
    package let labels: UInt8
    package let originalTTLSeconds: UInt32
    /// Seconds since 1970 modulo 2^32, to be read with serial number arithmetic (RFC 4034 3.1.5).
    package let expiration: UInt32
    package let inception: UInt32
    package let keyTag: UInt16
    package let signer: CanonicalName
    package let signature: [UInt8]
    /// The data up to the signer's name.
    let head: [UInt8]

    private static let headOctets = 18

    /// From record data; nil without the fields of the type.
    package init?(_ octets: [UInt8]) {
        guard octets.count > Self.headOctets, let (_, end) = WireName.labels(octets[Self.headOctets...]),
            end < octets.count, let signer = CanonicalName(wire: Array(octets[Self.headOctets..<end]))
        else { return nil }
        func number(_ offset: Int) -> UInt32 { octets[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) } }
        typeCovered = RecordType(rawValue: UInt16(octets[0]) << 8 | UInt16(octets[1]))
        algorithm = SecurityAlgorithm(rawValue: octets[2])
        labels = octets[3]
        originalTTLSeconds = number(4)
        expiration = number(8)
        inception = number(12)
        keyTag = UInt16(octets[16]) << 8 | UInt16(octets[17])
        head = Array(octets[..<Self.headOctets])
        self.signer = signer
        signature = Array(octets[end...])
    }
}

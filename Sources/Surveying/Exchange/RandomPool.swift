// Unpredictable bits in small portions: one call to the source serves many queries.

import DCV

/// Ids and letter cases out of a `RandomSource`, fetched in portions.
struct RandomPool {
    static let portionOctets = 4096

    private let source: any RandomSource
    private var octets: [UInt8] = []

    init(_ source: any RandomSource) { self.source = source }

    mutating func octet() -> UInt8 {
        if octets.isEmpty { octets = source.bytes(Self.portionOctets) }
        // A source that gives nothing must not make ids predictable.
        return octets.popLast() ?? UInt8.random(in: 0...255)
    }

    mutating func id() -> UInt16 { UInt16(octet()) << 8 | UInt16(octet()) }

    /// A name in wire form with the case of each letter drawn (draft-vixie-dnsext-dns0x20): about one bit a letter that a forger
    /// has to guess beside id and port. Length octets are below 64 and so never letters.
    mutating func mixedCase(_ nameOctets: [UInt8]) -> [UInt8] {
        var mixed = nameOctets
        var bits: UInt8 = 0
        var bitsLeft = 0
        for index in mixed.indices where ASCII.isLetter(mixed[index]) {
            if bitsLeft == 0 {
                bits = octet()
                bitsLeft = 8
            }
            if bits & 1 == 1 { mixed[index] ^= 0x20 }
            bits >>= 1
            bitsLeft -= 1
        }
        return mixed
    }
}

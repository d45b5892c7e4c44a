// One octet, repeated, as a gzip file (RFC 1952): a small body that unpacks to a large one.

enum GzipRun {
    /// Ten octets: magic, deflate, no flags, no time, unknown system.
    private static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    /// The longest repetition one deflate code can ask for.
    private static let longestMatch = 258
    /// Length 258 is code 285, the 8 bits 1100_0101 turned round; distance 1 is code 0, 5 bits.
    private static let longestMatchBits: UInt32 = 0b00000_1010_0011

    /// About a 159th of the count.
    static func packed(octet: UInt8, count: Int) -> [UInt8] {
        var bits = BitWriter()
        // The last block, with the fixed codes of RFC 1951, 3.2.6.
        bits.append(0b1, count: 1)
        bits.append(0b01, count: 2)
        var left = count
        if left > 0 {
            appendLiteral(octet, to: &bits)
            left -= 1
        }
        while left >= longestMatch {
            bits.append(longestMatchBits, count: 13)
            left -= longestMatch
        }
        for _ in 0..<left { appendLiteral(octet, to: &bits) }
        bits.appendCode(0, count: 7)
        let crc = CRC32.ofRun(octet: octet, count: count)
        return header + bits.octets + littleEndian(crc) + littleEndian(UInt32(truncatingIfNeeded: count))
    }

    private static func appendLiteral(_ octet: UInt8, to bits: inout BitWriter) {
        if octet < 144 {
            bits.appendCode(0x30 + UInt32(octet), count: 8)
        } else {
            bits.appendCode(0x190 + UInt32(octet) - 144, count: 9)
        }
    }

    private static func littleEndian(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// Deflate fills each octet from its lowest bit.
    private struct BitWriter {
        private var whole: [UInt8] = []
        private var pending: UInt32 = 0
        private var pendingCount: UInt32 = 0

        var octets: [UInt8] { pendingCount == 0 ? whole : whole + [UInt8(truncatingIfNeeded: pending)] }

        mutating func append(_ bits: UInt32, count: UInt32) {
            pending |= bits << pendingCount
            pendingCount += count
            while pendingCount >= 8 {
                whole.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                pendingCount -= 8
            }
        }

        /// Huffman codes begin with their highest bit.
        mutating func appendCode(_ code: UInt32, count: UInt32) {
            var turned: UInt32 = 0
            for bit in 0..<count where code & (1 << bit) != 0 { turned |= 1 << (count - 1 - bit) }
            append(turned, count: count)
        }
    }
}

/// The checksum of gzip, of a run of any length in few steps.
enum CRC32 {
    private static let polynomial: UInt32 = 0xEDB8_8320

    static func ofRun(octet: UInt8, count: Int) -> UInt32 {
        // Runs of 1, 2, 4 ... octets and what appending them does to a checksum, put together by the bits of the count.
        var run = ofOne(octet)
        var shift = power8
        var result: UInt32 = 0
        var left = count
        while left > 0 {
            if left & 1 == 1 { result = product(shift, result) ^ run }
            run = product(shift, run) ^ run
            shift = product(shift, shift)
            left >>= 1
        }
        return result
    }

    private static func ofOne(_ octet: UInt8) -> UInt32 {
        var crc = UInt32.max ^ UInt32(octet)
        for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ polynomial : crc >> 1 }
        return ~crc
    }

    /// x to the 8th, in the reflected order of bits: what one more octet does.
    private static let power8: UInt32 = 1 << (31 - 8)

    /// The product of two polynomials over GF(2), modulo the CRC's.
    private static func product(_ left: UInt32, _ right: UInt32) -> UInt32 {
        var result: UInt32 = 0
        var factor = right
        for bit in (0..<32).reversed() {
            if left & (1 << UInt32(bit)) != 0 { result ^= factor }
            factor = factor & 1 == 1 ? (factor >> 1) ^ polynomial : factor >> 1
        }
        return result
    }
}

// The one place where libldns (and OpenSSL below it) computes with keys and signatures; sizes are checked before.

import CLDNS

enum SignatureArithmetic {
    /// Bounds of an RSA modulus (RFC 5702 2.1, 2.2). The upper one bounds the cost, too.
    private static let rsaModulusOctets = 64...512
    private static let rsaSHA512ModulusOctets = 128...512
    /// A larger public exponent is never used and makes each check as dear as a signature.
    private static let rsaExponentOctets = 1...8

    static func holds(_ signature: RRSIG, over octets: [UInt8], publicKey: [UInt8]) -> Bool {
        guard isWellFormed(signature, publicKey) else { return false }
        var raw = signature.signature
        if signature.algorithm == .ecdsaP256SHA256 || signature.algorithm == .ecdsaP384SHA384 { raw = sequence(raw) }
        var key = publicKey
        guard let buffer = unsafe ldns_buffer_new(octets.count) else { return false }
        defer { unsafe ldns_buffer_free(buffer) }
        guard let space = unsafe buffer.pointee._data else { return false }
        unsafe space.update(from: octets, count: octets.count)
        unsafe buffer.pointee._position = octets.count
        let status = unsafe raw.withUnsafeMutableBufferPointer { raw in
            unsafe key.withUnsafeMutableBufferPointer { key in
                unsafe ldns_verify_rrsig_buffers_raw(
                    raw.baseAddress,
                    raw.count,
                    buffer,
                    key.baseAddress,
                    key.count,
                    signature.algorithm.rawValue
                )
            }
        }
        return status == LDNS_STATUS_OK
    }

    /// Whether key and signature have the sizes of their algorithm.
    private static func isWellFormed(_ signature: RRSIG, _ key: [UInt8]) -> Bool {
        let octets = signature.signature.count
        return switch signature.algorithm {
        case .rsaSHA256: isRSA(key, octets, rsaModulusOctets)
        case .rsaSHA512: isRSA(key, octets, rsaSHA512ModulusOctets)
        // RFC 6605 4.
        case .ecdsaP256SHA256: key.count == 64 && octets == 64
        case .ecdsaP384SHA384: key.count == 96 && octets == 96
        // RFC 8080 3 and 4.
        case .ed25519: key.count == 32 && octets == 64
        case .ed448: key.count == 57 && octets == 114
        default: false
        }
    }

    /// RFC 3110 2: the exponent's length in one octet, or in two after a zero.
    private static func isRSA(_ key: [UInt8], _ signatureOctets: Int, _ modulus: ClosedRange<Int>) -> Bool {
        guard key.count > 3 else { return false }
        let (exponent, start) = key[0] == 0 ? (Int(key[1]) << 8 | Int(key[2]), 3) : (Int(key[0]), 1)
        guard rsaExponentOctets.contains(exponent), key.count > start + exponent else { return false }
        // A signature is as long as the modulus (RFC 8017 8.2.2), which has no leading zeros.
        let octets = key.count - start - exponent
        return modulus.contains(octets) && key[start + exponent] != 0 && signatureOctets == octets
    }

    /// r and s as OpenSSL wants them: a DER sequence of two integers.
    private static func sequence(_ signature: [UInt8]) -> [UInt8] {
        func integer(_ octets: ArraySlice<UInt8>) -> [UInt8] {
            var number = Array(octets.drop { $0 == 0 })
            if number.first.map({ $0 >= 0x80 }) ?? true { number.insert(0, at: 0) }
            return [0x02, UInt8(truncatingIfNeeded: number.count)] + number
        }
        let half = signature.count / 2
        let content = integer(signature[..<half]) + integer(signature[half...])
        return [0x30, UInt8(truncatingIfNeeded: content.count)] + content
    }
}

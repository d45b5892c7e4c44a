// Hashes, computed by libldns over octets that were checked before.

import CLDNS

package enum Digest {
    /// SHA-256, as a short name for octets that were seen before.
    package static func sha256(_ octets: [UInt8]) -> [UInt8] { of(octets, .sha256) ?? [] }

    /// Nil for a type that is not computed here.
    static func of(_ octets: [UInt8], _ type: DigestType) -> [UInt8]? {
        guard let length = type.digestOctets, let count = UInt32(exactly: octets.count) else { return nil }
        return unsafe [UInt8](unsafeUninitializedCapacity: length) { digest, initialized in
            guard let target = digest.baseAddress else { return }
            unsafe octets.withUnsafeBufferPointer { source in
                switch type {
                case .sha1: _ = unsafe ldns_sha1(source.baseAddress, count, target)
                case .sha256: _ = unsafe ldns_sha256(source.baseAddress, count, target)
                default: _ = unsafe ldns_sha384(source.baseAddress, count, target)
                }
            }
            initialized = length
        }
    }

    /// The hash of a name for NSEC3 (RFC 5155 5): SHA-1 once, and `iterations` times more.
    static func nsec3(_ name: CanonicalName, salt: [UInt8], iterations: UInt16) -> [UInt8] {
        var hash = of(name.wire + salt, .sha1) ?? []
        for _ in 0..<iterations { hash = of(hash + salt, .sha1) ?? [] }
        return hash
    }
}

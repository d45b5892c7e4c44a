// The numbers of DNSSEC: which algorithms and digests are believed, and what they are called.

/// A signature algorithm (IANA "DNS Security Algorithm Numbers").
package struct SecurityAlgorithm: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let rsaSHA256 = SecurityAlgorithm(rawValue: 8)
    package static let rsaSHA512 = SecurityAlgorithm(rawValue: 10)
    package static let ecdsaP256SHA256 = SecurityAlgorithm(rawValue: 13)
    package static let ecdsaP384SHA384 = SecurityAlgorithm(rawValue: 14)
    package static let ed25519 = SecurityAlgorithm(rawValue: 15)
    package static let ed448 = SecurityAlgorithm(rawValue: 16)

    private static let names: [SecurityAlgorithm: String] = [
        .rsaSHA256: "RSASHA256", .rsaSHA512: "RSASHA512", .ecdsaP256SHA256: "ECDSAP256SHA256",
        .ecdsaP384SHA384: "ECDSAP384SHA384", .ed25519: "ED25519", .ed448: "ED448",
    ]

    /// Whether signatures of it are checked. RSA with SHA-1 (5, 7) is on its way out (RFC 9905) and not among them: a zone
    /// that has nothing else counts as unsigned (RFC 4035 5.2).
    package var isSupported: Bool { Self.names[self] != nil }

    /// `13 (ECDSAP256SHA256)`, or the number alone.
    package var description: String { Self.names[self].map { "\(rawValue) (\($0))" } ?? "\(rawValue)" }
}

/// How a DS record digests its key (IANA "DS RR Type Digest Algorithms").
package struct DigestType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let sha1 = DigestType(rawValue: 1)
    package static let sha256 = DigestType(rawValue: 2)
    package static let sha384 = DigestType(rawValue: 4)

    /// Octets of a digest; nil for a type that is not computed here.
    var digestOctets: Int? {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha384: 48
        default: nil
        }
    }

    /// SHA-1 still counts where a zone has nothing better, as in Unbound 1.17 and BIND 9.18.
    package var isSupported: Bool { digestOctets != nil }

    package var description: String {
        switch self {
        case .sha1: "1 (SHA-1)"
        case .sha256: "2 (SHA-256)"
        case .sha384: "4 (SHA-384)"
        default: "\(rawValue)"
        }
    }
}

// What every provider's records are held to before they may be published: the form of a token and of a label made for proofs, written once,
// because it keeps a provider's answer from naming another service's record.
import DCV

/// Something a provider named that is not used, and what would have been.
struct RecordRefusal: Hashable, Sendable {
    let saw: String
    let wanted: String
}

enum ProofText {
    static let tokenWanted = "1 to \(TXTValue.limitOctets) letters, digits and -._~+/, with = at the end alone"
    /// Older CAs take an MD5 digest, without an underscore, for the CNAME's label.
    private static let digestLabelLength = 32

    /// CAs write their tokens in base64, base64url or hex. With that, no token can be taken for an SPF policy or another service's
    /// `key=value` proof at the same name.
    static func isToken(_ value: TXTValue) -> Bool {
        var octets = value.bytes[...]
        while octets.last == 0x3D { octets.removeLast() }
        return !octets.isEmpty
            && octets.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-._~+/".utf8.contains($0) }
    }

    static func isDigestLabel(_ label: Substring) -> Bool {
        label.utf8.count == digestLabelLength && label.utf8.allSatisfy(isHexDigit)
    }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || (0x61...0x66).contains(ASCII.lowercased(byte))
    }
}

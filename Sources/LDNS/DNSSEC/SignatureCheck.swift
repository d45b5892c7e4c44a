// Whether one signature over one RRset holds: every field first (RFC 4035 5.3.1), then the arithmetic.

package import DCV

/// A signature whose fields fit the RRset, the zone and the time; what is left is the arithmetic with a key.
package struct SignatureCheck: Sendable {
    /// Why a signature does not count, whatever the key.
    package enum Fault: Error, Hashable, Sendable {
        case algorithmNotSupported
        /// The signer's name is not the zone that the answer comes from.
        case otherSigner(CanonicalName)
        /// More labels were signed than the owner has.
        case tooManyLabels
        case notYetValid(Instant)
        case expired(Instant)
        /// The end of its validity lies before the beginning.
        case neverValid
    }

    package let signature: RRSIG
    /// Set when the RRset was made from the wildcard below this name: then somebody must prove that nothing closer exists
    /// (RFC 4035 5.3.4).
    package let closestEncloser: CanonicalName?
    private let signedOctets: [UInt8]

    /// - Parameter now: the time at which the signature must be valid; no allowance is made for clocks.
    package init(
        _ set: RRset,
        _ signature: RRSIG,
        zone: CanonicalName,
        at now: Instant
    ) throws(Fault) {
        guard signature.algorithm.isSupported else { throw .algorithmNotSupported }
        guard signature.signer == zone, set.owner.isSubdomain(of: zone) else { throw .otherSigner(signature.signer) }
        let ownLabels = set.owner.labels.count - (set.owner.isWildcard ? 1 : 0)
        guard let encloser = set.owner.ancestor(labelCount: Int(signature.labels)), Int(signature.labels) <= ownLabels
        else { throw .tooManyLabels }
        // A wildcard stands inside its zone, never above it.
        guard encloser.isSubdomain(of: zone) else { throw .otherSigner(signature.signer) }
        let seconds = UInt32(truncatingIfNeeded: now.millisecondsSinceEpoch.dividedRoundingDown(by: 1000))
        guard Self.precedes(signature.inception, signature.expiration) else { throw .neverValid }
        if Self.precedes(seconds, signature.inception) {
            throw .notYetValid(Self.instant(signature.inception, near: now, seconds))
        }
        if Self.precedes(signature.expiration, seconds) {
            throw .expired(Self.instant(signature.expiration, near: now, seconds))
        }
        self.signature = signature
        let isExpanded = Int(signature.labels) < ownLabels
        closestEncloser = isExpanded ? encloser : nil
        signedOctets = set.signedOctets(signature, owner: isExpanded ? encloser.wildcard : set.owner)
    }

    /// Whether this key may have made the signature, by what both say.
    package func isMeant(_ key: DNSKEY) -> Bool {
        key.isZoneKey && key.algorithm == signature.algorithm && key.keyTag == signature.keyTag
    }

    /// A short name for exactly this arithmetic: the same octets have the same outcome for ever.
    package func fingerprint(with key: DNSKEY) -> [UInt8] {
        let lengths = [signedOctets.count, signature.signature.count].flatMap { count in
            (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        }
        return Digest.sha256(lengths + signedOctets + signature.signature + key.octets)
    }

    /// The arithmetic. Expensive: up to a millisecond.
    package func holds(with key: DNSKEY) -> Bool {
        isMeant(key) && SignatureArithmetic.holds(signature, over: signedOctets, publicKey: key.publicKey)
    }

    /// Serial number arithmetic (RFC 1982 3.2); equal numbers do not precede each other.
    static func precedes(_ one: UInt32, _ other: UInt32) -> Bool { Int32(bitPattern: one &- other) < 0 }

    /// The instant that a 32-bit time means when read at `now`.
    private static func instant(_ time: UInt32, near now: Instant, _ nowSeconds: UInt32) -> Instant {
        let away = Int64(Int32(bitPattern: time &- nowSeconds))
        return Instant(millisecondsSinceEpoch: now.millisecondsSinceEpoch.dividedRoundingDown(by: 1000) &* 1000)
            .adding(seconds: away)
    }
}

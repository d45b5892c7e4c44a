// Which keys of a zone are believed: those in a DNSKEY set that is signed by a key its parent or an anchor names.
import DCV
import LDNS

/// What is known of a zone's place in the chain of trust.
enum ZoneTrust: Hashable, Sendable {
    /// Its keys; what they sign is secure.
    case secure([DNSKEY])
    case insecure(String)
    case bogus(String)
    case indeterminate(String)
    /// No chain can be built here: the named resolver hands on no signatures.
    case notExamined(String)

    /// Nil when nothing was examined.
    var status: SecurityStatus? {
        switch self {
        case .secure: .secure
        case .insecure(let reason): .insecure(reason: reason)
        case .bogus(let reason): .bogus(reason: reason)
        case .indeterminate(let reason): .indeterminate(reason: reason)
        case .notExamined: nil
        }
    }
}

/// The judge of one zone's DNSKEY answers (RFC 4035 5.2).
struct KeyJudge {
    let zone: DomainName
    let now: Instant
    let ledger: SignatureLedger

    /// What stands above the zone: its parent's digests, or anchors.
    enum Pointer: Hashable, Sendable {
        case digests([DS])
        case anchors([TrustAnchors.Anchor])
    }

    private var owner: CanonicalName { CanonicalName(zone) }

    /// Nil when the digests lead to keys that can be checked here; else why the zone counts as unsigned (RFC 4035 5.2,
    /// RFC 6840 5.2).
    static func unknown(_ digests: [DS], of zone: DomainName) -> String? {
        guard !digests.contains(where: \.isSupported) else { return nil }
        let kinds = Set(digests.map { "algorithm \($0.algorithm), digest \($0.digestType)" }).sorted()
        let told = kinds.listed(upTo: ValidationLimits.faultsTold, separator: "; ")
        return "the DS records of \(zone) use only what is not known here (\(told)): the zone counts as unsigned"
    }

    func judge(_ message: Message, by pointer: Pointer) -> ZoneTrust {
        guard let set = RRset(owner, .dnskey, among: message.answer) else {
            return .bogus("\(zone): no DNSKEY, though \(pointer) one")
        }
        let keys = set.data.compactMap { DNSKEY($0) }
        guard keys.count <= ValidationLimits.keysPerZone else {
            return .indeterminate("\(zone): \(keys.count) DNSKEYs, more than \(ValidationLimits.keysPerZone)")
        }
        let entries: [DNSKEY]
        switch pointer {
        case .digests(let digests): entries = pointed(keys, by: digests)
        case .anchors(let anchors): entries = pointed(keys, by: anchors)
        }
        guard !entries.isEmpty else { return .bogus("\(zone): \(mismatch(pointer, keys))") }
        let judge = AnswerJudge(zone: zone, keys: entries, now: now, ledger: ledger)
        switch judge.verify(set) {
        case .holds: return .secure(keys.filter { $0.isZoneKey && $0.algorithm.isSupported })
        case .fails(let why):
            let tags = entries.map { "\($0.keyTag)" }.joined(separator: ", ")
            return .bogus("\(zone): \(why); the set must be signed by key \(tags), which \(pointer)")
        case .overspent:
            return .indeterminate(ValidationLimits.overspent(zone))
        }
    }

    /// SHA-1 counts only where nothing better stands (RFC 4509 3), as in BIND; Unbound lets it stand beside the others.
    private func counting(_ digests: [DS]) -> [DS] {
        let usable = digests.filter(\.isSupported)
        let better = usable.filter { $0.digestType != .sha1 }
        return Array((better.isEmpty ? usable : better).prefix(ValidationLimits.digestsPerZone))
    }

    private func pointed(_ keys: [DNSKEY], by digests: [DS]) -> [DNSKEY] {
        let counting = counting(digests)
        return keys.filter { key in key.isZoneKey && counting.contains { $0.matches(key, of: owner) } }
    }

    private func pointed(_ keys: [DNSKEY], by anchors: [TrustAnchors.Anchor]) -> [DNSKEY] {
        let digests = anchors.compactMap { if case .digest(let digest) = $0 { digest } else { nil } }
        let byDigest = pointed(keys, by: digests)
        return keys.filter { key in key.isZoneKey && (anchors.contains(.key(key)) || byDigest.contains(key)) }
    }

    private func mismatch(_ pointer: Pointer, _ keys: [DNSKEY]) -> String {
        let tags = keys.prefix(ValidationLimits.keysPerZone)
            .map { "\($0.keyTag)\($0.isSecureEntryPoint ? " (SEP)" : "")" }.joined(separator: ", ")
        switch pointer {
        case .digests(let digests):
            let counting = counting(digests)
            let told = counting.map(\.description).listed(upTo: ValidationLimits.faultsTold)
            return "\(told) \(counting.count == 1 ? "matches" : "match") no DNSKEY; the zone has \(tags)"
        case .anchors: return "no DNSKEY is a trust anchor; the zone has \(tags)"
        }
    }
}

extension KeyJudge.Pointer: CustomStringConvertible {
    var description: String {
        switch self {
        case .digests: "the DS at its parent names"
        case .anchors: "a trust anchor names"
        }
    }
}

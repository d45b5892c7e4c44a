// How much a zone may make this program compute. Zones made to be expensive exist (CVE-2023-50387, CVE-2023-50868).
import DCV

/// Bounds of DNSSEC validation; Unbound's where it has the same. Denials have theirs in `Denial`.
enum ValidationLimits {
    /// Signatures tried over one RRset, with every key that fits.
    static let signatureChecksPerRRset = 8
    /// Keys of one tag and algorithm tried for one signature.
    static let keysPerTag = 4
    /// Keys in one zone's DNSKEY set.
    static let keysPerZone = 16
    /// DS records of one zone that are looked at.
    static let digestsPerZone = 16
    /// NSEC or NSEC3 RRsets of one answer whose signatures are tried. An answer needs three.
    static let denialsPerAnswer = 16
    /// Processor time for everything signed by one zone, measured; what is over is never secure.
    static let zoneProcessorMilliseconds: Int64 = 2000
    /// What is told of a zone that used it up: nothing can be said of its answers.
    static func overspent(_ zone: DomainName) -> String {
        "\(zone): checking its signatures takes more than \(zoneProcessorMilliseconds) ms of processor time: it has too many "
            + "keys or signatures, or is made to cost work"
    }
    /// Outcomes kept; beyond that signatures are computed again.
    static let rememberedOutcomes = 100_000
    /// Faults told in one reason.
    static let faultsTold = 3

    /// A clock before this was never set: this program did not exist. (2026-11-01.)
    static let earliestClock = Instant(millisecondsSinceEpoch: 1_793_491_200_000)
    /// A clock after this is wrong, too. (2090-01-01; signatures' times are ambiguous from 2106 on.)
    static let latestClock = Instant(millisecondsSinceEpoch: 3_786_912_000_000)
}

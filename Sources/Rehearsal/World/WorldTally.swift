// What a run has done to a world, counted: the same figures for dnsproof and for whatever else was let loose on it.
import DCV
import LDNS

/// The state of a world of Cloudflare certificates at one moment.
package struct WorldTally: Hashable, Sendable {
    package let certificates: Int
    package let active: Int
    /// Calls that change something at the provider.
    package let patches: Int
    /// Validations that failed, each of which voided the tokens of a certificate.
    package let tokensVoided: Int
    /// Values of others that were there at the start and are gone.
    package let othersHarmed: Int
    /// Records that nobody waits for and that were not there at the start.
    package let leftovers: Int
    /// From the world's start to the last certificate that became active; nil when none did.
    package let lastActiveMilliseconds: Int64?
}

extension RehearsedWorld {
    package var tally: WorldTally {
        let packs = cloudflare.zones.flatMap(\.packs)
        let awaited = Set(packs.filter(\.awaitsProof).flatMap(\.tokens).compactMap(\.record))
        let strangers = Set(scenario.sites.flatMap(\.strangers))
        let standing = Set(tree.zones.flatMap { Array($0.folderRecords) })
        return WorldTally(
            certificates: packs.count,
            active: packs.count(where: \.isActive),
            patches: cloudflare.count(of: .patch),
            tokensVoided: packs.map(\.failures).reduce(0, +),
            othersHarmed: strangers.subtracting(standing).count,
            leftovers: standing.subtracting(strangers).subtracting(awaited).count,
            lastActiveMilliseconds: cloudflare.validations.entries.filter(\.succeeded).map(\.atMilliseconds).max()
        )
    }
}

extension RehearsedToken {
    /// The record that shows it; nil for a file.
    fileprivate var record: RehearsedRecord? {
        switch self {
        case .txt(let name, let value): (try? DomainName(name)).map { .txt($0, value) }
        case .cname(let name, let target):
            (try? DomainName(name)).flatMap { name in
                (try? DomainName(target)).map { RehearsedRecord(name, .cname($0)) }
            }
        case .http: nil
        }
    }
}

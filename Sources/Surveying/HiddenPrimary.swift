// A look at the primary that the SOA names but the NS set does not: has it a version that the name servers lack?
import DCV
import LDNS

struct HiddenPrimary: Sendable {
    /// Addresses of the primary that are asked.
    private static let addressesAsked = 2

    typealias Version = (address: IPAddress, serial: ZoneSerial)

    let cuts: ZoneCuts

    /// A hidden primary as such is a common and sound arrangement: only what its version means is told.
    static func judge(_ version: Version?, _ faults: ZoneFaults?, _ look: inout AuthoritativeLook) {
        // A signer between primary and servers may count serials of its own, and all is well as long as the record is seen.
        let isSeenEverywhere = look.observations.allSatisfy(\.sighting.isPresent) && !look.observations.isEmpty
        guard let problem = faults?.primary(version), !(isSeenEverywhere && problem.code == .primaryBehind) else {
            return
        }
        look.problems.append(problem)
    }

    /// What the primary that a zone hides has; nil when it hides none, or cannot be reached.
    func version(of zone: ZoneView?) async -> Version? {
        guard let zone, let primary = ZoneFaults(zone, port: cuts.configuration.dnsPort).hiddenPrimary else {
            return nil
        }
        let memory = cuts.pass.memory.beside
        let spot = BesideMemory.Spot(zone, .primary(primary))
        if case .version(let known)? = memory.sight(at: spot) { return known }
        let version = await serial(of: zone.apex, at: primary)
        memory.keep(.version(version), at: spot)
        return version
    }

    /// The zone's serial at its primary, found once in a pass; nil when it cannot be reached, as is usual.
    private func serial(of zone: DomainName, at primary: DomainName) async -> Version? {
        let sounding = await cuts.pass.soundings.value(of: .primary(of: zone)) {
            let errand = cuts.pass.errand(forZone: zone)
            let found = await cuts.addresses(of: primary, servingZone: zone, for: errand)
            let usable = found.addresses.filter(cuts.configuration.permits).prefix(Self.addressesAsked)
            let queries = usable.map { Query(Question(zone, .soa), to: $0, port: cuts.configuration.dnsPort) }
            return await cuts.sound(zone, queries, manners: [:], for: errand)
        }
        let serials = sounding.heard.compactMap { address, heard in
            heard.soa.map { (address, ZoneSerial($0.data.serial)) }
        }
        let newest = ZoneSerial.newest(of: serials.map(\.1))
        return serials.first { $0.1 == newest }
    }
}

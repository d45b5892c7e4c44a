// A look at the primary that the SOA names but the NS set does not: has it a version that the name servers lack?
import DCV
import LDNS

struct HiddenPrimary: Sendable {
    /// Addresses of the primary that are asked.
    private static let addressesAsked = 2

    let cuts: ZoneCuts

    /// A hidden primary as such is a common and sound arrangement: only what its version means is told.
    func look(at faults: ZoneFaults?, _ look: inout AuthoritativeLook) async {
        guard let faults else { return }
        // A signer between primary and servers may count serials of its own, and all is well as long as the record is seen.
        let isSeenEverywhere = look.observations.allSatisfy(\.sighting.isPresent) && !look.observations.isEmpty
        var said: (address: IPAddress, serial: ZoneSerial)?
        if let primary = faults.hiddenPrimary { said = await serial(of: faults.view.apex, at: primary) }
        if let problem = faults.primary(said), !(isSeenEverywhere && problem.code == .primaryBehind) {
            look.problems.append(problem)
        }
    }

    /// The zone's serial at its primary, found once in a pass; nil when it cannot be reached, as is usual.
    private func serial(of zone: DomainName, at primary: DomainName) async -> (IPAddress, ZoneSerial)? {
        let sounding = await cuts.pass.sounding(of: .primary(of: zone)) {
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

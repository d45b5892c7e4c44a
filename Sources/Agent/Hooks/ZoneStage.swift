// A corner of a real zone in which a hook is tried, looked at as every record is: at the zone's authoritative servers.
package import DCV

package struct ZoneStage: HookStage {
    package let zone: DomainName
    package let corner: DomainName
    private let surveyor: any Surveyor

    package var isReal: Bool { true }

    /// - Throws: what is in the way, in words for the person who named the zone.
    package init(_ zone: DomainName, surveyor: any Surveyor, random: any RandomSource) async throws(Refusal) {
        let view = await surveyor.view(of: zone)
        guard let apex = view.zone else {
            let why = view.problems.first.map { ": \($0)" } ?? ""
            throw Refusal(isTemporary: true, description: "the name servers of \(zone) could not be found\(why)")
        }
        guard apex == zone else {
            throw Refusal(
                isTemporary: false,
                description: "\(zone) is no zone of its own: \(apex) holds its names; name that one"
            )
        }
        self.zone = zone
        self.surveyor = surveyor
        let word = ASCII.hex(random.bytes(6))
        do {
            corner = try DomainName("dnsproof-test-\(word).\(zone)")
        } catch {
            throw Refusal(isTemporary: false, description: "no name can be made below \(zone): \(error)")
        }
    }

    package struct Refusal: Error, CustomStringConvertible {
        package let isTemporary: Bool
        package let description: String
    }

    package func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        await surveyor.rrset(of: record, at: target)
    }

    package func trace() async -> String? { nil }
    package func plant(_ record: RequiredRecord) async -> Bool { false }
    package func fallSilent(_ isSilent: Bool) async -> Bool { false }
}

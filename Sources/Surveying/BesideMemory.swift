// What was seen beside the records: at a zone's wildcards, at names typed twice, at a hidden primary. A run that waits need not ask for it
// at every look.
import DCV
import LDNS
import Synchronization

/// Kept while the zone shows the same serial, for some time at most (a zone may never count it up), and until a hook has been at the zone.
final class BesideMemory: Sendable {
    /// One thing that is looked at.
    struct Spot: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            /// What a name that nobody can have made shows, directly below the question's name.
            case wildcard(Question)
            case name(Question)
            case primary(DomainName)
        }

        let zone: DomainName
        let serial: UInt32
        let kind: Kind

        /// Nil where the serial is not known: then nothing says that the zone is still the same.
        init?(_ zone: ZoneView?, _ kind: Kind) {
            guard let zone, let serial = zone.timers?.serial else { return nil }
            (self.zone, self.serial, self.kind) = (zone.apex, serial, kind)
        }
    }

    /// What stands at a name.
    struct Shown: Sendable {
        /// Sorted.
        let values: [OctetText]
        /// Whether a CNAME was shown, and not the type asked for.
        let isAlias: Bool
        /// Who showed it.
        let address: IPAddress?
    }

    enum Sight: Sendable {
        /// Nil where nothing stands.
        case shown(Shown?)
        /// Nil where the primary gave no answer.
        case version((address: IPAddress, serial: ZoneSerial)?)
    }

    private let shelf = Mutex(Shelf<Spot, Sight>())
    private let clock: any Clock
    private let limitSeconds: Int64

    init(clock: any Clock, limitSeconds: Int64) {
        self.clock = clock
        self.limitSeconds = limitSeconds
    }

    func sight(at spot: Spot?) -> Sight? {
        guard let spot else { return nil }
        let now = clock.monotonicMilliseconds()
        return shelf.withLock { $0.value(of: spot, now: now) }
    }

    func keep(_ sight: Sight, at spot: Spot?) {
        guard let spot else { return }
        let now = clock.monotonicMilliseconds()
        shelf.withLock { $0.put(sight, for: spot, until: now + 1000 * limitSeconds, now: now) }
    }

    func forget(_ zones: Set<DomainName>) {
        shelf.withLock { $0.remove { zones.contains($0.zone) } }
    }
}

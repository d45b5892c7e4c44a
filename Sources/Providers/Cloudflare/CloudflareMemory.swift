// What a provider remembers of its last reading, so that a later look at one certificate costs one call. Lost with the
// process, and then asked for again.
import DCV
import Platform
import Synchronization

/// What the last full reading knew of one certificate.
struct CloudflareKnown: Sendable {
    /// The lists that a fresh look must ask to see all that the full reading saw.
    enum Lists: Sendable {
        case verification
        case packs
        case both
    }

    let lists: Lists
    /// Hosts, CA and errors: what `ssl/verification` does not tell.
    let details: CloudflarePackDetails?
    let awaitsRestart: Bool

    /// After a look at one list, which shows how it stands and no more.
    func restarting(_ awaitsRestart: Bool) -> CloudflareKnown {
        CloudflareKnown(lists: lists, details: details, awaitsRestart: awaitsRestart)
    }
}

final class CloudflareMemory: Sendable {
    private struct State {
        var zones: [ZoneIdentifier: CloudflareZone] = [:]
        var certificates: [ZoneIdentifier: [AuthorizationID: CloudflareKnown]] = [:]
        var hostnames: [AuthorizationID: CloudflareHostnameSettings] = [:]
    }

    private let state = Mutex(State())

    func zone(_ id: ZoneIdentifier) -> CloudflareZone? { state.withLock { $0.zones[id] } }

    func meet(_ zones: [CloudflareZone]) {
        state.withLock { state in
            for zone in zones { state.zones[zone.id] = zone }
        }
    }

    func certificate(_ id: AuthorizationID, in zone: ZoneIdentifier) -> CloudflareKnown? {
        state.withLock { $0.certificates[zone]?[id] }
    }

    /// Replaces what was known of the zone; nil forgets it.
    func remember(_ certificates: [AuthorizationID: CloudflareKnown]?, in zone: ZoneIdentifier) {
        state.withLock { $0.certificates[zone] = certificates }
    }

    func remember(_ certificate: CloudflareKnown, _ id: AuthorizationID, in zone: ZoneIdentifier) {
        state.withLock { $0.certificates[zone, default: [:]][id] = certificate }
    }

    func hostname(_ id: AuthorizationID) -> CloudflareHostnameSettings? { state.withLock { $0.hostnames[id] } }

    func remember(_ settings: CloudflareHostnameSettings, _ id: AuthorizationID) {
        state.withLock { $0.hostnames[id] = settings }
    }
}

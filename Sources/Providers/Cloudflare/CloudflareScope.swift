// What an authorization's scope and handle mean to Cloudflare: which zone, which list of it.
import DCV

/// Custom hostnames have a scope of their own: a retry for the whole zone does not cover them.
struct CloudflareScope: Hashable, Sendable {
    enum List: Hashable, Sendable {
        case certificates
        case hostnames
    }

    private static let hostnamesMark = "/custom_hostnames"
    private static let hostnameHandle = "hostname."

    let zone: ZoneIdentifier
    let list: List

    init(_ zone: ZoneIdentifier, _ list: List) {
        self.zone = zone
        self.list = list
    }

    /// Nil when it is not from this kind of provider.
    init?(_ text: String) {
        let octets = Array(text.utf8)
        let isMarked = octets.count > Self.hostnamesMark.utf8.count && octets.contains(0x2F)
        let zoneText = String(decoding: octets.prefix(ZoneIdentifier.lengthOctets), as: UTF8.self)
        guard let zone = ZoneIdentifier(zoneText) else { return nil }
        self.init(zone, isMarked ? .hostnames : .certificates)
        guard octets == Array(self.text.utf8) else { return nil }
    }

    var text: String { list == .hostnames ? zone.text + Self.hostnamesMark : zone.text }

    /// The handle of a custom hostname; packs' handles are their ids alone.
    static func handle(ofHostname id: PackIdentifier) -> AuthorizationID? {
        try? AuthorizationID(hostnameHandle + id.text)
    }

    /// Nil for a handle of something else.
    static func hostname(_ handle: AuthorizationID) -> PackIdentifier? {
        let octets = Array(handle.text.utf8)
        guard octets.starts(with: hostnameHandle.utf8) else { return nil }
        return PackIdentifier(String(decoding: octets.dropFirst(hostnameHandle.utf8.count), as: UTF8.self))
    }
}

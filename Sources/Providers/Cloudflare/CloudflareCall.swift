// The calls that this program makes of Cloudflare's API, as values: what goes out is decided here and nowhere else.
import DCV
import Platform

/// One call: where it goes, what it carries, and what the credential must be allowed to do.
struct CloudflareCall: Sendable {
    typealias Query = [(name: String, value: String)]

    /// Permissions by the names that Cloudflare's token page shows.
    enum Permission: String, Sendable {
        case zoneRead = "Zone Read"
        /// What reads need; whoever may write may read.
        case certificatesRead = "SSL and Certificates Read"
        case certificates = "SSL and Certificates Write"
    }

    let method: HTTPMethod
    let segments: [String]
    let query: Query
    let body: JSONValue?
    let kind: CallKind
    let permission: Permission
    /// Asked to learn something about the credential: a refusal is an answer, and says nothing about other calls.
    var isProbe = false

    /// The zone of that name, in every account the credential sees.
    static func zones(named name: DomainName) -> CloudflareCall {
        reading(["zones"], [("name", name.text)], .zoneRead)
    }

    /// One page of all zones.
    static func zones(page: Int) -> CloudflareCall { reading(["zones"], paging(page), .zoneRead) }

    static func zone(_ id: ZoneIdentifier) -> CloudflareCall { reading(["zones", id.text], [], .zoneRead) }

    /// Everything that waits for validation in a zone.
    static func verification(_ zone: ZoneIdentifier) -> CloudflareCall {
        reading(["zones", zone.text, "ssl", "verification"], [], .certificates)
    }

    /// One page of a zone's certificate packs, whatever their state: by default only active ones are listed.
    static func packs(of zone: ZoneIdentifier, page: Int) -> CloudflareCall {
        reading(
            ["zones", zone.text, "ssl", "certificate_packs"],
            [("status", "all")] + paging(page),
            .certificates
        )
    }

    static func pack(_ pack: PackIdentifier, in zone: ZoneIdentifier) -> CloudflareCall {
        reading(["zones", zone.text, "ssl", "certificate_packs", pack.text], [], .certificates)
    }

    /// One page of a zone's custom hostnames: all of them, or those of one name.
    static func hostnames(of zone: ZoneIdentifier, named name: DomainName?, page: Int) -> CloudflareCall {
        let filter = name.map { [("hostname.exact", $0.text)] } ?? []
        return reading(["zones", zone.text, "custom_hostnames"], filter + paging(page), .certificates)
    }

    static func hostname(_ id: PackIdentifier, in zone: ZoneIdentifier) -> CloudflareCall {
        reading(["zones", zone.text, "custom_hostnames", id.text], [], .certificates)
    }

    /// What the API says of the token itself. Only a user's token can be asked about here: the refusal of another one
    /// says nothing.
    static let verifyToken = CloudflareCall(
        method: .get,
        segments: ["user", "tokens", "verify"],
        query: [],
        body: nil,
        kind: .read,
        permission: .zoneRead,
        isProbe: true
    )

    /// `?retry=true`: a GET with a side effect, on every pack of the zone.
    static func retry(_ zone: ZoneIdentifier) -> CloudflareCall {
        CloudflareCall(
            method: .get,
            segments: ["zones", zone.text, "ssl", "verification"],
            query: [("retry", "true")],
            body: nil,
            kind: .trigger,
            permission: .certificates
        )
    }

    /// With the method it has, a pack is looked at again; with another, its issuance starts anew with new tokens.
    static func validate(
        _ pack: PackIdentifier,
        in zone: ZoneIdentifier,
        by method: ValidationMethod,
        as kind: CallKind
    ) -> CloudflareCall {
        CloudflareCall(
            method: .patch,
            segments: ["zones", zone.text, "ssl", "verification", pack.text],
            query: [],
            body: ["validation_method": .string(method.rawValue)],
            kind: kind,
            permission: .certificates
        )
    }

    /// Starts the validation of an advanced pack anew; only after it has timed out.
    static func restart(_ pack: PackIdentifier, in zone: ZoneIdentifier) -> CloudflareCall {
        CloudflareCall(
            method: .patch,
            segments: ["zones", zone.text, "ssl", "certificate_packs", pack.text],
            query: [],
            body: .object(JSONObject([])),
            kind: .trigger,
            permission: .certificates
        )
    }

    /// `settings` is the whole `ssl` object: what is left out of it falls back to what it was before anybody set it.
    static func validateHostname(
        _ id: PackIdentifier,
        in zone: ZoneIdentifier,
        with settings: JSONValue,
        as kind: CallKind
    ) -> CloudflareCall {
        CloudflareCall(
            method: .patch,
            segments: ["zones", zone.text, "custom_hostnames", id.text],
            query: [],
            body: ["ssl": settings],
            kind: kind,
            permission: .certificates
        )
    }

    /// Whether it changes something at the CA: such a call is sent once, whatever happens to its answer.
    var isEffect: Bool { kind != .read }

    /// One right for all that changes something. Reads are told apart by their route: a list may be closed to a credential that the others
    /// are open to.
    var right: String {
        let route = segments.filter { ZoneIdentifier($0) == nil && PackIdentifier($0) == nil }.joined(separator: "/")
        return isEffect ? permission.rawValue : route
    }

    /// Whether another zone may well be open to the same credential.
    var isAboutOneZone: Bool { segments.count > 1 }

    /// Whether it asks for one pack or custom hostname, which may be gone.
    var isAboutOneObject: Bool { segments.count > 3 && segments.last.flatMap { PackIdentifier($0) } != nil }

    /// For people: `GET /zones/.../ssl/verification?retry=true`.
    var text: String {
        let pairs = query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return "\(method.rawValue) /\(segments.joined(separator: "/"))" + (pairs.isEmpty ? "" : "?\(pairs)")
    }

    private static func paging(_ page: Int) -> Query {
        [("page", String(page)), ("per_page", String(CloudflarePage.perPage))]
    }

    private static func reading(_ segments: [String], _ query: Query, _ permission: Permission) -> CloudflareCall {
        CloudflareCall(
            method: .get,
            segments: segments,
            query: query,
            body: nil,
            kind: .read,
            permission: permission
        )
    }
}

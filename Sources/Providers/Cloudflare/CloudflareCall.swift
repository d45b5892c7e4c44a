// The calls that this program makes of Cloudflare's API, as values: what goes out is decided here and nowhere else.
import DCV
import Platform

/// One call: where it goes, what it carries, and what the credential must be allowed to do.
struct CloudflareCall: Sendable {
    typealias Query = [(name: String, value: String)]

    /// Permissions by the names that Cloudflare's token page shows.
    enum Permission: String, Sendable {
        case zoneRead = "Zone Read"
        case certificates = "SSL and Certificates Write"
    }

    let method: HTTPMethod
    let segments: [String]
    let query: Query
    let body: JSONValue?
    let kind: CallKind
    let permission: Permission

    /// The zone of that name, in every account the credential sees.
    static func zones(named name: DomainName) -> CloudflareCall {
        reading(["zones"], [("name", name.text)], .zoneRead)
    }

    /// One page of all zones.
    static func zones(page: Int, perPage: Int) -> CloudflareCall {
        reading(["zones"], [("page", String(page)), ("per_page", String(perPage))], .zoneRead)
    }

    static func zone(_ id: ZoneIdentifier) -> CloudflareCall { reading(["zones", id.text], [], .zoneRead) }

    /// Everything that waits for validation in a zone.
    static func verification(_ zone: ZoneIdentifier) -> CloudflareCall {
        reading(["zones", zone.text, "ssl", "verification"], [], .certificates)
    }

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

    /// Whether it changes something at the CA: such a call is sent once, whatever happens to its answer.
    var isEffect: Bool { kind != .read }

    /// Whether another zone may well be open to the same credential.
    var isAboutOneZone: Bool { segments.count > 1 }

    /// For people: `GET /zones/.../ssl/verification?retry=true`.
    var text: String {
        let pairs = query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return "\(method.rawValue) /\(segments.joined(separator: "/"))" + (pairs.isEmpty ? "" : "?\(pairs)")
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

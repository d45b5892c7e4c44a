// One entry of `GET /zones/{zone}/ssl/verification`, with its words sorted and its records still unread.
import DCV
import Platform

/// An entry as sent. Every field but the state may be missing; nothing here is trusted as a name of a record yet.
struct CloudflareEntry: Sendable {
    enum Hostname: Sendable {
        case absent
        case known(Identifier)
        /// There is one, but it is no name, or not of this zone: no record can belong to it.
        case refused(RecordRefusal)
    }

    /// Items of one `verification_info` that are read; more are a fault.
    static let itemLimit = 200
    /// Bytes kept of a status, method or signature word.
    static let wordLimitBytes = 64

    let pack: PackIdentifier?
    let packRefusal: RecordRefusal?
    let hostname: Hostname
    let statusWord: OctetText
    let method: ValidationMethod?
    let methodWord: String?
    let signature: String?
    /// `brand_check`: people at the CA decide.
    let needsReview: Bool
    /// `verification_type` is the only place where the meta tag method shows.
    let wantsMetaTag: Bool
    let items: [JSONValue]
    let itemsRefusal: RecordRefusal?

    init(_ value: JSONValue, zone: DomainName) {
        let packText = Self.text(value["cert_pack_uuid"])
        pack = packText.flatMap { PackIdentifier($0) }
        packRefusal =
            packText != nil && pack == nil
            ? RecordRefusal(saw: "cert_pack_uuid \"\(Self.shown(packText))\"", wanted: "a UUID") : nil
        hostname = Self.hostname(Self.text(value["hostname"]), zone: zone)
        statusWord = OctetText((Self.text(value["certificate_status"]) ?? "").utf8.prefix(Self.wordLimitBytes))
        let methodText = Self.text(value["validation_method"])
        method = methodText.flatMap { ValidationMethod(rawValue: $0) }
        methodWord = methodText.map { Self.shown($0) }
        signature = Self.text(value["signature"]).map { Self.shown($0) }
        needsReview = ![nil, .null, .bool(false)].contains(value["brand_check"])
        wantsMetaTag = Self.text(value["verification_type"]).map { ASCII.lowercased($0) } == "meta tag"
        (items, itemsRefusal) = Self.items(value["verification_info"])
    }

    /// Where the entry's own words put it. `initializing` is pending as soon as there is something to show.
    func status(hasRecords: Bool) -> Authorization.Status {
        switch statusWord.description {
        case "initializing": hasRecords ? .pending : .busy
        case "pending_validation", "authorizing", "validation_timed_out", "timing_out": .pending
        case "issuing", "pending_issuance", "pending_deployment", "holding_deployment", "backup_issued",
            "staging_deployment", "staging_active":
            .busy
        case "active": .valid
        case "expired", "deleted", "inactive", "deactivating", "pending_deletion", "pending_expiration",
            "pending_cleanup", "initializing_timed_out", "issuance_timed_out", "deployment_timed_out",
            "deletion_timed_out":
            .dead
        default: .unknown
        }
    }

    /// The handle at the provider: the pack, or the host name where the pack is not named. The two forms cannot be
    /// confused.
    var id: AuthorizationID? {
        if let pack { return try? AuthorizationID(pack.text) }
        guard case .known(let identifier) = hostname else { return nil }
        return try? AuthorizationID((identifier.isWildcard ? "wildcard." : "host.") + identifier.name.text)
    }

    /// A text that is there and not empty: Cloudflare sends "" where it has nothing to say.
    private static func text(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return text
    }

    private static func shown(_ text: String?) -> String {
        OctetText((text ?? "").utf8).shortened(limitBytes: wordLimitBytes)
    }

    private static func hostname(_ text: String?, zone: DomainName) -> Hostname {
        guard let text else { return .absent }
        let wanted = "a host name in \(zone)"
        do {
            let identifier = try Identifier(text)
            guard identifier.name.isSubdomain(of: zone) else {
                return .refused(RecordRefusal(saw: "hostname \"\(identifier)\"", wanted: wanted))
            }
            return .known(identifier)
        } catch {
            return .refused(RecordRefusal(saw: "hostname \(error)", wanted: wanted))
        }
    }

    /// `verification_info` in all its shapes: an object, a list of objects, null, absent.
    private static func items(_ value: JSONValue?) -> ([JSONValue], RecordRefusal?) {
        switch value {
        case nil, .some(.null): ([], nil)
        case .some(.object(let object)): ([.object(object)], nil)
        case .some(.array(let items)) where items.count <= itemLimit: (items.filter { !$0.isNull }, nil)
        case .some(.array(let items)):
            ([], RecordRefusal(saw: "\(items.count) records", wanted: "at most \(itemLimit) for one certificate"))
        case .some(let other):
            ([], RecordRefusal(saw: "\(other.kind) for verification_info", wanted: "an object or a list of objects"))
        }
    }
}

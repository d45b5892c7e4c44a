// One entry of `ssl/verification` or of `certificate_packs`, with its words sorted and its records still unread.
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

    /// The two lists say the same in other keys.
    enum Source: Sendable {
        case verification
        case packs
    }

    /// Items of one `verification_info` that are read; more are a fault.
    static let itemLimit = 200
    /// Bytes kept of a status, method or signature word.
    static let wordLimitBytes = 64

    let source: Source
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

    init(_ value: JSONValue, from source: Source = .verification, zone: DomainName) {
        self.source = source
        let isVerification = source == .verification
        let packKey = isVerification ? "cert_pack_uuid" : "id"
        let packText = Self.text(value[packKey])
        pack = packText.flatMap { PackIdentifier($0) }
        packRefusal =
            packText != nil && pack == nil
            ? RecordRefusal(saw: "\(packKey) \"\(Self.shown(packText))\"", wanted: "a UUID") : nil
        // A pack's own list of hosts is read with its details.
        hostname = isVerification ? Self.hostname(Self.text(value["hostname"]), zone: zone) : .absent
        let status = Self.text(value[isVerification ? "certificate_status" : "status"]) ?? ""
        statusWord = OctetText(status.utf8.prefix(Self.wordLimitBytes))
        let methodText = Self.text(value["validation_method"])
        method = methodText.flatMap { ValidationMethod(rawValue: $0) }
        methodWord = methodText.map { Self.shown($0) }
        signature = Self.text(value["signature"]).map { Self.shown($0) }
        needsReview = ![nil, .null, .bool(false)].contains(value["brand_check"])
        wantsMetaTag = Self.text(value["verification_type"]).map { ASCII.lowercased($0) } == "meta tag"
        (items, itemsRefusal) = Self.items(value, isVerification ? "verification_info" : "validation_records")
    }

    func status(hasRecords: Bool) -> Authorization.Status {
        CloudflareStatus.certificate(statusWord, hasRecords: hasRecords)
    }

    /// Whether Cloudflare gave up looking.
    var hasTimedOut: Bool { statusWord.description == CloudflareStatus.validationTimedOut }

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

    /// The records in all their shapes: an object, a list of objects, null, absent.
    static func items(_ holder: JSONValue, _ key: String) -> ([JSONValue], RecordRefusal?) {
        switch holder[key] {
        case nil, .some(.null): ([], nil)
        case .some(.object(let object)): ([.object(object)], nil)
        case .some(.array(let items)) where items.count <= itemLimit: (items.filter { !$0.isNull }, nil)
        case .some(.array(let items)):
            ([], RecordRefusal(saw: "\(items.count) records", wanted: "at most \(itemLimit) for one certificate"))
        case .some(let other):
            ([], RecordRefusal(saw: "\(other.kind) for \(key)", wanted: "an object or a list of objects"))
        }
    }
}

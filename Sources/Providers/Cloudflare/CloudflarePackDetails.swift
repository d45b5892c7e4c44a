// What `certificate_packs` says of one pack beyond its records: all its hosts, its CA, what went wrong.
import DCV
import Platform

struct CloudflarePackDetails: Sendable {
    /// Hosts of one pack that are read; an advanced certificate has 50 at most.
    static let hostLimit = 200
    /// Uploaded and keyless certificates are proved elsewhere; a custom hostname's pack has its own list.
    private static let typesWithoutValidation: Set<String> = [
        "mh_custom", "sni_custom", "legacy_custom", "keyless", "managed_hostname",
    ]

    let id: PackIdentifier
    let type: String
    /// As read now; nil in what is remembered of an earlier reading.
    let entry: CloudflareEntry?
    /// Nil when the list is missing: then the hosts are not known.
    let hosts: [Identifier]?
    /// Names that cannot be hosts of this zone.
    let hostRefusals: [RecordRefusal]
    let errors: [CloudflareValidationError]
    let authority: CloudflareAuthority
    let orderedAt: Instant?

    /// Nil without a usable id.
    init?(_ value: JSONValue, zone: DomainName) {
        let entry = CloudflareEntry(value, from: .packs, zone: zone)
        guard value.object != nil, let id = entry.pack else { return nil }
        self.id = id
        self.entry = entry
        type = value["type"]?.string ?? ""
        (hosts, hostRefusals) = Self.hosts(value["hosts"], zone)
        errors = CloudflareValidationError.list(value["validation_errors"])
        authority = CloudflareAuthority(value["certificate_authority"])
        orderedAt = CloudflareTime.parse(value["created_on"])
    }

    private init(withoutEntry details: CloudflarePackDetails) {
        (id, type, entry) = (details.id, details.type, nil)
        (hosts, hostRefusals) = (details.hosts, details.hostRefusals)
        (errors, authority, orderedAt) = (details.errors, details.authority, details.orderedAt)
    }

    /// What stays true while only `ssl/verification` is read again.
    var remembered: CloudflarePackDetails { CloudflarePackDetails(withoutEntry: self) }

    var needsValidation: Bool { !Self.typesWithoutValidation.contains(type) }

    /// Once it has given up, a call of its own starts it anew.
    var isAdvanced: Bool { type == "advanced" }

    private static func hosts(_ value: JSONValue?, _ zone: DomainName) -> ([Identifier]?, [RecordRefusal]) {
        guard let values = value?.array, !values.isEmpty else {
            guard let value, !value.isNull, value.array == nil else { return (nil, []) }
            return (nil, [RecordRefusal(saw: "\(value.kind) for hosts", wanted: "a list of host names")])
        }
        guard values.count <= hostLimit else {
            return ([], [RecordRefusal(saw: "\(values.count) hosts", wanted: "at most \(hostLimit)")])
        }
        var hosts: Set<Identifier> = []
        var refusals: [RecordRefusal] = []
        let wanted = "host names in \(zone)"
        for value in values {
            guard let text = value.string else {
                refusals.append(RecordRefusal(saw: "\(value.kind) among the hosts", wanted: wanted))
                continue
            }
            do {
                let host = try Identifier(text)
                if host.name.isSubdomain(of: zone) {
                    hosts.insert(host)
                } else {
                    refusals.append(RecordRefusal(saw: "host \"\(host)\"", wanted: wanted))
                }
            } catch {
                refusals.append(RecordRefusal(saw: "host \(error)", wanted: wanted))
            }
        }
        return (hosts.sorted(), refusals)
    }
}

/// One of the provider's own reasons why a validation failed.
struct CloudflareValidationError: Hashable, Sendable, CustomStringConvertible {
    /// Errors of one certificate that are told.
    static let countLimit = 5
    /// Bytes shown of one.
    static let textLimitBytes = 300

    let description: String

    /// `[{"message": ...}]`, and `[...]` of plain texts for custom hostnames; null, absent and other kinds are none.
    static func list(_ value: JSONValue?) -> [CloudflareValidationError] {
        var errors: [CloudflareValidationError] = []
        for value in (value?.array ?? []).prefix(countLimit) {
            guard let text = value.string ?? value["message"]?.string, !text.isEmpty else { continue }
            let error = CloudflareValidationError(
                description: OctetText(text.utf8).shortened(limitBytes: textLimitBytes)
            )
            if !errors.contains(error) { errors.append(error) }
        }
        return errors
    }

    /// Never an error of this program's: it tells of an earlier look, and what was wrong then may be mended now. Whether
    /// it is, the survey sees.
    func finding(_ subject: String, _ status: Authorization.Status) -> Finding {
        Finding(
            ProviderFindingCode.validationError,
            status == .pending ? .waiting : .notice,
            subject: subject,
            saw: "the provider says: \"\(description)\"",
            wanted: "a validation that succeeds",
            advice: "mend what it names if it is not a missing record; the next look of the provider judges anew"
        )
    }
}

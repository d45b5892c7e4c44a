// The record that a person enters by hand: as a zone file's line, and in the fields that a provider's console asks for.

/// A required DNS record as it is typed. Both forms say the same; which one fits depends on where the zone is kept.
package struct RecordToAdd: Hashable, Sendable {
    /// The owner in full: where the CNAME chain of the required record's name ends, its own name without one or under a wildcard's.
    package let name: DomainName
    /// The zone that holds the owner; nil where it is not known.
    package let zone: DomainName?
    /// TXT or CNAME.
    package let type: String
    package let value: String
    package let ttlSeconds: Int64

    /// Nil for a token file, which is put on a web server.
    package init?(_ survey: Survey, ttlSeconds: Int64) {
        switch survey.record.kind {
        case .txt: type = "TXT"
        case .cname: type = "CNAME"
        case .http: return nil
        }
        name = survey.owner
        zone = survey.ownersZone.flatMap { survey.owner.isSubdomain(of: $0) ? $0 : nil }
        value = survey.record.value
        self.ttlSeconds = ttlSeconds
    }

    /// Nil unless nobody shows the record.
    /// - Parameter ttlSeconds: what the policy would have published.
    package init?(missing survey: Survey, _ propagation: Propagation, ttlSeconds: Int64) {
        guard propagation == .missing else { return nil }
        self.init(survey, ttlSeconds: ttlSeconds)
    }

    /// RFC 1035 5.1. Dots at the ends, so that no origin is added; no octet of a `TXTValue` needs a backslash.
    package var zoneFile: String {
        "\(name). \(ttlSeconds) IN \(type) " + (type == "TXT" ? "\"\(value)\"" : "\(value).")
    }

    /// The owner without the zone's name, which consoles add by themselves; `@` for the apex, nil where the zone is not known.
    package var nameInZone: String? {
        guard let zone else { return nil }
        let labels = name.labels.dropLast(zone.labels.count)
        return labels.isEmpty ? "@" : labels.joined(separator: ".")
    }

    /// `in the console of example.com: name _acme-challenge, type TXT, TTL 60, value token`; nil where the zone is not known.
    package var console: String? {
        guard let zone, let nameInZone else { return nil }
        return "in the console of \(zone): name \(nameInZone), type \(type), TTL \(ttlSeconds), value \(value)"
    }

    /// Both forms in one sentence.
    package var words: String { zoneFile + (console.map { " (\($0))" } ?? "") }
}

extension RequiredRecord {
    /// A token file as a person puts it in place; nil for a DNS record.
    package var fileToAdd: String? {
        guard case .http(let host, let path, let body) = content else { return nil }
        return "\(path.text.drop { $0 == "/" }) below the web root of \(host), with nothing in it but \(body)"
    }
}

extension RecordToAdd: Encodable {
    private enum Key: String, CodingKey {
        case name, zone, type, value
        case nameInZone = "name_in_zone"
        case ttlSeconds = "ttl_s"
        case zoneFile = "zone_file"
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        try keyed.encode(name, forKey: .name)
        try keyed.encodeIfPresent(zone, forKey: .zone)
        try keyed.encodeIfPresent(nameInZone, forKey: .nameInZone)
        try keyed.encode(type, forKey: .type)
        try keyed.encode(value, forKey: .value)
        try keyed.encode(ttlSeconds, forKey: .ttlSeconds)
        try keyed.encode(zoneFile, forKey: .zoneFile)
    }
}

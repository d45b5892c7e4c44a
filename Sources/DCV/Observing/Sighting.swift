// What one vantage point showed of one record. Absent, wrong, unreachable and unknown are kept apart from here on.

/// An address we ask from or through. It is not a Network Perspective in the sense of BR 3.2.2.9: all of them are seen from this host.
package enum VantagePoint: Hashable, Sendable, Codable {
    case authoritative(server: DomainName, address: IPAddress)
    case recursive(resolver: String, address: IPAddress)
    case web(host: DomainName, address: IPAddress)

    package var address: IPAddress {
        switch self {
        case .authoritative(_, let address), .recursive(_, let address), .web(_, let address): address
        }
    }

    /// The whole that several addresses belong to: a name server, a resolver, a web host.
    package var server: String {
        switch self {
        case .authoritative(let server, _): server.text
        case .recursive(let resolver, _): resolver
        case .web(let host, _): host.text
        }
    }
}

extension VantagePoint: CustomStringConvertible {
    package var description: String { "\(server) (\(address))" }
}

/// The judgement of one answer.
package enum Sighting: Hashable, Sendable {
    /// The wanted value is there. Other values beside it are normal for TXT and are kept for the report.
    case present(others: [OctetText])
    /// The server is authoritative and has no such record. `negativeTTLSeconds` = min(SOA TTL, SOA MINIMUM) (RFC 2308 5).
    case absent(negativeTTLSeconds: Int64)
    /// Records of the type are there, none with the wanted value. `ttlSeconds` is the longest of them.
    case wrong(saw: [OctetText], ttlSeconds: Int64)
    /// The server answered, but not for this zone: lame (no AA), REFUSED, SERVFAIL, an HTTP error status.
    case notServed(reason: String)
    /// No answer in time, or the network said no. Never counts as absent.
    case unreachable(reason: String)
    /// DNSSEC validation failed.
    case bogus(reason: String)
    /// The answer broke a rule that honest servers keep, or a limit.
    case hostile(reason: String)

    package var isPresent: Bool { if case .present = self { true } else { false } }

    /// Stable word for programs.
    package var code: String {
        switch self {
        case .present: "present"
        case .absent: "absent"
        case .wrong: "wrong"
        case .notServed: "not-served"
        case .unreachable: "unreachable"
        case .bogus: "bogus"
        case .hostile: "hostile"
        }
    }
}

extension Sighting: Codable {
    private enum Key: String, CodingKey {
        case sighting, others, saw, reason
        case negativeTTLSeconds = "negative_ttl_s"
        case ttlSeconds = "ttl_s"
    }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: Key.self)
        func reason() throws -> String { try keyed.decode(String.self, forKey: .reason) }
        switch try keyed.decode(String.self, forKey: .sighting) {
        case "present": self = .present(others: try keyed.decodeIfPresent([OctetText].self, forKey: .others) ?? [])
        case "absent": self = .absent(negativeTTLSeconds: try keyed.decode(Int64.self, forKey: .negativeTTLSeconds))
        case "wrong":
            self = .wrong(
                saw: try keyed.decode([OctetText].self, forKey: .saw),
                ttlSeconds: try keyed.decode(Int64.self, forKey: .ttlSeconds)
            )
        case "not-served": self = .notServed(reason: try reason())
        case "unreachable": self = .unreachable(reason: try reason())
        case "bogus": self = .bogus(reason: try reason())
        case "hostile": self = .hostile(reason: try reason())
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .sighting,
                in: keyed,
                debugDescription: "\"\(other)\" is no sighting"
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Key.self)
        try keyed.encode(code, forKey: .sighting)
        switch self {
        case .present(let others): if !others.isEmpty { try keyed.encode(others, forKey: .others) }
        case .absent(let seconds): try keyed.encode(seconds, forKey: .negativeTTLSeconds)
        case .wrong(let saw, let seconds):
            try keyed.encode(saw, forKey: .saw)
            try keyed.encode(seconds, forKey: .ttlSeconds)
        case .notServed(let reason), .unreachable(let reason), .bogus(let reason), .hostile(let reason):
            try keyed.encode(reason, forKey: .reason)
        }
    }
}

/// One sighting with where and how fast it was made.
package struct Observation: Hashable, Sendable, Codable {
    package let vantage: VantagePoint
    package let sighting: Sighting
    package let roundTripMilliseconds: Int64?
    /// The way to a token file; nil for DNS.
    package let fetch: WebFetch?
    /// What a resolver told beside its answer; nil when it told nothing.
    package let note: ResolverNote?
    /// How DNS was asked; nil for a token file.
    package let asked: Asked?

    package init(
        _ vantage: VantagePoint,
        _ sighting: Sighting,
        roundTripMilliseconds: Int64? = nil,
        fetch: WebFetch? = nil,
        note: ResolverNote? = nil,
        asked: Asked? = nil
    ) {
        self.vantage = vantage
        self.sighting = sighting
        self.roundTripMilliseconds = roundTripMilliseconds
        self.fetch = fetch
        self.note = note
        self.asked = asked
    }

    /// Who was seen: the vantage point, and behind redirects the address at their end.
    package var place: String {
        guard let hops = fetch?.hops, hops.count > 1, let last = hops.last else { return "\(vantage)" }
        return "\(vantage) -> \(last.place)"
    }

    private enum CodingKeys: String, CodingKey {
        case vantage, sighting, fetch, note, asked
        case roundTripMilliseconds = "round_trip_ms"
    }
}

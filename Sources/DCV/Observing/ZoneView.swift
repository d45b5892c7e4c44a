// What was learnt of one zone in a run: who serves it, from which addresses, with which serial, and whether its signatures hold.

/// One zone on the way to a record. Zones above the one that holds the record are known by their names and security only.
package struct ZoneView: Hashable, Sendable, Codable {
    /// A name server that the parent, the zone itself or both name.
    package struct Server: Hashable, Sendable, Codable {
        package let name: DomainName
        /// Whether the parent's delegation names it.
        package let isDelegated: Bool
        /// Whether the zone's own NS set names it; nil when that set was not seen.
        package let isOwn: Bool?
        package let addresses: [Address]

        package init(name: DomainName, isDelegated: Bool, isOwn: Bool?, addresses: [Address]) {
            self.name = name
            self.isDelegated = isDelegated
            self.isOwn = isOwn
            self.addresses = addresses
        }

        private enum CodingKeys: String, CodingKey {
            case name
            case isDelegated = "delegated"
            case isOwn = "own"
            case addresses
        }
    }

    /// One address of a name server.
    package struct Address: Hashable, Sendable, Codable {
        package let address: IPAddress
        /// Its answer about the zone's SOA; nil when it was not asked.
        package let state: State?
        /// False when it answered over TCP only; nil when that was not seen.
        package let answersOverUDP: Bool?
        /// Nil when that was not tried.
        package let answersOverTCP: Bool?
        /// False when it understood a question only without EDNS (RFC 6891).
        package let understandsEDNS: Bool?
        /// False when its answer changed the letter case of the question, which CAs' resolvers do not accept over UDP.
        package let keepsCase: Bool?
        package let roundTripMilliseconds: Int64?

        package init(
            _ address: IPAddress,
            _ state: State?,
            answersOverUDP: Bool? = nil,
            answersOverTCP: Bool? = nil,
            understandsEDNS: Bool? = nil,
            keepsCase: Bool? = nil,
            roundTripMilliseconds: Int64? = nil
        ) {
            self.address = address
            self.state = state
            self.answersOverUDP = answersOverUDP
            self.answersOverTCP = answersOverTCP
            self.understandsEDNS = understandsEDNS
            self.keepsCase = keepsCase
            self.roundTripMilliseconds = roundTripMilliseconds
        }

        private enum CodingKeys: String, CodingKey {
            case address, state
            case answersOverUDP = "answers_over_udp"
            case answersOverTCP = "answers_over_tcp"
            case understandsEDNS = "understands_edns"
            case keepsCase = "keeps_case"
            case roundTripMilliseconds = "round_trip_ms"
        }
    }

    /// What one address said when it was asked for the zone's SOA.
    package enum State: Hashable, Sendable, Codable {
        case serves(serial: UInt32)
        /// Lame, refused, SERVFAIL.
        case notServed(reason: String)
        case unreachable(reason: String)
        case hostile(reason: String)
        /// A special-use address, or beyond a limit.
        case notAsked(reason: String)
    }

    /// The zone's timers, from the SOA with the highest serial (RFC 1982).
    package struct Timers: Hashable, Sendable, Codable {
        /// MNAME: the primary as the zone names it; nil when that is no usable name.
        package let primary: DomainName?
        package let serial: UInt32
        package let refreshSeconds: Int64
        package let retrySeconds: Int64
        package let expireSeconds: Int64
        /// min(SOA TTL, SOA MINIMUM) (RFC 2308 5).
        package let negativeTTLSeconds: Int64

        package init(
            primary: DomainName?,
            serial: UInt32,
            refreshSeconds: Int64,
            retrySeconds: Int64,
            expireSeconds: Int64,
            negativeTTLSeconds: Int64
        ) {
            self.primary = primary
            self.serial = serial
            self.refreshSeconds = refreshSeconds
            self.retrySeconds = retrySeconds
            self.expireSeconds = expireSeconds
            self.negativeTTLSeconds = negativeTTLSeconds
        }

        private enum CodingKeys: String, CodingKey {
            case primary, serial
            case refreshSeconds = "refresh_s"
            case retrySeconds = "retry_s"
            case expireSeconds = "expire_s"
            case negativeTTLSeconds = "negative_ttl_s"
        }
    }

    package let apex: DomainName
    /// The names of its servers with what is known of each.
    package let servers: [Server]
    /// Nil for zones above the record's, and where nobody showed an SOA.
    package let timers: Timers?
    /// The status of its keys; nil when DNSSEC was not examined.
    package let security: SecurityStatus?

    package init(
        apex: DomainName,
        servers: [Server] = [],
        timers: Timers? = nil,
        security: SecurityStatus? = nil
    ) {
        self.apex = apex
        self.servers = servers
        self.timers = timers
        self.security = security
    }

    /// The same zone with the status of its keys.
    package func secured(_ security: SecurityStatus?) -> ZoneView {
        ZoneView(apex: apex, servers: servers, timers: timers, security: security)
    }
}

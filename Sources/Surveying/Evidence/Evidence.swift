// One explanation's answers as one document: what was asked of whom, what came back, and what else is needed to judge it again.
package import DCV
import Platform

/// The document of `explain --save`. It holds no credential and nothing that a provider's API answered but the records to be shown.
package struct Evidence: Hashable, Sendable, Codable {
    package static let formatVersion = 2
    /// Larger than any explanation's.
    package static let limitBytes = 64 << 20
    package static let questionLimit = 50_000
    package static let fetchLimit = 2000
    package static let randomLimit = 2000

    package let version: Int
    package let seenAt: Instant
    package let request: ExplainRequest
    package let surroundings: EvidenceSurroundings
    package let dns: [EvidenceQuestion]
    package let http: [EvidenceFetch]
    /// Random octets that names of questions were made of, in the order in which they were drawn.
    let random: [HexOctets]
    /// Questions, fetches and draws beyond the limits: without them the explanation cannot be had again in full.
    package let leftOut: Int

    package init(
        seenAt: Instant,
        request: ExplainRequest,
        surroundings: SurveyorConfiguration,
        dns: [EvidenceQuestion],
        http: [EvidenceFetch],
        random: [[UInt8]] = [],
        leftOut: Int = 0
    ) {
        version = Self.formatVersion
        self.seenAt = seenAt
        self.request = request
        self.surroundings = EvidenceSurroundings(surroundings)
        self.dns = dns
        self.http = http
        self.random = random.map { HexOctets($0) }
        self.leftOut = leftOut
    }

    private enum CodingKeys: String, CodingKey {
        case version = "dnsproof_evidence"
        case seenAt = "seen_at_ms"
        case request, surroundings, dns, http, random
        case leftOut = "left_out"
    }

    /// Refuses other versions and more than an explanation can have led to, before anything is done with it.
    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: CodingKeys.self)
        func refusal(_ key: CodingKeys, _ text: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: keyed, debugDescription: text)
        }
        version = try keyed.decode(Int.self, forKey: .version)
        guard version == Self.formatVersion else {
            throw refusal(.version, "version \(version); this dnsproof reads \(Self.formatVersion)")
        }
        seenAt = try keyed.decode(Instant.self, forKey: .seenAt)
        request = try keyed.decode(ExplainRequest.self, forKey: .request)
        surroundings = try keyed.decode(EvidenceSurroundings.self, forKey: .surroundings)
        do throws(TrustAnchors.Fault) {
            _ = try surroundings.trustAnchors.map { records throws(TrustAnchors.Fault) in try TrustAnchors(records) }
        } catch {
            throw refusal(.surroundings, "trust_anchors: \(error)")
        }
        dns = try keyed.decode([EvidenceQuestion].self, forKey: .dns)
        http = try keyed.decode([EvidenceFetch].self, forKey: .http)
        random = try keyed.decode([HexOctets].self, forKey: .random)
        leftOut = try keyed.decodeIfPresent(Int.self, forKey: .leftOut) ?? 0
        func hold(_ key: CodingKeys, _ count: Int, _ limit: Int) throws {
            guard count <= limit else { throw refusal(key, "\(count) entries, more than \(limit)") }
        }
        try hold(.dns, dns.count, Self.questionLimit)
        try hold(.http, http.count, Self.fetchLimit)
        try hold(.random, random.count, Self.randomLimit)
        guard request.names.count <= ExplainRequest.nameLimit, request.wanted.count <= ExplainRequest.recordLimit,
            request.issuance.count <= ExplainRequest.nameLimit
        else { throw refusal(.request, "more names or records than are explained at once") }
    }

    package func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: CodingKeys.self)
        try keyed.encode(version, forKey: .version)
        try keyed.encode(seenAt, forKey: .seenAt)
        try keyed.encode(request, forKey: .request)
        try keyed.encode(surroundings, forKey: .surroundings)
        try keyed.encode(dns, forKey: .dns)
        try keyed.encode(http, forKey: .http)
        try keyed.encode(random, forKey: .random)
        if leftOut > 0 { try keyed.encode(leftOut, forKey: .leftOut) }
    }

    /// What to tell whoever keeps or reads it; nil when it is whole.
    package var shortcoming: String? {
        leftOut == 0
            ? nil
            : "the recording is incomplete: \(leftOut) answers were beyond its limits (\(Self.questionLimit) questions, "
                + "\(Self.fetchLimit) fetches), so an explanation from it may differ; explain fewer names at once"
    }
}

/// Octets as hexadecimal text in a document.
struct HexOctets: Hashable, Sendable, Codable {
    /// More than a DNS message or a token file has.
    static let limitOctets = 1 << 20
    private static let digits = Array("0123456789abcdef".utf8)

    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = Array(try container.decode(String.self).utf8)
        let values = text.map { Self.digits.firstIndex(of: $0) }
        guard text.count.isMultiple(of: 2), text.count / 2 <= Self.limitOctets, !values.contains(nil) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription:
                    "octets are written as pairs of lower-case hexadecimal digits, \(Self.limitOctets) at most"
            )
        }
        let nibbles = values.compactMap { $0 }
        bytes = stride(from: 0, to: nibbles.count, by: 2).map { UInt8(nibbles[$0] << 4 | nibbles[$0 + 1]) }
    }

    func encode(to encoder: any Encoder) throws {
        let text = bytes.flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }
        var container = encoder.singleValueContainer()
        try container.encode(String(decoding: text, as: UTF8.self))
    }
}

/// The surveyor's configuration as far as an explanation depends on it.
package struct EvidenceSurroundings: Hashable, Sendable, Codable {
    struct Server: Hashable, Sendable, Codable {
        let name: DomainName
        let addresses: [IPAddress]
    }

    struct Resolver: Hashable, Sendable, Codable {
        let name: String
        let address: IPAddress
        let port: UInt16
        let transport: Asked.Transport
        /// With TLS and HTTPS.
        let serverName: DomainName?
        /// With HTTPS.
        let path: String?
        let isTrusted: Bool

        init(_ resolver: SurveyorConfiguration.Resolver) {
            name = resolver.name
            address = resolver.address
            port = resolver.port
            transport = resolver.asked
            isTrusted = resolver.isTrusted
            serverName =
                switch resolver.transport {
                case .secured(.tls(let name, _)), .secured(.https(let name, _, _)): name
                case .udp, .tcp: nil
                }
            if case .secured(.https(_, let path, _)) = resolver.transport { self.path = path } else { path = nil }
        }

        /// Nothing is connected to when evidence is read again: the way matters, certificates do not.
        var resolver: SurveyorConfiguration.Resolver {
            let way: SurveyorConfiguration.Resolver.Transport =
                switch (transport, serverName) {
                case (.tls, let name?): .secured(.tls(name: name, trust: .systemRoots))
                case (.https, let name?): .secured(.https(name: name, path: path ?? "/", trust: .systemRoots))
                case (.tcp, _): .tcp
                case (.udp, _), (.tls, nil), (.https, nil): .udp
                }
            return .init(name: name, address: address, port: port, transport: way, isTrusted: isTrusted)
        }

        private enum CodingKeys: String, CodingKey {
            case name, address, port, transport, path
            case serverName = "server_name"
            case isTrusted = "trusted"
        }
    }

    let dnsPort: UInt16
    let httpPort: UInt16
    let httpsPort: UInt16
    let rootServers: [Server]
    /// Nil where nothing is validated.
    let trustAnchors: [TrustAnchors.Record]?
    let allowedNetworks: [IPNetwork]
    let via: Resolver?
    let resolvers: [Resolver]

    init(_ configuration: SurveyorConfiguration) {
        dnsPort = configuration.dnsPort
        httpPort = configuration.httpPort
        httpsPort = configuration.httpsPort
        rootServers = configuration.rootHints.servers.map { Server(name: $0.name, addresses: $0.addresses) }
        trustAnchors = configuration.trustAnchors?.records
        allowedNetworks = configuration.allowedNetworks
        via = configuration.via.map(Resolver.init)
        resolvers = configuration.resolvers.map(Resolver.init)
    }

    package var configuration: SurveyorConfiguration {
        SurveyorConfiguration(
            dnsPort: dnsPort,
            httpPort: httpPort,
            httpsPort: httpsPort,
            rootHints: RootHints(rootServers.map { RootHints.Server($0.name, $0.addresses) }),
            trustAnchors: trustAnchors.flatMap { try? TrustAnchors($0) },
            allowedNetworks: allowedNetworks,
            via: via?.resolver,
            resolvers: resolvers.map(\.resolver)
        )
    }

    private enum CodingKeys: String, CodingKey {
        case dnsPort = "dns_port"
        case httpPort = "http_port"
        case httpsPort = "https_port"
        case rootServers = "root_servers"
        case trustAnchors = "trust_anchors"
        case allowedNetworks = "allow_networks"
        case via, resolvers
    }
}

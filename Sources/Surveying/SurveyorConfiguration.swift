// What the eyes may be told: ports, where the search begins, which inside networks a laboratory opens, and how far they
// may go.
package import DCV
package import LDNS

/// Settings of one Surveyor. The defaults are those of the public Internet; everything else is a laboratory or a named
/// resolver.
package struct SurveyorConfiguration: Hashable, Sendable {
    /// A recursive resolver that the operator named: its address is trusted, its answers are only what it says.
    package struct Resolver: Hashable, Sendable {
        /// The name it has in the configuration.
        package let name: String
        package let address: IPAddress
        package let port: UInt16
        package let transport: Transport
        /// Whether the operator trusts it to validate.
        package let isTrusted: Bool

        package enum Transport: Hashable, Sendable {
            /// UDP, and TCP where an answer does not fit.
            case udp
            case tcp
            case secured(SecureTransport)
        }

        package init(
            name: String,
            address: IPAddress,
            port: UInt16 = SurveyorConfiguration.standardDNSPort,
            transport: Transport = .udp,
            isTrusted: Bool = false
        ) {
            self.name = name
            self.address = address
            self.port = port
            self.transport = transport
            self.isTrusted = isTrusted
        }

        /// Whether its AD and its word about validation count: only what the operator trusts, over a way that nobody
        /// can write on (RFC 4035 4.9.3).
        package var isBelieved: Bool {
            guard isTrusted else { return false }
            if case .secured = transport { return true }
            return address.isLoopback
        }

        /// The transport in the words of a finding.
        var asked: Asked.Transport {
            switch transport {
            case .udp: .udp
            case .tcp: .tcp
            case .secured(.tls): .tls
            case .secured(.https): .https
            }
        }

        func asked(_ name: DomainName) -> Asked {
            guard case .secured(.https(_, let path, _)) = transport else {
                return Asked(name, port: port, transport: asked)
            }
            return Asked(name, port: port, transport: .https, path: path)
        }

        package func query(_ question: Question) -> Query {
            var secured: SecureTransport?
            if case .secured(let way) = transport { secured = way }
            return Query(
                question,
                to: address,
                port: port,
                recursionDesired: true,
                transport: transport == .tcp ? .tcp : .udpThenTCP,
                secured: secured
            )
        }
    }

    package static let standardDNSPort: UInt16 = 53
    package static let standardHTTPPort: UInt16 = 80
    package static let standardHTTPSPort: UInt16 = 443

    /// Port of every name server. Glue and NS records carry none, so a laboratory has one for all.
    package var dnsPort: UInt16
    package var httpPort: UInt16
    package var httpsPort: UInt16
    /// Where iteration begins. These addresses are the operator's and pass no guard.
    package var rootHints: RootHints
    /// Where chains of trust begin; nil only in a laboratory with a root of its own and no anchors for it: nothing is
    /// validated there.
    package var trustAnchors: TrustAnchors?
    /// Special-use networks whose addresses may be asked although DNS named them. Empty: none.
    package var allowedNetworks: [IPNetwork]
    /// Set where port 53 of the root and the top-level domains cannot be reached: zone cuts and addresses of name
    /// servers are asked there. It is never asked for the name of a record itself, whose absence it would then keep.
    package var via: Resolver?
    /// Resolvers a survey request may name.
    package var resolvers: [Resolver]
    package var limits: SurveyLimits

    package init(
        dnsPort: UInt16 = Self.standardDNSPort,
        httpPort: UInt16 = Self.standardHTTPPort,
        httpsPort: UInt16 = Self.standardHTTPSPort,
        rootHints: RootHints = .builtIn,
        trustAnchors: TrustAnchors? = nil,
        allowedNetworks: [IPNetwork] = [],
        via: Resolver? = nil,
        resolvers: [Resolver] = [],
        limits: SurveyLimits = SurveyLimits()
    ) {
        self.dnsPort = dnsPort
        self.httpPort = httpPort
        self.httpsPort = httpsPort
        self.rootHints = rootHints
        self.trustAnchors = trustAnchors ?? (rootHints == .builtIn ? .builtIn : nil)
        self.allowedNetworks = allowedNetworks
        self.via = via
        self.resolvers = resolvers
        self.limits = limits
    }

    /// The port that stands for a URL's port: a laboratory's own for 80 and 443.
    func connectedPort(_ port: UInt16) -> UInt16 {
        switch port {
        case Self.standardHTTPPort: httpPort
        case Self.standardHTTPSPort: httpsPort
        default: port
        }
    }

    /// Whether an address that came out of DNS may be contacted.
    package func permits(_ address: IPAddress) -> Bool {
        !address.isSpecialUse || allowedNetworks.contains { $0.contains(address) }
    }
}

/// Upper bounds of a survey. They hold against hostile zones (CVE-2022-3204 and its kin); honest ones stay far below.
package struct SurveyLimits: Hashable, Sendable {
    /// Addresses of one zone's name servers that are asked: 13 servers, as many as the largest zones have, with A and
    /// AAAA are 26.
    package var addressesPerZone = 32
    /// Addresses of one token file's host from which the file is fetched.
    package var addressesPerHost = 32
    /// Requests behind redirects for one token file, from whichever address of its host they set out: ten redirects over two dozen
    /// addresses each.
    package var redirectedRequestsPerFile = 256
    /// Names in one NS set that are looked at; the root and the largest top-level domains have 13.
    package var serversPerZone = 16
    /// Questions about one record: the way to its zone and every address of every zone its CNAME chain goes through. 26
    /// addresses and a chain of 8 names are 208, both types of a token's host 416; as many as half of that again are for
    /// the hosts of redirects.
    package var questionsPerRecord = 640
    /// Questions of one climb for CAA records: the way to each name's zone, every address of every zone, at every name up to the top-level
    /// domain. Names that many share are asked once, on the account of the first.
    package var questionsPerClimb = 512
    /// Questions in one pass to learn a zone's name servers and their addresses, whoever has to be asked for them.
    package var questionsPerZone = 200
    /// CNAMEs followed from a record's name (stricter than some resolvers: Unbound 1.17 follows more).
    package var aliasHops = 11
    /// Name servers' names whose address can be found only through another name server's name, and so on.
    package var nestedLookUps = 6
    /// TXT values at one name that are looked at.
    package var valuesPerName = 64
    /// Records surveyed at the same time. How many questions travel at once, and to whom, is Exchange's to hold.
    package var recordsAtOnce = 256
    /// From the first question about a record to its last; what is not known then counts as unreachable.
    package var recordDeadlineMilliseconds: Int64 = 30_000
    /// To learn a zone's servers and addresses, which its records share; half of it for the addresses that have to be
    /// looked for. A survey ends at the latest after both deadlines together.
    package var zoneDeadlineMilliseconds: Int64 = 15_000
    /// One request for a token file, from connecting to the last octet; connecting gets half of it.
    package var tokenDeadlineMilliseconds: Int64 = 10_000
    /// One fetch of a token file with all its redirects, look-ups of their hosts included.
    package var tokenChainDeadlineMilliseconds: Int64 = 20_000
    /// The look whether TLS is spoken where plain HTTP got no HTTP.
    package var tlsProbeDeadlineMilliseconds: Int64 = 3_000

    /// How long the way to a zone, its servers, its keys, the CAA records on the way up and what was seen beside records (wildcards,
    /// names typed twice, a hidden primary) are known without being asked for again. Shorter where the records' TTLs are or the zone's
    /// serial changes, and until they lead to something that keeps a record from being judged or shown.
    package var zoneMemorySeconds: Int64 = 60

    package init() {}
}

// The stories a world can be started with: values only, so that another story is another value.
package import DCV
import LDNS

/// What a world holds at its start and how it behaves.
package struct RehearsalScenario: Sendable {
    /// What a provider waits for.
    package enum Certificate: Sendable {
        case cloudflare(RehearsedPack)
        case naver(RehearsedNAVERCertificate)
        case digicert(RehearsedDigiCertDomain)
    }

    /// One zone with what a provider waits for in it.
    package struct Site: Sendable {
        /// Who can publish there.
        package enum Means: Sendable { case dns, web }

        package let apex: DomainName
        package let servers: [RehearsedServer]
        package let records: [RehearsedRecord]
        package let certificate: Certificate
        package let means: [Means]
        /// Values of others that stand in the zone's folder from the start, where a careless hand could reach them.
        package var strangers: [RehearsedRecord] = []
    }

    package let name: String
    /// One line for people.
    package let summary: String
    package var sites: [Site]
    package var behaviours: [IPAddress: RehearsedBehaviour] = [:]
    /// Cloudflare's zones whose every read answers with a server's error page.
    package var zonesDown: Set<DomainName> = []
    /// Whether the providers accept what the configuration's credential files hold.
    package var acceptsToken = true

    package var packs: [(apex: DomainName, pack: RehearsedPack)] {
        sites.compactMap { site in
            if case .cloudflare(let pack) = site.certificate { (site.apex, pack) } else { nil }
        }
    }
    package var naverCertificates: [RehearsedNAVERCertificate] {
        sites.compactMap { if case .naver(let certificate) = $0.certificate { certificate } else { nil } }
    }
    package var digiCertDomains: [RehearsedDigiCertDomain] {
        sites.compactMap { if case .digicert(let domain) = $0.certificate { domain } else { nil } }
    }
}

extension RehearsalScenario {
    /// Where the web server of every site listens.
    package static let webAddress = IPAddress.v4(0x7F00_3550)
    package static let rootAddress = IPAddress.v4(0x7F00_3501)
    package static let topLevelAddress = IPAddress.v4(0x7F00_3502)
    /// Long enough to be seen on a screen, short enough to be waited for.
    package static let lagMilliseconds: Int64 = 4000

    /// The stories by name.
    package static func all() throws -> [RehearsalScenario] {
        [
            try threeProviders(), try fourCertificates(), try oneServerLags(), try lameServer(), try apiDown(),
            try tokenRefused(), try everydayTroubles(), try caaForbids(),
        ]
    }

    /// `make demo`: at each of three providers a record is missing, and one certificate is better proved by a file.
    package static func threeProviders() throws -> RehearsalScenario {
        let news = RehearsedNAVERCertificate(
            number: 55332,
            family: .advanced,
            commonName: "news.example",
            dnsNames: ["*.news.example"],
            earlierTimeouts: 1
        )
        let blog = RehearsedNAVERCertificate(number: 55333, family: .cloudBasic, commonName: "blog.example")
        let bank = RehearsedDigiCertDomain(id: 4711, name: "bank.example")
        let post = RehearsedDigiCertDomain(id: 4712, name: "post.example", method: "dns-cname-token")
        return RehearsalScenario(
            name: "three-providers",
            summary: "Cloudflare, NAVER Cloud and DigiCert: TXT and CNAME missing, and txt to be changed to a file",
            sites: [
                try site(1, "shop.example"), try site(2, "docs.example", means: [.web]),
                try site(3, "news.example", .naver(news)), try site(4, "blog.example", .naver(blog)),
                try site(5, "bank.example", .digicert(bank)), try site(6, "post.example", .digicert(post)),
            ]
        )
    }

    /// TXT missing; CNAME already there; a file missing after a change from txt to http; two values wanted
    /// at one name while one name server lags.
    package static func fourCertificates() throws -> RehearsalScenario {
        let news = try site(4, "news.example", wildcard: true, issuance: .afterReads(1))
        return RehearsalScenario(
            name: "four-certificates",
            summary: "TXT missing; CNAME there; file missing and txt to be changed; two values and a lagging server",
            sites: [
                try site(1, "shop.example"), try cnameSite(2, "blog.example"),
                try site(3, "docs.example", means: [.web]), news,
            ],
            behaviours: lastAddress(of: news).map { [$0: .lag(milliseconds: lagMilliseconds)] } ?? [:]
        )
    }

    package static func oneServerLags() throws -> RehearsalScenario {
        let shop = try site(1, "shop.example")
        return RehearsalScenario(
            name: "one-ns-lags",
            summary: "one name server of two sees changes \(lagMilliseconds / 1000) s later",
            sites: [shop],
            behaviours: lastAddress(of: shop).map { [$0: .lag(milliseconds: lagMilliseconds)] } ?? [:]
        )
    }

    package static func lameServer() throws -> RehearsalScenario {
        let shop = try site(1, "shop.example")
        return RehearsalScenario(
            name: "lame-server",
            summary: "one name server of two answers without authority",
            sites: [shop],
            behaviours: lastAddress(of: shop).map { [$0: .lame] } ?? [:]
        )
    }

    /// What `make demo` compares on: nothing amiss; two values and a name server that lags; a value of somebody else's at the same name; a
    /// secondary that no longer follows its primary.
    package static func everydayTroubles() throws -> RehearsalScenario {
        let news = try site(2, "news.example", wildcard: true)
        var team = try site(3, "team.example")
        team.strangers = [.txt(try DomainName("_acme-challenge.team.example"), "value-of-another-team")]
        let old = try site(4, "old.example")
        var behaviours =
            lastAddress(of: news).map { [$0: RehearsedBehaviour.lag(milliseconds: lagMilliseconds)] } ?? [:]
        if let address = lastAddress(of: old) { behaviours[address] = .lag(milliseconds: 3_600_000) }
        return RehearsalScenario(
            name: "everyday-troubles",
            summary: "nothing amiss; two values and a lagging server; another's value at the name; a stale secondary",
            sites: [try site(1, "shop.example"), news, team, old],
            behaviours: behaviours
        )
    }

    /// Cloudflare's pack is Google's; the records let only Let's Encrypt issue. Another site has none.
    package static func caaForbids() throws -> RehearsalScenario {
        let apex = try DomainName("shop.example")
        let record = RehearsedRecord(
            apex,
            .caa(flags: 0, tag: Array("issue".utf8), value: Array("letsencrypt.org".utf8))
        )
        let pack = RehearsedPack(id: packID(1), hosts: [apex.text], issuance: .atOnce)
        return RehearsalScenario(
            name: "caa-forbids",
            summary: "CAA records at one zone of two do not allow the provider's CA",
            sites: [
                try site(1, apex.text, .cloudflare(pack), records: [record]), try site(2, "blog.example"),
            ]
        )
    }

    package static func apiDown() throws -> RehearsalScenario {
        let blog = try site(2, "blog.example")
        return RehearsalScenario(
            name: "api-down",
            summary: "the provider's API fails for one zone of two",
            sites: [try site(1, "shop.example"), blog],
            zonesDown: [blog.apex]
        )
    }

    package static func tokenRefused() throws -> RehearsalScenario {
        RehearsalScenario(
            name: "token-refused",
            summary: "the provider does not accept the token",
            sites: [try site(1, "shop.example")],
            acceptsToken: false
        )
    }

    private static func lastAddress(of site: Site) -> IPAddress? { site.servers.last?.addresses.last }

    /// A zone with two name servers at 127.0.53.(10n+1) and (10n+2), a web address and one pack that waits for TXT.
    private static func site(
        _ number: UInt32,
        _ apex: String,
        wildcard: Bool = false,
        means: [Site.Means] = [.dns],
        issuance: RehearsedPack.Issuance = .atOnce
    ) throws -> Site {
        let pack = RehearsedPack(
            id: packID(number),
            hosts: wildcard ? [apex, "*." + apex] : [apex],
            issuance: issuance
        )
        return try site(number, apex, .cloudflare(pack), means: means)
    }

    /// A zone whose pack waits for a CNAME that is there already.
    private static func cnameSite(_ number: UInt32, _ apex: String) throws -> Site {
        let pack = RehearsedPack(id: packID(number), hosts: [apex], method: "cname", shape: .object)
        guard case .cname(let name, let target)? = pack.tokens.first else { throw RehearsalError("no CNAME token") }
        let record = RehearsedRecord(try DomainName(name), .cname(try DomainName(target)))
        return try site(number, apex, .cloudflare(pack), records: [record])
    }

    private static func site(
        _ number: UInt32,
        _ apex: String,
        _ certificate: Certificate,
        records: [RehearsedRecord] = [],
        means: [Site.Means] = [.dns]
    ) throws -> Site {
        let name = try DomainName(apex)
        let servers = try (1...2).map { index in
            RehearsedServer(try name.prepending("ns\(index)"), [.v4(0x7F00_3500 + 10 * number + UInt32(index))])
        }
        return Site(
            apex: name,
            servers: servers,
            records: [.address(name, webAddress)] + records,
            certificate: certificate,
            means: means
        )
    }

    private static func packID(_ number: UInt32) -> String { "4449b368-d10f-4a73-9d27-00000000000\(number)" }
}

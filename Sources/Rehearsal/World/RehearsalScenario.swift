// The stories a world can be started with: values only, so that another story is another value.
package import DCV
import LDNS

/// What a world holds at its start and how it behaves.
package struct RehearsalScenario: Sendable {
    /// One zone with what the provider waits for in it.
    package struct Site: Sendable {
        /// Who can publish there.
        package enum Means: Sendable { case dns, web }

        package let apex: DomainName
        package let servers: [RehearsedServer]
        package let records: [RehearsedRecord]
        package let pack: RehearsedPack
        package let means: [Means]
    }

    package let name: String
    /// One line for people.
    package let summary: String
    package var sites: [Site]
    package var behaviours: [IPAddress: RehearsedBehaviour] = [:]
    /// Zones whose every read answers with a server's error page.
    package var zonesDown: Set<DomainName> = []
    package var acceptsToken = true
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
        [try fourCertificates(), try oneServerLags(), try lameServer(), try apiDown(), try tokenRefused()]
    }

    /// `make demo`: TXT missing; CNAME already there; a file missing after a change from txt to http; two values wanted
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
        return try site(number, apex, records: [], pack: pack, means: means)
    }

    /// A zone whose pack waits for a CNAME that is there already.
    private static func cnameSite(_ number: UInt32, _ apex: String) throws -> Site {
        let pack = RehearsedPack(id: packID(number), hosts: [apex], method: "cname", shape: .object)
        guard case .cname(let name, let target)? = pack.tokens.first else { throw RehearsalError("no CNAME token") }
        let record = RehearsedRecord(try DomainName(name), .cname(try DomainName(target)))
        return try site(number, apex, records: [record], pack: pack, means: [.dns])
    }

    private static func site(
        _ number: UInt32,
        _ apex: String,
        records: [RehearsedRecord],
        pack: RehearsedPack,
        means: [Site.Means]
    ) throws -> Site {
        let name = try DomainName(apex)
        let servers = try (1...2).map { index in
            RehearsedServer(try name.prepending("ns\(index)"), [.v4(0x7F00_3500 + 10 * number + UInt32(index))])
        }
        return Site(
            apex: name,
            servers: servers,
            records: [.address(name, webAddress)] + records,
            pack: pack,
            means: means
        )
    }

    private static func packID(_ number: UInt32) -> String { "4449b368-d10f-4a73-9d27-00000000000\(number)" }
}

// A world to practise in: name servers from the root down, a web server and providers' APIs, all on loopback.
package import DCV
import FoundationEssentials

/// A started scenario. Everything it keeps is in one folder; everything it opens is on loopback.
package final class RehearsedWorld: Sendable {
    package let scenario: RehearsalScenario
    package let folder: String
    package let stopwatch: Stopwatch
    /// With the root and the top-level domains.
    package let tree: RehearsedTree
    package let nameServers: RehearsedNameServers
    package let web: RehearsedWeb
    package let cloudflare: RehearsedCloudflare
    /// nil when no site of the scenario is NAVER Cloud's.
    package let naver: RehearsedNAVER?
    /// nil when no site of the scenario is DigiCert's.
    package let digicert: RehearsedDigiCert?
    /// What the configuration's credential files hold; the providers accept it unless the scenario says otherwise.
    package let token = "rehearsed-token-of-a-rehearsed-account-0"
    package let naverKey = RehearsedNAVERKey(
        accessKey: "RehearsedAccessKey00",
        secretKey: "rehearsed-secret-key-of-a-rehearsed-main"
    )
    private static let naverPollMilliseconds: Int64 = 500
    package let digiCertKey = "REHEARSED_KEY_OF_A_REHEARSED_ACCOUNT"

    private init(
        scenario: RehearsalScenario,
        folder: String,
        stopwatch: Stopwatch,
        tree: RehearsedTree,
        nameServers: RehearsedNameServers,
        web: RehearsedWeb,
        issuers: Issuers
    ) {
        self.scenario = scenario
        self.folder = folder
        self.stopwatch = stopwatch
        self.tree = tree
        self.nameServers = nameServers
        self.web = web
        cloudflare = issuers.cloudflare
        naver = issuers.naver
        digicert = issuers.digicert
    }

    /// The domain to which proofs by CNAME lead.
    private static func certificateAuthority(_ stopwatch: Stopwatch) throws -> RehearsedZone {
        let apex = try DomainName("digicert.com")
        let server = RehearsedServer(try apex.prepending("ns"), [RehearsalScenario.topLevelAddress])
        return RehearsedZone(apex, servers: [server], stopwatch: stopwatch)
    }

    /// Starts a scenario and writes its configuration.
    /// - Parameters:
    ///   - folder: an absolute path; made when missing, and never removed.
    ///   - clock: of the providers, for signatures and dates.
    package static func start(
        _ scenario: RehearsalScenario,
        folder: String,
        clock: any Clock
    ) async throws -> RehearsedWorld {
        let stopwatch = Stopwatch()
        let zones = scenario.sites.map { site in
            RehearsedZone(
                site.apex,
                servers: site.servers,
                records: site.records,
                folder: zoneFolder(site.apex, in: folder),
                stopwatch: stopwatch
            )
        }
        let folders = zones.compactMap(\.folder) + [webRoot(in: folder)]
        for path in folders { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        for site in scenario.sites {
            try RecordFolder.write(site.strangers, to: zoneFolder(site.apex, in: folder))
        }
        let tree = try RehearsedTree(
            zones + [try certificateAuthority(stopwatch)],
            rootAddress: RehearsalScenario.rootAddress,
            topLevelAddress: RehearsalScenario.topLevelAddress,
            stopwatch: stopwatch
        )
        let nameServers = try await RehearsedNameServers.start(tree.served, stopwatch: stopwatch)
        do {
            let web = try await RehearsedWeb.start(
                addresses: [RehearsalScenario.webAddress],
                root: webRoot(in: folder),
                stopwatch: stopwatch
            )
            do {
                let world = RehearsedWorld(
                    scenario: scenario,
                    folder: folder,
                    stopwatch: stopwatch,
                    tree: tree,
                    nameServers: nameServers,
                    web: web,
                    issuers: try await Issuers.start(
                        scenario,
                        eyes: ProviderEyes(
                            roots: tree.root.addresses,
                            dnsPort: nameServers.port,
                            httpPort: web.port
                        ),
                        clock: clock,
                        stopwatch: stopwatch
                    )
                )
                world.behaveAsTold()
                try world.writeFiles()
                return world
            } catch {
                await web.shutdown()
                throw error
            }
        } catch {
            await nameServers.shutdown()
            throw error
        }
    }

    private func behaveAsTold() {
        for (address, behaviour) in scenario.behaviours { nameServers.behave(behaviour, at: address) }
        if scenario.acceptsToken {
            cloudflare.accept([.token(token)])
            naver?.accept([naverKey])
            naver?.poll(.everyMilliseconds(Self.naverPollMilliseconds))
            digicert?.accept(keys: [digiCertKey])
        }
        let zones = tree.zones
        cloudflare.place { zone, appeared, gone in
            zones.first { $0.apex.text == zone }?.place(appeared: appeared, gone: gone)
        }
        for zone in scenario.zonesDown {
            for route in [RehearsedRoute.verification, .retry, .certificatePacks, .patch] {
                cloudflare.fail(.page(status: 520), on: route, zoneID: Self.zoneID(zone), times: .max)
            }
        }
    }

    /// Whether every certificate of the world is active.
    package var isAllActive: Bool { certificates.allSatisfy(\.isActive) }

    package func zone(_ apex: DomainName) -> RehearsedZone? { tree.zones.first { $0.apex == apex } }

    package func shutdown() async {
        await digicert?.shutdown()
        await naver?.shutdown()
        await cloudflare.shutdown()
        await web.shutdown()
        await nameServers.shutdown()
    }

    /// 32 hexadecimal digits out of a zone's name, the same in every run.
    package static func zoneID(_ apex: DomainName) -> String {
        let digits = apex.text.utf8.flatMap { [$0 >> 4, $0 & 0x0F] }.map { String($0, radix: 16) }.joined()
        return String((digits + String(repeating: "0", count: 32)).prefix(32))
    }
}

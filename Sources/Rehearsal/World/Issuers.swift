// The providers of a world: started together, looked at together.
import DCV

/// Every provider that a scenario needs.
struct Issuers: Sendable {
    let cloudflare: RehearsedCloudflare
    let naver: RehearsedNAVER?
    let digicert: RehearsedDigiCert?

    /// They accept no credential yet.
    static func start(
        _ scenario: RehearsalScenario,
        eyes: ProviderEyes,
        clock: any Clock,
        stopwatch: Stopwatch
    ) async throws -> Issuers {
        let cloudflare = try await RehearsedCloudflare.start(
            zones: scenario.packs.map { apex, pack in
                RehearsedProviderZone(id: RehearsedWorld.zoneID(apex), name: apex.text, packs: [pack])
            },
            credentials: [],
            stopwatch: stopwatch
        ) { token in await eyes.look(token) }
        cloudflare.mayIssue { host, authority in await eyes.objection(to: host, by: authority) }
        var naver: RehearsedNAVER?
        do {
            if !scenario.naverCertificates.isEmpty {
                naver = try await RehearsedNAVER.start(
                    certificates: scenario.naverCertificates,
                    keys: [],
                    clock: clock,
                    stopwatch: stopwatch
                ) { token in
                    if let objection = await eyes.objection(to: token, by: "naver") { return objection }
                    return await eyes.look(token)
                }
            }
            var digicert: RehearsedDigiCert?
            if !scenario.digiCertDomains.isEmpty {
                digicert = try await RehearsedDigiCert.start(
                    domains: scenario.digiCertDomains,
                    keys: [],
                    clock: clock,
                    stopwatch: stopwatch
                ) { token in
                    if let objection = await eyes.objection(to: token, by: "digicert") { return objection }
                    return await eyes.withoutJoining.look(token)
                }
            }
            return Issuers(cloudflare: cloudflare, naver: naver, digicert: digicert)
        } catch {
            await naver?.shutdown()
            await cloudflare.shutdown()
            throw error
        }
    }
}

/// One certificate of a world as its provider has it now, for a table.
package struct WorldCertificate: Sendable {
    package let provider: String
    package let hosts: [String]
    package let method: String
    /// The provider's own word.
    package let state: String
    package let isActive: Bool
}

extension RehearsedWorld {
    /// All certificates, in the order of the scenario's sites within each provider.
    package var certificates: [WorldCertificate] {
        let packs = cloudflare.zones.flatMap(\.packs).map { pack in
            WorldCertificate(
                provider: "Cloudflare",
                hosts: pack.hosts,
                method: pack.method,
                state: pack.status,
                isActive: pack.isActive
            )
        }
        let ncp = (naver?.certificates ?? []).map { certificate in
            WorldCertificate(
                provider: "NAVER Cloud",
                hosts: certificate.names,
                method: certificate.family == .advanced ? "txt" : "cname",
                state: certificate.statusName,
                isActive: certificate.isNormal
            )
        }
        let domains = (digicert?.domains ?? []).map { domain in
            WorldCertificate(
                provider: "DigiCert",
                hosts: [domain.name],
                method: domain.method,
                state: domain.dcvStatus,
                isActive: domain.isComplete
            )
        }
        return packs + ncp + domains
    }
}

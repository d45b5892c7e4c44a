// The providers of a laboratory: rehearsed, each with eyes of its own on the real name servers.
import DCV
import Platform
import Rehearsal

struct LaboratoryIssuers {
    static let token = "laboratory-token-of-a-laboratory-account"
    private static let naverKey = RehearsedNAVERKey(
        accessKey: "LaboratoryAccessKey0",
        secretKey: "laboratory-secret-key"
    )
    private static let digiCertKey = "LABORATORY_KEY_OF_A_LABORATORY_ACCOUNT"

    let cloudflare: RehearsedCloudflare
    let naver: RehearsedNAVER
    let digicert: RehearsedDigiCert

    static func start(
        _ plan: LaboratoryPlan,
        eyes: ProviderEyes,
        stopwatch: Stopwatch
    ) async throws -> LaboratoryIssuers {
        let cloudflare = try await RehearsedCloudflare.start(
            zones: try plan.zones.map { zone in
                RehearsedProviderZone(
                    id: RehearsedWorld.zoneID(try DomainName(zone.apex)),
                    name: zone.apex,
                    packs: zone.packs
                )
            },
            credentials: [.token(token)],
            stopwatch: stopwatch
        ) { token in await eyes.look(token) }
        let naver = try await RehearsedNAVER.start(
            certificates: plan.naver,
            keys: [naverKey],
            clock: SystemClock(),
            stopwatch: stopwatch
        ) { token in await eyes.look(token) }
        let digicert = try await RehearsedDigiCert.start(
            domains: plan.digicert,
            keys: [digiCertKey],
            clock: SystemClock(),
            stopwatch: stopwatch
        ) { token in await eyes.withoutJoining.look(token) }
        return LaboratoryIssuers(cloudflare: cloudflare, naver: naver, digicert: digicert)
    }

    /// What the credential files hold, by their names beside the configuration.
    static let credentials = [
        ("token", token), ("naver-access", naverKey.accessKey), ("naver-secret", naverKey.secretKey),
        ("digicert-key", digiCertKey),
    ]

    /// The entries under `providers:`; a provider with nothing to wait for is not named.
    func configuration(_ plan: LaboratoryPlan) -> String {
        var lines = [
            "{ name: cf, kind: cloudflare, token: { file: token }, zones: all, endpoint: \"\(cloudflare.endpoint)\" }"
        ]
        if !plan.naver.isEmpty {
            lines.append(
                "{ name: naver, kind: naver-cloud, access_key: { file: naver-access },"
                    + " secret_key: { file: naver-secret }, endpoint: \"\(naver.endpoint)\" }"
            )
        }
        if !plan.digicert.isEmpty {
            lines.append(
                "{ name: digicert, kind: digicert, api_key: { file: digicert-key },"
                    + " endpoint: \"\(digicert.endpoint)\" }"
            )
        }
        return lines.map { "  - " + $0 }.joined(separator: "\n")
    }

    var surprises: [String] { cloudflare.surprises + naver.surprises + digicert.surprises }

    func shutdown() async {
        await digicert.shutdown()
        await naver.shutdown()
        await cloudflare.shutdown()
    }
}

extension Laboratory {
    var cloudflare: RehearsedCloudflare { issuers.cloudflare }
    var naver: RehearsedNAVER { issuers.naver }
    var digicert: RehearsedDigiCert { issuers.digicert }
}

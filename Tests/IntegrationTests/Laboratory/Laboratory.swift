// A whole world of real servers round the real program: name servers, a web server, hooks, a provider, one folder.
import Agent
import DCV
import Foundation
import LDNS
import Platform
import Rehearsal
import Testing

/// What a laboratory holds at its start.
struct LaboratoryPlan {
    struct Zone {
        let apex: String
        /// Lines of the zone file beyond SOA, name servers and addresses.
        var lines: [String] = []
        /// What the provider waits for in it.
        var packs: [RehearsedPack] = []
    }

    var zones: [Zone]
    /// What NAVER Cloud and DigiCert wait for; without an entry the configuration does not name them.
    var naver: [RehearsedNAVERCertificate] = []
    var digicert: [RehearsedDigiCertDomain] = []
    /// False: the secondary sees a change only after `NameServers.tellSecondaries()`.
    var tellsSecondaries = true
    /// Publishers of every zone.
    var publishers = ["bind", "web"]
    var policy = "default"
    /// Policies beside the configuration, by name.
    var policies: [String: String] = [:]

    static func pack(_ number: Int, _ host: String, method: String = "txt", tokens: [RehearsedToken]? = nil)
        -> RehearsedPack
    {
        RehearsedPack(
            id: "4449b368-d10f-4a73-9d27-00000000000\(number)",
            hosts: [host],
            method: method,
            tokens: tokens
        )
    }
}

struct Laboratory {
    static let token = LaboratoryIssuers.token

    let folder: String
    let servers: NameServers
    let web: RehearsedWeb
    let issuers: LaboratoryIssuers
    let hooks: CountingHooks
    /// How the provider looks.
    let eyes: ProviderEyes
    /// Wall clock at zero of the provider's and the web server's histories.
    let origin: Int64

    /// Starts everything, runs the story, ends everything. The program's last words are told when the story fails.
    static func with(_ plan: LaboratoryPlan, _ story: (Laboratory) async throws -> Void) async throws {
        guard Surroundings.missing.isEmpty else { throw LaboratoryFailure(Surroundings.excuse) }
        let folder = try Surroundings.makeFolder()
        defer {
            if Surroundings.environment["DNSPROOF_LAB_KEEP"] == nil {
                try? FileManager.default.removeItem(atPath: folder)
            }
        }
        let files = ServerFiles(
            folder: folder,
            port: try Surroundings.dnsPort(),
            secret: Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString(),
            zones: plan.zones,
            tellsSecondaries: plan.tellsSecondaries
        )
        let servers = try await NameServers.start(files)
        do {
            try await started(plan, files, servers, story)
        } catch {
            await servers.end()
            throw error
        }
        await servers.end()
    }

    private static func started(
        _ plan: LaboratoryPlan,
        _ files: ServerFiles,
        _ servers: NameServers,
        _ story: (Laboratory) async throws -> Void
    ) async throws {
        let stopwatch = Stopwatch()
        let origin = SystemClock().now().millisecondsSinceEpoch
        let folder = files.folder
        try FileManager.default.createDirectory(atPath: folder + "/webroot", withIntermediateDirectories: false)
        let hooks = try await CountingHooks.install(in: folder, ["nsupdate", "webroot"])
        let web = try await RehearsedWeb.start(
            addresses: Surroundings.webAddresses,
            root: folder + "/webroot",
            port: Surroundings.isNamespace ? 80 : 0,
            stopwatch: stopwatch
        )
        let eyes = ProviderEyes(roots: [Surroundings.rootAddress], dnsPort: servers.port, httpPort: web.port)
        let issuers = try await LaboratoryIssuers.start(plan, eyes: eyes, stopwatch: stopwatch)
        let laboratory = Laboratory(
            folder: folder,
            servers: servers,
            web: web,
            issuers: issuers,
            hooks: hooks,
            eyes: eyes,
            origin: origin
        )
        let outcome: Result<Void, any Error>
        do {
            for (name, text) in LaboratoryIssuers.credentials { try laboratory.write(name, text + "\n") }
            try laboratory.write("tsig", "hmac-sha256:\(ServerFiles.keyName):\(files.secret)\n")
            try laboratory.write("root.hints", files.rootHints)
            try laboratory.write("config.yaml", laboratory.configuration(plan))
            try FileManager.default.createDirectory(atPath: folder + "/policies", withIntermediateDirectories: false)
            for (name, text) in plan.policies { try laboratory.write("policies/\(name).yaml", text) }
            try await story(laboratory)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await issuers.shutdown()
        await web.shutdown()
        try outcome.get()
        #expect(issuers.surprises.isEmpty, "a provider was asked what it does not know")
    }

    // MARK: files

    var configurationPath: String { folder + "/config.yaml" }

    func write(_ name: String, _ text: String) throws {
        try Files.writeAtomically(Array(text.utf8), to: folder + "/" + name)
    }

    func configuration(_ plan: LaboratoryPlan) -> String {
        """
        version: 1
        state: state
        providers:
        \(issuers.configuration(plan))
        publishers:
          bind:
            hook: nsupdate
            settings: { server: 127.0.0.1, port: "\(servers.port)" }
            secrets: { tsig_key: { file: tsig } }
          web: { hook: webroot, settings: { root: "\(folder)/webroot" } }
        zones:

        """
            + plan.zones.map { zone in
                "  \(zone.apex): { publishers: [\(plan.publishers.joined(separator: ", "))], policy: \(plan.policy) }\n"
            }.joined()
            + "laboratory:\n  dns_port: \(servers.port)\n  http_port: \(web.port)\n  root_hints: root.hints\n"
            + "  allow_networks: [127.0.0.0/8, \"fd00:53::/32\"]\n"
    }

    // MARK: histories

    /// When the calls of a route came, by the wall clock.
    func times(of route: RehearsedRoute) -> [Int64] {
        cloudflare.calls.entries.filter { $0.route == route }.map { origin + $0.request.atMilliseconds }
    }

    var patches: Int { cloudflare.count(of: .patch) }

    func pack(_ number: Int = 1) throws -> RehearsedPack {
        try #require(cloudflare.pack("4449b368-d10f-4a73-9d27-00000000000\(number)"))
    }

    static var now: Int64 { SystemClock().now().millisecondsSinceEpoch }
}

extension Laboratory {
    static func pause(seconds: Int64) async throws { try await SystemClock().sleep(milliseconds: seconds * 1000) }

    /// What `status` says once the audit chain was found whole.
    func status() async throws -> Outcome {
        let rows = try await SQLiteJournal.open(folder: folder + "/state").verify()
        #expect(rows > 0)
        return try await run("status")
    }
}

// certbot, dehydrated and lego with a CA of their own: pebble, which looks at the secondary, the server that lags. The program is their hook.
import DCV
import Foundation
import Platform
import Rehearsal
import Testing

/// What ACME clients and their CA need beside a laboratory.
struct ACMEClients {
    enum Program: String, CaseIterable {
        case certbot = "/usr/bin/certbot"
        case dehydrated = "/usr/bin/dehydrated"
        case lego = "/usr/bin/lego"
        case pebble = "/usr/bin/pebble"
        case openssl = "/usr/bin/openssl"
    }

    static let missing = Program.allCases.map(\.rawValue).filter { !FileManager.default.isExecutableFile(atPath: $0) }
    static var mayRun: Bool { missing.isEmpty || Surroundings.environment["CI"] == "true" }
    static var excuse: String {
        missing.isEmpty
            ? "the ACME clients are there" : "not installed: \(missing.joined(separator: ", ")) (try: make setup)"
    }

    /// One start of the hook, written down by a wrapper round it.
    struct Call {
        let verb: String
        /// `deploy_challenge`, `present`, or how many challenges certbot says remain.
        let operation: String
        let milliseconds: Int
        let code: String
        /// How many times three words dehydrated gave.
        let words: Int
    }

    private static let acmePort = 14_000

    let lab: Laboratory
    let pebble: Daemon

    static func with(
        _ plan: LaboratoryPlan,
        _ story: (ACMEClients) async throws -> Void
    ) async throws {
        guard missing.isEmpty else { throw LaboratoryFailure(excuse) }
        try await Laboratory.with(plan) { lab in
            let pebble = try await startPebble(lab)
            let clients = ACMEClients(lab: lab, pebble: pebble)
            do {
                try lab.write("clients.yaml", clients.configuration(policy: plan.policy, publishers: plan.publishers))
                try await clients.writeHooks()
                try await story(clients)
            } catch {
                await pebble.end()
                throw error
            }
            await pebble.end()
        }
    }

    private static func startPebble(_ lab: Laboratory) async throws -> Daemon {
        let certificate = await ChildProcess().run(
            ChildCommand(
                program: Program.openssl.rawValue,
                arguments: [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "pebble.key", "-out",
                    "pebble.crt",
                ],
                directory: lab.folder,
                deadlineMilliseconds: 20_000
            )
        )
        guard certificate.ending == .exited(0) else { throw LaboratoryFailure("openssl: \(certificate.ending)") }
        let settings = """
            {"pebble": {"listenAddress": "127.0.0.1:\(acmePort)", "managementListenAddress": "127.0.0.1:15000",
            "certificate": "pebble.crt", "privateKey": "pebble.key", "httpPort": \(lab.web.port), "tlsPort": 443,
            "ocspResponderURL": "", "externalAccountBindingRequired": false}}
            """
        try lab.write("pebble.json", settings)
        let daemon = try await Daemon.start(
            "pebble",
            [
                "/usr/bin/env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0", "PEBBLE_WFE_NONCEREJECT=0",
                Program.pebble.rawValue, "-config", "pebble.json", "-dnsserver", "127.0.0.2:\(lab.servers.port)",
            ],
            folder: lab.folder,
            log: lab.folder + "/pebble.log"
        )
        do {
            try await eventually("pebble's directory") {
                let look = await ChildProcess().run(
                    ChildCommand(
                        program: "/usr/bin/curl",
                        arguments: ["-sf", "--cacert", "pebble.crt", "https://127.0.0.1:\(acmePort)/dir"],
                        directory: lab.folder,
                        deadlineMilliseconds: 5_000
                    )
                )
                return look.ending == .exited(0)
            }
        } catch {
            await daemon.end()
            throw error
        }
        return daemon
    }

    /// No providers: the clients are the only ones. A zone that no story is about has a publisher whose secret cannot be read.
    func configuration(policy: String, publishers: [String]) -> String {
        let wanted = publishers.joined(separator: ", ")
        return """
            version: 1
            state: state
            publishers:
              bind:
                hook: nsupdate
                settings: { server: 127.0.0.1, port: "\(lab.servers.port)" }
                secrets: { tsig_key: { file: tsig } }
              web: { hook: webroot, settings: { root: "\(lab.folder)/webroot" } }
              elsewhere: { hook: nsupdate, secrets: { tsig_key: { file: absent } } }
            zones:
              elsewhere.test: { publishers: [elsewhere] }

            """
                + lab.servers.zones.map { "  \($0.apex): { publishers: [\(wanted)], policy: \(policy) }\n" }.joined()
                + "laboratory:\n  dns_port: \(lab.servers.port)\n  http_port: \(lab.web.port)\n  root_hints: root.hints\n"
                + "  allow_networks: [127.0.0.0/8, \"fd00:53::/32\"]\n"
    }

    // MARK: the hook

    private var callsPath: String { lab.folder + "/calls" }

    /// Each wrapper starts the program under a link's name, with the words it got, and writes down how long that took.
    private func writeHooks() async throws {
        for verb in ["certbot-auth", "certbot-cleanup", "dehydrated", "lego"] {
            let link = "\(lab.folder)/dnsproof-\(verb)"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: Surroundings.program)
            let script = """
                #!/bin/sh
                begun=$(date +%s%3N)
                '\(link)' "$@" 2>>'\(lab.folder)/hook.errors'
                code=$?
                printf '%s|%s|%s|%s|%s\\n' \(verb) "${1-}${CERTBOT_REMAINING_CHALLENGES-}" \\
                    $(($(date +%s%3N) - begun)) $code $# >>'\(callsPath)'
                exit $code

                """
            try await lab.hooks.write("client-\(verb)", script, mode: "700")
        }
    }

    func wrapper(_ verb: String) -> String { "\(lab.hooks.folder)/client-\(verb)" }

    /// Starts of the hook for challenges; those that the program ignores are left out.
    var calls: [Call] {
        let text = (try? String(contentsOfFile: callsPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line -> Call? in
            let words = line.split(separator: "|", omittingEmptySubsequences: false).map { String($0) }
            guard words.count == 5, let milliseconds = Int(words[2]), let count = Int(words[4]) else { return nil }
            let call = Call(
                verb: words[0],
                operation: words[1],
                milliseconds: milliseconds,
                code: words[3],
                words: max(0, count - 1) / 3
            )
            let isIgnored = call.verb == "dehydrated" && !call.operation.contains("_challenge")
            return isIgnored || call.operation.hasPrefix("this_hookscript") ? nil : call
        }
    }

    var errors: String { (try? String(contentsOfFile: lab.folder + "/hook.errors", encoding: .utf8)) ?? "" }

    func tellTimes(_ story: String) {
        for call in calls {
            let words = call.words > 1 ? " (\(call.words) challenges)" : ""
            print("\(story): \(call.verb) \(call.operation)\(words): exit \(call.code) after \(call.milliseconds) ms")
        }
    }

    // MARK: the clients

    /// Variables and words, as `env` takes them.
    private func start(_ name: String, _ words: [String]) async throws -> Daemon {
        try await Daemon.start(
            name,
            ["/usr/bin/env", "DNSPROOF_CONFIG=\(lab.folder)/clients.yaml"] + words,
            folder: lab.folder
        )
    }

    /// The hook itself, as a client starts it; its process is the program.
    func hook(_ words: [String], _ variables: [String] = []) async throws -> Daemon {
        try await start("hook", variables + [Surroundings.program, "hook"] + words)
    }

    private var directory: String { "https://127.0.0.1:\(Self.acmePort)/dir" }

    func certbot(_ names: [String], challenge: String = "dns") async throws -> Daemon {
        try await start(
            "certbot",
            [
                "REQUESTS_CA_BUNDLE=\(lab.folder)/pebble.crt", Program.certbot.rawValue, "certonly", "--manual",
                "--preferred-challenges", challenge, "--manual-auth-hook", wrapper("certbot-auth"),
                "--manual-cleanup-hook", wrapper("certbot-cleanup"), "--server", directory, "--agree-tos",
                "--register-unsafely-without-email", "--non-interactive", "--config-dir", "certbot", "--work-dir",
                "certbot", "--logs-dir", "certbot",
            ] + names.flatMap { ["-d", $0] }
        )
    }

    var certbotCertificate: String { lab.folder + "/certbot/live/shop.test/fullchain.pem" }

    func dehydrated(_ names: [String], isChained: Bool) async throws -> Daemon {
        let base = lab.folder + "/dehydrated"
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: false)
        try lab.write(
            "dehydrated.config",
            """
            CA="\(directory)"
            CURL_OPTS="--cacert \(lab.folder)/pebble.crt"
            BASEDIR="\(base)"
            CHALLENGETYPE="dns-01"
            HOOK="\(wrapper("dehydrated"))"
            HOOK_CHAIN="\(isChained ? "yes" : "no")"
            KEY_ALGO="prime256v1"

            """
        )
        let words = [Program.dehydrated.rawValue, "-f", lab.folder + "/dehydrated.config"]
        let registered = await (try start("register", words + ["--register", "--accept-terms"])).wait()
        guard registered.ending == .exited(0) else { throw LaboratoryFailure("\(Outcome(registered))") }
        return try await start("dehydrated", words + ["--cron"] + names.flatMap { ["-d", $0] })
    }

    var dehydratedCertificate: String { lab.folder + "/dehydrated/certs/shop.test/fullchain.pem" }

    func lego(_ names: [String], isRaw: Bool) async throws -> Daemon {
        try await start(
            "lego",
            [
                "LEGO_CA_CERTIFICATES=\(lab.folder)/pebble.crt", "EXEC_PATH=\(wrapper("lego"))",
                // lego's own pause between two names is a minute.
                "EXEC_SEQUENCE_INTERVAL=1", "EXEC_POLLING_INTERVAL=1",
            ] + (isRaw ? ["EXEC_MODE=RAW"] : []) + [
                Program.lego.rawValue, "--server", directory, "--accept-tos", "--email", "nobody@shop.test", "--path",
                lab.folder + "/lego", "--dns", "exec", "--dns.disable-cp", "--dns.resolvers",
                "127.0.0.1:\(lab.servers.port)",
            ] + names.flatMap { ["-d", $0] } + ["run"]
        )
    }

    var legoCertificate: String { lab.folder + "/lego/certificates/shop.test.crt" }

    /// The names that a certificate is for.
    func names(in certificate: String) async throws -> [String] {
        let result = await ChildProcess().run(
            ChildCommand(
                program: Program.openssl.rawValue,
                arguments: ["x509", "-in", certificate, "-noout", "-ext", "subjectAltName"],
                deadlineMilliseconds: 10_000
            )
        )
        return String(decoding: result.output.bytes, as: UTF8.self).split { ", \n".contains($0) }
            .map(String.init).filter { $0.hasPrefix("DNS:") }.sorted()
    }

    /// Tells the secondary of a change some time after the primary holds that many values at the name, and again when they are gone: until
    /// then whoever asks the CA to look, fails.
    func lag(_ name: String, values count: Int, beyond others: Int = 0, milliseconds: Int64) -> Task<Void, any Error> {
        Task {
            try await eventually("\(count) values at \(name)", within: 100) {
                try await lab.servers.primaryValues(name).count == count + others
            }
            try await SystemClock().sleep(milliseconds: milliseconds)
            try await lab.servers.tellSecondaries()
        }
    }
}

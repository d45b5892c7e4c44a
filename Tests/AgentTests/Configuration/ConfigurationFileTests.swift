// Every fault in config.yaml is told with its line, its column and the nearest known key, and all of them at once.
import DCV
import Foundation
import Platform
import Testing

@testable import Agent

@Suite("config.yaml", .timeLimit(.minutes(1)))
struct ConfigurationFileTests {
    private static let kinds = ["cloudflare": ["token", "email", "key", "zones", "endpoint"]]

    private func parse(_ text: String) throws(ConfigurationRefused) -> Configuration {
        try ConfigurationFile.read(Array(text.utf8), file: "/etc/x/config.yaml", providerKinds: Self.kinds).whole()
    }

    private func faults(_ text: String) -> [String] {
        do throws(ConfigurationRefused) {
            _ = try parse(text)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test("a whole configuration is understood")
    func whole() throws {
        let configuration = try parse(
            """
            version: 1
            state: state
            providers:
              - { name: cf, kind: cloudflare, token: { env: TOKEN }, zones: [example.com, example.net] }
              - { name: cf2, kind: cloudflare, email: a@example.com, key: { file: secrets/key }, zones: all }
            publishers:
              bind: { hook: nsupdate, settings: { server: 192.0.2.53, port: 53 }, secrets: { tsig_key: { credential: tsig } } }
              own: { hook: ./hooks/own }
            resolvers: { quad9: { address: 9.9.9.9 }, own: { address: "::1", port: 5353, transport: udp } }
            via: quad9
            zones:
              example.com: { publishers: [bind, own], policy: strict }
              "*": {}
            laboratory: { dns_port: 5300, http_port: 8080, root_hints: hints, trust_anchors: keys/root.anchor,
              allow_networks: [127.0.0.0/8, "fd00::/8"] }
            """
        )
        #expect(configuration.statePath == "/etc/x/state")
        #expect(configuration.providers.map(\.name.text) == ["cf", "cf2"])
        guard case .secret(.file("/etc/x/secrets/key")) = configuration.providers[1].fields["key"]?.value else {
            Issue.record("the key is not the file beside the configuration")
            return
        }
        guard case .list(["example.com", "example.net"]) = configuration.providers[0].fields["zones"]?.value else {
            Issue.record("the zones are not the list that was written")
            return
        }
        #expect(configuration.publishers.map(\.hook) == ["nsupdate", "/etc/x/./hooks/own"])
        #expect(configuration.publishers[0].settings == ["server": "192.0.2.53", "port": "53"])
        #expect(configuration.publishers[0].secrets.mapValues(\.source) == ["tsig_key": .credential("tsig")])
        #expect(configuration.via?.address == IPAddress("9.9.9.9"))
        #expect(configuration.resolvers[1].port == 5353)
        #expect(configuration.zones.map(\.policy) == ["strict", "default"])
        #expect(configuration.zones[1].apex == nil)
        #expect(configuration.laboratory?.dnsPort == 5300)
        #expect(configuration.laboratory?.httpsPort == 443)
        #expect(configuration.laboratory?.rootHintsPath == "/etc/x/hints")
        #expect(configuration.laboratory?.trustAnchorsPath == "/etc/x/keys/root.anchor")
        #expect(configuration.laboratory?.allowedNetworks.map(\.description) == ["127.0.0.0/8", "fd00::/8"])
    }

    @Test("no providers are needed, and none may be called what the journal calls an ACME client that calls its hook")
    func clientsOfHooks() throws {
        let hooks = "publishers: { bind: { hook: nsupdate } }\nzones: { example.com: { publishers: [bind] } }"
        #expect(try parse("version: 1\n\(hooks)").providers.isEmpty)
        let named = faults("version: 1\nproviders: [{ name: lego, kind: cloudflare, token: { env: T }, zones: all }]")
        #expect(named.count == 1 && named[0].contains("\"lego\" is what the journal calls"), "\(named)")
    }

    @Test(
        "the program of a secret: a name is left to be looked up, a path is meant from the file's folder",
        arguments: [
            ("pass", "pass"), ("./own", "/etc/x/./own"), ("bin/own", "/etc/x/bin/own"), ("/usr/bin/x", "/usr/bin/x"),
        ]
    )
    func secretProgram(written: String, meant: String) throws {
        let text = "version: 1\nproviders: [{ name: cf, kind: cloudflare, token: { command: [\(written), a/b] } }]"
        guard case .secret(let source) = try parse(text).providers.first?.fields["token"]?.value else {
            Issue.record("no secret was understood")
            return
        }
        #expect(source == .command([meant, "a/b"]))
    }

    @Test(
        "each fault is told where it stands, with the cure",
        arguments: [
            ("", "/etc/x/config.yaml: is empty"),
            ("zones: {}", "/etc/x/config.yaml:1:1: has no `version: 1`"),
            ("version: 2", "/etc/x/config.yaml:1:10: version must be 1: this program reads no other"),
            (
                "version: 1\nprovider: []",
                #"/etc/x/config.yaml:2:1: unknown key "provider" in the configuration; did you mean "providers"?"#
            ),
            (
                "version: 1\nproviders:\n  - { name: cf, kind: cloudflair }",
                #"/etc/x/config.yaml:3:23: unknown kind of provider "cloudflair"; did you mean "cloudflare"?"#
            ),
            (
                "version: 1\nproviders:\n  - { name: cf, kind: cloudflare, tokn: { env: A } }",
                #"/etc/x/config.yaml:3:35: unknown key "tokn" in a cloudflare provider; did you mean "token"?"#
            ),
            ("version: 1\nproviders:\n  - { kind: cloudflare }", "/etc/x/config.yaml:3:5: the provider has no name"),
            ("version: 1\nproviders:\n  - { name: cf }", "/etc/x/config.yaml:3:5: the provider has no kind"),
            (
                "version: 1\nproviders:\n  - { name: cf, kind: cloudflare, token: { env: A, file: b } }",
                "/etc/x/config.yaml:3:42: token: write where the secret is found: { env: NAME }, { file: path }, { command: [...] } or "
                    + "{ credential: name }"
            ),
            (
                "version: 1\nzones: { com: {} }",
                #"/etc/x/config.yaml:2:10: "com" is a public suffix, not a zone of yours; use "*" for all zones"#
            ),
            (
                "version: 1\npublishers: { bind: { hook: nsupdate } }\nzones: { example.com: { publishers: [bnd] } }",
                #"/etc/x/config.yaml:3:38: no publisher is named "bnd"; did you mean "bind"?"#
            ),
            (
                "version: 1\nzones: { example.com: { policy: [a] } }",
                "/etc/x/config.yaml:2:33: policy of zone example.com must be a text, not a list"
            ),
            ("version: 1\nresolvers: { a: { address: 127.1 } }", #"/etc/x/config.yaml:2:28: "127.1" is no IP address"#),
            (
                "version: 1\nresolvers: { a: { address: 9.9.9.9, transport: doh } }",
                #"/etc/x/config.yaml:2:48: transport must be one of udp, tcp, tls, https, not "doh""#
            ),
            (
                "version: 1\nresolvers: { a: { address: 9.9.9.9, transport: tls } }",
                "/etc/x/config.yaml:2:14: resolver a has no name: what its certificate is made out to, such as dns.quad9.net"
            ),
            (
                "version: 1\nresolvers: { a: { address: 9.9.9.9, name: dns.quad9.net } }",
                "/etc/x/config.yaml:2:43: name belongs to transport tls or https"
            ),
            (
                "version: 1\nresolvers: { a: { address: 9.9.9.9, ca_file: x.pem } }",
                "/etc/x/config.yaml:2:46: ca_file belongs to transport tls or https"
            ),
            (
                "version: 1\nresolvers: { a: { address: 9.9.9.9, transport: tls, name: b.test, path: /q } }",
                "/etc/x/config.yaml:2:73: path belongs to transport https"
            ),
            (
                "version: 1\nresolvers: { a: { address: 9.9.9.9, transport: https, name: b.test, path: q?x } }",
                "/etc/x/config.yaml:2:75: path must be a plain path such as /dns-query"
            ),
            (
                "version: 1\nresolvers: { a: { address: 9.9.9.9, trusted: true } }",
                "/etc/x/config.yaml:2:46: trusted needs transport tls or https, or a loopback address: else anybody can forge its answers"
            ),
            ("version: 1\nvia: quad9", #"/etc/x/config.yaml:2:6: no resolver is named "quad9""#),
            (
                "version: 1\nlaboratory: { dns_port: 70000 }",
                #"/etc/x/config.yaml:2:25: dns_port must be a whole number from 1 to 65535, not "70000""#
            ),
        ]
    )
    func fault(text: String, told: String) {
        #expect(faults(text) == [told])
    }

    @Test(
        "a secret written into the file is told of and not repeated",
        arguments: [
            "publishers: { b: { hook: h, secrets: { tsig_key: s3cret } } }",
            "publishers: { b: { hook: h, secrets: { tsig_key: [s3cret] } } }",
            "publishers: { b: { hook: h, secrets: { tsig_key: { s3cret: x } } } }",
            "publishers: { b: { hook: h, secrets: { tsig_key: { env: { s3cret: x } } } } }",
            "publishers: { b: { hook: h, secrets: { tsig_key: { command: s3cret } } } }",
            "publishers: { b: { hook: h, secrets: { tsig_key: { env: A, s3cret: b } } } }",
            "publishers: { b: { hook: h, secrets: s3cret } }",
            "publishers: { b: { hook: h, secrets: [s3cret] } }",
            "providers: [{ name: cf, kind: cloudflare, token: { s3cret: x } }]",
            "providers: [{ name: cf, kind: cloudflare, token: { file: [s3cret] } }]",
            "providers:\n  - { name: cf, kind: cloudflare, token:s3cret }",
            "providers:\n  - { name: cf, kind: cloudflare, token: s3cret\u{1} }",
        ]
    )
    func inlineSecret(text: String) {
        let told = faults("version: 1\n" + text)
        #expect(!told.isEmpty)
        #expect(!told.joined().contains("s3cret"), "\(told)")
    }

    @Test("text that is no YAML is told with its line")
    func noYAML() {
        let told = faults("version: 1\nzones: [a, b\n")
        #expect(told.count == 1)
        #expect(told.first?.contains("/etc/x/config.yaml:3:") == true, "\(told)")
    }

    @Test("all faults are told in one go")
    func allAtOnce() {
        #expect(faults("version: 3\nprovider: []\nzone: {}").count == 3)
    }

    @Test("bytes that are no text are refused")
    func noText() {
        #expect(throws: ConfigurationRefused.self) {
            try ConfigurationFile.read([0x76, 0xFF, 0xFE], file: "c", providerKinds: [:]).whole()
        }
    }
}

@Suite("policies/*.yaml", .timeLimit(.minutes(1)))
struct PolicyFileTests {
    private static let folder = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    private func shipped(_ name: String) throws -> Policy {
        let path = "/\(Self.folder)/policies/\(name).yaml"
        return try PolicyFile.read(try Files.read(path, limitBytes: 1 << 16), name: name, file: path).whole().policy
    }

    @Test("default.yaml says what is built in")
    func defaultIsStandard() throws {
        #expect(try shipped("default") == .standard)
    }

    @Test("strict.yaml is stricter in every budget")
    func strict() throws {
        let strict = try shipped("strict")
        let standard = Policy.standard
        #expect(strict.methods.isEmpty)
        #expect(strict.trigger.attemptsPerDay < standard.trigger.attemptsPerDay)
        #expect(strict.trigger.minimumIntervalSeconds > standard.trigger.minimumIntervalSeconds)
        #expect(strict.trigger.paceSeconds > standard.trigger.paceSeconds)
        #expect(strict.publish.changesPerRun < standard.publish.changesPerRun)
        #expect(strict.propagation.authoritative == .all && strict.propagation.unreachable == .none)
    }

    @Test("every key that is read stands in policies/README.md")
    func documented() throws {
        let readme = String(
            decoding: try Files.read("/\(Self.folder)/policies/README.md", limitBytes: 1 << 16),
            as: UTF8.self
        )
        let keys = [
            "version", "methods", "propagation.authoritative", "propagation.unreachable", "propagation.dnssec",
            "propagation.chance",
            "propagation.recursive.servers",
            "propagation.recursive.quorum", "caa.check", "caa.issuers", "publish.allow", "publish.ttl",
            "publish.withdraw", "publish.labels",
            "publish.delegations", "publish.changes_per_run", "trigger.action", "trigger.minimum_interval",
            "trigger.pace",
            "trigger.attempts_per_day", "revalidate.before_expiry", "wait.poll_minimum", "wait.poll_maximum",
            "wait.republish_after",
        ]
        for key in keys { #expect(readme.contains("| `\(key)` |"), "\(key) has no row") }
    }

    @Test(
        "each fault is told where it stands",
        arguments: [
            ("version: 1\ntriger: {}", #"p.yaml:2:1: unknown key "triger" in a policy; did you mean "trigger"?"#),
            ("version: 1\nmethods: txt", #"p.yaml:2:10: methods must be a list ([a, b]), not "txt""#),
            ("version: 1\nmethods: [dns]", #"p.yaml:2:11: a method must be one of txt, cname, http, email, not "dns""#),
            (
                "version: 1\npropagation: { authoritative: most }",
                #"p.yaml:2:31: propagation.authoritative must be all, majority or a number from 1 on, not "most""#
            ),
            (
                "version: 1\npropagation: { dnssec: off }",
                #"p.yaml:2:24: propagation.dnssec must be one of validate, ignore, not "off""#
            ),
            (
                "version: 1\npropagation: { chance: 99% }",
                #"p.yaml:2:24: propagation.chance must be a number from 0 to 1 such as 0.999, not "99%""#
            ),
            (
                "version: 1\npropagation: { recursive: { servers: [a], quorum: 2 } }",
                "p.yaml:2:51: propagation.recursive.quorum asks for 2 of 1 servers: never met"
            ),
            (
                "version: 1\npublish: { ttl: 0s }",
                #"p.yaml:2:17: publish.ttl must be a duration from 1s to 86400s (90s, 5m, 2h, 1d), not "0s""#
            ),
            (
                "version: 1\nwait: { poll_minimum: 5m, poll_maximum: 1m }",
                "p.yaml:2:7: wait.poll_minimum is longer than wait.poll_maximum"
            ),
            (
                "version: 1\ncaa: { issuers: [letsencript] }",
                #"p.yaml:2:18: caa.issuers: "letsencript" is neither a CA's name in CAA records nor one of letsencrypt"#
            ),
            ("version: 1\ncaa: { check: maybe }", #"p.yaml:2:15: caa.check must be one of enforce, report, ignore"#),
            ("version: 1\nexamples: [{ decides: wait }]", "p.yaml:2:12: an example needs a name"),
            (
                "version: 1\nexamples: [{ name: a, decides: triger }]",
                #"p.yaml:2:32: "triger" is no decision; known: change-method, nothing"#
            ),
            (
                "version: 1\nexamples: [{ name: a, decides: report caa-forbid }]",
                #"p.yaml:2:32: no finding has the code "caa-forbid"; did you mean "caa-forbids"?"#
            ),
            (
                "version: 1\nexamples: [{ name: a, given: { servers: [presnt] }, decides: wait }]",
                "p.yaml:2:42: servers must be one of"
            ),
            ("version: 1\npublish: { allow: yes }", #"p.yaml:2:19: publish.allow must be true or false, not "yes""#),
        ]
    )
    func fault(text: String, told: String) {
        do throws(ConfigurationRefused) {
            _ = try PolicyFile.read(Array(text.utf8), name: "p", file: "p.yaml").whole()
            Issue.record("it was accepted")
        } catch {
            #expect(error.faults.first?.description.hasPrefix(told) == true, "\(error)")
        }
    }

    @Test(
        "durations",
        arguments: [("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86_400), ("0s", 0)] as [(String, Int64)]
    )
    func duration(text: String, seconds: Int64) { #expect(DurationText.seconds(text) == seconds) }

    @Test(
        "what is no duration",
        arguments: ["", "s", "5", "-5s", "5x", "1.5h", "99999999999999999999s", "9223372036854775807d", "٥s", "+5s"]
    )
    func noDuration(text: String) { #expect(DurationText.seconds(text) == nil) }
}

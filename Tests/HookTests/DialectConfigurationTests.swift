// `dialect:` in a configuration: what is found, what is refused before anything is started, and where it stands.
import Foundation
import Platform
import Testing

@testable import Agent

@Suite("Dialects in the configuration", .startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct DialectConfigurationTests {
    private func read(_ publisher: String, policy: String = "methods: [txt, http]", in folder: HookFolder) async throws
        -> Understood<LoadedConfiguration>
    {
        let text = """
            version: 1
            publishers:
              it: { \(publisher) }
            zones:
              example.com: { publishers: [it], policy: own }

            """
        let files = FileManager.default
        for name in ["policies", "acme", "acme/dnsapi"] {
            try files.createDirectory(
                atPath: folder.path + "/" + name,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755]
            )
        }
        let file = try await folder.add("config.yaml", mode: "644", text)
        _ = try await folder.add("policies/own.yaml", mode: "644", "version: 1\n\(policy)\n")
        for name in ["auth", "cleanup", "acme/acme.sh", "acme/dnsapi/dns_pdns.sh", "lexicon"] {
            _ = try await folder.addScript(name, "exit 0")
        }
        let loader = ConfigurationLoader(environment: [:], shares: [], providerKinds: [:], workingFolder: "/") {
            files.fileExists(atPath: $0)
        }
        return loader.load(explicit: file, zones: [])
    }

    @Test func eachDialectFindsItsPrograms() async throws {
        let folder = try HookFolder()
        let path = folder.path
        let wanted: [String: ForeignHook] = [
            "dialect: certbot, hook: ./auth, cleanup: ./cleanup": .certbot(
                auth: path + "/./auth",
                cleanup: path + "/./cleanup"
            ),
            "dialect: dehydrated, hook: ./auth": .dehydrated(program: path + "/./auth"),
            "dialect: lego, hook: \(path)/auth": .lego(program: path + "/auth"),
            "dialect: acme-sh, hook: dns_pdns, acme_sh: acme": .acmeSh(
                acmeSh: path + "/acme/acme.sh",
                script: path + "/acme/dnsapi/dns_pdns.sh",
                function: "dns_pdns"
            ),
            "dialect: lexicon, hook: powerdns, lexicon: ./lexicon": .lexicon(
                program: path + "/./lexicon",
                provider: "powerdns"
            ),
        ]
        for (text, hook) in wanted {
            let loaded = try await read(text, in: folder).whole()
            #expect(loaded.foreign["it"] == hook, "\(text)")
            #expect(loaded.programs["it"] != nil)
        }
        #expect(try await read("hook: ./auth", in: folder).whole().foreign.isEmpty)
    }

    @Test(arguments: [
        ("dialect: lego-raw, hook: ./auth", 18, "providers tell the hash alone"),
        ("dialect: dehidrated, hook: ./auth", 18, "did you mean"),
        ("dialect: certbot, hook: ./auth", 3, "dialect certbot needs cleanup:"),
        ("dialect: acme-sh, hook: dns_pdns", 3, "dialect acme-sh needs acme_sh:"),
        ("dialect: acme-sh, hook: ./auth, acme_sh: acme", 33, "is not the name of a file in acme.sh's dnsapi/"),
        ("dialect: acme-sh, hook: 'dns;id', acme_sh: acme", 33, "is not the name of a file in acme.sh's dnsapi/"),
        ("dialect: acme-sh, hook: dns_none, acme_sh: acme", 33, "dnsapi/dns_none.sh does not exist"),
        ("dialect: lexicon, hook: --help, lexicon: ./lexicon", 33, "is not a provider in lexicon's words"),
        ("dialect: lego, hook: ./auth, cleanup: ./cleanup", 47, "cleanup belongs to dialect: certbot"),
        ("hook: ./auth, acme_sh: acme", 32, "acme_sh belongs to dialect: acme-sh"),
    ])
    func whatCannotBeIsRefusedWhereItStands(publisher: String, column: Int, words: String) async throws {
        let folder = try HookFolder()
        let faults = try await read(publisher, in: folder).faults
        let fault = try #require(faults.first { "\($0)".contains(words) }, "\(faults)")
        #expect(faults.count == 1, "\(faults)")
        #expect("\(fault.place)" == "\(folder.path)/config.yaml:3:\(column)", "\(fault)")
    }

    @Test func aPolicyThatADialectCannotServeIsAFault() async throws {
        let folder = try HookFolder()
        let publisher = "dialect: dehydrated, hook: ./auth"
        let faults = try await read(publisher, policy: "methods: [http, cname]", in: folder).faults
        #expect(
            faults.count == 1 && "\(faults)".contains("publishes txt alone, and policy own of zone example.com"),
            "\(faults)"
        )
        #expect(try await read(publisher, policy: "methods: [cname, txt]", in: folder).faults.isEmpty)
        let lexicon = "dialect: lexicon, hook: powerdns, lexicon: ./lexicon"
        #expect(try await read(lexicon, policy: "methods: [cname]", in: folder).faults.isEmpty)
    }
}

// A provider that is a program in the configuration: its settings, its secrets, and where the program is looked for.
import DCV
import Foundation
import Platform
import Testing

@testable import Agent

@Suite("Providers that are programs", .startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct ProviderProgramTests {
    private static let kinds = [
        "executable": ["program", "settings", "secrets"], "cloudflare": ["token", "zones"],
    ]

    private func parse(_ provider: String) throws(ConfigurationRefused) -> Configuration.ProviderSection? {
        let text = "version: 1\nproviders:\n  - \(provider)\n"
        return try ConfigurationFile.read(Array(text.utf8), file: "/etc/x/config.yaml", providerKinds: Self.kinds)
            .whole().providers.first
    }

    @Test("settings and secrets are mappings, the program is a word to look up")
    func whole() throws {
        let provider = try #require(
            try parse(
                "{ name: acm, kind: executable, program: providers/aws-acm, settings: { region: eu-west-1, n: 7 }, "
                    + "secrets: { aws: { file: secrets/aws }, key: { env: KEY } } }"
            )
        )
        guard case .program("providers/aws-acm") = provider.fields["program"]?.value,
            case .texts(["region": "eu-west-1", "n": "7"]) = provider.fields["settings"]?.value,
            case .secrets(let secrets) = provider.fields["secrets"]?.value,
            secrets.mapValues(\.source) == ["aws": .file("/etc/x/secrets/aws"), "key": .environment("KEY")]
        else {
            Issue.record("\(provider.fields)")
            return
        }
        #expect(provider.fields["program"]?.place.description == "/etc/x/config.yaml:3:45")
    }

    @Test(
        "each fault is told where it stands",
        arguments: [
            (
                "{ name: a, kind: executable, program: [x] }",
                "/etc/x/config.yaml:3:43: program must be a text, not a list"
            ),
            (
                "{ name: a, kind: executable, program: x, settings: eu }",
                #"/etc/x/config.yaml:3:56: settings must be a mapping (key: value), not "eu""#
            ),
            (
                "{ name: a, kind: executable, program: x, settings: { region: [eu] } }",
                "/etc/x/config.yaml:3:66: setting region must be a text, not a list"
            ),
            (
                "{ name: a, kind: executable, program: x, settings: { \"a b\": eu } }",
                "/etc/x/config.yaml:3:58: a setting's name holds letters, digits, - and _ only"
            ),
            (
                "{ name: a, kind: executable, program: x, secrets: { a=b: { env: A } } }",
                "/etc/x/config.yaml:3:57: a secret's name holds letters, digits, - and _ only"
            ),
            (
                "{ name: a, kind: executable, program: x, secrets: { file: s3cret } }",
                "/etc/x/config.yaml:3:63: secret file: write where the secret is found: { env: NAME }, { file: path }, "
                    + "{ command: [...] } or { credential: name }"
            ),
            (
                "{ name: a, kind: executable, program: x, secret: {} }",
                #"/etc/x/config.yaml:3:46: unknown key "secret" in an executable provider; did you mean "secrets"?"#
            ),
            (
                "{ name: a, kind: cloudflare, settings: {} }",
                #"/etc/x/config.yaml:3:34: unknown key "settings" in a cloudflare provider; known: kind, name, token, zones"#
            ),
        ]
    )
    func fault(provider: String, told: String) {
        do throws(ConfigurationRefused) {
            _ = try parse(provider)
            Issue.record("it was accepted")
        } catch {
            #expect(error.faults.map(\.description) == [told])
        }
    }

    @Test("the program is found beside the configuration, then in the machine's folder, then among the installed hooks")
    func places() throws {
        let folders = ["/home/u/dnsproof", "/etc/dnsproof", "/usr/share/dnsproof/hooks"]
        for (index, folder) in folders.enumerated() {
            let there = Set(folders[index...].map { $0 + "/providers/aws-acm" })
            let path = try HookLocation.path(ofProgram: "providers/aws-acm", folders: folders, exists: there.contains)
            #expect(path == folder + "/providers/aws-acm")
        }
        #expect(try HookLocation.path(ofProgram: "/opt/ca", folders: folders) { $0 == "/opt/ca" } == "/opt/ca")
    }

    @Test(
        "no other word is a program's",
        arguments: [
            "", "/opt/absent", "..", "../x", "a/../b", "a//b", "a/", "./a", "-x", "a/-x", "a b", "a\nb", "$(x)",
            "a/b/c/d/e/f/g/h/i",
        ]
    )
    func noProgram(word: String) {
        #expect(throws: HookLocationError.self) {
            try HookLocation.path(ofProgram: word, folders: ["/etc/dnsproof"]) { $0 != "/opt/absent" }
        }
    }

    private func load(_ folder: HookFolder, _ program: String, shares: [String] = []) async throws
        -> LoadedConfiguration
    {
        let text = "version: 1\nproviders:\n  - { name: acm, kind: executable, program: \(program) }\n"
        let file = try await folder.add("config.yaml", mode: "644", text)
        let loader = ConfigurationLoader(
            environment: [:],
            shares: shares,
            providerKinds: Self.kinds,
            workingFolder: "/"
        ) { FileManager.default.fileExists(atPath: $0) }
        return try loader.load(explicit: file, zones: []).whole()
    }

    @Test("a missing program, and one that others may write, are refused with file, line and column")
    func refused() async throws {
        let folder = try HookFolder()
        func fault(_ program: String) async throws -> String {
            do {
                _ = try await load(folder, program, shares: ["/nonexistent/share"])
                return "accepted"
            } catch let refused as ConfigurationRefused {
                return refused.faults.map(\.description).joined(separator: "\n")
            }
        }
        #expect(
            try await fault("providers/ca")
                == "\(folder.path)/config.yaml:3:45: provider acm: program \"providers/ca\" was not found; looked at "
                + "\(folder.path)/providers/ca, /etc/dnsproof/providers/ca, /nonexistent/share/hooks/providers/ca"
        )
        _ = try await folder.add("open", mode: "775", "#!/bin/sh\nexit 0\n")
        #expect(
            try await fault("open")
                == "\(folder.path)/config.yaml:3:45: provider acm: \(folder.path)/open may be written by others than its "
                + "owner; cure: chmod go-w \(folder.path)/open"
        )
        _ = try await folder.add("plain", mode: "644", "#!/bin/sh\nexit 0\n")
        #expect(try await fault("plain").contains("plain is not executable"))
    }

    @Test("what was found is handed on by the provider's name")
    func found() async throws {
        let folder = try HookFolder()
        let program = try await folder.addScript("ca", "exit 0")
        let loaded = try await load(folder, "ca")
        #expect(loaded.providerPrograms == [try ProviderName("acm"): program])
    }
}

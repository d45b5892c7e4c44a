// What a command is built from: faults of the configuration end it with words, never with a trap.
import Agent
import DCV
import Foundation
import Surveying
import Testing

@testable import dnsproof

@Suite("House", .timeLimit(.minutes(1)))
struct HouseTests {
    private func withFolder<Result>(_ configuration: String, _ body: (String) async throws -> Result) async throws
        -> Result
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "dnsproof-house-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("config.yaml")
        try Data(configuration.utf8).write(to: file)
        return try await body(file.path)
    }

    @Test("root hints that cannot be read are a fault of the configuration")
    func rootHints() async throws {
        try await withFolder("version: 1\nlaboratory: { root_hints: missing }\n") { file in
            do {
                let house = try House(config: file)
                await house.close()
                Issue.record("it was accepted")
            } catch let ending as Ending {
                #expect(ending.code == .configuration)
                #expect(ending.text.first?.contains("root hints cannot be used") == true, "\(ending.text)")
            }
        }
    }

    @Test("DNSSEC begins at the root's built-in keys, or at those of a laboratory")
    func trustAnchors() async throws {
        func anchors(_ laboratory: String, file: String? = nil) async throws -> TrustAnchors? {
            try await withFolder("version: 1\n\(laboratory)\n") { path in
                let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
                let hints = ". 60 NS ns.test.\nns.test. 60 A 127.0.0.1\n"
                try Data(hints.utf8).write(to: folder.appendingPathComponent("hints"))
                if let file { try Data(file.utf8).write(to: folder.appendingPathComponent("anchors")) }
                let house = try House(config: path)
                await house.close()
                return house.surveying.trustAnchors
            }
        }
        let own = ". IN DS 1 13 2 \(String(repeating: "00", count: 32))"
        #expect(try await anchors("") == TrustAnchors.builtIn)
        #expect(try await anchors("laboratory: { dns_port: 53 }") == TrustAnchors.builtIn)
        #expect(try await anchors("laboratory: { root_hints: hints }") == nil)
        let both = "laboratory: { root_hints: hints, trust_anchors: anchors }"
        #expect(try await anchors(both, file: own) == TrustAnchors(file: own))
        for file in [nil, "nothing"] {
            do {
                _ = try await anchors(both, file: file)
                Issue.record("it was accepted")
            } catch let ending as Ending {
                #expect(ending.code == .configuration)
                #expect(ending.text.first?.contains("trust anchors cannot be used") == true, "\(ending.text)")
            }
        }
    }

    @Test("what a resolver's certificate is checked against must be certificates")
    func certificatesOfAResolver() async throws {
        let resolver = "{ address: 192.0.2.9, transport: tls, name: dns.example, ca_file: roots.pem }"
        try await withFolder("version: 1\nresolvers:\n  own: \(resolver)\n") { file in
            let roots = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("roots.pem")
            for text in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no PEM at all"] {
                try Data(text.utf8).write(to: roots)
                let ending = #expect(throws: Ending.self) { try House(config: file) }
                #expect(ending?.code == .configuration)
                #expect(ending?.text.first?.contains("holds no certificate in PEM form") == true, "\(text)")
            }
        }
    }

    @Test("a record is judged by the policy of its own zone")
    func policy() async throws {
        let text = "version: 1\nzones: { example.com: { policy: own }, \"*\": {} }\n"
        try await withFolder(text) { file in
            let policies = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("policies")
            try FileManager.default.createDirectory(at: policies, withIntermediateDirectories: false)
            try Data("version: 1\n".utf8).write(to: policies.appendingPathComponent("own.yaml"))
            let house = try House(config: file)
            await house.close()
            func policy(_ name: String) throws -> String {
                house.policy(for: try DomainName(name)).name
            }
            #expect(try policy("_acme-challenge.shop.example.com") == "own")
            #expect(try policy("_acme-challenge.example.net") == "default")
        }
    }

    /// Who forbids triggering in a default policy means every name that no other policy governs.
    @Test("a default policy of one's own holds where no zone fits")
    func defaultPolicy() async throws {
        try await withFolder("version: 1\nzones: { example.com: {} }\n") { file in
            let policies = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("policies")
            try FileManager.default.createDirectory(at: policies, withIntermediateDirectories: false)
            let own = policies.appendingPathComponent("default.yaml")
            for (text, action) in [("trigger: { action: none }", Policy.Trigger.Action.none), ("", .patch)] {
                try Data("version: 1\n\(text)\n".utf8).write(to: own)
                let house = try House(config: file)
                await house.close()
                #expect(house.policy(for: try DomainName("example.net")).trigger.action == action)
                #expect(house.policy(for: try DomainName("example.com")).trigger.action == action)
            }
        }
    }

    @Test("a publisher that is not needed is no obstacle, whatever is wrong with it; one that is needed is")
    func neededPublishers() async throws {
        let text = """
            version: 1
            publishers:
              mended: { hook: nsupdate, settings: { server: 127.0.0.1 } }
              broken: { hook: nsupdate, secrets: { tsig_key: { file: absent } } }
              unnamed: { hook: nsupdate, secrets: { tsig_key: { file: absent } } }
            zones:
              example.com: { publishers: [mended] }
              example.net: { publishers: [broken] }

            """
        try await withFolder(text) { file in
            let house = try House(config: file)
            await house.close()
            #expect(try await house.publisherStaff(["mended"]).whole().publishers.keys.sorted() == ["mended"])
            #expect(house.publishersInUse == ["mended", "broken"])
            for (needed, count) in [(["broken"], 1), (house.publishersInUse, 1), (nil, 2)] as [(Set<String>?, Int)] {
                let staff = await house.staff(needed)
                #expect(staff.faults.count == count)
                #expect(throws: Ending.self) { try staff.whole() }
            }
        }
    }

    @Test("a provider that is a program is built with its settings and secrets, and refused where it is missing")
    func providerProgram() async throws {
        let provider = "{ name: acm, kind: executable, program: providers/aws-acm, settings: { region: eu } }"
        try await withFolder("version: 1\nproviders:\n  - \(provider)\n") { file in
            // This clone's own share is at hand: hooks/providers/aws-acm.
            let house = try House(config: file)
            let providers = try await house.providerStaff().whole().providers
            await house.close()
            #expect(providers.map(\.name.text) == ["acm"])
        }
        let missing = provider.replacing("aws-acm", with: "absent")
        try await withFolder("version: 1\nproviders:\n  - \(missing)\n") { file in
            let ending = #expect(throws: Ending.self) { try House(config: file) }
            #expect(ending?.code == .configuration)
            #expect(
                ending?.text.first?.hasPrefix("\(file):3:45: provider acm: program \"providers/absent\" was not")
                    == true
            )
        }
        let twice = provider.replacing("{ region: eu }", with: "{ a-b: x, a_b: y }")
        try await withFolder("version: 1\nproviders:\n  - \(twice)\n") { file in
            let ending = #expect(throws: Ending.self) { try House(config: file) }
            #expect(ending?.text.first?.contains("becomes the same variable as") == true, "\(ending?.text ?? [])")
        }
    }
}

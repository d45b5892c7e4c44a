// All that is wrong with a configuration is told at once, in one order, to people and to programs.
import Agent
import ArgumentParser
import DCV
import Foundation
import Testing

@testable import dnsproof

@Suite("Refused configurations", .timeLimit(.minutes(1)))
struct RefusalTests {
    private static let policy =
        "version: 1\nmethods: [txt, htpp]\npropagation: { recursive: { servers: [quad8, own] } }\n"

    /// The folder's path with a slash is cut off in what comes back.
    private func told(_ configuration: String, by work: (String) async throws -> Void) async throws -> Ending? {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "dnsproof-refused-\(UUID().uuidString)"
        )
        let policies = folder.appendingPathComponent("policies")
        try FileManager.default.createDirectory(at: policies, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("config.yaml")
        try Data(configuration.utf8).write(to: file)
        try Data(Self.policy.utf8).write(to: policies.appendingPathComponent("mine.yaml"))
        do {
            try await work(file.path)
            return nil
        } catch let ending as Ending {
            return Ending(ending.code, ending.text.map { $0.replacing(folder.path + "/", with: "") })
        }
    }

    private func checked(_ configuration: String) async throws -> [String] {
        let ending = try await told(configuration) { file in
            let command = try DNSProof.parseAsRoot(["config", "check", "--offline", "--config", file])
            let check = try #require(command as? ConfigCommand.Check)
            try await check.run()
        }
        #expect(ending?.code == .configuration)
        return ending?.text ?? []
    }

    @Test("config check tells the mistakes of all layers, each once, from the first line to the last")
    func layers() async throws {
        let text = """
            version: 1
            providers:
              - { name: cf, kind: cloudflare, token: { env: DNSPROOF_NO_SUCH }, endpoint: nonsense }
              - { name: n, kind: naver-cloud, access_key: { env: DNSPROOF_NO_A }, secret_key: { env: DNSPROOF_NO_B } }
              - { name: d, kind: digicrt }
            publishers:
              bind: { hook: nsupdat, secrets: { tsig_key: { file: absent } } }
              halved: { hok: webroot }
            resolvers: { own: { address: 127.1 } }
            via: own
            zones:
              "*.example.com": { publishers: [bind, halved, bnd], policy: mine }
              example.net: { policy: mine }
              example.org: { policy: strit }
            laboratory: { root_hints: absent-hints }
            """
        let first = try await checked(text)
        let places = first.map { String($0.prefix { $0 != " " }) }
        #expect(
            places == [
                "config.yaml:3:5:", "config.yaml:3:42:", "config.yaml:3:79:", "config.yaml:4:47:", "config.yaml:4:83:",
                "config.yaml:5:22:", "config.yaml:7:17:", "config.yaml:7:47:", "config.yaml:8:3:", "config.yaml:8:13:",
                "config.yaml:9:30:", "config.yaml:12:3:", "config.yaml:12:49:", "config.yaml:14:26:",
                "policies/mine.yaml:2:16:", "policies/mine.yaml:3:39:", "absent-hints:",
            ],
            "\(first.joined(separator: "\n"))"
        )
        // Dictionaries are walked on the way; the order must not be theirs.
        for _ in 0..<8 { #expect(try await checked(text) == first) }
    }

    @Test("what depends on a part that was not understood is not called missing or unknown")
    func dependence() async throws {
        let text = """
            version: 1
            providers: [{ name: cf, kind: cloudflare, tokn: { env: A }, zones: all }]
            publishers: [bind]
            resolvers: [quad9]
            via: quad9
            zones: { example.com: { publishers: [bind], policy: mine } }
            """
        let faults = try await checked(text)
        #expect(faults.count == 4, "\(faults.joined(separator: "\n"))")
        #expect(faults[0].contains("did you mean \"token\"?") && faults[3].contains("htpp"))
    }

    @Test("other commands end before any secret is fetched, with the same list of what is written wrong")
    func plan() async throws {
        let text = "version: 1\nproviders: [{ name: cf, kind: cloudflare, token: { env: DNSPROOF_NO_SUCH } }]\nvia: x\n"
        let ending = try await told(text) { file in
            let command = try DNSProof.parseAsRoot(["plan", "--json", "--config", file])
            let plan = try #require(command as? PlanCommand)
            #expect(plan.isJSON)
            try await plan.run()
        }
        #expect(ending?.text.count == 2 && ending?.text.joined().contains("NO_SUCH") == false, "\(ending?.text ?? [])")
    }

    @Test("policy check tries the files that can be read, and tells what is wrong with the others")
    func policies() async throws {
        let ending = try await told("version: 1\n") { file in
            let words = ["policy", "check", "--json", "--config", file, "mine", "strict", "strit"]
            let check = try #require(try DNSProof.parseAsRoot(words) as? PolicyCommand.Check)
            do {
                try await check.run()
            } catch let ending as Ending {
                let document = try JSONEncoder().encode(ending.document)
                let object = try #require(try JSONSerialization.jsonObject(with: document) as? [String: Any])
                #expect(Set(object.keys) == ["errors", "exit_code", "policies"])
                #expect((object["policies"] as? [[String: Any]])?.compactMap { $0["policy"] as? String } == ["strict"])
                throw ending
            }
        }
        #expect(ending?.text.count == 2 && ending?.code == .configuration, "\(ending?.text ?? [])")
    }

    @Test("a document of errors has their codes, lines and columns, and the exit code")
    func document() throws {
        let place = SourcePlace("config.yaml", line: 3, column: 7)
        let refused = ConfigurationRefused([
            ConfigurationFault(.secret, place, "b"), ConfigurationFault(.absent, SourcePlace("no configuration"), "a"),
            ConfigurationFault(.secret, place, "b"),
        ])
        let text = String(decoding: try JSONEncoder().sorted.encode(Ending(refused).document), as: UTF8.self)
        #expect(
            text == #"{"errors":[{"code":"secret","column":7,"line":3,"source":"config.yaml","text":"b"},"#
                + #"{"code":"configuration-absent","source":"no configuration","text":"a"}],"exit_code":78}"#
        )
        let usage = String(decoding: try JSONEncoder().sorted.encode(Ending(.usage, ["x"]).document), as: UTF8.self)
        #expect(usage == #"{"errors":[{"code":"usage","text":"x"}],"exit_code":64}"#)
    }
}

extension JSONEncoder {
    fileprivate var sorted: JSONEncoder {
        outputFormatting = .sortedKeys
        return self
    }
}

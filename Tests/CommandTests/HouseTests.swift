// What a command is built from: faults of the configuration end it with words, never with a trap.
import Agent
import DCV
import Foundation
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
                house.policy(for: RequiredRecord(.txt(name: try DomainName(name), value: try TXTValue("v")))).name
            }
            #expect(try policy("_acme-challenge.shop.example.com") == "own")
            #expect(try policy("_acme-challenge.example.net") == "default")
        }
    }
}

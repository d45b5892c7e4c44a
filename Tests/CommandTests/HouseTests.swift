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
}

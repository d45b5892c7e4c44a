// Where a configuration's hooks are looked for, with real files.
import Agent
import Foundation
import Platform
import Testing

@Suite("Finding the configuration", .startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct ConfigurationLoaderTests {
    @Test("a relative configuration's hooks lie below the real working folder, whatever $PWD says")
    func workingFolder() async throws {
        let folder = try HookFolder()
        let hook = try await folder.addScript("own", "exit 0")
        let text = "version: 1\npublishers: { own: { hook: ./own } }\nzones: { example.com: { publishers: [own] } }\n"
        let file = try await folder.add("config.yaml", mode: "644", text)
        // Relative to the folder this test runs in, without changing it: other tests run beside this one.
        let here = FileManager.default.currentDirectoryPath
        let up = String(repeating: "../", count: here.split(separator: "/").count)
        let loader = ConfigurationLoader(
            environment: ["PWD": "/nonexistent"],
            shares: [],
            providerKinds: [:],
            workingFolder: here
        ) { FileManager.default.fileExists(atPath: $0) }
        let loaded = try loader.load(explicit: up + file.dropFirst(), zones: []).whole()
        let program = try #require(loaded.programs["own"])
        #expect(program.utf8.first == 0x2F)
        #expect(URL(fileURLWithPath: program).standardizedFileURL.path == hook)
    }
}

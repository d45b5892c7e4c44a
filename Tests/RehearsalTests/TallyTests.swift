// The figures by which a run is compared with a script, and the nsupdate that the script is given.

import DCV
import Foundation
import Platform
import Rehearsal
import Testing

@Suite("What was done to a world", .timeLimit(.minutes(1)), .serialized)
struct TallyTests {
    private struct WallClock: Clock {
        func now() -> Instant { Instant(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000)) }
        func monotonicMilliseconds() -> Int64 { now().millisecondsSinceEpoch }
        func sleep(milliseconds: Int64) async throws { try await Task.sleep(for: .milliseconds(milliseconds)) }
    }

    private func inWorld(_ act: (RehearsedWorld) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tally-\(UUID().uuidString)"
        let story = try #require(try RehearsalScenario.all().first { $0.name == "everyday-troubles" })
        let world = try await RehearsedWorld.start(story, folder: folder, clock: WallClock())
        do {
            try await act(world)
        } catch {
            Issue.record(error)
        }
        await world.shutdown()
        try FileManager.default.removeItem(atPath: folder)
    }

    private func update(_ world: RehearsedWorld, _ line: String) async throws {
        let environment = try world.shellEnvironment()
        let result = await ChildProcess().run(
            ChildCommand(
                program: environment["NSUPDATE"] ?? "",
                environment: environment,
                input: Array("server 127.0.0.1\n\(line)\nsend\n".utf8)
            )
        )
        #expect(result.ending == .exited(0), "\(result)")
    }

    private static let name = "_acme-challenge.team.example"

    @Test("Nothing has been done at the start, and what is awaited is no leftover")
    func start() async throws {
        try await inWorld { world in
            #expect(world.tally.certificates == 4 && world.tally.active == 0 && world.tally.patches == 0)
            #expect(world.tally.othersHarmed == 0 && world.tally.leftovers == 0)
            #expect(world.tally.lastActiveMilliseconds == nil)
            let token = try #require(
                world.cloudflare.zones.first { $0.name == "team.example" }?.packs.first?.tokens.first
            )
            guard case .txt(let name, let value) = token else { throw RehearsalError("no TXT token") }
            try await update(world, "update add \(name) 60 TXT \"\(value)\"")
            #expect(world.tally.leftovers == 0)
        }
    }

    @Test("A value nobody waits for is left over; another's value that is gone is harm")
    func harm() async throws {
        try await inWorld { world in
            try await update(world, "update add \(Self.name) 60 TXT \"-odd value\"")
            #expect(world.tally.leftovers == 1 && world.tally.othersHarmed == 0)
            try await update(world, "update delete \(Self.name) TXT")
            #expect(world.tally.leftovers == 0 && world.tally.othersHarmed == 1)
        }
    }

    @Test("The shell script finds every zone's name server")
    func arguments() async throws {
        try await inWorld { world in
            #expect(world.shellArguments.count == 4)
            #expect(world.shellArguments.first == "shop.example=127.0.53.11")
        }
    }
}

// The folder of one piece of work: what a child may have left in it is gone afterwards, and nothing else.
import Foundation
import Testing

@testable import Platform

@Suite("Private folders", .timeLimit(.minutes(1)))
struct PrivateFolderTests {
    @Test func everythingInItGoesAndNothingThatALinkLeadsTo() async throws {
        let workshop = try Workshop()
        _ = try workshop.file("kept", "x")
        try workshop.makeFolder("other")
        let left = try await PrivateFolder.with { folder -> String in
            let mode = (try? FileManager.default.attributesOfItem(atPath: folder))?[.posixPermissions] as? Int
            #expect(mode == 0o700)
            let script = """
                cd \(folder); mkdir -p a/b/c; : >a/b/file; mkfifo pipe
                ln -s \(workshop.folder) away; ln -s \(workshop.path("kept")) file; ln -s /nonexistent broken
                """
            let result = await ChildProcess().run(
                ChildCommand(program: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
            )
            #expect(result.ending == .exited(0))
            #expect(Set(Files.names(in: folder)) == ["a", "pipe", "away", "file", "broken"])
            return folder
        }
        #expect(!FileManager.default.fileExists(atPath: left))
        #expect(Set(Files.names(in: workshop.folder)) == ["kept", "other"])
    }

    /// Deeper than is taken away: it stays, and the work is done all the same.
    @Test func depthHasAnEnd() async throws {
        let left = try await PrivateFolder.with { folder -> String in
            let deep = folder + String(repeating: "/d", count: 80)
            try? FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
            return folder
        }
        #expect(FileManager.default.fileExists(atPath: left))
        try FileManager.default.removeItem(atPath: left)
    }
}

// A private folder for one test, in which scripts and files are made; taken away with the value.
import Foundation
import Platform
import Testing

final class Workshop: Sendable {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/platform-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }

    /// Writes a file and returns its path.
    func file(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        try setMode(name, mode)
        return path(name)
    }

    /// A POSIX shell script that may be executed.
    func script(_ text: String, name: String = "script") throws -> String {
        try file(name, "#!/bin/sh\n" + text + "\n", mode: 0o755)
    }

    func setMode(_ name: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    }

    func makeFolder(_ name: String, mode: Int = 0o755) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        try setMode(name, mode)
    }

    func makePipe(_ name: String, mode: String) async throws {
        let arguments = ["-m", mode, path(name)]
        let made = await ChildProcess().run(ChildCommand(program: "/usr/bin/mkfifo", arguments: arguments))
        try #require(made.ending == .exited(0))
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    /// Makes user 12345 the owner; false where this process may not.
    func giveAway(_ name: String) -> Bool {
        let owner: [FileAttributeKey: Any] = [.ownerAccountID: 12_345]
        return (try? FileManager.default.setAttributes(owner, ofItemAtPath: path(name))) != nil
    }

    func text(_ name: String) -> String {
        String(decoding: (try? Files.read(path(name), limitBytes: 1 << 20)) ?? [], as: UTF8.self)
    }
}

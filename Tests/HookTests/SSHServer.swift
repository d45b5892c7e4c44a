// An sshd of the test's own on loopback that offers SFTP and nothing else, with host keys and a user's key made for it.
import Agent
import DCV
import Foundation
import Glibc
import Platform
import Testing

/// Lets the user who runs the tests in, with `key`.
struct SSHServer: LoopbackServer {
    static let program = "/usr/sbin/sshd"
    static let package = "openssh-server openssh-client"
    /// OpenSSH wants it when root starts it; in Debian the service makes it.
    private static let separationFolder = "/run/sshd"

    let folder: HookFolder
    let port: Int
    var root: String { folder.path + "/root" }
    var user: String { NSUserName() }

    func prepare() async throws -> ChildCommand {
        if geteuid() == 0, !FileManager.default.fileExists(atPath: Self.separationFolder) {
            try FileManager.default.createDirectory(atPath: Self.separationFolder, withIntermediateDirectories: false)
        }
        for name in ["host", "key", "other"] {
            try await run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.path + "/" + name])
        }
        try authorize()
        try write("known", "[127.0.0.1]:\(port) " + (try folder.text("host.pub")))
        try write("known-other", "[127.0.0.1]:\(port) " + (try folder.text("other.pub")))
        try write("known-empty", "")
        try write(
            "sshd_config",
            """
            ListenAddress 127.0.0.1
            Port \(port)
            HostKey \(folder.path)/host
            AuthorizedKeysFile \(folder.path)/authorized
            PidFile \(folder.path)/pid
            UsePAM no
            StrictModes no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            Subsystem sftp internal-sftp

            """
        )
        for name in ["root", "outside"] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/" + name,
                withIntermediateDirectories: false
            )
        }
        return ChildCommand(
            program: Self.program,
            arguments: ["-D", "-e", "-f", folder.path + "/sshd_config"],
            directory: folder.path
        )
    }

    func isReady() async throws -> Bool {
        let result = await ChildProcess().run(
            ChildCommand(
                program: "/usr/bin/ssh-keyscan",
                arguments: ["-T", "1", "-t", "ed25519", "-p", "\(port)", "127.0.0.1"]
            )
        )
        let key = try folder.text("host.pub").split(separator: " ")[1]
        return String(decoding: result.output.bytes, as: UTF8.self).contains(key)
    }

    /// Lets the key in from the next connection on; SFTP is all that it gets, with these options of internal-sftp's.
    func authorize(_ options: String = "") throws {
        try write("authorized", "restrict,command=\"internal-sftp\(options)\" " + folder.text("key.pub"))
        // sshd reads it as the user who logs in, and another test may have narrowed this process's umask.
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644],
            ofItemAtPath: folder.path + "/authorized"
        )
    }

    /// SIGSTOP or SIGCONT.
    func signal(_ number: Int32) throws {
        kill(try #require(Int32(try folder.text("pid").split(separator: "\n")[0])), number)
    }

    func hook(_ settings: [String: String] = [:], deadlineMilliseconds: Int64 = 30_000) async throws -> HookPublisher {
        try HookPublisher.test(
            try await StockHooks.copy("webroot-ssh", into: folder),
            settings: [
                "host": "127.0.0.1", "port": "\(port)", "user": user, "root": root, "key_file": folder.path + "/key",
                "known_hosts": folder.path + "/known",
            ].merging(settings) { _, new in new },
            deadlineMilliseconds: deadlineMilliseconds
        )
    }
}

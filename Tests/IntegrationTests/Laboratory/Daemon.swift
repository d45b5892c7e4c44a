// One process of the laboratory, known by its number: started, stopped for a while, killed, ended.
import Foundation
import Glibc
import Platform
import Testing

/// A child in a session of its own, so that a signal can reach all it forks. Ended by `end()`.
final class Daemon: Sendable {
    private static let longestLifeMilliseconds: Int64 = 600_000
    private static let graceMilliseconds: Int64 = 3_000
    private static let startSeconds: Int64 = 20

    let name: String
    let pid: Int32
    private let life: Task<ChildResult, Never>

    private init(name: String, pid: Int32, life: Task<ChildResult, Never>) {
        self.name = name
        self.pid = pid
        self.life = life
    }

    /// - Parameters:
    ///   - folder: gets `NAME.pid`.
    ///   - log: where the output goes; nil keeps it for `wait()`.
    static func start(
        _ name: String,
        _ command: [String],
        folder: String,
        log: String? = nil
    ) async throws -> Daemon {
        let pidPath = folder + "/" + name + ".pid"
        try? FileManager.default.removeItem(atPath: pidPath)
        // The shell becomes the program, so its number is the program's.
        let script =
            "echo $$ >\"$1.new\" && mv \"$1.new\" \"$1\" && shift && exec \"$@\""
            + (log.map { " >>'\($0)' 2>&1" } ?? "")
        let child = ChildCommand(
            program: "/bin/sh",
            arguments: ["-c", script, "sh", pidPath] + command,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": folder],
            directory: folder,
            deadlineMilliseconds: longestLifeMilliseconds,
            graceMilliseconds: graceMilliseconds
        )
        let life = Task { await ChildProcess().run(child) }
        var pid: Int32?
        try await eventually("the process number of \(name)", within: startSeconds, everyMilliseconds: 5) {
            let text = try? String(contentsOfFile: pidPath, encoding: .ascii)
            pid = text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
            return pid != nil
        }
        return Daemon(name: name, pid: try #require(pid), life: life)
    }

    /// To the process and all it has forked.
    func signalAll(_ signal: Int32) { kill(-pid, signal) }

    /// To the process alone.
    func signal(_ signal: Int32) { kill(pid, signal) }

    func wait() async -> ChildResult { await life.value }

    @discardableResult func end() async -> ChildResult {
        life.cancel()
        return await life.value
    }
}

// A Knot of the test's own, unprivileged, changed by its control socket.
import DCV
import Foundation
import Platform

/// A primary for `example.com`; whoever may write to its control socket may change it.
struct KnotServer: LoopbackNameServer {
    static let program = "/usr/sbin/knotd"
    static let package = "knot"

    let folder: HookFolder
    let port: Int
    var socket: String { folder.path + "/socket" }
    /// May change the zone by DNS UPDATE.
    var key: String { BINDServer(folder: folder, port: port).key }

    func prepare() throws -> ChildCommand {
        let parts = key.split(separator: ":")
        try FileManager.default.createDirectory(atPath: folder.path + "/db", withIntermediateDirectories: false)
        try write(
            "knot.conf",
            """
            server:
                rundir: "\(folder.path)"
                pidfile: "\(folder.path)/pid"
                listen: 127.0.0.1@\(port)
                udp-workers: 1
                tcp-workers: 1
                background-workers: 1
            database:
                storage: "\(folder.path)/db"
            control:
                listen: "\(socket)"
            key:
              - id: \(parts[1])
                algorithm: \(parts[0])
                secret: \(parts[2])
            acl:
              - id: update
                key: \(parts[1])
                action: update
            zone:
              - domain: example.com
                storage: "\(folder.path)"
                file: "example.com"
                zonefile-sync: -1
                zonefile-load: difference
                journal-content: all
                acl: update

            """
        )
        try write("example.com", zoneFile)
        return ChildCommand(
            program: Self.program,
            arguments: ["-c", folder.path + "/knot.conf"],
            directory: folder.path
        )
    }

    /// One word of the operator's own tool.
    @discardableResult
    func control(_ words: String...) async throws -> String {
        try await run("/usr/sbin/knotc", ["-s", socket, "--"] + words)
    }
}

// A PowerDNS Authoritative Server of the test's own, with its HTTP API and a database in a file.
import DCV
import Foundation
import Platform

/// A primary for `example.com` whose API takes `key`.
struct PowerDNSServer: LoopbackNameServer {
    static let program = "/usr/sbin/pdns_server"
    static let package = "pdns-server pdns-backend-sqlite3 sqlite3"
    static let pidFile = "pdns.pid"
    private static let schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"

    let folder: HookFolder
    let port: Int
    var key: String { #"a "key" with \ odd: characters, thirty-two and more"# }
    /// May change the zone by DNS UPDATE.
    var updateKey: String { BINDServer(folder: folder, port: port).key }
    var url: String { "http://127.0.0.1:\(port + 1)" }

    func prepare() async throws -> ChildCommand {
        try write(
            "pdns.conf",
            """
            launch=gsqlite3
            gsqlite3-database=\(folder.path)/db
            local-address=127.0.0.1
            local-port=\(port)
            dnsupdate=yes
            api=yes
            api-key=\(key)
            webserver=yes
            webserver-address=127.0.0.1
            webserver-port=\(port + 1)
            webserver-allow-from=127.0.0.1
            socket-dir=\(folder.path)
            write-pid=yes
            cache-ttl=0
            query-cache-ttl=0
            negquery-cache-ttl=0
            zone-cache-refresh-interval=0
            security-poll-suffix=
            daemon=no
            guardian=no
            distributor-threads=1

            """
        )
        try write("example.com", zoneFile)
        try await sql(String(decoding: try Files.read(Self.schema, limitBytes: 1 << 20), as: UTF8.self))
        try await utility("load-zone", "example.com", folder.path + "/example.com")
        try await utility("set-meta", "example.com", "SOA-EDIT-API", "DEFAULT")
        let parts = updateKey.split(separator: ":").map { String($0) }
        try await utility("import-tsig-key", parts[1], parts[0], parts[2])
        try await utility("set-meta", "example.com", "TSIG-ALLOW-DNSUPDATE", parts[1])
        return ChildCommand(
            program: Self.program,
            arguments: ["--config-dir=" + folder.path],
            directory: folder.path
        )
    }

    func isReady() async throws -> Bool {
        guard await isReadyByDNS() else { return false }
        return try await answers("GET", "/api/v1/servers").contains("localhost")
    }

    func sql(_ statements: String) async throws {
        try await run("/usr/bin/sqlite3", ["-cmd", ".timeout 5000", folder.path + "/db"], input: statements)
    }

    private func utility(_ words: String...) async throws {
        try await run("/usr/bin/pdnsutil", ["--config-dir=" + folder.path] + words)
    }

    /// What the API answers; an empty text when it does not.
    func answers(_ method: String, _ path: String, body: String = "") async throws -> String {
        let result = await ChildProcess().run(
            ChildCommand(
                program: "/usr/bin/curl",
                arguments: [
                    "-q", "-s", "-X", method, "-H", "X-API-Key: " + key, "--data-binary", "@-", url + path,
                ],
                input: Array(body.utf8)
            )
        )
        return String(decoding: result.output.bytes, as: UTF8.self)
    }
}

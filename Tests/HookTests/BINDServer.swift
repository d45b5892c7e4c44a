// A BIND of the test's own: unprivileged, on 127.0.0.1 and a free port, in a folder of its own.
import DCV
import Foundation
import Glibc
import Platform
import Testing

/// A primary for `example.com` that takes updates signed with `key`.
struct BINDServer {
    static let program = "/usr/sbin/named"
    /// Below the range from which the kernel gives out ports by itself.
    private static let ports = 20_000..<32_000
    private static let attemptLimit = 5
    private static let key =
        "hmac-sha256:dnsproof:\(Data("a secret of thirty-two octets !!".utf8).base64EncodedString())"

    let folder: HookFolder
    let port: Int
    var key: String { Self.key }
    /// Known to the server, without any right.
    var weakKey: String { Self.key.replacing("dnsproof", with: "weak") }

    /// Starts the server, calls `work`, ends the server.
    static func with(_ work: (BINDServer) async throws -> Void) async throws {
        try #require(FileManager.default.fileExists(atPath: program), "\(program) is missing: apt install bind9")
        for _ in 0..<attemptLimit {
            let server = BINDServer(folder: try HookFolder(), port: Int.random(in: ports))
            try server.writeFiles()
            let running = Task {
                await ChildProcess().run(
                    ChildCommand(
                        program: program,
                        arguments: ["-c", server.folder.path + "/named.conf", "-g"],
                        directory: server.folder.path
                    )
                )
            }
            let isReady = try await server.isReady()
            if isReady {
                let result: Result<Void, any Error>
                do { result = .success(try await work(server)) } catch { result = .failure(error) }
                running.cancel()
                _ = await running.value
                return try result.get()
            }
            running.cancel()
            let last = await running.value
            print("named did not answer on port \(server.port): \(OctetText(last.errorOutput.bytes.suffix(300)))")
        }
        Issue.record("named could not be started on any of \(attemptLimit) ports; see above")
    }

    /// The values at a name as `dig` prints them, sorted.
    func values(_ name: String, _ type: String = "TXT") async throws -> [String] {
        try #require(await answer(name, type), "dig got no answer about \(name) \(type)")
    }

    private func answer(_ name: String, _ type: String) async -> [String]? {
        let result = await ChildProcess().run(
            ChildCommand(
                program: "/usr/bin/dig",
                arguments: [
                    "+short", "+norecurse", "+tcp", "+time=2", "+tries=1", "@127.0.0.1", "-p", "\(port)", name, type,
                ]
            )
        )
        guard result.ending == .exited(0) else { return nil }
        return String(decoding: result.output.bytes, as: UTF8.self).split(separator: "\n").map { String($0) }.sorted()
    }

    /// SIGSTOP or SIGCONT: a server that accepts connections and says nothing.
    func signal(_ number: Int32) throws {
        let text = try folder.text("named.pid")
        kill(try #require(Int32(text.split(separator: "\n")[0])), number)
    }

    private func isReady() async throws -> Bool {
        for _ in 0..<100 {
            try await Task.sleep(for: .milliseconds(50))
            // Whoever else answers on that port does not know this folder's name.
            if await answer("instance.example.com", "TXT") == ["\"\(folder.path)\""] { return true }
        }
        return false
    }

    private func writeFiles() throws {
        let parts = key.split(separator: ":").map { String($0) }
        try write(
            "named.conf",
            """
            key "\(parts[1])" { algorithm \(parts[0]); secret "\(parts[2])"; };
            key "weak" { algorithm \(parts[0]); secret "\(parts[2])"; };
            options {
                directory "\(folder.path)"; pid-file "\(folder.path)/named.pid";
                session-keyfile "\(folder.path)/session"; managed-keys-directory "\(folder.path)";
                lock-file none; recursion no; dnssec-validation no; notify no;
                listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
            };
            controls { };
            zone "example.com" { type primary; file "example.com"; allow-update { key "\(parts[1])"; }; };
            """
        )
        try write(
            "example.com",
            """
            $TTL 60
            @ SOA ns.example.com. hostmaster.example.com. 1 60 60 600 30
            @ NS ns
            ns A 127.0.0.1
            instance TXT "\(folder.path)"
            _acme-challenge.shop TXT "foreign"
            _cname CNAME elsewhere.example.net.
            host A 192.0.2.1
            a.b.deep TXT "below"

            """
        )
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
    }
}

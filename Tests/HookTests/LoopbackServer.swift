// Starts a name server or another daemon of the test's own on 127.0.0.1 and a free port, and ends it.
import DCV
import Foundation
import Glibc
import Platform
import Testing

/// A real server program that a stock hook works against, with all its files in a folder of its own.
protocol LoopbackServer: Sendable {
    /// Absolute path of the program, and the Debian package that has it.
    static var program: String { get }
    static var package: String { get }

    var folder: HookFolder { get }
    var port: Int { get }

    init(folder: HookFolder, port: Int)

    /// Writes the configuration and says how the server is started in the foreground.
    func prepare() async throws -> ChildCommand

    /// Whether it is this server that answers; asked again and again until it does.
    func isReady() async throws -> Bool
}

extension LoopbackServer {
    /// Below the range from which the kernel gives out ports by itself.
    private static var ports: Range<Int> { 20_000..<32_000 }
    private static var attemptLimit: Int { 5 }
    private static var questionLimit: Int { 100 }
    private static var pauseMilliseconds: Int { 50 }
    private static var lifeLimitMilliseconds: Int64 { 300_000 }

    /// Starts the server, calls `work`, ends the server.
    static func with(_ work: (Self) async throws -> Void) async throws {
        try #require(FileManager.default.fileExists(atPath: program), "\(program) is missing: apt install \(package)")
        for _ in 0..<attemptLimit {
            let server = Self(folder: try HookFolder(), port: Int.random(in: ports))
            var command = try await server.prepare()
            command.deadlineMilliseconds = lifeLimitMilliseconds
            command.graceMilliseconds = 1_000
            let running = Task { [command] in await ChildProcess().run(command.kept(server.folder)) }
            let answers = try await server.answersInTime()
            if answers {
                let result: Result<Void, any Error>
                do { result = .success(try await work(server)) } catch { result = .failure(error) }
                running.cancel()
                _ = await running.value
                return try result.get()
            }
            running.cancel()
            let last = await running.value
            print("\(program) did not answer on port \(server.port): \(OctetText(last.errorOutput.bytes.suffix(300)))")
        }
        Issue.record("\(program) could not be started on any of \(attemptLimit) ports; see above")
    }

    private func answersInTime() async throws -> Bool {
        for _ in 0..<Self.questionLimit {
            try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
            if try await isReady() { return true }
        }
        return false
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
    }

    /// Runs a program to its end and returns what it printed; a bad end is a fault of the test.
    @discardableResult
    func run(_ program: String, _ arguments: [String], input: String = "") async throws -> String {
        let result = await ChildProcess().run(
            ChildCommand(
                program: program,
                arguments: arguments,
                environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
                input: Array(input.utf8)
            )
        )
        try #require(
            result.ending == .exited(0),
            "\(program) \(arguments): \(OctetText(result.errorOutput.bytes)) \(OctetText(result.output.bytes))"
        )
        return String(decoding: result.output.bytes, as: UTF8.self)
    }
}

/// Whatever answers about names.
protocol AnsweringServer: Sendable {
    /// The values at a name as `dig` prints them, sorted.
    func values(_ name: String, _ type: String) async throws -> [String]
}

extension AnsweringServer {
    func values(_ name: String) async throws -> [String] { try await values(name, "TXT") }
}

/// A server that is asked over DNS.
protocol LoopbackNameServer: LoopbackServer, AnsweringServer {
    /// The file in the folder that the server writes its number to.
    static var pidFile: String { get }
}

extension LoopbackNameServer {
    static var pidFile: String { "pid" }

    /// SIGSTOP or SIGCONT: a server that accepts connections and says nothing.
    func signal(_ number: Int32) throws {
        kill(try #require(Int32(try folder.text(Self.pidFile).split(separator: "\n")[0])), number)
    }

    func values(_ name: String, _ type: String) async throws -> [String] {
        try #require(await answer(name, type), "dig got no answer about \(name) \(type)")
    }

    func answer(_ name: String, _ type: String) async -> [String]? {
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

    func isReady() async throws -> Bool { await isReadyByDNS() }

    /// Whoever else answers on that port does not know this folder's name.
    func isReadyByDNS() async -> Bool { await answer("instance.example.com", "TXT") == ["\"\(folder.path)\""] }

    /// What every one of these servers has in its zone `example.com` at the start, in zone-file form.
    var zoneFile: String {
        """
        $ORIGIN example.com.
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
    }
}

// A place for tests to put hooks in, and the publisher that starts them for real.
import Agent
import DCV
import Foundation
import Platform
import Testing

/// A folder of the test's own, removed with it. Programs are written by a child process: a file that this process had
/// open for writing while another test starts a child could not be executed for that moment (ETXTBSY).
final class HookFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/dnsproof-hooks-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755]
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a program and returns its path.
    func add(_ name: String, mode: String = "755", _ text: String) async throws -> String {
        let file = path + "/" + name
        let result = await ChildProcess().run(
            ChildCommand(
                program: "/bin/sh",
                arguments: ["-c", "umask 022; cat >\"$1\" && chmod \"$2\" \"$1\"", "sh", file, mode],
                environment: ["PATH": "/usr/bin:/bin"],
                input: Array(text.utf8)
            )
        )
        try #require(result.ending == .exited(0))
        return file
    }

    /// Writes what is no program: whoever reads meanwhile sees the old text or the new one.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name), options: .atomic)
    }

    /// A shell script; the file named by `$LOG` is at hand for what it wants to remember.
    func addScript(_ name: String = "hook", _ body: String) async throws -> String {
        try await add(name, "#!/bin/sh\nLOG=\(path)/log\n" + body + "\n")
    }

    /// What the hook wrote to `$LOG` or to another file beside itself.
    func read(_ file: String = "log") throws -> [UInt8] { try Files.read(path + "/" + file, limitBytes: 4 << 20) }

    func text(_ file: String = "log") throws -> String { String(decoding: try read(file), as: UTF8.self) }

    func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + file) }
}

extension PublishingOrder {
    static func txt(
        _ value: String,
        at name: String = "_acme-challenge.shop.example.com",
        target: String? = nil
    ) throws -> Self {
        try order(.txt(name: DomainName(name), value: TXTValue(value)), target: target ?? name)
    }

    static func cname(_ target: String, at name: String) throws -> Self {
        try order(.cname(name: DomainName(name), target: DomainName(target)), target: name)
    }

    static func http(_ body: String, path: String = "/.well-known/pki-validation/ca3-4f.txt") throws -> Self {
        let host = "shop.example.com"
        return try order(
            .http(host: DomainName(host), path: HTTPTokenPath(path), body: HTTPTokenBody(body)),
            target: host
        )
    }

    private static func order(_ content: RequiredRecord.Content, target: String) throws -> Self {
        PublishingOrder(
            id: "9f86d081884c7d65",
            record: RequiredRecord(content),
            target: try DomainName(target),
            zone: try DomainName("example.com"),
            ttlSeconds: 60
        )
    }
}

extension HookPublisher {
    /// With short times, so that a hook that hangs costs a test little.
    static func test(
        _ program: String,
        settings: [String: String] = [:],
        secrets: [String: String] = [:],
        deadlineMilliseconds: Int64 = 20_000,
        children: any ChildRunning = ImpatientChildren()
    ) throws -> HookPublisher {
        try HookPublisher(
            name: "test",
            program: program,
            settings: settings,
            secrets: try secrets.mapValues { try #require(Secret(Array($0.utf8))) },
            home: "/nonexistent",
            deadlineMilliseconds: deadlineMilliseconds,
            children: children
        )
    }
}

/// The real thing, with a short grace between TERM and KILL.
struct ImpatientChildren: ChildRunning {
    func run(_ command: ChildCommand) async -> ChildResult {
        var command = command
        command.graceMilliseconds = 300
        return await ChildProcess().run(command)
    }
}

/// Remembers what would have been started, and answers as told.
actor RecordingChildren: ChildRunning {
    private(set) var commands: [ChildCommand] = []
    private let answer: ChildResult

    init(_ ending: ChildResult.Ending, output: String = "", errorOutput: String = "", isTruncated: Bool = false) {
        answer = ChildResult(
            ending: ending,
            output: .init(bytes: Array(output.utf8)),
            errorOutput: .init(bytes: Array(errorOutput.utf8), isTruncated: isTruncated),
            elapsedMilliseconds: 7
        )
    }

    func run(_ command: ChildCommand) async -> ChildResult {
        commands.append(command)
        return answer
    }
}

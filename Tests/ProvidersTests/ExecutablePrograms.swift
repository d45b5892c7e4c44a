// Programs for the tests of providers that are programs: scripted ones that are never started, and a folder for real ones.
import DCV
import Foundation
import Platform
import Providers
import Synchronization
import Testing

/// Plays one ending a start and keeps what would have been started; a start beyond the script fails the test by its ending.
final class ScriptedPrograms: ChildRunning {
    private let state: Mutex<(script: [ChildResult], commands: [ChildCommand])>

    init(_ script: [ChildResult]) { state = Mutex((script, [])) }

    var commands: [ChildCommand] { state.withLock { $0.commands } }
    var verbs: [String] { commands.map { $0.arguments.joined(separator: " ") } }

    func run(_ command: ChildCommand) async -> ChildResult {
        state.withLock { state in
            state.commands.append(command)
            return state.script.isEmpty ? .ended(.exited(99), errors: "beyond the script") : state.script.removeFirst()
        }
    }
}

extension ChildResult {
    static func ended(
        _ ending: Ending,
        _ output: String = "",
        errors: String = "",
        isTruncated: Bool = false
    ) -> ChildResult {
        ChildResult(
            ending: ending,
            output: .init(bytes: Array(output.utf8), isTruncated: isTruncated),
            errorOutput: .init(bytes: Array(errors.utf8)),
            elapsedMilliseconds: 7
        )
    }

    static func printed(_ document: JSONValue) -> ChildResult {
        ended(.exited(0), String(decoding: document.serialized(), as: UTF8.self))
    }
}

/// Keeps what was asked and told; answers every question in the same way.
final class NotedCalls: CallLedger {
    private let state = Mutex<[String]>([])
    private let admission: CallAdmission

    init(_ admission: CallAdmission = .granted) { self.admission = admission }

    var notes: [String] { state.withLock { $0 } }

    func admit(
        _ call: CallKind,
        to provider: ProviderName,
        under limits: [CallLimit],
        at now: Instant
    ) async -> CallAdmission {
        state.withLock { $0.append("may \(provider) \(call.rawValue)") }
        return admission
    }

    func ended(_ outcome: CallOutcome, at provider: ProviderName, at now: Instant, restUntil: Instant?) async {
        state.withLock { $0.append("\(provider) \(outcome.rawValue)") }
    }
}

/// One document and a provider whose program prints it.
enum ListSample {
    static let entry: JSONValue = [
        "id": "order-1", "scope": "account-1", "identifiers": ["shop.example.com"], "status": "pending",
        "provider_status": "AWAITING_DCV", "method": "txt",
        "capabilities": ["trigger": true, "change": ["http"], "revalidate": ["txt"]],
        "challenges": [["identifier": "shop.example.com", "alternatives": [record]]],
    ]

    static let record: JSONValue = [
        "kind": "txt", "name": "_acme-challenge.shop.example.com", "value": "token-one", "purpose": "oneTime",
    ]

    static func list(_ entries: JSONValue..., complete: Bool = true) -> JSONValue {
        ["version": 1, "complete": .bool(complete), "authorizations": .array(entries)]
    }

    static func provider(
        _ children: any ChildRunning,
        program: String = "/programs/ca",
        settings: [String: String] = [:],
        secrets: [String: String] = [:],
        ledger: any CallLedger = UncountedCalls()
    ) throws -> any Provider {
        var values: [String: ProviderSettings.Value] = ["program": .text(program)]
        if !settings.isEmpty { values["settings"] = .texts(settings) }
        if !secrets.isEmpty {
            values["secrets"] = .secrets(try secrets.mapValues { try #require(Secret($0.utf8)) })
        }
        return try ProviderCatalog.make(
            ProviderSettings(name: try ProviderName("ca"), kind: "executable", values: values),
            .scripted(ScriptedHTTP([]), ledger: ledger, children: children)
        )
    }

    /// What the document gives.
    static func reading(_ document: JSONValue) async throws -> ProviderReading {
        await (try provider(ScriptedPrograms([.printed(document)]))).read()
    }
}

extension JSONValue {
    /// With one member set, or taken away by nil.
    func with(_ key: String, _ value: JSONValue?) -> JSONValue {
        var object = object ?? JSONObject([])
        object[key] = value
        return .object(object)
    }
}

/// A folder of the test's own, removed with it. Programs are written by a child process: a file that this process had
/// open for writing while another test starts a child could not be executed for that moment (ETXTBSY).
final class ProgramFolder: Sendable {
    static let clone = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/dnsproof-programs-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o755]
        )
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func add(_ name: String, _ text: String) async throws -> String {
        let file = path + "/" + name
        let result = await ChildProcess().run(
            ChildCommand(
                program: "/bin/sh",
                arguments: ["-c", "umask 022; cat >\"$1\" && chmod 755 \"$1\"", "sh", file],
                environment: ["PATH": "/usr/bin:/bin"],
                input: Array(text.utf8)
            )
        )
        try #require(result.ending == .exited(0))
        return file
    }

    func addScript(_ name: String, _ body: String) async throws -> String {
        try await add(name, "#!/bin/sh\n\(body)\n")
    }

    /// A copy of what the clone ships, where its folders can be trusted whoever owns the clone.
    func addShipped(_ file: String) async throws -> String {
        let bytes = try Files.read("\(Self.clone)/\(file)", limitBytes: 1 << 20)
        return try await add(String(file.split(separator: "/").last ?? ""), String(decoding: bytes, as: UTF8.self))
    }
}

/// The real thing with short times.
struct ImpatientChildren: ChildRunning {
    var deadlineMilliseconds: Int64 = 20_000

    func run(_ command: ChildCommand) async -> ChildResult {
        var command = command
        command.graceMilliseconds = 300
        command.deadlineMilliseconds = min(command.deadlineMilliseconds, deadlineMilliseconds)
        return await ChildProcess().run(command)
    }
}

/// Suites that start programs which outlive their leader take turns: what leaves a session is ended when no child runs
/// any more.
@Suite(.serialized) enum StartedPrograms {}

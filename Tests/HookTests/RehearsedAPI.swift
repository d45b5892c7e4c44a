// APIs that stock hooks talk to, played on loopback by programs in Tests/Fixtures/hooks, and what those programs noted.
import Foundation
import Glibc
import Platform
import Testing

/// A program of `Tests/Fixtures/hooks` that serves on a port of its own until the story ends.
struct RehearsedAPI {
    private static let startMilliseconds = 60_000
    private static let lookMilliseconds = 20
    private static let lifeMilliseconds: Int64 = 600_000
    private static let clone = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// The Python environment that `packaging/setup-python` makes for tests.
    static let environment = clone + "/.build/python"

    /// Whether moto and the AWS CLI are there as they are pinned; where the project is judged they must be.
    static var mayRunAWS: Bool {
        let files = FileManager.default
        return ProcessInfo.processInfo.environment["CI"] == "true"
            || files.contentsEqual(
                atPath: environment + "/pins",
                andPath: clone + "/packaging/python-packages.txt"
            )
    }
    static let awsExcuse = "needs the Python environment in \(environment) (try: packaging/setup-python)"

    let folder: HookFolder
    let endpoint: String

    static func fixture(_ name: String) -> String { clone + "/Tests/Fixtures/hooks/" + name }

    static func with(
        _ program: String,
        python: String = "/usr/bin/python3",
        _ story: (RehearsedAPI) async throws -> Void
    ) async throws {
        let folder = try HookFolder()
        let command = ChildCommand(
            program: python,
            arguments: [fixture(program), folder.path],
            environment: [
                "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": folder.path, "PYTHONDONTWRITEBYTECODE": "1",
            ],
            deadlineMilliseconds: lifeMilliseconds,
            graceMilliseconds: 300
        ).kept(folder)
        let server = Task { await ChildProcess().run(command) }
        let outcome: Result<Void, any Error>
        do {
            for _ in 0..<startMilliseconds / lookMilliseconds where !folder.has("port") {
                try await Task.sleep(for: .milliseconds(lookMilliseconds))
            }
            let port = try folder.text("port")
            try await story(RehearsedAPI(folder: folder, endpoint: "http://127.0.0.1:\(port)"))
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        server.cancel()
        let ended = await server.value
        if case .failure = outcome { Issue.record("\(String(decoding: ended.errorOutput.bytes, as: UTF8.self))") }
        try outcome.get()
    }
}

extension ChildCommand {
    /// The same, ended when this process ends without having done so, and then its folder is removed.
    func kept(_ folder: HookFolder) -> ChildCommand {
        var kept = self
        let keeper = ["-IS", RehearsedAPI.fixture("keeper.py"), "\(getpid())", folder.path]
        (kept.program, kept.arguments) = ("/usr/bin/python3", keeper + [program] + arguments)
        return kept
    }
}

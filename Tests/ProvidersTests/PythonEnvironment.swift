// The Python programs that `packaging/setup-python` installs for the tests, and what is said where they are missing.
import Foundation
import Platform

enum PythonEnvironment {
    static let folder = ProgramFolder.clone + "/.build/python/bin"
    static let python = folder + "/python3"

    static func mayRun(_ programs: String...) -> Bool {
        if ProcessInfo.processInfo.environment["CI"] == "true" { return true }
        return (programs + ["python3"]).allSatisfy { FileManager.default.isExecutableFile(atPath: folder + "/" + $0) }
    }

    static let excuse = "not installed: \(folder) (try: packaging/setup-python)"

    /// Runs a Python program's text; its arguments are data.
    static func run(_ text: String, _ arguments: [String], input: [UInt8] = []) async -> ChildResult {
        await ChildProcess().run(
            ChildCommand(
                program: python,
                arguments: ["-c", text] + arguments,
                environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"],
                input: input,
                outputLimitBytes: 1 << 20
            )
        )
    }
}

// The Python programs that `packaging/setup-python` installs for the tests, and what is said where they are missing.
import Foundation
import Platform

enum PythonEnvironment {
    private static let home = ProgramFolder.clone + "/.build/python"
    static let folder = home + "/bin"
    static let python = folder + "/python3"

    /// What the tests of this target start.
    static let programs = ["python3", "aws", "moto_server"]

    private static let missing = missing(in: home, pins: ProgramFolder.clone + "/packaging/python-packages.txt")

    /// Why the programs cannot be used; nil when they are there, exactly as they are pinned. The copy of the pins is
    /// written last: without it, or with another one, the environment is half made or of another version.
    static func missing(in home: String, pins: String) -> String? {
        let cure = "(try: packaging/setup-python)"
        guard let installed = FileManager.default.contents(atPath: home + "/pins") else {
            return "no whole Python environment in \(home) \(cure)"
        }
        guard installed == FileManager.default.contents(atPath: pins) else {
            return "the Python environment in \(home) has other versions \(cure)"
        }
        let absent = programs.first { !FileManager.default.isExecutableFile(atPath: home + "/bin/" + $0) }
        return absent.map { "\($0) is not installed in \(home) \(cure)" }
    }

    /// A machine without them says so and passes the tests over; where the project is judged they must be there.
    static var mayRun: Bool { missing == nil || isJudged }

    static let isJudged = ProcessInfo.processInfo.environment["CI"] == "true"
    static let excuse = missing ?? "the Python environment is there"

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

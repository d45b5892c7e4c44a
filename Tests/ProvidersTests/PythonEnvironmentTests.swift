// An environment that was not made to its end, or for other versions, is none.
import Foundation
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PythonEnvironmentTests {
    @Test func halfAnEnvironmentIsMissing() throws {
        let folder = try ProgramFolder()
        let (home, pins) = (folder.path + "/python", folder.path + "/pins.txt")
        func missing() -> String { PythonEnvironment.missing(in: home, pins: pins) ?? "nothing" }
        let files = FileManager.default
        try files.createDirectory(atPath: home + "/bin", withIntermediateDirectories: true)
        try Files.writeAtomically(Array("moto==1\n".utf8), to: pins)
        for name in PythonEnvironment.programs {
            #expect(missing().contains("no whole Python environment"), "the pins are copied last")
            #expect(
                files.createFile(
                    atPath: home + "/bin/" + name,
                    contents: Data(),
                    attributes: [.posixPermissions: 0o755]
                )
            )
        }
        try Files.writeAtomically(Array("moto==0\n".utf8), to: home + "/pins")
        #expect(missing().contains("other versions"))
        try Files.writeAtomically(Array("moto==1\n".utf8), to: home + "/pins")
        #expect(missing() == "nothing")
        try files.removeItem(atPath: home + "/bin/aws")
        #expect(missing().contains("aws is not installed"))
    }

    @Test(.enabled(if: PythonEnvironment.isJudged, "only where the project is judged must it be there"))
    func itIsWholeWhereTheProjectIsJudged() {
        #expect(PythonEnvironment.mayRun && PythonEnvironment.excuse == "the Python environment is there")
    }
}

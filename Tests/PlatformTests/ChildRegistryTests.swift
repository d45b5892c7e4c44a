// Whose children are ended: those of our children, and no others.
import CLinux
import Foundation
import Glibc
import Testing

@testable import Platform

@Suite("What is left of children", .timeLimit(.minutes(1)))
struct ChildRegistryTests {
    /// As `sh -c 'helper & exec dnsproof run'` leaves one.
    @Test func aChildThatWasThereBeforeIsNotTouched() async {
        await #expect(processExitsWith: .success) {
            let helper = Process()
            helper.executableURL = URL(fileURLWithPath: "/bin/sleep")
            helper.arguments = ["30"]
            try helper.run()
            try #require(Startup.harden())
            let orphan = "(setsid sleep 31 >/dev/null 2>&1 & echo $!)"
            let result = await ChildProcess().run(
                ChildCommand(program: "/bin/sh", arguments: ["-c", orphan], environment: ["PATH": "/usr/bin:/bin"])
            )
            try #require(result.ending == .exited(0))
            try #require(helper.isRunning && kill(helper.processIdentifier, 0) == 0)
            try #require(!ChildProcessTests.isAlive(String(decoding: result.output.bytes, as: UTF8.self)))
            helper.terminate()
            helper.waitUntilExit()
        }
    }
}

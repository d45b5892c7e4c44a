// Whose children are ended: those of our children, and no others.
import Glibc
import Testing

@testable import Platform

@Suite("What is left of children", .timeLimit(.minutes(1)))
struct ChildRegistryTests {
    /// As `sh -c 'helper & exec dnsproof run'` leaves one.
    @Test func aChildThatWasThereBeforeIsNotTouched() async {
        await #expect(processExitsWith: .success) {
            var helper: pid_t = 0
            let words = unsafe [strdup("sleep"), strdup("30"), nil]
            let spawned = unsafe posix_spawn(&helper, "/bin/sleep", nil, nil, words, nil)
            try #require(spawned == 0)
            try #require(Startup.harden())
            let orphan = "(setsid sleep 31 >/dev/null 2>&1 & echo $!)"
            let result = await ChildProcess().run(
                ChildCommand(program: "/bin/sh", arguments: ["-c", orphan], environment: ["PATH": "/usr/bin:/bin"])
            )
            try #require(result.ending == .exited(0))
            try #require(!ChildProcessTests.isAlive(String(decoding: result.output.bytes, as: UTF8.self)))
            try #require(ChildProcessTests.isAlive("\(helper)"))
            kill(helper, SIGKILL)
        }
    }
}

// Children that misbehave in every way: each run ends in time with a result, and nothing of the child is left.
import Foundation
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ChildProcessTests {
    private func run(
        _ program: String,
        in workshop: Workshop,
        arguments: [String] = [],
        environment: [String: String] = ["PATH": "/usr/bin:/bin"],
        input: [UInt8] = [],
        deadlineMilliseconds: Int64 = 20_000,
        graceMilliseconds: Int64 = 300
    ) async -> ChildResult {
        await ChildProcess().run(
            ChildCommand(
                program: program,
                arguments: arguments,
                environment: environment,
                directory: workshop.folder,
                input: input,
                deadlineMilliseconds: deadlineMilliseconds,
                graceMilliseconds: graceMilliseconds
            )
        )
    }

    private func run(_ script: String, deadlineMilliseconds: Int64 = 20_000, input: [UInt8] = []) async throws
        -> ChildResult
    {
        let workshop = try Workshop()
        return await run(
            try workshop.script(script),
            in: workshop,
            input: input,
            deadlineMilliseconds: deadlineMilliseconds
        )
    }

    private func text(_ output: ChildResult.Output) -> String { String(decoding: output.bytes, as: UTF8.self) }

    /// Whether that process still runs, be it only as a zombie of somebody else's.
    static func isAlive(_ text: String) -> Bool {
        guard let number = Int32(text.filter { !$0.isWhitespace }) else { return false }
        guard let stat = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8) else { return false }
        return !stat.contains(") Z ")
    }

    @Test func anOrderlyChildGetsExactlyWhatItWasGiven() async throws {
        let workshop = try Workshop()
        let script = try workshop.script(
            """
            printf '%s|' "$#" "$1" "$2"; pwd; env | sort; cat; ls /proc/self/fd | wc -l
            printf 'why\\n' >&2; awk '{ print $1 == $5, $1 == $6 }' /proc/$$/stat; umask >/dev/null; exit 75
            """
        )
        let result = await run(
            script,
            in: workshop,
            arguments: ["-n", "a b\n$(touch x)"],
            environment: ["PATH": "/usr/bin:/bin", "DNSPROOF_VALUE": "x=\"y\"\n`id`", "EMPTY": ""],
            input: Array("in\0put".utf8)
        )
        #expect(result.ending == .exited(75))
        #expect(text(result.errorOutput) == "why\n")
        #expect(!result.output.isTruncated)
        #expect(
            text(result.output) == """
                2|-n|a b
                $(touch x)|\(workshop.folder)
                DNSPROOF_VALUE=x="y"
                EMPTY=
                PATH=/usr/bin:/bin
                PWD=\(workshop.folder)
                `id`
                in\0put4
                1 1

                """
        )
        #expect(!FileManager.default.fileExists(atPath: workshop.path("x")))
    }

    @Test(arguments: [0, 1, 69, 127, 255] as [Int32])
    func exitCodesComeThrough(code: Int32) async throws {
        let ending = try await run("exit \(code)").ending
        #expect(ending == .exited(code))
    }

    @Test(arguments: [6, 9, 11, 13, 15] as [Int32])
    func aSignalOfItsOwnIsNoExit(signal: Int32) async throws {
        let ending = try await run("kill -\(signal) $$").ending
        #expect(ending == .signaled(signal))
    }

    @Test func inputThatIsNotReadHarmsNobody() async throws {
        let megabyte = [UInt8](repeating: 0x41, count: 1 << 20)
        #expect(try await run("exit 0", input: megabyte).ending == .exited(0))
        #expect(try await run("exec <&-; sleep 0.05; exit 3", input: megabyte).ending == .exited(3))
        #expect(try await run("head -c 10", input: megabyte).output.bytes.count == 10)
        let counted = try await run("wc -c", input: megabyte)
        #expect(text(counted.output) == "1048576\n")
    }

    @Test func aFloodIsCappedAndDrained() async throws {
        let result = try await run(
            "head -c 20000000 /dev/zero & head -c 20000000 /dev/zero >&2 & wait; echo end >&2; exit 5"
        )
        #expect(result.ending == .exited(5))
        for output in [result.output, result.errorOutput] {
            #expect(output.bytes.count == ChildCommand.defaultOutputLimitBytes)
            #expect(output.isTruncated)
        }
        let exact = try await run("head -c \(ChildCommand.defaultOutputLimitBytes) /dev/zero")
        #expect(exact.output.bytes.count == ChildCommand.defaultOutputLimitBytes)
        #expect(!exact.output.isTruncated)
    }

    @Test func aCommandMayKeepMoreOrLessOfItsOutput() async throws {
        let workshop = try Workshop()
        let script = try workshop.script("head -c 3000000 /dev/zero & head -c 3000000 /dev/zero >&2 & wait")
        for (limitBytes, kept) in [(4 << 20, 3_000_000), (3_000_000, 3_000_000), (2_999_999, 2_999_999), (0, 0)] {
            let command = ChildCommand(
                program: script,
                environment: ["PATH": "/usr/bin:/bin"],
                outputLimitBytes: limitBytes
            )
            let result = await ChildProcess().run(command)
            #expect(result.ending == .exited(0))
            #expect(result.output.bytes.count == kept)
            #expect(result.output.isTruncated == (kept < 3_000_000))
            #expect(result.errorOutput.bytes.count == ChildCommand.defaultOutputLimitBytes, "stderr has its own limit")
        }
    }

    @Test func anEndlessFloodEndsAtTheDeadline() async throws {
        let result = try await run("yes; yes", deadlineMilliseconds: 300)
        #expect(result.ending == .timedOut)
        #expect(result.output.isTruncated)
        #expect(result.elapsedMilliseconds < 15_000)
    }

    @Test func outputBeforeTheDeadlineIsKept() async throws {
        let result = try await run("echo first; sleep 30", deadlineMilliseconds: 300)
        #expect(result.ending == .timedOut)
        #expect(text(result.output) == "first\n")
    }

    @Test func termIsEnoughForMost() async throws {
        let workshop = try Workshop()
        let script = try workshop.script("trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done")
        let result = await run(script, in: workshop, deadlineMilliseconds: 1_000, graceMilliseconds: 30_000)
        #expect(result.ending == .timedOut)
        #expect(text(result.output) == "bye\n")
        #expect(result.elapsedMilliseconds < 15_000)
    }

    @Test func whoIgnoresTermGetsKill() async throws {
        let workshop = try Workshop()
        let script = try workshop.script(
            "trap '' TERM; (while :; do sleep 1; done) & echo $! >child; while :; do sleep 1; done"
        )
        let result = await run(script, in: workshop, deadlineMilliseconds: 1_000, graceMilliseconds: 400)
        #expect(result.ending == .timedOut)
        #expect((1_400..<15_000).contains(result.elapsedMilliseconds))
        #expect(!workshop.text("child").isEmpty)
        #expect(!Self.isAlive(workshop.text("child")))
    }

    @Test func killReachesTheGroupWhenTheLeaderIsGone() async throws {
        let workshop = try Workshop()
        let script = try workshop.script(
            """
            (trap '' TERM; while :; do sleep 1; done) & echo $! >child
            trap 'exit 0' TERM; while :; do sleep 0.05; done
            """
        )
        let result = await run(script, in: workshop, deadlineMilliseconds: 1_000, graceMilliseconds: 400)
        #expect(result.ending == .timedOut)
        #expect((1_400..<15_000).contains(result.elapsedMilliseconds), "the group has its grace, too")
        #expect(!workshop.text("child").isEmpty)
        #expect(!Self.isAlive(workshop.text("child")))
    }

    @Test func theGroupHasItsGraceWhenTheLeaderIsGone() async throws {
        let workshop = try Workshop()
        let script = try workshop.script(
            """
            (trap 'sleep 1; echo cleaned >cleaned; exit' TERM; while :; do sleep 0.05; done) >/dev/null 2>&1 &
            trap 'exit 0' TERM; while :; do sleep 0.05; done
            """
        )
        let result = await run(script, in: workshop, deadlineMilliseconds: 1_000, graceMilliseconds: 30_000)
        #expect(result.ending == .timedOut)
        #expect(workshop.text("cleaned") == "cleaned\n")
        #expect(result.elapsedMilliseconds < 20_000)
    }

    @Test func aStoppedChildIsEnded() async throws {
        let result = try await run("kill -STOP $$; exit 0", deadlineMilliseconds: 300)
        #expect(result.ending == .timedOut)
        #expect(result.elapsedMilliseconds < 15_000)
    }

    @Test func aBackgroundChildHoldsUpNobodyAndIsEnded() async throws {
        let workshop = try Workshop()
        let script = try workshop.script("sleep 30 & echo $! >child; echo done; exit 0")
        let result = await run(script, in: workshop)
        #expect(result.ending == .exited(0))
        #expect(text(result.output) == "done\n")
        #expect(result.elapsedMilliseconds < 15_000)
        #expect(!Self.isAlive(workshop.text("child")))
        let quiet = try workshop.script("sleep 30 >/dev/null 2>&1 & echo $! >quiet; exit 0", name: "quiet-script")
        #expect(await run(quiet, in: workshop).ending == .exited(0))
        #expect(!Self.isAlive(workshop.text("quiet")))
    }

    @Test func signalsAndMaskAreTheDefaultsWhateverTheParentIgnores() async {
        await #expect(processExitsWith: .success) {
            _ = Startup.harden()
            let workshop = try Workshop()
            let script = try workshop.script(
                "grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\n\\t'; ulimit -c; umask"
            )
            let result = await ChildProcess().run(ChildCommand(program: script, environment: ["PATH": "/usr/bin:/bin"]))
            // Bits 31 and 32 are signals that the C library keeps for itself.
            let wanted = "SigBlk:0000000000000000SigIgn:00000001800000000\n0077\n"
            try #require(String(decoding: result.output.bytes, as: UTF8.self) == wanted)
        }
    }

    @Test func nulAndOddNamesAreRefusedBeforeTheStart() async throws {
        let workshop = try Workshop()
        let script = try workshop.script("touch ran")
        let commands: [(arguments: [String], environment: [String: String])] = [
            (["a\0b"], [:]), ([], ["A": "b\0c"]), ([], ["A\0B": "c"]), ([], ["A=B": "c"]), ([], ["": "c"]),
        ]
        for command in commands {
            let result = await run(script, in: workshop, arguments: command.arguments, environment: command.environment)
            guard case .notStarted(let reason) = result.ending else {
                Issue.record("\(result.ending)")
                continue
            }
            #expect(reason.contains(script))
        }
        #expect(!FileManager.default.fileExists(atPath: workshop.path("ran")))
    }

    @Test func whatCannotBeStartedSaysWhy() async throws {
        let workshop = try Workshop()
        let plain = try workshop.file("plain", "#!/bin/sh\n", mode: 0o644)
        let shebang = try workshop.file("shebang", "#!/no/such/interpreter\n", mode: 0o755)
        let open = try workshop.file("open", "#!/bin/sh\n", mode: 0o757)
        try workshop.link("dangling", to: "nowhere")
        let wanted = [
            workshop.path("absent"): "does not exist", plain: "chmod u+x", open: "chmod go-w \(open)",
            workshop.folder: "is a folder",
            workshop.path("dangling"): "link", "sh": "absolute", shebang: "first line",
        ]
        for (program, words) in wanted {
            let result = await run(program, in: workshop)
            guard case .notStarted(let reason) = result.ending else {
                Issue.record("\(program): \(result.ending)")
                continue
            }
            #expect(reason.contains(words))
        }
        let binary = try workshop.file("binary", "\u{7F}ELF nonsense", mode: 0o755)
        if case .exited(0) = await run(binary, in: workshop).ending { Issue.record("nonsense was run") }
    }

    @Test func aMissingFolderAndTooMuchEnvironmentAreNotStarted() async throws {
        let workshop = try Workshop()
        let script = try workshop.script("exit 0")
        let nowhere = await ChildProcess().run(ChildCommand(program: script, directory: workshop.path("none")))
        let tooBig = await run(script, in: workshop, environment: ["A": String(repeating: "x", count: 256 << 10)])
        for result in [nowhere, tooBig] {
            guard case .notStarted = result.ending else {
                Issue.record("\(result.ending)")
                continue
            }
        }
    }

    @Test func cancellingEndsTheChild() async throws {
        let workshop = try Workshop()
        let script = try workshop.script("echo $$ >leader; sleep 30")
        let task = Task { await run(script, in: workshop) }
        while workshop.text("leader").isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        task.cancel()
        let result = await task.value
        #expect(result.ending == .cancelled)
        #expect(result.elapsedMilliseconds < 15_000)
        #expect(!Self.isAlive(workshop.text("leader")))
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            return await run(script, in: workshop)
        }
        late.cancel()
        #expect(await late.value.ending == .cancelled)
    }

    @Test func manyAtOnceKeepTheirOutputApart() async throws {
        let workshop = try Workshop()
        let script = try workshop.script("cat; sleep 0.0$1; cat; exit $1")
        await withTaskGroup(of: (Int, ChildResult).self) { group in
            for index in 0..<20 {
                group.addTask {
                    (index, await run(script, in: workshop, arguments: ["\(index)"], input: Array("\(index)".utf8)))
                }
            }
            for await (index, result) in group {
                #expect(result.ending == .exited(Int32(index)))
                #expect(text(result.output) == "\(index)")
            }
        }
    }

    @Test func noDescriptorIsLeftOpen() async throws {
        await #expect(processExitsWith: .success) {
            let workshop = try Workshop()
            let good = try workshop.script("exit 0")
            let bad = try workshop.file("bad", "#!/no/such/interpreter\n", mode: 0o755)
            func round() async {
                for program in [good, bad, workshop.path("absent")] {
                    _ = await ChildProcess().run(
                        ChildCommand(program: program, input: [1], deadlineMilliseconds: 5_000)
                    )
                }
                _ = await ChildProcess().run(ChildCommand(program: good, directory: workshop.path("none")))
            }
            await round()
            let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            for _ in 0..<10 { await round() }
            let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            try #require(after == before)
        }
    }

    @Test func whatLeavesTheSessionIsSweptWithTheLastChild() async throws {
        await #expect(processExitsWith: .success) {
            try #require(Startup.harden())
            let workshop = try Workshop()
            let script = try workshop.script(
                """
                setsid sh -c 'trap "" TERM HUP; echo $$ >a; sleep 30 & echo $! >b; wait' >/dev/null 2>&1 &
                (setsid sh -c 'echo $$ >c; exec sleep 30' &)
                while [ ! -s b ] || [ ! -s c ]; do sleep 0.01; done
                exit 4
                """
            )
            let result = await ChildProcess().run(
                ChildCommand(program: script, environment: ["PATH": "/usr/bin:/bin"], directory: workshop.folder)
            )
            try #require(result.ending == .exited(4))
            for name in ["a", "b", "c"] {
                try #require(!workshop.text(name).isEmpty)
                try #require(!ChildProcessTests.isAlive(workshop.text(name)))
            }
        }
    }
}

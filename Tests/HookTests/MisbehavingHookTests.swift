// Hooks that do everything a program can do wrong, started for real: the run goes on, nothing stays behind, nothing
// leaks.
import Agent
import DCV
import Foundation
import Platform
import Testing

/// One bad hook and the outcome it must end in.
struct BadHook: Sendable {
    let name: String
    let script: String
    /// The name of the outcome's case.
    let wanted: String
    /// A part of the reason.
    var words = ""
    var deadlineMilliseconds: Int64 = 15_000

    static let all = [
        BadHook(name: "exits 2 silently", script: "exit 2", wanted: "failed", words: "exit code 2 and no word"),
        BadHook(name: "command not found", script: "no-such-command-here", wanted: "failed", words: "(exit code 127)"),
        BadHook(name: "exits 255", script: "echo why >&2; exit 255", wanted: "failed", words: "why (exit code 255)"),
        BadHook(name: "crashes", script: "kill -SEGV $$", wanted: "tryLater", words: "signal 11"),
        BadHook(name: "kills itself", script: "kill -KILL $$", wanted: "tryLater", words: "signal 9"),
        BadHook(name: "kills its group", script: "trap '' TERM; kill -KILL 0", wanted: "tryLater", words: "signal 9"),
        BadHook(
            name: "sleeps for ever",
            script: "echo waiting >&2; exec sleep 1000",
            wanted: "tryLater",
            words: "waiting",
            deadlineMilliseconds: 600
        ),
        BadHook(
            name: "stops itself",
            script: "kill -STOP $$; sleep 1000",
            wanted: "tryLater",
            words: "not done after",
            deadlineMilliseconds: 600
        ),
        BadHook(
            name: "ignores TERM",
            script: "trap '' TERM; while :; do sleep 1; done",
            wanted: "tryLater",
            words: "not done after",
            deadlineMilliseconds: 600
        ),
        BadHook(
            name: "ignores TERM with a child",
            script: "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & while :; do sleep 1; done",
            wanted: "tryLater",
            deadlineMilliseconds: 600
        ),
        BadHook(name: "leaves a child that holds stdout", script: "sleep 1000 2>/dev/null & exit 0", wanted: "done"),
        BadHook(
            name: "leaves a child that holds stderr",
            script: "echo last >&2; sleep 1000 >/dev/null & exit 1",
            wanted: "failed",
            words: "last"
        ),
        BadHook(
            name: "leaves a quiet child",
            script: "trap '' HUP TERM; sleep 1000 >/dev/null 2>&1 </dev/null & exit 0",
            wanted: "done"
        ),
        BadHook(
            name: "leaves a daemon",
            script: "setsid sh -c 'trap \"\" TERM HUP; sleep 1000' >/dev/null 2>&1 </dev/null & sleep 0.1",
            wanted: "done"
        ),
        BadHook(
            name: "forks twice into a session",
            script: "(setsid sh -c '(sleep 1000 &) ; sleep 0.1' &) ; sleep 0.3",
            wanted: "done"
        ),
        BadHook(name: "closes stdin", script: "exec <&-; exit 0", wanted: "done"),
        BadHook(
            name: "closes everything and hangs",
            script: "exec <&- >&- 2>&-; while :; do sleep 1; done",
            wanted: "tryLater",
            deadlineMilliseconds: 600
        ),
        BadHook(
            name: "reads slowly",
            script: "for i in 1 2 3; do dd bs=1 count=1 of=/dev/null 2>/dev/null; sleep 0.1; done",
            wanted: "done"
        ),
        BadHook(name: "floods stdout", script: "head -c 30000000 /dev/zero", wanted: "done"),
        BadHook(
            name: "floods stderr",
            script: "head -c 30000000 /dev/zero >&2; exit 1",
            wanted: "failed",
            words: "\\000\\000... ("
        ),
        BadHook(
            name: "writes no newline",
            script: "head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 1",
            wanted: "failed",
            words: "xxxx... ("
        ),
        BadHook(name: "writes NUL", script: "printf 'a\\000b' >&2; exit 1", wanted: "failed", words: "a\\000b (exit"),
        BadHook(
            name: "writes no UTF-8",
            script: "printf '\\377\\300\\200' >&2; exit 1",
            wanted: "failed",
            words: "\\255\\192\\128"
        ),
        BadHook(
            name: "writes terminal sequences",
            script: "printf '\\033]0;x\\007\\033[2J\\033[31mred' >&2; exit 78",
            wanted: "misconfigured",
            words: "\\027]0;x\\007\\027[2J\\027[31mred"
        ),
        BadHook(
            name: "writes a bidi override",
            script: "printf '\\342\\200\\256x' >&2; exit 75",
            wanted: "tryLater",
            words: "\\226\\128\\174x"
        ),
        BadHook(name: "rewrites itself", script: "echo '#!/bin/sh\nexit 9' >\"$0\"; exit 0", wanted: "done"),
        BadHook(
            name: "fills its folder",
            script: "head -c 50000000 /dev/zero >fill; mkdir -p a/b/c; ln -s / a/root; exit 0",
            wanted: "done"
        ),
        BadHook(name: "locks its folder", script: "mkdir locked; touch locked/x; chmod 0 .; exit 0", wanted: "done"),
        BadHook(name: "removes its folder", script: "rmdir \"$TMPDIR\"; exit 0", wanted: "done"),
        BadHook(
            name: "tells a story on stdout",
            script: "echo '{\"type\":\"TXT\",\"value\":\"other\"}'; exit 0",
            wanted: "done"
        ),
        BadHook(name: "claims another exit code", script: "echo 'exit code 0' >&2; exit 256", wanted: "done"),
    ]
}

/// Suites that start long-lived children take turns: what leaves a hook's session is ended when no child runs any more.
@Suite(.serialized) enum StartedHooks {}

extension StartedHooks {
    @Suite(.timeLimit(.minutes(1)), .serialized)
    struct MisbehavingHookTests {
        private let folder: HookFolder

        init() throws {
            folder = try HookFolder()
            // Without it what leaves a hook's session cannot be ended; the program does the same at its start.
            try #require(Startup.harden())
        }

        /// Processes that were started by a hook of this test: they carry its folder's name in their environment.
        private func leftOvers() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { entry in
                guard Int32(entry) != nil, let bytes = try? Files.read("/proc/\(entry)/environ", limitBytes: 1 << 20)
                else { return false }
                return String(decoding: bytes, as: UTF8.self).contains(folder.path)
            }
        }

        /// While another suite's child runs, nobody can say whose a process is that left its session: it is ended after
        /// that.
        private func expectNothingLeft() async throws {
            for _ in 0..<300 where !(try leftOvers()).isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            #expect(try leftOvers() == [])
        }

        /// What a start opens: pipes, files in memory, handles of processes, and the private folder. Sockets and event
        /// queues belong to tests that run at the same time.
        private func descriptors() throws -> Int {
            let files = FileManager.default
            return try files.contentsOfDirectory(atPath: "/proc/self/fd").count { number in
                guard let target = try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + number) else {
                    return false
                }
                return ["pipe:", "/memfd:", "anon_inode:[pidfd]", "pidfd:"].contains { target.hasPrefix($0) }
                    || target.contains("/dnsproof-")
            }
        }

        /// The fewest of some moments: hooks of other tests come and go meanwhile.
        private func fewestDescriptors(atMost wanted: Int = 0) async throws -> Int {
            var fewest = try descriptors()
            for _ in 0..<50 where fewest > wanted {
                try await Task.sleep(for: .milliseconds(20))
                fewest = min(fewest, try descriptors())
            }
            return fewest
        }

        /// All of them, a few at a time, as the zones of one run would have it.
        @Test func everyBadHookEnds() async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, bad) in BadHook.all.enumerated() {
                    if index >= 4 { try await group.next() }
                    group.addTask { try await expectEnding(of: bad, number: index) }
                }
                try await group.waitForAll()
            }
            try await expectNothingLeft()
        }

        private func expectEnding(of bad: BadHook, number: Int) async throws {
            let hook = try HookPublisher.test(
                try await folder.addScript("hook\(number)", bad.script),
                settings: ["mark": folder.path, "bulk": String(repeating: "x", count: 60_000)],
                secrets: ["key": "0123456789abcdef"],
                deadlineMilliseconds: bad.deadlineMilliseconds
            )
            let began = ContinuousClock.now
            let outcome = await hook.publish(try .txt("v"))
            let told = outcome.told
            #expect(
                told.kind == bad.wanted && (bad.words.isEmpty || told.reason.contains(bad.words)),
                "\(bad.name): \(told)"
            )
            #expect(told.reason.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(bad.name)")
            #expect(told.reason.utf8.count < 1_400, "\(bad.name)")
            #expect(ContinuousClock.now - began < .milliseconds(bad.deadlineMilliseconds + 6_000), "\(bad.name)")
        }

        @Test func manyCallsLeaveNoDescriptorAndNoFolder() async throws {
            let program = try await folder.addScript(
                "hook",
                "printf %s \"$TMPDIR\" >>\"$LOG\"; echo >>\"$LOG\"; touch \"$TMPDIR/x\"; exit 1"
            )
            let hook = try HookPublisher.test(program)
            _ = await hook.publish(try .txt("v"))
            let before = try await fewestDescriptors()
            for _ in 0..<25 { _ = await hook.publish(try .txt("v")) }
            // A hook of another test holds at most these, be it for ever; a leak would be one a call.
            let others = 6
            #expect(try await fewestDescriptors(atMost: before) <= before + others)
            let folders = try folder.text().split(separator: "\n").map { String($0) }
            #expect(folders.count == 26 && Set(folders).count == 26)
            for path in folders { #expect(!FileManager.default.fileExists(atPath: path)) }
        }

        @Test func theFolderIsPrivateEmptyAndTheHooksOwn() async throws {
            let program = try await folder.addScript(
                "hook",
                "{ pwd; stat -c '%a %u' .; ls -A; umask; ls -l /proc/self/fd | wc -l; id -u; } >\"$LOG\""
            )
            #expect(await (try HookPublisher.test(program)).publish(try .txt("v")) == .done)
            let lines = try folder.text().split(separator: "\n").map { String($0) }
            #expect(lines[0].contains("dnsproof-"))
            #expect(lines[1] == "700 \(lines.last ?? "")")
            #expect(lines[2] == "0077")
            // ls has its three, the folder it reads, and the line "total 0".
            #expect(lines[3] == "5")
        }

        @Test func whatMayNotBeStartedIsMisconfigured() async throws {
            func reason(_ program: String) async throws -> String {
                let outcome = await (try HookPublisher.test(program)).publish(try .txt("v"))
                guard case .misconfigured(let reason) = outcome else { return "another outcome: \(outcome)" }
                return reason
            }
            func inside(_ name: String) -> String { folder.path + "/" + name }
            #expect(try await reason(inside("absent")).contains("does not exist"))
            #expect(try await reason("relative").contains("no absolute path"))
            #expect(try await reason(folder.path).contains("is a folder"))
            _ = try await folder.add("plain", mode: "644", "#!/bin/sh\nexit 0\n")
            #expect(try await reason(inside("plain")).contains("not executable"))
            _ = try await folder.add("open", mode: "775", "#!/bin/sh\nexit 0\n")
            #expect(try await reason(inside("open")).contains("may be written by others"))
            _ = try await folder.add("shebang", "#!/no/such/interpreter\n")
            #expect(try await reason(inside("shebang")).contains("not started"))
            _ = try await folder.add("garbage", "\u{7F}ELF no program\n")
            #expect(try await reason(inside("garbage")).contains("not started"))
            try FileManager.default.createSymbolicLink(
                atPath: inside("dangling"),
                withDestinationPath: inside("absent")
            )
            #expect(try await reason(inside("dangling")).contains("link"))
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            _ = try await folder.add("good", "#!/bin/sh\nexit 0\n")
            #expect(try await reason(inside("good")).contains("chmod go-w"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
            #expect(await (try HookPublisher.test(inside("good"))).publish(try .txt("v")) == .done)
        }

        @Test func aCancelledRunEndsItsHook() async throws {
            let program = try await folder.addScript(
                "hook",
                "echo started >\"$LOG\"; trap '' TERM; sleep 1000 & wait; sleep 1000"
            )
            let hook = try HookPublisher.test(program, settings: ["mark": folder.path])
            let order = try PublishingOrder.txt("v")
            let task = Task { await hook.publish(order) }
            for _ in 0..<100 where !folder.has("log") { try await Task.sleep(for: .milliseconds(50)) }
            task.cancel()
            #expect(await task.value == .tryLater(reason: "the hook was ended because this run ends"))
            try await expectNothingLeft()
        }
    }
}

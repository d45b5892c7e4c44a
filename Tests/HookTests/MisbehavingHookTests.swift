// Hooks that do everything a program can do wrong, started for real: the run goes on, nothing stays behind, nothing
// leaks.
import Agent
import DCV
import Foundation
import Platform
import Testing

/// Stock hooks, and the program that starts hooks.
enum StartedHooks {}

extension StartedHooks {
    @Suite(.startsProgramsAlone, .serialized, .timeLimit(.minutes(1)))
    struct MisbehavingHookTests {
        private let folder: HookFolder

        init() throws {
            folder = try HookFolder()
            // Without it what leaves a hook's session cannot be ended; the program does the same at its start.
            try #require(Startup.harden())
        }

        @Test func manyCallsLeaveNoDescriptorAndNoFolder() async throws {
            let program = try await folder.addScript(
                "hook",
                "printf %s \"$TMPDIR\" >>\"$LOG\"; echo >>\"$LOG\"; touch \"$TMPDIR/x\"; exit 1"
            )
            let hook = try HookPublisher.test(program)
            _ = await hook.publish(try .txt("v"))
            let before = try await HookTraces.fewestDescriptors()
            for _ in 0..<25 { _ = await hook.publish(try .txt("v")) }
            #expect(try await HookTraces.fewestDescriptors(atMost: before) <= before)
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
            try await folder.expectNothingLeft()
        }
    }
}

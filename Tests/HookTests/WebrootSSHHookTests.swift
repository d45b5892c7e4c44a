// The stock hook `webroot-ssh`, against a real sshd.
import Agent
import DCV
import Foundation
import Glibc
import Platform
import Testing

extension StartedHooks {
    @Suite(.startsPrograms, .serialized, .timeLimit(.minutes(2)))
    struct WebrootSSHHookTests {
        private static let path = "/.well-known/pki-validation/ca3-4f.txt"
        private static let folder = "root/.well-known/pki-validation"

        private func names(_ server: SSHServer, _ folder: String = Self.folder) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: server.folder.path + "/" + folder).sorted()
        }

        private func link(_ server: SSHServer, _ path: String, to destination: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: server.folder.path + "/" + path,
                withDestinationPath: destination
            )
        }

        private func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }

        @Test func aTokenComesAndGoes() async throws {
            try await SSHServer.with { server in
                let hook = try await server.hook()
                #expect(try await hook.describe().get() == HookDescription(kinds: [.http], labels: .any))
                for body in ["-n", "a b;c", String(repeating: "x", count: 512)] {
                    let order = try PublishingOrder.http(body)
                    #expect(await hook.withdraw(order) == .done)
                    #expect(await hook.publish(order) == .done)
                    #expect(await hook.publish(order) == .done)
                    #expect(try server.folder.text("root" + Self.path) == body)
                    #expect(try mode(server.root + Self.path) == 0o644)
                    #expect(try mode(server.root + "/.well-known/pki-validation") == 0o755)
                    #expect(try mode(server.root + "/.well-known") == 0o755)
                    #expect(try names(server) == ["ca3-4f.txt"])
                    #expect(await hook.withdraw(order) == .done)
                    #expect(try names(server) == [])
                }
                for folder in HTTPTokenPath.folders {
                    #expect(await hook.publish(try .http("x", path: folder + "t~1")) == .done)
                    #expect(server.folder.has("root" + folder + "t~1"))
                }
            }
        }

        @Test func foreignFilesStay() async throws {
            try await SSHServer.with { server in
                let hook = try await server.hook()
                #expect(await hook.publish(try .http("ours")) == .done)
                try server.write(Self.folder + "/xca3-4f.txt", "ours")
                for other in ["our", "ours2", "ourz"] { #expect(await hook.withdraw(try .http(other)) == .done) }
                #expect(try server.folder.text("root" + Self.path) == "ours")
                #expect(await hook.publish(try .http("new")) == .done)
                #expect(try server.folder.text("root" + Self.path) == "new")
                #expect(await hook.withdraw(try .http("new")) == .done)
                #expect(try names(server) == ["xca3-4f.txt"])
                // A link in the file's place is not ours, and is replaced, never written through.
                try server.write("outside/victim", "new")
                try link(server, Self.folder + "/ca3-4f.txt", to: server.folder.path + "/outside/victim")
                #expect(await hook.withdraw(try .http("new")) == .done)
                #expect(try names(server) == ["ca3-4f.txt", "xca3-4f.txt"])
                #expect(await hook.publish(try .http("newer")) == .done)
                #expect(try server.folder.text("outside/victim") == "new")
                #expect(try server.folder.text("root" + Self.path) == "newer")
            }
        }

        @Test func whatIsInTheWay() async throws {
            try await SSHServer.with { server in
                let hook = try await server.hook()
                try link(server, "root/.well-known", to: "../outside")
                for outcome in [await hook.publish(try .http("x")), await hook.withdraw(try .http("x"))] {
                    #expect(outcome.told.kind == "misconfigured")
                    #expect(outcome.told.reason.contains("leads out of the root, to"), "\(outcome.told)")
                }
                try FileManager.default.removeItem(atPath: server.root + "/.well-known")
                try FileManager.default.createDirectory(
                    atPath: server.root + "/.well-known",
                    withIntermediateDirectories: false
                )
                for destination in ["../../outside", "../..", "/", "../../root-of-another"] {
                    try? FileManager.default.createDirectory(
                        atPath: server.folder.path + "/root-of-another",
                        withIntermediateDirectories: false
                    )
                    try link(server, Self.folder, to: destination)
                    let told = await hook.publish(try .http("x")).told
                    #expect(told.kind == "misconfigured" && told.reason.contains("leads out"), "\(told)")
                    try FileManager.default.removeItem(atPath: server.folder.path + "/" + Self.folder)
                }
                #expect(try names(server, "outside").isEmpty && names(server, "root-of-another").isEmpty)
                // Inside the root a link is followed.
                try FileManager.default.createDirectory(
                    atPath: server.root + "/tokens",
                    withIntermediateDirectories: false
                )
                try link(server, Self.folder, to: "../tokens")
                #expect(await hook.publish(try .http("x")) == .done)
                #expect(try server.folder.text("root/tokens/ca3-4f.txt") == "x")
                try FileManager.default.removeItem(atPath: server.root + "/tokens/ca3-4f.txt")
                try FileManager.default.createDirectory(
                    atPath: server.root + "/tokens/ca3-4f.txt",
                    withIntermediateDirectories: false
                )
                #expect(await hook.publish(try .http("x")).told.reason.contains("ca3-4f.txt at 127.0.0.1 is a folder"))
                #expect(await hook.withdraw(try .http("x")) == .done)
                #expect(try names(server, "root/tokens") == ["ca3-4f.txt"])
            }
        }

        private func setMode(_ mode: Int, _ path: String) throws {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }

        /// As a user whom the folders' modes concern.
        @Test func whatCannotBeLookedIntoIsNotAbsent() async throws {
            try await SSHServer.with { server in
                let hook = try await server.hook(["user": geteuid() == 0 ? "nobody" : server.user])
                #expect(await (try server.hook()).publish(try .http("x")) == .done)
                let folder = server.folder.path + "/" + Self.folder
                for path in [server.root, server.root + "/.well-known", folder] { try setMode(0o755, path) }
                for (mode, path) in [(0o333, folder), (0, folder), (0, server.root + "/.well-known")] {
                    try setMode(mode, path)
                    for outcome in [await hook.publish(try .http("x")), await hook.withdraw(try .http("x"))] {
                        let (kind, reason) = outcome.told
                        #expect(kind == "misconfigured" && reason.contains("cannot be looked into"), "\(outcome)")
                        #expect(reason.contains("ermission denied"), "\(outcome)")
                    }
                    try setMode(0o755, path)
                }
                #expect(try server.folder.text("root" + Self.path) == "x")
            }
        }

        @Test func whatIsNoFolderAndWhatIsTheSameFolder() async throws {
            try await SSHServer.with { server in
                let hook = try await server.hook()
                let above = server.root + "/.well-known"
                try server.write("root/.well-known", "a file")
                let file = await hook.publish(try .http("x")).told
                #expect(file.kind == "misconfigured" && file.reason.contains("no folder is in the way"), "\(file)")
                #expect(await hook.withdraw(try .http("x")) == .done)
                try FileManager.default.removeItem(atPath: above)
                try FileManager.default.createDirectory(atPath: above, withIntermediateDirectories: false)
                try link(server, Self.folder, to: "nowhere")
                let dangling = await hook.publish(try .http("x")).told
                #expect(dangling.reason.contains("at 127.0.0.1 (remote mkdir: Failure): is the"), "\(dangling)")
                try FileManager.default.removeItem(atPath: above + "/pki-validation")
                try link(server, Self.folder, to: ".")
                #expect(await hook.publish(try .http("x")) == .done)
                #expect(try server.folder.text("root/.well-known/ca3-4f.txt") == "x")
                #expect(await hook.withdraw(try .http("x")) == .done)
                #expect(try names(server, "root/.well-known") == ["pki-validation"])
            }
        }

        @Test func aServerThatReplacesNoFile() async throws {
            try await SSHServer.with { server in
                try server.authorize(" -P posix-rename")
                let hook = try await server.hook()
                for _ in 0..<2 { #expect(await hook.publish(try .http("x")) == .done) }
                let told = await hook.publish(try .http("y")).told
                #expect(told.kind == "misconfigured" && told.reason.contains("it has no posix-rename"), "\(told)")
                #expect(try names(server) == ["ca3-4f.txt"])
                #expect(try server.folder.text("root" + Self.path) == "x")
                #expect(await hook.withdraw(try .http("x")) == .done)
                #expect(try names(server) == [])
                // Ours, but the web server cannot read it: written again.
                try server.authorize()
                #expect(await hook.publish(try .http("x")) == .done)
                try setMode(0o600, server.root + Self.path)
                #expect(await hook.publish(try .http("x")) == .done)
                #expect(try mode(server.root + Self.path) == 0o644)
            }
        }

        /// With programs of the test's own in `bin`.
        private func environment(_ server: SSHServer, _ bin: String) -> [String: String] {
            [
                "PATH": bin + ":/usr/bin:/bin", "DNSPROOF_KIND": "http", "DNSPROOF_HTTP_PATH": Self.path,
                "DNSPROOF_HTTP_BODY": "x", "DNSPROOF_SETTING_HOST": "127.0.0.1",
                "DNSPROOF_SETTING_PORT": "\(server.port)", "DNSPROOF_SETTING_USER": server.user,
                "DNSPROOF_SETTING_ROOT": server.root, "DNSPROOF_SETTING_KEY_FILE": server.folder.path + "/key",
                "DNSPROOF_SETTING_KNOWN_HOSTS": server.folder.path + "/known",
            ]
        }

        /// Ended after the file was put there and before it is in its place, by an sftp that stays.
        @Test func whatIsEndedEndsAtOnceAndLeavesNothing() async throws {
            try await SSHServer.with { server in
                let folder = server.folder
                let bin = folder.path + "/bin"
                try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: false)
                _ = try await folder.addScript(
                    "bin/sftp",
                    """
                    batch=$(cat)
                    case $batch in
                    *@rename*) printf '%s\n' "$batch" | sed /@rename/d | /usr/bin/sftp "$@"; : >"$LOG"; sleep 60 ;;
                    *) printf '%s\n' "$batch" | /usr/bin/sftp "$@" ;;
                    esac
                    """
                )
                let command = ChildCommand(
                    program: try await StockHooks.copy("webroot-ssh", into: folder),
                    arguments: ["publish"],
                    environment: environment(server, bin),
                    deadlineMilliseconds: 50_000,
                    graceMilliseconds: 10_000
                )
                let running = Task { await ChildProcess().run(command) }
                for _ in 0..<1_000 where !folder.has("log") { try await Task.sleep(for: .milliseconds(20)) }
                #expect(try names(server).count == 1 && names(server)[0].hasPrefix(".dnsproof-"))
                let start = ContinuousClock.now
                running.cancel()
                _ = await running.value
                #expect(ContinuousClock.now - start < .seconds(5))
                #expect(try names(server) == [])
            }
        }

        @Test func whoeverDoesNotMatchIsNotSpokenTo() async throws {
            try await SSHServer.with { server in
                let folder = server.folder.path
                try await server.run("/usr/bin/install", ["-m", "644", folder + "/key", folder + "/open"])
                for (settings, kind, words) in [
                    (["known_hosts": folder + "/known-other"], "misconfigured", "shows another host key than"),
                    (["known_hosts": folder + "/known-empty"], "misconfigured", "has no host key of 127.0.0.1 port"),
                    (["key_file": folder + "/other"], "misconfigured", "does not accept the key"),
                    (["key_file": folder + "/open"], "misconfigured", "ssh cannot use the key"),
                    (["key_file": folder + "/authorized"], "misconfigured", "ssh cannot use the key"),
                    (["key_file": "key"], "misconfigured", "no absolute path"),
                    (["known_hosts": folder + "/absent"], "misconfigured", "no file that this user may read"),
                    (["root": folder + "/absent"], "misconfigured", "no folder that can be entered"),
                    (["root": "/proc"], "tryLater", "cannot be written at 127.0.0.1"),
                    (["root": "/\"; x"], "misconfigured", "root holds a character"),
                    (["root": "/a*"], "misconfigured", "root holds a character"),
                    (["host": "-oProxyCommand=touch x"], "misconfigured", "host begins with -"),
                    (["user": "-oProxyCommand=touch x"], "misconfigured", "user begins with -"),
                    (["host": "a b"], "misconfigured", "host holds a character"),
                    (["port": "1"], "tryLater", "does not answer"),
                    (["port": "0"], "misconfigured", "is no number from 1 to 65535"),
                    (["port": "65536"], "misconfigured", "is no number from 1 to 65535"),
                ] {
                    let told = await (try server.hook(settings)).publish(try .http("x")).told
                    #expect(told.kind == kind && told.reason.contains(words), "\(settings): \(told)")
                }
                #expect(try names(server, "root").isEmpty)
                #expect(await (try server.hook()).publish(try .txt("x")).told.reason.contains("no other kind"))
            }
        }

        @Test func aServerThatIsSilent() async throws {
            try await SSHServer.with { server in
                let hook = try await server.hook(deadlineMilliseconds: 6_000)
                try server.signal(SIGSTOP)
                let silent = await hook.publish(try .http("x")).told
                try server.signal(SIGCONT)
                #expect(silent.kind == "tryLater" && silent.reason.contains("does not answer within 2 s"), "\(silent)")
                #expect(await (try server.hook()).publish(try .http("x")) == .done)
                #expect(try names(server) == ["ca3-4f.txt"])
            }
        }

        /// busybox's timeout knows no --foreground; and what cannot be compared may be our token.
        @Test func programsThatDoNotFitAreNamed() async throws {
            try await SSHServer.with { server in
                #expect(await (try server.hook()).publish(try .http("x")) == .done)
                for (program, words) in [("timeout", "no program timeout with --foreground"), ("cmp", "be compared")] {
                    let bin = try HookFolder()
                    _ = try await bin.addScript(program, "exit 2")
                    let result = await ChildProcess().run(
                        ChildCommand(
                            program: try await StockHooks.copy("webroot-ssh", into: bin),
                            arguments: ["withdraw"],
                            environment: environment(server, bin.path)
                        )
                    )
                    let told = String(decoding: result.errorOutput.bytes, as: UTF8.self)
                    #expect(result.ending == .exited(78) && told.contains(words), "\(result.ending) \(told)")
                    #expect(try names(server) == ["ca3-4f.txt"])
                }
            }
        }
    }
}

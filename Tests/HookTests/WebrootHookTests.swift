// The stock hook `webroot`, started for real in a document root of the test's own.
import Agent
import DCV
import Foundation
import Platform
import Testing

@Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct WebrootHookTests {
    private static let path = "/.well-known/pki-validation/ca3-4f.txt"

    private let folder: HookFolder
    private var root: String { folder.path + "/root" }

    init() throws {
        folder = try HookFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/root", withIntermediateDirectories: false)
        try FileManager.default.createDirectory(atPath: folder.path + "/outside", withIntermediateDirectories: false)
    }

    private func hook(_ root: String? = nil) async throws -> HookPublisher {
        try HookPublisher.test(
            try await StockHooks.copy("webroot", into: folder),
            settings: ["root": root ?? self.root]
        )
    }

    private func served(_ path: String = Self.path) -> [UInt8]? { try? Files.read(root + path, limitBytes: 4096) }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func link(_ path: String, to destination: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: destination)
    }

    @Test func aTokenComesAndGoes() async throws {
        let hook = try await hook()
        #expect(try await hook.describe().get() == HookDescription(kinds: [.http], labels: .any))
        for body in ["-n", "ca3-1dd65f", "a b;c", String(repeating: "x", count: 512)] {
            let order = try PublishingOrder.http(body)
            #expect(await hook.withdraw(order) == .done)
            #expect(await hook.publish(order) == .done)
            #expect(await hook.publish(order) == .done)
            #expect(served() == Array(body.utf8))
            #expect(try mode(root + Self.path) == 0o644)
            #expect(try mode(root + "/.well-known/pki-validation") == 0o755)
            #expect(try mode(root + "/.well-known") == 0o755)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: root + "/.well-known/pki-validation").count == 1
            )
            #expect(await hook.withdraw(order) == .done)
            #expect(served() == nil)
        }
    }

    @Test func everyFolderForProofsIsServed() async throws {
        let hook = try await hook()
        for folder in HTTPTokenPath.folders {
            let order = try PublishingOrder.http("ours", path: folder + "x1")
            #expect(await hook.publish(order) == .done)
            #expect(served(folder + "x1") == Array("ours".utf8))
            #expect(await hook.withdraw(order) == .done)
            #expect(served(folder + "x1") == nil)
        }
    }

    @Test func foreignFilesStay() async throws {
        let hook = try await hook()
        #expect(await hook.publish(try .http("ours")) == .done)
        #expect(await hook.publish(try .http("theirs", path: "/.well-known/pki-validation/other.txt")) == .done)
        #expect(await hook.withdraw(try .http("our")) == .done)
        #expect(await hook.withdraw(try .http("ours2")) == .done)
        #expect(served() == Array("ours".utf8))
        try Data("ours\n".utf8).write(to: URL(fileURLWithPath: root + Self.path))
        #expect(await hook.withdraw(try .http("ours")) == .done)
        #expect(served() == Array("ours\n".utf8))
        #expect(served("/.well-known/pki-validation/other.txt") == Array("theirs".utf8))
        #expect(await hook.publish(try .http("new")) == .done)
        #expect(served() == Array("new".utf8))
    }

    /// The value types let no such path through; the hook refuses them all the same, started as anybody may start it.
    @Test(arguments: [
        "", "/", "/etc/passwd", "/.well-known/x", "/.well-known/pki-validation", "/.well-known/pki-validation/",
        "/.well-known/pki-validation/..", "/.well-known/pki-validation/.x", "/.well-known/pki-validation/../../x",
        "/.well-known/pki-validation/a/b", "/.well-known/acme-challenge/../x", "/.well-known/acme-challenge/$(touch x)",
        "/.well-known/acme-challenge/a b", "/.well-known/acme-challenge/a\nb", "/.well-known/acme-challenge/é",
        "//.well-known/acme-challenge/x", "/.well-known//acme-challenge/x", "/x/.well-known/acme-challenge/x",
    ])
    func noOtherPath(path: String) async throws {
        for verb in ["publish", "withdraw"] {
            let result = await ChildProcess().run(
                ChildCommand(
                    program: try await StockHooks.copy("webroot", into: folder),
                    arguments: [verb],
                    environment: [
                        "PATH": "/usr/bin:/bin", "DNSPROOF_KIND": "http", "DNSPROOF_HTTP_BODY": "x",
                        "DNSPROOF_HTTP_PATH": path, "DNSPROOF_SETTING_ROOT": root,
                    ]
                )
            )
            #expect(result.ending == .exited(78))
            #expect(!result.errorOutput.bytes.isEmpty)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: root).isEmpty)
    }

    @Test func aLinkThatLeadsOutIsRefused() async throws {
        let hook = try await hook()
        try link(root + "/.well-known", to: folder.path + "/outside")
        #expect(await hook.publish(try .http("x")).told.reason.contains("leads out of the root"))
        #expect(await hook.withdraw(try .http("x")).told.kind == "misconfigured")
        try FileManager.default.removeItem(atPath: root + "/.well-known")
        try FileManager.default.createDirectory(atPath: root + "/.well-known", withIntermediateDirectories: false)
        for destination in ["../../outside", folder.path + "/outside", "../..", "/", "/tmp"] {
            try link(root + "/.well-known/pki-validation", to: destination)
            #expect(await hook.publish(try .http("x")).told.kind == "misconfigured", "\(destination)")
            try FileManager.default.removeItem(atPath: root + "/.well-known/pki-validation")
        }
        try link(root + "/.well-known/pki-validation", to: "../../absent")
        #expect(await hook.publish(try .http("x")).told.kind == "misconfigured")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/outside").isEmpty)
        #expect(!folder.has("absent"))
    }

    @Test func aLinkInsideTheRootIsFollowed() async throws {
        try FileManager.default.createDirectory(atPath: root + "/tokens", withIntermediateDirectories: false)
        try FileManager.default.createDirectory(atPath: root + "/.well-known", withIntermediateDirectories: false)
        try link(root + "/.well-known/pki-validation", to: "../tokens")
        try link(folder.path + "/alias", to: root)
        #expect(await (try hook(folder.path + "/alias")).publish(try .http("x")) == .done)
        #expect(try folder.text("root/tokens/ca3-4f.txt") == "x")
    }

    /// A link planted in the file's own place is replaced, never written through and never taken for our token.
    @Test func aLinkInTheFilesPlace() async throws {
        let hook = try await hook()
        _ = await hook.publish(try .http("x"))
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder.path + "/outside/victim"))
        try FileManager.default.removeItem(atPath: root + Self.path)
        try link(root + Self.path, to: folder.path + "/outside/victim")
        #expect(await hook.withdraw(try .http("x")) == .done)
        #expect(try folder.text("outside/victim") == "x")
        #expect(served() == Array("x".utf8), "the link stays, it is not ours")
        #expect(await hook.publish(try .http("y")) == .done)
        #expect(served() == Array("y".utf8))
        #expect(try folder.text("outside/victim") == "x")
        try FileManager.default.removeItem(atPath: root + Self.path)
        try FileManager.default.createDirectory(atPath: root + Self.path, withIntermediateDirectories: false)
        #expect(
            await hook.publish(try .http("x")).told == (
                "failed", "webroot: \(root + Self.path) is a folder (exit code 1)"
            )
        )
        #expect(await hook.withdraw(try .http("x")) == .done)
    }

    @Test func whatIsMisconfigured() async throws {
        #expect(await (try hook("relative")).publish(try .http("x")).told.reason.contains("no absolute path"))
        #expect(await (try hook(folder.path + "/absent")).publish(try .http("x")).told.reason.contains("no folder"))
        #expect(await (try hook("/proc")).publish(try .http("x")).told.kind != "done")
        let bare = try HookPublisher.test(try await StockHooks.copy("webroot", into: folder))
        #expect(await bare.publish(try .http("x")).told.reason.contains("setting root is missing"))
        #expect(await (try hook()).publish(try .txt("x")).told.reason.contains("publishes no other kind"))
    }

    /// What cannot be compared may be our token.
    @Test(arguments: [2, 127])
    func whatCannotBeComparedIsNotCalledAnothers(code: Int) async throws {
        #expect(await (try hook()).publish(try .http("x")) == .done)
        try FileManager.default.createDirectory(atPath: folder.path + "/bin", withIntermediateDirectories: false)
        _ = try await folder.addScript("bin/cmp", "exit \(code)")
        let result = await ChildProcess().run(
            ChildCommand(
                program: try await StockHooks.copy("webroot", into: folder),
                arguments: ["withdraw"],
                environment: [
                    "PATH": folder.path + "/bin:/usr/bin:/bin", "DNSPROOF_KIND": "http", "DNSPROOF_HTTP_BODY": "x",
                    "DNSPROOF_HTTP_PATH": Self.path, "DNSPROOF_SETTING_ROOT": root,
                ]
            )
        )
        #expect(result.ending == .exited(78))
        #expect(String(decoding: result.errorOutput.bytes, as: UTF8.self).contains("cannot be compared"))
        #expect(served() == Array("x".utf8))
    }

    @Test func whatKilledRunsLeftGoesAfterADay() async throws {
        let hook = try await hook()
        #expect(await hook.publish(try .http("x")) == .done)
        let tokens = root + "/.well-known/pki-validation"
        for (name, days) in [(".dnsproof-old", 2.0), (".dnsproof-now", 0), (".other", 2)] {
            try Data().write(to: URL(fileURLWithPath: tokens + "/" + name))
            let date = Date(timeIntervalSinceNow: -86_400 * days)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: tokens + "/" + name)
        }
        #expect(await hook.publish(try .http("y")) == .done)
        let left = try FileManager.default.contentsOfDirectory(atPath: tokens).sorted()
        #expect(left == [".dnsproof-now", ".other", "ca3-4f.txt"])
    }
}

// Secrets come from where the configuration says, only from safe places, and show themselves nowhere.
import Foundation
import Platform
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SecretTests {
    private func read(_ source: SecretSource, environment: [String: String] = [:]) async throws(SecretFailure) -> String
    {
        try await SecretReader(environment: environment, children: ChildProcess()).read(source).revealed
    }

    private func failure(_ source: SecretSource, environment: [String: String] = [:]) async -> SecretFailure? {
        do {
            _ = try await read(source, environment: environment)
            return nil
        } catch {
            return error
        }
    }

    @Test func aSecretShowsItselfNowhere() throws {
        let secret = try #require(Secret(Array("s3cret".utf8)))
        struct Holder { let name = "x", secret: Secret }
        let holder = Holder(secret: secret)
        var dumped = ""
        dump(holder, to: &dumped)
        for text in [
            "\(secret)", "\(holder)", String(reflecting: holder), "\([secret])", "\(Optional(secret) as Any)", dumped,
        ] {
            #expect(!text.contains("s3cret"))
        }
        #expect("\(secret)" == "***")
        #expect(secret.revealed == "s3cret")
        #expect(!((secret as Any) is any Encodable))
    }

    @Test(arguments: [[], [0x61, 0x00], [0xFF]] as [[UInt8]])
    func whatIsNoTextIsNoSecret(bytes: [UInt8]) { #expect(Secret(bytes) == nil) }

    @Test func fromAVariable() async throws {
        #expect(try await read(.environment("TOKEN"), environment: ["TOKEN": "abc"]) == "abc")
        #expect(await failure(.environment("TOKEN"))?.problem == "it is not set")
        let empty = await failure(.environment("TOKEN"), environment: ["TOKEN": ""])
        #expect(empty?.description.contains("environment variable TOKEN") == true)
    }

    @Test(arguments: [("abc", "abc"), ("abc\n", "abc"), ("abc\r\n", "abc"), (" abc \n\n", " abc \n"), ("a\nb", "a\nb")])
    func oneLineEndIsTakenOff(content: String, secret: String) async throws {
        let workshop = try Workshop()
        #expect(try await read(.file(try workshop.file("secret", content))) == secret)
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o610, 0o601, 0o644])
    func aFileThatOthersMayUseIsRefused(mode: Int) async throws {
        let workshop = try Workshop()
        let path = try workshop.file("secret", "s3cret", mode: mode)
        let failure = try #require(await failure(.file(path)))
        #expect(failure.cure == "chmod 600 \(path)")
        #expect(failure.problem.contains(String(mode, radix: 8)))
        #expect(!failure.description.contains("s3cret"))
    }

    @Test(arguments: [0o600, 0o400, 0o700])
    func aFileOfItsOwnersAloneIsTaken(mode: Int) async throws {
        let workshop = try Workshop()
        #expect(try await read(.file(try workshop.file("secret", "s3cret\n", mode: mode))) == "s3cret")
    }

    @Test func odditiesInAFilesPlaceAreRefused() async throws {
        let workshop = try Workshop()
        let path = try workshop.file("secret", "s3cret")
        try workshop.link("link", to: path)
        try workshop.makeFolder("folder", mode: 0o700)
        try await workshop.makePipe("pipe", mode: "600")
        _ = try workshop.file("empty", "\n")
        _ = try workshop.file("big", String(repeating: "x", count: SecretReader.limitBytes + 1))
        _ = try workshop.file("whole", String(repeating: "x", count: SecretReader.limitBytes))
        #expect(await failure(.file(workshop.path("link")))?.problem.contains("symbolic link") == true)
        #expect(await failure(.file(workshop.path("folder")))?.problem.contains("no regular file") == true)
        #expect(await failure(.file(workshop.path("pipe")))?.problem.contains("no regular file") == true)
        #expect(await failure(.file(workshop.path("absent")))?.problem.contains("No such file") == true)
        #expect(await failure(.file(workshop.path("empty")))?.problem.contains("empty") == true)
        #expect(await failure(.file(workshop.path("big")))?.problem.contains("longer than") == true)
        #expect(await failure(.file(workshop.path("whole"))) == nil)
        guard workshop.giveAway("secret") else { return }
        #expect(await failure(.file(path))?.problem.contains("12345") == true)
    }

    @Test func fromACommand() async throws {
        let workshop = try Workshop()
        let script = try workshop.script("printf '%s\\n' \"$1-$HOME-$OTHER-${PATH%%:*}\"; echo noise >&2")
        let environment = ["HOME": "/home/x", "OTHER": "no", "PATH": "/evil"]
        #expect(try await read(.command([script, "a b"]), environment: environment) == "a b-/home/x--/usr/local/bin")
        #expect(try await read(.command(["printf", "abc"])) == "abc")
    }

    @Test func aCommandThatFailsNamesTheCommandAndNotItsOutput() async throws {
        let workshop = try Workshop()
        let scripts = [
            try workshop.script("echo s3cret; echo s3cret >&2; exit 3", name: "exits"),
            try workshop.script("echo s3cret; kill -9 $$", name: "killed"),
            try workshop.script("head -c 100000 /dev/zero | tr '\\0' s3cret", name: "floods"),
            try workshop.script("exit 0", name: "empty"),
            try workshop.file("plain", "s3cret", mode: 0o600),
            workshop.path("absent"),
        ]
        for script in scripts {
            let failure = try #require(await failure(.command([script, "argument"])))
            #expect(failure.description.contains(script))
            #expect(!failure.description.contains("s3cret"))
        }
        #expect(await failure(.command(["no-such-program-anywhere"]))?.problem.contains("no such program") == true)
        #expect(await failure(.command([])) != nil)
    }

    @Test func fromSystemdsCredentials() async throws {
        let workshop = try Workshop()
        _ = try workshop.file("token", "abc\n", mode: 0o440)
        _ = try workshop.file("open", "abc\n", mode: 0o444)
        let environment = ["CREDENTIALS_DIRECTORY": workshop.folder]
        #expect(try await read(.credential("token"), environment: environment) == "abc")
        #expect(await failure(.credential("open"), environment: environment)?.problem.contains("mode 444") == true)
        #expect(await failure(.credential("token"))?.cure.contains("LoadCredential=token") == true)
        for folder in ["", ".", "run/credentials"] {
            let failure = await failure(.credential("passwd"), environment: ["CREDENTIALS_DIRECTORY": folder])
            #expect(failure?.problem == "$CREDENTIALS_DIRECTORY is not set", "\(folder)")
        }
        for (name, mode) in [("writable", 0o460), ("usable", 0o450), ("others", 0o404)] {
            _ = try workshop.file(name, "abc\n", mode: mode)
            #expect(await failure(.credential(name), environment: environment)?.problem.contains("may use") == true)
        }
        try workshop.link("link", to: workshop.path("token"))
        try workshop.makeFolder("folder", mode: 0o700)
        #expect(await failure(.credential("link"), environment: environment)?.problem.contains("symbolic") == true)
        #expect(await failure(.credential("folder"), environment: environment)?.problem.contains("no regular") == true)
        for name in ["", ".", "..", "../token", "a/b", "/etc/passwd"] {
            #expect(await failure(.credential(name), environment: environment) != nil)
        }
    }
}

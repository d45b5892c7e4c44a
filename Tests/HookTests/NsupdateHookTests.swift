// The stock hook `nsupdate`: against a real BIND, and against an nsupdate that answers what no test server can be made
// to say.
import Agent
import DCV
import Foundation
import Platform
import Testing

extension StartedHooks {
    @Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
    struct NsupdateHookTests {
        private static let name = "_acme-challenge.shop.example.com"

        @Test func keysThatDoNotFit() async throws {
            try await BINDServer.with { server in
                let wrongSecret = String(server.key.dropLast(6)) + "AAAAA="
                for (key, words) in [
                    (wrongSecret, "(BADSIG)"), (server.key.replacing("dnsproof", with: "nobody"), "(BADKEY)"),
                    (server.key.replacing("sha256", with: "sha512"), "(BADKEY)"), (server.weakKey, "(REFUSED)"),
                    ("hmac-sha999:dnsproof:AAAA", "algorithm is unknown"), ("hmac-sha256:dnsproof:A=A", "no base64"),
                    ("hmac-sha256:dnsproof", "not three parts"), ("a:b:c:d", "more than three parts"),
                    ("a:b:c\nsend", "cannot stand there"),
                ] {
                    let told = await (try server.hook(secrets: ["tsig_key": key])).publish(try .txt("v")).told
                    #expect(told.kind == "misconfigured" && told.reason.contains(words), "\(told)")
                    let secret = try #require(key.split(separator: ":").last)
                    #expect(secret.utf8.count < 12 || !told.reason.contains(secret))
                }
                #expect(try await server.values(Self.name) == ["\"foreign\""])
            }
        }

        @Test func aServerThatIsDead() async throws {
            try await BINDServer.with { server in
                // Port 1 needs root to listen on and serves nothing on any machine of today.
                let dead = await (try server.hook(settings: ["port": "1"])).publish(try .txt("v")).told
                #expect(dead.kind == "tryLater" && dead.reason.contains("127.0.0.1 port 1 does not answer"))
            }
        }
    }
}

/// What the hook makes of nsupdate's words, and what it hands to it, seen from inside by an nsupdate of the test's own.
@Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct NsupdateWordsTests {
    private let folder: HookFolder

    init() throws { folder = try HookFolder() }

    private static let environment = [
        "DNSPROOF_KIND": "txt", "DNSPROOF_ZONE": "example.com", "DNSPROOF_NAME": "x.example.com",
        "DNSPROOF_TARGET": "x.example.com", "DNSPROOF_TYPE": "TXT", "DNSPROOF_VALUE": "v", "DNSPROOF_TTL": "60",
        "DNSPROOF_SETTING_SERVER": "127.0.0.1",
        "DNSPROOF_SECRET_TSIG_KEY": "hmac-sha256:k:c2VjcmV0c2VjcmV0c2VjcmV0",
    ]

    private func run(_ verb: String = "publish", _ changes: [String: String] = [:]) async throws -> (Int32, String) {
        var environment = Self.environment
        environment["PATH"] = folder.path + "/bin:/usr/bin:/bin"
        environment.merge(changes) { _, new in new }
        let result = await ChildProcess().run(
            ChildCommand(
                program: try await StockHooks.copy("nsupdate", as: "hook", into: folder),
                arguments: [verb],
                environment: environment
            )
        )
        guard case .exited(let code) = result.ending else { return (-1, "\(result.ending)") }
        return (code, String(decoding: result.errorOutput.bytes, as: UTF8.self))
    }

    private func answering(_ text: String, code: Int32 = 2) async throws {
        try? FileManager.default.createDirectory(atPath: folder.path + "/bin", withIntermediateDirectories: false)
        let program = """
            #!/bin/sh
            printf '%s\\n' "$@" >\(folder.path)/argv
            cat >\(folder.path)/input
            printf '%s\\n' '\(text)' >&2
            exit \(code)

            """
        _ = try await folder.add("bin/nsupdate", program)
    }

    @Test(arguments: [
        ("update failed: SERVFAIL", 75, "SERVFAIL"), ("update failed: NOTIMP", 78, "takes no updates"),
        ("; TSIG error with server: tsig indicates error\nupdate failed: NOTAUTH(BADTIME)", 78, "clocks"),
        ("; TSIG error with server: tsig indicates error\nupdate failed: NOTAUTH(BADTRUNC)", 78, "BADSIG"),
        ("; TSIG error with server: tsig verify failure\nupdate failed: SERVFAIL", 78, "not signed"),
        ("; TSIG error with server: expected a TSIG or SIG(0)\nupdate failed: NOTAUTH", 69, "not authoritative"),
        ("; TSIG error with server: expected a TSIG or SIG(0)\nupdate failed: SERVFAIL", 78, "not signed"),
        ("; Communication with 127.0.0.1#53 failed: timed out", 75, "does not answer"),
        ("port '70000': out of range\nsyntax error", 78, "cannot read what it is given"),
        ("update failed: NXRRSET", 1, "does not know"),
        ("something new", 1, "does not know"), ("", 1, "does not know"),
    ])
    func answers(text: String, code: Int32, words: String) async throws {
        try await answering(text)
        for verb in ["publish", "withdraw"] {
            let told = try await run(verb)
            #expect(told.0 == code && told.1.contains(words), "\(told)")
        }
    }

    @Test func theKeyIsOnStdinAlone() async throws {
        try await answering("could not create key from c2VjcmV0c2VjcmV0c2VjcmV0: bad base64 encoding", code: 1)
        let told = try await run()
        #expect(told.0 == 78 && !told.1.contains("c2VjcmV0"))
        #expect(!(try folder.text("argv")).contains("c2VjcmV0"))
        #expect(
            try folder.text("input") == """
                server 127.0.0.1 53
                key hmac-sha256:k c2VjcmV0c2VjcmV0c2VjcmV0
                zone example.com.
                prereq nxrrset x.example.com. CNAME
                update add x.example.com. 60 TXT "\\118"
                send

                """
        )
    }

    @Test func theTimeIsWhatTheDeadlineLeaves() async throws {
        try await answering("", code: 0)
        for (deadline, seconds) in [
            ("60", "20"), ("10", "5"), ("3", "1"), ("1", "1"), ("0", "20"), ("x", "20"), ("099", "20"),
        ] {
            #expect(try await run("publish", ["DNSPROOF_DEADLINE_S": deadline]).0 == 0)
            #expect(try folder.text("argv") == "-v\n-t\n\(seconds)\n")
        }
    }

    @Test(arguments: [
        ("DNSPROOF_VALUE", ""), ("DNSPROOF_TARGET", ""), ("DNSPROOF_TARGET", "x.example.com\nsend"),
        ("DNSPROOF_TARGET", "x y"),
        ("DNSPROOF_ZONE", ""), ("DNSPROOF_ZONE", "a;b"), ("DNSPROOF_TTL", ""), ("DNSPROOF_TTL", "1 A 192.0.2.1"),
        ("DNSPROOF_KIND", "http"),
        ("DNSPROOF_KIND", ""), ("DNSPROOF_SETTING_SERVER", ""), ("DNSPROOF_SETTING_SERVER", "a\nb"),
        ("DNSPROOF_SETTING_PORT", "x"), ("DNSPROOF_SETTING_PORT", "0"), ("DNSPROOF_SETTING_PORT", "65536"),
        ("DNSPROOF_SETTING_PORT", "18446744073709551669"),
        ("DNSPROOF_SECRET_TSIG_KEY", ""),
    ])
    func nothingOddIsSent(variable: String, text: String) async throws {
        try await answering("", code: 0)
        let told = try await run("publish", [variable: text])
        #expect(told.0 == 78 && told.1.contains("nsupdate: "), "\(told)")
        #expect(!folder.has("input"))
    }

    @Test func withoutTheProgramAndWithoutTheVerb() async throws {
        let told = try await run("publish", ["PATH": "/nonexistent"])
        #expect(told.0 == 78 && told.1.contains("not installed"))
        #expect(try await run("list").0 == 64)
        #expect(try await run("publish", ["DNSPROOF_VALUE": String(repeating: "x", count: 256)]).0 == 1)
    }
}

// The stock hook `nsupdate`: against a real BIND, and against an nsupdate that answers what no test server can be made
// to say.
import Agent
import DCV
import Foundation
import Glibc
import Platform
import Testing

extension StartedHooks {
    @Suite(.timeLimit(.minutes(1)))
    struct NsupdateHookTests {
        private static let name = "_acme-challenge.shop.example.com"

        private func hook(
            _ server: BINDServer,
            key: String? = nil,
            port: Int? = nil,
            deadlineMilliseconds: Int64 = 20_000
        ) async throws -> HookPublisher {
            try HookPublisher.test(
                try await StockHooks.copy("nsupdate", into: server.folder),
                settings: ["server": "127.0.0.1", "port": "\(port ?? server.port)"],
                secrets: ["tsig_key": key ?? server.key],
                deadlineMilliseconds: deadlineMilliseconds
            )
        }

        @Test func oneValueBesideAForeignOne() async throws {
            try await BINDServer.with { server in
                let hook = try await hook(server)
                #expect(try await hook.describe().get() == HookDescription(kinds: [.txt, .cname], labels: .any))
                #expect(await hook.publish(try .txt("-one")) == .done)
                #expect(await hook.publish(try .txt("-one")) == .done)
                #expect(await hook.publish(try .txt("two")) == .done)
                #expect(try await server.values(Self.name) == ["\"-one\"", "\"foreign\"", "\"two\""])
                #expect(await hook.withdraw(try .txt("-one")) == .done)
                #expect(await hook.withdraw(try .txt("-one")) == .done)
                #expect(await hook.withdraw(try .txt("never there")) == .done)
                #expect(try await server.values(Self.name) == ["\"foreign\"", "\"two\""])
                // The record goes where the CNAMEs lead, not to the name that was asked for.
                #expect(await hook.publish(try .txt("v", at: "x.example.net", target: "target.example.com")) == .done)
                #expect(try await server.values("target.example.com") == ["\"v\""])
            }
        }

        @Test func everyValueArrivesByteForByte() async throws {
            try await BINDServer.with { server in
                let hook = try await hook(server)
                for value in HookInjectionTests.values {
                    #expect(await hook.publish(try .txt(value, at: "odd.example.com")) == .done)
                    #expect(try await server.values("odd.example.com") == ["\"\(value)\""])
                    #expect(await hook.withdraw(try .txt(value, at: "odd.example.com")) == .done)
                    #expect(try await server.values("odd.example.com") == [])
                }
                // Beyond what the value types let through: data all the same.
                let program = try await StockHooks.copy("nsupdate", into: server.folder)
                for (value, shown) in [
                    ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#), ("\\065", #""\\065""#), ("a\nb", #""a\010b""#),
                    ("é", #""\195\169""#),
                    ("\"; update delete \(Self.name)", #""\"; update delete \#(Self.name)""#),
                    ("$(id)`id`", #""$(id)`id`""#),
                ] {
                    for (verb, wanted) in [("publish", [shown]), ("withdraw", [])] {
                        var environment = NsupdateWordsTests.environment(value: value, at: "odd.example.com")
                        environment["DNSPROOF_SETTING_PORT"] = "\(server.port)"
                        environment["DNSPROOF_SECRET_TSIG_KEY"] = server.key
                        let result = await ChildProcess().run(
                            ChildCommand(program: program, arguments: [verb], environment: environment)
                        )
                        #expect(result.ending == .exited(0))
                        #expect(try await server.values("odd.example.com") == wanted)
                    }
                }
                #expect(try await server.values(Self.name) == ["\"foreign\""])
            }
        }

        @Test func whatStandsInTheWayIsNeverIgnored() async throws {
            try await BINDServer.with { server in
                let hook = try await hook(server)
                let cname = "_cname.example.com"
                let refused = await hook.publish(try .txt("v", at: cname)).told
                #expect(refused.kind == "failed" && refused.reason.contains("a CNAME stands at _cname.example.com"))
                #expect(try await server.values(cname, "CNAME") == ["elsewhere.example.net."])
                // Taking away what cannot be there is success.
                #expect(await hook.withdraw(try .txt("v", at: cname)) == .done)

                #expect(await hook.publish(try .cname("elsewhere.example.net", at: cname)) == .done)
                for (target, name) in [
                    ("other.example.net", cname), ("x.example.net", Self.name), ("x.example.net", "host.example.com"),
                ] {
                    let refused = await hook.publish(try .cname(target, at: name)).told
                    #expect(refused.kind == "failed" && refused.reason.contains("other data stands at \(name)"))
                }
                #expect(try await server.values(Self.name) == ["\"foreign\""])
                #expect(try await server.values("host.example.com", "A") == ["192.0.2.1"])

                // A name that only has names below it is free.
                for name in ["new.example.com", "deep.example.com"] {
                    #expect(await hook.publish(try .cname("x.validations.example.net", at: name)) == .done)
                    #expect(await hook.publish(try .cname("x.validations.example.net", at: name)) == .done)
                    #expect(try await server.values(name, "CNAME") == ["x.validations.example.net."])
                    #expect(await hook.withdraw(try .cname("other.example.net", at: name)) == .done)
                    #expect(try await server.values(name, "CNAME") == ["x.validations.example.net."])
                    #expect(await hook.withdraw(try .cname("x.validations.example.net", at: name)) == .done)
                    #expect(try await server.values(name, "CNAME") == [])
                }
                #expect(try await server.values("a.b.deep.example.com") == ["\"below\""])
            }
        }

        @Test func keysAndZonesThatDoNotFit() async throws {
            try await BINDServer.with { server in
                let wrongSecret = String(server.key.dropLast(6)) + "AAAAA="
                for (key, words) in [
                    (wrongSecret, "(BADSIG)"), (server.key.replacing("dnsproof", with: "nobody"), "(BADKEY)"),
                    (server.key.replacing("sha256", with: "sha512"), "(BADKEY)"), (server.weakKey, "(REFUSED)"),
                    ("hmac-sha999:dnsproof:AAAA", "algorithm is unknown"), ("hmac-sha256:dnsproof:A=A", "no base64"),
                    ("hmac-sha256:dnsproof", "not three parts"), ("a:b:c:d", "more than three parts"),
                    ("a:b:c\nsend", "cannot stand there"),
                ] {
                    let told = await (try hook(server, key: key)).publish(try .txt("v")).told
                    #expect(told.kind == "misconfigured" && told.reason.contains(words), "\(told)")
                    let secret = try #require(key.split(separator: ":").last)
                    #expect(secret.utf8.count < 12 || !told.reason.contains(secret))
                }
                let elsewhere = PublishingOrder(
                    id: "1",
                    record: try PublishingOrder.txt("v").record,
                    target: try DomainName("_x.example.net"),
                    zone: try DomainName("example.net"),
                    ttlSeconds: 60
                )
                let told = await (try hook(server)).publish(elsewhere).told
                #expect(told.kind == "notMyZone" && told.reason.contains("example.net. (NOTAUTH)"))
                let outside = await (try hook(server)).publish(try .txt("v", at: "x.example.org")).told
                #expect(outside.kind == "notMyZone" && outside.reason.contains("(NOTZONE)"))
                #expect(try await server.values(Self.name) == ["\"foreign\""])
            }
        }

        @Test func aServerThatIsDeadOrSilent() async throws {
            try await BINDServer.with { server in
                // Port 1 needs root to listen on and serves nothing on any machine of today.
                let dead = await (try hook(server, port: 1)).publish(try .txt("v")).told
                #expect(dead.kind == "tryLater" && dead.reason.contains("127.0.0.1 port 1 does not answer"))
                try server.signal(SIGSTOP)
                let began = ContinuousClock.now
                let silent = await (try hook(server, deadlineMilliseconds: 4_000)).publish(try .txt("v")).told
                try server.signal(SIGCONT)
                #expect(silent.kind == "tryLater" && silent.reason.contains("does not answer"), "\(silent)")
                #expect(ContinuousClock.now - began < .seconds(4))
            }
        }
    }
}

/// What the hook makes of nsupdate's words, and what it hands to it, seen from inside by an nsupdate of the test's own.
@Suite(.timeLimit(.minutes(1)))
struct NsupdateWordsTests {
    private let folder: HookFolder

    init() throws { folder = try HookFolder() }

    static func environment(value: String = "v", at target: String = "x.example.com") -> [String: String] {
        [
            "PATH": "/usr/bin:/bin", "DNSPROOF_KIND": "txt", "DNSPROOF_ZONE": "example.com", "DNSPROOF_NAME": target,
            "DNSPROOF_TARGET": target, "DNSPROOF_TYPE": "TXT", "DNSPROOF_VALUE": value, "DNSPROOF_TTL": "60",
            "DNSPROOF_SETTING_SERVER": "127.0.0.1",
            "DNSPROOF_SECRET_TSIG_KEY": "hmac-sha256:k:c2VjcmV0c2VjcmV0c2VjcmV0",
        ]
    }

    private func run(_ verb: String = "publish", _ changes: [String: String] = [:]) async throws -> (Int32, String) {
        var environment = Self.environment()
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
        ("; Communication with 127.0.0.1#53 failed: timed out", 75, "does not answer"),
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
        ("DNSPROOF_SETTING_PORT", "x"),
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

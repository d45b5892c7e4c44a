// The stock hook `acme-dns`, against a small server that checks every request as acme-dns does.
import Agent
import DCV
import Foundation
import Glibc
import Platform
import Testing

/// One account at a played acme-dns; what it holds is read from a file.
struct ACMEDNSServer: LoopbackServer {
    static let program = "/usr/bin/python3"
    static let package = "python3"
    static let fulldomain = "d420c923-bbd7-4056-ab64-c3ca54c9b3cf.auth.example.org"
    static let username = "eabcdb41-d89f-4580-826f-3e62e9755ef2"
    static let password = "pbAXVjlIOE01xbut7YnAbkhMQIkcwoHO0ek2j4Q0"

    let folder: HookFolder
    let port: Int
    var url: String { "http://127.0.0.1:\(port)" }

    func prepare() -> ChildCommand {
        let script =
            #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fixtures/hooks/acme_dns.py"
        return ChildCommand(program: Self.program, arguments: [script, "\(port)", folder.path], directory: folder.path)
    }

    func isReady() async throws -> Bool {
        let result = await ChildProcess().run(
            ChildCommand(program: "/usr/bin/curl", arguments: ["-q", "-s", url + "/health"])
        )
        return String(decoding: result.output.bytes, as: UTF8.self) == folder.path
    }

    func hook(
        _ settings: [String: String] = [:],
        secrets: [String: String] = [:],
        deadlineMilliseconds: Int64 = 20_000
    ) async throws -> HookPublisher {
        try HookPublisher.test(
            try await StockHooks.copy("acme-dns", into: folder),
            settings: ["url": url, "fulldomain": Self.fulldomain, "folder": folder.path].merging(settings) { $1 },
            secrets: ["username": Self.username, "password": Self.password].merging(secrets) { _, new in new },
            deadlineMilliseconds: deadlineMilliseconds
        )
    }
}

extension StartedHooks {
    @Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
    struct ACMEDNSHookTests {
        private static let values = ["-", "_", "z"].map { String(repeating: $0, count: 43) }

        private func order(_ value: String, target: String = ACMEDNSServer.fulldomain) throws -> PublishingOrder {
            try .txt(value, at: "_acme-challenge.example.com", target: target)
        }

        @Test func theLastTwoValuesStay() async throws {
            try await ACMEDNSServer.with { server in
                let hook = try await server.hook()
                #expect(try await hook.describe().get() == HookDescription(kinds: [.txt], labels: .any))
                for value in Self.values { #expect(await hook.publish(try order(value)) == .done) }
                #expect(try server.folder.text("values") == Self.values.dropFirst().joined(separator: " "))
                // Nothing can be taken away, and nothing is asked for it.
                let before = try server.folder.text("requests")
                #expect(await hook.withdraw(try order(Self.values[1])) == .done)
                #expect(await hook.withdraw(try order("any other form; it was never there")) == .done)
                #expect(try server.folder.text("requests") == before)
                #expect(before.split(separator: "\n").count == 3)
                let subdomain = ACMEDNSServer.fulldomain.prefix { $0 != "." }
                #expect(before.contains("/update {\"subdomain\":\"\(subdomain)\",\"txt\":\"\(Self.values[0])\"}"))
            }
        }

        /// An update that repeats the newer value drops the older one, so a repetition is not sent.
        @Test func whatWasSetIsRememberedInAFolder() async throws {
            try await ACMEDNSServer.with { server in
                let hook = try await server.hook()
                let (first, second, third) = (Self.values[0], Self.values[1], Self.values[2])
                for value in [first, second, second, first] { #expect(await hook.publish(try order(value)) == .done) }
                #expect(try server.folder.text("values") == first + " " + second)
                let plain = try order(second)
                let another = PublishingOrder(
                    id: "another",
                    record: plain.record,
                    target: plain.target,
                    zone: plain.zone,
                    ttlSeconds: 60
                )
                // Another effect: what is remembered may be gone by now, so it is asked for.
                #expect(await hook.publish(another) == .done)
                #expect(try server.folder.text("values") == second + " " + second)
                // As many as the account holds are remembered.
                for value in [third, first] { #expect(await hook.publish(try order(value)) == .done) }
                #expect(try server.folder.text("values") == third + " " + first)
                // What was not set is not remembered.
                #expect(await (try server.hook(["url": server.url + "/broken"])).publish(plain).told.kind == "tryLater")
                #expect(await hook.publish(plain) == .done)
                #expect(try server.folder.text("values") == first + " " + second)
                for folder in ["", "values", server.folder.path + "/absent"] {
                    let told = await (try server.hook(["folder": folder])).publish(plain).told
                    #expect(told.kind == "misconfigured" && told.reason.contains("setting folder"), "\(told)")
                }
            }
        }

        @Test func anAnswerThatSaysNothingIsNoSuccess() async throws {
            try await RehearsedAPI.with("odd_answers.py") { server in
                for (word, words) in [
                    ("nothing", "not as acme-dns does"), ("blank", "not as acme-dns does"),
                    ("endless", "answers with more than 65536 octets"),
                ] {
                    let hook = try HookPublisher.test(
                        try await StockHooks.copy("acme-dns", into: server.folder),
                        settings: [
                            "url": server.endpoint + "/" + word, "fulldomain": ACMEDNSServer.fulldomain,
                            "folder": server.folder.path,
                        ],
                        secrets: ["username": ACMEDNSServer.username, "password": ACMEDNSServer.password]
                    )
                    let told = await hook.publish(try order(Self.values[0])).told
                    #expect(told.kind == "failed" && told.reason.contains(words), "\(told)")
                }
            }
        }

        @Test func whatItCannotHoldIsNotSent() async throws {
            try await ACMEDNSServer.with { server in
                let hook = try await server.hook()
                for value in HookInjectionTests.someValues + [String(repeating: "x", count: 42), Self.values[0] + "-"] {
                    let told = await hook.publish(try order(value)).told
                    #expect(told.kind == "misconfigured" && told.reason.contains("only values of 43"), "\(told)")
                }
                let elsewhere = await hook.publish(try order(Self.values[0], target: "x.example.com")).told
                #expect(
                    elsewhere.kind == "notMyZone"
                        && elsewhere.reason.contains("set a CNAME at _acme-challenge.example.com to d420c923"),
                    "\(elsewhere)"
                )
                #expect(
                    await hook.publish(try .cname("a.example.net", at: "x.example.com")).told.kind == "misconfigured"
                )
                #expect(!server.folder.has("requests"))
            }
        }

        @Test func whatIsMisconfiguredOrDown() async throws {
            try await ACMEDNSServer.with { server in
                for (settings, secrets, kind, words) in [
                    ([:], ["password": String(repeating: "x", count: 40)], "misconfigured", "(HTTP 401)"),
                    ([:], ["username": "not-a-uuid"], "misconfigured", "does not accept username and password"),
                    ([:], ["password": "two\nlines"], "misconfigured", "secret password holds a character"),
                    ([:], ["password": "a\"b"], "misconfigured", "secret password holds a character"),
                    (["url": server.url + "/none"], [:], "misconfigured", "there is no acme-dns at"),
                    (["url": server.url + "/broken"], [:], "tryLater", "(HTTP 500)"),
                    (["url": server.url + "/page"], [:], "failed", "not as acme-dns does"),
                    (["url": "http://127.0.0.1:1"], [:], "tryLater", "does not answer"),
                    (["url": "http://192.0.2.1"], [:], "misconfigured", "unencrypted to another machine"),
                    (["url": "https://127.0.0.1:\(server.port)"], [:], "misconfigured", "TLS"),
                    (["fulldomain": "a b"], [:], "misconfigured", "fulldomain holds a character"),
                    (["ca_file": "roots.pem"], [:], "misconfigured", "ca_file is no absolute path"),
                    (["ca_file": "/absent.pem"], [:], "misconfigured", "no file that this user may read"),
                ] as [([String: String], [String: String], String, String)] {
                    let told = await (try server.hook(settings, secrets: secrets)).publish(try order(Self.values[0]))
                        .told
                    #expect(told.kind == kind && told.reason.contains(words), "\(told)")
                    #expect(!told.reason.contains(ACMEDNSServer.password))
                }
                #expect(!server.folder.has("values"))
            }
        }

        @Test func thePasswordIsOnStdinAlone() async throws {
            try await ACMEDNSServer.with { server in
                let program = try await server.folder.addScript(
                    "curl",
                    "tr '\\0' ' ' </proc/$$/cmdline >\"$LOG\"; env >>\"$LOG\"\nexec /usr/bin/curl \"$@\""
                )
                #expect(program == server.folder.path + "/curl")
                let result = await ChildProcess().run(
                    ChildCommand(
                        program: try await StockHooks.copy("acme-dns", into: server.folder),
                        arguments: ["publish"],
                        environment: [
                            "PATH": server.folder.path + ":/usr/bin:/bin", "DNSPROOF_KIND": "txt",
                            "DNSPROOF_TARGET": ACMEDNSServer.fulldomain, "DNSPROOF_VALUE": Self.values[0],
                            "DNSPROOF_SETTING_URL": server.url, "DNSPROOF_SETTING_FULLDOMAIN": ACMEDNSServer.fulldomain,
                            "DNSPROOF_SETTING_FOLDER": server.folder.path,
                            "DNSPROOF_SECRET_USERNAME": ACMEDNSServer.username,
                            "DNSPROOF_SECRET_PASSWORD": ACMEDNSServer.password,
                        ]
                    )
                )
                #expect(result.ending == .exited(0))
                #expect(try server.folder.text().contains("--max-time"))
                #expect(try !server.folder.text().contains(ACMEDNSServer.password))
            }
        }
    }
}

// The stock hook `manual`: what a person is told, that it works when done to the letter, and that it is told once.
import Agent
import DCV
import Foundation
import Platform
import Testing

extension StartedHooks {
    @Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
    struct ManualHookTests {
        private let folder: HookFolder

        init() throws {
            folder = try HookFolder()
            try FileManager.default.createDirectory(atPath: folder.path + "/told", withIntermediateDirectories: false)
        }

        private func hook(_ settings: [String: String]) async throws -> HookPublisher {
            try HookPublisher.test(
                try await StockHooks.copy("manual", into: folder),
                settings: ["folder": folder.path + "/told"].merging(settings) { _, new in new }
            )
        }

        /// What was told since the last time somebody looked.
        private func told() throws -> String {
            guard folder.has("log") else { return "" }
            defer { try? FileManager.default.removeItem(atPath: folder.path + "/log") }
            return try folder.text()
        }

        private func recorder() async throws -> String {
            try await folder.addScript("recorder", "printf '%s|' \"$#\" \"$@\" >>\"$LOG\"; cat >>\"$LOG\"")
        }

        @Test func aMailInThreeForms() async throws {
            let hook = try await hook(["mail_to": "ops@example.com", "mail_program": try await recorder()])
            #expect(
                try await hook.describe().get()
                    == HookDescription(kinds: [.txt, .cname, .http], labels: .any, takesSeconds: 604_800)
            )
            let order = try PublishingOrder.txt("-a; =b", target: "shop.validation.example.com")
            #expect(await hook.publish(order) == .done)
            let mail = try told()
            for line in [
                "2|-t|-i|To: ops@example.com",
                "Subject: dnsproof: please add the TXT record shop.validation.example.com",
                "    shop.validation.example.com. 60 IN TXT \"-a; =b\"",
                "    name:   shop.validation   (without example.com, which consoles add by themselves)",
                "    value:  -a; =b", "    update add shop.validation.example.com. 60 TXT \"-a; =b\"",
                "The CA asks for _acme-challenge.shop.example.com, which is an alias of that name.",
                "dnsproof, effect 9f86d081884c7d65",
            ] { #expect(mail.split(separator: "\n").contains { $0 == line }, "\(line)") }
            #expect(await hook.withdraw(order) == .done)
            let last = try told()
            #expect(last.contains("Subject: dnsproof: the TXT record shop.validation.example.com may be removed\n"))
            #expect(last.contains("\n    update delete shop.validation.example.com. TXT \"-a; =b\"\n"))
            #expect(await hook.publish(try .http("-n ca3;x")) == .done)
            let file = try told()
            #expect(file.contains("\n    http://shop.example.com/.well-known/pki-validation/ca3-4f.txt\n"))
            #expect(file.contains("\n    -n ca3;x\n"))
            #expect(await hook.publish(try .cname("x.example.net", at: "example.com")) == .done)
            let alias = try told()
            #expect(alias.contains("\n    name:   @   ") && alias.contains(" IN CNAME x.example.net.\n"))
        }

        @Test func nothingIsToldTwice() async throws {
            let hook = try await hook(["command": try await recorder()])
            let order = try PublishingOrder.txt("v")
            let again = PublishingOrder(
                id: "another",
                record: order.record,
                target: order.target,
                zone: order.zone,
                ttlSeconds: 60
            )
            for (verb, order, isTold) in [
                ("publish", order, true), ("publish", order, false), ("withdraw", order, true),
                ("withdraw", order, false), ("publish", order, true), ("publish", again, true),
                ("publish", again, false), ("publish", order, false), ("publish", again, false),
                ("withdraw", again, true), ("publish", order, true), ("publish", again, true),
                ("publish", try .txt("w"), true), ("publish", again, false),
            ] {
                #expect(await (verb == "publish" ? hook.publish(order) : hook.withdraw(order)) == .done)
                let text = try told()
                #expect(text.isEmpty == !isTold, "\(verb) \(order.id)")
                #expect(text.isEmpty || text.hasPrefix("0|"), "the command gets no argument")
            }
            let marks = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/told")
            #expect(marks.count == 2)
        }

        /// A person who does what is written, to the letter: each value is there, byte for byte, and goes again.
        @Test func whatIsToldWorks() async throws {
            try await BINDServer.with { server in
                let parts = server.key.split(separator: ":")
                let person = try await folder.add(
                    "person",
                    """
                    #!/bin/sh
                    { printf 'server 127.0.0.1 \(server.port)\\nkey \(parts[0]):\(parts[1]) \(parts[2])\\n'
                      sed -n 's/^    \\(zone [^ ]*\\.\\)$/\\1/p; s/^    \\(update .*\\)$/\\1/p; s/^    \\(send\\)$/\\1/p'
                    } | nsupdate -v

                    """
                )
                let hook = try await hook(["command": person])
                for value in HookInjectionTests.someValues {
                    #expect(await hook.publish(try .txt(value)) == .done)
                }
                let all = (HookInjectionTests.someValues + ["foreign"]).map { "\"\($0)\"" }.sorted()
                #expect(try await server.values("_acme-challenge.shop.example.com") == all)
                for value in HookInjectionTests.someValues { #expect(await hook.withdraw(try .txt(value)) == .done) }
                #expect(try await server.values("_acme-challenge.shop.example.com") == ["\"foreign\""])
                #expect(await hook.publish(try .cname("x.example.net", at: "new.example.com")) == .done)
                #expect(try await server.values("new.example.com", "CNAME") == ["x.example.net."])
            }
        }

        @Test func whoeverIsNotToldIsToldLater() async throws {
            let failing = try await folder.addScript("failing", "cat >/dev/null; exit 3")
            let program = folder.path + "/failing"
            let refused = await (try hook(["command": failing])).publish(try .txt("v")).told
            #expect(
                refused.kind == "tryLater" && refused.reason.contains("\(program) did not take the text (exit code 3)")
            )
            #expect(await (try hook(["command": try await recorder()])).publish(try .txt("v")) == .done)
            #expect(try !told().isEmpty)
        }

        @Test func whatIsMisconfigured() async throws {
            let program = try await recorder()
            for (settings, words) in [
                ([:], "nobody would be told"), (["command": program, "mail_to": "a@b"], "which of them"),
                (["command": "recorder"], "no absolute path"), (["command": "/nonexistent"], "is not there"),
                (["command": program + " x"], "is not there"),
                (["command": program, "folder": folder.path + "/absent"], "no folder that this user may write to"),
                (["command": program, "folder": "told"], "no absolute path"),
                (["command": program, "takes_s": "2592001"], "30 days"),
                (["command": program, "takes_s": "x"], "takes_s"),
                (["mail_program": program, "mail_to": "a@b\nBcc: x@y"], "mail_to holds a character"),
                (["mail_program": program, "mail_to": "-oQ/tmp"], "mail_to begins with -"),
                (["mail_program": program, "mail_to": "a@b", "mail_from": "x\r\ny"], "mail_from holds a character"),
            ] as [([String: String], String)] {
                let told = await (try hook(settings)).publish(try .txt("v")).told
                #expect(told.kind == "misconfigured" && told.reason.contains(words), "\(told)")
            }
            let slow = try await hook(["command": program, "takes_s": "86400"])
            #expect(try await slow.describe().get().takesSeconds == 86_400)
            let outside = await slow.publish(try .txt("v", at: "x.example.org")).told
            #expect(outside.kind == "notMyZone", "\(outside)")
            #expect(try told().isEmpty)
        }

        @Test func whatOnlyAPersonCanMendIsSaid() async throws {
            for (code, kind) in [(67, "misconfigured"), (78, "misconfigured"), (75, "tryLater"), (1, "tryLater")] {
                let mail = "cat >/dev/null; printf 'first\\n%s\\n\\n' 'no such user: ops' >&2; exit \(code)"
                let program = try await folder.addScript("mail", mail)
                let told = await (try hook(["mail_to": "ops@b", "mail_program": program])).publish(try .txt("v")).told
                #expect(told.kind == kind && told.reason.contains("nobody was told: no such user: ops"), "\(told)")
            }
        }
    }
}

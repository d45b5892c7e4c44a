// What every stock hook that writes records has to do, each tried against the real server it is for.
import Agent
import DCV
import Foundation
import Glibc
import Platform
import Testing

extension StartedHooks {
    @Suite(.startsPrograms, .serialized, .timeLimit(.minutes(2)))
    struct StockRecordHookTests {
        private static let name = "_acme-challenge.shop.example.com"

        @Test(arguments: StockRecordHook.allCases)
        func oneValueBesideAForeignOne(kind: StockRecordHook) async throws {
            try await kind.with { server in
                let hook = try await server.hook()
                #expect(try await hook.describe().get() == HookDescription(kinds: [.txt, .cname], labels: .any))
                #expect(await hook.publish(try .txt("-one")) == .done)
                #expect(await hook.publish(try .txt("-one")) == .done)
                #expect(await hook.publish(try .txt("two")) == .done)
                #expect(try await server.values(Self.name) == ["\"-one\"", "\"foreign\"", "\"two\""])
                #expect(await hook.withdraw(try .txt("-one")) == .done)
                #expect(await hook.withdraw(try .txt("-one")) == .done)
                #expect(await hook.withdraw(try .txt("never there")) == .done)
                #expect(await hook.withdraw(try .txt("x", at: "nobody.example.com")) == .done)
                #expect(try await server.values(Self.name) == ["\"foreign\"", "\"two\""])
                // The record goes where the CNAMEs lead, not to the name that was asked for.
                #expect(await hook.publish(try .txt("v", at: "x.example.net", target: "target.example.com")) == .done)
                #expect(try await server.values("target.example.com") == ["\"v\""])
            }
        }

        @Test(arguments: [StockRecordHook.nsupdate, .knotc, .powerdns])
        func everyValueArrivesByteForByte(kind: StockRecordHook) async throws {
            try await kind.with { server in
                let hook = try await server.hook()
                let odd = "odd.example.com"
                for value in HookInjectionTests.someValues {
                    #expect(await hook.publish(try .txt(value, at: odd)) == .done)
                }
                #expect(try await server.values(odd) == HookInjectionTests.someValues.map { "\"\($0)\"" }.sorted())
                for value in HookInjectionTests.someValues {
                    #expect(await hook.withdraw(try .txt(value, at: odd)) == .done)
                }
                #expect(try await server.values(odd) == [])
                // Beyond what the value types let through: data all the same.
                let beyond = [
                    ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#), ("\\065", #""\\065""#), ("a\nb", #""a\010b""#),
                    ("é", #""\195\169""#), ("\"; update delete \(Self.name)", #""\"; update delete \#(Self.name)""#),
                    ("$(id)`id`", #""$(id)`id`""#), ("'; touch x; '", #""'; touch x; '""#),
                    ("\" \"", #""\" \"""#), ("%s%n\u{1B}", #""%s%n\027""#),
                ]
                for _ in 1...2 {
                    for (value, _) in beyond { #expect(try await start(server, "publish", value) == .exited(0)) }
                    #expect(try await server.values(odd) == beyond.map(\.1).sorted())
                }
                for (value, _) in beyond { #expect(try await start(server, "withdraw", value) == .exited(0)) }
                #expect(try await server.values(odd) == [])
                #expect(try await start(server, "publish", String(repeating: "x", count: 256)) == .exited(1))
                #expect(try await server.values(Self.name) == ["\"foreign\""])
            }
        }

        /// As anybody may start it, with a value that no order of dnsproof can hold.
        private func start(
            _ server: any StockRecordServer,
            _ verb: String,
            _ value: String
        ) async throws -> ChildResult.Ending {
            let name = "odd.example.com"
            var environment = [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DNSPROOF_KIND": "txt", "DNSPROOF_ZONE": "example.com",
                "DNSPROOF_NAME": name, "DNSPROOF_TARGET": name, "DNSPROOF_TYPE": "TXT", "DNSPROOF_VALUE": value,
                "DNSPROOF_TTL": "60",
            ]
            for (key, text) in server.settings { environment["DNSPROOF_SETTING_" + key.variablePart] = text }
            for (key, text) in server.secrets { environment["DNSPROOF_SECRET_" + key.variablePart] = text }
            let program = try await StockHooks.copy(server.hookName, into: server.folder)
            return await ChildProcess().run(
                ChildCommand(program: program, arguments: [verb], environment: environment)
            ).ending
        }

        @Test(arguments: StockRecordHook.allCases)
        func whatStandsInTheWayIsNeverIgnored(kind: StockRecordHook) async throws {
            try await kind.with { server in
                let hook = try await server.hook()
                let cname = "_cname.example.com"
                func refuses(_ order: PublishingOrder, at name: String) async {
                    let told = await hook.publish(order).told
                    #expect(told.kind == "failed" && told.reason.contains("nothing was changed"), "\(told)")
                    #expect(told.reason.contains(name) && told.reason.contains("CNAME"), "\(told)")
                }
                await refuses(try .txt("v", at: cname), at: cname)
                #expect(try await server.values(cname, "CNAME") == ["elsewhere.example.net."])
                // Taking away what cannot be there is success.
                #expect(await hook.withdraw(try .txt("v", at: cname)) == .done)

                #expect(await hook.publish(try .cname("elsewhere.example.net", at: cname)) == .done)
                await refuses(try .cname("other.example.net", at: cname), at: cname)
                await refuses(try .cname("x.example.net", at: Self.name), at: Self.name)
                await refuses(try .cname("x.example.net", at: "host.example.com"), at: "host.example.com")
                #expect(try await server.values(cname, "CNAME") == ["elsewhere.example.net."])
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

        @Test(arguments: StockRecordHook.allCases)
        func zonesThatAreNotThere(kind: StockRecordHook) async throws {
            try await kind.with { server in
                let hook = try await server.hook()
                let elsewhere = PublishingOrder(
                    id: "1",
                    record: try PublishingOrder.txt("v").record,
                    target: try DomainName("_x.example.net"),
                    zone: try DomainName("example.net"),
                    ttlSeconds: 60
                )
                let told = await hook.publish(elsewhere).told
                #expect(told.kind == "notMyZone" && told.reason.contains("example.net."), "\(told)")
                let outside = await hook.publish(try .txt("v", at: "x.example.org")).told
                #expect(outside.kind == "notMyZone" && outside.reason.contains("x.example.org"), "\(outside)")
                #expect(try await server.values(Self.name) == ["\"foreign\""])
            }
        }

        @Test(arguments: StockRecordHook.allCases)
        func aServerThatIsSilent(kind: StockRecordHook) async throws {
            try await kind.with { server in
                let hook = try await server.hook(deadlineMilliseconds: 6_000)
                try server.signal(SIGSTOP)
                let began = ContinuousClock.now
                let silent = await hook.publish(try .txt("v")).told
                let took = ContinuousClock.now - began
                try server.signal(SIGCONT)
                #expect(silent.kind == "tryLater" && silent.reason.contains("does not answer"), "\(silent)")
                #expect(took < .seconds(6))
                // Nothing is left behind that would be in the way now.
                #expect(await hook.publish(try .txt("v")) == .done)
                #expect(try await server.values(Self.name) == ["\"foreign\"", "\"v\""])
            }
        }

        /// Any order of publishing and withdrawing, while strangers come and go: after every step the names hold what
        /// a set of values would hold, and nobody else's value is ever touched.
        @Test(arguments: StockRecordHook.allCases)
        func whateverTheOrder(kind: StockRecordHook) async throws {
            let seed =
                ProcessInfo.processInfo.environment["DNSPROOF_SEED"].flatMap { UInt64($0) }
                ?? UInt64.random(in: 1...9_999)
            print("\(kind.rawValue): seed \(seed) (again: DNSPROOF_SEED=\(seed))")
            var story = RecordStory(seed: seed)
            try await kind.with { server in
                let hook = try await server.hook()
                for step in 0..<RecordStory.steps {
                    let act = story.next()
                    let order = try PublishingOrder.txt(act.value, at: act.name)
                    switch act.verb {
                    case .publish: #expect(await hook.publish(order) == .done, "step \(step): \(act)")
                    case .withdraw: #expect(await hook.withdraw(order) == .done, "step \(step): \(act)")
                    case .comes: try await server.addOutside(act.shown, at: act.name)
                    case .goes: try await server.removeOutside(act.shown, at: act.name)
                    }
                    for name in RecordStory.names {
                        let seen = try await server.values(name)
                        try #require(seen == story.model[name]?.sorted(), "step \(step): \(act), seed \(seed)")
                    }
                }
            }
        }
    }
}

extension String {
    /// As a key stands in the name of a variable.
    fileprivate var variablePart: String {
        String(decoding: utf8.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
    }
}

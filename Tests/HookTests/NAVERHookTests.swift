// The stock hook `naver-globaldns` against a small API that refuses every request it does not know or that is not signed.
import Agent
import DCV
import Foundation
import Platform
import Testing

extension StartedHooks {
    @Suite(.startsPrograms, .serialized, .timeLimit(.minutes(3)))
    struct NAVERHookTests {
        private static let secret = "dummySecretKey0123456789abcdefghijklmnop"
        private static let secrets = ["access_key": "D78BB444D6D3C84CA38D", "secret_key": secret]

        private func with(_ story: (RehearsedAPI, ZoneStories) async throws -> Void) async throws {
            try await RehearsedAPI.with("rehearsed_naver.py") { api in
                let stories = try await api.stories(
                    "naver-globaldns",
                    settings: ["endpoint": api.endpoint],
                    secrets: Self.secrets
                ) { type, name, value in
                    let content = type == "TXT" ? "\"\(value)\"" : value + "."
                    try await api.plant([
                        "host": .string(Self.host(name)), "type": .string(type), "content": .string(content),
                        "ttl": 300,
                        "applyYn": true,
                    ])
                    let live = try api.records().map { record in
                        JSONValue.array(["host", "type", "content"].compactMap { record[$0] })
                    }
                    let text = String(decoding: JSONValue.array(live).serialized(), as: UTF8.self)
                    try api.folder.write("live", text)
                } read: { type, name in
                    // What the name servers answer: a record that was created and not applied is no record.
                    guard api.folder.has("live") else { return [] }
                    let live = try StrictJSON.parse(try api.folder.read("live"), limitBytes: 1 << 20).array ?? []
                    return live.compactMap(\.array)
                        .filter { $0[0].string == Self.host(name) && $0[1].string == type }
                        .compactMap { $0[2].string.map { String($0.dropFirst().dropLast()) } }
                }
                try await story(api, stories)
                #expect(api.odd == "")
                #expect(!api.history.joined().contains(Self.secret))
            }
        }

        private static func host(_ name: String) -> String {
            name == "example.com" ? "@" : name.replacing(".example.com", with: "")
        }

        @Test func oneValueBesideAForeignOne() async throws {
            try await with { api, stories in
                try api.folder.write("phases", "SYNCHRONIZING")
                try await stories.oneValueBesideAForeignOne(kinds: [.txt])
            }
        }

        @Test func everyValueArrivesByteForByte() async throws {
            try await with { api, stories in
                try api.folder.write("phases", "SYNCHRONIZING")
                try await stories.everyValueArrivesByteForByte(["$(id)`id`", "%s%n", "{}"])
                for value in ["a\"b", "a\\b", "é", "a\tb"] {
                    #expect(await stories.run("publish", value, at: ZoneStories.name).0 == 1)
                }
            }
        }

        @Test func anySequenceKeepsToTheModel() async throws {
            try await with { api, stories in
                try api.folder.write("phases", "SYNCHRONIZING")
                try await stories.anySequenceKeepsToTheModel(steps: 40)
            }
        }

        @Test func nothingOddIsSent() async throws {
            try await with { api, stories in
                try await stories.nothingOddIsSent([
                    ("DNSPROOF_SETTING_ENDPOINT", "http://a b"),
                    ("DNSPROOF_SETTING_ENDPOINT", "http://api.example"), ("DNSPROOF_SECRET_ACCESS_KEY", ""),
                    ("DNSPROOF_SECRET_ACCESS_KEY", "a\"\nurl = \"http://x"), ("DNSPROOF_SECRET_SECRET_KEY", ""),
                    ("DNSPROOF_SECRET_SECRET_KEY", String(repeating: "x", count: 65)), ("DNSPROOF_KIND", "cname"),
                ])
                #expect(api.history == [])
            }
        }

        @Test func whatStandsInTheWayAndWhoseEditsWait() async throws {
            try await with { api, stories in
                try await stories.plant("CNAME", "cname.example.com", "elsewhere.example.net")
                let told = await stories.hook.publish(try .txt("v", at: "cname.example.com")).told
                #expect(told.kind == "failed" && told.reason.contains("a CNAME stands at cname.example.com"), "\(told)")
                #expect(await stories.hook.withdraw(try .txt("v", at: "cname.example.com")) == .done)
                let absent = await stories.run("publish", "v", at: "x.example.org", ["DNSPROOF_ZONE": "example.org"])
                #expect(absent.0 == 69 && absent.1.contains("see no domain example.org"), "\(absent)")
                let before = api.history.count
                // Applying would make somebody's half-done work live.
                try await api.plant([
                    "host": "www", "type": "A", "content": "192.0.2.1", "ttl": 300, "applyYn": false,
                ])
                try await stories.plant("TXT", ZoneStories.name, "ours")
                for outcome in [
                    await stories.hook.publish(try .txt("v")), await stories.hook.withdraw(try .txt("ours")),
                ] {
                    #expect(outcome.told.kind == "tryLater" && outcome.told.reason.contains("somebody else's or of"))
                    #expect(outcome.told.reason.contains("www A"))
                }
                // What is so already is done, whoever's edit waits.
                #expect(await stories.hook.publish(try .txt("ours")) == .done)
                #expect(await stories.hook.withdraw(try .txt("v")) == .done)
                #expect(api.history.dropFirst(before).allSatisfy { $0.hasPrefix("GET ") })
            }
        }

        @Test func aChangeThatWasNotAppliedIsAppliedAgain() async throws {
            try await with { api, stories in
                try await api.fault(#"{"method":"POST","path":"/apply","status":500}"#)
                #expect(await stories.hook.publish(try .txt("v")).told.kind == "tryLater")
                #expect(try await stories.read("TXT", ZoneStories.name) == [])
                #expect(await stories.hook.publish(try .txt("v")) == .done)
                #expect(try await stories.read("TXT", ZoneStories.name) == ["v"])
                #expect(api.history.filter { $0.hasPrefix("POST /dns/v1") }.count == 1)
                try await api.fault(#"{"method":"POST","path":"/apply","lose":true}"#)
                #expect(await stories.hook.withdraw(try .txt("v")).told.kind == "tryLater")
                #expect(try await stories.read("TXT", ZoneStories.name) == ["v"])
                #expect(await stories.hook.withdraw(try .txt("v")) == .done)
                #expect(try await stories.read("TXT", ZoneStories.name) == [])
                // Where nothing waits NAVER may refuse to apply: taking away what is not there is success all the same.
                try await api.fault(#"{"method":"POST","path":"/apply","status":400}"#)
                #expect(await stories.hook.withdraw(try .txt("v")) == .done)
                // No other call can say that nothing waits.
                try await api.fault(#"{"method":"GET","path":"/dns/v2/domains","status":400}"#)
                #expect(await stories.hook.withdraw(try .txt("v")).told.kind == "failed")
            }
        }

        @Test(arguments: [true, false])
        func aDeletionThatWaitsBecomesLive(isListed: Bool) async throws {
            try await with { api, stories in
                try api.folder.write("phases", "SYNCHRONIZING")
                if !isListed { try api.folder.write("hidden", "") }
                #expect(await stories.hook.publish(try .txt("v")) == .done)
                let busy = #"{"method":"POST","path":"/apply","status":409}"#
                try await api.fault(busy)
                #expect(await stories.hook.withdraw(try .txt("v")).told.kind == "tryLater")
                // Busy again: whether the deletion waits or not, it is not live yet.
                try await api.fault(busy)
                #expect(await stories.hook.withdraw(try .txt("v")).told.kind == "tryLater")
                #expect(try await stories.read("TXT", ZoneStories.name) == ["v"])
                #expect(await stories.hook.withdraw(try .txt("v")) == .done)
                #expect(try await stories.read("TXT", ZoneStories.name) == [])
                #expect(api.history.filter { $0.hasPrefix("DELETE") }.count == 1)
            }
        }

        @Test func whatIsAboutToGoStandsNoMore() async throws {
            try await with { api, stories in
                try api.folder.write("phases", "SYNCHRONIZING")
                #expect(await stories.hook.publish(try .txt("v")) == .done)
                try await api.fault(#"{"method":"POST","path":"/apply","status":409}"#)
                #expect(await stories.hook.withdraw(try .txt("v")).told.kind == "tryLater")
                #expect(await stories.hook.publish(try .txt("v")) == .done)
                #expect(try await stories.read("TXT", ZoneStories.name) == ["v"])
                #expect(try api.records().allSatisfy { $0["delYn"]?.bool == false })
                // A deletion of somebody else's is not made live.
                try await api.plant([
                    "host": "www", "type": "A", "content": "192.0.2.1", "ttl": 300, "applyYn": true, "delYn": true,
                ])
                let told = await stories.hook.withdraw(try .txt("v")).told
                #expect(told.kind == "tryLater" && told.reason.contains("www A"), "\(told)")
            }
        }

        @Test func anAnswerThatHoldsNothingIsNoList() async throws {
            try await with { api, stories in
                try api.folder.write("phases", "SYNCHRONIZING")
                #expect(await stories.hook.publish(try .txt("v")) == .done)
                for blank in ["", "\\n"] {
                    for act in [stories.hook.publish, stories.hook.withdraw] {
                        try await api.fault(#"{"method":"GET","path":"/record","status":200,"body":"\#(blank)"}"#)
                        let told = await act(try .txt("v")).told
                        #expect(told.kind == "failed" && told.reason.contains("not what it is known"), "\(told)")
                    }
                }
                #expect(try api.records().count == 1)
            }
        }

        @Test func whatTheOperationSays() async throws {
            try await with { api, stories in
                try api.folder.write("phases", "WAITING APPLYING ERROR")
                let failed = await stories.hook.publish(try .txt("v")).told
                #expect(failed.kind == "failed", "\(failed)")
                #expect(failed.reason.contains("ordered by the test (InvalidRecord)"), "\(failed)")
                #expect(try api.records() == [], "what cannot be applied waits no more")
                try api.folder.write("phases", "APPLYING")
                let began = ContinuousClock.now
                let late = await stories.run("publish", "v", at: ZoneStories.name, ["DNSPROOF_DEADLINE_S": "7"])
                #expect(late.0 == 75 && late.1.contains("not applied the change yet (phase APPLYING)"), "\(late)")
                #expect(ContinuousClock.now - began < .seconds(20))
                try api.folder.write("phases", "WAITING APPLYING SYNCHRONIZING")
                #expect(await stories.hook.publish(try .txt("v")) == .done)
                #expect(try await stories.read("TXT", ZoneStories.name) == ["v"])
            }
        }

        @Test func withoutTheSecondAPITheFirstApplies() async throws {
            try await with { api, stories in
                try api.folder.write("old", "")
                #expect(await stories.hook.publish(try .txt("v")) == .done)
                #expect(try await stories.read("TXT", ZoneStories.name) == ["v"])
            }
        }

        @Test func whatNAVERSaysIsSorted() async throws {
            let lacking =
                #"{"result":"FAIL","error":{"errorCode":"X00006","message":"You do not have permissions."}}"#
            try await with { api, stories in
                for (fault, kind, words) in [
                    (#"{"method":"POST","status":429}"#, "tryLater", "HTTP 429"),
                    (#"{"method":"POST","status":409}"#, "tryLater", "HTTP 409"),
                    (#"{"method":"GET","status":503}"#, "tryLater", "HTTP 503"),
                    (#"{"method":"GET","status":403,"body":""}"#, "misconfigured", "HTTP 403"),
                    (#"{"method":"GET","status":401}"#, "misconfigured", "ordered by the test (X0000)"),
                    (#"{"method":"POST","status":400}"#, "failed", "HTTP 400"),
                    (#"{"method":"POST","path":"/v1/","status":400,"body":\#(lacking)}"#, "misconfigured", "X00006"),
                    (#"{"method":"POST","path":"/v1/","status":200,"body":\#(lacking)}"#, "misconfigured", "X00006"),
                    (#"{"method":"POST","path":"/v1/","status":200}"#, "failed", "ordered by the test (X0000)"),
                    (#"{"method":"GET","path":"/record","blob":50331648}"#, "failed", "more than 33554432 octets"),
                    (#"{"method":"GET","status":200,"body":"<html>"}"#, "failed", "not what it is known to be"),
                    (#"{"method":"POST","lose":true,"status":500}"#, "tryLater", "does not answer"),
                ] {
                    try await api.fault(fault)
                    let told = await stories.hook.publish(try .txt("v")).told
                    #expect(told.kind == kind && told.reason.contains(words), "\(fault): \(told)")
                    #expect(try await stories.read("TXT", ZoneStories.name) == [])
                }
                for (variable, text) in [
                    ("DNSPROOF_SECRET_SECRET_KEY", "other"), ("DNSPROOF_SECRET_ACCESS_KEY", "other"),
                ] {
                    let told = await stories.run("publish", "v", at: ZoneStories.name, [variable: text])
                    #expect(told.0 == 78 && told.1.contains("NAVER refuses the keys"), "\(told)")
                }
            }
        }

        /// Applying makes every edit live, so the last question before it is whether anybody's waits.
        @Test func anEditThatComesMeanwhileIsNotMadeLive() async throws {
            try await with { api, stories in
                _ = try await api.folder.add("phases", mode: "644", "SYNCHRONIZING")
                try await stories.plant("TXT", ZoneStories.name, "ours")
                for (verb, value) in [("publish", "v"), ("withdraw", "ours"), ("withdraw", "never there")] {
                    let before = try api.records().count
                    try await api.fault(
                        #"{"method":"GET","path":"/v2/","add":{"host":"www","type":"A","content":"1","applyYn":false}}"#
                    )
                    let order = try PublishingOrder.txt(value)
                    let told = await (verb == "publish" ? stories.hook.publish(order) : stories.hook.withdraw(order))
                        .told
                    #expect(told.kind == "tryLater" && told.reason.contains("www A"), "\(verb) \(value): \(told)")
                    // What was added for nothing does not wait.
                    let waiting = try api.records().filter { $0["host"]?.string != "www" }
                    #expect(try api.records().count == before + 1 && waiting.count == 1, "\(verb) \(value)")
                    let rest = String(decoding: JSONValue.array(waiting).serialized(), as: UTF8.self)
                    _ = try await api.folder.add(
                        "records",
                        mode: "644",
                        rest.replacing("\"delYn\":true", with: "\"delYn\":false")
                    )
                }
                #expect(!api.history.contains { $0.contains("/apply") })
            }
        }
    }
}

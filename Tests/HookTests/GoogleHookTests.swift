// The stock hook `google-clouddns` with a stand-in for gcloud that refuses every word it does not know.
import Agent
import DCV
import Foundation
import Platform
import Testing

@Suite(.startsPrograms, .serialized, .timeLimit(.minutes(3)))
struct GoogleHookTests {
    private static let credentials =
        #"{"type":"service_account","client_email":"dns@project-1.iam.gserviceaccount.com","private_key":"-----BEGIN"}"#

    private func with(_ story: (RehearsedAPI, ZoneStories) async throws -> Void) async throws {
        let api = try await RehearsedAPI.program("rehearsed_gcloud", as: "gcloud")
        let stories = try await api.stories(
            "google-clouddns",
            settings: ["program": api.folder.path + "/gcloud", "project": "project-1", "managed_zone": "zone-1"],
            secrets: ["credentials": Self.credentials]
        ) { type, name, value in
            let data: JSONValue = .string(type == "TXT" ? "\"\(value)\"" : value + ".")
            try await api.plant(
                ["name": .string(name + "."), "type": .string(type), "ttl": 300, "rrdatas": .array([data])]
            )
        } read: { type, name in
            let found = try api.records().first { $0["name"]?.string == name + "." && $0["type"]?.string == type }
            let data = found?["rrdatas"]?.array?.compactMap(\.string) ?? []
            return type == "TXT" ? data.map(ZoneStories.plain) : data.map { String($0.dropLast()) }
        }
        try await story(api, stories)
        #expect(api.odd == "")
        #expect(!api.history.joined().contains("BEGIN"))
    }

    @Test func oneValueBesideAForeignOne() async throws {
        try await with { api, stories in
            try await stories.oneValueBesideAForeignOne()
            let set = try api.records().first { $0["name"]?.string == ZoneStories.name + "." }
            #expect(set?["ttl"]?.int == 300, "whose set it was keeps its TTL")
        }
    }

    @Test func everyValueArrivesByteForByte() async throws {
        try await with { _, stories in try await stories.everyValueArrivesByteForByte() }
    }

    @Test func whatStandsInTheWayIsNeverIgnored() async throws {
        try await with { _, stories in try await stories.whatStandsInTheWayIsNeverIgnored() }
    }

    @Test func anySequenceKeepsToTheModel() async throws {
        try await with { _, stories in try await stories.anySequenceKeepsToTheModel(steps: 40) }
    }

    @Test func nothingOddIsSent() async throws {
        try await with { api, stories in
            try await stories.nothingOddIsSent([
                ("DNSPROOF_SETTING_PROJECT", ""), ("DNSPROOF_SETTING_PROJECT", "-x"),
                ("DNSPROOF_SETTING_MANAGED_ZONE", "a b"), ("DNSPROOF_SETTING_MANAGED_ZONE", ""),
                ("DNSPROOF_SETTING_PROGRAM", "gcloud"), ("DNSPROOF_SETTING_PROGRAM", "/usr"),
            ])
            #expect(api.history == [])
        }
    }

    @Test func whoeverWritesMeanwhileLosesNothing() async throws {
        try await with { api, stories in
            func stranger(_ values: String...) -> String {
                let data = values.map { #""\"\#($0)\"""# }.joined(separator: ",")
                let set = #"{"name":"\#(ZoneStories.name).","type":"TXT","ttl":300,"rrdatas":[\#(data)]}"#
                return #"{"method":"execute","instead":\#(set)}"#
            }
            // 409 for a set that is new, then 412 for one that is another.
            try await api.fault(stranger("new"), stranger("new", "newer"))
            #expect(await stories.hook.publish(try .txt("ours")) == .done)
            #expect(try await stories.read("TXT", ZoneStories.name) == ["new", "newer", "ours"])
            try await api.fault(stranger("ours", "late"))
            #expect(await stories.hook.withdraw(try .txt("ours")) == .done)
            #expect(try await stories.read("TXT", ZoneStories.name) == ["late"])
            try await api.fault(#"{"method":"execute","lose":true}"#)
            #expect(await stories.hook.publish(try .txt("again")).told.kind == "tryLater")
            #expect(await stories.hook.publish(try .txt("again")) == .done)
            #expect(try await stories.read("TXT", ZoneStories.name) == ["late", "again"])
            // The whole set is gone by then (404).
            let alone = #"{"name":"\#(ZoneStories.name).","type":"A","ttl":300,"rrdatas":["192.0.2.1"]}"#
            for (value, left) in [("more", ["more"]), ("more", [])] {
                try await api.fault(#"{"method":"execute","instead":\#(alone)}"#)
                let act = left.isEmpty ? stories.hook.withdraw : stories.hook.publish
                let outcome = await act(try .txt(value))
                #expect(outcome == .done, "\(outcome)")
                #expect(try await stories.read("TXT", ZoneStories.name) == left)
            }
            try await api.fault((0..<5).map { stranger("x\($0)") }.joined(separator: "\n"))
            let told = await stories.hook.publish(try .txt("ours")).told
            #expect(told.kind == "tryLater" && told.reason.contains("5 times in a row"), "\(told)")
        }
    }

    @Test func whatGoogleSaysIsSorted() async throws {
        try await with { api, stories in
            for (fault, kind, words) in [
                (#"{"method":"execute","status":429}"#, "tryLater", "HTTPError 429"),
                (#"{"method":"list","status":503}"#, "tryLater", "HTTPError 503"),
                (#"{"method":"describe","status":403}"#, "misconfigured", "HTTPError 403"),
                (#"{"method":"execute","status":401}"#, "misconfigured", "HTTPError 401"),
                (#"{"method":"execute","status":400}"#, "failed", "HTTPError 400"),
                (#"{"method":"describe","mute":true}"#, "failed", "not what it is known to be"),
                (#"{"method":"list","mute":true}"#, "failed", "not what it is known to be"),
                (
                    #"{"method":"describe","status":400,"body":"Invalid value for project: project-1"}"#,
                    "misconfigured", "no project project-1"
                ),
            ] {
                try await api.fault(fault)
                let told = await stories.hook.publish(try .txt("v")).told
                #expect(told.kind == kind && told.reason.contains(words), "\(fault): \(told)")
                #expect(try await stories.read("TXT", ZoneStories.name) == [])
            }
            // A conflict at a name that is one of the words of other refusals.
            let late = #"{"name":"project.example.com.","type":"CNAME","ttl":1,"rrdatas":["x."]}"#
            try await api.fault(#"{"method":"execute","add":\#(late)}"#)
            let conflict = await stories.hook.publish(try .txt("v", at: "project.example.com")).told
            #expect(
                conflict.kind == "failed" && conflict.reason.contains("stands at project.example.com"),
                "\(conflict)"
            )
            for (changes, code, words) in [
                (["DNSPROOF_SETTING_MANAGED_ZONE": "absent"], 69, "no managed zone absent"),
                (["DNSPROOF_SETTING_MANAGED_ZONE": "hidden-1"], 69, "not public"),
                (["DNSPROOF_SETTING_MANAGED_ZONE": "other-1"], 69, "is example.org., not example.com"),
                (["DNSPROOF_SECRET_CREDENTIALS": "{}"], 78, "invalid_grant"),
                (["DNSPROOF_SECRET_CREDENTIALS": ""], 78, "active account"),
            ] as [([String: String], Int32, String)] {
                let told = await stories.run("publish", "v", at: ZoneStories.name, changes)
                #expect(told.0 == code && told.1.contains(words), "\(told)")
            }
            try await api.fault(#"{"method":"execute","hang":30}"#)
            let began = ContinuousClock.now
            let told = await stories.run("publish", "v", at: ZoneStories.name, ["DNSPROOF_DEADLINE_S": "6"])
            #expect(told.0 == 75 && told.1.contains("was not done within"), "\(told)")
            #expect(ContinuousClock.now - began < .seconds(20))
        }
    }
}

// The stock hook `azure-dns` with a stand-in for az that refuses every word it does not know.
import Agent
import DCV
import Foundation
import Platform
import Testing

@Suite(.startsPrograms, .serialized, .timeLimit(.minutes(3)))
struct AzureHookTests {
    private static let subscription = "aaaabbbb-cccc-dddd-eeee-ffff00001111"
    private static let secret = "-a~secret.of Azure=@x"
    private static let secrets = [
        "tenant_id": "tenant.example", "client_id": "11112222-3333-4444-5555-666677778888", "client_secret": secret,
    ]

    private func with(_ story: (RehearsedAPI, ZoneStories) async throws -> Void) async throws {
        let api = try await RehearsedAPI.program("rehearsed_az", as: "az")
        let stories = try await api.stories(
            "azure-dns",
            settings: [
                "program": api.folder.path + "/az", "subscription": Self.subscription, "resource_group": "dns",
            ],
            secrets: Self.secrets
        ) { type, name, value in
            let properties: JSONValue =
                type == "TXT"
                ? ["TTL": 300, "TXTRecords": [["value": [.string(value)]]], "metadata": ["owner": "somebody"]]
                : ["TTL": 300, "CNAMERecord": ["cname": .string(value)]]
            try await api.plant(["name": .string(Self.label(name)), "type": .string(type), "properties": properties])
        } read: { type, name in
            let found = try api.records().first {
                $0["name"]?.string == Self.label(name) && $0["type"]?.string == type
            }
            let properties = found?["properties"]
            if type == "CNAME" { return (properties?["CNAMERecord"]?["cname"]?.string).map { [$0] } ?? [] }
            return properties?["TXTRecords"]?.array?.compactMap { $0["value"]?.array?.first?.string } ?? []
        }
        try await story(api, stories)
        #expect(api.odd == "")
        for secret in Self.secrets.values { #expect(!api.history.joined().contains(secret)) }
    }

    private static func label(_ name: String) -> String {
        name == "example.com" ? "@" : name.replacing(".example.com", with: "")
    }

    @Test func oneValueBesideAForeignOne() async throws {
        try await with { api, stories in
            try await stories.oneValueBesideAForeignOne()
            // Whose set it was keeps its TTL and what else is written to it.
            let properties = try api.records().first { $0["name"]?.string == "_acme-challenge.shop" }?["properties"]
            #expect(properties?["TTL"]?.int == 300 && properties?["metadata"]?["owner"]?.string == "somebody")
        }
    }

    @Test func everyValueArrivesByteForByte() async throws {
        try await with { _, stories in
            try await stories.everyValueArrivesByteForByte(["a\"b", "a\\b", "\\065", "$(id)`id`", "{\"a\":1}"])
            #expect(await stories.run("publish", "a\nb", at: ZoneStories.name).0 == 1)
            #expect(await stories.run("publish", "é", at: ZoneStories.name).0 == 1)
        }
    }

    @Test func whatStandsInTheWayIsNeverIgnored() async throws {
        try await with { _, stories in try await stories.whatStandsInTheWayIsNeverIgnored() }
    }

    @Test func anAliasIsNeverWrittenOver() async throws {
        try await with { api, stories in
            let alias: JSONValue = ["TTL": 60, "targetResource": ["id": "/subscriptions/x/cdn"]]
            try await api.plant(["name": "alias", "type": "CNAME", "properties": alias])
            let told = await stories.hook.publish(try .cname("x.example.net", at: "alias.example.com")).told
            #expect(told.kind == "failed" && told.reason.contains("is an alias"), "\(told)")
            #expect(await stories.hook.withdraw(try .cname("x.example.net", at: "alias.example.com")) == .done)
            #expect(try api.records().first?["properties"] == alias)
        }
    }

    @Test func anySequenceKeepsToTheModel() async throws {
        try await with { _, stories in try await stories.anySequenceKeepsToTheModel(steps: 40) }
    }

    @Test func nothingOddIsSent() async throws {
        try await with { api, stories in
            try await stories.nothingOddIsSent([
                ("DNSPROOF_SETTING_SUBSCRIPTION", "a/b"), ("DNSPROOF_SETTING_SUBSCRIPTION", ""),
                ("DNSPROOF_SETTING_RESOURCE_GROUP", "@x"), ("DNSPROOF_SETTING_PROGRAM", "az"),
                ("DNSPROOF_SETTING_PROGRAM", "/absent/az"), ("DNSPROOF_SETTING_PROGRAM", "/usr"),
                ("DNSPROOF_SECRET_CLIENT_ID", "-x"),
                ("DNSPROOF_SECRET_CLIENT_ID", ""), ("DNSPROOF_SECRET_TENANT_ID", "@x"),
            ])
            #expect(api.history == [])
        }
    }

    @Test func whoeverWritesMeanwhileLosesNothing() async throws {
        try await with { api, stories in
            func stranger(_ values: [String]) -> String {
                let records = values.map { #"{"value":["\#($0)"]}"# }.joined(separator: ",")
                return
                    #""instead":{"name":"_acme-challenge.shop","type":"TXT","properties":{"TTL":300,"TXTRecords":[\#(records)]}}"#
            }
            try await api.fault(
                #"{"method":"put",\#(stranger(["new"]))}"#,
                #"{"method":"put",\#(stranger(["new", "newer"]))}"#
            )
            #expect(await stories.hook.publish(try .txt("ours")) == .done)
            #expect(try await stories.read("TXT", ZoneStories.name) == ["new", "newer", "ours"])
            try await api.fault(#"{"method":"put",\#(stranger(["ours", "late"]))}"#)
            #expect(await stories.hook.withdraw(try .txt("ours")) == .done)
            #expect(try await stories.read("TXT", ZoneStories.name) == ["late"])
            // The set was about to go as a whole.
            #expect(await stories.hook.publish(try .txt("v", at: "last.example.com")) == .done)
            let late = stranger(["v", "late"]).replacing("_acme-challenge.shop", with: "last")
            try await api.fault(#"{"method":"delete",\#(late)}"#)
            #expect(await stories.hook.withdraw(try .txt("v", at: "last.example.com")) == .done)
            #expect(try await stories.read("TXT", "last.example.com") == ["late"])
            try await api.fault(
                #"{"method":"put","lose":true}"#
            )
            #expect(await stories.hook.publish(try .txt("again")).told.kind == "tryLater")
            #expect(await stories.hook.publish(try .txt("again")) == .done)
            #expect(try await stories.read("TXT", ZoneStories.name) == ["late", "again"])
            let never = (0..<5).map { _ in #"{"method":"put",\#(stranger(["x"]))}"# }.joined(separator: "\n")
            try await api.fault(never)
            let told = await stories.hook.publish(try .txt("ours")).told
            #expect(told.kind == "tryLater" && told.reason.contains("5 times in a row"), "\(told)")
        }
    }

    @Test func whatAzureSaysIsSorted() async throws {
        try await with { api, stories in
            for (fault, kind, words) in [
                (#"{"method":"put","status":429}"#, "tryLater", "Too Many Requests"),
                (#"{"method":"get","status":500}"#, "tryLater", "Internal Server Error"),
                (#"{"method":"put","status":409}"#, "tryLater", "Conflict"),
                (#"{"method":"get","status":401}"#, "misconfigured", "Unauthorized"),
                (#"{"method":"put","status":403}"#, "misconfigured", "Forbidden"),
                // az prints nothing behind the status where the body is empty.
                (#"{"method":"get","status":503,"body":""}"#, "tryLater", "Service Unavailable"),
                (#"{"method":"get","status":401,"body":""}"#, "misconfigured", "Unauthorized"),
                (
                    #"{"method":"put","add":{"name":"_acme-challenge.shop","type":"CNAME","properties":{"TTL":1}}}"#,
                    "failed", "other data stands at _acme-challenge.shop.example.com"
                ),
                (#"{"method":"put","status":400}"#, "failed", "Bad Request"),
                (#"{"method":"get","status":404}"#, "failed", "Not Found"),
            ] {
                try await api.fault(fault)
                let told = await stories.hook.publish(try .txt("v")).told
                #expect(told.kind == kind && told.reason.contains(words), "\(fault): \(told)")
                #expect(try await stories.read("TXT", ZoneStories.name) == [])
                try api.folder.write("records", "[]")
            }
            try await api.fault(#"{"method":"put","status":412,"body":""}"#)
            #expect(await stories.hook.publish(try .txt("v")) == .done)
            for act in [stories.hook.publish, stories.hook.withdraw] {
                try await api.fault(#"{"method":"get","path":"/TXT/","mute":true}"#)
                let told = await act(try .txt("v")).told
                #expect(told.kind == "failed" && told.reason.contains("not what it is known to be"), "\(told)")
            }
            try api.folder.write("records", "[]")
            for (changes, code, words) in [
                (
                    ["DNSPROOF_SETTING_RESOURCE_GROUP": "other"], 69,
                    "no DNS zone example.com in the resource group other"
                ),
                (["DNSPROOF_ZONE": "com"], 69, "no DNS zone com"),
                (["DNSPROOF_SETTING_SUBSCRIPTION": "0-0"], 78, "no subscription 0-0"),
                (["DNSPROOF_SECRET_CLIENT_SECRET": "other"], 78, "AADSTS7000215"),
                (
                    [
                        "DNSPROOF_SECRET_CLIENT_SECRET": "", "DNSPROOF_SECRET_CLIENT_ID": "",
                        "DNSPROOF_SECRET_TENANT_ID": "",
                    ], 78, "Failed to connect to MSI"
                ),
            ] as [([String: String], Int32, String)] {
                let told = await stories.run("publish", "v", at: ZoneStories.name, changes)
                #expect(told.0 == code && told.1.contains(words), "\(told)")
            }
            try await api.fault(#"{"method":"put","hang":30}"#)
            let began = ContinuousClock.now
            let told = await stories.run("publish", "v", at: ZoneStories.name, ["DNSPROOF_DEADLINE_S": "6"])
            #expect(told.0 == 75 && told.1.contains("was not done within"), "\(told)")
            #expect(ContinuousClock.now - began < .seconds(20))
        }
    }
}

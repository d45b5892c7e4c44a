// The stock hook `cloudflare-dns` against a small API that refuses every request it does not know.
import Agent
import DCV
import Foundation
import Platform
import Testing

extension StartedHooks {
    @Suite(.startsPrograms, .serialized, .timeLimit(.minutes(2)))
    struct CloudflareHookTests {
        private static let token = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY"
        private static let zone = "023e105f4ecef8ad9ca31a8372d0c353"

        private func with(
            _ more: [String: String] = [:],
            token: String = token,
            _ story: (RehearsedAPI, ZoneStories) async throws -> Void
        ) async throws {
            try await RehearsedAPI.with("rehearsed_cloudflare.py") { api in
                try await story(api, try await stories(api, more, token: token))
                #expect(api.odd == "")
                #expect(!api.history.joined().contains(Self.token))
            }
        }

        private func stories(_ api: RehearsedAPI, _ more: [String: String], token: String = token) async throws
            -> ZoneStories
        {
            try await api.stories(
                "cloudflare-dns",
                settings: ["endpoint": api.endpoint].merging(more) { $1 },
                secrets: ["api_token": token]
            ) { type, name, value in
                let content = type == "TXT" ? "\"\(value)\"" : value
                try await api.plant(
                    ["type": .string(type), "name": .string(name), "content": .string(content), "ttl": 300]
                )
            } read: { type, name in
                try api.records().filter { $0["type"]?.string == type && $0["name"]?.string == name }
                    .map { record in
                        let content = record["content"]?.string ?? ""
                        return type == "TXT" ? ZoneStories.plain(content) : content
                    }
            }
        }

        @Test func oneValueBesideAForeignOne() async throws {
            try await with { _, stories in try await stories.oneValueBesideAForeignOne() }
        }

        @Test func everyValueArrivesByteForByte() async throws {
            try await with(["zone_id": Self.zone]) { _, stories in try await stories.everyValueArrivesByteForByte() }
        }

        @Test func whatStandsInTheWayIsNeverIgnored() async throws {
            try await with { _, stories in try await stories.whatStandsInTheWayIsNeverIgnored() }
        }

        @Test func aProxiedCNAMEIsSomebodyElses() async throws {
            try await with { api, stories in
                let name = "shop.example.com"
                try await api.plant([
                    "type": "CNAME", "name": .string(name), "content": "x.example.net", "ttl": 1, "proxied": true,
                ])
                let told = await stories.hook.publish(try .cname("x.example.net", at: name)).told
                #expect(told.kind == "failed" && told.reason.contains("a CNAME that is proxied"), "\(told)")
                #expect(await stories.hook.withdraw(try .cname("x.example.net", at: name)) == .done)
                #expect(try await stories.read("CNAME", name) == ["x.example.net"])
                // Flattened, it is answered with addresses, too.
                try await api.plant([
                    "type": "CNAME", "name": "flat.example.com", "content": "x.example.net", "ttl": 1, "proxied": false,
                    "settings": ["flatten_cname": true],
                ])
                let flat = await stories.hook.publish(try .cname("x.example.net", at: "flat.example.com")).told
                #expect(flat.kind == "failed" && flat.reason.contains("proxied or flattened"), "\(flat)")
            }
        }

        @Test func aZoneWhoseNameIsToldInUnicodeIsFound() async throws {
            let zone = "xn--bcher-kva.example"
            try await with { _, stories in
                for (id, code) in [("", 0), (String(repeating: "5", count: 32), 0), (Self.zone, 69)]
                    as [(String, Int32)]
                {
                    let told = await stories.run(
                        "publish",
                        "v\(id)",
                        at: "x." + zone,
                        ["DNSPROOF_ZONE": zone, "DNSPROOF_SETTING_ZONE_ID": id]
                    )
                    #expect(told.0 == code, "\(id): \(told)")
                }
                let written = try await stories.read("TXT", "x." + zone)
                #expect(written.count == 2)
                let waiting = await stories.run(
                    "publish",
                    "v",
                    at: "x.pending.example",
                    ["DNSPROOF_ZONE": "pending.example"]
                )
                #expect(waiting.0 == 0 && waiting.1.contains("is pending at Cloudflare"), "\(waiting)")
            }
        }

        @Test func anySequenceKeepsToTheModel() async throws {
            try await with { _, stories in try await stories.anySequenceKeepsToTheModel(steps: 60) }
        }

        @Test func nothingOddIsSent() async throws {
            try await with { api, stories in
                try await stories.nothingOddIsSent([
                    ("DNSPROOF_SETTING_ZONE_ID", "a/b"), ("DNSPROOF_SETTING_ENDPOINT", "http://a b"),
                    ("DNSPROOF_SETTING_ENDPOINT", "http://api.example"),
                    ("DNSPROOF_SECRET_API_TOKEN", ""), ("DNSPROOF_SECRET_API_TOKEN", "a\"\nurl = \"http://x"),
                ])
                #expect(api.history == [])
            }
        }

        @Test func zonesThatDoNotFit() async throws {
            try await with { api, stories in
                for (zone, settings, kind, words) in [
                    ("absent.example", [:], 69, "sees no zone absent.example"),
                    ("twice.example", [:], 78, "several zones twice.example"),
                    ("partial.example", [:], 69, "of the type partial"),
                    ("example.com", ["DNSPROOF_SETTING_ZONE_ID": String(repeating: "1", count: 32)], 69, "another one"),
                    ("example.com", ["DNSPROOF_SETTING_ZONE_ID": String(repeating: "a", count: 32)], 69, "has no zone"),
                ] as [(String, [String: String], Int32, String)] {
                    let told = await stories.run(
                        "publish",
                        "v",
                        at: "x." + zone,
                        settings.merging(["DNSPROOF_ZONE": zone]) { $1 }
                    )
                    #expect(told.0 == kind && told.1.contains(words), "\(told)")
                }
                #expect(!api.history.contains { $0.hasPrefix("POST") })
            }
        }

        @Test func whatCloudflareSaysIsSorted() async throws {
            try await with { api, stories in
                let at = #""method":"POST""#
                for (fault, kind, words) in [
                    ("{\(at),\"status\":429}", "tryLater", "HTTP 429"),
                    ("{\(at),\"status\":500}", "tryLater", "HTTP 500"),
                    (#"{"method":"GET","status":502,"body":"<html>bad gateway"}"#, "tryLater", "HTTP 502"),
                    (#"{"method":"GET","status":200,"body":"<html>"}"#, "failed", "HTTP 200"),
                    (#"{"method":"GET","blob":50331648}"#, "failed", "more than 8388608 octets"),
                    (
                        #"{"method":"GET","path":"dns_records","status":200,"body":{"success":true}}"#, "failed",
                        "not what"
                    ),
                    ("{\(at),\"status\":401}", "misconfigured", "HTTP 401"),
                    ("{\(at),\"status\":403}", "misconfigured", "HTTP 403"),
                    ("{\(at),\"status\":400}", "failed", "ordered by the test (4000)"),
                    (
                        #"{\#(at),"status":200,"body":{"success":false,"errors":[{"code":971,"message":"slow down"}]}}"#,
                        "tryLater", "slow down (971)"
                    ),
                    (
                        #"{\#(at),"status":400,"body":{"success":false,"errors":[{"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,"message":"Invalid format"}]}]}}"#,
                        "misconfigured", "Invalid format (6111)"
                    ),
                ] {
                    try await api.fault(fault)
                    let told = await stories.hook.publish(try .txt("v")).told
                    #expect(told.kind == kind && told.reason.contains(words), "\(fault): \(told)")
                    #expect(try await stories.read("TXT", ZoneStories.name) == [])
                }
                try await api.fault(#"{"hang":30}"#)
                let began = ContinuousClock.now
                let told = await stories.run("publish", "v", at: ZoneStories.name, ["DNSPROOF_DEADLINE_S": "4"])
                #expect(told.0 == 75 && told.1.contains("does not answer"), "\(told)")
                #expect(ContinuousClock.now - began < .seconds(20))
            }
            try await with(token: "another") { _, stories in
                let told = await stories.hook.publish(try .txt("v")).told
                #expect(told.kind == "misconfigured" && told.reason.contains("Authentication error (10000)"), "\(told)")
            }
        }

        @Test func whatIsDoneTwiceOrByOthersIsDone() async throws {
            try await with { api, stories in
                // The answer to the addition is lost: the next try finds it done.
                try await api.fault(#"{"method":"POST","lose":true}"#)
                #expect(await stories.hook.publish(try .txt("v")).told.kind == "tryLater")
                #expect(await stories.hook.publish(try .txt("v")) == .done)
                // Somebody is quicker.
                let same = #"{"type":"TXT","name":"\#(ZoneStories.name)","content":"\"w\"","ttl":60}"#
                try await api.fault(#"{"method":"POST","add":\#(same)}"#)
                let second = await stories.hook.publish(try .txt("w"))
                #expect(second == .done, "\(second)")
                #expect(try await stories.read("TXT", ZoneStories.name) == ["v", "w"])
                // The same word of Cloudflare's about a CNAME need not mean ours.
                let exists = #"{"success":false,"errors":[{"code":81057,"message":"The record already exists."}]}"#
                for (target, kind) in [("c.example.net", "done"), ("d.example.net", "failed")] {
                    let cname = #"{"type":"CNAME","name":"\#(kind).example.com","content":"c.example.net","ttl":60}"#
                    try await api.fault(#"{"method":"POST","status":400,"body":\#(exists),"add":\#(cname)}"#)
                    let told = await stories.hook.publish(try .cname(target, at: kind + ".example.com")).told
                    #expect(told.kind == kind, "\(told)")
                }
                try await api.fault(#"{"method":"DELETE","lose":true}"#)
                #expect(await stories.hook.withdraw(try .txt("v")).told.kind == "tryLater")
                #expect(await stories.hook.withdraw(try .txt("v")) == .done)
                let gone = #"{"success":false,"errors":[{"code":81044,"message":"Record does not exist."}]}"#
                try await api.fault(#"{"method":"DELETE","status":404,"body":\#(gone)}"#)
                #expect(await stories.hook.withdraw(try .txt("w")) == .done)
                let inTheWay = #"{"type":"CNAME","name":"late.example.com","content":"x.example.net","ttl":60}"#
                try await api.fault(#"{"method":"POST","add":\#(inTheWay)}"#)
                let told = await stories.hook.publish(try .txt("v", at: "late.example.com")).told
                #expect(
                    told.kind == "failed" && told.reason.contains("in the way stands at late.example.com"),
                    "\(told)"
                )
            }
        }

        /// curl's own words and codes for what only a real certificate could bring about.
        @Test(arguments: [("cloudflare-dns", 60, 78), ("naver-globaldns", 60, 78), ("naver-globaldns", 6, 75)])
        func aCertificateThatIsNotTrustedNeedsAPerson(hook: String, code: Int, wanted: Int32) async throws {
            let told = try await withCurl(hook, "echo 'curl: what it said' >&2\nexit \(code)", try HookFolder())
            #expect(told.0 == wanted && told.1.contains("curl: what it said"), "\(told)")
            #expect(told.1.contains("certificate") == (wanted == 78))
        }

        private func withCurl(_ hook: String, _ script: String, _ folder: HookFolder) async throws -> (Int32, String) {
            try FileManager.default.createDirectory(atPath: folder.path + "/bin", withIntermediateDirectories: false)
            _ = try await folder.addScript("bin/curl", script)
            let program = try await StockHooks.copy(hook, into: folder)
            let stories = ZoneStories(
                hook: try HookPublisher.test(program),
                program: program,
                variables: [
                    "DNSPROOF_SECRET_API_TOKEN": Self.token, "DNSPROOF_SECRET_ACCESS_KEY": "a",
                    "DNSPROOF_SECRET_SECRET_KEY": "b",
                ],
                plant: { _, _, _ in },
                read: { _, _ in [] }
            )
            return await stories.run(
                "publish",
                "v",
                at: ZoneStories.name,
                ["PATH": folder.path + "/bin:/usr/bin:/bin"]
            )
        }

        @Test func theTokenStandsInNoCommandLine() async throws {
            let folder = try HookFolder()
            let told = try await withCurl(
                "cloudflare-dns",
                "tr '\\0' '\\n' </proc/$$/environ >>\"$LOG\"\nprintf '%s\\n' \"$@\" >>\"$LOG\"\nexit 7",
                folder
            )
            #expect(told.0 == 75)
            #expect(try folder.text().contains("https://api.cloudflare.com/client/v4/zones?name=example.com"))
            #expect(!(try folder.text()).contains(Self.token))
        }
    }
}

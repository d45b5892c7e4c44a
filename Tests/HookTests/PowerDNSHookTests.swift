// The stock hook `powerdns`: what is particular to an API that replaces whole sets.
import Agent
import DCV
import Foundation
import Platform
import Testing

extension StartedHooks {
    @Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
    struct PowerDNSHookTests {
        private static let name = "_acme-challenge.shop.example.com"

        /// The set as the API lists it: its TTL, then each record with its mark, sorted.
        private func listed(_ server: PowerDNSServer, _ name: String = Self.name) async throws -> [String] {
            let text = try await server.answers("GET", "/api/v1/servers/localhost/zones/example.com.")
            let zone = try StrictJSON.parse(Array(text.utf8), limitBytes: 1 << 20)
            let sets = zone["rrsets"]?.array ?? []
            guard let set = sets.first(where: { $0["name"]?.string == name + "." }) else { return [] }
            let records = (set["records"]?.array ?? []).map { record in
                (record["content"]?.string ?? "?") + (record["disabled"] == true ? " disabled" : "")
            }
            let comments = (set["comments"]?.array ?? []).compactMap { $0["content"]?.string }
            return ["ttl \(set["ttl"]?.int ?? -1)"] + records.sorted() + comments
        }

        @Test func whatIsDisabledStaysAndSoDoTheTTLAndTheComment() async throws {
            try await PowerDNSServer.with { server in
                let hook = try await server.hook()
                try await server.addOutside(#""switched off""#, at: Self.name, "TXT", isDisabled: true)
                try await server.sql(
                    """
                    update records set ttl = 77 where name = '\(Self.name)';
                    insert into comments (domain_id, name, type, modified_at, account, comment)
                    values (1, '\(Self.name)', 'TXT', 1, 'ops', 'a comment');
                    """
                )
                #expect(await hook.publish(try .txt("v")) == .done)
                let all = ["ttl 77", #""foreign""#, #""switched off" disabled"#, #""v""#, "a comment"]
                #expect(try await listed(server) == all)
                #expect(await hook.withdraw(try .txt("v")) == .done)
                #expect(try await listed(server) == all.filter { $0 != #""v""# })
                // Twice there, once of them switched off in another spelling: that one stays.
                #expect(await hook.publish(try .txt("v")) == .done)
                try await server.addOutside(#""\118""#, at: Self.name, "TXT", isDisabled: true)
                try await server.sql("update records set ttl = 77 where name = '\(Self.name)';")
                #expect(await hook.withdraw(try .txt("v")) == .done)
                #expect(try await listed(server).contains(#""\118" disabled"#))
                #expect(try await !listed(server).contains(#""v""#))
                try await server.removeOutside(#""\118""#, at: Self.name)
                // Our own value, but somebody has switched it off: theirs to decide.
                let told = await hook.publish(try .txt("switched off")).told
                #expect(told.kind == "failed" && told.reason.contains("disabled: enable it or remove it"), "\(told)")
                #expect(await hook.withdraw(try .txt("switched off")) == .done)
                #expect(try await listed(server) == all.filter { $0 != #""v""# })
            }
        }

        /// The same octets written in another way are the same value.
        @Test func valuesAreComparedByWhatTheyMean() async throws {
            try await PowerDNSServer.with { server in
                let hook = try await server.hook()
                for written in [#""\045one""#, #""-o\110e""#, #""\-one""#] {
                    try await server.addOutside(written, at: "odd.example.com")
                    #expect(await hook.publish(try .txt("-one", at: "odd.example.com")) == .done)
                    #expect(try await listed(server, "odd.example.com") == ["ttl 60", written])
                    #expect(await hook.withdraw(try .txt("-one", at: "odd.example.com")) == .done)
                    #expect(try await listed(server, "odd.example.com") == [])
                }
                try await server.addOutside(#""-" "one""#, at: "odd.example.com")
                #expect(await hook.withdraw(try .txt("-one", at: "odd.example.com")) == .done)
                #expect(try await listed(server, "odd.example.com") == ["ttl 60", #""-" "one""#])
            }
        }

        /// A curl that lets somebody else change the zone just before our change arrives.
        private func run(_ server: PowerDNSServer, _ verb: String, while stranger: String) async throws -> (
            ChildResult.Ending, String
        ) {
            try? FileManager.default.createDirectory(
                atPath: server.folder.path + "/bin",
                withIntermediateDirectories: false
            )
            try server.write("stranger.json", stranger)
            let program = """
                #!/bin/sh
                configuration=$(cat)
                case $configuration in
                *'request = PATCH'*)
                    printf '%s' "$configuration" | sed 's|@body|@\(server.folder.path)/stranger.json|' |
                        /usr/bin/curl -q -s -K -
                    ;;
                esac
                printf '%s' "$configuration" | /usr/bin/curl "$@"

                """
            _ = try await server.folder.add("bin/curl", program)
            let result = await ChildProcess().run(
                ChildCommand(
                    program: try await StockHooks.copy("powerdns", into: server.folder),
                    arguments: [verb],
                    environment: [
                        "PATH": server.folder.path + "/bin:/usr/bin:/bin", "DNSPROOF_KIND": "txt",
                        "DNSPROOF_ZONE": "example.com", "DNSPROOF_TARGET": Self.name, "DNSPROOF_VALUE": "v",
                        "DNSPROOF_TTL": "60", "DNSPROOF_SETTING_URL": server.url, "DNSPROOF_SECRET_API_KEY": server.key,
                    ]
                )
            )
            return (result.ending, String(decoding: result.errorOutput.bytes, as: UTF8.self))
        }

        private func set(_ name: String, _ values: String...) -> String {
            let records = values.map { #"{"content":"\"\#($0)\"","disabled":false}"# }.joined(separator: ",")
            return
                #"{"rrsets":[{"name":"\#(name).","type":"TXT","ttl":60,"changetype":"REPLACE","records":[\#(records)]}]}"#
        }

        @Test func aChangeOfSomebodyElseAtTheSameMomentIsNoticed() async throws {
            try await PowerDNSServer.with { server in
                let told = try await run(server, "publish", while: set(Self.name, "foreign", "theirs"))
                #expect(told.0 == .exited(1), "\(told)")
                #expect(told.1.contains("was changed by somebody else at the same moment"), "\(told)")
                #expect(told.1.contains("look whether \(Self.name). lacks a value of theirs"), "\(told)")
                // Asked again, nothing is left to do.
                #expect(await (try server.hook()).publish(try .txt("v")) == .done)
            }
        }

        @Test func theKeyIsOnStdinAloneAndIsNeverTold() async throws {
            try await PowerDNSServer.with { server in
                let program = """
                    #!/bin/sh
                    tr '\\0' '\\n' </proc/$$/cmdline >>'\(server.folder.path)/seen'
                    env >>'\(server.folder.path)/seen'
                    exec /usr/bin/curl "$@"

                    """
                try FileManager.default.createDirectory(
                    atPath: server.folder.path + "/bin",
                    withIntermediateDirectories: false
                )
                _ = try await server.folder.add("bin/curl", program)
                let result = await ChildProcess().run(
                    ChildCommand(
                        program: try await StockHooks.copy("powerdns", into: server.folder),
                        arguments: ["publish"],
                        environment: [
                            "PATH": server.folder.path + "/bin:/usr/bin:/bin", "DNSPROOF_KIND": "txt",
                            "DNSPROOF_ZONE": "example.com", "DNSPROOF_TARGET": Self.name, "DNSPROOF_VALUE": "v",
                            "DNSPROOF_TTL": "60", "DNSPROOF_SETTING_URL": server.url,
                            "DNSPROOF_SECRET_API_KEY": server.key,
                        ]
                    )
                )
                #expect(result.ending == .exited(0))
                #expect(try server.folder.text("seen").contains("--max-time"))
                #expect(try !server.folder.text("seen").contains("thirty-two"))
            }
        }

        @Test func anAnswerThatSaysNothingIsNoSuccess() async throws {
            try await RehearsedAPI.with("odd_answers.py") { server in
                for (word, words) in [
                    ("nothing", "does not answer as a PowerDNS API does"),
                    ("blank", "does not answer as a PowerDNS API does"),
                    ("endless", "answers with more than 268435456 octets"),
                ] {
                    let hook = try HookPublisher.test(
                        try await StockHooks.copy("powerdns", into: server.folder),
                        settings: ["url": server.endpoint + "/" + word],
                        secrets: ["api_key": "key"]
                    )
                    for outcome in [await hook.publish(try .txt("v")), await hook.withdraw(try .txt("v"))] {
                        #expect(outcome.told.kind == "failed" && outcome.told.reason.contains(words), "\(outcome)")
                    }
                }
            }
        }

        @Test func whatIsMisconfigured() async throws {
            try await PowerDNSServer.with { server in
                for (settings, key, kind, words) in [
                    (["url": "http://192.0.2.1"], server.key, "misconfigured", "unencrypted to another machine"),
                    (["url": "http://127.0.0.1.example.net"], server.key, "misconfigured", "unencrypted"),
                    (["url": "ftp://x"], server.key, "misconfigured", "neither https:// nor http://"),
                    (["url": "http://127.0.0.1/\"\nurl=x"], server.key, "misconfigured", "cannot stand there"),
                    (["url": "http://127.0.0.1:1"], server.key, "tryLater", "does not answer"),
                    (["url": server.url.replacing("http:", with: "https:")], server.key, "misconfigured", "TLS"),
                    (["server_id": "other"], server.key, "notMyZone", "the server other at"),
                    (["server_id": "a/../b"], server.key, "misconfigured", "server_id holds a character"),
                    (["ca_file": "roots.pem"], server.key, "misconfigured", "ca_file is no absolute path"),
                    (["ca_file": "/absent.pem"], server.key, "misconfigured", "no file that this user may read"),
                    ([:], "wrong-key-0123456789", "misconfigured", "does not accept the secret api_key"),
                    ([:], "two\nlines", "misconfigured", "cannot stand in an HTTP header"),
                ] {
                    let hook = try await server.hook(settings: settings, secrets: ["api_key": key])
                    let told = await hook.publish(try .txt("v")).told
                    #expect(told.kind == kind && told.reason.contains(words), "\(told)")
                    #expect(!told.reason.contains("0123456789") && !told.reason.contains("thirty-two"))
                }
                #expect(try await server.values(Self.name) == ["\"foreign\""])
            }
        }

        /// Only where the serial counts from the date is its jump to one that ends in 01 no sign of a stranger.
        @Test func aSerialThatEndsIn01HidesNobody() async throws {
            try await PowerDNSServer.with { server in
                let zone = "/api/v1/servers/localhost/zones/example.com."
                _ = try await server.answers("PUT", zone, body: #"{"kind":"Native","soa_edit_api":"INCREASE"}"#)
                try await server.sql(
                    "update records set content = replace(content, ' 1 60', ' 99 60') where type = 'SOA';"
                )
                let told = try await run(server, "publish", while: set(Self.name, "foreign", "theirs"))
                #expect(told.0 == .exited(1) && told.1.contains("(serial 99, then 101)"), "\(told)")
            }
        }
    }
}

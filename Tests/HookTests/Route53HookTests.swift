// The stock hook `route53`: the real AWS CLI against a moto server that keeps to Route 53's rules, and an AWS CLI that
// says what no test server can be made to say.
import Agent
import DCV
import Foundation
import Platform
import Testing

/// A moto server, and the AWS CLI to look at it with.
struct RehearsedAWS {
    /// One server a suite, for it takes seconds to start.
    struct Server: SuiteTrait, TestScoping {
        func provideScope(
            for test: Test,
            testCase: Test.Case?,
            performing suite: @Sendable () async throws -> Void
        ) async throws {
            try await RehearsedAPI.with("rehearsed_aws.py", python: RehearsedAPI.environment + "/bin/python3") { api in
                try await RehearsedAWS.$running.withValue(RehearsedAWS(api: api)) { try await suite() }
            }
        }
    }

    @TaskLocal private static var running: RehearsedAWS?

    static let program = RehearsedAPI.environment + "/bin/aws"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let secrets = ["access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": secret]

    let api: RehearsedAPI
    var folder: HookFolder { api.folder }

    /// A story that begins with nothing at the suite's server.
    static func with(_ story: (RehearsedAWS) async throws -> Void) async throws {
        let aws = try #require(running)
        for left in ["sets", "meddle"] { try? FileManager.default.removeItem(atPath: aws.folder.path + "/" + left) }
        let result = await ChildProcess().run(
            ChildCommand(
                program: "/usr/bin/curl",
                arguments: ["-q", "-sS", "--fail", "-X", "POST", aws.api.endpoint + "/moto-api/reset"]
            )
        )
        try #require(result.ending == .exited(0), "\(String(decoding: result.errorOutput.bytes, as: UTF8.self))")
        try await story(aws)
    }

    @discardableResult func aws(_ words: [String]) async throws -> JSONValue {
        let result = await ChildProcess().run(
            ChildCommand(
                program: Self.program,
                arguments: words + ["--endpoint-url", api.endpoint, "--output", "json"],
                environment: [
                    "PATH": "/usr/bin:/bin", "HOME": folder.path, "AWS_ACCESS_KEY_ID": "look",
                    "AWS_SECRET_ACCESS_KEY": "look", "AWS_DEFAULT_REGION": "us-east-1",
                ],
                outputLimitBytes: 1 << 20
            )
        )
        let errors = String(decoding: result.errorOutput.bytes, as: UTF8.self)
        try #require(result.ending == .exited(0), "\(errors)")
        return result.output.bytes.isEmpty ? .null : try StrictJSON.parse(result.output.bytes, limitBytes: 1 << 20)
    }

    func zone(_ name: String = "example.com", isPrivate: Bool = false) async throws -> String {
        let network = ["--vpc", "VPCRegion=us-east-1,VPCId=vpc-1", "--hosted-zone-config", "PrivateZone=true"]
        let made = try await aws(
            ["route53", "create-hosted-zone", "--name", name, "--caller-reference", UUID().uuidString]
                + (isPrivate ? network : [])
        )
        return try #require(made["HostedZone"]?["Id"]?.string?.split(separator: "/").last.map { String($0) })
    }

    func put(_ zone: String, _ name: String, _ type: String, _ values: [String], ttl: Int = 300) async throws {
        let records: [JSONValue] = values.map { ["Value": .string($0)] }
        let set: JSONValue = [
            "Name": .string(name), "Type": .string(type), "TTL": .number(JSONNumber(Int64(ttl))),
            "ResourceRecords": .array(records),
        ]
        let batch: JSONValue = ["Changes": [["Action": "CREATE", "ResourceRecordSet": set]]]
        try await aws([
            "route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch",
            String(decoding: batch.serialized(), as: UTF8.self),
        ])
    }

    /// The values of one set as Route 53 writes them, and its TTL.
    func set(_ zone: String, _ name: String, _ type: String = "TXT") throws -> (values: [String], ttl: Int64) {
        let all = try StrictJSON.parse(try folder.read("sets"), limitBytes: 1 << 20)
        let found = all[zone]?.array?.compactMap(\.array).first { $0[0].string == name + "." && $0[1].string == type }
        let values = found?[3].array?.compactMap(\.string) ?? []
        return (values.sorted(), found?[2].int ?? 0)
    }

    func hook(_ more: [String: String] = [:]) async throws -> HookPublisher {
        try HookPublisher.test(
            try await StockHooks.copy("route53", into: folder),
            settings: ["program": Self.program, "endpoint": api.endpoint].merging(more) { $1 },
            secrets: Self.secrets,
            deadlineMilliseconds: 60_000
        )
    }
}

extension Trait where Self == RehearsedAWS.Server {
    static var rehearsedAWS: Self { RehearsedAWS.Server() }
}

extension StartedHooks {
    @Suite(
        .startsPrograms,
        .serialized,
        .enabled(if: RehearsedAPI.mayRunAWS, Comment(rawValue: RehearsedAPI.awsExcuse)),
        .rehearsedAWS,
        .timeLimit(.minutes(5))
    )
    struct Route53HookTests {
        private static let name = "_acme-challenge.shop.example.com"

        @Test func oneValueBesideAForeignOne() async throws {
            try await RehearsedAWS.with { aws in
                let zone = try await aws.zone()
                try await aws.put(zone, Self.name, "TXT", ["\"foreign\" \"in two\""])
                let hook = try await aws.hook()
                #expect(try await hook.describe().get() == HookDescription(kinds: [.txt, .cname], labels: .any))
                for value in ["-one", "-one", "two; x=\u{79}"] {
                    #expect(await hook.publish(try .txt(value)) == .done)
                }
                // Whose set it was keeps its TTL.
                #expect(
                    try aws.set(zone, Self.name) == (
                        ["\"-one\"", "\"foreign\" \"in two\"", "\"two; x=y\""], 300
                    )
                )
                for value in ["-one", "-one", "foreignin two", "foreign", "never there"] {
                    #expect(await hook.withdraw(try .txt(value)) == .done)
                }
                #expect(
                    try aws.set(zone, Self.name).values == ["\"foreign\" \"in two\"", "\"two; x=y\""]
                )
                #expect(await hook.publish(try .txt("v", at: "x.example.net", target: "t.example.com")) == .done)
                #expect(try aws.set(zone, "t.example.com") == (["\"v\""], 60))
                // The last value takes the set with it.
                #expect(await hook.withdraw(try .txt("v", at: "t.example.com")) == .done)
                #expect(try aws.set(zone, "t.example.com").values == [])
            }
        }

        @Test func anySequenceKeepsToTheModel() async throws {
            try await RehearsedAWS.with { aws in
                let zone = try await aws.zone()
                try await HookModel.hold(try await aws.hook(), steps: Rounds.steps(20)) { name in
                    try await aws.put(zone, name, "TXT", ["\"\(HookModel.stranger)\""])
                } read: { name in
                    try aws.set(zone, name).values.map { String($0.dropFirst().dropLast()) }
                }
            }
        }

        @Test func whoeverWritesMeanwhileLosesNothing() async throws {
            try await RehearsedAWS.with { aws in
                let zone = try await aws.zone()
                let hook = try await aws.hook()
                for (times, at) in [(1, "fresh.example.com"), (3, Self.name)] {
                    let meddle = #"{"times":\#(times),"name":"\#(at)","value":"stranger "}"#
                    try aws.folder.write("meddle", meddle)
                    #expect(await hook.publish(try .txt("ours", at: at)) == .done)
                    #expect(
                        try aws.set(zone, at).values == ["\"ours\""] + (0..<times).map { "\"stranger \($0)\"" }
                    )
                }
                try aws.folder.write(
                    "meddle",
                    #"{"times":1,"name":"\#(Self.name)","value":"late "}"#
                )
                #expect(await hook.withdraw(try .txt("ours")) == .done)
                #expect(try aws.set(zone, Self.name).values.first == "\"late 0\"")
                #expect(try aws.set(zone, Self.name).values.count == 4)
                // Somebody who never stops is waited for another time.
                try aws.folder.write(
                    "meddle",
                    #"{"times":9,"name":"\#(Self.name)","value":"again "}"#
                )
                let told = await hook.publish(try .txt("ours")).told
                #expect(told.kind == "tryLater" && told.reason.contains("5 times in a row"), "\(told)")
                #expect(try aws.set(zone, Self.name).values.count == 9)
            }
        }

        @Test func whatStandsInTheWayIsNeverIgnored() async throws {
            try await RehearsedAWS.with { aws in
                let zone = try await aws.zone()
                try await aws.put(zone, "cname.example.com", "CNAME", ["Elsewhere.example.net"])
                try await aws.put(zone, Self.name, "TXT", ["\"foreign\""])
                let hook = try await aws.hook()
                let refused = await hook.publish(try .txt("v", at: "cname.example.com")).told
                #expect(refused.kind == "failed")
                #expect(refused.reason.contains("a CNAME stands at cname.example.com: a TXT cannot"))
                #expect(await hook.withdraw(try .txt("v", at: "cname.example.com")) == .done)
                #expect(await hook.publish(try .cname("elsewhere.example.net", at: "cname.example.com")) == .done)
                for (target, name) in [("other.example.net", "cname.example.com"), ("x.example.net", Self.name)] {
                    let refused = await hook.publish(try .cname(target, at: name)).told
                    #expect(refused.kind == "failed" && refused.reason.contains("other data stands at \(name)"))
                    #expect(await hook.withdraw(try .cname(target, at: name)) == .done)
                }
                #expect(try aws.set(zone, "cname.example.com", "CNAME").values == ["Elsewhere.example.net"])
                #expect(await hook.publish(try .cname("x.example.net", at: "new.example.com")) == .done)
                #expect(try aws.set(zone, "new.example.com", "CNAME") == (["x.example.net"], 60))
                #expect(await hook.withdraw(try .cname("x.example.net", at: "new.example.com")) == .done)
                #expect(try aws.set(zone, "new.example.com", "CNAME").values == [])
                #expect(try aws.set(zone, Self.name).values == ["\"foreign\""])
            }
        }

        @Test func onlyThePublicZoneOfThatNameIsWritten() async throws {
            try await RehearsedAWS.with { aws in
                let hidden = try await aws.zone(isPrivate: true)
                let other = try await aws.zone("example.org")
                for (settings, words) in [
                    ([:], "no public hosted zone example.com"), (["zone_id": hidden], "is private"),
                    (["zone_id": other], "is example.org., not example.com"),
                    (["zone_id": "ZNOTTHERE"], "no hosted zone ZNOTTHERE"),
                ] {
                    let told = await (try aws.hook(settings)).publish(try .txt("v")).told
                    #expect(told.kind == "notMyZone" && told.reason.contains(words), "\(told)")
                }
                let zone = try await aws.zone()
                for settings in [[:], ["zone_id": zone]] {
                    #expect(await (try aws.hook(settings)).publish(try .txt("v")) == .done)
                }
                #expect(try aws.set(zone, Self.name).values == ["\"v\""])
                #expect(try aws.set(hidden, Self.name).values == [])
                let second = try await aws.zone()
                let told = await (try aws.hook()).publish(try .txt("w")).told
                #expect(told.kind == "misconfigured" && told.reason.contains("several public hosted zones"))
                #expect(told.reason.contains(second) && told.reason.contains(zone))
                let outside = await (try aws.hook()).publish(try .txt("v", at: "badexample.com")).told
                #expect(outside.kind == "notMyZone" && outside.reason.contains("not inside the zone"))
            }
        }
    }
}

/// What the hook makes of the AWS CLI's words, and what it hands to it.
@Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct Route53WordsTests {
    private let folder: HookFolder

    init() throws { folder = try HookFolder() }

    private func told(_ script: String, settings: [String: String] = [:], secrets: [String: String]? = nil)
        async throws -> (kind: String, reason: String)
    {
        let aws = try await folder.addScript("aws", "printf '%s\\n' \"$@\" >>\"$LOG\"\n" + script)
        let hook = try HookPublisher.test(
            try await StockHooks.copy("route53", into: folder),
            settings: ["program": aws].merging(settings) { $1 },
            secrets: secrets ?? RehearsedAWS.secrets,
            deadlineMilliseconds: 6_000
        )
        return await hook.publish(try .txt("value of ours")).told
    }

    @Test(arguments: [
        ("An error occurred (Throttling) when calling it: Rate exceeded", "tryLater"),
        ("An error occurred (PriorRequestNotComplete) when calling it", "tryLater"),
        ("An error occurred (500) when calling it: Internal Server Error", "tryLater"),
        ("Could not connect to the endpoint URL: \"https://route53.amazonaws.com/\"", "tryLater"),
        ("Read timeout on endpoint URL: \"https://route53.amazonaws.com/\"", "tryLater"),
        ("An error occurred (AccessDenied) when calling it: User is not authorized", "misconfigured"),
        ("An error occurred (InvalidClientTokenId) when calling it: The security token is invalid", "misconfigured"),
        ("An error occurred (SignatureDoesNotMatch) when calling it", "misconfigured"),
        ("Unable to locate credentials. You can configure credentials by running \"aws configure\".", "misconfigured"),
        ("An error occurred (InvalidInput) when calling it", "failed"), ("", "failed"),
    ])
    func whatAWSSaysIsSorted(words: String, kind: String) async throws {
        let told = try await told("cat >&2 <<'END'\n\n\(words)\nEND\nexit 254")
        #expect(
            told.kind == kind && told.reason.contains(words.isEmpty ? "it said nothing" : words.prefix(24)),
            "\(told)"
        )
    }

    /// The reason is the hook's own: it was quicker than the deadline, after which it could give none.
    @Test func aCallThatHangsIsEndedInTime() async throws {
        let told = try await told("sleep 100")
        #expect(told.kind == "tryLater" && told.reason.contains("was not done within"), "\(told)")
    }

    /// With programs of the test's own before those of the machine.
    private func environment(_ hook: String, _ program: String) -> [String: String] {
        let settings = ["BUCKET", "SUBSCRIPTION", "RESOURCE_GROUP", "PROJECT", "MANAGED_ZONE"]
        var environment = Dictionary(uniqueKeysWithValues: settings.map { ("DNSPROOF_SETTING_" + $0, "x") })
        environment.merge([
            "PATH": folder.path + ":/usr/bin:/bin", "TMPDIR": folder.path + "/tmp", "DNSPROOF_SETTING_PROGRAM": program,
            "DNSPROOF_KIND": hook == "s3-object" ? "http" : "txt", "DNSPROOF_ZONE": "example.com",
            "DNSPROOF_TARGET": "x.example.com", "DNSPROOF_VALUE": "v", "DNSPROOF_TTL": "60",
            "DNSPROOF_HTTP_PATH": "/.well-known/acme-challenge/x", "DNSPROOF_HTTP_BODY": "v",
        ]) { $1 }
        return environment
    }

    /// busybox's timeout says 143 of what it has ended, and those of old know no -k.
    @Test(arguments: ["route53", "s3-object", "azure-dns", "google-clouddns"])
    func otherProgramsNamedTimeout(hook: String) async throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/tmp", withIntermediateDirectories: false)
        for (script, code, words) in [
            (#"[ "$4" = true ] || exit 143"#, 75, "was not done within"), ("exit 1", 78, "no program timeout with -k"),
        ] as [(String, Int32, String)] {
            _ = try await folder.addScript("timeout", script)
            let result = await ChildProcess().run(
                ChildCommand(
                    program: try await StockHooks.copy(hook, into: folder),
                    arguments: ["publish"],
                    environment: environment(hook, "/bin/true")
                )
            )
            let told = String(decoding: result.errorOutput.bytes, as: UTF8.self)
            #expect(result.ending == .exited(code) && told.contains(words), "\(result.ending) \(told)")
        }
    }

    /// The program runs in a process group of its own, which a signal to the hook's does not reach.
    @Test(arguments: ["route53", "s3-object", "azure-dns", "google-clouddns"])
    func aHookThatIsToldToEndEndsItsProgram(hook: String) async throws {
        let began = folder.path + "/began"
        let program = try await folder.addScript("program", ": >'\(began)'\nsleep 100")
        try FileManager.default.createDirectory(atPath: folder.path + "/tmp", withIntermediateDirectories: false)
        let command = ChildCommand(
            program: try await StockHooks.copy(hook, into: folder),
            arguments: ["publish"],
            environment: environment(hook, program),
            deadlineMilliseconds: 50_000,
            graceMilliseconds: 10_000
        )
        let running = Task { await ChildProcess().run(command) }
        for _ in 0..<1_000 where !folder.has("began") { try await Task.sleep(for: .milliseconds(20)) }
        running.cancel()
        let result = await running.value
        #expect(folder.has("began"))
        #expect(result.ending == .cancelled && !result.neededKill, "\(result)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/tmp") == [])
    }

    @Test func anAnswerOfAnotherShapeIsNotGuessedAt() async throws {
        let nothing = try await told("exit 0")
        #expect(nothing.kind == "failed" && nothing.reason.contains("not what it is known to be"), "\(nothing)")
        for answer in ["", "{}", "[]", "<html>", #"{"HostedZones":[{"Id":"/hostedzone/Z1"}]}"#] {
            let told = try await told("cat <<'END'\n\(answer)\nEND")
            #expect(told.kind != "done" && told.kind != "tryLater", "\(answer): \(told)")
        }
        #expect(!(try folder.text()).contains("change-resource-record-sets"))
    }

    @Test func neitherSecretsNorValuesStandInACommandLine() async throws {
        let zones = #"{"HostedZones":[{"Id":"/hostedzone/Z1","Name":"example.com.","Config":{"PrivateZone":false}}]}"#
        let told = try await told(
            """
            tr '\\0' '\\n' </proc/$$/environ >"${LOG%/*}/environment"
            case $2 in
            list-hosted-zones-by-name) echo '\(zones)' ;;
            list-resource-record-sets) echo '{"ResourceRecordSets":[],"IsTruncated":false}' ;;
            change-resource-record-sets) for word; do case $word in --change-batch=file://*) cat "${word#*file://}" \
            >"${LOG%/*}/batch" ;; esac; done ;;
            esac
            """
        )
        #expect(told.kind == "done", "\(told)")
        let words = try folder.text()
        #expect(words.contains("change-resource-record-sets\n--hosted-zone-id=Z1\n"))
        for hidden in [RehearsedAWS.secret, "AKIA", "value of ours"] { #expect(!words.contains(hidden)) }
        #expect(try folder.text("environment").contains("AWS_SECRET_ACCESS_KEY=\(RehearsedAWS.secret)\n"))
        let batch = try StrictJSON.parse(try folder.read("batch"), limitBytes: 1 << 16)
        #expect(batch["Changes"]?.array?.count == 1)
        #expect(batch["Changes"]?.array?.first?["Action"]?.string == "CREATE")
    }

    @Test func eachMistakeIsNamed() async throws {
        for (settings, secrets, words) in [
            (["program": "/absent/aws"], nil, "/absent/aws cannot be started"),
            (["program": "aws"], nil, "no absolute path"), (["zone_id": "-x"], nil, "begins with -"),
            (["zone_id": "a b"], nil, "zone_id holds"), (["endpoint": "a\nb"], nil, "endpoint holds"),
            (["region": "eu west"], nil, "region holds"), ([:], ["access_key_id": "A"], "belong together"),
            (["program": "/usr"], nil, "/usr cannot be started"), ([:], ["session_token": "x"], "belong together"),
            (["endpoint": "http://route53.example"], nil, "no https:// address"),
        ] as [([String: String], [String: String]?, String)] {
            let told = try await told("exit 1", settings: settings, secrets: secrets)
            #expect(told.kind == "misconfigured" && told.reason.contains(words), "\(told)")
        }
        #expect(!folder.has("log"))
    }
}

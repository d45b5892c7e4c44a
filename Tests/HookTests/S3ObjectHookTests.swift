// The stock hook `s3-object`: the real AWS CLI against a moto server, and what it makes of the AWS CLI's words.
import Agent
import DCV
import Foundation
import Platform
import Testing

extension StartedHooks {
    @Suite(
        .startsPrograms,
        .serialized,
        .enabled(if: RehearsedAPI.mayRunAWS, Comment(rawValue: RehearsedAPI.awsExcuse)),
        .rehearsedAWS,
        .timeLimit(.minutes(3))
    )
    struct S3ObjectHookTests {
        private static let bucket = "tokens"
        private static let key = "site/.well-known/pki-validation/ca3-4f.txt"

        private func hook(_ aws: RehearsedAWS, _ more: [String: String] = [:]) async throws -> HookPublisher {
            try HookPublisher.test(
                try await StockHooks.copy("s3-object", into: aws.folder),
                settings: [
                    "program": RehearsedAWS.program, "endpoint": aws.api.endpoint, "bucket": Self.bucket,
                    "prefix": "site/",
                ].merging(more) { $1 },
                secrets: RehearsedAWS.secrets,
                deadlineMilliseconds: 60_000
            )
        }

        private func body(_ aws: RehearsedAWS, _ key: String = Self.key) async throws -> (body: String, type: String) {
            let file = aws.folder.path + "/object"
            let told = try await aws.aws(["s3api", "get-object", "--bucket", Self.bucket, "--key", key, file])
            return (try aws.folder.text("object"), told["ContentType"]?.string ?? "")
        }

        private func keys(_ aws: RehearsedAWS) async throws -> [String] {
            let told = try await aws.aws(["s3api", "list-objects-v2", "--bucket", Self.bucket])
            return told["Contents"]?.array?.compactMap { $0["Key"]?.string } ?? []
        }

        @Test func aTokenComesAndGoesAndForeignOnesStay() async throws {
            try await RehearsedAWS.with { aws in
                try await aws.aws(["s3api", "create-bucket", "--bucket", Self.bucket])
                let hook = try await hook(aws)
                #expect(try await hook.describe().get() == HookDescription(kinds: [.http], labels: .any))
                for body in ["-n", "a b;c=d", String(repeating: "x", count: 500)] {
                    let order = try PublishingOrder.http(body)
                    #expect(await hook.withdraw(order) == .done)
                    #expect(await hook.publish(order) == .done)
                    #expect(await hook.publish(order) == .done)
                    let found = try await self.body(aws)
                    #expect(found.body == body && found.type == "text/plain")
                    #expect(await hook.withdraw(try .http(body + "2")) == .done)
                    #expect(try await keys(aws) == [Self.key])
                    #expect(await hook.withdraw(order) == .done)
                    #expect(try await keys(aws) == [])
                }
                let plain = try await self.hook(aws, ["prefix": ""])
                for folder in HTTPTokenPath.folders {
                    #expect(await plain.publish(try .http("ours", path: folder + "x1")) == .done)
                }
                #expect(try await keys(aws) == HTTPTokenPath.folders.map { $0.dropFirst() + "x1" }.sorted())
            }
        }

        @Test func whatSomebodyElsePutThereStaysAndIsNotFetched() async throws {
            try await RehearsedAWS.with { aws in
                try await aws.aws(["s3api", "create-bucket", "--bucket", Self.bucket])
                let hook = try await hook(aws)
                for foreign in ["", "ours and more", String(repeating: "x", count: 3 << 20)] {
                    let file = try await aws.folder.add("foreign", mode: "644", foreign)
                    try await aws.aws([
                        "s3api", "put-object", "--bucket", Self.bucket, "--key", Self.key, "--body", file,
                    ])
                    #expect(await hook.withdraw(try .http("ours")) == .done)
                    #expect(try await keys(aws) == [Self.key])
                }
            }
        }

        @Test func bucketsThatDoNotFit() async throws {
            try await RehearsedAWS.with { aws in
                for (settings, words) in [
                    ([:], "there is no bucket tokens"), (["bucket": ""], "bucket is missing"),
                    (["bucket": "-x"], "begins with -"), (["bucket": "a/b"], "bucket holds"),
                    (["prefix": "/site"], "begins with /"), (["prefix": "a b/"], "prefix holds"),
                ] {
                    let told = await (try hook(aws, settings)).publish(try .http("v")).told
                    #expect(told.kind == "misconfigured" && told.reason.contains(words), "\(told)")
                }
                let dead = await (try hook(aws, ["endpoint": "http://127.0.0.1:1"])).publish(try .http("v")).told
                #expect(dead.kind == "tryLater" && dead.reason.contains("does not answer"), "\(dead)")
            }
        }
    }
}

/// What the hook makes of the AWS CLI's words, and what it hands to it.
@Suite(.startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct S3ObjectWordsTests {
    private let folder: HookFolder

    init() throws { folder = try HookFolder() }

    private func hook(_ script: String) async throws -> HookPublisher {
        let aws = try await folder.addScript("aws", "printf '%s\\n' \"$@\" >>\"$LOG\"\n" + script)
        return try HookPublisher.test(
            try await StockHooks.copy("s3-object", into: folder),
            settings: ["program": aws, "bucket": "tokens"],
            secrets: RehearsedAWS.secrets,
            deadlineMilliseconds: 6_000
        )
    }

    @Test(arguments: [
        ("An error occurred (SlowDown) when calling it: Please reduce your request rate", "tryLater"),
        ("An error occurred (503) when calling it: Service Unavailable", "tryLater"),
        ("Connect timeout on endpoint URL: \"https://tokens.s3.amazonaws.com/\"", "tryLater"),
        ("An error occurred (AccessDenied) when calling it: Access Denied", "misconfigured"),
        ("An error occurred (InvalidAccessKeyId) when calling it", "misconfigured"),
        ("An error occurred (NoSuchBucket) when calling it", "misconfigured"),
        ("An error occurred (PermanentRedirect) when calling it", "misconfigured"),
        ("Unable to locate credentials. You can configure credentials by running \"aws configure\".", "misconfigured"),
        ("something new", "failed"),
    ])
    func whatAWSSaysIsSorted(words: String, kind: String) async throws {
        let hook = try await hook("cat >&2 <<'END'\n\n\(words)\nEND\nexit 254")
        for told in [await hook.publish(try .http("v")).told, await hook.withdraw(try .http("v")).told] {
            #expect(told.kind == kind, "\(told)")
        }
        #expect(!(try folder.text()).contains("delete-object"))
    }

    /// The reason is the hook's own: it was quicker than the deadline, after which it could give none.
    @Test func aCallThatHangsIsEndedInTime() async throws {
        let told = await (try hook("sleep 100")).publish(try .http("v")).told
        #expect(told.kind == "tryLater" && told.reason.contains("was not done within"), "\(told)")
    }

    @Test func noMoreIsFetchedThanTellsTheTokenFromAnother() async throws {
        let told = await (try hook("exit 0")).withdraw(try .http("12345678")).told
        #expect(told.kind == "failed" && told.reason.contains("there is no file"), "\(told)")
        #expect(try folder.text().contains("get-object\n--bucket=tokens\n"))
        #expect(try folder.text().contains("\n--range=bytes=0-8\n"))
    }

    @Test func neitherSecretsNorTokensStandInACommandLine() async throws {
        #expect(await (try hook("exit 0")).publish(try .http("token of ours")) == .done)
        let words = try folder.text()
        #expect(words.contains("--key=.well-known/pki-validation/ca3-4f.txt\n"))
        for hidden in [RehearsedAWS.secret, "AKIA", "token of ours"] { #expect(!words.contains(hidden)) }
    }

    /// What cannot be compared may be our token.
    @Test func whatCannotBeComparedIsNotCalledAnothers() async throws {
        let aws = try await folder.addScript("aws", #"echo "$2" >>"$LOG"; [ "$2" != get-object ] || printf x >"$6""#)
        _ = try await folder.addScript("cmp", "exit 2")
        let result = await ChildProcess().run(
            ChildCommand(
                program: try await StockHooks.copy("s3-object", into: folder),
                arguments: ["withdraw"],
                environment: [
                    "PATH": folder.path + ":/usr/bin:/bin", "DNSPROOF_KIND": "http", "DNSPROOF_HTTP_BODY": "x",
                    "DNSPROOF_HTTP_PATH": "/.well-known/pki-validation/x", "DNSPROOF_SETTING_BUCKET": "tokens",
                    "DNSPROOF_SETTING_PROGRAM": aws,
                ]
            )
        )
        #expect(result.ending == .exited(78))
        #expect(try folder.text() == "get-object\n")
    }

    /// Stores that speak S3's protocol refuse the checksums that new AWS CLIs send of their own accord.
    @Test func noChecksumIsSentThatOnlyAmazonTakes() async throws {
        let words = "$AWS_REQUEST_CHECKSUM_CALCULATION $AWS_RESPONSE_CHECKSUM_VALIDATION"
        #expect(await (try hook("echo \"\(words)\" >>\"$LOG\"")).publish(try .http("v")) == .done)
        #expect(try folder.text().hasSuffix("\nwhen_required when_required\n"))
    }

    @Test func eachMistakeIsNamed() async throws {
        let aws = try await folder.addScript("aws", ": >\"$LOG\"")
        for (settings, secrets, words) in [
            (["program": "/usr"], RehearsedAWS.secrets, "/usr cannot be started"),
            (["endpoint": "http://store.example"], RehearsedAWS.secrets, "no https:// address"),
            ([:], ["session_token": "x"], "belong together"),
        ] {
            let hook = try HookPublisher.test(
                try await StockHooks.copy("s3-object", into: folder),
                settings: ["program": aws, "bucket": "tokens"].merging(settings) { $1 },
                secrets: secrets
            )
            let told = await hook.publish(try .http("v")).told
            #expect(told.kind == "misconfigured" && told.reason.contains(words), "\(told)")
        }
        #expect(!folder.has("log"))
    }
}

// The shipped example against a moto server: an issuer that this program knows nothing of, seen through the real program, the real AWS CLI
// and the real child processes.
import DCV
import Foundation
import Platform
import Providers
import Synchronization
import Testing

/// Starts programs for real and keeps what they print.
private final class KeepingChildren: ChildRunning {
    private let state = Mutex<[[UInt8]]>([])
    var printed: [[UInt8]] { state.withLock { $0 } }

    func run(_ command: ChildCommand) async -> ChildResult {
        let result = await ChildProcess().run(command)
        if result.ending == .exited(0) { state.withLock { $0.append(result.output.bytes) } }
        return result
    }
}

/// A moto server on a free port, and the AWS CLI to order certificates with.
private struct MotoServer {
    static let region = "eu-west-1"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    static let startSeconds = 60
    static let lifeMilliseconds: Int64 = 100_000

    let endpoint: String
    let folder: ProgramFolder

    static func with(_ story: (MotoServer) async throws -> Void) async throws {
        let folder = try ProgramFolder()
        let command = ChildCommand(
            program: PythonEnvironment.python,
            arguments: [ProgramFolder.clone + "/Tests/Fixtures/providers/executable/rehearsed_acm.py", folder.path],
            environment: ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": folder.path],
            deadlineMilliseconds: lifeMilliseconds,
            graceMilliseconds: 300
        )
        let server = Task { await ChildProcess().run(command) }
        let outcome: Result<Void, any Error>
        do {
            for _ in 0..<startSeconds * 20 where !FileManager.default.fileExists(atPath: folder.path + "/port") {
                try await Task.sleep(for: .milliseconds(50))
            }
            let port = String(decoding: try Files.read(folder.path + "/port", limitBytes: 16), as: UTF8.self)
            try await story(MotoServer(endpoint: "http://127.0.0.1:\(port)", folder: folder))
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        server.cancel()
        let ended = await server.value
        if case .failure = outcome { Issue.record("\(String(decoding: ended.errorOutput.bytes, as: UTF8.self))") }
        try outcome.get()
    }

    @discardableResult func aws(_ words: String...) async throws -> JSONValue {
        let result = await ChildProcess().run(
            ChildCommand(
                program: PythonEnvironment.folder + "/aws",
                arguments: ["--endpoint-url", endpoint, "--output", "json", "acm"] + words,
                environment: [
                    "PATH": "/usr/bin:/bin", "HOME": folder.path, "AWS_ACCESS_KEY_ID": "order",
                    "AWS_SECRET_ACCESS_KEY": "order", "AWS_DEFAULT_REGION": Self.region,
                ]
            )
        )
        let errors = String(decoding: result.errorOutput.bytes, as: UTF8.self)
        try #require(result.ending == .exited(0), "\(errors)")
        return result.output.bytes.isEmpty ? .null : try StrictJSON.parse(result.output.bytes, limitBytes: 1 << 16)
    }

    func provider(_ program: String, endpoint other: String? = nil, secrets: [String: String]? = nil) throws
        -> any Provider
    {
        try ListSample.provider(
            ChildProcess(),
            program: program,
            settings: [
                "region": Self.region, "endpoint_url": other ?? endpoint, "aws": PythonEnvironment.folder + "/aws",
            ],
            secrets: secrets ?? ["access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": Self.secret]
        )
    }

    /// From now on certificates that wait are found validated.
    func validate() throws { try Files.writeAtomically([], to: folder.path + "/validate") }
}

extension StartedPrograms {
    @Suite(
        "AWS ACM",
        .enabled(if: PythonEnvironment.mayRun, Comment(rawValue: PythonEnvironment.excuse)),
        .timeLimit(.minutes(2))
    )
    struct ExecutableACMTests {
        private static let target = "_c9edd76ee4a0e2a74388032f3861cc50.ykybfrwcxw.acm-validations.aws"
        private static let label = "_d930b28be6c5927595552b219965053e"

        @Test func aCertificateFromItsRecordToItsProofAndItsEnd() async throws {
            try await MotoServer.with { moto in
                let program = try await moto.folder.addShipped("hooks/providers/aws-acm")
                let provider = try moto.provider(program)
                let empty = await provider.read()
                #expect(empty.isComplete && empty.authorizations.isEmpty && empty.findings.isEmpty, "\(empty)")

                let ordered = try await moto.aws(
                    "request-certificate",
                    "--domain-name",
                    "shop.example.com",
                    "--subject-alternative-names",
                    "*.shop.example.com",
                    "www.example.com",
                    "--validation-method",
                    "DNS"
                )
                let arn = try #require(ordered["CertificateArn"]?.string)
                let reading = await provider.read()
                #expect(reading.isComplete && reading.findings.isEmpty)
                let waiting = try #require(reading.authorizations.first)
                #expect(waiting.key.id.text == arn.split(separator: "/").last.map { String($0) })
                #expect(waiting.scope == "aws.eu-west-1.123456789012")
                #expect(waiting.status == .pending && waiting.providerStatus.description == "PENDING_VALIDATION")
                #expect(
                    waiting.identifiers.map(\.text).sorted() == [
                        "*.shop.example.com", "shop.example.com", "www.example.com",
                    ]
                )
                #expect(waiting.method == .cname && waiting.mayBeActedOn && waiting.expiresAt != nil)
                // A name and its wildcard share one record, and it stays: every renewal needs it.
                #expect(
                    waiting.records.map(\.description).sorted()
                        == ["shop", "www"].map {
                            "\(Self.label).\($0).example.com CNAME \(Self.target)"
                        }
                )
                #expect(waiting.records.allSatisfy { $0.purpose == .standing })
                #expect(waiting.capabilities == Capabilities(triggers: [], methods: []), "ACM looks by itself")

                #expect(try await provider.refresh(waiting).get().tokenGeneration == waiting.tokenGeneration)
                let examination = await provider.examine()
                #expect(examination.scope == "1 authorization" && examination.findings.isEmpty)

                try moto.validate()
                var last = waiting
                for _ in 0..<20 where last.status != .valid {
                    last = try await provider.refresh(waiting).get()
                }
                #expect(last.status == .valid && last.providerStatus.description == "ISSUED")
                #expect(await provider.read().authorizations.map(\.status) == [.valid])

                try await moto.aws("delete-certificate", "--certificate-arn", arn)
                #expect(await provider.refresh(waiting).failure?.finding.code == "authorization-gone")
            }
        }

        @Test func aCredentialsFileOfTheAWSCLIServesAsWell() async throws {
            try await MotoServer.with { moto in
                let program = try await moto.folder.addShipped("hooks/providers/aws-acm")
                let file =
                    "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = \(MotoServer.secret)"
                let reading = await (try moto.provider(program, secrets: ["aws": file])).read()
                #expect(reading.isComplete && reading.findings.isEmpty, "\(reading.findings)")
            }
        }
    }

    /// Without any server: what the example says when something is missing.
    @Suite(
        "AWS ACM, misconfigured",
        .enabled(if: PythonEnvironment.mayRun, Comment(rawValue: PythonEnvironment.excuse)),
        .timeLimit(.minutes(1))
    )
    struct ExecutableACMFaultTests {
        private let folder: ProgramFolder

        init() throws { folder = try ProgramFolder() }

        private func finding(settings: [String: String], secrets: [String: String]) async throws -> Finding {
            let program = try await folder.addShipped("hooks/providers/aws-acm")
            let provider = try ListSample.provider(
                ChildProcess(),
                program: program,
                settings: settings,
                secrets: secrets
            )
            return try #require(await provider.read().findings.first)
        }

        @Test func eachMistakeIsNamed() async throws {
            let aws = PythonEnvironment.folder + "/aws"
            let keys = ["access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": MotoServer.secret]
            let good = ["region": "eu-west-1", "aws": aws, "endpoint_url": "http://127.0.0.1:1"]
            let cases: [([String: String], [String: String], String, String)] = [
                (good, keys, "provider-fault", "Could not connect to the endpoint"),
                (good.merging(["aws": "/absent/aws"]) { $1 }, keys, "provider-misconfigured", "AWS CLI was not found"),
                (good, ["access_key_id": "A"], "provider-misconfigured", "belong together"),
                (good, keys.merging(["aws": "x"]) { $1 }, "provider-misconfigured", "not both"),
                (["aws": aws], keys, "provider-misconfigured", "region"),
                (good.merging(["endpoint_url": "nonsense"]) { $1 }, keys, "provider-misconfigured", "endpoint-url"),
            ]
            for (settings, secrets, code, words) in cases {
                let finding = try await finding(settings: settings, secrets: secrets)
                #expect(finding.code == code && finding.saw.contains(words), "\(finding)")
                #expect(!finding.saw.contains("Traceback") && !finding.saw.contains(MotoServer.secret), "\(finding)")
            }
        }

        /// The CLI's words are AWS's own; a stand-in says them, for no server on loopback refuses a signature.
        @Test(arguments: [
            (
                "An error occurred (AccessDeniedException) when calling the ListCertificates operation",
                "provider-unauthorized"
            ),
            ("An error occurred (UnrecognizedClientException) when calling it", "provider-unauthorized"),
            ("An error occurred (ExpiredTokenException) when calling it", "provider-unauthorized"),
            ("An error occurred (ThrottlingException) when calling it: Rate exceeded", "provider-fault"),
            (
                "Unable to locate credentials. You can configure credentials by running \"aws configure\".",
                "provider-misconfigured"
            ),
            ("An error occurred (ValidationException) when calling it", "provider-program-failed"),
        ])
        func whatAWSSaysIsSorted(words: String, code: String) async throws {
            let aws = try await folder.addScript("aws", "cat >&2 <<'END'\n\n\(words)\nEND\nexit 254")
            let finding = try await finding(settings: ["region": "eu-west-1", "aws": aws], secrets: [:])
            #expect(finding.code == code && finding.saw.contains(words.prefix(20)), "\(finding)")
        }

        /// Renewals, failures, mail, imports and names in capitals: shapes of AWS's documentation that moto has not.
        @Test func documentedShapesHaveTheirMeaning() async throws {
            let account = "arn:aws:acm:eu-west-1:123456789012:certificate/"
            let (list, details) = ACMShapes.answers(account)
            for (name, detail) in details { _ = try await folder.add("\(name).json", detail) }
            _ = try await folder.add("list.json", list)
            let aws = try await folder.addScript(
                "aws",
                """
                case $2 in
                list-certificates) cat '\(folder.path)/list.json' ;;
                describe-certificate) id=${3##*/}; cat "\(folder.path)/$id.json" ;;
                esac
                """
            )
            let program = try await folder.addShipped("hooks/providers/aws-acm")
            let children = KeepingChildren()
            let provider = try ListSample.provider(
                children,
                program: program,
                settings: ["region": "eu-west-1", "aws": aws]
            )
            let lines = Fixtures.lines(await provider.read())
            #expect(lines == ACMShapes.lines, "\(lines.joined(separator: "\n"))")
            let documents = try children.printed.map { try StrictJSON.parse($0, limitBytes: 1 << 20) }
            #expect(try await ExecutableSchemaTests.verdicts(documents) == [true], "the example breaks its own schema")
        }
    }
}

/// Answers of the AWS CLI, as AWS documents them, and what they come to.
private enum ACMShapes {
    static func answers(_ account: String) -> (list: String, details: [(String, String)]) {
        func summary(_ id: String, _ status: String, _ more: String = "") -> String {
            #"{"CertificateArn":"\#(account)\#(id)","DomainName":"\#(id).Example.com","Status":"\#(status)"\#(more)}"#
        }
        func detail(_ id: String, _ status: String, _ more: String) -> (String, String) {
            (id, #"{"Certificate":\#(summary(id, status, more))}"#)
        }
        func option(_ name: String, _ more: String) -> String {
            #"{"DomainName":"\#(name)","ValidationStatus":"PENDING_VALIDATION"\#(more)}"#
        }
        func record(_ name: String) -> String {
            #","ValidationMethod":"DNS","ResourceRecord":{"Name":"_1.\#(name).","Type":"CNAME","Value":"_2.acm-validations.aws."}"#
        }
        let soon = #","Type":"AMAZON_ISSUED","RenewalEligibility":"ELIGIBLE","NotAfter":"2001-01-01T00:00:00+00:00""#
        let late = #","Type":"AMAZON_ISSUED","RenewalEligibility":"ELIGIBLE","NotAfter":"2999-01-01T00:00:00Z""#
        let options = #","DomainValidationOptions":["#
        return (
            #"{"CertificateSummaryList":["#
                + [
                    summary("new", "PENDING_VALIDATION"), summary("mail", "PENDING_VALIDATION"),
                    summary("file", "PENDING_VALIDATION"), summary("failed", "FAILED"),
                    summary("imported", "ISSUED", #","Type":"IMPORTED""#),
                    summary("renewal", "ISSUED", soon), summary("renewed", "ISSUED", soon),
                    summary("quiet", "ISSUED", late),
                ].joined(separator: ",") + "]}",
            [
                detail("new", "PENDING_VALIDATION", options + option("new.example.com", "") + "]"),
                detail(
                    "mail",
                    "PENDING_VALIDATION",
                    options + option("mail.example.com", #","ValidationMethod":"EMAIL","ValidationEmails":["a@x"]"#)
                        + "]"
                ),
                detail(
                    "file",
                    "PENDING_VALIDATION",
                    options + option("file.example.com", #","ValidationMethod":"HTTP""#) + "]"
                ),
                detail("failed", "FAILED", #","FailureReason":"CAA_ERROR""#),
                detail(
                    "renewal",
                    "ISSUED",
                    #","RenewalSummary":{"RenewalStatus":"PENDING_VALIDATION"\#(options)"#
                        + option("renewal.example.com", record("renewal.example.com")) + "]}"
                ),
                detail("renewed", "ISSUED", #","RenewalSummary":{"RenewalStatus":"SUCCESS"}"#),
            ]
        )
    }

    static let lines = [
        "complete: true",
        // ACM has named no record yet: nothing is done, and it is no fault.
        "ca:new pending (\"PENDING_VALIDATION\")", "  for: new.example.com",
        "  method: unknown, triggers: , may become: ",
        "ca:mail pending (\"PENDING_VALIDATION\")", "  for: mail.example.com",
        "  method: email, triggers: , may become: ",
        "ca:file pending (\"PENDING_VALIDATION\")", "  for: file.example.com",
        "  method: unknown, triggers: , may become: ",
        "  finding: error provider-says: ca:file: saw a validation method other than DNS or email, or several at once",
        "ca:failed dead (\"FAILED\")", "  for: failed.example.com", "  method: unknown, triggers: , may become: ",
        "  finding: error provider-says: ca:failed: saw FAILED: CAA_ERROR",
        // A record that was lost is wanted again before the certificate ends.
        "ca:renewal pending (\"ISSUED, renewal PENDING_VALIDATION\")", "  for: renewal.example.com",
        "  method: cname, triggers: , may become: ",
        "  renewal.example.com: _1.renewal.example.com CNAME _2.acm-validations.aws (standing)",
        "ca:renewed valid (\"ISSUED\")", "  for: renewed.example.com", "  method: unknown, triggers: , may become: ",
        // Far from its end it is not even described.
        "ca:quiet valid (\"ISSUED\")", "  for: quiet.example.com", "  method: unknown, triggers: , may become: ",
    ]
}

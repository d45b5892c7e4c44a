// What a provider's program is told, and how each of its endings is taken.
import DCV
import FoundationEssentials
import Platform
import Providers
import Testing

@Suite("A provider that is a program", .timeLimit(.minutes(1)))
struct ExecutableProviderTests {
    /// A provider that has read the sample, with what it read and what is yet to come.
    private func afterReading(
        _ script: [ChildResult],
        ledger: any CallLedger = UncountedCalls()
    ) async throws -> (provider: any Provider, programs: ScriptedPrograms, authorization: Authorization) {
        let programs = ScriptedPrograms([.printed(ListSample.list(ListSample.entry))] + script)
        let provider = try ListSample.provider(
            programs,
            settings: ["region": "eu", "key-name": "k"],
            secrets: ["api_key": "s3cret-0123456789"],
            ledger: ledger
        )
        return (provider, programs, try #require(await provider.read().authorizations.first))
    }

    @Test func aListIsOneStartWithEverythingItNeeds() async throws {
        let (_, programs, _) = try await afterReading([])
        let command = try #require(programs.commands.first)
        #expect(programs.verbs == ["list"] && command.program == "/programs/ca")
        #expect(command.deadlineMilliseconds == 300_000 && command.outputLimitBytes == 4 << 20)
        #expect(
            command.environment == [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/", "TMPDIR": command.directory,
                "DNSPROOF_API": "1", "DNSPROOF_ACTION": "list", "DNSPROOF_DEADLINE_S": "300",
                "DNSPROOF_SETTING_REGION": "eu", "DNSPROOF_SETTING_KEY_NAME": "k",
                "DNSPROOF_SECRET_API_KEY": "s3cret-0123456789",
            ]
        )
        let document: JSONValue = [
            "api": 1, "action": "list", "deadline_s": 300, "settings": ["key-name": "k", "region": "eu"],
            "secrets": ["api_key": "s3cret-0123456789"],
        ]
        #expect(try StrictJSON.parse(command.input, limitBytes: 4096) == document)
    }

    @Test func eachVerbIsToldWhatItIsAbout() async throws {
        let done = ChildResult.ended(.exited(0))
        let (provider, programs, authorization) = try await afterReading([done, done, done])
        try await AskedUnder.$intent.withValue("i-1") {
            try await provider.trigger(authorization, style: .patch).get()
        }
        try await provider.changeMethod(of: authorization, to: .http).get()
        try await provider.revalidate(authorization, by: .txt).get()
        #expect(programs.verbs == ["list", "trigger", "change", "revalidate"])
        #expect(programs.commands.map { $0.environment["DNSPROOF_ID"] } == [nil, "i-1", nil, nil])
        for (command, method) in zip(programs.commands.dropFirst(), ["txt", "http", "txt"]) {
            #expect(command.environment["DNSPROOF_ACTION"] == command.arguments.first)
            #expect(command.environment["DNSPROOF_AUTHORIZATION"] == "order-1")
            #expect(command.environment["DNSPROOF_SCOPE"] == "account-1")
            #expect(command.environment["DNSPROOF_METHOD"] == method)
            #expect(command.environment["DNSPROOF_DEADLINE_S"] == "60")
            #expect(command.outputLimitBytes == ChildCommand.defaultOutputLimitBytes)
            let document = try StrictJSON.parse(command.input, limitBytes: 4096)
            #expect(document["authorization"] == "order-1" && document["scope"] == "account-1")
            #expect(document["method"] == .string(method))
        }
    }

    @Test func whatIsNotOfferedIsNotStarted() async throws {
        let (provider, programs, authorization) = try await afterReading([])
        let refused = [
            await provider.trigger(authorization, style: .retry),
            await provider.changeMethod(of: authorization, to: .txt),
            await provider.changeMethod(of: authorization, to: .cname),
            await provider.revalidate(authorization, by: .http),
        ]
        for result in refused {
            #expect(result.failure?.kind == .refused && result.failure?.finding.code == "action-not-possible")
        }
        #expect(programs.verbs == ["list"])
    }

    @Test func aFreshLookAsksForOneAndTakesThatOneAlone() async throws {
        let changed = ListSample.entry.with("status", "valid")
        let other = ListSample.entry.with("id", "order-2")
        let (provider, programs, authorization) = try await afterReading([
            .printed(ListSample.list(other, changed)), .printed(ListSample.list(changed, complete: false)),
            .printed(ListSample.list(other)), .printed(ListSample.list(other, complete: false)),
            .printed(ListSample.list(changed, changed)), .ended(.exited(69), errors: "no such order"),
        ])
        #expect(try await provider.refresh(authorization).get().status == .valid)
        #expect(try await provider.refresh(authorization).get().status == .valid)
        let gone = await provider.refresh(authorization).failure
        #expect(gone?.kind == .refused && gone?.finding.code == "authorization-gone")
        for _ in 0..<2 { #expect(await provider.refresh(authorization).failure?.kind == .temporary) }
        #expect(await provider.refresh(authorization).failure?.finding.code == "authorization-gone")
        #expect(programs.verbs == [String](repeating: "list", count: 7))
        #expect(programs.commands.dropFirst().allSatisfy { $0.environment["DNSPROOF_AUTHORIZATION"] == "order-1" })
    }

    /// Ending, kind and code for a read, kind and code for an effect.
    @Test(
        arguments: [
            (.exited(64), "refused provider-misconfigured error", "refused action-not-possible error"),
            (.exited(69), "refused provider-misconfigured error", "refused authorization-gone waiting"),
            (.exited(75), "temporary provider-fault waiting", "temporary provider-fault waiting"),
            (.exited(77), "unauthorized provider-unauthorized error", "unauthorized provider-unauthorized error"),
            (.exited(78), "refused provider-misconfigured error", "refused provider-misconfigured error"),
            (.exited(1), "temporary provider-program-failed error", "unknownEffect provider-effect-unknown waiting"),
            (.exited(127), "temporary provider-program-failed error", "unknownEffect provider-effect-unknown waiting"),
            (
                .signaled(11), "temporary provider-program-failed waiting",
                "unknownEffect provider-effect-unknown waiting"
            ),
            (.timedOut, "temporary provider-program-failed waiting", "unknownEffect provider-effect-unknown waiting"),
            (.cancelled, "temporary provider-program-failed waiting", "unknownEffect provider-effect-unknown waiting"),
            (.notStarted("gone"), "refused provider-misconfigured error", "refused provider-misconfigured error"),
        ] as [(ChildResult.Ending, String, String)]
    )
    func endings(ending: ChildResult.Ending, read: String, effect: String) async throws {
        func told(_ failure: ProviderFailure?) -> String {
            failure.map { "\($0.kind.rawValue) \($0.finding.code) \($0.finding.severity.rawValue)" } ?? "no failure"
        }
        let bad = ChildResult.ended(ending, errors: "first\nthe reason \u{1B}[1m of s3cret-0123456789\n")
        let reading = await (try ListSample.provider(ScriptedPrograms([bad]))).read()
        #expect(!reading.isComplete && reading.authorizations.isEmpty)
        let finding = try #require(reading.findings.first)
        #expect(read == "\(read.split(separator: " ")[0]) \(finding.code) \(finding.severity.rawValue)")
        let (one, _, first) = try await afterReading([bad])
        #expect(told(await one.refresh(first).failure).hasPrefix(read.split(separator: " ")[0]))
        let (two, _, second) = try await afterReading([bad])
        let failure = await two.trigger(second, style: .patch).failure
        #expect(told(failure) == effect)
        let saw = failure?.finding.saw ?? ""
        #expect(!saw.contains("s3cret") && saw.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        if case .exited = ending { #expect(saw.contains("the reason \\027[1m of ***")) }
        #expect(failure?.finding.subject == "ca: trigger order-1")
    }

    @Test func aRefusedCredentialIsNotTriedAgain() async throws {
        let (provider, programs, authorization) = try await afterReading([.ended(.exited(77), errors: "no right")])
        for _ in 0..<3 {
            #expect(await provider.trigger(authorization, style: .patch).failure?.kind == .unauthorized)
        }
        #expect(await provider.read().findings.first?.code == "provider-unauthorized")
        #expect(programs.verbs == ["list", "trigger"])
    }

    @Test func everyStartIsCountedAndItsOutcomeTold() async throws {
        let ledger = NotedCalls()
        let (provider, _, authorization) = try await afterReading(
            [
                .ended(.exited(0)), .ended(.exited(75)), .ended(.exited(69)), .ended(.exited(0), "no JSON"),
                .ended(.timedOut),
            ],
            ledger: ledger
        )
        _ = await provider.trigger(authorization, style: .patch)
        _ = await provider.changeMethod(of: authorization, to: .http)
        _ = await provider.revalidate(authorization, by: .txt)
        _ = await provider.read()
        _ = await provider.read()
        #expect(
            ledger.notes == [
                "may ca read", "ca answered", "may ca trigger", "ca answered", "may ca change", "ca failed",
                "may ca revalidate", "ca answered", "may ca read", "ca failed", "may ca read", "ca failed",
            ]
        )
    }

    @Test(
        arguments: [
            (
                .open(until: Instant(millisecondsSinceEpoch: 1_800_000_059_001), failures: 5), "provider-left-alone",
                "it failed 5 times in a row and is left alone for a while"
            ),
            (
                .spent(
                    until: Instant(millisecondsSinceEpoch: 1_800_000_059_001),
                    limit: CallLimit(count: 9, windowMilliseconds: 60_000)
                ),
                "provider-budget-spent", "9 starts in 60 s, which is its limit"
            ),
            (
                .resting(until: Instant(millisecondsSinceEpoch: 1_800_000_059_001)), "provider-rate-limited",
                "it named a time to come back, to an earlier run or to another one of now"
            ),
        ] as [(CallAdmission, String, String)]
    )
    func whatTheLedgerForbidsIsNotStarted(admission: CallAdmission, code: String, saw: String) async throws {
        let programs = ScriptedPrograms([])
        let provider = try ListSample.provider(programs, ledger: NotedCalls(admission))
        let finding = try #require(await provider.read().findings.first)
        #expect(finding.code == code && finding.saw == saw && finding.severity == .waiting)
        let (_, _, authorization) = try await afterReading([])
        let failure = await provider.trigger(authorization, style: .patch).failure
        #expect(failure?.kind == .temporary && failure?.retryAfterSeconds == 60)
        #expect(programs.verbs == [])
    }

    @Test func aSecretInTheListIsSeenByNobody() async throws {
        let secret = "s3cret-0123456789"
        let leaky = ListSample.entry.with("provider_status", .string("key \(secret)"))
            .with("findings", [["severity": "notice", "saw": .string("sent \(secret)")]])
            .with(secret, 1)
            .with("challenges", [["alternatives": [ListSample.record.with("value", .string(secret))]]])
        for text in [
            String(decoding: ListSample.list(leaky).serialized(), as: UTF8.self),
            // Escaped, the octets hold no secret; the text does.
            String(decoding: ListSample.list(leaky).serialized(), as: UTF8.self).replacing(
                "s3cret",
                with: "\\u00733cret"
            ),
            "{\"\(secret)\": nonsense}",
        ] {
            let programs = ScriptedPrograms([.ended(.exited(0), text)])
            let reading = await (try ListSample.provider(programs, secrets: ["k": secret])).read()
            let coded = try JSONEncoder().encode(reading.authorizations) + (try JSONEncoder().encode(reading.findings))
            #expect(!String(decoding: coded, as: UTF8.self).contains("0123456789"))
            #expect(reading.authorizations.flatMap(\.records) == [])
        }
    }

    @Test func outputThatWasCutIsNoList() async throws {
        let text = String(decoding: ListSample.list(ListSample.entry).serialized(), as: UTF8.self)
        let programs = ScriptedPrograms([.ended(.exited(0), text, isTruncated: true)])
        let reading = await (try ListSample.provider(programs)).read()
        #expect(reading.authorizations.isEmpty && !reading.isComplete)
        #expect(reading.findings.map(\.saw) == ["$: more than 4194304 bytes"])
    }

    @Test func anExaminationTellsWhatIsOffered() async throws {
        let silent = ListSample.entry.with("id", "order-2").with("capabilities", nil).with("status", "odd")
        let programs = ScriptedPrograms([
            .printed(ListSample.list(ListSample.entry, silent)), .ended(.exited(77), errors: "no right to list"),
        ])
        let provider = try ListSample.provider(programs)
        let good = await provider.examine()
        #expect(good.kind == "executable" && good.scope == "2 authorizations")
        #expect(good.rights.map(\.name) == ["list", "trigger", "change", "revalidate"])
        #expect(good.rights.allSatisfy { $0.state == .granted })
        #expect(good.rights.map(\.detail) == [nil] + [String?](repeating: "offered for 1 of 2", count: 3))
        #expect(good.findings.map(\.saw) == ["$.authorizations[1].status: \"odd\""])
        let bad = await provider.examine()
        #expect(bad.rights.map(\.state) == [.missing] && bad.scope == nil)
        #expect(bad.rights.first?.detail == "no right to list (exit code 77)" && bad.findings.count == 1)
        #expect(programs.verbs == ["list", "list"])
    }

    @Test func settingsThatCannotBeHandedOverAreRefused() throws {
        func fault(_ values: [String: ProviderSettings.Value]) -> String {
            do {
                let settings = ProviderSettings(name: try ProviderName("ca"), kind: "executable", values: values)
                _ = try ProviderCatalog.make(settings, .scripted(ScriptedHTTP([])))
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        #expect(fault([:]) == "program: the provider has no program")
        #expect(fault(["program": .text("aws-acm")]).hasPrefix("program: \"aws-acm\" was not looked up"))
        #expect(
            fault(["program": .text("/x"), "token": .text("y")]).hasPrefix("token: executable has no such setting")
        )
        #expect(fault(["program": .text("/x"), "settings": .text("y")]) == "settings: a mapping of texts belongs here")
        #expect(fault(["program": .text("/x"), "secrets": .texts([:])]).hasPrefix("secrets: a mapping of places"))
        #expect(
            fault(["program": .text("/x"), "settings": .texts(["a-b": "1", "a_b": "2"])])
                == "settings: setting \"a_b\" becomes the same variable as \"a-b\"; rename one"
        )
    }
}

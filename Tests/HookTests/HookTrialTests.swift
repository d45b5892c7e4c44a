// The suite of `hook test` against hooks that keep the contract, and against hooks that break it in one way each.
import DCV
import Foundation
import Platform
import Rehearsal
import Testing

@testable import Agent

extension StartedHooks {
    @Suite(.startsProgramsAlone, .serialized, .timeLimit(.minutes(5)))
    struct HookTrialTests {
        private let folder: HookFolder

        init() throws {
            folder = try HookFolder()
            try #require(Startup.harden())
        }

        /// For hooks of which silence is not what is tried.
        private static let brief = HookTrial.Silence(deadlineMilliseconds: 1000, termAfterMilliseconds: 300)

        private func tested(
            _ program: String,
            silence: HookTrial.Silence = .usual
        ) async throws -> [HookGuarantee: HookTest.Finding] {
            try await TrialBench.onStage { stage in
                let trial = try TrialBench.trial(of: program, stage, on: stage, silence: silence)
                return Dictionary(uniqueKeysWithValues: await trial.run().map { ($0.guarantee, $0) })
            }
        }

        private func expect(
            _ findings: [HookGuarantee: HookTest.Finding],
            notTried: Set<HookGuarantee>,
            _ hook: String
        ) {
            for guarantee in HookGuarantee.allCases {
                let finding = findings[guarantee]
                let wanted: HookTest.State = notTried.contains(guarantee) ? .notTried : .held
                #expect(finding?.state == wanted, "\(hook), \(guarantee.rawValue): \(finding?.reason ?? "")")
            }
        }

        @Test func theStockHooksKeepTheContract() async throws {
            expect(
                try await tested(try await StockHooks.copy("nsupdate", into: folder)),
                notTried: [.http],
                "nsupdate"
            )
            expect(
                try await tested(try await StockHooks.copy("rehearsal", into: folder)),
                notTried: [.http, .deadline, .endsOnTERM, .wrongSecret],
                "rehearsal"
            )
            expect(
                try await tested(try await StockHooks.copy("webroot", into: folder)),
                notTried: [
                    .keepsOthers, .withdrawsOne, .target, .leadingHyphen, .longValue, .oddCharacters, .anyLabel, .cname,
                    .keepsCNAME, .deadline, .endsOnTERM, .wrongSecret,
                ],
                "webroot"
            )
        }

        @Test func theSkeletonKeepsTheContract() async throws {
            #expect(throws: HookSkeleton.Refusal.self) { try HookSkeleton.write("my-dns", to: folder.path + "/hooks") }
            #expect(!folder.has("hooks"))
            try FileManager.default.createDirectory(atPath: folder.path + "/hooks", withIntermediateDirectories: false)
            let path = try HookSkeleton.write("my-dns", to: folder.path + "/hooks")
            expect(try await tested(path), notTried: [.http, .deadline, .endsOnTERM, .wrongSecret], "the skeleton")
            let shellcheck = "/usr/bin/shellcheck"
            try #require(FileManager.default.fileExists(atPath: shellcheck), "apt install shellcheck")
            let result = await ChildProcess().run(ChildCommand(program: shellcheck, arguments: [path]))
            #expect(result.ending == .exited(0), "\(String(decoding: result.output.bytes, as: UTF8.self))")
            // What stands there is a person's work.
            try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: FileFailure.self) { try HookSkeleton.write("my-dns", to: folder.path + "/hooks") }
            #expect(try folder.text("hooks/my-dns") == "mine")
            // One more of a stock hook's name would be taken for it.
            #expect(throws: HookSkeleton.Refusal.self) {
                try HookSkeleton.write("nsupdate", to: folder.path, unlessIn: [StockHooks.folder])
            }
            #expect(!folder.has("nsupdate"))
            #expect(throws: HookSkeleton.Refusal.self) { try HookSkeleton.write("../x", to: folder.path) }
        }

        /// In a zone that others see nothing may be left, and what the hook cannot take away is named.
        @Test func aRealZoneIsLeftAsItWas() async throws {
            let untouched: Set<HookGuarantee> = [.http, .deadline, .endsOnTERM, .wrongSecret]
            for hook in [
                try await StockHooks.copy("nsupdate", into: folder), try HookSkeleton.write("h", to: folder.path),
            ] {
                try await TrialBench.onStage { loopback in
                    let trial = try TrialBench.trial(of: hook, loopback, on: RealStage(loopback))
                    let findings = await trial.run()
                    expect(
                        Dictionary(uniqueKeysWithValues: findings.map { ($0.guarantee, $0) }),
                        notTried: untouched,
                        hook
                    )
                    #expect(await trial.leftovers == [])
                    #expect(try TrialBench.records(loopback) == [])
                }
            }
        }

        @Test func whatCannotBeTakenAwayIsNamed() async throws {
            let text = HookSkeleton.text("h").replacing("    rm -f \"$folder/$file\"", with: "    : ")
            let hook = try await folder.add("h", text)
            try await TrialBench.onStage { loopback in
                let trial = try TrialBench.trial(of: hook, loopback, on: RealStage(loopback), clock: HastyClock())
                let findings = await trial.run()
                #expect(findings.filter { $0.state == .broken }.map(\.guarantee) == [.withdraws])
                let left = await trial.leftovers
                let shown = try TrialBench.records(loopback)
                #expect(!left.isEmpty && left.count == shown.count, "\(left) \(shown)")
            }
        }

        @Test func aTestThatIsEndedTakesItsRecordsAway() async throws {
            let hook = try HookSkeleton.write("h", to: folder.path)
            try await TrialBench.onStage { loopback in
                let ender = Ender()
                let trial = try TrialBench.trial(of: hook, loopback, on: RealStage(loopback)) { progress in
                    if progress == .trying(.withdraws) { ender.end() }
                }
                let task = Task { await trial.run() }
                ender.hold(task)
                let findings = await task.value
                #expect(findings.contains { $0.reason == "the test was ended before" })
                #expect(findings.allSatisfy { $0.state != .broken }, "\(findings)")
                #expect(try TrialBench.records(loopback) == [])
            }
        }

        @Test func aProgramThatCannotBeStartedIsToldInOneLine() async throws {
            let hook = try await folder.add("h", "#!/bin/no-such-shell\nexit 0\n")
            try await TrialBench.onStage { loopback in
                let trial = try TrialBench.trial(of: hook, loopback, on: loopback)
                let findings = await trial.run()
                let why = try #require(await trial.notStarted)
                #expect(findings.filter { $0.state == .broken }.map(\.guarantee) == [.describes])
                let test = HookTest(
                    publisher: nil,
                    program: hook,
                    digest: "",
                    at: SystemClock().now(),
                    zone: nil,
                    findings: findings
                )
                let report = HookTestReport(test, leftovers: [], isKept: false, wasEnded: false, notStarted: why)
                #expect(report.lines.count == 1 && report.exitCode == .person, "\(report.lines)")
            }
        }

        /// "Not now" is no fault, and no success either.
        @Test func aHookThatSaysNotNowHasShownNothing() async throws {
            let text = HookSkeleton.text("h").replacing("\n\"$1\"\n", with: "\nstop 75 \"the service is away\"\n")
            let hook = try await folder.add("h", text)
            try await TrialBench.onStage { loopback in
                let trial = try TrialBench.trial(of: hook, loopback, on: loopback)
                let findings = await trial.run()
                #expect(findings.allSatisfy { $0.state != .broken }, "\(findings)")
                #expect(await trial.postponed?.contains("the service is away") == true)
            }
            try await TrialBench.onStage { loopback in
                let trial = try TrialBench.trial(
                    of: try HookSkeleton.write("good", to: folder.path),
                    loopback,
                    on: loopback
                )
                _ = await trial.run()
                #expect(await trial.postponed == nil)
            }
        }

        @Test(arguments: SpoiltHook.all)
        func exactlyWhatIsBrokenIsSeen(spoilt: SpoiltHook) async throws {
            let good =
                spoilt.base == .skeleton
                ? HookSkeleton.text("spoilt")
                : String(
                    decoding: try Files.read(StockHooks.folder + "/\(spoilt.base.rawValue)", limitBytes: 1 << 20),
                    as: UTF8.self
                )
            try #require(good.contains(spoilt.change.from), "\(spoilt.name): the hook has changed")
            var text = good.replacing(spoilt.change.from, with: spoilt.change.to)
            if spoilt.breaks == .endsOnTERM {
                text = text.replacing("set -u\n", with: "set -u\ntrap '' TERM\n", maxReplacements: 1)
            }
            let isAboutSilence = [.deadline, .endsOnTERM].contains(spoilt.breaks)
            let findings = try await tested(
                try await folder.add("spoilt", text),
                silence: isAboutSilence ? .usual : Self.brief
            )
            let broken = findings.values.filter { $0.state == .broken }
            #expect(broken.map(\.guarantee) == [spoilt.breaks], "\(spoilt.name): \(broken)")
            let reason = findings[spoilt.breaks]?.reason ?? ""
            #expect(reason.contains(spoilt.words), "\(spoilt.name): \(reason)")
        }
    }
}

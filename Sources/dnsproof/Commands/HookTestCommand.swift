// `dnsproof hook test` and `dnsproof hook new`: what a person who writes hooks needs.
import Agent
import ArgumentParser
import DCV
import Foundation
import Platform
import Rehearsal

extension HookCommand {
    struct Test: ConfiguredCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Go through the contract of hooks with one hook, and say what it can be relied on for.",
            discussion: """
                dnsproof hook test ./my-hook
                    on loopback: a name server that takes updates, a record folder and a
                    web server, handed over as the settings server, port, folder and root
                    and the secret tsig_key
                dnsproof hook test ./my-hook --set api=https://dns.example --secret token=file:./token
                    with settings and secrets of its own beside them
                dnsproof hook test bind
                    the same with a publisher of the configuration; its own settings and
                    secrets are kept, except those five (then it asks for --yes)
                dnsproof hook test bind --zone example.com --yes
                    with the publisher as it is, in the real zone, at names of its own

                Only what the servers show is believed. What a publisher's hook was seen to
                break is kept, and runs go by it, as long as the program's file stays the same.

                Control-C takes away what was written and ends; a second one leaves it.

                Exit codes: 0 everything that could be tried held, 4 something is broken
                or left behind, or publishing cannot be tried on loopback, 75 nothing about
                publishing could be tried now, or it was ended.
                """
        )

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp("A publisher's name, a path, or the name of a hook.", valueName: "hook"))
        var hook: String

        @Option(
            name: .long,
            help: ArgumentHelp("Try it in this real zone.", valueName: "zone"),
            transform: Typed.name
        )
        var zone: DomainName?

        @Option(
            name: .customLong("set"),
            parsing: .singleValue,
            help: ArgumentHelp("A setting for a program named by its path; repeatable.", valueName: "name=value")
        )
        var settings: [String] = []

        @Option(
            name: .customLong("secret"),
            parsing: .singleValue,
            help: ArgumentHelp(
                "A secret for it, by where it is found: env:VARIABLE or file:PATH; repeatable.",
                valueName: "name=source"
            )
        )
        var secrets: [String] = []

        @Flag(name: .long, help: "Do what was announced: write into the real zone, and take it away again.")
        var yes = false

        func run() async throws {
            let extras: HookExtras
            do { extras = try HookExtras(settings, secrets) } catch { throw Ending(.usage, [error.description]) }
            let house = try House(optionalConfig: common.config)
            let report: HookTestReport
            do {
                report = try await test(house, extras)
            } catch {
                await house.close()
                throw error
            }
            await house.close()
            Output.clearFleeting()
            if common.json {
                try Output.say(json: report)
            } else {
                Output.say(report.lines + nextStep(report))
            }
            try report.exitCode.leave()
        }

        /// The whole line, so that it can be copied.
        private func nextStep(_ report: HookTestReport) -> [String] {
            guard report.misplaced != nil else { return [] }
            let config = common.config.map { " --config \($0)" } ?? ""
            return report.test.publisher.map { ["next: dnsproof hook test \($0)\(config) --zone ZONE --yes"] }
                ?? ["next: name it under publishers: in a configuration, and test that publisher with --zone"]
        }

        private func test(_ house: House, _ extras: HookExtras) async throws -> HookTestReport {
            let subject = try await HookSubject(hook, extras, in: house)
            guard let zone else {
                try refuseUnasked(subject)
                return try await onLoopback(subject, house)
            }
            guard subject.publisher != nil else {
                throw Ending(
                    .usage,
                    ["--zone needs a publisher of the configuration, which has the settings and secrets for the zone"]
                )
            }
            guard yes else {
                throw Ending(
                    .usage,
                    [
                        "this writes TXT (and CNAME or file) records through \(hook) at names below "
                            + "dnsproof-test-<random>.\(zone), looks at them at the authoritative servers of \(zone), "
                            + "and takes all of them away again, in some minutes; nothing else is touched. Nothing was "
                            + "done yet: say --yes"
                    ]
                )
            }
            return try await inZone(zone, subject, house)
        }

        private func refuseUnasked(_ subject: HookSubject) throws {
            let kept = subject.ownService
            guard !kept.isEmpty, !yes else { return }
            throw Ending(
                .usage,
                [
                    "\(subject.title) has settings or secrets of its own (\(kept.listed(upTo: 6))), with which its hook may reach a "
                        + "real service, for the zone \(LoopbackStage.zoneName) that nobody owns. Nothing was done yet: say --yes, or "
                        + "test it in its own zone (--zone)"
                ]
            )
        }

        private func onLoopback(_ subject: HookSubject, _ house: House) async throws -> HookTestReport {
            if let user = subject.user, !user.isThisOne {
                throw Ending(
                    .usage,
                    [
                        "\(subject.title) is started as user \(user.name), who would need to own the played world, and this user serves "
                            + "it: test it in its own zone (--zone), or run this as \(user.name)"
                    ]
                )
            }
            let result: Result<HookTestReport, any Error>
            do {
                result = try await PrivateFolder.with { folder in
                    await Self.catching {
                        let stage = try await LoopbackStage.start(in: folder, clock: house.clock, random: house.random)
                        let settings = subject.settings.merging(stage.settings) { _, mine in mine }
                        var secrets = subject.secrets
                        secrets[LoopbackStage.secretName] = Secret(stage.key.text.utf8)
                        let report = await Self.catching {
                            try await trial(subject, settings, secrets, on: stage, house)
                        }
                        await stage.shutdown()
                        return try report.get()
                    }
                }
            } catch {
                throw Ending(.temporary, ["there is no folder to play in: \(error)"])
            }
            return try result.get()
        }

        private func inZone(_ zone: DomainName, _ subject: HookSubject, _ house: House) async throws -> HookTestReport {
            do {
                // Made first: a journal that never was is made under the lock.
                let journal = try await house.state().journal()
                // One hook at a time works on a zone, be it a test's or a run's.
                let lock = try house.state().lock()
                guard try await lock.acquire(withinMilliseconds: 0) else {
                    throw Ending(.temporary, ["a run is going on; try again when it has ended"])
                }
                defer { lock.release() }
                if !common.json { Output.showFleeting("looking for the name servers of \(zone) ...") }
                let stage = try await ZoneStage(zone, surveyor: house.surveyor, random: house.random)
                let names = Set(house.configuration.publishers.map(\.name))
                // What a publisher wrote that is gone from the configuration is everybody's to take away.
                let earlier = try await journal.trialWrites()
                    .filter { $0.order.zone == zone && ($0.publisher == hook || !names.contains($0.publisher)) }
                Output.clearFleeting()
                warnOfOthers(zone, house)
                if !earlier.isEmpty {
                    Output.complain(
                        "an earlier test did not take away all that it wrote; that is done first: \(earlier.count)"
                    )
                }
                Output.complain(
                    "what is written stands below \(stage.corner); should this be killed, dnsproof status names it, and "
                        + "the same test takes it away"
                )
                return try await trial(
                    subject,
                    subject.settings,
                    subject.secrets,
                    on: stage,
                    house,
                    notes: journal,
                    earlier: earlier.map(\.order)
                )
            } catch let failure as JournalFailure {
                throw Ending(failure.exitCode, [failure.text])
            } catch let refusal as ZoneStage.Refusal {
                throw Ending(refusal.isTemporary ? .temporary : .usage, ["\(refusal)"])
            }
        }

        /// A run would not ask this publisher there.
        private func warnOfOthers(_ zone: DomainName, _ house: House) {
            let publishers = house.rules([:]).undescribed.rule(for: zone)?.publishers.map(\.name) ?? []
            guard !publishers.contains(hook) else { return }
            let others = publishers.isEmpty ? "no publisher" : publishers.joined(separator: ", ")
            Output.complain(
                "the configuration names \(others) for \(zone), not \(hook): runs will not use what is tested here"
            )
        }

        private func trial(
            _ subject: HookSubject,
            _ settings: [String: String],
            _ secrets: [String: Secret],
            on stage: any HookStage,
            _ house: House,
            notes: (any Journal)? = nil,
            earlier: [PublishingOrder] = []
        ) async throws -> HookTestReport {
            guard let digest = ProgramDigest.of(subject.program, as: subject.foreign) else {
                throw Ending(.configuration, ["\(subject.program): cannot be read"])
            }
            let isSilent = common.json
            let trial = try HookTrial(
                .init(secrets: secrets, hasOwnService: !subject.ownService.isEmpty) {
                    (secrets, deadline, children) throws(ContractVariableError) in
                    try subject.hook(settings, secrets, deadline, children)
                },
                on: stage,
                children: house.children,
                clock: house.clock,
                random: house.random,
                notes: notes,
                earlier: earlier,
                tell: { if !isSilent { Output.showFleeting($0.words) } }
            )
            let findings = try await Stoppable.run {
                await trial.run()
            } notice: { count in
                await Self.end(trial, count)
            }
            let wasEnded = await trial.wasEnded
            let test = HookTest(
                publisher: subject.publisher,
                program: subject.program,
                digest: digest,
                at: house.clock.now(),
                zone: stage.isReal ? stage.zone : nil,
                findings: findings
            )
            let notStarted = await trial.notStarted
            let isKept = wasEnded || notStarted != nil ? false : try await Self.keep(test, house)
            return HookTestReport(
                test,
                leftovers: await trial.leftovers,
                isKept: isKept,
                wasEnded: wasEnded,
                postponed: await trial.postponed,
                misplaced: await trial.misplaced,
                notStarted: notStarted
            )
        }

        /// The first signal ends the test, the second one its cleaning.
        private static func end(_ trial: HookTrial, _ count: Int) async {
            Output.clearFleeting()
            if count == 0 {
                Output.complain("ending: taking away what was written; once more to leave it")
            } else {
                Output.complain("leaving what was written")
                await trial.leave()
            }
        }

        /// The result stands all the same where it cannot be kept.
        private static func keep(_ test: HookTest, _ house: House) async throws -> Bool {
            guard test.publisher != nil else { return false }
            do {
                try await house.state().journal().keep(test)
                return true
            } catch let failure as JournalFailure {
                Output.complain("the result could not be kept: \(failure.text)")
                return false
            }
        }

        private static func catching<Value>(_ work: () async throws -> Value) async -> Result<Value, any Error> {
            do { return .success(try await work()) } catch { return .failure(error) }
        }
    }

    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "Write a hook to begin with: small, commented, and whole as it stands.",
            discussion: "dnsproof hook new my-dns\ndnsproof hook new my-dns --folder /etc/dnsproof/hooks"
        )

        @Argument(help: ArgumentHelp("The hook's name: its file's.", valueName: "name"))
        var name: String

        @Option(name: .long, help: ArgumentHelp("Where to put it (here).", valueName: "folder"))
        var folder: String?

        func run() async throws {
            let here = FileManager.default.currentDirectoryPath
            let place = folder.map { $0.utf8.first == 0x2F ? $0 : here + "/" + $0 } ?? here
            do {
                let known = House.loader().hookFolders(beside: nil)
                let path = try HookSkeleton.write(name, to: place, unlessIn: known)
                Output.say(HookSkeleton.nextSteps(name, path: path))
            } catch let refusal as HookSkeleton.Refusal {
                throw Ending(.usage, [refusal.description])
            } catch let failure as FileFailure {
                throw Ending(.usage, ["\(failure); choose another name or folder"])
            } catch {
                throw Ending(.storeIO, ["\(place): \((error as NSError).localizedDescription)"])
            }
        }
    }
}

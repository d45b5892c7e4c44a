// `dnsproof config check`: everything that is wrong with the configuration, and with the rights of its credentials.
import Agent
import ArgumentParser
import DCV
import Platform

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Work on the configuration.",
        subcommands: [Check.self]
    )

    struct Check: ConfiguredCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Say what is wrong with the configuration, and what each credential may do.",
            discussion: """
                dnsproof config check --config ./config.yaml
                    the file with its policies, hooks and secrets; then every provider
                    is asked, by reads alone, which rights its credential has
                dnsproof config check --offline
                    the same without asking any provider

                Exit codes: 0 all is well, or no read can tell more; 75 a provider
                could not be asked now; 78 something must be corrected: the file, a
                hook, a secret, a refused credential or a missing right.
                """
        )

        @OptionGroup var common: CommonOptions

        @Flag(name: .long, help: "Ask no provider: the rights of the credentials are not tried.")
        var offline = false

        func run() async throws {
            let house = try House(inspecting: common.config)
            let summary: ConfigurationSummary
            do {
                summary = try await look(house)
            } catch {
                await house.close()
                throw error
            }
            await house.close()
            Output.clearFleeting()
            if common.json {
                try Output.say(json: summary)
            } else {
                Output.say(summary.lines(columns: Output.screen.isTerminal ? Output.screen.columns : .max))
            }
            Output.complain(of: await house.ledger.trouble)
            try summary.exitCode.leave()
        }

        private func look(_ house: House) async throws -> ConfigurationSummary {
            let staff = await house.staff()
            let tests = try await hookTests(house)
            let described = await house.rules(staff.publishers, tests: tests).describe()
            let faults = house.faults + staff.faults
            guard faults.isEmpty else {
                let findings = described.findings + house.loaded.policyFindings(without: faults)
                throw Ending(ConfigurationRefused(faults + findings.map { ConfigurationFault($0) }))
            }
            let kinds = Dictionary(house.configuration.providers.map { ($0.name, $0.kind) }) { first, _ in first }
            var examinations: [ProviderExamination]?
            if !offline {
                let isSilent = common.json
                examinations = await ProviderExaminer(clock: house.clock).examine(
                    staff.providers.map { ($0, kinds[$0.name] ?? "") }
                ) { names in
                    let waiting = names.map(\.text).joined(separator: ", ")
                    if !isSilent, !names.isEmpty { Output.showFleeting("asking \(waiting) ...") }
                }
            }
            return ConfigurationSummary(
                house.loaded,
                providers: staff.providers.map(\.name),
                rules: described.rules,
                findings: described.findings,
                examinations: examinations,
                standings: ProgramDigest.standings(house.loaded.programs, foreign: house.loaded.foreign, tests)
            )
        }

        /// What cannot be read is told by `status` and by every run; here it counts as never tested.
        private func hookTests(_ house: House) async throws -> [HookTest] {
            guard let state = try? house.state() else { return [] }
            do {
                return try await state.journalToRead().hookTests()
            } catch {
                Output.complain("what tests of hooks found is not known: \(error.text)")
                return []
            }
        }
    }
}

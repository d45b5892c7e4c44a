// `dnsproof config check`: everything that is wrong with the configuration, without touching the network.
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

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Read the configuration with its policies, hooks and secrets, and say what is wrong.",
            discussion:
                "dnsproof config check --config ./config.yaml\n\nExit codes: 0 all is well, 78 something must be corrected."
        )

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let house = try House(config: common.config)
            let providers: [any Provider]
            let publishers: [String: HookPublisher]
            do {
                providers = try await house.providers()
                publishers = try await house.publishers()
            } catch {
                await house.close()
                throw error
            }
            let described = await house.rules(publishers).describe()
            await house.close()
            let summary = ConfigurationSummary(
                house.loaded,
                providers: providers.map(\.name),
                rules: described.rules,
                findings: described.findings
            )
            if common.json {
                try Output.say(json: summary)
            } else {
                Output.say(summary.lines)
            }
            if !described.findings.isEmpty { try Agent.ExitCode.configuration.leave() }
        }
    }
}

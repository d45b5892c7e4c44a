// `dnsproof hook`: what a person does about a hook, and the program as a hook itself.
import Agent
import ArgumentParser
import DCV
import Platform

struct HookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook",
        abstract: "Work on the hooks that publish, or be the hook of an ACME client.",
        subcommands: [
            Test.self, New.self, Trust.self, CertbotAuthCommand.self, CertbotCleanupCommand.self,
            DehydratedCommand.self, LegoCommand.self,
        ]
    )

    struct Trust: ConfiguredCommand {
        static let configuration = CommandConfiguration(
            commandName: "trust",
            abstract: "Lift the quarantine of a publisher whose hook touched values of others.",
            discussion: "dnsproof hook trust bind\n\nRepair the hook first: `dnsproof status` says what it did."
        )

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp("The publisher's name in the configuration.", valueName: "publisher"))
        var publisher: String

        func run() async throws {
            let house = try House(config: common.config)
            await house.close()
            guard house.configuration.publishers.contains(where: { $0.name == publisher }) else {
                let names = house.configuration.publishers.map(\.name)
                let hint = names.isEmpty ? "; the configuration has none" : Nearest.hint(publisher, among: names)
                throw Ending(.usage, ["no publisher is named \"\(OctetText(publisher.utf8).shortened())\"\(hint)"])
            }
            do {
                let now = house.clock.now()
                let history = try await house.state().journalToRead().history(since: now)
                guard let reason = history.quarantined[publisher] else {
                    return try say(nil, ["publisher \(publisher) is not in quarantine; nothing was changed"])
                }
                let journal = try await house.state().journal()
                try await journal.trust(publisher: publisher, at: now)
                try say(
                    reason,
                    "publisher \(publisher) is trusted from now on; it was in quarantine because: \(reason)"
                        .split(separator: "\n").map { String($0) }
                )
            } catch let failure as JournalFailure {
                throw Ending(failure.exitCode, [failure.text])
            }
        }

        private struct Trusted: Encodable {
            let publisher: String
            /// Why it was in quarantine; absent where it was not.
            let reason: String?
        }

        private func say(_ reason: String?, _ lines: [String]) throws {
            if common.json {
                try Output.say(json: Trusted(publisher: publisher, reason: reason))
            } else {
                Output.say(lines)
            }
        }
    }
}

// The door: the list of commands, and how a run of any of them begins and ends.
import Agent
import ArgumentParser
import DCV
import Foundation
import Platform

@main
struct DNSProof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dnsproof",
        abstract:
            "Keeps domain control validation passing: sees what a CA will see, publishes what is missing, then triggers.",
        discussion: """
            dnsproof rehearse
                see the whole job in a world of its own; no account needed
            dnsproof check _acme-challenge.example.com TXT VALUE
                is it visible everywhere? needs no configuration
            dnsproof explain example.com
                zones, servers, DNSSEC, who shows what, and what to do
            dnsproof plan
                what would be done now, and why; changes nothing
            dnsproof run
                one pass over everything, for cron; silent when all is well
            dnsproof run --only shop.example.com --wait 30m
                right after an order, patient

            Exit codes: 0 done, 3 still pending, 4 a person must act, 64 usage,
            70 internal, 74 store I/O, 75 temporary, 76 state refused,
            78 configuration.
            """,
        version: "\(Product.name) \(Product.version)",
        subcommands: [
            RunCommand.self, PlanCommand.self, CheckCommand.self, ExplainCommand.self, StatusCommand.self,
            ConfigCommand.self, PolicyCommand.self, FindingsCommand.self, HookCommand.self, RehearseCommand.self,
        ]
    )

    static func main() async {
        guard Startup.harden() else {
            Output.complain("the kernel refused to protect this process (prctl); nothing was done")
            Foundation.exit(Agent.ExitCode.software.rawValue)
        }
        let arguments = HookLinks.arguments(CommandLine.arguments)
        do {
            try refuseUnknown(arguments)
            let command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                var command = command
                try command.run()
            }
        } catch {
            guard let ending = ending(for: error) else { exit(withError: error) }
            Output.complain(ending.text)
            let speaker = (try? parseAsRoot(arguments)) as? any JSONSpeaking
            if speaker?.isJSON == true { try? Output.say(json: ending.document) }
            Foundation.exit(ending.code.rawValue)
        }
    }

    /// ArgumentParser calls a misspelt command an argument too many.
    static func refuseUnknown(_ arguments: [String]) throws {
        var command: any ParsableCommand.Type = DNSProof.self
        var words = [Product.name]
        for argument in arguments {
            let known = command.configuration.subcommands
            guard !known.isEmpty, argument.utf8.first != 0x2D, argument != "help" else { return }
            guard let next = known.first(where: { $0._commandName == argument }) else {
                let names = known.map { $0._commandName }
                let whole = words.joined(separator: " ")
                let hint = Nearest.hint(argument, among: names)
                throw Ending(
                    .usage,
                    ["\(whole) has no command \"\(OctetText(argument.utf8).shortened())\"\(hint); see \(whole) --help"]
                )
            }
            command = next
            words.append(argument)
        }
    }

    /// What to say of an error and which code to end with; nil for those that ArgumentParser words itself (usage, help, exit codes). An
    /// error that nobody foresaw is a fault of the program, not a usage error and not the code 1 that stands in no table.
    static func ending(for error: any Error) -> Ending? {
        if let ending = error as? Ending { return ending }
        if error is ArgumentParser.ExitCode || exitCode(for: error) != .failure { return nil }
        return Ending(.software, ["an error that was not foreseen: \(error)"])
    }
}

/// The end of a command that did not come to its result: prose for people, a code for programs.
struct Ending: Error {
    let code: Agent.ExitCode
    let text: [String]
    /// The same for programs.
    let document: any Encodable & Sendable

    init(_ code: Agent.ExitCode, _ text: [String]) {
        self.code = code
        self.text = text
        document = RefusalDocument(text, exitCode: code)
    }

    /// The configuration must be corrected.
    /// - Parameter document: with more than the faults, where there is more.
    init(_ refused: ConfigurationRefused, document: (any Encodable & Sendable)? = nil) {
        code = .configuration
        text = refused.faults.map(\.description)
        self.document = document ?? RefusalDocument(refused)
    }
}

/// A command that may have been asked for one JSON document: then its standard output is one, whatever the end.
protocol JSONSpeaking {
    var isJSON: Bool { get }
}

/// The commands that read the configuration.
protocol ConfiguredCommand: AsyncParsableCommand, JSONSpeaking {
    var common: CommonOptions { get }
}

extension ConfiguredCommand {
    var isJSON: Bool { common.json }
}

extension Agent.ExitCode {
    /// Ends the command with this code; `done` simply returns.
    func leave() throws {
        if self != .done { throw ArgumentParser.ExitCode(rawValue) }
    }
}

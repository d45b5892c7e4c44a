// `dnsproof policy check` and `policy explain`: what a policy decides, tried on its own examples, and which policy a name gets.
import Agent
import ArgumentParser
import DCV
import Foundation

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Try policies, and see which one holds for a name.",
        subcommands: [Check.self, Explain.self]
    )

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Run the examples that stand in policy files. Asks nobody.",
            discussion: """
                dnsproof policy check
                    every policy that is found: beside the configuration, in
                    /etc/dnsproof/policies, and the ones that came with the program
                dnsproof policy check strict
                dnsproof policy check ./policies/mine.yaml

                Exit codes: 0 every example holds, 78 one does not, or a file cannot be
                read.
                """
        )

        @OptionGroup var common: CommonOptions

        @Argument(
            help: ArgumentHelp("Names of policies, or files; without any, all that are found.", valueName: "policy")
        )
        var policies: [String] = []

        func run() async throws {
            let loader = House.loader()
            let folder = loader.file(explicit: common.config).map { Paths.folder(of: $0) }
            var trials: [PolicyTrial] = []
            do {
                for word in policies.isEmpty ? Self.names(loader.policyFolders(besideConfiguration: folder)) : policies
                {
                    trials.append(PolicyTrial(try Self.document(word, loader, folder)))
                }
            } catch let refusal as ConfigurationRefused {
                throw Ending(.configuration, refusal.faults.map(\.description))
            }
            if common.json {
                try Output.say(json: trials.map { PolicyTrialDocument($0) })
            } else {
                let (all, failed) = (
                    trials.reduce(0) { $0 + $1.outcomes.count }, trials.reduce(0) { $0 + $1.failed.count }
                )
                Output.say(trials.flatMap(\.lines) + ["\(all) examples, \(failed) failed"])
            }
            if trials.contains(where: { !$0.failed.isEmpty }) { try Agent.ExitCode.configuration.leave() }
        }

        /// A word with a slash or `.yaml` behind it is a file.
        private static func document(
            _ word: String,
            _ loader: ConfigurationLoader,
            _ folder: String?
        ) throws -> PolicyDocument {
            let ending = ".yaml"
            let isFile = word.utf8.contains(0x2F) || word.utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8)
            guard isFile else {
                return try loader.policy(named: word, besideConfiguration: folder, place: "the command line")
            }
            let name = URL(filePath: word).deletingPathExtension().lastPathComponent
            return try ConfigurationLoader.policy(at: word, name: name)
        }

        /// The names of all policies in these folders, sorted.
        private static func names(_ folders: [String]) -> [String] {
            let files = folders.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] }
            let names = files.map { URL(filePath: $0) }.filter { $0.pathExtension == "yaml" }
                .map { $0.deletingPathExtension().lastPathComponent }
            return Set(names).sorted()
        }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain",
            abstract:
                "Say which policy holds for a host name, where it comes from, and which of its keys decides what.",
            discussion: """
                dnsproof policy explain shop.example.com
                dnsproof policy explain --config ./config.yaml --json shop.example.com

                Without a configuration the default policy is explained.
                """
        )

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp("A host name.", valueName: "name"))
        var name: DomainName

        func run() async throws {
            let loader = House.loader()
            do {
                let explanation: PolicyExplanation
                if loader.file(explicit: common.config) != nil {
                    let loaded = try loader.load(explicit: common.config, zones: [])
                    let section = loaded.configuration.zone(for: name)
                    let document = section.flatMap { loaded.policyDocuments[$0.policy] }
                    explanation = PolicyExplanation(name, section, document ?? PolicyDocument(.standard))
                } else {
                    let document = try loader.policy(
                        named: "default",
                        besideConfiguration: nil,
                        place: "no configuration"
                    )
                    explanation = PolicyExplanation(name, nil, document)
                }
                if common.json { return try Output.say(json: explanation) }
                Output.say(explanation.lines)
            } catch let refusal as ConfigurationRefused {
                throw Ending(.configuration, refusal.faults.map(\.description))
            }
        }
    }
}

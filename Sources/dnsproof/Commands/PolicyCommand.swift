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

    struct Check: ConfiguredCommand {
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
            var faults: [ConfigurationFault] = []
            for word in policies.isEmpty ? loader.policyNames(besideConfiguration: folder) : policies {
                let read = Self.document(word, loader, folder)
                faults += read.faults
                if let document = read.value, read.faults.isEmpty { trials.append(PolicyTrial(document)) }
            }
            let refused = ConfigurationRefused(faults)
            if common.json {
                let documents = trials.map { PolicyTrialDocument($0) }
                guard faults.isEmpty else { throw Ending(refused, document: PolicyCheckDocument(documents, refused)) }
                try Output.say(json: documents)
            } else {
                let (all, failed) = (
                    trials.reduce(0) { $0 + $1.outcomes.count }, trials.reduce(0) { $0 + $1.failed.count }
                )
                Output.say(trials.flatMap(\.lines) + ["\(all) examples, \(failed) failed"])
            }
            guard faults.isEmpty else { throw Ending(refused) }
            if trials.contains(where: { !$0.failed.isEmpty }) { try Agent.ExitCode.configuration.leave() }
        }

        /// A word with a slash or `.yaml` behind it is a file.
        private static func document(
            _ word: String,
            _ loader: ConfigurationLoader,
            _ folder: String?
        ) -> Understood<PolicyDocument?> {
            let ending = ".yaml"
            let isFile = word.utf8.contains(0x2F) || word.utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8)
            guard isFile else {
                return loader.policy(named: word, besideConfiguration: folder, place: SourcePlace("the command line"))
            }
            let name = URL(filePath: word).deletingPathExtension().lastPathComponent
            return ConfigurationLoader.policy(at: word, name: name)
        }
    }

    struct Explain: ConfiguredCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain",
            abstract:
                "Say which policy holds for a host name, where it comes from, and which of its keys decides what.",
            discussion: """
                dnsproof policy explain shop.example.com
                dnsproof policy explain --config ./config.yaml --json shop.example.com

                Also names of records, such as _acme-challenge.shop.example.com. Without a
                configuration the default policy is explained. A key comes from the policy's
                file, or has its default value.

                Exit codes: 0 explained, 78 the configuration must be corrected.
                """
        )

        @OptionGroup var common: CommonOptions

        @Argument(help: ArgumentHelp("A host name.", valueName: "name"), transform: Typed.name)
        var name: DomainName

        func run() async throws {
            let loader = House.loader()
            let explanation: PolicyExplanation
            do {
                if loader.file(explicit: common.config) != nil {
                    let loaded = try loader.load(explicit: common.config, zones: []).whole()
                    let section = loaded.configuration.zone(for: name)
                    let document = section.flatMap { loaded.policyDocuments[$0.policy] }
                    explanation = PolicyExplanation(name, section, document ?? PolicyDocument(.standard))
                } else {
                    let place = SourcePlace("no configuration")
                    let read = loader.policy(named: "default", besideConfiguration: nil, place: place)
                    explanation = PolicyExplanation(name, nil, try read.whole() ?? PolicyDocument(.standard))
                }
            } catch {
                throw Ending(error)
            }
            if common.json { return try Output.say(json: explanation) }
            Output.say(explanation.lines)
        }
    }
}

// `dnsproof findings`: every code that a finding can have, and what it means. Asks nobody.
import Agent
import ArgumentParser
import DCV

struct FindingsCommand: AsyncParsableCommand, JSONSpeaking {
    static let configuration = CommandConfiguration(
        commandName: "findings",
        abstract: "Explain the codes of findings: what they mean, usual causes, what to do.",
        discussion: """
            dnsproof findings
                every code in a sentence
            dnsproof findings server-unreachable
                one of them in full
            """
    )

    @Flag(name: .long, help: "Print one JSON document instead of lines for people.")
    var json = false

    var isJSON: Bool { json }

    @Flag(name: .long, help: "Print the document docs/findings.md.")
    var markdown = false

    @Argument(help: ArgumentHelp("The code to explain; without one all are listed.", valueName: "code"))
    var code: String?

    func run() async throws {
        if let code {
            guard let entry = FindingCatalog.explanation(of: code) else {
                throw Ending(.usage, [FindingsText.unknown(code)])
            }
            if json { return try Output.say(json: entry) }
            return Output.say(FindingsText.lines(entry, columns: Output.columns))
        }
        if json { return try Output.say(json: FindingCatalog.all) }
        Output.say(markdown ? FindingsText.markdown() : FindingsText.list(columns: Output.columns))
    }
}

// `dnsproof status`: what the journal knows. Asks nobody.
import Agent
import ArgumentParser
import DCV
import Foundation
import Platform

struct StatusCommand: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what this agent has published, begun, triggered, asked and left alone.",
        discussion:
            "dnsproof status --json | jq .entries\n\nReads the journal only; no provider or name server is asked."
    )

    @OptionGroup var common: CommonOptions

    /// How far back entries are told; publications that still stand are told whatever their age.
    private static let windowDays: Int64 = 30

    func run() async throws {
        let house = try House(optionalConfig: common.config)
        await house.close()
        let now = house.clock.now()
        let history: History
        let standing: [ToldFinding]
        let trials: [TrialWrite]
        do {
            let journal = try house.state().journalToRead()
            history = try await journal.history(since: now.adding(seconds: -Self.windowDays * 86_400))
            standing = try await journal.toldFindings()
            trials = try await journal.trialWrites()
        } catch let failure as JournalFailure {
            throw Ending(failure.exitCode, [failure.text])
        }
        let uses = await house.ledger.uses(at: now)
        Output.complain(of: await house.ledger.trouble)
        if common.json {
            try Output.say(json: StatusDocument(history, uses, standing: standing, trials: trials))
        } else {
            let path = try house.state().path
            let isThere = FileManager.default.fileExists(atPath: path)
            Output.say(
                [isThere ? "journal in \(path)" : "there is no \(path): no run has kept a journal there"]
                    + StatusText.lines(
                        history,
                        uses,
                        standing: standing,
                        trials: trials,
                        configured: common.config,
                        at: now
                    )
            )
        }
    }
}

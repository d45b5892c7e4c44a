// `dnsproof run`: one pass, or as many as --wait allows.
import Agent
import ArgumentParser
import DCV
import Platform

struct RunCommand: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Publish what is missing, and trigger what will succeed.",
        discussion: """
            dnsproof run
                from cron: one pass, silent when there is nothing to say
            dnsproof run --only shop.example.com --wait 30m
                after an order: until it is active, or 30 minutes

            Exit codes: 0 nothing left to do, 3 still pending, 4 a person must act,
            75 another run holds the lock, 78 the configuration must be corrected.
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions

    @Option(
        name: .long,
        help: ArgumentHelp("Go on for this long while something is pending.", valueName: "30m"),
        transform: Span.init
    )
    var wait: Span?

    @Flag(name: .long, help: "Observe and decide only: no hook is asked to change anything.")
    var dryRun = false

    func run() async throws {
        let options = RunOptions(
            waitMilliseconds: wait?.milliseconds,
            isDryRun: dryRun,
            selection: selection.selection
        )
        try await Running(common, zones: selection.zone).carryOut(options)
    }
}

struct PlanCommand: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a run would do now, and why.",
        discussion: """
            dnsproof plan
                look at the world and decide; no hook is asked to change anything
            dnsproof plan --save situation.json
                and keep all that was seen
            dnsproof plan --situation situation.json
                decide again on what was seen then; touches no network

            Exit codes: 0 nothing to do, 3 there is something to do or to wait for,
            4 a person must act.
            """
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions

    @Option(name: .long, help: ArgumentHelp("Decide on a saved situation instead of looking.", valueName: "file"))
    var situation: String?

    @Option(name: .long, help: ArgumentHelp("Save the situation that was seen.", valueName: "file"))
    var save: String?

    func run() async throws {
        if let situation { return try replay(situation) }
        let options = RunOptions(isDryRun: true, selection: selection.selection)
        try await Running(common, zones: selection.zone, savePath: save).carryOut(options)
    }

    private func replay(_ path: String) throws {
        let situation: Situation
        do {
            situation = try SituationFile.read(path)
        } catch {
            throw Ending(
                .usage,
                [
                    "\(path): is no saved situation: \(error); `dnsproof plan --save FILE` makes one "
                        + "(what `dnsproof explain --save` keeps is for `dnsproof explain --replay`)"
                ]
            )
        }
        let report = RunReport(deciding: situation, selection.selection)
        if common.json {
            try Output.say(json: report.plan)
        } else {
            Output.say(RunText.plan(report))
        }
        try report.exitCode.leave()
    }
}

/// What `run` and `plan` share: the parts of a run put together, signals heard, the report said.
struct Running {
    let config: String?
    let isJSON: Bool
    let zones: [DomainName]
    let savePath: String?

    init(_ common: CommonOptions, zones: [DomainName], savePath: String? = nil) {
        config = common.config
        isJSON = common.json
        self.zones = zones
        self.savePath = savePath
    }

    /// For a run within another command.
    init(config: String) {
        self.config = config
        isJSON = false
        zones = []
        savePath = nil
    }

    func carryOut(_ options: RunOptions) async throws {
        // A run that was told what to look for, or to wait, has somebody waiting for its whole answer.
        let isFromCron =
            !isJSON && !options.isDryRun && !Output.screen.isTerminal && options.waitMilliseconds == nil
            && options.selection.items.isEmpty
        let outcome = try await outcome(options, isTelling: isFromCron)
        let report = outcome.report
        if let savePath {
            do {
                try DocumentFile.write(report.situation, to: savePath)
            } catch {
                throw Ending(.storeIO, ["\(savePath): the situation could not be saved: \(error)"])
            }
        }
        if isJSON {
            try Output.say(json: RunDocument(report, outcome.news))
        } else if options.isDryRun {
            Output.say(RunText.plan(report))
        } else {
            outcome.tell(isNewsOnly: isFromCron)
        }
        try report.exitCode.leave()
    }

    /// A run within another command, told as on a terminal.
    func report(_ options: RunOptions) async throws -> RunReport {
        let outcome = try await outcome(options, isTelling: false)
        outcome.tell(isNewsOnly: false)
        return outcome.report
    }

    private struct Outcome {
        let report: RunReport
        let news: RunNews?
        let view: LiveView

        func tell(isNewsOnly: Bool) {
            view.say(RunText.summary(report, at: SystemClock().now(), news: news, isNewsOnly: isNewsOnly))
        }
    }

    private func outcome(_ options: RunOptions, isTelling: Bool) async throws -> Outcome {
        let house = try House(config: config, zones: zones)
        do {
            let outcome = try await run(house, options, isTelling: isTelling)
            await house.close()
            Output.complain(of: await house.ledger.trouble)
            return outcome
        } catch {
            await house.close()
            throw error
        }
    }

    private func run(
        _ house: House,
        _ options: RunOptions,
        isTelling: Bool
    ) async throws -> Outcome {
        let staff = try await house.staff(house.publishersInUse).whole()
        let view = LiveView(
            clock: house.clock,
            isSilent: isJSON || options.isDryRun,
            heading: RunText.laboratory(house.isLaboratory)
        )
        defer { view.close() }
        let (journal, lock) = try await house.memory(isLookOnly: options.isDryRun)
        let tests = try await house.hookTests(journal)
        let reconciler = house.reconciler(staff, staff.providers, journal, lock, tests: tests) { view.tell($0) }
        do {
            let report = try await Stoppable.run { try await reconciler.run(options) }
            let hasLooked = !options.isDryRun && ![.locked, .outlived].contains(report.ending)
            let news = hasLooked ? await news(report, journal, isTelling: isTelling) : nil
            return Outcome(report: report, news: news, view: view)
        } catch let failure as JournalFailure {
            throw Ending(failure.exitCode, [failure.text])
        }
    }

    /// What is news, kept for the next run. A memory that fails costs nothing but a finding that is told twice.
    private func news(_ report: RunReport, _ journal: any Journal, isTelling: Bool) async -> RunNews? {
        do {
            let news = RunNews(report, told: try await journal.toldFindings(), isTelling: isTelling)
            try await journal.keep(told: news.kept)
            return news
        } catch {
            Output.complain("what was told before is not known, so everything is told: \(error.text)")
            return nil
        }
    }
}

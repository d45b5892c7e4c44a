// `dnsproof hook certbot-auth` and its like: the program as the hook of an ACME client. Publish, prove, return.
import Agent
import ArgumentParser
import DCV
import Platform

struct ClientOptions: ParsableArguments {
    static let usualWait = Span(seconds: 900)
    /// After a signal. A hook that is at work then still gets the grace of every child.
    private static let takingBackMilliseconds: Int64 = 4_000

    @Option(name: .long, help: ArgumentHelp("The configuration file; else $DNSPROOF_CONFIG.", valueName: "file"))
    var config: String?

    /// - Returns: only when the caller may go on.
    func serve(_ call: ClientCall, waiting wait: Span) async throws {
        do {
            let outcome = try await outcome(of: call, waiting: wait)
            Output.complain(outcome.lines)
            if call.mayStopTheClient { try outcome.exitCode.leave() }
        } catch let ending as Ending where !call.mayStopTheClient {
            Output.complain(ending.text)
        }
    }

    private func outcome(of call: ClientCall, waiting wait: Span) async throws -> ClientOutcome {
        let house = try House(config: config)
        do {
            let (journal, lock) = try await house.memory(isLookOnly: false)
            let tests = try await house.hookTests(journal)
            let run = ClientRun(
                call,
                waitMilliseconds: wait.milliseconds,
                journal: journal,
                clock: house.clock,
                zones: house.rules([:]).undescribed
            ) { client, publishers, journal in
                let staff = try await house.publisherStaff(publishers).whole()
                return house.reconciler(staff, [client], journal, lock, tests: tests) { _ in }
            }
            let outcome = try await Stoppable.run { try await run.carryOut() }
            if outcome.isCutShort {
                let limit = Self.takingBackMilliseconds
                let left = try await Stoppable.last(withinMilliseconds: limit) { try await run.takeBack() }
                Output.complain(left.lines)
            }
            await house.close()
            return outcome
        } catch let failure as JournalFailure {
            await house.close()
            throw Ending(failure.exitCode, [failure.text])
        } catch {
            await house.close()
            throw error
        }
    }

    /// Options behind the last one that is known are words of the client to the parser, but no client begins with one.
    static func refuseOptions(_ words: [String], of command: any ParsableCommand) throws {
        guard let first = words.first, first.utf8.first == 0x2D else { return }
        if ["-h", "--help"].contains(first) { throw CleanExit.helpRequest(command) }
        throw Ending(
            .usage,
            [
                "\"\(OctetText(first.utf8).shortened())\" is no option here; --config and --wait stand before the client's words"
            ]
        )
    }

    /// A call as the client said it.
    static func understood<Call>(_ read: () throws(ClientCallRefused) -> Call) throws -> Call {
        do {
            return try read()
        } catch {
            throw Ending(.usage, [error.text])
        }
    }
}

/// The names under which a link to this program makes it a hook: some clients take a path and no arguments.
enum HookLinks {
    private static let prefix = "\(Product.name)-"
    private static let verbs = ["certbot-auth", "certbot-cleanup", "dehydrated", "lego"]

    /// - Parameter words: how the program was started, its own name first.
    static func arguments(_ words: [String]) -> [String] {
        let arguments = Array(words.dropFirst())
        let name = words.first?.split(separator: "/").last.map(String.init) ?? ""
        guard let verb = verb(name) else { return HyphenValue.shielded(arguments) }
        return ["hook", verb] + arguments
    }

    /// Also one that is misspelt: it is refused as a command, where the plain program would say how it is used and end well.
    private static func verb(_ name: String) -> String? {
        guard name.utf8.starts(with: prefix.utf8), name.utf8.count > prefix.utf8.count else { return nil }
        let verb = String(decoding: name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
        let isMeant = verbs.contains { $0.utf8.starts(with: verb.utf8) } || !Nearest.words(verb, among: verbs).isEmpty
        return isMeant ? verb : nil
    }
}

struct CertbotAuthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certbot-auth",
        abstract: "Be certbot's --manual-auth-hook: publish, and return when a CA will see it.",
        discussion: """
            certbot certonly --manual --preferred-challenges dns \\
                --manual-auth-hook 'dnsproof hook certbot-auth' \\
                --manual-cleanup-hook 'dnsproof hook certbot-cleanup' \\
                -d example.com -d '*.example.com'

            certbot ignores the exit code: what went wrong stands on standard error.
            The last call of a certificate waits for all of its names together.
            """
    )

    @OptionGroup var options: ClientOptions

    @Option(
        name: .long,
        help: ArgumentHelp("Go on for this long until every name server shows it.", valueName: "15m"),
        transform: Span.init
    )
    var wait = ClientOptions.usualWait

    func run() async throws {
        let call = try ClientOptions.understood { () throws(ClientCallRefused) in
            try ClientCall.certbot(House.environment, isCleanup: false)
        }
        // certbot hands it to the clean-up as CERTBOT_AUTH_OUTPUT.
        Output.say(call.handles)
        try await options.serve(call, waiting: wait)
    }
}

struct CertbotCleanupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certbot-cleanup",
        abstract: "Be certbot's --manual-cleanup-hook: withdraw exactly the value that was published.",
        discussion: "certbot certonly --manual --manual-cleanup-hook 'dnsproof hook certbot-cleanup' ..."
    )

    @OptionGroup var options: ClientOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Wait for this long until other runs let go; no name server is waited for.",
            valueName: "15m"
        ),
        transform: Span.init
    )
    var wait = ClientOptions.usualWait

    func run() async throws {
        let call = try ClientOptions.understood { () throws(ClientCallRefused) in
            try ClientCall.certbot(House.environment, isCleanup: true)
        }
        try await options.serve(call, waiting: wait)
    }
}

struct DehydratedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dehydrated",
        abstract: "Be dehydrated's HOOK: deploy_challenge and clean_challenge; whatever else it says is ignored.",
        discussion: """
            dnsproof hook dehydrated deploy_challenge DOMAIN TOKEN VALUE

            dehydrated starts its HOOK without words of yours, so make a link to this
            program; its name says which hook it is:
                ln -s "$(command -v dnsproof)" /usr/local/bin/dnsproof-dehydrated
            and write in dehydrated's config:
                HOOK=/usr/local/bin/dnsproof-dehydrated
                HOOK_CHAIN=yes

            With HOOK_CHAIN all names of a certificate are waited for together.
            """
    )

    @OptionGroup var options: ClientOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Go on for this long until every name server shows it; to withdraw, until other runs let go.",
            valueName: "15m"
        ),
        transform: Span.init
    )
    var wait = ClientOptions.usualWait

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("As dehydrated says it.", valueName: "word"))
    var words: [String] = []

    func run() async throws {
        try ClientOptions.refuseOptions(words, of: self)
        let call = try ClientOptions.understood { () throws(ClientCallRefused) in try ClientCall.dehydrated(words) }
        guard let call else { return }
        try await options.serve(call, waiting: wait)
    }
}

struct LegoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lego",
        abstract: "Be the program of lego's exec provider, in its default and its RAW mode.",
        discussion: """
            dnsproof hook lego present _acme-challenge.example.com. VALUE

            lego starts its program without words of yours, so make a link to this
            one; its name says which hook it is:
                ln -s "$(command -v dnsproof)" /usr/local/bin/dnsproof-lego

            EXEC_PATH=/usr/local/bin/dnsproof-lego EXEC_MODE=RAW \\
                lego --dns exec --dns.disable-cp \\
                -d example.com -d '*.example.com' --email you@example.com run
            """
    )

    @OptionGroup var options: ClientOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Go on for this long until every name server shows it; to withdraw, until other runs let go.",
            valueName: "15m"
        ),
        transform: Span.init
    )
    var wait = ClientOptions.usualWait

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("As lego says it.", valueName: "word"))
    var words: [String] = []

    func run() async throws {
        try ClientOptions.refuseOptions(words, of: self)
        let call = try ClientOptions.understood { () throws(ClientCallRefused) in
            try ClientCall.lego(words, House.environment)
        }
        try await options.serve(call, waiting: wait)
    }
}

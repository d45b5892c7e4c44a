// `dnsproof rehearse`: the real program in a world of its own on loopback; no account needed, nothing outside touched.
import Agent
import ArgumentParser
import DCV
import Foundation
import Platform
import Rehearsal

struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Run the program in a rehearsed world: name servers, a web server and a provider on loopback.",
        discussion: """
            dnsproof rehearse
                the whole job at three providers: Cloudflare, NAVER Cloud and DigiCert
            dnsproof rehearse --scenario four-certificates
                Cloudflare alone: a proof that is there, a method to change, a lagging server
            dnsproof rehearse --scenario lame-server
                something is wrong: see what the program says
            dnsproof rehearse --beside docs/the-shell-way.sh
                the program and a shell script in the same world, and what each did to it
            dnsproof rehearse --serve --folder /tmp/world
                keep the world up, and try commands on it yourself

            Scenarios: three-providers, four-certificates, one-ns-lags, lame-server,
            api-down, token-refused, everyday-troubles, caa-forbids.
            """
    )

    @Option(name: .long, help: ArgumentHelp("The story to play.", valueName: "name"))
    var scenario = "three-providers"

    @Option(
        name: .long,
        help: ArgumentHelp("A new folder for the world's files; kept afterwards.", valueName: "folder")
    )
    var folder: String?

    @Option(name: .long, help: ArgumentHelp("How long the run may wait (60s).", valueName: "60s"), transform: Span.init)
    var wait: Span?

    @Option(name: .long, help: ArgumentHelp("Compare with this script.", valueName: "script"))
    var beside: String?

    @Flag(name: .long, help: "Only start the world, print where it is, and wait for Control-C.")
    var serve = false

    func run() async throws {
        if let beside { return try await compare(with: beside) }
        let scenarios = try RehearsalScenario.all()
        guard let story = scenarios.first(where: { $0.name == scenario }) else {
            let hint = Nearest.hint(scenario, among: scenarios.map(\.name))
            throw Ending(.usage, ["no scenario is called \"\(OctetText(scenario.utf8).shortened())\"\(hint)"])
        }
        let place = try makeFolder()
        let world: RehearsedWorld
        do {
            world = try await RehearsedWorld.start(story, folder: place, clock: SystemClock())
        } catch {
            throw Ending(.temporary, ["the world could not be started: \(error)"])
        }
        let code: Agent.ExitCode
        do {
            code = serve ? try await keepUp(world) : try await play(world)
        } catch {
            await world.shutdown()
            if folder == nil { try? FileManager.default.removeItem(atPath: place) }
            throw error
        }
        await world.shutdown()
        if folder == nil { try? FileManager.default.removeItem(atPath: place) }
        try code.leave()
    }

    private func compare(with script: String) async throws {
        guard FileManager.default.isReadableFile(atPath: script) else {
            throw Ending(.usage, ["\(script): there is no script that can be read"])
        }
        let stories = try RehearsalScenario.all()
        guard let story = stories.first(where: { $0.name == RehearsedComparison.scenarioName }) else { return }
        let place = try makeFolder()
        defer { if folder == nil { try? FileManager.default.removeItem(atPath: place) } }
        try await RehearsedComparison(script: script).run(story) { part in
            try FileManager.default.createDirectory(
                atPath: place + "/" + part,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            return place + "/" + part
        }
    }

    private func makeFolder() throws -> String {
        // Absolute: relative paths in the world's configuration would be relative to that file.
        let place =
            folder.map { URL(fileURLWithPath: $0).path }
            ?? FileManager.default.temporaryDirectory.path + "/dnsproof-rehearsal-\(UUID().uuidString)"
        guard !FileManager.default.fileExists(atPath: place) else {
            throw Ending(.usage, ["\(place) exists already; name a folder that does not"])
        }
        try FileManager.default.createDirectory(
            atPath: place,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        return place
    }

    private static let waitMilliseconds: Int64 = 60_000

    private func play(_ world: RehearsedWorld) async throws -> Agent.ExitCode {
        Output.say(["rehearsal \(world.scenario.name): \(world.scenario.summary)"] + table(world) + [""])
        let options = RunOptions(waitMilliseconds: wait?.milliseconds ?? Self.waitMilliseconds)
        let report = try await Running(config: world.configurationPath).report(options)
        Output.say([""] + table(world))
        return report.exitCode
    }

    private func keepUp(_ world: RehearsedWorld) async throws -> Agent.ExitCode {
        let program = CommandLine.arguments.first ?? "dnsproof"
        Output.say([
            "rehearsal \(world.scenario.name): \(world.scenario.summary)",
            "in a second shell, try these, and check, status and config check:",
            "  \(program) plan --config \(world.configurationPath)",
            "  \(program) explain \(world.certificates.first?.hosts.first ?? "NAME") --config \(world.configurationPath)",
            "  \(program) run --wait 60s --config \(world.configurationPath)", "Control-C ends the world.",
        ])
        if let notices = Signals.stopNotices() {
            for await _ in notices { break }
        }
        return .done
    }

    /// Provider, host names, method and state of each certificate, in columns.
    private func table(_ world: RehearsedWorld) -> [String] {
        let rows = world.certificates.map { certificate in
            [
                certificate.provider, certificate.hosts.joined(separator: ", "), certificate.method,
                certificate.isActive ? "active" : certificate.state,
            ]
        }
        let widths = (0..<3).map { column in rows.map { $0[column].utf8.count }.max() ?? 0 }
        return rows.map { row in
            "  "
                + row.enumerated().map { column, text in
                    let width = column < widths.count ? widths[column] : 0
                    return text + String(repeating: " ", count: max(0, width - text.utf8.count))
                }.joined(separator: "  ")
        }
    }
}

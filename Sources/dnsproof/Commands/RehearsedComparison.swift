// `dnsproof rehearse --beside SCRIPT`: the program and a shell script in the same world, one after the other, and what each did to it.
import Agent
import DCV
import Foundation
import Platform
import Rehearsal

struct RehearsedComparison {
    static let scenarioName = "everyday-troubles"
    /// As long as what can become active needs, and some more: one of the certificates never will.
    private static let waitMilliseconds: Int64 = 20_000
    private static let scriptDeadlineMilliseconds: Int64 = 300_000

    let script: String

    /// Both runs in worlds of their own, the same at the start; then the table.
    func run(_ story: RehearsalScenario, in folder: (String) throws -> String) async throws {
        Output.say(["", "the same world twice, \(story.name): \(story.summary)", "", "dnsproof run --wait 20s"])
        let mine = try await inWorld(story, folder("dnsproof")) { world in
            let options = RunOptions(waitMilliseconds: Self.waitMilliseconds)
            _ = try await Running(config: world.configurationPath).report(options)
        }
        Output.say([
            "", "\(script) (with the usual sleep of 10 s for each certificate: this takes a minute and a half)",
        ])
        let theirs = try await inWorld(story, folder("shell")) { world in
            let result = await ChildProcess().run(
                ChildCommand(
                    program: "/bin/sh",
                    arguments: [script] + world.shellArguments,
                    environment: try world.shellEnvironment(),
                    directory: FileManager.default.currentDirectoryPath,
                    deadlineMilliseconds: Self.scriptDeadlineMilliseconds
                )
            )
            Output.say(Self.lines(result))
        }
        Output.say([""] + Self.table(mine, theirs))
    }

    private func inWorld(
        _ story: RehearsalScenario,
        _ folder: String,
        _ act: (RehearsedWorld) async throws -> Void
    ) async throws -> WorldTally {
        let world = try await RehearsedWorld.start(story, folder: folder, clock: SystemClock())
        do {
            try await act(world)
        } catch {
            await world.shutdown()
            throw error
        }
        let tally = world.tally
        await world.shutdown()
        return tally
    }

    private static func lines(_ result: ChildResult) -> [String] {
        let said = String(decoding: result.output.bytes + result.errorOutput.bytes, as: UTF8.self)
            .split(whereSeparator: \.isNewline).map(String.init)
        return switch result.ending {
        case .exited(let code): said + ["exit \(code)"]
        case .signaled(let signal): said + ["ended by signal \(signal)"]
        case .timedOut: said + ["did not end within \(scriptDeadlineMilliseconds / 60_000) minutes"]
        case .cancelled: said + ["stopped"]
        case .notStarted(let reason), .noRoom(let reason): said + ["could not be started: \(reason)"]
        }
    }

    private static func table(_ mine: WorldTally, _ theirs: WorldTally) -> [String] {
        func seconds(_ tally: WorldTally) -> String {
            tally.lastActiveMilliseconds.map { "\(($0 + 500) / 1000)" } ?? "-"
        }
        let rows = [
            ("", "dnsproof", "shell script"),
            (
                "certificates active", "\(mine.active) of \(mine.certificates)",
                "\(theirs.active) of \(theirs.certificates)"
            ),
            ("PATCHes", "\(mine.patches)", "\(theirs.patches)"),
            ("tokens voided", "\(mine.tokensVoided)", "\(theirs.tokensVoided)"),
            ("others' values harmed", "\(mine.othersHarmed)", "\(theirs.othersHarmed)"),
            ("records left over", "\(mine.leftovers)", "\(theirs.leftovers)"),
            ("seconds to the last active one", seconds(mine), seconds(theirs)),
        ]
        return rows.map { row in
            padded(row.0, after: 32) + padded(row.1, before: 10) + padded(row.2, before: 14)
        }
    }

    private static func padded(_ text: String, before: Int = 0, after: Int = 0) -> String {
        let spaces = String(repeating: " ", count: max(0, before + after - text.utf8.count))
        return before > 0 ? spaces + text : text + spaces
    }
}

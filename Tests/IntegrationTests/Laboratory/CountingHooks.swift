// Hooks that write down every start before and after they call the stock hook, and that misbehave on request.
import DCV
import Foundation
import Platform

/// The folder `hooks/` beside a configuration: its programs are found before the stock ones of the same name.
struct CountingHooks {
    struct Entry: Equatable {
        /// Wall clock.
        let atMilliseconds: Int64
        /// `start` or `end`.
        let moment: String
        let hook: String
        let verb: String
        /// Owner name, or path of a file.
        let place: String
        let value: String
        /// At the end only.
        let exitCode: String
    }

    enum Mischief: String {
        /// Before the stock hook: waits while the file is there.
        case hold
        /// After the stock hook: SIGKILL to the program that started it.
        case killCaller = "kill-caller"
        /// After the stock hook: takes away `CountingHooks.foreignValue`, too.
        case greed
    }

    /// What somebody else keeps at a challenge name.
    static let foreignValue = "somebody-elses-value"

    let folder: String
    private var historyPath: String { folder + "/history" }

    static func install(in folder: String, _ names: [String]) async throws -> CountingHooks {
        let hooks = CountingHooks(folder: folder + "/hooks")
        try FileManager.default.createDirectory(
            atPath: hooks.folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        for name in names { try await hooks.write(name, hooks.script(name), mode: "700") }
        return hooks
    }

    /// Written by a child: a file that this process has open for writing cannot be executed by another child of it.
    func write(_ name: String, _ text: String, mode: String) async throws {
        let result = await ChildProcess().run(
            ChildCommand(
                program: "/bin/sh",
                arguments: ["-c", "umask 077; cat >\"$1\" && chmod \"$2\" \"$1\"", "sh", folder + "/" + name, mode],
                environment: ["PATH": "/usr/bin:/bin"],
                input: Array(text.utf8)
            )
        )
        guard result.ending == .exited(0) else {
            throw LaboratoryFailure("\(name) could not be written: \(result.ending)")
        }
    }

    private func script(_ name: String) -> String {
        """
        #!/bin/sh
        tell() {
            printf '%s|%s|\(name)|%s|%s|%s|%s\\n' "$(date +%s%3N)" "$1" "$DNSPROOF_ACTION" \\
                "${DNSPROOF_NAME-}${DNSPROOF_HTTP_PATH-}" "${DNSPROOF_VALUE-}${DNSPROOF_HTTP_BODY-}" "$2" \\
                >>'\(historyPath)'
        }
        if [ "$1" != describe ]; then
            tries=0
            tell start ''
            while [ -e '\(folder)/\(Mischief.hold.rawValue)' ] && [ $tries -lt 600 ]; do
                tries=$((tries + 1))
                sleep 0.1
            done
        else
            tell start ''
        fi
        '\(Surroundings.clone)/hooks/\(name)' "$@"
        code=$?
        tell end $code
        if [ "$1" = withdraw ] && [ -e '\(folder)/\(Mischief.greed.rawValue)' ]; then
            DNSPROOF_VALUE='\(Self.foreignValue)' '\(Surroundings.clone)/hooks/\(name)' "$1"
        fi
        if [ "$1" != describe ] && [ -e '\(folder)/\(Mischief.killCaller.rawValue)' ]; then kill -KILL "$PPID"; fi
        exit $code

        """
    }

    func start(_ mischief: Mischief) throws {
        try Files.writeAtomically([], to: folder + "/" + mischief.rawValue)
    }

    func stop(_ mischief: Mischief) throws {
        try FileManager.default.removeItem(atPath: folder + "/" + mischief.rawValue)
    }

    var history: [Entry] {
        let text = (try? String(contentsOfFile: historyPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: "|", omittingEmptySubsequences: false).map { String($0) }
            guard words.count == 7, let at = Int64(words[0]) else { return nil }
            return Entry(
                atMilliseconds: at,
                moment: words[1],
                hook: words[2],
                verb: words[3],
                place: words[4],
                value: words[5],
                exitCode: words[6]
            )
        }
    }

    /// `publish PLACE VALUE`, `withdraw PLACE VALUE`, in the order of their starts. Questions what a hook can do change nothing and
    /// are left out.
    var changes: [String] {
        history.filter { $0.moment == "start" && $0.verb != "describe" }.map { "\($0.verb) \($0.place) \($0.value)" }
    }
}

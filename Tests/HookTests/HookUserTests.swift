// `user:` of a publisher: the hook is started as somebody who may less.
import DCV
import Foundation
import Glibc
import Testing

@testable import Agent
@testable import Platform

@Suite("Hooks of another user", .startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct HookUserTests {
    private static let isRoot = geteuid() == 0
    private static let excuse: Comment = "only root starts a program as another user"
    /// What every Linux has.
    private static let nobody = "nobody"

    @Test(.enabled(if: isRoot, excuse))
    func itHasTheUsersRightsAndNoOthers() async throws {
        let folder = try HookFolder()
        let mine = try await folder.add("mine", mode: "600", "secret")
        let hook = try await folder.addScript(
            "hook",
            """
            [ "$1" = describe ] && echo '{"kinds":["txt"]}' && exit
            cat \(mine) 2>/dev/null && exit 3
            mkdir -m 0 "$TMPDIR/locked"; ln -s \(folder.path) "$TMPDIR/away"
            printf '%s %s %s %s %s %s\\n' "$(id -u)" "$(id -g)" "$(id -G)" "$(stat -c %u:%a .)" "$HOME" "$DNSPROOF_SECRET_KEY" >&2
            grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status | grep -v '0000000000000000$' >&2
            pwd >&2
            exit 1
            """
        )
        let known = try ProgramUser(Self.nobody)
        // As if that user were in another group, too.
        let user = ProgramUser(
            name: known.name,
            home: known.home,
            user: known.user,
            group: known.group,
            groups: known.groups + [54_321]
        )
        let publisher = try HookPublisher(
            name: "test",
            program: hook,
            secrets: ["key": #require(Secret(Array("abc".utf8)))],
            home: "/nonexistent-home",
            user: user,
            children: ImpatientChildren()
        )
        #expect(try await publisher.describe().get().kinds == [.txt])
        let watched = WatchedChildren(ImpatientChildren())
        let seen = try HookPublisher(
            name: "test",
            program: hook,
            secrets: ["key": #require(Secret(Array("abc".utf8)))],
            home: "/nonexistent-home",
            user: user,
            children: watched
        )
        _ = await seen.publish(try .txt("value"))
        let result = try #require(watched.results.last)
        let lines = String(decoding: result.errorOutput.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(result.ending == .exited(1))
        // The third would be a capability that it kept.
        #expect(lines.count == 2)
        let groups = user.groups.map { "\($0)" }.joined(separator: " ")
        #expect(lines.first == "\(user.user) \(user.group) \(groups) \(user.user):700 \(user.home) abc")
        let place = try #require(lines.last)
        #expect(place.hasPrefix("/") && !FileManager.default.fileExists(atPath: place))
        #expect(folder.has("mine"))
    }

    @Test(.enabled(if: isRoot, excuse))
    func whatItMayNotStartIsTold() async throws {
        let folder = try HookFolder()
        let hook = try await folder.add("hook", mode: "700", "#!/bin/sh\nexit 0\n")
        let publisher = try HookPublisher(
            name: "test",
            program: hook,
            home: "/",
            user: try ProgramUser(Self.nobody),
            children: ImpatientChildren()
        )
        guard case .failed(reason: let reason) = await publisher.publish(try .txt("value")) else {
            Issue.record("a hook that may not be read was started")
            return
        }
        #expect(reason.contains("Permission denied") && reason.contains(hook))
    }

    /// Found out before anything touches the network.
    @Test func aUserThatIsNoneIsAFaultOfTheConfiguration() async throws {
        let folder = try HookFolder()
        _ = try await folder.addScript("own", "exit 0")
        let users = ["nobody-of-that-name", Self.nobody]
        let publishers = users.enumerated().map { "  p\($0): { hook: ./own, user: \($1) }\n" }.joined()
        let file = try await folder.add("config.yaml", mode: "644", "version: 1\npublishers:\n\(publishers)")
        let loaded = ConfigurationLoader(environment: [:], shares: [], providerKinds: [:], workingFolder: "/") {
            FileManager.default.fileExists(atPath: $0)
        }.load(explicit: file, zones: [])
        let faults = loaded.faults.map { "\($0)" }
        #expect(faults.count == (Self.isRoot ? 1 : 2))
        #expect(faults.first?.contains("config.yaml:3:") == true)
        #expect(
            faults.first?.contains(
                "publisher p0: user \"nobody-of-that-name\" is no user of this machine; write a name that `getent passwd` knows"
            ) == true
        )
        #expect(Self.isRoot || faults.last?.contains("only root starts a program as another user") == true)
        #expect(loaded.value.users.keys.sorted() == (Self.isRoot ? ["p1"] : []))
    }
}

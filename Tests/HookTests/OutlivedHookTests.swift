// What a killed run left running is found by its mark, and nothing else is touched.
import DCV
import Foundation
import Platform
import Testing

@testable import Agent

extension StartedHooks {
    @Suite("Outlived hooks", .startsProgramsAlone, .serialized, .timeLimit(.minutes(1)))
    struct OutlivedHookTests {
        private let folder: HookFolder

        init() throws { folder = try HookFolder() }

        /// Starts a script that says `ready` and stays.
        private func start(_ name: String, _ script: String, id: String, variable: String = "DNSPROOF_ID") async throws
            -> Task<ChildResult, Never>
        {
            let program = try await folder.addScript(name, script)
            let ready = folder.path
            let task = Task {
                await ChildProcess().run(
                    ChildCommand(
                        program: program,
                        environment: ["PATH": "/usr/bin:/bin", "READY": "\(ready)/ready-\(name)", variable: id],
                        deadlineMilliseconds: 50_000
                    )
                )
            }
            for _ in 0..<500 where !folder.has("ready-\(name)") { try await Task.sleep(for: .milliseconds(20)) }
            try #require(folder.has("ready-\(name)"))
            return task
        }

        @Test func markedOnesEndWithTheirSessionsAndOthersStay() async throws {
            let id = UUID().uuidString
            let plain = try await start("plain", ": >$READY; exec sleep 100", id: id)
            // Hears nothing, and a child of it has thrown its environment away.
            let deaf = try await start(
                "deaf",
                "trap '' TERM; env -i /bin/sleep 100 & : >$READY; while :; do sleep 1; done",
                id: id
            )
            let apart = try await start("apart", "setsid sh -c ': >$READY; exec sleep 100'; :", id: id)
            let longer = try await start("longer", ": >$READY; exec sleep 100", id: id + "0")
            let other = try await start("other", ": >$READY; exec sleep 100", id: id, variable: "MY_DNSPROOF_ID")

            let nothing = await ChildRemainder.end("DNSPROOF_ID", [UUID().uuidString])
            #expect(nothing == ChildRemainder.Found())
            let found = await ChildRemainder.end("DNSPROOF_ID", ["none", id], graceMilliseconds: 500)
            #expect(found.values == [id] && found.hasEnded)
            #expect(await plain.value.ending == .signaled(SIGTERM))
            #expect(await deaf.value.ending == .signaled(SIGKILL))
            if case .exited(0) = await apart.value.ending { Issue.record("setsid lives") }
            #expect(!longer.isCancelled && !other.isCancelled)
            for task in [longer, other] {
                task.cancel()
                #expect(await task.value.ending == .cancelled, "it was ended though it is none of ours")
            }
        }

        @Test func onlyRecentIntentsWithoutAReceiptAreMeant() throws {
            let now = Instant(millisecondsSinceEpoch: 1_795_251_600_000)
            func entry(_ id: String, secondsAgo: Int64, hasReceipt: Bool) throws -> JournalEntry {
                let at = now.adding(seconds: -secondsAgo)
                return JournalEntry(
                    intent: Intent(
                        id: id,
                        authorization: try AuthorizationKey("cf:a"),
                        scope: "",
                        effect: .trigger(style: .patch),
                        generation: [],
                        at: at
                    ),
                    receipt: hasReceipt ? Receipt(intent: id, outcome: .done, at: at) : nil
                )
            }
            let entries = [
                try entry("old", secondsAgo: 101, hasReceipt: false),
                try entry("done", secondsAgo: 5, hasReceipt: true),
                try entry("begun", secondsAgo: 99, hasReceipt: false),
            ]
            let history = History(entries: entries, quarantined: [:])
            #expect(history.unended(since: now.adding(seconds: -100)).map(\.id) == ["begun"])
        }
    }
}

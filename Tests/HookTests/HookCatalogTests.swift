// A hook that could not say what it can do once is asked again, and one that has answered is not.
import DCV
import Platform
import Testing

@testable import Agent

@Suite("Hook catalog", .startsPrograms, .serialized, .timeLimit(.minutes(1)))
struct HookCatalogTests {
    private func catalog(_ children: some ChildRunning) throws -> HookCatalog {
        HookCatalog(
            zones: [.init(apex: nil, publishers: ["bind"], policy: .standard)],
            hooks: ["bind": try HookPublisher.test("/x", children: children)]
        )
    }

    @Test(
        "what failed once is not known, and is asked again",
        arguments: [.timedOut, .signaled(9), .exited(75), .exited(78), .exited(127), .noRoom("memory")]
            as [ChildResult.Ending]
    )
    func failure(ending: ChildResult.Ending) async throws {
        let children = FalteringChildren(first: ending, then: #"{"kinds":["txt"]}"#)
        let catalog = try catalog(children)
        let first = await catalog.describe()
        #expect(first.rules.first?.publishers.first == .init(name: "bind", kinds: nil))
        #expect(first.findings.map(\.code) == ["hook-not-understood"])
        let second = await catalog.describe()
        #expect(second.rules.first?.publishers.first == .init(name: "bind", kinds: [.txt]))
        #expect(second.findings.isEmpty)
        _ = await catalog.describe()
        #expect(await children.asked == 2)
    }

    @Test("what a test found of this very file is told to the planner")
    func tested() async throws {
        let folder = try HookFolder()
        let program = try await folder.addScript("hook", "exit 0")
        let test = HookTest(
            publisher: "bind",
            program: program,
            digest: try #require(ProgramDigest.of(program)),
            at: Instant(millisecondsSinceEpoch: 0),
            zone: nil,
            findings: [.init(.keepsOthers, .broken, "it took away")]
        )
        func broken() async throws -> [HookGuarantee]? {
            let catalog = HookCatalog(
                zones: [.init(apex: nil, publishers: ["bind"], policy: .standard)],
                hooks: ["bind": try HookPublisher.test(program)],
                standings: ProgramDigest.standings(["bind": program, "web": "/absent"], [test])
            )
            return await catalog.describe().rules.first?.publishers.first?.broken
        }
        #expect(try await broken() == [.keepsOthers])
        _ = try await folder.addScript("hook", "exit 0 # repaired")
        #expect(try await broken() == nil)
        #expect(ProgramDigest.standings(["bind": program], [test])["bind"] == .changed(since: test.at))
        #expect(ProgramDigest.standings(["web": "/absent"], [test])["web"] == .untested)
    }

    @Test("of a hook of another tool its scripts and words count, not the shell that is started")
    func testedOfAnotherTool() async throws {
        let folder = try HookFolder()
        let script = try await folder.addScript("dns_a.sh", "exit 0")
        let cleanup = try await folder.addScript("cleanup", "exit 0")
        let acme = ForeignHook.acmeSh(acmeSh: cleanup, script: script, function: "dns_a")
        let certbot = ForeignHook.certbot(auth: script, cleanup: cleanup)
        func digests() -> [String?] { [acme, certbot].map { ProgramDigest.of(ForeignHook.shell, as: $0) } }
        let before = digests()
        #expect(before == digests() && !before.contains(nil))
        let other = ForeignHook.acmeSh(acmeSh: cleanup, script: script, function: "dns_b")
        #expect(ProgramDigest.of(ForeignHook.shell, as: other) != before[0])
        for name in ["dns_a.sh", "cleanup"] {
            let earlier = digests()
            _ = try await folder.addScript(name, "exit 0 # repaired")
            for (one, another) in zip(earlier, digests()) { #expect(one != another && another != nil) }
        }
        let absent = ForeignHook.lexicon(program: "/absent", provider: "p")
        #expect(ProgramDigest.of(ForeignHook.shell, as: absent) == nil)
    }

    @Test("before a hook is asked nothing is known of it")
    func undescribed() throws {
        let rules = try catalog(RecordingChildren(.exited(0))).undescribed
        #expect(rules.first?.publishers.first == .init(name: "bind", kinds: nil))
    }
}

/// Ends the first child as told, and answers from then on.
private actor FalteringChildren: ChildRunning {
    private(set) var asked = 0
    private let first: ChildResult.Ending
    private let answer: String

    init(first: ChildResult.Ending, then answer: String) {
        (self.first, self.answer) = (first, answer)
    }

    func run(_ command: ChildCommand) async -> ChildResult {
        asked += 1
        return ChildResult(
            ending: asked == 1 ? first : .exited(0),
            output: .init(bytes: asked == 1 ? [] : Array(answer.utf8)),
            errorOutput: .init(bytes: []),
            elapsedMilliseconds: 7
        )
    }
}

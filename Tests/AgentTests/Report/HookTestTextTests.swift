// What `hook test` says at its end, and the exit code that goes with it.
import DCV
import Testing

@testable import Agent

@Suite("Hook test report", .timeLimit(.minutes(1)))
struct HookTestTextTests {
    private func report(
        _ findings: [HookTest.Finding],
        isKept: Bool = true,
        wasEnded: Bool = false,
        postponed: String? = nil
    ) -> HookTestReport {
        let test = HookTest(
            publisher: "bind",
            program: "/hook",
            digest: "aa",
            at: Instant(millisecondsSinceEpoch: 1_795_251_600_000),
            zone: nil,
            findings: findings
        )
        return HookTestReport(test, leftovers: [], isKept: isKept, wasEnded: wasEnded, postponed: postponed)
    }

    @Test func configCheckSaysWhatABrokenPromiseMeans() {
        func lines(_ findings: [HookTest.Finding]) -> [String] {
            HookStanding.tested(report(findings).test).lines("bind", "/c.yaml")
        }
        #expect(lines([.init(.publishes, .held)]).count == 1)
        let told = lines([.init(.keepsOthers, .broken, "it took away \"x\""), .init(.repeats, .broken, "no luck")])
        #expect(told.dropFirst().first == "because of that it is not asked to publish where other values stand")
        #expect(told.last == "repair the hook, and test it again: dnsproof hook test bind --config /c.yaml")
        #expect(told.count == 3)
        #expect(
            HookStanding.untested.lines("bind", "/c.yaml") == [
                "never tested; try it: dnsproof hook test bind --config /c.yaml"
            ]
        )
    }

    @Test func theExitCodeTellsHeldBrokenAndNotNowApart() {
        let held = HookTest.Finding(.publishes, .held)
        let away = HookTest.Finding(.publishes, .notTried, "it was away")
        let broken = HookTest.Finding(.unknownVerb, .broken, "it exited 0")
        #expect(report([held]).exitCode == .done)
        #expect(report([held, broken]).exitCode == .person)
        #expect(report([away], postponed: "it was away").exitCode == .temporary)
        #expect(report([away, broken], postponed: "it was away").exitCode == .person)
        #expect(report([held], wasEnded: true).exitCode == .temporary)
        let lines = report([away], postponed: "it was away").lines
        #expect(lines.contains("nothing about publishing could be tried now: it was away; test it again later"))
        #expect(lines.last?.contains("an earlier finding stays where nothing was tried now") == true)
    }
}

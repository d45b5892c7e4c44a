// The last line of a report: who must act, what is left, what waits, what could not be read, what is active.
import DCV
import Testing

@testable import Agent

@Suite("The last line of a report", .timeLimit(.minutes(1)))
struct ClosingTests {
    private let now = Instant(millisecondsSinceEpoch: 1_795_251_600_000)

    private func authorization(_ id: String, _ name: String, _ status: Authorization.Status) throws -> Authorization {
        Authorization(
            key: try AuthorizationKey("cf:\(id)"),
            scope: "z",
            identifiers: [try Identifier(name)],
            status: status,
            providerStatus: OctetText("x".utf8),
            method: .txt,
            capabilities: Capabilities(triggers: [.patch], methods: []),
            challenges: []
        )
    }

    private func line(
        _ authorizations: [Authorization],
        _ steps: [(String?, Step.Action)] = [],
        ending: RunReport.Ending = .waiting,
        only: [String] = [],
        unread: [String] = []
    ) throws -> String {
        let titles = authorizations.titles
        let report = RunReport(
            ending: ending,
            situation: Situation(at: now, zones: [], authorizations: authorizations, surveys: [], history: .empty),
            plan: Plan(
                steps: try steps.map { id, action in
                    let key = try id.map { try AuthorizationKey("cf:\($0)") }
                    return Step(key, action, because: "it is so", title: key.flatMap { titles[$0] })
                }
            ),
            performed: [],
            selection: Selection(items: try only.map { try Selection.Item($0) }),
            unread: try unread.map { try ProviderName($0) }
        )
        return ClosingText.line(report, at: now)
    }

    @Test func everythingAtOnceTheGravestFirst() throws {
        let all = [
            try authorization("1", "a.example", .valid), try authorization("2", "b.example", .pending),
            try authorization("3", "c.example", .pending), try authorization("4", "d.example", .pending),
        ]
        let error = Finding("caa-forbids", .error, subject: "c.example (cf:3)", saw: "a", advice: "b")
        let later = Step.Action.wait(until: now.adding(seconds: 90), for: .propagation)
        let sooner = Step.Action.wait(until: now.adding(seconds: 60), for: .provider)
        let reason = Finding("lame-server", .waiting, subject: "a record", saw: "a", advice: "b")
        let steps: [(String?, Step.Action)] = [
            ("2", .report(reason)), ("2", later), ("2", later), ("3", .report(error)), ("3", sooner),
            ("4", .trigger(style: .patch)),
        ]
        #expect(
            try line(all, steps, unread: ["naver"])
                == "=> a person must act: c.example at cf (caa-forbids); left to the next run: 1 step; "
                + "waiting, worth another look at 2026-11-21T09:01:00Z (in 1 min): b.example at cf (lame-server); "
                + "naver could not be read in full: what was not seen is left as it is; active: a.example at cf"
        )
        #expect(try line(all, steps, ending: .dryRun).contains("; to do: 1 step; "))
    }

    @Test func whatIsFinishedIsCountedWhereItIsMuch() throws {
        let all = try (1...5).map { try authorization("\($0)", "a\($0).example", .valid) }
        #expect(
            try line(all, ending: .quiet)
                == "=> nothing is left to do; active: a1.example at cf, a2.example at cf, a3.example at cf and 2 more"
        )
    }

    @Test func twoOfOneNameAreToldApartByTheirHandles() throws {
        let all = [try authorization("1", "a.example", .valid), try authorization("2", "a.example", .valid)]
        #expect(
            try line(all, ending: .quiet)
                == "=> nothing is left to do; active: a.example at cf (1), a.example at cf (2)"
        )
    }

    @Test func aNameThatNobodyListsAndOneThatNobodyCouldBeAskedFor() throws {
        let other = [try authorization("1", "a.example", .valid)]
        #expect(try line(other, only: ["b.example"]) == "=> no provider lists b.example")
        #expect(
            try line(other, only: ["b.example"], unread: ["cf"])
                == "=> whether cf lists b.example is not known, and nothing was done: it could not be read in full"
        )
    }

    /// A fault of the program or of a hook belongs to no certificate.
    @Test func anErrorOfNoCertificateIsToldByWhatItIsAbout() throws {
        let error = Finding("publisher-quarantined", .error, subject: "publisher bind", saw: "a", advice: "b")
        #expect(
            try line([], [(nil, .report(error))])
                == "=> a person must act: publisher bind (publisher-quarantined)"
        )
    }
}

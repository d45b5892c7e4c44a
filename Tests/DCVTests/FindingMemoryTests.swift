// Told once, again when it changes, gone when it is gone: over clocks, orders and lost mails.

import Testing

@testable import DCV

@Suite("Finding memory", .timeLimit(.minutes(1)))
struct FindingMemoryTests {
    private static let day: Int64 = 86_400

    private func finding(
        _ code: String = "not-served",
        _ severity: Finding.Severity = .error,
        subject: String = "a record",
        saw: String = "ns1 (192.0.2.1): REFUSED"
    ) -> Finding {
        Finding(code, severity, subject: subject, saw: saw, advice: "mend it")
    }

    /// Runs that tell news only, one after another; each says what it told and what was gone.
    private func runs(
        _ passes: [(atSeconds: Int64, findings: [Finding])],
        isWhole: Bool = true
    ) -> [(told: [String], gone: [String])] {
        var told: [ToldFinding] = []
        return passes.map { pass in
            let memory = FindingMemory(told, at: testNow.adding(seconds: pass.atSeconds))
            let news = pass.findings.filter { memory.news(of: $0) != .known }.map(\.code)
            let gone = memory.gone(pass.findings, isWhole: isWhole).map(\.code)
            told = memory.after(pass.findings, isWhole: isWhole, isTelling: true)
            return (news, gone)
        }
    }

    @Test func itIsToldOnceAndItsEndIsTold() {
        let runs = runs([(0, [finding()]), (900, [finding()]), (1800, [finding()]), (2700, []), (3600, [])])
        #expect(runs.map(\.told) == [["not-served"], [], [], [], []])
        #expect(runs.map(\.gone) == [[], [], [], ["not-served"], []])
    }

    @Test func whatChangesIsToldAgain() {
        let memory = FindingMemory(
            FindingMemory([], at: testNow).after([finding()], isWhole: true, isTelling: true),
            at: testNow.adding(seconds: 900)
        )
        #expect(memory.news(of: finding()) == .known)
        #expect(memory.news(of: finding(saw: "ns1 (192.0.2.1): SERVFAIL")) == .changed)
        #expect(memory.news(of: finding("not-served", .waiting)) == .changed)
        #expect(memory.news(of: finding(subject: "another record")) == .new)
        #expect(memory.since(finding()) == testNow)
        #expect(memory.since(finding(saw: "new")) == nil)
    }

    @Test(
        arguments: [
            ("no answer after 12 ms", "no answer after 340 ms"), ("serial 7 of 9", "serial 8 of 9"),
            ("remembers for 21 s more", "remembers for 3 s more"), ("expires in 4 d 1 h", "expires in 3 d 23 h"),
            ("none of 15 name servers' addresses gave an answer", "none of 22 name servers' addresses gave an answer"),
        ]
    )
    func numbersThatAlwaysDifferAreNoNews(one: String, other: String) {
        let told = FindingMemory([], at: testNow).after([finding(saw: one)], isWhole: true, isTelling: true)
        #expect(FindingMemory(told, at: testNow.adding(seconds: 60)).news(of: finding(saw: other)) == .known)
    }

    @Test(
        arguments: [
            ("3 servers of 4", "2 servers of 4"), ("192.0.2.1 refuses", "192.0.2.2 refuses"),
            ("HTTP status 404", "HTTP status 503"), ("7 of 9", "8 of 9"),
        ]
    )
    func otherNumbersAreNews(one: String, other: String) {
        let told = FindingMemory([], at: testNow).after([finding(saw: one)], isWhole: true, isTelling: true)
        #expect(FindingMemory(told, at: testNow.adding(seconds: 60)).news(of: finding(saw: other)) == .changed)
    }

    @Test func anErrorIsToldAgainAfterAWeekAndNothingElseIs() {
        let waiting = finding("server-unreachable", .waiting)
        let runs = runs([
            (0, [finding(), waiting]), (6 * Self.day, [finding(), waiting]), (7 * Self.day, [finding(), waiting]),
            (8 * Self.day, [finding(), waiting]),
        ])
        #expect(runs.map(\.told) == [["not-served", "server-unreachable"], [], ["not-served"], []])
    }

    @Test func whatComesAndGoesIsNewsOnceADay() {
        let waiting = finding("server-unreachable", .waiting)
        let runs = runs([
            (0, [waiting]), (900, []), (1800, [waiting]), (2700, []), (2 * Self.day, []), (3 * Self.day, [waiting]),
        ])
        #expect(runs.map(\.told) == [["server-unreachable"], [], [], [], [], ["server-unreachable"]])
        #expect(runs.allSatisfy { $0.gone.isEmpty }, "only errors are told when they are gone")
    }

    @Test func halfALookEndsNothing() {
        let runs = runs([(0, [finding()]), (900, []), (1800, [finding()])], isWhole: false)
        #expect(runs.map(\.told) == [["not-served"], [], []])
        #expect(runs.allSatisfy { $0.gone.isEmpty })
    }

    @Test func aRunThatTellsEverythingTakesNoNewsAway() {
        let atATerminal = FindingMemory([], at: testNow).after([finding()], isWhole: true, isTelling: false)
        let cron = FindingMemory(atATerminal, at: testNow.adding(seconds: 900))
        #expect(cron.news(of: finding()) == .new)
        #expect(cron.since(finding()) == testNow)
        // And the end that such a run sees is left for the one that tells it.
        let told = cron.after([finding()], isWhole: true, isTelling: true)
        let seenGone = FindingMemory(told, at: testNow.adding(seconds: 1800)).after([], isWhole: true, isTelling: false)
        let next = FindingMemory(seenGone, at: testNow.adding(seconds: 2700))
        #expect(next.gone([], isWhole: true).map(\.code) == ["not-served"])
        #expect(next.after([], isWhole: true, isTelling: true).isEmpty)
    }

    @Test func aClockThatJumpsHidesNothing() {
        let told = FindingMemory([], at: testNow).after([finding()], isWhole: true, isTelling: true)
        let earlier = FindingMemory(told, at: testNow.adding(seconds: -Self.day))
        #expect(earlier.news(of: finding()) == .reminder)
        #expect(earlier.after([], isWhole: false, isTelling: true).isEmpty, "a row from the future would stay for ever")
        for far: Int64 in [.min, .max] {
            let memory = FindingMemory(told, at: Instant(millisecondsSinceEpoch: far))
            #expect(memory.news(of: finding()) == .reminder)
            _ = memory.after([finding()], isWhole: true, isTelling: true)
        }
    }

    @Test func twoOfOneCodeAboutOneSubjectAreTwo() {
        let one = finding(saw: "ns1 is silent"), other = finding(saw: "ns2 is silent")
        let runs = runs([(0, [one]), (900, [one, other]), (1800, [other]), (2700, [other]), (3600, [])])
        #expect(runs.map(\.told.count) == [1, 1, 0, 0, 0])
        #expect(runs.map(\.gone.count) == [0, 0, 0, 0, 1], "it stands until the last of them is gone")
    }

    @Test func theMemoryIsBounded() {
        let many = (0..<6000).map { finding(subject: "record \($0)") }
        let told = FindingMemory([], at: testNow).after(many, isWhole: true, isTelling: true)
        #expect(told.count == FindingMemory.rowLimit)
    }

    @Test func aWaitIsKnownByWhomItIsForAndNotByItsMoment() throws {
        let key = try AuthorizationKey("cf:one")
        func step(_ seconds: Int64, _ reason: Step.WaitReason) -> Step {
            Step(key, .wait(until: testNow.adding(seconds: seconds), for: reason), because: "it takes \(seconds) s")
        }
        #expect(step(1, .provider).standing == step(2, .provider).standing)
        #expect(step(1, .provider).standing != step(1, .propagation).standing)
        #expect(Step(key, .trigger(style: .patch), because: "b").standing == nil)
        #expect(FindingCatalog.explanation(of: Step.waitCode) == nil)
    }

    /// Surveys that differ in what always differs (round trips, serials, timers) lead to findings that are no news.
    @Test func checksSayNothingThatAlwaysDiffers() throws {
        func survey(_ number: Int64) throws -> Survey {
            let record = try txt("_acme-challenge.example.com", "value")
            let observations = everySighting.enumerated().map { index, sighting in
                Observation(
                    .authoritative(server: record.name, address: .v4(0x0500_0200 + UInt32(index))),
                    sighting,
                    roundTripMilliseconds: number
                )
            }
            return Survey(
                record: record,
                at: testNow.adding(seconds: number),
                zone: record.name.parent,
                observations: observations
            )
        }
        let told = FindingMemory([], at: testNow)
            .after(Checks.findings(try survey(1)), isWhole: true, isTelling: true)
        let memory = FindingMemory(told, at: testNow.adding(seconds: 60))
        let later = Checks.findings(try survey(60))
        #expect(!later.isEmpty && later.allSatisfy { memory.news(of: $0) == .known })
    }
}

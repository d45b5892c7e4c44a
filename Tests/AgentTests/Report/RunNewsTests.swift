// What a cron job's mails hold when more stands than is remembered.
import DCV
import Testing

@testable import Agent

@Suite("News of a run", .timeLimit(.minutes(1)))
struct RunNewsTests {
    private let now = Instant(millisecondsSinceEpoch: 1_795_251_600_000)

    private func report(waits: Int, errors: Int) throws -> RunReport {
        let steps = try (0..<waits).map { index in
            let key = try AuthorizationKey("cf:w\(index)")
            return Step(key, .wait(until: now.adding(seconds: 60), for: .propagation), because: "not shown yet")
        }
        let findings = (0..<errors).map { index in
            let finding = Finding("not-served", .error, subject: "record \(index)", saw: "REFUSED", advice: "mend it")
            return Step(nil, .report(finding), because: finding.saw)
        }
        let situation = Situation(at: now, zones: [], authorizations: [], surveys: [], history: .empty)
        return RunReport(
            ending: .waiting,
            situation: situation,
            plan: Plan(steps: steps + findings),
            performed: [],
            isWhole: true
        )
    }

    @Test func whatIsBeyondTheMemoryIsToldOnceAsACount() throws {
        let report = try report(waits: FindingMemory.rowLimit + 100, errors: 5)
        var told: [ToldFinding] = []
        func lines() -> [String] {
            let news = RunNews(report, told: told, isTelling: true)
            told = news.kept
            return RunText.summary(report, at: now, news: news, isNewsOnly: true)
        }
        let first = lines()
        #expect(first.last?.contains("and 106 more findings and waits") == true, "\(first.last ?? "")")
        #expect(first.count { $0.contains("not-served") } == 5, "errors come before waits")
        #expect(told.count == FindingMemory.rowLimit)
        #expect(lines() == [])
        #expect(lines() == [])
    }

    @Test func aNewErrorIsToldThoughTheMemoryIsFull() throws {
        var told: [ToldFinding] = []
        func lines(errors: Int) throws -> [String] {
            let report = try report(waits: FindingMemory.rowLimit + 100, errors: errors)
            let news = RunNews(report, told: told, isTelling: true)
            told = news.kept
            return RunText.summary(report, at: now, news: news, isNewsOnly: true)
        }
        _ = try lines(errors: 5)
        let later = try lines(errors: 6)
        #expect(later.first?.contains("not-served") == true && later.contains { $0.contains("record 5") })
        #expect(!later.contains { $0.contains("more findings") })
    }

    @Test func whatIsWithinItIsToldInFull() throws {
        let report = try report(waits: FindingMemory.rowLimit - 5, errors: 5)
        let news = RunNews(report, told: [], isTelling: true)
        let lines = RunText.summary(report, at: now, news: news, isNewsOnly: true)
        #expect(news.kept.count == FindingMemory.rowLimit)
        #expect(!lines.contains { $0.contains("more findings") })
    }
}

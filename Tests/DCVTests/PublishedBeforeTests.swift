// How long a hook's "done" is believed without a record to be seen.
import Testing

@testable import DCV

@Suite("Published before", .timeLimit(.minutes(1)))
struct PublishedBeforeTests {
    private struct Attempt {
        var secondsAgo: Int64
        var code: String? = Receipt.unseenCode
        var outcome = Receipt.Outcome.done
    }

    private func plan(
        _ attempts: [Attempt],
        takes: Int64? = nil,
        _ sighting: Sighting = .absent(negativeTTLSeconds: 300)
    ) throws -> Plan {
        let record = try txt("_acme-challenge.shop.example.com", "token")
        let key = AuthorizationKey(provider: try ProviderName("cf"), id: try AuthorizationID("id"))
        let zone = try name("example.com")
        let entries = attempts.enumerated().map { index, attempt in
            let effect = Effect.publish(record: record, target: record.name, zone: zone, publisher: "bind")
            let at = testNow.adding(seconds: -attempt.secondsAgo)
            let intent = Intent(id: "\(index)", authorization: key, scope: "", effect: effect, generation: [], at: at)
            let receipt = Receipt(intent: "\(index)", outcome: attempt.outcome, code: attempt.code, at: at)
            return JournalEntry(intent: intent, receipt: receipt)
        }
        let server = VantagePoint.authoritative(server: try name("ns.example.com"), address: .v4(0xC000_0235))
        return Planner.plan(
            Situation(
                at: testNow,
                zones: [
                    .init(
                        apex: zone,
                        publishers: [.init(name: "bind", kinds: [.txt], takesSeconds: takes)],
                        policy: .standard
                    )
                ],
                authorizations: [
                    Authorization(
                        key: key,
                        scope: "",
                        identifiers: [Identifier(try name("shop.example.com"))],
                        status: .pending,
                        providerStatus: OctetText("pending".utf8),
                        method: .txt,
                        capabilities: Capabilities(triggers: [.patch], methods: []),
                        challenges: [Challenge(alternatives: [record])]
                    )
                ],
                surveys: [
                    Survey(record: record, at: testNow, zone: zone, observations: [Observation(server, sighting)])
                ],
                history: History(entries: entries, quarantined: [:])
            )
        )
    }

    private func isLie(_ plan: Plan) -> Bool {
        plan.findings.contains { $0.code == "hook-lied" && $0.severity == .error }
    }

    @Test func anHonestHookHasItsTime() throws {
        #expect(!isLie(try plan([Attempt(secondsAgo: 119)])))
        #expect(isLie(try plan([Attempt(secondsAgo: 120)])))
        #expect(!isLie(try plan([Attempt(secondsAgo: 899)], takes: 900)))
        #expect(isLie(try plan([Attempt(secondsAgo: 900)], takes: 900)))
    }

    /// A person who is asked by mail is not asked again before the days are over that this may take.
    @Test func daysAreDays() throws {
        let days: Int64 = 7 * 86_400
        let waiting = try plan([Attempt(secondsAgo: days - 60)], takes: days)
        #expect(!isLie(waiting) && waiting.effects.isEmpty && waiting.waits.count == 1)
        let over = try plan([Attempt(secondsAgo: days)], takes: days)
        #expect(isLie(over) && over.effects.count == 1)
    }

    @Test func itIsTriedAgainByBackOffAndToldAllTheTime() throws {
        let rests = try plan([Attempt(secondsAgo: 299)])
        #expect(isLie(rests) && rests.effects.isEmpty && rests.waits.first?.until == testNow.adding(seconds: 1))
        #expect(try plan([Attempt(secondsAgo: 300)]).effects.count == 1)
        // A second attempt hides nothing, and rests twice as long.
        let second = try plan([Attempt(secondsAgo: 700), Attempt(secondsAgo: 10)])
        #expect(isLie(second) && second.effects.isEmpty)
        let first = try plan([Attempt(secondsAgo: 700), Attempt(secondsAgo: 599)])
        #expect(first.effects.isEmpty)
        #expect(try plan([Attempt(secondsAgo: 900), Attempt(secondsAgo: 600)]).effects.count == 1)
        // What is told does not change with every attempt: else each would be news.
        #expect(
            second.findings.map(\.saw)
                == (try plan([Attempt(secondsAgo: 700), Attempt(secondsAgo: 50)])).findings.map(\.saw)
        )
    }

    @Test func whatWasSeenOrFailedOrIsLongAgoIsNoLie() throws {
        #expect(!isLie(try plan([Attempt(secondsAgo: 200, code: nil)])))
        #expect(!isLie(try plan([Attempt(secondsAgo: 200, code: "hook-failed", outcome: .failed)])))
        #expect(!isLie(try plan([Attempt(secondsAgo: 900, code: nil), Attempt(secondsAgo: 10)])))
        #expect(!isLie(try plan([Attempt(secondsAgo: 900), Attempt(secondsAgo: 10, code: nil)])))
        #expect(!isLie(try plan([Attempt(secondsAgo: 5 * 86_400), Attempt(secondsAgo: 10)])))
    }

    @Test func whoCannotBeAskedProvesNothing() throws {
        let plan = try plan([Attempt(secondsAgo: 999)], .unreachable(reason: "no answer in 5 s"))
        #expect(!isLie(plan) && plan.effects.isEmpty)
    }

    @Test func aComplaintAboutARecordThatIsThereIsANotice() throws {
        let complaint = Attempt(secondsAgo: 5, code: Receipt.complainedCode)
        let shown = try plan([complaint], .present(others: []))
        #expect(
            shown.findings.map(\.code) == ["hook-complained"] && shown.findings.allSatisfy { $0.severity == .notice }
        )
        #expect(try plan([complaint]).findings.allSatisfy { $0.code != "hook-complained" })
    }
}

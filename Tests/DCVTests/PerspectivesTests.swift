// The multi-perspective rule: the formula against every way to choose servers, one by one.
import DCV
import Testing

@Suite("Perspectives", .timeLimit(.minutes(1)))
struct PerspectivesTests {
    /// Counts all choices of a server for the primary and each remote perspective. Written without the formula's words.
    private static func enumerated(showing: Int, of answering: Int, remote: Int) -> (passes: Int64, tries: Int64) {
        let mayFail = remote >= 6 ? 2 : remote >= 2 ? 1 : 0
        var (passes, tries): (Int64, Int64) = (0, 0)
        var choice = [Int](repeating: 0, count: remote + 1)
        while true {
            tries += 1
            let failures = choice.dropFirst().filter { $0 >= showing }.count
            if choice[0] < showing && failures <= mayFail { passes += 1 }
            var place = 0
            while place < choice.count {
                choice[place] += 1
                if choice[place] < answering { break }
                choice[place] = 0
                place += 1
            }
            if place == choice.count { return (passes, tries) }
        }
    }

    @Test func theFormulaCountsWhatCountingCounts() {
        for remote in 0...6 {
            for answering in 1...(remote < 5 ? 6 : 4) {
                for showing in 0...answering {
                    let model = Perspectives(showing: showing, of: answering, remote: remote)
                    let counted = Self.enumerated(showing: showing, of: answering, remote: remote)
                    #expect(model.passes == counted.passes, "\(showing) of \(answering), \(remote) remote")
                    #expect(model.tries == counted.tries)
                }
            }
        }
    }

    /// The cases people meet, as fractions.
    @Test(arguments: [
        (3, 4, 4, Int64(567), Int64(1024)), (3, 4, 5, 1944, 4096), (2, 3, 4, 96, 243), (2, 3, 5, 224, 729),
        (1, 2, 4, 5, 32),
        (1, 2, 5, 6, 64), (2, 2, 5, 64, 64), (0, 3, 5, 0, 729),
    ]) func knownCases(showing: Int, answering: Int, remote: Int, passes: Int64, tries: Int64) {
        let model = Perspectives(showing: showing, of: answering, remote: remote)
        #expect(model.passes == passes && model.tries == tries)
    }

    @Test func words() {
        #expect(
            Perspectives(showing: 3, of: 4, remote: 5).words
                == "a CA with 5 remote perspectives passes in 47 of 100 tries"
        )
        #expect(Perspectives(showing: 4, of: 4, remote: 4).words.contains("in 100 of 100"))
        #expect(Perspectives(showing: 1, of: 9, remote: 5).words.contains("less than 1 of 100"))
        #expect(Perspectives(showing: 0, of: 9, remote: 5).words.contains("in 0 of 100"))
        #expect(Perspectives(showing: 25, of: 26, remote: 5).words.contains("in 94 of 100"), "never rounded up")
    }

    @Test(arguments: [
        ("2025-03-14T23:59:59.999Z", 1_741_996_799_999, 0), ("2025-03-15", 1_741_996_800_000, 2),
        ("2026-03-14", 1_773_532_799_999, 2), ("2026-03-15", 1_773_532_800_000, 3),
        ("2026-06-14", 1_781_481_599_999, 3), ("2026-06-15", 1_781_481_600_000, 4),
        ("2026-12-14", 1_797_292_799_999, 4), ("2026-12-15", 1_797_292_800_000, 5), ("2030", 1_900_000_000_000, 5),
    ]) func howManyByDate(day: String, milliseconds: Int64, remote: Int) {
        #expect(Perspectives.remote(at: Instant(millisecondsSinceEpoch: milliseconds)) == remote, "\(day)")
    }

    @Test func allowedFailures() {
        #expect((0...7).map { Perspectives.allowedFailures(of: $0) } == [0, 0, 1, 1, 1, 1, 2, 2])
    }

    private static func chance(_ text: String) throws -> Chance { try #require(Chance(text)) }

    @Test func floors() throws {
        let model = Perspectives(showing: 3, of: 4, remote: 4)  // 567 of 1024: 0.5537...
        #expect(try model.reach(Self.chance("0.553")))
        #expect(try !model.reach(Self.chance("0.554")))
        #expect(try Perspectives(showing: 4, of: 4, remote: 5).reach(Self.chance("1")))
        #expect(try !Perspectives(showing: 63, of: 64, remote: 6).reach(Self.chance("0.999")))
        #expect(Perspectives(showing: 0, of: 3, remote: 5).reach(.zero))
        #expect(!Perspectives(showing: 0, of: 0, remote: 5).reach(.zero), "nobody answers")
        // Numbers beyond what is told apart do not end the process.
        #expect(Perspectives(showing: .max, of: .max, remote: .max).reach(.standard))
        #expect(Perspectives(showing: -1, of: -1, remote: -1).passes == 0)
    }

    @Test func chancesAsText() {
        for text in ["0", "1", "0.999", "0.5", "0.000001", "0.999999"] { #expect(Chance(text)?.description == text) }
        #expect(Chance("1.000000")?.description == "1" && Chance("0.50")?.description == "0.5")
        for text in [
            "", ".", "0.", ".5", "1.5", "1.000001", "2", "-0", "-1", "0,5", "0.1234567", "1e-3", "0x1", "99%",
            "\u{FF10}", "+1", "0.+1", "0.-1", "00", " 0",
        ] {
            #expect(Chance(text) == nil, "\(text)")
        }
    }

    // MARK: in the verdict

    private static func survey(_ sightings: [Sighting]) throws -> Survey {
        let observations = try sightings.enumerated().map { index, sighting in
            Observation(
                .authoritative(server: try name("ns\(index).example.com"), address: .v4(0x0500_0001 + UInt32(index))),
                sighting
            )
        }
        return Survey(
            record: try txt("_acme-challenge.example.com", "v"),
            at: testNow,
            zone: try name("example.com"),
            observations: observations
        )
    }

    private static func rule(_ quorum: Quorum, chance: String, unreachable: UnreachableTolerance = .none) throws
        -> Policy.Propagation
    {
        var rule = Policy.standard.propagation
        (rule.authoritative, rule.unreachable) = (quorum, unreachable)
        rule.chance = try #require(Chance(chance))
        return rule
    }

    @Test func theTriggerWaitsForTheFloor() throws {
        let stale = Sighting.absent(negativeTTLSeconds: 60)
        let seen = try Self.survey([.present(others: []), .present(others: []), .present(others: []), stale])
        #expect(Propagation.judge(seen, try Self.rule(.majority, chance: "0.5")) == .complete)
        #expect(Propagation.judge(seen, try Self.rule(.majority, chance: "0")) == .complete)
        for quorum in [Quorum.majority, .atLeast(1), .atLeast(3)] {
            guard case .incomplete(let lacking, _) = Propagation.judge(seen, try Self.rule(quorum, chance: "0.999"))
            else {
                Issue.record("\(quorum) does not wait")
                continue
            }
            #expect(lacking.map(\.sighting) == [stale])
        }
        let lowest = Propagation.judge(
            try Self.survey([.present(others: []), stale, stale]),
            try Self.rule(.atLeast(1), chance: "0")
        )
        #expect(lowest == .complete)
    }

    @Test func silentServersAreNoLuck() throws {
        let seen = try Self.survey([.present(others: []), .present(others: []), .unreachable(reason: "silence")])
        #expect(Propagation.judge(seen, try Self.rule(.majority, chance: "1", unreachable: .atMost(1))) == .complete)
        #expect(Propagation.judge(seen, try Self.rule(.all, chance: "1", unreachable: .any)) == .complete)
    }

    @Test func whatIsTold() throws {
        let stale = Sighting.wrong(saw: [], ttlSeconds: 1)
        let shown = Sighting.present(others: [])
        let seen = try Self.survey([
            shown, stale, shown, shown, .unreachable(reason: "s"), .notServed(reason: "REFUSED"),
        ])
        #expect(
            Perspectives.told(seen)
                == "with 1 of 4 name servers lacking it, a CA with 4 remote perspectives passes in 55 of 100 tries"
        )
        for sightings in [[stale, stale], [shown], [shown, .unreachable(reason: "s")], []] {
            #expect(Perspectives.told(try Self.survey(sightings)) == nil)
        }
    }
}

// The rule "visible enough" case by case: problems, caches, resolvers, files.

import DCV
import Testing

@Suite("Propagation, case by case", .timeLimit(.minutes(1)))
struct PropagationCaseTests {
    private func survey(
        _ record: RequiredRecord,
        _ observations: [Observation],
        _ problems: [Survey.Problem] = []
    ) throws -> Survey {
        Survey(
            record: record,
            at: testNow,
            zone: try name("example.com"),
            observations: observations,
            problems: problems
        )
    }

    private func authority(_ number: UInt32, _ sighting: Sighting) throws -> Observation {
        Observation(.authoritative(server: try name("ns\(number).example.net"), address: .v4(number)), sighting)
    }

    private func resolver(_ label: String, _ sighting: Sighting) -> Observation {
        Observation(.recursive(resolver: label, address: .v4(0x0909_0909)), sighting)
    }

    private func rule(_ resolvers: [String], _ quorum: Quorum = .all) -> Policy.Propagation {
        var rule = Policy.standard.propagation
        rule.resolvers = resolvers
        rule.resolverQuorum = quorum
        return rule
    }

    @Test func noObservationIsNoVerdict() throws {
        let verdict = Propagation.judge(try survey(txt("_a.example.com", "v"), []), Policy.standard.propagation)
        #expect(verdict == .cannotTell(unseen: [], problems: []))
    }

    /// Every problem that blocks keeps even a record shown everywhere from being called complete; the others do not.
    @Test func problemsThatBlock() throws {
        let record = try txt("_a.example.com", "v")
        let harmless: Set<Survey.Problem.Code> = [
            .delegationDiffers, .serverWithoutAddress, .serverAddressUnknown, .specialUseAddress,
        ]
        let codes: [Survey.Problem.Code] = [
            .zoneCutUnknown, .noSuchDomain, .serverWithoutAddress, .serverAddressUnknown, .cnameLoop,
            .cnameChainTooLong, .cnameDiffers,
            .nameNotUsable, .specialUseAddress, .delegationDiffers, .queryBudgetSpent, .hostWithoutAddress,
        ]
        for code in codes {
            let problem = Survey.Problem(code, "seen")
            for sighting in [Sighting.present(others: []), .absent(negativeTTLSeconds: 60)] {
                let verdict = Propagation.judge(
                    try survey(record, [try authority(1, sighting)], [problem]),
                    Policy.standard.propagation
                )
                if harmless.contains(code) {
                    #expect(verdict == (sighting.isPresent ? .complete : .missing), "\(code)")
                } else {
                    guard case .cannotTell(_, let problems) = verdict else {
                        Issue.record("\(code): \(verdict)")
                        continue
                    }
                    #expect(problems == [problem])
                }
            }
        }
    }

    @Test func theWaitIsTheLongestCache() throws {
        let record = try txt("_a.example.com", "v")
        let shown = try authority(1, .present(others: []))
        let lacking = [
            resolver("a", .absent(negativeTTLSeconds: 900)),
            resolver("b", .wrong(saw: [], ttlSeconds: 40)),
        ]
        let verdict = Propagation.judge(try survey(record, [shown] + lacking), rule(["a", "b"]))
        #expect(verdict == .incomplete(lacking: lacking, retryAfterSeconds: 900))
        let stubborn = [resolver("a", .absent(negativeTTLSeconds: .max)), resolver("b", .present(others: []))]
        #expect(
            Propagation.judge(try survey(record, [shown] + stubborn), rule(["a", "b"]))
                == .incomplete(lacking: [stubborn[0]], retryAfterSeconds: Propagation.cacheLimitSeconds)
        )
    }

    @Test func silentResolversAreNoAnswer() throws {
        let record = try txt("_a.example.com", "v")
        let shown = try authority(1, .present(others: []))
        let silent = [resolver("a", .unreachable(reason: "no answer")), resolver("b", .notServed(reason: "REFUSED"))]
        #expect(
            Propagation.judge(try survey(record, [shown] + silent), rule(["a", "b"]))
                == .cannotTell(unseen: silent, problems: [])
        )
        #expect(
            Propagation.judge(try survey(record, [shown]), rule(["a"])) == .cannotTell(unseen: [], problems: []),
            "resolvers that were not asked yet"
        )
    }

    @Test func anOldTargetInACacheIsOnlyOld() throws {
        let record = try cname("_a.example.com", "proof.example.net")
        let shown = try authority(1, .present(others: []))
        let old = resolver("a", .wrong(saw: [OctetText("old.example.net".utf8)], ttlSeconds: 600))
        #expect(
            Propagation.judge(try survey(record, [shown, old]), rule(["a"]))
                == .incomplete(lacking: [old], retryAfterSeconds: 600)
        )
        let forged = resolver("a", .bogus(reason: "no signature"))
        #expect(Propagation.judge(try survey(record, [shown, forged]), rule(["a"])) == .contradicted(by: [forged]))
    }

    @Test func aResolverWithTwoAddressesIsOne() throws {
        func look(_ sightings: [(String, Sighting)], _ resolvers: [String], _ quorum: Quorum) throws -> Propagation {
            let shown = Observation(
                .authoritative(server: try name("ns1.example.net"), address: .v4(1)),
                .present(others: [])
            )
            let asked = sightings.enumerated().map { index, one in
                Observation(.recursive(resolver: one.0, address: .v4(100 + UInt32(index))), one.1)
            }
            let survey = Survey(
                record: try txt("_a.example.com", "v"),
                at: testNow,
                zone: try name("example.com"),
                observations: [shown] + asked
            )
            return Propagation.judge(survey, rule(resolvers, quorum))
        }
        let (yes, no) = (Sighting.present(others: []), Sighting.absent(negativeTTLSeconds: 60))
        let soon = Sighting.absent(negativeTTLSeconds: 5)
        #expect(try look([("a", yes), ("a", yes)], ["a", "b"], .atLeast(2)) != .complete)
        #expect(try look([("a", yes), ("a", no)], ["a"], .all) != .complete, "one of its addresses does not show it")
        #expect(try look([("a", yes), ("a", yes), ("b", yes)], ["a", "b"], .atLeast(2)) == .complete)
        // Two are lacking; the second one to forget is b after 60 s, not a's other address after 5 s.
        guard case .incomplete(_, let seconds) = try look([("a", soon), ("a", soon), ("b", no)], ["a", "b"], .all)
        else {
            Issue.record("nobody shows it")
            return
        }
        #expect(seconds == 60)
    }

    @Test func resolverQuorum() throws {
        let record = try txt("_a.example.com", "v")
        let shown = try authority(1, .present(others: []))
        let two = [
            resolver("a", .present(others: [])), resolver("b", .present(others: [])),
            resolver("c", .absent(negativeTTLSeconds: 60)), resolver("stranger", .present(others: [])),
        ]
        let seen = try survey(record, [shown] + two)
        #expect(Propagation.judge(seen, rule(["a", "b", "c"], .atLeast(2))) == .complete)
        #expect(Propagation.judge(seen, rule(["a", "b", "c"], .majority)) == .complete)
        #expect(Propagation.judge(seen, rule(["a", "b", "c"], .all)) != .complete)
        #expect(Propagation.judge(seen, rule(["a", "c"], .majority)) != .complete, "one of two is no majority")
    }

    /// A name server that nobody could find counts like one that is silent, once.
    @Test func aServerThatNobodyCouldFindIsSilent() throws {
        let record = try txt("_a.example.com", "v")
        var rule = Policy.standard.propagation
        let shown = try authority(1, .present(others: []))
        func unknown(_ server: String) throws -> Survey.Problem {
            Survey.Problem(.serverAddressUnknown, "seen", silences: try name(server))
        }
        let lost = try unknown("lost.example.net")
        #expect(
            Propagation.judge(try survey(record, [shown], [lost]), rule) == .cannotTell(unseen: [], problems: [lost])
        )
        let missing = try authority(1, .absent(negativeTTLSeconds: 60))
        #expect(Propagation.judge(try survey(record, [missing], [lost]), rule) == .missing)
        rule.unreachable = .atMost(1)
        #expect(Propagation.judge(try survey(record, [shown], [lost, lost]), rule) == .complete)
        let two = [lost, try unknown("other.example.net")]
        #expect(Propagation.judge(try survey(record, [shown], two), rule) != .complete)
        rule.unreachable = .any
        #expect(Propagation.judge(try survey(record, [shown], two), rule) == .complete)
        #expect(Propagation.judge(try survey(record, [], two), rule) != .complete)
        // All the same they are servers: two of three are no majority of one.
        rule.authoritative = .majority
        #expect(Propagation.judge(try survey(record, [shown], two), rule) != .complete)
    }

    /// What the known addresses show counts, and what the others may show is as unknown as a silent server's word.
    @Test func aServerWithAddressesThatNobodyCouldFindIsAskedAndUnsure() throws {
        let record = try txt("_a.example.com", "v")
        var rule = Policy.standard.propagation
        let (shown, other) = (try authority(1, .present(others: [])), try authority(2, .present(others: [])))
        let half = Survey.Problem(.serverAddressUnknown, "seen", silences: try name(shown.vantage.server))
        let seen = try survey(record, [shown, other], [half])
        #expect(Propagation.judge(seen, rule) == .cannotTell(unseen: [], problems: [half]))
        let stale = try authority(1, .absent(negativeTTLSeconds: 60))
        for tolerance in [UnreachableTolerance.none, .atMost(1), .any] {
            rule.unreachable = tolerance
            #expect(Propagation.judge(seen, rule) == .complete || tolerance == .none)
            let lacking = try survey(record, [stale, other], [half])
            #expect(
                Propagation.judge(lacking, rule) == .incomplete(lacking: [stale], retryAfterSeconds: 0),
                "no tolerance of silence covers what was seen"
            )
        }
        #expect(Propagation.judge(try survey(record, [shown], [half]), rule) == .complete)
        rule.unreachable = .atMost(1)
        let dead = try authority(2, .unreachable(reason: "no answer"))
        #expect(Propagation.judge(try survey(record, [shown, dead], [half]), rule) != .complete, "these are two")
    }

    /// Resolvers cannot be asked for a file; naming them in a policy must not stop HTTP proofs for ever.
    @Test func filesNeedNoResolver() throws {
        let record = try file("example.com", "a.txt", "v")
        let host = Observation(.web(host: try name("example.com"), address: .v4(1)), .present(others: []))
        #expect(Propagation.judge(try survey(record, [host]), rule(["a", "b"])) == .complete)
    }

    /// What only a person can change at a web server makes the proof impossible, even where another address shows the file.
    @Test func standingFaultsOfAWebHostExcludeTheFile() throws {
        let record = try file("example.com", "a.txt", "v")
        func web(_ number: UInt32, _ sighting: Sighting, _ fault: WebFetch.Fault?) throws -> Observation {
            let vantage = VantagePoint.web(host: try name("example.com"), address: .v4(number))
            return Observation(vantage, sighting, fetch: WebFetch(hops: [], fault: fault))
        }
        let shown = try web(1, .present(others: []), nil)
        let absent = try web(3, .absent(negativeTTLSeconds: 0), nil)
        let standing: Set<WebFetch.Fault> = [.redirectRefused, .encoded, .speaksTLS]
        for fault in WebFetch.Fault.allCases {
            let spoilt = try web(2, .notServed(reason: "seen"), fault)
            let alone = Propagation.judge(try survey(record, [spoilt]), Policy.standard.propagation)
            let beside = Propagation.judge(try survey(record, [shown, spoilt]), Policy.standard.propagation)
            if standing.contains(fault) {
                #expect(alone == .contradicted(by: [spoilt]) && beside == .contradicted(by: [spoilt]), "\(fault)")
            } else {
                #expect(alone == .cannotTell(unseen: [spoilt], problems: []), "\(fault)")
                #expect(beside == .incomplete(lacking: [spoilt], retryAfterSeconds: 0), "\(fault)")
            }
            // The fault may be what this server gives for unknown paths: it is over once the file is there.
            let unpublished = Propagation.judge(try survey(record, [spoilt, absent]), Policy.standard.propagation)
            #expect(unpublished == .missing, "\(fault)")
            let onItsWay = Propagation.judge(try survey(record, [shown, spoilt, absent]), Policy.standard.propagation)
            #expect(onItsWay == .incomplete(lacking: [spoilt, absent], retryAfterSeconds: 0), "\(fault)")
        }
    }

    /// "2" in a policy must not stop a zone with one name server, or a web host, for ever.
    @Test func aNumberLargerThanTheWorldMeansAll() throws {
        var rule = Policy.standard.propagation
        rule.authoritative = .atLeast(2)
        let host = Observation(.web(host: try name("example.com"), address: .v4(1)), .present(others: []))
        #expect(Propagation.judge(try survey(file("example.com", "a.txt", "v"), [host]), rule) == .complete)
        let record = try txt("_a.example.com", "v")
        #expect(Propagation.judge(try survey(record, [authority(1, .present(others: []))]), rule) == .complete)
        let split = [try authority(1, .present(others: [])), try authority(2, .absent(negativeTTLSeconds: 1))]
        #expect(Propagation.judge(try survey(record, split), rule) != .complete)
    }
}

// When a record is looked at again, what that costs its servers, and which looks stand for a while.

import DCV
import Testing

@Suite("Next look", .timeLimit(.minutes(1)))
struct NextLookTests {
    private func seconds(_ propagation: Propagation, since: Int64?, records: Int = 1) -> Int64 {
        let next = NextLook.at(
            propagation,
            changedAt: since.map { testNow.adding(seconds: -$0) },
            lookedAt: testNow,
            questions: records,
            Policy.standard.wait
        )
        return next.milliseconds(since: testNow) / 1000
    }

    @Test func quickWhileFreshThenSlower() {
        #expect([0, 4, 10, 60, 3600].map { seconds(.missing, since: $0) } == [2, 2, 5, 30, 60])
        #expect(seconds(.missing, since: nil) == 60)
        #expect(seconds(.missing, since: -100) == 2)
    }

    @Test func cachesAreSleptThrough() {
        #expect(seconds(.incomplete(lacking: [], retryAfterSeconds: 21), since: 0) == 21)
        #expect(seconds(.incomplete(lacking: [], retryAfterSeconds: 0), since: 0) == 2)
    }

    @Test func manyQuestionsToOneServerAreNotAskedEveryTwoSeconds() {
        #expect([1, 20, 40, 200, 2000].map { seconds(.missing, since: 0, records: $0) } == [2, 2, 2, 9, 99])
    }
}

@Suite("Budget of a name server", .timeLimit(.minutes(1)))
struct ServerBudgetTests {
    /// A record a zone, all zones at the same two servers, each shown by the first one only; published a moment ago.
    /// - Parameter failing: what is amiss with the answers about CAA, which the first server gave.
    private func situation(zones count: Int, besides asleep: Int = 0, failing: [String] = []) throws -> Situation {
        let resolver = Observation(
            .recursive(resolver: "quad9", address: .v4(0x0909_0909)),
            .absent(negativeTTLSeconds: 1200)
        )
        var policy = Policy.standard
        policy.propagation.resolvers = ["quad9"]
        var authorizations: [Authorization] = []
        var surveys: [Survey] = []
        for index in 0..<(count + asleep) {
            let apex = try name("zone\(index).example")
            let record = try txt("_acme-challenge.\(apex)", "v\(index)")
            let isAsleep = index >= count
            let servers = try [1, 2].map { (number: UInt32) -> Observation in
                let vantage = VantagePoint.authoritative(
                    server: try name("ns\(number).example.net"),
                    address: .v4(number)
                )
                let isShown = isAsleep || number == 1
                return Observation(vantage, isShown ? .present(others: []) : .absent(negativeTTLSeconds: 300))
            }
            surveys.append(
                Survey(record: record, at: testNow, zone: apex, observations: servers + (isAsleep ? [resolver] : []))
            )
            authorizations.append(
                Authorization(
                    key: AuthorizationKey(provider: try ProviderName("cf"), id: try AuthorizationID("a\(index)")),
                    scope: apex.text,
                    identifiers: [Identifier(apex)],
                    status: .pending,
                    providerStatus: OctetText("pending".utf8),
                    method: .txt,
                    capabilities: Capabilities(triggers: [], methods: []),
                    challenges: [Challenge(alternatives: [record])]
                )
            )
        }
        let entries = authorizations.prefix(count).map { authorization in
            JournalEntry(
                intent: Intent(
                    id: "\(authorization.key)",
                    authorization: authorization.key,
                    scope: authorization.scope,
                    effect: .publish(
                        record: authorization.records[0],
                        target: authorization.records[0].name,
                        zone: authorization.identifiers[0].name,
                        publisher: "dns"
                    ),
                    generation: [],
                    at: testNow
                ),
                receipt: nil
            )
        }
        return Situation(
            at: testNow,
            zones: [Situation.ZoneRule(apex: nil, publishers: [], policy: policy)],
            authorizations: authorizations,
            surveys: surveys,
            caa: authorizations.map { authorization in
                let apex = authorization.identifiers[0].name
                let rung = CAAClimb.Rung(apex, .none, failing: failing, servers: [.v4(1)])
                return CAAClimb(apex, at: testNow, rungs: [rung])
            },
            history: History(entries: Array(entries), quarantined: [:])
        )
    }

    private func nextLook(_ situation: Situation) throws -> Int64 {
        try #require(Planner.plan(situation).nextLook).milliseconds(since: testNow) / 1000
    }

    @Test(arguments: [(1, 2), (40, 2), (200, 9), (1000, 49)] as [(Int, Int64)])
    func zonesAtTheSameServersShareIt(zones: Int, seconds: Int64) throws {
        #expect(try nextLook(try situation(zones: zones)) == seconds)
    }

    /// What nobody may remember between looks is asked with every one of them.
    @Test func questionsAboutCAAThatAreAskedEachTimeCount() throws {
        #expect(try nextLook(try situation(zones: 1000, failing: ["2.0.0.0: no answer"])) == 99)
    }

    @Test func whatCachesKeepTakesNothingOfIt() throws {
        #expect(try nextLook(try situation(zones: 1, besides: 1000)) == 2)
    }
}

@Suite("Looks that stand", .timeLimit(.minutes(1)))
struct StandingLooksTests {
    private static let key = "cf:a"

    /// One record that was seen so, ten seconds ago.
    private func situation(_ sightings: [Sighting], resolver: Sighting? = nil) throws -> Situation {
        let apex = try name("example.com")
        let record = try txt("_acme-challenge.example.com", "v")
        var policy = Policy.standard
        policy.propagation.resolvers = resolver == nil ? [] : ["quad9"]
        var observations = try sightings.enumerated().map { index, sighting in
            Observation(
                .authoritative(server: try name("ns\(index).example.net"), address: .v4(UInt32(index + 1))),
                sighting
            )
        }
        if let resolver {
            observations.append(Observation(.recursive(resolver: "quad9", address: .v4(0x0909_0909)), resolver))
        }
        let authorization = Authorization(
            key: try AuthorizationKey(Self.key),
            scope: "zone",
            identifiers: [Identifier(apex)],
            status: .pending,
            providerStatus: OctetText("pending".utf8),
            method: .txt,
            capabilities: Capabilities(triggers: [.patch], methods: []),
            challenges: [Challenge(alternatives: [record])]
        )
        return Situation(
            at: testNow.adding(seconds: -9),
            zones: [Situation.ZoneRule(apex: nil, publishers: [], policy: policy)],
            authorizations: [authorization],
            surveys: [
                Survey(record: record, at: testNow.adding(seconds: -10), zone: apex, observations: observations)
            ],
            history: .empty
        )
    }

    private func history(_ effect: Effect, by key: String = key, scope: String = "zone", age: Int64) throws -> History {
        let at = testNow.adding(seconds: -age)
        let intent = Intent(
            id: "1",
            authorization: try AuthorizationKey(key),
            scope: scope,
            effect: effect,
            generation: [],
            at: at.adding(seconds: -3)
        )
        let receipt = Receipt(intent: "1", outcome: .done, at: at)
        return History(entries: [JournalEntry(intent: intent, receipt: receipt)], quarantined: [:])
    }

    private func stands(_ situation: Situation, _ history: History = .empty, after seconds: Int64 = 0) -> Bool {
        !NextLook.standing(situation, history, at: testNow.adding(seconds: seconds)).isEmpty
    }

    private let present = Sighting.present(others: [])
    private let absent = Sighting.absent(negativeTTLSeconds: 300)

    @Test func whatIsCompleteNeverStands() throws {
        #expect(!stands(try situation([present, present])))
        #expect(!stands(try situation([present], resolver: present)))
    }

    @Test func whatLacksStandsUntilItsNextLook() throws {
        // A cache forgets after 300 s.
        let cached = try situation([present], resolver: absent)
        #expect([0, 289, 290].map { stands(cached, after: $0) } == [true, true, false])
        // Nobody knows since when: a minute.
        for sightings in [[present, absent], [absent], [.unreachable(reason: "silent")], [.bogus(reason: "expired")]] {
            let lacking = try situation(sightings)
            #expect([0, 49, 50].map { stands(lacking, after: $0) } == [true, true, false], "\(sightings)")
        }
    }

    /// A clock that was set back makes nothing stand for ever.
    @Test func whatWasSeenInTheFutureDoesNotStand() throws {
        #expect(!stands(try situation([present], resolver: absent), after: -11))
    }

    @Test func whatWasDoneAboutItSinceIsLookedAt() throws {
        let cached = try situation([present], resolver: absent)
        let (record, zone) = (try txt("_acme-challenge.example.com", "v"), try name("example.com"))
        let other = try txt("_acme-challenge.example.com", "w")
        let far = try txt("_acme-challenge.far.example.com", "w")
        func publish(_ record: RequiredRecord) -> Effect {
            .publish(record: record, target: record.name, zone: zone, publisher: "dns")
        }
        let withdraw = Effect.withdraw(record: other, target: other.name, zone: zone, publisher: "dns")
        for effect in [publish(record), publish(other), withdraw, .trigger(style: .patch), .changeMethod(to: .txt)] {
            #expect(!stands(cached, try history(effect, age: 5)), "\(effect)")
            #expect(stands(cached, try history(effect, age: 15)), "\(effect)")
        }
        #expect(stands(cached, try history(publish(far), age: 5)))
        #expect(stands(cached, try history(.trigger(style: .patch), by: "cf:b", age: 5)))
        // A retry is about everything in its scope.
        #expect(!stands(cached, try history(.trigger(style: .retry), by: "cf:b", age: 5)))
        #expect(stands(cached, try history(.trigger(style: .retry), by: "cf:b", scope: "other", age: 5)))
    }
}

@Suite("Which policy a record is judged by", .timeLimit(.minutes(1)))
struct PolicyOfRecordsTests {
    private func order(_ id: String, _ names: [String], _ records: [RequiredRecord]) throws -> Authorization {
        Authorization(
            key: try AuthorizationKey("cf:\(id)"),
            scope: "zone",
            identifiers: try names.map { Identifier(try name($0)) },
            status: .pending,
            providerStatus: OctetText("pending".utf8),
            method: .txt,
            capabilities: Capabilities(triggers: [.patch], methods: []),
            challenges: records.map { Challenge(alternatives: [$0]) }
        )
    }

    /// The surveyor and the planner ask the same: a record outside every configured zone goes by its certificate's.
    @Test func aRecordWithoutAZoneGoesByItsCertificates() throws {
        var strict = Policy.standard
        strict.propagation.resolvers = ["quad9"]
        var other = Policy.standard
        other.propagation.resolvers = ["one"]
        let zones = [
            Situation.ZoneRule(apex: try name("example.com"), publishers: [], policy: strict),
            Situation.ZoneRule(apex: try name("example.org"), publishers: [], policy: other),
        ]
        let own = try txt("_acme-challenge.example.org", "a")
        let foreign = try txt("_acme-challenge.example.net", "b")
        let orders = [
            try order("a", ["example.com", "example.net"], [own, foreign]), try order("b", ["example.org"], [foreign]),
        ]
        let policies = zones.policies(ofRecordsOf: orders)
        #expect(policies[own] == other, "its own zone's comes first")
        #expect(policies[foreign] == strict, "of two certificates the first one's")
        #expect(zones.policies(ofRecordsOf: orders.reversed())[foreign] == other)
        let alone = try order("c", ["example.net"], [foreign])
        #expect(zones.policies(ofRecordsOf: [alone])[foreign] == .standard)
        let rule = Situation.ZoneRule(apex: nil, publishers: [], policy: other)
        #expect((zones + [rule]).policies(ofRecordsOf: orders)[foreign] == other)
    }

    @Test func aLookStandsByTheSamePolicy() throws {
        var strict = Policy.standard
        strict.propagation.resolvers = ["quad9"]
        let record = try txt("_acme-challenge.example.net", "v")
        let shown = Observation(
            .authoritative(server: try name("ns.example.net"), address: .v4(1)),
            .present(others: [])
        )
        let early = Observation(.recursive(resolver: "quad9", address: .v4(9)), .absent(negativeTTLSeconds: 1200))
        let survey = Survey(
            record: record,
            at: testNow.adding(seconds: -10),
            zone: try name("example.net"),
            observations: [shown, early]
        )
        let situation = Situation(
            at: testNow.adding(seconds: -9),
            zones: [Situation.ZoneRule(apex: try name("example.com"), publishers: [], policy: strict)],
            authorizations: [try order("a", ["example.com", "example.net"], [record])],
            surveys: [survey],
            history: .empty
        )
        #expect(NextLook.standing(situation, .empty, at: testNow) == [survey], "the resolver is waited for")
    }
}

// When a record will be visible, and when to look again.

import DCV
import Testing

@Suite("Forecast", .timeLimit(.minutes(1)))
struct ForecastTests {
    private func survey(_ observations: [Observation], serials: [UInt32: UInt32] = [:], refresh: Int64 = 3600) throws
        -> Survey
    {
        let apex = try name("example.com")
        let servers = try serials.sorted { $0.key < $1.key }.map { number, serial in
            ZoneView.Server(
                name: try name("ns\(number).example.net"),
                isDelegated: true,
                isOwn: true,
                addresses: [ZoneView.Address(.v4(number), .serves(serial: serial))]
            )
        }
        let timers = ZoneView.Timers(
            primary: nil,
            serial: serials.values.max() ?? 0,
            refreshSeconds: refresh,
            retrySeconds: 600,
            expireSeconds: 86_400,
            negativeTTLSeconds: 300
        )
        return Survey(
            record: try txt("_a.example.com", "v"),
            at: testNow,
            zone: apex,
            observations: observations,
            zones: serials.isEmpty ? [] : [ZoneView(apex: apex, servers: servers, timers: timers)]
        )
    }

    private func authority(_ number: UInt32, _ sighting: Sighting) throws -> Observation {
        Observation(.authoritative(server: try name("ns\(number).example.net"), address: .v4(number)), sighting)
    }

    private func resolver(_ label: String, _ sighting: Sighting) -> Observation {
        Observation(.recursive(resolver: label, address: .v4(0x0909_0909)), sighting)
    }

    private func forecast(_ survey: Survey, resolvers: [String] = [], quorum: Quorum = .all) -> Forecast? {
        var rule = Policy.standard.propagation
        (rule.resolvers, rule.resolverQuorum) = (resolvers, quorum)
        return Forecast(survey, Propagation.judge(survey, rule))
    }

    private func after(_ seconds: Int64) -> Instant { testNow.adding(seconds: seconds) }

    @Test func nothingIsForecastOfWhatIsThereOrNeverComes() throws {
        #expect(forecast(try survey([authority(1, .present(others: []))])) == nil)
        #expect(forecast(try survey([authority(1, .bogus(reason: "expired"))])) == nil)
        #expect(forecast(try survey([authority(1, .unreachable(reason: "silent"))])) == nil)
    }

    @Test func whatACacheKeepsIsCountedFromTheLookToTheTelling() throws {
        var rule = Policy.standard.propagation
        rule.resolvers = ["quad9"]
        let seen = [try authority(1, .present(others: [])), resolver("quad9", .absent(negativeTTLSeconds: 300))]
        let survey = try survey(seen)
        let later = Forecast(survey, Propagation.judge(survey, rule), toldAt: after(280))
        #expect(later?.causes.map(\.text) == ["remembers for 20 s more that there was nothing"])
        #expect(later?.visibleBy == after(300))
    }

    @Test func whatIsMissingMustBePublishedFirst() throws {
        let forecast = try #require(forecast(try survey([authority(1, .absent(negativeTTLSeconds: 300))])))
        #expect(forecast.visibleBy == nil && forecast.causes.isEmpty)
        #expect(forecast.cachesClearAt == after(300))
    }

    @Test func aResolverSaysItselfHowLongItRemembers() throws {
        let shown = try authority(1, .present(others: []))
        let seen = [
            shown, resolver("slow", .absent(negativeTTLSeconds: 21)),
            resolver("stale", .wrong(saw: [OctetText("old".utf8)], ttlSeconds: 8)),
        ]
        let all = try #require(forecast(try survey(seen), resolvers: ["slow", "stale"]))
        #expect(all.visibleBy == after(21) && all.cachesClearAt == after(21))
        #expect(all.causes.map(\.kind) == [.negativeCache, .staleValue])
        #expect(all.reasons().contains("slow (9.9.9.9) remembers for 21 s more that there was nothing; stale"))
        // One of two is enough: the one that forgets first.
        let one = try #require(forecast(try survey(seen), resolvers: ["slow", "stale"], quorum: .atLeast(1)))
        #expect(one.visibleBy == after(8) && one.cachesClearAt == after(21))
    }

    @Test func anOlderSerialComesWithTheRefreshAtTheLatest() throws {
        let seen = [try authority(1, .present(others: [])), try authority(2, .absent(negativeTTLSeconds: 300))]
        let forecast = try #require(forecast(try survey(seen, serials: [1: 9, 2: 7], refresh: 1200)))
        #expect(forecast.visibleBy == after(1200) && forecast.causes.map(\.kind) == [.olderSerial])
        #expect(forecast.reasons().contains("ns2.example.net (0.0.0.2) has serial 7 of 9"))
        let absurd = try #require(self.forecast(try survey(seen, serials: [1: 9, 2: 7], refresh: 4_000_000_000)))
        #expect(absurd.visibleBy == after(4_000_000_000))
    }

    @Test func aRefreshThatWasMissedLeavesTheRetryTimer() throws {
        let seen = [try authority(1, .present(others: [])), try authority(2, .absent(negativeTTLSeconds: 300))]
        let survey = try survey(seen, serials: [1: 9, 2: 7], refresh: 1200)
        let verdict = Propagation.judge(survey, Policy.standard.propagation)
        func look(_ secondsAgo: Int64?) throws -> Forecast {
            try #require(Forecast(survey, verdict, changedAt: secondsAgo.map { after(-$0) }))
        }
        for early: Int64? in [nil, 0, 500, 1200] {
            #expect(try look(early).visibleBy == after(1200 - (early ?? 0)), "it does not slide with the looks")
            let told = "at the latest 1200 s after the change, and every 600 s where"
            #expect(try look(early).reasons().contains(told))
        }
        #expect(try look(1201).visibleBy == after(600))
        #expect(try look(1201).reasons().contains("although its refresh time of 1200 s has passed"))
    }

    @Test func aCacheBeyondADayIsToldAsItIs() throws {
        let seen = [try authority(1, .present(others: [])), resolver("slow", .absent(negativeTTLSeconds: 604_800))]
        let forecast = try #require(forecast(try survey(seen), resolvers: ["slow"]))
        #expect(forecast.visibleBy == after(86_400))
        #expect(
            forecast.reasons().contains(
                "remembers for 604800 s more that there was nothing; it is looked at again after 86400 s"
            )
        )
    }

    @Test func timeAloneIsNotPromisedWhereTheSerialIsTheNewest() throws {
        let seen = [try authority(1, .present(others: [])), try authority(2, .absent(negativeTTLSeconds: 300))]
        let same = try #require(forecast(try survey(seen, serials: [1: 9, 2: 9])))
        #expect(same.visibleBy == nil && same.causes.map(\.kind) == [.sameSerial])
        let unknown = try #require(forecast(try survey(seen)))
        #expect(unknown.visibleBy == nil && unknown.causes.map(\.kind) == [.unknown])
        #expect(unknown.cachesClearAt == after(300))
    }

    @Test func theOneWithoutAKnownEndIsToldFirst() throws {
        let seen = [
            try authority(1, .present(others: [])), try authority(2, .absent(negativeTTLSeconds: 0)),
            try authority(3, .absent(negativeTTLSeconds: 0)), try authority(4, .absent(negativeTTLSeconds: 0)),
        ]
        let forecast = try #require(forecast(try survey(seen, serials: [1: 9, 2: 7, 3: 9, 4: 8])))
        #expect(forecast.visibleBy == nil && forecast.causes.first?.kind == .sameSerial)
        #expect(forecast.reasons(limit: 1).contains("; and 2 more"))
    }
}

// Situations by the thousand, likely and absurd, from a seed: small pools of names and times, so that everything meets everything.

import DCV

/// Draws one situation after another.
struct PlannerWorlds {
    var numbers: SeededNumbers
    /// In a kind world most records are shown and most authorizations are in order: only there do triggers meet each other.
    private var isKind = false

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    private static let hosts = ["example.com", "shop.example.com", "www.shop.example.com", "other.example.net"]

    mutating func next() throws -> Situation {
        isKind = numbers.chance(40)
        let zones = try zoneRules()
        var authorizations: [Authorization] = []
        for index in 0..<Int.random(in: 1...5, using: &numbers) {
            // Now and then a handle comes twice.
            authorizations.append(try authorization(numbers.chance(3) ? 0 : index))
        }
        var surveys: [Survey] = []
        for record in Set(authorizations.flatMap(\.records)).sorted(by: { $0.description < $1.description })
        where numbers.chance(92) {
            surveys.append(try survey(record))
        }
        return Situation(
            at: testNow,
            zones: zones,
            authorizations: authorizations,
            findings: numbers.chance(5)
                ? [Finding("api-down", .waiting, subject: "cf", saw: "503", advice: "wait")] : [],
            surveys: surveys,
            caa: try climbs(authorizations),
            history: try history(authorizations),
            changesMade: numbers.pick([0, 0, 0, 1, 5])
        )
    }

    // MARK: rules

    private mutating func zoneRules() throws -> [Situation.ZoneRule] {
        var rules = [Situation.ZoneRule(apex: try name("example.com"), publishers: publishers(), policy: try policy())]
        if numbers.chance(40) {
            rules.append(.init(apex: try name("shop.example.com"), publishers: publishers(), policy: try policy()))
        }
        if numbers.chance(60) { rules.append(.init(apex: nil, publishers: publishers(), policy: try policy())) }
        return rules
    }

    private mutating func publishers() -> [Situation.PublisherView] {
        let all = [
            Situation.PublisherView(name: "bind", kinds: [.txt, .cname]),
            Situation.PublisherView(name: "web", kinds: [.http]),
            Situation.PublisherView(name: "spare", kinds: [.txt]),
        ]
        let known = all.filter { _ in numbers.chance(75) }
        return numbers.chance(8) ? known + [.init(name: "silent", kinds: nil)] : known
    }

    private mutating func policy() throws -> Policy {
        var policy = Policy.standard
        policy.methods = numbers.pick([[.txt, .http], [.http, .txt], [.txt], [], [.cname, .email, .http]])
        policy.propagation.authoritative = numbers.pick([.all, .all, .majority, .atLeast(2)])
        policy.propagation.unreachable = numbers.pick([.none, .none, .atMost(1), .any])
        if numbers.chance(20) {
            policy.propagation.resolvers = ["quad9", "local"]
            policy.propagation.resolverQuorum = numbers.pick([.all, .atLeast(1)])
        }
        policy.publish.isAllowed = numbers.chance(92)
        policy.publish.withdraw = numbers.chance(90) ? .afterValidation : .never
        policy.publish.delegations = numbers.chance(50) ? [try name("proofs.example.net")] : []
        policy.publish.labels = numbers.chance(80) ? .underscore : .any
        policy.publish.changesPerRun = numbers.pick([0, 2, 100, 100, 100])
        policy.trigger.action = numbers.pick([.patch, .patch, .retry, .none])
        policy.trigger.paceSeconds = numbers.pick([0, 5, 30])
        policy.trigger.attemptsPerDay = numbers.pick([0, 1, 2, 5])
        policy.revalidate.beforeExpirySeconds = numbers.pick([30 * 86_400, 30 * 86_400, 86_400, 0])
        policy.caa.check = numbers.pick([.enforce, .enforce, .enforce, .report, .ignore])
        policy.caa.issuers = numbers.chance(10) ? [try name("pki.goog")] : []
        policy.wait.republishAfterSeconds = numbers.pick([300, 1, .max / 2])
        return policy
    }

    // MARK: what providers say

    private mutating func authorization(_ index: Int) throws -> Authorization {
        let host = numbers.pick(Self.hosts)
        var identifiers = [Identifier(try name(host), isWildcard: numbers.chance(15))]
        if numbers.chance(25) { identifiers.append(Identifier(try name(numbers.pick(Self.hosts)))) }
        if numbers.chance(3) { identifiers = [] }
        var challenges: [Challenge] = []
        for _ in 0..<numbers.pick(isKind ? [1, 1, 2] : [0, 1, 1, 1, 2, 3]) {
            var alternatives: [RequiredRecord] = []
            for _ in 0..<numbers.pick(isKind ? [1, 1, 2] : [0, 1, 1, 1, 1, 2]) { alternatives.append(try record(host)) }
            challenges.append(Challenge(identifier: identifiers.first, alternatives: alternatives))
        }
        var findings: [Finding] = []
        if numbers.chance(5) { findings.append(Finding("odd", .error, subject: host, saw: "a riddle", advice: "look")) }
        if numbers.chance(5) {
            findings.append(Finding("aside", .notice, subject: host, saw: "a word", advice: "none"))
        }
        return Authorization(
            key: AuthorizationKey(
                provider: try ProviderName(numbers.pick(["cf", "naver"])),
                id: try AuthorizationID("id\(index)")
            ),
            scope: numbers.pick(["zone1", "zone1", "zone2", "zone1/hostnames"]),
            identifiers: identifiers,
            status: numbers.pick([.pending, .pending, .pending, .pending, .busy, .valid, .valid, .dead, .unknown]),
            providerStatus: OctetText("a status".utf8),
            method: numbers.pick([.txt, .txt, .http, .cname, .email, nil]),
            capabilities: Capabilities(
                triggers: numbers.pick([[.patch, .retry], [.patch], [.retry], []]),
                methods: numbers.pick([[.txt, .http], [.txt], [.http], ValidationMethod.allCases, []]),
                revalidations: numbers.pick([[], [], [.txt, .cname, .http], [.http], ValidationMethod.allCases])
            ),
            challenges: challenges,
            needsManualReview: numbers.chance(5),
            issuers: try numbers.pick([["letsencrypt.org"], ["letsencrypt.org", "pki.goog"], ["ssl.com"], []]).map {
                try name($0)
            },
            expiresAt: numbers.pick([nil, nil, nil, testNow.adding(seconds: -1), testNow.adding(seconds: 3600)]),
            proof: try proof(),
            placements: try placements(),
            findings: findings
        )
    }

    private mutating func proof() throws -> ProofPeriod? {
        guard numbers.chance(60) else { return nil }
        let day: Int64 = 86_400
        return ProofPeriod(
            from: numbers.pick([nil, testNow.adding(seconds: -5 * day), testNow.adding(seconds: -180 * day)]),
            until: testNow.adding(seconds: numbers.pick([-1, 0, 2, 29, 31, 300]) * day)
        )
    }

    private mutating func placements() throws -> [ProviderPlacement] {
        guard numbers.chance(10) else { return [] }
        return numbers.pick([[.zone(apex: try name("example.com"))], [.below(name: try name("proofs.example.net"))]])
    }

    private mutating func record(_ host: String) throws -> RequiredRecord {
        let purpose: RequiredRecord.Purpose = numbers.chance(8) ? .standing : .oneTime
        let owner =
            numbers.chance(90)
            ? "_acme-challenge." + host
            : numbers.pick([
                host, "_a._b." + host, "_acme-challenge.stranger.example.org", "_acme-challenge.com", "0af3." + host,
            ])
        switch numbers.pick([0, 0, 0, 1, 2]) {
        case 0: return try txt(owner, numbers.pick(["token1", "token2", "token3"]), purpose: purpose)
        case 1: return try cname(owner, numbers.pick(["proof.example.org", "other.example.org"]), purpose: purpose)
        default: return try file(host, numbers.pick(["a.txt", "b.txt"]), numbers.pick(["token1", "token2"]))
        }
    }

    // MARK: what the world shows

    private mutating func survey(_ record: RequiredRecord) throws -> Survey {
        var observations: [Observation] = []
        let isFriendly = numbers.chance(isKind ? 90 : 45)
        let friendly =
            numbers.chance(isKind ? 85 : 40) ? Sighting.present(others: []) : .absent(negativeTTLSeconds: 300)
        for server in 0..<numbers.pick([0, 1, 2, 3, 3]) {
            for address in 0..<numbers.pick([1, 1, 2]) {
                let number = IPAddress.v4(0x0900_0000 + UInt32(server) << 8 + UInt32(address))
                let server = try name("ns\(server).example.net")
                observations.append(
                    Observation(
                        record.kind == .http
                            ? .web(host: record.name, address: number)
                            : .authoritative(server: server, address: number),
                        isFriendly ? friendly : numbers.pick(everySighting)
                    )
                )
            }
        }
        if numbers.chance(50) {
            for resolver in ["quad9", "local"] {
                observations.append(
                    Observation(.recursive(resolver: resolver, address: .v4(0x0909_0909)), numbers.pick(everySighting))
                )
            }
        }
        var chain = [record.name]
        if numbers.chance(12) {
            chain.append(try name(numbers.pick(["x.proofs.example.net", "_y.elsewhere.example.org"])))
        }
        let codes: [Survey.Problem.Code] = [.zoneCutUnknown, .cnameLoop, .delegationDiffers, .serverWithoutAddress]
        return Survey(
            record: record,
            // What lacks is not looked at in every pass.
            at: testNow.adding(seconds: -[0, 0, 0, 30, 900][observations.count % 5]),
            zone: numbers.chance(90) ? try name("example.com") : nil,
            chain: chain,
            observations: observations,
            problems: numbers.chance(12) ? [Survey.Problem(numbers.pick(codes), "a problem")] : [],
            wildcardZone: chain.count > 1 && numbers.chance(25) ? try name("example.com") : nil
        )
    }

    /// Now and then CAA was not looked for at all, or not for a name.
    private mutating func climbs(_ authorizations: [Authorization]) throws -> [CAAClimb]? {
        guard numbers.chance(90) else { return nil }
        let names = Set(authorizations.flatMap { $0.identifiers.map(\.name) }).sorted()
        var climbs: [CAAClimb] = []
        for name in names where numbers.chance(97) {
            var rungs: [CAAClimb.Rung] = []
            for ancestor in name.selfAndAncestors.dropLast() {
                // Now and then servers differ.
                let others = (0..<(numbers.chance(10) ? 1 : 0)).map { _ in CAAClimb.Rung(ancestor, caaAnswer()) }
                rungs.append(CAAClimb.Rung(ancestor, caaAnswer(), others: others))
            }
            climbs.append(CAAClimb(name, at: testNow, rungs: rungs))
        }
        return climbs
    }

    private mutating func caaAnswer() -> CAAClimb.Answer {
        numbers.chance(isKind ? 90 : 75)
            ? .none
            : numbers.pick([
                .records([CAARecord(0, "issue", ";")]), .records([CAARecord(0, "issue", "letsencrypt.org")]),
                .records([CAARecord(0, "issue", "pki.goog"), CAARecord(0, "issuewild", "letsencrypt.org")]),
                .records([CAARecord(1, "future", "x")]), .failed(reason: "SERVFAIL"),
            ])
    }

    // MARK: what was done

    private mutating func history(_ authorizations: [Authorization]) throws -> History {
        var entries: [JournalEntry] = []
        for index in 0..<numbers.pick([0, 0, 1, 3, 8]) {
            guard let authorization = authorizations.randomElement(using: &numbers) else { break }
            // Sometimes about an authorization the provider no longer shows.
            let key =
                numbers.chance(85)
                ? authorization.key
                : AuthorizationKey(provider: authorization.key.provider, id: try AuthorizationID("gone"))
            let ageSeconds: Int64 = numbers.pick([
                0, 1, 20, 200, 1000, 20_000, 86_000, 90_000, 3_000_000, -60, -90_000_000,
            ])
            let at = testNow.adding(seconds: -ageSeconds)
            let intent = Intent(
                id: "intent\(index)",
                authorization: key,
                scope: authorization.scope,
                effect: try effect(authorization),
                generation: authorization.tokenGeneration,
                at: at
            )
            entries.append(JournalEntry(intent: intent, receipt: receipt(intent)))
        }
        var quarantined: [String: String] = [:]
        if numbers.chance(8) { quarantined["bind"] = "took away \"a\"" }
        if numbers.chance(8) { quarantined["silent"] = "took away \"a\"" }
        entries.sort { $0.intent.at < $1.intent.at }
        return History(entries: entries, quarantined: quarantined)
    }

    private mutating func effect(_ authorization: Authorization) throws -> Effect {
        let own = authorization.records
        let record = own.isEmpty || numbers.chance(25) ? try record(numbers.pick(Self.hosts)) : numbers.pick(own)
        let publisher = record.kind == .http ? "web" : numbers.pick(["bind", "spare", "removed"])
        let zone = try name("example.com")
        return switch numbers.pick([0, 0, 0, 0, 0, 1, 2, 2, 2, 3, 4]) {
        case 0: .publish(record: record, target: record.name, zone: zone, publisher: publisher)
        case 1: .withdraw(record: record, target: record.name, zone: zone, publisher: publisher)
        case 2: .trigger(style: numbers.pick([.patch, .patch, .retry]))
        case 3: .changeMethod(to: numbers.pick([.txt, .http]))
        default: .revalidate(by: numbers.pick([.txt, .http]))
        }
    }

    /// Seconds that a failure is left alone.
    private static let rests: [Int64?] = [nil, 60, 3600, 10_000, 10_000, 90_000_000]

    private mutating func receipt(_ intent: Intent) -> Receipt? {
        guard numbers.chance(85) else { return nil }
        let outcome: Receipt.Outcome = numbers.pick([.done, .done, .failed, .failed, .unknown])
        let at = intent.at.adding(seconds: 1)
        return Receipt(
            intent: intent.id,
            outcome: outcome,
            code: outcome == .failed
                ? numbers.pick([
                    "hook-failed", nil, "hook-misconfigured", "hook-misconfigured", "hook-not-my-zone",
                    "hook-not-my-zone",
                ])
                : nil,
            reason: numbers.pick(["exit 1", nil]),
            at: at,
            notBefore: outcome == .failed
                ? numbers.pick(Self.rests).map { at.adding(seconds: $0) }
                : nil
        )
    }
}

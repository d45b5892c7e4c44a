// A small world to tell stories in: one provider, one zone with two name servers, two publishers, and a little past.

import DCV

/// What a story changes about an uneventful day. `situation` is what a run would have gathered.
struct StoryWorld {
    /// 2026-11-21T09:00:00Z.
    static let now = Instant(millisecondsSinceEpoch: 1_795_251_600_000)
    static let bind = Situation.PublisherView(name: "bind", kinds: [.txt, .cname])
    static let web = Situation.PublisherView(name: "web", kinds: [.http])

    var policy = Policy.standard
    var publishers = [bind, web]
    var authorizations: [Authorization] = []
    var findings: [Finding] = []
    var surveys: [Survey] = []
    /// Nil: nobody looked for CAA records.
    var caa: [CAAClimb]?
    var entries: [JournalEntry] = []
    var quarantined: [String: String] = [:]
    var changesMade = 0
    /// A zone in which nothing is published and triggered.
    var watched: DomainName?

    func situation() throws -> Situation {
        var watching = policy
        watching.name = "watch"
        watching.trigger.action = .none
        return Situation(
            at: Self.now,
            zones: [
                Situation.ZoneRule(apex: try DomainName("example.com"), publishers: publishers, policy: policy),
                Situation.ZoneRule(apex: nil, publishers: [], policy: .standard),
            ] + (watched.map { [Situation.ZoneRule(apex: $0, publishers: [], policy: watching)] } ?? []),
            authorizations: authorizations,
            findings: findings,
            surveys: surveys,
            caa: caa,
            history: History(entries: entries, quarantined: quarantined),
            changesMade: changesMade
        )
    }

    // MARK: what the provider says

    /// Adds an authorization of provider `cf` in the scope `zone-1`, with one challenge a record.
    mutating func order(
        _ id: String,
        _ names: [String],
        _ records: [RequiredRecord],
        status: Authorization.Status = .pending,
        says word: String = "pending_validation",
        method: ValidationMethod? = .txt,
        triggers: [TriggerStyle] = [.patch, .retry],
        methods: [ValidationMethod] = [.txt, .http],
        revalidations: [ValidationMethod] = [],
        isReviewed: Bool = false,
        issuers: [String] = [],
        expiresAt: Instant? = nil,
        proof: ProofPeriod? = nil,
        placements: [ProviderPlacement] = [],
        findings: [Finding] = []
    ) throws {
        authorizations.append(
            Authorization(
                key: try Self.key(id),
                scope: "zone-1",
                identifiers: try names.map { try Identifier($0) },
                status: status,
                providerStatus: OctetText(word.utf8),
                method: method,
                capabilities: Capabilities(triggers: triggers, methods: methods, revalidations: revalidations),
                challenges: records.map { Challenge(alternatives: [$0]) },
                needsManualReview: isReviewed,
                issuers: try issuers.map { try DomainName($0) },
                expiresAt: expiresAt,
                proof: proof,
                placements: placements,
                findings: findings
            )
        )
    }

    /// - Parameter id: a handle at `cf`, or `provider:handle`.
    static func key(_ id: String) throws -> AuthorizationKey {
        if id.contains(":") { return try AuthorizationKey(id) }
        return AuthorizationKey(provider: try ProviderName("cf"), id: try AuthorizationID(id))
    }

    // MARK: what the world shows

    /// Adds a survey: one sighting for ns1 and one for ns2, further observations after them.
    /// A wildcard of example.com makes a CNAME at the record's name, and the record is not where it leads.
    mutating func seeUnderWildcard(_ record: RequiredRecord, leadingTo target: String) throws {
        let end = try DomainName(target)
        surveys.append(
            Survey(
                record: record,
                at: Self.now,
                zone: end.parent,
                chain: [record.name, end],
                observations: [try Self.nameServer(1, "192.0.2.53", .absent(negativeTTLSeconds: 300))],
                problems: [Survey.Problem(.wildcardAnswers, "what \(record.name) shows comes from *.shop.example.com")],
                wildcardZone: try DomainName("example.com")
            )
        )
    }

    mutating func see(
        _ record: RequiredRecord,
        _ first: Sighting,
        _ second: Sighting? = nil,
        and more: [Observation] = [],
        chain: [String] = [],
        problems: [Survey.Problem] = []
    ) throws {
        var observations: [Observation] = []
        for (index, sighting) in [first, second ?? first].enumerated() {
            if case .http(let host, _, _) = record.content {
                if index == 0 {
                    observations.append(
                        Observation(.web(host: host, address: try Self.address("198.51.100.80")), sighting)
                    )
                }
            } else {
                observations.append(try Self.nameServer(index + 1, "192.0.2.\(53 + index)", sighting))
            }
        }
        surveys.append(
            Survey(
                record: record,
                at: Self.now,
                zone: try DomainName("example.com"),
                chain: try chain.map { try DomainName($0) },
                observations: observations + more,
                problems: problems
            )
        )
    }

    /// Adds what the climb from `name` saw: one answer for each name on the way, the name itself first; none for the rest.
    /// - Parameter other: what a second server shows at the first of these names that has records.
    mutating func climb(
        _ name: String,
        _ answers: [CAAClimb.Answer],
        failing: [String] = [],
        other: CAAClimb.Answer? = nil
    ) throws {
        let name = try DomainName(name)
        let (first, second) = (try Self.address("192.0.2.53"), try Self.address("192.0.2.54"))
        let decisive = answers.firstIndex { $0 != .none }
        let rungs = name.selfAndAncestors.dropLast().enumerated().map { index, ancestor in
            CAAClimb.Rung(
                ancestor,
                answers.indices.contains(index) ? answers[index] : .none,
                failing: index == 0 ? failing : [],
                servers: [first],
                others: [index == decisive ? other : nil].compactMap { $0 }
                    .map { CAAClimb.Rung(ancestor, $0, servers: [second]) }
            )
        }
        caa = (caa ?? []) + [CAAClimb(name, at: Self.now, rungs: rungs)]
    }

    static func nameServer(_ number: Int, _ address: String, _ sighting: Sighting) throws -> Observation {
        let server = try DomainName("ns\(number).example.net")
        return Observation(
            .authoritative(server: server, address: try Self.address(address)),
            sighting,
            roundTripMilliseconds: 9
        )
    }

    static func resolver(_ label: String, _ address: String, _ sighting: Sighting) throws -> Observation {
        Observation(
            .recursive(resolver: label, address: try Self.address(address)),
            sighting,
            roundTripMilliseconds: 21
        )
    }

    private static func address(_ text: String) throws -> IPAddress {
        guard let address = IPAddress(text) else { throw NameError(.octetNotAllowed, OctetText(text.utf8)) }
        return address
    }

    // MARK: what was done before

    mutating func did(
        _ effect: Effect,
        for id: String,
        secondsAgo: Int64,
        _ outcome: Receipt.Outcome?,
        code: String? = nil,
        reason: String? = nil,
        restSeconds: Int64? = nil
    ) throws {
        let at = Self.now.adding(seconds: -secondsAgo)
        let intent = Intent(
            id: "intent-\(entries.count + 1)",
            authorization: try Self.key(id),
            scope: "zone-1",
            effect: effect,
            generation: [],
            at: at
        )
        let receipt = outcome.map { outcome in
            Receipt(
                intent: intent.id,
                outcome: outcome,
                code: code,
                reason: reason,
                at: at.adding(seconds: 1),
                notBefore: restSeconds.map { Self.now.adding(seconds: $0) }
            )
        }
        entries.append(JournalEntry(intent: intent, receipt: receipt))
    }

    static func publishing(_ record: RequiredRecord, through publisher: String = "bind") throws -> Effect {
        .publish(record: record, target: record.name, zone: try DomainName("example.com"), publisher: publisher)
    }
}

/// Values that stories share.
enum StoryText {
    static func txt(_ owner: String, _ value: String) throws -> RequiredRecord {
        RequiredRecord(.txt(name: try DomainName(owner), value: try TXTValue(value)))
    }

    static func cname(_ owner: String, _ target: String) throws -> RequiredRecord {
        RequiredRecord(.cname(name: try DomainName(owner), target: try DomainName(target)))
    }

    static func file(_ host: String, _ fileName: String, _ body: String) throws -> RequiredRecord {
        let path = try HTTPTokenPath("/.well-known/pki-validation/" + fileName)
        return RequiredRecord(.http(host: try DomainName(host), path: path, body: try HTTPTokenBody(body)))
    }

    static let present = Sighting.present(others: [])
    static let absent = Sighting.absent(negativeTTLSeconds: 300)

    static func wrong(_ value: String) -> Sighting { .wrong(saw: [OctetText(value.utf8)], ttlSeconds: 600) }
}

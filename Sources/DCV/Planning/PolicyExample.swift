// A policy tried on a small world: "given this view, decide that". The examples stand in the policy's own file.

/// One example of what a policy decides.
package struct PolicyExample: Hashable, Sendable {
    /// What the example says of the world; everything else is an ordinary day: one certificate of one name waits for one record.
    package struct View: Hashable, Sendable {
        package var status = Authorization.Status.pending
        /// Txt, cname or http.
        package var method = RecordKind.txt
        package var isWildcard = false
        /// One for each name server (one for the web host of a file).
        package var servers: [Sighting] = [.present(others: []), .present(others: [])]
        /// One for each resolver that the policy names, in its order.
        package var resolvers: [Sighting] = []
        package var caa = CAAView.absent
        package var hasPublisher = true
        /// Seconds since the record was published by this program; nil: it was not.
        package var publishedSecondsAgo: Int64?
        /// Seconds since each trigger.
        package var triggersSecondsAgo: [Int64] = []
        /// Seconds for which a proof still holds, of 200 days; nil: there is none.
        package var proofSecondsLeft: Int64?

        package init() {}
    }

    /// What the CAA records on the way up say of the provider's CA.
    package enum CAAView: String, Hashable, Sendable, CaseIterable { case absent, allowed, forbidden, depends, unknown }

    package enum Decision: Hashable, Sendable, CustomStringConvertible {
        case publish, withdraw, trigger, revalidate, wait, nothing
        case changeMethod
        /// A finding with this code is told.
        case report(String)

        package static let words: [String: Decision] = [
            "publish": .publish, "withdraw": .withdraw, "trigger": .trigger, "revalidate": .revalidate, "wait": .wait,
            "nothing": .nothing, "change-method": .changeMethod,
        ]

        package var description: String {
            if case .report(let code) = self { return "report \(code)" }
            return Self.words.first { $0.value == self }?.key ?? ""
        }
    }

    package let title: String
    package let view: View
    /// All of them must be decided. Without a word for an effect among them, nothing may be done.
    package let decides: [Decision]
    /// Where it stands: `file:line:column`.
    package let place: String

    package init(_ title: String, _ view: View, decides: [Decision], place: String) {
        self.title = title
        self.view = view
        self.decides = decides
        self.place = place
    }

    /// What came of it.
    package struct Outcome: Sendable {
        package let example: PolicyExample
        package let isMet: Bool
        package let decided: [Decision]
        package let plan: Plan
        package let at: Instant
    }

    /// Plans the example's world under a policy.
    package func tried(under policy: Policy) throws(NameError) -> Outcome {
        let situation = try situation(under: policy)
        let plan = Planner.plan(situation)
        let decided = Self.decisions(plan)
        let effects = Set(decided.filter(\.isEffect))
        let isMet = decides.allSatisfy(decided.contains) && effects == Set(decides.filter(\.isEffect))
        return Outcome(example: self, isMet: isMet, decided: decided, plan: plan, at: situation.at)
    }

    /// `wait` and `nothing` only where nothing is done.
    private static func decisions(_ plan: Plan) -> [Decision] {
        var decisions: [Decision] = plan.steps.compactMap { step in
            switch step.action {
            case .publish: .publish
            case .withdraw: .withdraw
            case .trigger: .trigger
            case .revalidate: .revalidate
            case .changeMethod: .changeMethod
            case .wait, .report: nil
            }
        }
        if decisions.isEmpty { decisions = [plan.waits.isEmpty ? .nothing : .wait] }
        return decisions + plan.findings.map { .report($0.code) }
    }
}

extension PolicyExample.Decision {
    var isEffect: Bool {
        switch self {
        case .publish, .withdraw, .trigger, .revalidate, .changeMethod: true
        case .wait, .nothing, .report: false
        }
    }
}

// MARK: the world of an example

extension PolicyExample {
    private static let daySeconds: Int64 = 86_400
    /// 2027-01-01T00:00:00Z: a day on which CAs look from five places beside their own (BR 3.2.2.9).
    private static let now = Instant(millisecondsSinceEpoch: 1_798_761_600_000)
    /// How long a proof of an example has held in all.
    private static let proofDays: Int64 = 200
    private static let issuers = ["ca.example", "other-ca.example"]

    private func situation(under policy: Policy) throws(NameError) -> Situation {
        let now = Self.now
        let host = try DomainName("shop.example.com")
        let record = try record(host)
        let authorization = try authorization(host, record)
        let publisher = Situation.PublisherView(name: "publisher", kinds: RecordKind.allCases)
        return Situation(
            at: now,
            zones: [.init(apex: nil, publishers: view.hasPublisher ? [publisher] : [], policy: policy)],
            authorizations: [authorization],
            surveys: [try survey(record, policy)],
            caa: [try climb(host)],
            history: try history(authorization, record)
        )
    }

    private func record(_ host: DomainName) throws(NameError) -> RequiredRecord {
        let owner = try host.prepending("_acme-challenge")
        switch view.method {
        case .txt: return RequiredRecord(.txt(name: owner, value: try TXTValue("token")))
        case .cname: return RequiredRecord(.cname(name: owner, target: try DomainName("token.ca.example")))
        case .http:
            let path = try HTTPTokenPath("/.well-known/pki-validation/token.txt")
            return RequiredRecord(.http(host: host, path: path, body: try HTTPTokenBody("token")))
        }
    }

    private func authorization(_ host: DomainName, _ record: RequiredRecord) throws(NameError) -> Authorization {
        let proof = view.proofSecondsLeft.map { left in
            ProofPeriod(
                from: Self.now.adding(seconds: left - Self.proofDays * Self.daySeconds),
                until: Self.now.adding(seconds: left)
            )
        }
        let identifier = Identifier(host, isWildcard: view.isWildcard)
        return Authorization(
            key: AuthorizationKey(provider: try ProviderName("provider"), id: try AuthorizationID("certificate")),
            scope: "zone",
            identifiers: [identifier],
            status: view.status,
            providerStatus: OctetText(view.status.rawValue.utf8),
            method: view.method.method,
            capabilities: Capabilities(
                triggers: [.patch, .retry],
                methods: [.txt, .http],
                revalidations: proof == nil ? [] : [.txt, .http]
            ),
            challenges: [Challenge(identifier: identifier, alternatives: [record])],
            issuers: view.caa == .depends
                ? [try DomainName(Self.issuers[0]), try DomainName(Self.issuers[1])]
                : [try DomainName(Self.issuers[0])],
            proof: proof
        )
    }

    private func survey(_ record: RequiredRecord, _ policy: Policy) throws(NameError) -> Survey {
        var observations: [Observation] = []
        for (index, sighting) in view.servers.enumerated() {
            let address = IPAddress.v4(0xC000_0200 + UInt32(clamping: index + 1))
            let vantage: VantagePoint =
                record.kind == .http
                ? .web(host: record.name, address: address)
                : .authoritative(server: try DomainName("ns\(index + 1).example.net"), address: address)
            observations.append(Observation(vantage, sighting))
        }
        for (name, sighting) in zip(policy.propagation.resolvers, view.resolvers) {
            observations.append(Observation(.recursive(resolver: name, address: .v4(0xC633_6401)), sighting))
        }
        return Survey(record: record, at: Self.now, zone: try DomainName("example.com"), observations: observations)
    }

    private func climb(_ host: DomainName) throws(NameError) -> CAAClimb {
        let answer: CAAClimb.Answer =
            switch view.caa {
            case .absent: .none
            case .allowed, .depends: .records([CAARecord(0, "issue", Self.issuers[0])])
            case .forbidden: .records([CAARecord(0, "issue", "stranger.example")])
            case .unknown: .failed(reason: "every name server answers SERVFAIL")
            }
        return CAAClimb(host, at: Self.now, rungs: [CAAClimb.Rung(host, answer)])
    }

    private func history(_ authorization: Authorization, _ record: RequiredRecord) throws(NameError) -> History {
        var entries: [JournalEntry] = []
        func add(_ effect: Effect, _ secondsAgo: Int64) {
            let intent = Intent(
                id: "intent-\(entries.count + 1)",
                authorization: authorization.key,
                scope: authorization.scope,
                effect: effect,
                generation: authorization.tokenGeneration,
                at: Self.now.adding(seconds: -secondsAgo)
            )
            let receipt = Receipt(intent: intent.id, outcome: .done, at: intent.at)
            entries.append(JournalEntry(intent: intent, receipt: receipt))
        }
        if let ago = view.publishedSecondsAgo {
            let zone = try DomainName("example.com")
            add(.publish(record: record, target: record.name, zone: zone, publisher: "publisher"), ago)
        }
        for ago in view.triggersSecondsAgo.sorted(by: >) { add(.trigger(style: .patch), ago) }
        return History(entries: entries.sorted { $0.intent.at < $1.intent.at }, quarantined: [:])
    }
}

// The plan while it is written: the situation sorted for quick questions, the steps so far, and what they already cover.

/// What `TriggerStyle.retry` covers and pacing counts by: a scope of one provider.
struct TriggerScope: Hashable {
    let provider: ProviderName
    let scope: String

    init(_ authorization: Authorization) {
        provider = authorization.key.provider
        scope = authorization.scope
    }

    init(_ intent: Intent) {
        provider = intent.authorization.provider
        scope = intent.scope
    }
}

/// What pacing counts by: everything that one provider does for one zone or account. A part of the scope after `/` names a kind of thing
/// in it, which has its own retries and the same pace.
struct PaceScope: Hashable {
    let provider: ProviderName
    let scope: String

    init(_ provider: ProviderName, _ scope: String) {
        self.provider = provider
        self.scope =
            scope.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
    }

    init(_ authorization: Authorization) { self.init(authorization.key.provider, authorization.scope) }
}

struct Draft {
    let situation: Situation
    /// What the history says was published and still stands, worked out once.
    let published: [PublishedRecord]
    /// Handles that the situation holds more than once: nothing is done about them.
    let ambiguous: Set<AuthorizationKey>
    /// How people know each authorization.
    private let titles: [AuthorizationKey: String]
    private let surveys: [RequiredRecord: Survey]
    private let climbs: [DomainName: CAAClimb]
    private let policies: [RequiredRecord: Policy]
    let load: ServerLoad
    /// Everything in the history that a clock can have told, by what the rules ask for.
    private let triggers: [TriggerScope: [JournalEntry]]
    private let askedAt: [PaceScope: Instant]
    private let methodChanges: [AuthorizationKey: [JournalEntry]]
    private let revalidations: [AuthorizationKey: [JournalEntry]]
    private let publications: [RequiredRecord.Content: [JournalEntry]]
    private let withdrawals: [RequiredRecord.Content: [JournalEntry]]
    private let pending: [TriggerScope: [Authorization]]
    private var told: Set<Step> = []
    private(set) var steps: [Step] = []
    /// Records some step of this plan publishes already: two certificates may want the same one.
    private(set) var publishing: Set<RequiredRecord.Content> = []
    /// Scopes in which a trigger stands in this plan.
    private(set) var triggered: [TriggerScope: (style: TriggerStyle, by: AuthorizationKey)] = [:]
    /// Where this plan already sends the provider a call with an effect.
    private var asked: Set<PaceScope> = []
    private var changes: Int

    init(situation: Situation) {
        self.situation = situation
        published = situation.history.published
        ambiguous = Set(
            Dictionary(grouping: situation.authorizations, by: \.key).filter { $0.value.count > 1 }.keys
        )
        // Of one that is no longer listed the journal knows the names.
        titles = situation.authorizations.titles.merging(
            published.compactMap { record in record.title.map { (record.authorization, $0) } },
            uniquingKeysWith: { listed, _ in listed }
        )
        climbs = Dictionary((situation.caa ?? []).map { ($0.name, $0) }, uniquingKeysWith: { _, newer in newer })
        surveys = Dictionary(situation.surveys.map { ($0.record, $0) }, uniquingKeysWith: { _, newer in newer })
        policies = situation.zones.policies(ofRecordsOf: situation.authorizations)
        load = Self.load(of: situation, policies)
        // An entry from far ahead was dated by a clock that has been set right since: it says nothing about when to try again.
        let believable = situation.at.adding(seconds: Planner.backOffLimitSeconds)
        var triggers: [TriggerScope: [JournalEntry]] = [:]
        var askedAt: [PaceScope: Instant] = [:]
        var methodChanges: [AuthorizationKey: [JournalEntry]] = [:]
        var revalidations: [AuthorizationKey: [JournalEntry]] = [:]
        var publications: [RequiredRecord.Content: [JournalEntry]] = [:]
        var withdrawals: [RequiredRecord.Content: [JournalEntry]] = [:]
        for entry in situation.history.entries where entry.intent.at <= believable {
            switch entry.intent.effect {
            case .trigger, .changeMethod, .revalidate:
                askedAt[PaceScope(entry.intent.authorization.provider, entry.intent.scope)] = entry.intent.at
            case .publish, .withdraw: break
            }
            switch entry.intent.effect {
            case .trigger: triggers[TriggerScope(entry.intent), default: []].append(entry)
            case .changeMethod: methodChanges[entry.intent.authorization, default: []].append(entry)
            case .revalidate: revalidations[entry.intent.authorization, default: []].append(entry)
            case .publish(let record, _, _, _): publications[record.content, default: []].append(entry)
            case .withdraw(let record, _, _, let publisher):
                withdrawals[record.content, default: []].append(entry)
                // What was taken away is no reason to expect the value when it is wanted again.
                guard entry.receipt?.outcome == .done else { continue }
                publications[record.content]?.removeAll { $0.intent.effect.isPublication(through: publisher) }
            }
        }
        (self.triggers, self.methodChanges, self.revalidations) = (triggers, methodChanges, revalidations)
        self.askedAt = askedAt
        (self.publications, self.withdrawals) = (publications, withdrawals)
        pending = Dictionary(
            grouping: situation.authorizations.filter { $0.status == .pending || $0.status == .unknown }
                .sorted { $0.key < $1.key },
            by: { TriggerScope($0) }
        )
        changes = situation.changesMade
    }

    func survey(of record: RequiredRecord) -> Survey? { surveys[record] }

    func climb(of name: DomainName) -> CAAClimb? { climbs[name] }

    /// Attempts to publish a record since it was last withdrawn, oldest first.
    func publications(of record: RequiredRecord) -> [JournalEntry] { publications[record.content] ?? [] }

    /// Attempts to withdraw a record, oldest first.
    func withdrawals(of record: RequiredRecord) -> [JournalEntry] { withdrawals[record.content] ?? [] }

    /// When this agent last did something about a record, or tried to.
    func changedAt(_ record: RequiredRecord) -> Instant? {
        [publications(of: record).last, withdrawals(of: record).last].compactMap { $0?.intent.at }.max()
    }

    /// Changes of its validation method, oldest first.
    func methodChanges(of key: AuthorizationKey) -> [JournalEntry] { methodChanges[key] ?? [] }

    /// Its revalidations, oldest first.
    func revalidations(of key: AuthorizationKey) -> [JournalEntry] { revalidations[key] ?? [] }

    /// Triggers in a provider's scope, oldest first.
    func triggers(in scope: TriggerScope) -> [JournalEntry] { triggers[scope] ?? [] }

    /// Triggers that reached an authorization, oldest first: its own, and every retry, which covers its whole scope.
    func triggers(of authorization: Authorization) -> [JournalEntry] {
        triggers(in: TriggerScope(authorization)).filter {
            $0.intent.authorization == authorization.key || $0.intent.effect == .trigger(style: .retry)
        }
    }

    /// When the next call with an effect may go to the provider for this scope; nil when it may go now. A trigger and a change of method
    /// are the same call to a provider, and each change is a new order at its CA.
    func paceEnd(of authorization: Authorization, _ policy: Policy) -> Instant? {
        let scope = PaceScope(authorization)
        let pace = policy.trigger.paceSeconds
        if pace > 0, asked.contains(scope) { return situation.at.adding(seconds: pace) }
        let clear = askedAt[scope]?.adding(seconds: pace)
        return clear.flatMap { $0 > situation.at ? $0 : nil }
    }

    /// Those that a retry in the scope of `authorization` would make the provider look at too, in whatever order the provider lists them in
    /// one order.
    func siblings(of authorization: Authorization) -> [Authorization] {
        (pending[TriggerScope(authorization)] ?? []).filter { $0.key != authorization.key }
    }

    func policy(for authorization: Authorization) -> Policy {
        authorization.governingName.map { situation.zones.policy(for: $0) } ?? .standard
    }

    func policy(for record: RequiredRecord) -> Policy {
        policies[record] ?? situation.zones.policy(for: record.name)
    }

    func title(of key: AuthorizationKey) -> String { titles[key] ?? "\(key)" }

    private func step(_ key: AuthorizationKey?, _ action: Step.Action, _ because: String) -> Step {
        Step(key, action, because: because, title: key.flatMap { titles[$0] })
    }

    mutating func report(_ finding: Finding, for key: AuthorizationKey?) {
        let step = step(key, .report(finding), finding.saw)
        if told.insert(step).inserted { steps.append(step) }
    }

    mutating func wait(
        _ key: AuthorizationKey?,
        until: Instant,
        for reason: Step.WaitReason,
        because: String
    ) {
        // What was seen some passes ago may be due for another look already.
        let until = max(until, situation.at.adding(seconds: 1))
        steps.append(step(key, .wait(until: until, for: reason), because))
    }

    mutating func wait(
        _ key: AuthorizationKey?,
        seconds: Int64,
        for reason: Step.WaitReason,
        because: String
    ) {
        wait(key, until: situation.at.adding(seconds: seconds), for: reason, because: because)
    }

    mutating func trigger(_ authorization: Authorization, style: TriggerStyle, because: String) {
        triggered[TriggerScope(authorization)] = (style, authorization.key)
        asked.insert(PaceScope(authorization))
        steps.append(step(authorization.key, .trigger(style: style), because))
    }

    mutating func revalidate(_ authorization: Authorization, by method: ValidationMethod, because: String) {
        asked.insert(PaceScope(authorization))
        steps.append(step(authorization.key, .revalidate(by: method), because))
    }

    mutating func changeMethod(_ authorization: Authorization, to method: ValidationMethod, because: String) {
        asked.insert(PaceScope(authorization))
        steps.append(step(authorization.key, .changeMethod(to: method), because))
    }

    /// Adds a publish or withdraw step, unless the run's share of changes is used up: then a wait takes its place.
    mutating func change(
        _ key: AuthorizationKey,
        _ action: Step.Action,
        limit: Int,
        because: String
    ) {
        guard changes < limit else {
            wait(
                key,
                seconds: Policy.standard.wait.pollMaximumSeconds,
                for: .budget,
                because: "this run has made as many changes as it may (publish.changes_per_run: \(limit))"
            )
            return
        }
        changes += 1
        if case .publish(let publication) = action { publishing.insert(publication.record.content) }
        steps.append(step(key, action, because))
    }
}

extension Effect {
    fileprivate func isPublication(through name: String) -> Bool {
        if case .publish(_, _, _, name) = self { true } else { false }
    }
}

// Gathering the situation of one pass: what providers say, what is seen of the records that are due for a look, and the journal.
import DCV

extension Reconciler {
    func observe(
        _ readings: [ProviderReading],
        _ options: RunOptions,
        _ looks: inout StandingLooks,
        changes: Int,
        _ outlived: [Finding]
    ) async throws(JournalFailure) -> Situation {
        let authorizations = readings.flatMap(\.authorizations)
        let zones = rules.undescribed
        let policies = zones.policies(ofRecordsOf: authorizations)
        let requests = authorizations.filter { $0.status == .pending && options.selection.contains($0) }
            .flatMap { authorization in
                authorization.records.map { record in
                    SurveyRequest(record, under: (policies[record] ?? .standard).propagation)
                }
            }
        var seen: Set<RequiredRecord> = []
        let unique = requests.filter { seen.insert($0.record).inserted }
        // Nobody else acts before this pass is over: the lock is held.
        let history = try await journal.history(since: clock.now().adding(seconds: -Self.memoryDays * 86_400))
        looks.choose(history, at: clock.now())
        let due = unique.filter { looks.survey(of: $0.record) == nil }
        var fresh: [RequiredRecord: Survey] = [:]
        if !due.isEmpty {
            tell(.surveying(records: due.count))
            let surveys = await surveyor.survey(due)
            tell(.surveyed(surveys))
            for survey in surveys { fresh[survey.record] = survey }
        }
        let surveys = unique.compactMap { fresh[$0.record] ?? looks.survey(of: $0.record) }
        let climbs = await climbs(authorizations.filter(options.selection.contains), zones, looks)
        let now = clock.now()
        let needsHands = Planner.needsPublishers(authorizations, history, zones, at: now)
        let described = needsHands ? await rules.describe() : (rules: zones, findings: [])
        let situation = Situation(
            at: now,
            zones: described.rules,
            authorizations: authorizations,
            findings: outlived + readings.flatMap(\.findings) + described.findings,
            surveys: surveys,
            caa: climbs,
            history: history,
            changesMade: changes,
            isLaboratory: isLaboratory
        )
        looks.keep(situation)
        return situation
    }

    private func climbs(
        _ authorizations: [Authorization],
        _ zones: [Situation.ZoneRule],
        _ looks: StandingLooks
    ) async -> [CAAClimb] {
        let due = Set(Planner.caaNames(authorizations.filter { !looks.standsIn(for: $0) }, zones))
        let names = Planner.caaNames(authorizations, zones)
        let standing = names.filter { !due.contains($0) }.compactMap(looks.climb)
        let seen = Set(standing.map(\.name))
        let fresh = names.filter { !seen.contains($0) }
        return standing + (fresh.isEmpty ? [] : await surveyor.climb(fresh))
    }

    /// Budgets count a day, back-offs last hours; two days of entries answer every question the planner has.
    static let memoryDays: Int64 = 2
}

/// What the last pass saw of records whose next look is later, for as long as one run lasts.
struct StandingLooks {
    private var earlier: Situation?
    private var climbs: [DomainName: CAAClimb] = [:]
    /// Records that must be looked at in the next pass, whatever was seen of them.
    private var doubted: Set<RequiredRecord> = []
    private var standing: [RequiredRecord: Survey] = [:]

    /// The survey that stands in for a look of this pass; nil when the record must be looked at.
    func survey(of record: RequiredRecord) -> Survey? { standing[record] }

    /// Whether nothing about an order is looked at in this pass.
    func standsIn(for authorization: Authorization) -> Bool {
        !authorization.records.isEmpty && authorization.records.allSatisfy { standing[$0] != nil }
    }

    func climb(from name: DomainName) -> CAAClimb? { climbs[name] }

    /// Chooses what stands in this pass.
    mutating func choose(_ history: History, at now: Instant) {
        let surveys = earlier.map { NextLook.standing($0, history, at: now) } ?? []
        standing = Dictionary(surveys.map { ($0.record, $0) }) { first, _ in first }
        for record in doubted { standing[record] = nil }
        doubted = []
    }

    mutating func keep(_ situation: Situation) {
        earlier = situation
        climbs = Dictionary((situation.caa ?? []).map { ($0.name, $0) }) { first, _ in first }
    }

    /// The effects that were decided on looks of this very pass. Those of the others are looked at in the next one, before anything is done.
    mutating func decided(_ effects: [Step], _ situation: Situation) -> [Step] {
        let records = Dictionary(situation.authorizations.map { ($0.key, $0.records) }) { $0 + $1 }
        return effects.filter { effect in
            let own = effect.authorization.flatMap { records[$0] } ?? []
            let old = own.filter { standing[$0] != nil }
            doubted.formUnion(old)
            return old.isEmpty
        }
    }
}

// When to look again at a record that is on its way: the one rule for a run and for `check --wait`.

package enum NextLook {
    /// Questions that one name server is asked in a second, on average, by looks that follow each other.
    package static let questionsPerServerPerSecond = 20

    /// What caches keep is slept through; what name servers do is looked at quickly while the change is fresh, then more slowly.
    ///
    /// - Parameters:
    ///   - changedAt: when the record was published, or when the waiting began; nil when that is not known.
    ///   - lookedAt: when the look was made that the verdict comes from.
    ///   - questions: how many questions one server gets by looks that are made together: see `ServerLoad`.
    package static func at(
        _ propagation: Propagation,
        changedAt: Instant?,
        lookedAt: Instant,
        questions: Int = 1,
        _ wait: Policy.Wait
    ) -> Instant {
        let spacing = Int64(max(questions - 1, 0) / questionsPerServerPerSecond)
        let poll = lookedAt.adding(seconds: max(wait.pollSeconds(since: changedAt, now: lookedAt), spacing))
        guard case .incomplete(_, let cacheSeconds) = propagation else { return poll }
        return max(poll, lookedAt.adding(seconds: cacheSeconds))
    }

    /// The surveys of an earlier situation that need not be made again yet: something lacks, the next look at it is later, and nothing was
    /// done about it since. What is complete is never among them: that is decided on a look of its own pass.
    package static func standing(_ earlier: Situation, _ history: History, at now: Instant) -> [Survey] {
        let draft = Draft(situation: earlier)
        let first = earlier.surveys.map(\.at).min() ?? now
        let news = history.entries.filter { $0.endedAt >= first }
        var told: [RequiredRecord: Instant] = [:]
        for authorization in earlier.authorizations where !news.isEmpty {
            let calls = news.filter { $0.intent.reaches(authorization) }
            guard let last = calls.map(\.endedAt).max() else { continue }
            for record in authorization.records { told[record] = max(last, told[record] ?? last) }
        }
        return earlier.surveys.filter { survey in
            guard survey.at <= now, let due = draft.nextLook(at: survey), now < due else { return false }
            return told[survey.record].map { $0 < survey.at } ?? true
                && !news.contains { $0.endedAt >= survey.at && $0.intent.effect.touches(survey) }
        }
    }
}

/// How many questions each server gets when records are looked at together: one a record, one a zone for its SOA, and one for CAA
/// records at each name whose answer is not remembered between looks.
struct ServerLoad {
    private var questions: [IPAddress: Int] = [:]

    init(_ surveys: [Survey], _ climbs: [CAAClimb]) {
        var zones: [DomainName: Set<IPAddress>] = [:]
        for survey in surveys {
            for address in survey.askedAddresses { questions[address, default: 0] += 1 }
            for zone in survey.zones {
                let addresses = zone.servers.flatMap(\.addresses).filter { $0.state != nil }.map(\.address)
                zones[zone.apex, default: []].formUnion(addresses)
            }
        }
        for address in zones.values.joined() { questions[address, default: 0] += 1 }
        let rungs = climbs.flatMap(\.rungs).filter { !$0.isFlawless }
        for rung in Dictionary(rungs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }).values {
            for address in Set(rung.alternatives.flatMap(\.servers)) { questions[address, default: 0] += 1 }
        }
    }

    /// At the server that gets most, of those that are asked for this record.
    func worst(for survey: Survey) -> Int { survey.askedAddresses.compactMap { questions[$0] }.max() ?? 1 }
}

extension Survey {
    fileprivate var askedAddresses: Set<IPAddress> { Set(observations.map(\.vantage.address)) }
}

extension Draft {
    /// What polls cost: records that caches keep from being seen are left alone while others are polled.
    static func load(of situation: Situation, _ policies: [RequiredRecord: Policy]) -> ServerLoad {
        ServerLoad(
            situation.surveys.filter { survey in
                let policy = policies[survey.record] ?? .standard
                let verdict = Propagation.judge(survey, policy.propagation)
                guard case .incomplete(_, let cacheSeconds) = verdict else { return true }
                return cacheSeconds <= policy.wait.pollMaximumSeconds
            },
            situation.caa ?? []
        )
    }

    /// When a record that was published, or waits for it, is worth another look.
    func nextLook(_ propagation: Propagation, _ survey: Survey, _ policy: Policy) -> Instant {
        NextLook.at(
            propagation,
            changedAt: changedAt(survey.record),
            lookedAt: survey.at,
            questions: load.worst(for: survey),
            policy.wait
        )
    }

    /// When a record is worth another look; nil when it is complete.
    fileprivate func nextLook(at survey: Survey) -> Instant? {
        let policy = policy(for: survey.record)
        let verdict = Propagation.judge(survey, policy.propagation)
        switch verdict {
        case .complete: return nil
        case .missing, .incomplete: return nextLook(verdict, survey, policy)
        case .contradicted, .cannotTell: return survey.at.adding(seconds: policy.wait.pollMaximumSeconds)
        }
    }
}

extension JournalEntry {
    fileprivate var endedAt: Instant { max(receipt?.at ?? intent.at, intent.at) }
}

extension Intent {
    /// Whether a provider was told to do something about this authorization; a retry is about everything in its scope.
    fileprivate func reaches(_ other: Authorization) -> Bool {
        switch effect {
        case .trigger(.retry): TriggerScope(self) == TriggerScope(other)
        case .trigger, .changeMethod, .revalidate: authorization == other.key
        case .publish, .withdraw: false
        }
    }
}

extension Effect {
    /// Whether a publisher was at work at the name where this was seen.
    fileprivate func touches(_ survey: Survey) -> Bool {
        switch self {
        case .publish(let record, let target, _, _), .withdraw(let record, let target, _, _):
            survey.record.content == record.content || survey.chain.contains(target)
        case .changeMethod, .trigger, .revalidate: false
        }
    }
}

extension Policy.Wait {
    /// Seconds until the next look at something that began at `since`: half of the time that has passed, within the policy's bounds; the
    /// longest when it is not known when it began.
    func pollSeconds(since: Instant?, now: Instant) -> Int64 {
        guard let since else { return pollMaximumSeconds }
        return min(max(now.milliseconds(since: since) / 2000, pollMinimumSeconds), pollMaximumSeconds)
    }
}

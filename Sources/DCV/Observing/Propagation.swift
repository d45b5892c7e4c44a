// The one rule that says whether a record is visible enough: sightings and a quorum in, a verdict out. It is written nowhere else.

/// The verdict on one survey.
package enum Propagation: Hashable, Sendable {
    /// Every vantage point that the policy counts shows the record: looking will succeed.
    case complete
    /// Nobody shows it, and everybody who could be asked honestly says so: it must be published.
    case missing
    /// Somebody shows it, not yet enough do. `retryAfterSeconds` is the longest time a cache may keep the old answer; 0 when none does.
    case incomplete(lacking: [Observation], retryAfterSeconds: Int64)
    /// A vantage point shows something that excludes the record: another CNAME target, a failed signature, a forged answer, a redirect
    /// that CAs refuse.
    case contradicted(by: [Observation])
    /// Too little was seen to say anything: unreachable or not-serving vantage points, or no zone cut. Never read as "missing".
    case cannotTell(unseen: [Observation], problems: [Survey.Problem])

    /// A longer word of a zone about caching is cut to a day, so that no zone can make this agent look away for years.
    package static let cacheLimitSeconds: Int64 = 86_400

    package static func judge(_ survey: Survey, _ policy: Policy.Propagation) -> Propagation {
        let problems = survey.problems.filter(\.blocksJudgement)
        let authoritative = survey.observations.filter { !$0.isRecursive }
        // Where an address has no file yet, a fault at another may be what that one gives for unknown paths, and end with publishing.
        let isAwaited = authoritative.contains { if case .absent = $0.sighting { true } else { false } }
        let contradicting = authoritative.filter {
            $0.sighting.contradicts(survey.record.kind) || !isAwaited && $0.fetch?.fault?.isStanding == true
        }
        if !contradicting.isEmpty { return .contradicted(by: contradicting) }
        guard problems.isEmpty, !authoritative.isEmpty else {
            return .cannotTell(unseen: authoritative.filter { !$0.sighting.isPresent }, problems: problems)
        }
        let servers = Servers(survey)
        let isShownEnough =
            policy.unreachable.allows(servers.silent + servers.unsure) && servers.showing > 0
            && policy.authoritative.isMet(by: servers.showing, of: servers.counted(policy))
        if isShownEnough && servers.perspectives(at: survey.at).reach(policy.chance) {
            return judgeResolvers(survey, policy)
        }
        return judgeLack(survey, authoritative)
    }

    /// The authoritative side is complete: only now do the resolvers count.
    private static func judgeResolvers(_ survey: Survey, _ policy: Policy.Propagation) -> Propagation {
        // Resolvers know nothing of token files.
        guard !policy.resolvers.isEmpty, survey.record.kind != .http else { return .complete }
        let recursive = survey.observations.filter(\.isRecursive)
        let named = Set(policy.resolvers)
        let lacking = recursive.filter { !$0.sighting.isPresent }
        // A resolver is one, however many addresses it has: all that were asked must show it.
        let agreeing = Set(recursive.map(\.vantage.server)).subtracting(lacking.map(\.vantage.server))
        if policy.resolverQuorum.isMet(by: agreeing.intersection(named).count, of: named.count) { return .complete }
        let contradicting = lacking.filter { $0.sighting.contradicts(survey.record.kind, isRecursive: true) }
        if !contradicting.isEmpty { return .contradicted(by: contradicting) }
        let isHeldByCaches = lacking.contains { $0.sighting.cacheSeconds > 0 }
        if !isHeldByCaches && lacking.allSatisfy({ $0.sighting.isBlind }) {
            return .cannotTell(unseen: lacking, problems: [])
        }
        // Not the slowest cache counts, but the one whose forgetting fills the quorum.
        let missing = policy.resolverQuorum.needed(of: named.count) - agreeing.intersection(named).count
        let forgotten = Dictionary(grouping: lacking, by: \.vantage.server)
            .values.map { $0.map(\.sighting.cacheSeconds).max() ?? 0 }.sorted()
        let index = min(max(missing, 1), forgotten.count) - 1
        return .incomplete(
            lacking: lacking,
            retryAfterSeconds: forgotten.indices.contains(index) ? forgotten[index] : 0
        )
    }

    private static func judgeLack(_ survey: Survey, _ observations: [Observation]) -> Propagation {
        let lacking = observations.filter { !$0.sighting.isPresent }
        // All who could be asked show it; only of those whom nobody could ask is nothing known.
        if lacking.isEmpty {
            return .cannotTell(unseen: [], problems: survey.problems.filter { $0.silences != nil })
        }
        if observations.contains(where: { $0.sighting.isPresent }) {
            return .incomplete(lacking: lacking, retryAfterSeconds: 0)
        }
        // Publishing is safe when one server honestly lacks it; that others are silent is told, and blocks the trigger later.
        if lacking.contains(where: { !$0.sighting.isBlind }) { return .missing }
        return .cannotTell(unseen: lacking, problems: [])
    }
}

/// Addresses grouped into the servers they belong to: a dead or lame address of a living server blocks nobody (the CA's resolver asks
/// another one), a server that serves nobody is a matter of policy, and so is one whose addresses, or some of them, nobody could find out:
/// a CA may find them, and meet something stale there. A web host is one server.
struct Servers {
    let total: Int
    let showing: Int
    let silent: Int
    /// Those of the showing that may have more addresses than are known.
    let unsure: Int

    init(_ survey: Survey) {
        let groups = Dictionary(grouping: survey.observations.filter { !$0.isRecursive }, by: \.vantage.server)
        let unknown = Set(survey.problems.compactMap { $0.silences?.text })
        let unasked = unknown.subtracting(groups.keys)
        total = groups.count + unasked.count
        silent = groups.values.filter { $0.allSatisfy(\.isPassedOver) }.count + unasked.count
        let shown = groups.filter { _, group in
            let serving = group.filter { !$0.isPassedOver }
            return !serving.isEmpty && serving.allSatisfy(\.sighting.isPresent)
        }
        showing = shown.count
        unsure = shown.keys.filter(unknown.contains).count
    }

    /// What a CA that looks from several places makes of them.
    func perspectives(at: Instant) -> Perspectives { Perspectives(showing: showing, of: total - silent, at: at) }

    /// `all` means all that may be demanded: tolerated silent servers are not among them. Fractions and numbers count everybody.
    func counted(_ policy: Policy.Propagation) -> Int { policy.authoritative == .all ? total - silent : total }
}

extension Observation {
    /// Whether a CA would go on to another address: a resolver does so after silence, REFUSED, SERVFAIL and answers without authority. Who
    /// fetches a file goes on from IPv6 to IPv4 only, and from silence alone; of several IPv4 addresses it takes one.
    var isPassedOver: Bool {
        if case .web(_, let address) = vantage { sighting.isUnreachable && address.isV6 } else { sighting.isBlind }
    }
}

extension Observation {
    package var isRecursive: Bool { if case .recursive = vantage { true } else { false } }
}

extension Sighting {
    var isUnreachable: Bool { if case .unreachable = self { true } else { false } }

    /// Says nothing about the record: it can neither be there nor be missing for all we know.
    package var isBlind: Bool {
        switch self {
        case .unreachable, .notServed: true
        case .present, .absent, .wrong, .bogus, .hostile: false
        }
    }

    /// How long a cache may go on giving this answer, in seconds.
    var cacheSeconds: Int64 {
        switch self {
        case .absent(let seconds), .wrong(_, let seconds): min(max(0, seconds), Propagation.cacheLimitSeconds)
        default: 0
        }
    }

    /// Whether this sighting can never stand beside the wanted record. Other TXT values can, and a token file is simply replaced;
    /// another CNAME target cannot (RFC 2181 10.1), unless a cache is only telling an old story.
    func contradicts(_ kind: RecordKind, isRecursive: Bool = false) -> Bool {
        switch self {
        case .bogus, .hostile: true
        case .wrong: kind == .cname && !isRecursive
        case .present, .absent, .notServed, .unreachable: false
        }
    }
}

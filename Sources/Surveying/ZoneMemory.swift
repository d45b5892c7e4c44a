// What is kept of zones from one look to the next: the ways to them, their servers, their keys, and who may issue. Never what a zone
// says of a record, nor a serial.
import DCV
import LDNS
import Synchronization

/// Shared by all passes of one surveyor. Everything in it ends by itself, and what has led to a problem is forgotten at
/// once, so that no repaired delegation is overlooked.
final class ZoneMemory: Sendable {
    /// A question that leads towards a zone, and whom it was put to.
    struct Step: Hashable, Sendable {
        let zone: DomainName
        let question: Question
        let viaResolver: Bool
    }

    private struct Shelves: Sendable {
        var steps = Shelf<Step, Reading>()
        var servers = Shelf<DomainName, ServerSet>()
        var trusts = Shelf<DomainName, TrustMemory.Learnt>()
        var rungs = Shelf<DomainName, CAAClimb.Rung>()
    }

    /// Signature arithmetic is the same in every pass.
    let outcomes = SignatureOutcomes()
    let beside: BesideMemory
    private let shelves = Mutex(Shelves())
    private let clock: any Clock
    private let limitSeconds: Int64

    init(clock: any Clock, limitSeconds: Int64) {
        self.clock = clock
        self.limitSeconds = limitSeconds
        beside = BesideMemory(clock: clock, limitSeconds: limitSeconds)
    }

    private func end(ttlSeconds: Int64, from start: Int64) -> Int64 { start + 1000 * min(limitSeconds, ttlSeconds) }

    // MARK: the way

    func reading(_ step: Step) -> Reading? {
        let now = clock.monotonicMilliseconds()
        return shelves.withLock { $0.steps.value(of: step, now: now) }
    }

    /// Keeps an answer that says where a zone begins, or that none begins at a name.
    func keep(_ reading: Reading, for step: Step) {
        guard step.question.type == .ns, let seconds = reading.waySeconds else { return }
        let now = clock.monotonicMilliseconds()
        let end = end(ttlSeconds: seconds, from: now)
        shelves.withLock { $0.steps.put(reading, for: step, until: end, now: now) }
    }

    // MARK: servers

    /// The servers of a zone, if its delegation is still the one with which they were learnt.
    func servers(of zone: Zone) -> ServerSet? {
        let now = clock.monotonicMilliseconds()
        let known = shelves.withLock { $0.servers.value(of: zone.apex, now: now) }
        return known.flatMap { $0.delegation.names(sameAs: zone.delegation) ? $0 : nil }
    }

    /// Keeps a zone's servers with which nothing is wrong. Kept again, they end as they would have ended before.
    func keep(_ set: ServerSet) {
        let now = clock.monotonicMilliseconds()
        let end = end(ttlSeconds: set.delegation.ttlSeconds, from: set.learntAtMilliseconds)
        shelves.withLock { $0.servers.put(set, for: set.apex, until: end, now: now) }
    }

    // MARK: keys

    /// A zone's place in the chain of trust, as long as all answers that led to it hold.
    func trust(in apex: DomainName) -> TrustMemory.Learnt? {
        let now = clock.monotonicMilliseconds()
        return shelves.withLock { $0.trusts.value(of: apex, now: now) }
    }

    /// Keeps keys that hold, and that a zone is unsigned; never that something fails.
    func keep(_ learnt: TrustMemory.Learnt, for apex: DomainName) {
        switch learnt.trust {
        case .secure, .insecure: break
        case .bogus, .indeterminate, .notExamined: return
        }
        let now = clock.monotonicMilliseconds()
        let end = min(learnt.endsAtMilliseconds, now + 1000 * limitSeconds)
        shelves.withLock { $0.trusts.put(learnt, for: apex, until: end, now: now) }
    }

    // MARK: CAA records

    /// What every server of a name's zone shows of its CAA records. CAs themselves keep theirs, for up to eight hours (BR 4.2.2.1).
    func rung(of name: DomainName) -> CAAClimb.Rung? {
        let now = clock.monotonicMilliseconds()
        return shelves.withLock { $0.rungs.value(of: name, now: now) }
    }

    func keep(_ rung: CAAClimb.Rung, seconds: Int64) {
        let now = clock.monotonicMilliseconds()
        let end = end(ttlSeconds: seconds, from: now)
        shelves.withLock { $0.rungs.put(rung, for: rung.name, until: end, now: now) }
    }

    // MARK: what is forgotten

    /// The shortest names that a zone's own trouble is about: what stands above them is the root's and the registries'.
    private static let ownLabels = 2

    /// Forgets every way to one of `names`, and the servers, keys, CAA records and what was seen beside them of every zone that holds
    /// one of them. It takes a scan of all that is kept: once for many names.
    /// - Parameter withRegistries: also what is known of the root and of top-level domains, which all other records share.
    func forget(_ names: Set<DomainName>, withRegistries: Bool) {
        let all = Set(names.flatMap(\.selfAndAncestors))
        let above = withRegistries ? all : all.filter { $0.labels.count >= Self.ownLabels }
        guard !above.isEmpty else { return }
        shelves.withLock { shelves in
            shelves.steps.remove { above.contains($0.question.name) }
            shelves.servers.remove { above.contains($0) }
            shelves.trusts.remove { above.contains($0) }
            shelves.rungs.remove { above.contains($0) }
        }
        beside.forget(above)
    }
}

/// Values that end, of one kind.
struct Shelf<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// Beyond this nothing more is kept until something has ended.
    private static var countLimit: Int { 20_000 }

    private var entries: [Key: (value: Value, endsAtMilliseconds: Int64)] = [:]

    func value(of key: Key, now: Int64) -> Value? {
        guard let entry = entries[key], now < entry.endsAtMilliseconds else { return nil }
        return entry.value
    }

    mutating func put(_ value: Value, for key: Key, until end: Int64, now: Int64) {
        guard now < end else { return }
        if entries.count >= Self.countLimit { entries = entries.filter { now < $0.value.endsAtMilliseconds } }
        if entries.count < Self.countLimit { entries[key] = (value, end) }
    }

    mutating func remove(where isStale: (Key) -> Bool) {
        for key in entries.keys.filter(isStale) { entries[key] = nil }
    }
}

extension Reading {
    /// How long it may be kept as a step on the way to a zone, in seconds; nil for what says something of a record.
    fileprivate var waySeconds: Int64? {
        switch self {
        case .referral(let delegation), .cut(let delegation): delegation.ttlSeconds
        case .nothing(let negative): negative.isNameError ? nil : negative.ttlSeconds
        case .records, .alias, .aliasNotUsable, .notServed, .hostile: nil
        }
    }
}

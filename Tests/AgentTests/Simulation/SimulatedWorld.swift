// A whole world in memory under a virtual clock: zones with lagging servers, a provider that validates for real, hooks that fail, crashes.
import DCV
import Synchronization

@testable import Agent

/// A small generator with a seed: the same seed plays the same story.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    mutating func isHit(percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// The process dies here: everything after it is lost, everything before it stays.
struct Crash: Error {}

/// What the world can be made to do wrong, in percent of calls.
struct Faults: Sendable {
    static let none = Faults()
    var providerDown = 0
    var answerLost = 0
    var hookFailsBefore = 0
    var hookFailsAfter = 0
    var hookWithdrawsAll = false
    var serverSilent = 0
    var caaSilent = 0
    /// The provider issues other tokens just before it is asked afresh.
    var tokensRotate = 0
    var crash = 0
}

/// One record at one server address: since when it stands there.
final class SimulatedWorld: Sendable {
    struct Pack: Sendable {
        var authorization: Authorization
        var tokenCount = 0
        /// A validation that succeeded and is not shown yet.
        var validAt: Instant?
    }

    struct State: Sendable {
        var generator: SeededGenerator
        var now = Instant(millisecondsSinceEpoch: 1_800_000_000_000)
        var faults = Faults.none
        var isDead = false
        /// Records in the primary, with the moment of each change; servers see them later by their lag.
        var changes: [(at: Instant, name: DomainName, value: String, isThere: Bool)] = []
        var lagSeconds: [Int64] = [0, 0, 0]
        /// Until then CAA records name another CA.
        var otherIssuerUntil = Instant(millisecondsSinceEpoch: 0)
        /// How long the provider goes on saying "pending" after a validation that succeeded.
        var validationSeconds: Int64 = 0
        var packs: [AuthorizationKey: Pack] = [:]
        var entries: [JournalEntry] = []
        var quarantined: [String: String] = [:]
        var awaited: [AwaitedChallenge] = []
        var published: Set<String> = []
        // What is counted, for the laws.
        var triggers: [(at: Instant, key: AuthorizationKey)] = []
        var burned = 0
        var withdrawnForeign = 0
        var hookStarts = 0
    }

    let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(generator: SeededGenerator(seed: seed))) }

    func with<Value: Sendable>(_ body: (inout State) -> sending Value) -> Value {
        state.withLock { body(&$0) }
    }

    /// Adds a certificate that waits for TXT records at the challenge names of its hosts.
    func order(_ hosts: [String], id: String) throws {
        let key = AuthorizationKey(provider: try ProviderName("sim"), id: try AuthorizationID(id))
        let identifiers = try hosts.map { try Identifier($0) }
        let pack = Pack(authorization: try Self.authorization(key, identifiers, status: .pending, generation: 0))
        with { $0.packs[key] = pack }
    }

    static func authorization(
        _ key: AuthorizationKey,
        _ identifiers: [Identifier],
        status: Authorization.Status,
        generation: Int
    ) throws -> Authorization {
        let challenges = try identifiers.enumerated().map { index, identifier in
            let record = RequiredRecord(
                .txt(
                    name: try identifier.name.prepending("_acme-challenge"),
                    value: try TXTValue("token-\(key.id)-\(generation)-\(index)")
                )
            )
            return Challenge(identifier: identifier, alternatives: [record])
        }
        return Authorization(
            key: key,
            scope: "zone",
            identifiers: identifiers,
            status: status,
            providerStatus: OctetText(status.rawValue.utf8),
            method: .txt,
            capabilities: Capabilities(triggers: [.patch, .retry], methods: [.txt]),
            challenges: status == .valid ? [] : challenges,
            issuers: [try DomainName("letsencrypt.org")]
        )
    }
}

extension SimulatedWorld.State {
    /// The values a server shows at a name now.
    func shown(_ name: DomainName, by server: Int) -> Set<String> {
        var values: Set<String> = []
        for change in changes where change.name == name && change.at.adding(seconds: lagSeconds[server]) <= now {
            if change.isThere { values.insert(change.value) } else { values.remove(change.value) }
        }
        return values
    }

    mutating func change(_ name: DomainName, _ value: String, isThere: Bool) {
        changes.append((now, name, value, isThere))
    }

    /// Validations that have become visible by now.
    mutating func settle() {
        for (key, var pack) in packs {
            guard let validAt = pack.validAt, validAt <= now else { continue }
            pack.validAt = nil
            reissue(&pack, status: .valid)
            packs[key] = pack
        }
    }

    mutating func reissue(_ pack: inout SimulatedWorld.Pack, status: Authorization.Status) {
        guard
            let next = try? SimulatedWorld.authorization(
                pack.authorization.key,
                pack.authorization.identifiers,
                status: status,
                generation: pack.tokenCount
            )
        else { return }
        pack.authorization = next
    }

    /// A chance to die between any two acts.
    mutating func mayCrash() throws {
        if isDead { throw Crash() }
        if generator.isHit(percent: faults.crash) {
            isDead = true
            throw Crash()
        }
    }
}

// MARK: the ports

struct SimulatedClock: Clock {
    let world: SimulatedWorld

    func now() -> Instant { world.with { $0.now } }
    func monotonicMilliseconds() -> Int64 { world.with { $0.now.millisecondsSinceEpoch } }

    func sleep(milliseconds: Int64) async throws {
        if world.with({ $0.isDead }) { throw CancellationError() }
        world.with { $0.now = $0.now.adding(milliseconds: milliseconds) }
    }
}

struct SimulatedRandom: RandomSource {
    let world: SimulatedWorld
    func bytes(_ count: Int) -> [UInt8] {
        world.with { state in (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &state.generator) } }
    }
}

struct SimulatedProvider: Provider {
    let world: SimulatedWorld
    let name: ProviderName

    private func failure(_ kind: ProviderFailure.Kind, _ saw: String) -> ProviderFailure {
        ProviderFailure(kind, Finding("provider-unreachable", .waiting, subject: "sim", saw: saw, advice: "wait"))
    }

    func read() async -> ProviderReading {
        world.with { state in
            if state.generator.isHit(percent: state.faults.providerDown) {
                let finding = Finding("provider-unreachable", .waiting, subject: "sim", saw: "HTTP 503", advice: "wait")
                return ProviderReading(provider: name, authorizations: [], findings: [finding], isComplete: false)
            }
            state.settle()
            let authorizations = state.packs.values.map(\.authorization).sorted { $0.key < $1.key }
            return ProviderReading(provider: name, authorizations: authorizations, findings: [], isComplete: true)
        }
    }

    func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> {
        world.with { state in
            if state.generator.isHit(percent: state.faults.providerDown) {
                return .failure(failure(.temporary, "HTTP 503"))
            }
            state.settle()
            guard var pack = state.packs[authorization.key] else { return .failure(failure(.refused, "404")) }
            if pack.validAt == nil, pack.authorization.status == .pending,
                state.generator.isHit(percent: state.faults.tokensRotate)
            {
                pack.tokenCount += 1
                state.reissue(&pack, status: .pending)
                state.packs[authorization.key] = pack
            }
            return .success(pack.authorization)
        }
    }

    /// Validates as a CA does: every server must show every token. A failure voids the tokens.
    func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        world.with { state in
            if state.isDead { return .failure(failure(.temporary, "dead")) }
            guard var pack = state.packs[authorization.key] else { return .failure(failure(.refused, "404")) }
            state.triggers.append((state.now, authorization.key))
            let isProved =
                state.otherIssuerUntil <= state.now
                && pack.authorization.records.allSatisfy { record in
                    state.lagSeconds.indices.allSatisfy { state.shown(record.name, by: $0).contains(record.value) }
                }
            if isProved {
                pack.validAt = state.now.adding(seconds: state.validationSeconds)
            } else {
                state.burned += 1
                pack.tokenCount += 1
                state.reissue(&pack, status: .pending)
            }
            state.packs[authorization.key] = pack
            let isLost = state.generator.isHit(percent: state.faults.answerLost)
            return isLost ? .failure(failure(.unknownEffect, "connection reset")) : .success(())
        }
    }

    func changeMethod(of authorization: Authorization, to method: ValidationMethod) async -> Result<
        Void, ProviderFailure
    > {
        .failure(failure(.refused, "not in this world"))
    }

    func revalidate(
        _ authorization: Authorization,
        by method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        .failure(failure(.refused, "not in this world"))
    }

    func examine() async -> ProviderExamination {
        ProviderExamination(provider: name, kind: "simulated", scope: nil, rights: [], findings: [])
    }
}

struct SimulatedPublisher: Publisher {
    let world: SimulatedWorld
    let name = "dns"

    func publish(_ order: PublishingOrder) async -> HookOutcome {
        world.with { state in
            if state.isDead { return .tryLater(reason: "dead") }
            state.hookStarts += 1
            if state.generator.isHit(percent: state.faults.hookFailsBefore) { return .tryLater(reason: "timeout") }
            state.change(order.target, order.record.value, isThere: true)
            state.published.insert(order.record.value)
            return state.generator.isHit(percent: state.faults.hookFailsAfter) ? .failed(reason: "exit 1") : .done
        }
    }

    func withdraw(_ order: PublishingOrder) async -> HookOutcome {
        world.with { state in
            if state.isDead { return .tryLater(reason: "dead") }
            state.hookStarts += 1
            if state.generator.isHit(percent: state.faults.hookFailsBefore) { return .tryLater(reason: "timeout") }
            if !state.published.contains(order.record.value) { state.withdrawnForeign += 1 }
            let others = state.faults.hookWithdrawsAll ? state.shown(order.target, by: 0) : []
            for value in others.union([order.record.value]) { state.change(order.target, value, isThere: false) }
            return state.generator.isHit(percent: state.faults.hookFailsAfter) ? .failed(reason: "exit 1") : .done
        }
    }
}

struct SimulatedJournal: Journal {
    let world: SimulatedWorld

    private static let dead = JournalFailure(.storeIO, "the process died here")

    func begin(_ intent: Intent) async throws(JournalFailure) {
        try touch { $0.entries.append(JournalEntry(intent: intent, receipt: nil)) }
    }

    func end(_ receipt: Receipt) async throws(JournalFailure) {
        try touch { state in
            guard let index = state.entries.firstIndex(where: { $0.intent.id == receipt.intent }) else { return }
            state.entries[index] = JournalEntry(intent: state.entries[index].intent, receipt: receipt)
        }
    }

    func history(since: Instant) async throws(JournalFailure) -> History {
        try touch { _ in }
        return world.with { History(entries: $0.entries, quarantined: $0.quarantined) }
    }

    func quarantine(publisher: String, reason: String, at: Instant) async throws(JournalFailure) {
        try touch { $0.quarantined[publisher] = reason }
    }

    func trust(publisher: String, at: Instant) async throws(JournalFailure) {
        try touch { $0.quarantined[publisher] = nil }
    }

    /// The Reconciler asks for none of these: they are the commands' business.
    func toldFindings() async throws(JournalFailure) -> [ToldFinding] { [] }
    func keep(told: [ToldFinding]) async throws(JournalFailure) {}
    func hookTests() async throws(JournalFailure) -> [HookTest] { [] }
    func keep(_ test: HookTest) async throws(JournalFailure) {}
    func begin(trial write: TrialWrite) async throws(JournalFailure) {}
    func end(trial id: String) async throws(JournalFailure) {}
    func trialWrites() async throws(JournalFailure) -> [TrialWrite] { [] }

    func awaited(
        adding challenges: [AwaitedChallenge],
        forgetting: Set<AuthorizationKey>,
        since: Instant
    ) async throws(JournalFailure) -> [AwaitedChallenge] {
        let gone = forgetting.union(challenges.map(\.authorization))
        try touch { state in
            state.awaited.removeAll { gone.contains($0.authorization) || $0.at < since }
            state.awaited += challenges
        }
        return world.with { $0.awaited }
    }

    /// A row is on the disk or it is not; the process may die on either side of it.
    private func touch(_ write: (inout SimulatedWorld.State) -> Void) throws(JournalFailure) {
        do {
            try world.state.withLock { state in
                try state.mayCrash()
                write(&state)
                try state.mayCrash()
            }
        } catch {
            throw Self.dead
        }
    }
}

struct SimulatedRules: ZoneRules {
    let rules: [Situation.ZoneRule]
    var undescribed: [Situation.ZoneRule] { rules }
    func describe() async -> (rules: [Situation.ZoneRule], findings: [Finding]) { (rules, []) }
}

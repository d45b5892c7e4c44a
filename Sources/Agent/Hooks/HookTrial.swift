// The contract of hooks as a suite: goes through every guarantee with a hook on a stage, and believes the servers, never the hook.
package import DCV
package import Platform
import Synchronization

/// One test of one hook. Used once.
package actor HookTrial {
    /// Whatever is behind a publisher, it is made anew for other secrets, another deadline, or children that are watched.
    package struct Candidate: Sendable {
        package typealias Make =
            @Sendable (
                _ secrets: [String: Secret],
                _ deadlineMilliseconds: Int64,
                _ children: any ChildRunning
            ) throws(ContractVariableError) -> HookPublisher

        let secrets: [String: Secret]
        /// Whether it has settings or secrets that a played world has not handed over, and so may work for another service.
        let hasOwnService: Bool
        let make: Make

        package init(secrets: [String: Secret], hasOwnService: Bool = false, make: @escaping Make) {
            self.secrets = secrets
            self.hasOwnService = hasOwnService
            self.make = make
        }
    }

    /// What is under way, for a person who waits.
    package enum Progress: Hashable, Sendable {
        case trying(HookGuarantee)
        /// For the servers to show a change that the hook says is done.
        case waiting(HookVerdict.Effect, forMilliseconds: Int64, limitMilliseconds: Int64)
        /// So many records may still stand.
        case takingAway(RequiredRecord, remaining: Int)
    }

    /// How long a hook may wait for a server that says nothing.
    package struct Silence: Sendable {
        package static let usual = Silence(deadlineMilliseconds: 3000, termAfterMilliseconds: 1500)

        /// Until its deadline.
        package let deadlineMilliseconds: Int64
        /// Until it gets TERM in the middle of its work.
        package let termAfterMilliseconds: Int64

        package init(deadlineMilliseconds: Int64, termAfterMilliseconds: Int64) {
            self.deadlineMilliseconds = deadlineMilliseconds
            self.termAfterMilliseconds = termAfterMilliseconds
        }
    }

    static let pollMilliseconds: Int64 = 2000
    /// A change in a real zone is waited for at least, and at most, this long; between them what `describe` says in `takes_s`.
    static let leastPatienceMilliseconds: Int64 = 30_000
    static let mostPatienceMilliseconds: Int64 = 600_000
    /// Nobody keeps these records, so that nothing is waited for afterwards.
    static let ttlSeconds: Int64 = 60
    static let label = "_acme-challenge"
    static let ended = "the test was ended before"

    let stage: any HookStage
    let candidate: Candidate
    let children: WatchedChildren
    let clock: any Clock
    let hook: HookPublisher
    let silence: Silence
    private let random: any RandomSource
    let tell: @Sendable (Progress) -> Void
    /// Where each record is noted before it is published; a world of its own needs none.
    let notes: (any Journal)?

    var findings: [HookGuarantee: HookTest.Finding] = [:]
    var description = HookDescription.undescribed
    /// What may stand somewhere because the hook was told to publish it, oldest first.
    var told: [Told]
    private var cleaning: Task<Void, Never>?
    private var hasLeft = false
    private var places = 0
    /// Published first; withdrawn by the case after it.
    var first: PublishingOrder?

    /// - Parameters:
    ///   - notes: a journal that knows afterwards what was written, whatever ends this process.
    ///   - earlier: what an earlier test wrote and may not have taken away; it is taken away first.
    package init(
        _ candidate: Candidate,
        on stage: any HookStage,
        children: any ChildRunning,
        clock: any Clock,
        random: any RandomSource,
        silence: Silence = .usual,
        notes: (any Journal)? = nil,
        earlier: [PublishingOrder] = [],
        tell: @escaping @Sendable (Progress) -> Void = { _ in }
    ) throws(ContractVariableError) {
        let watched = WatchedChildren(children)
        hook = try candidate.make(candidate.secrets, HookPublisher.defaultDeadlineMilliseconds, watched)
        self.candidate = candidate
        self.stage = stage
        self.children = watched
        self.clock = clock
        self.random = random
        self.silence = silence
        self.notes = notes
        told = earlier.map { Told(order: $0, outcome: .done, wasShown: true) }
        self.tell = tell
    }

    /// What may be left because the hook could not take it away.
    package var leftovers: [RequiredRecord] { told.map(\.order.record) }
    /// Why nothing about publishing could be tried now, where a later test may.
    package private(set) var postponed: String?
    /// Why nothing about publishing can be tried in a played world.
    package internal(set) var misplaced: String?
    /// Why the program could not be started at all.
    package private(set) var notStarted: String?
    /// Whether it was told to end before everything was tried.
    package private(set) var wasEnded = false

    /// Goes through all guarantees. A task that is cancelled tries no further one, and still takes away what it has published.
    package func run() async -> [HookTest.Finding] {
        await clean()
        for (guarantee, attempt) in Self.cases {
            if Task.isCancelled || notStarted != nil { break }
            tell(.trying(guarantee))
            do throws(Unfit) {
                let fault = try await attempt(self)
                // What was asked when the end came says nothing of the hook.
                if Task.isCancelled { throw Unfit(why: Self.ended) }
                findings[guarantee] = HookTest.Finding(guarantee, fault == nil ? .held : .broken, fault)
                if case .notStarted(let why)? = children.results.first?.ending { notStarted = why }
            } catch {
                findings[guarantee] = HookTest.Finding(guarantee, .notTried, error.why)
                if guarantee == .publishes, error.isForNow, !Task.isCancelled { postponed = error.why }
            }
        }
        wasEnded = Task.isCancelled
        await clean()
        let rest = notStarted == nil ? Self.ended : "the program cannot be started"
        return HookGuarantee.allCases.map { findings[$0] ?? .init($0, .notTried, rest) }
    }

    /// Ends the taking away too: what is left is named.
    package func leave() {
        hasLeft = true
        cleaning?.cancel()
    }

    /// Not cancelled with the rest.
    private func clean() async {
        let cleaning = Task { await takeAway() }
        self.cleaning = cleaning
        if hasLeft { cleaning.cancel() }
        await cleaning.value
    }

    /// Why a guarantee cannot be tried here.
    struct Unfit: Error {
        let why: String
        /// Whether another day may do.
        var isForNow = false
    }

    // MARK: what cases are made of

    func held(_ guarantee: HookGuarantee) -> Bool { findings[guarantee]?.state == .held }

    func need(_ guarantee: HookGuarantee) throws(Unfit) {
        switch findings[guarantee]?.state {
        case .held: return
        case .broken: throw Unfit(why: "\(guarantee.rawValue) does not hold")
        case .notTried, nil: throw Unfit(why: "\(guarantee.rawValue) was not tried")
        }
    }

    func needKind(_ kind: RecordKind) throws(Unfit) {
        guard description.kinds.contains(kind) else {
            throw Unfit(why: "the hook does not publish \(kind.rawValue)")
        }
    }

    /// A name of its own for each case, below a label that the hook can write.
    func freshName(_ prefix: String = "case") throws(Unfit) -> DomainName {
        places += 1
        let label: String =
            switch description.labels {
            case .any: Self.label
            case .only(let labels): labels.contains(Self.label) ? Self.label : labels.sorted().first ?? Self.label
            }
        return try name([label, "\(prefix)\(places)"])
    }

    func name(_ labels: [String]) throws(Unfit) -> DomainName {
        do {
            return try DomainName((labels + [stage.corner.text]).joined(separator: "."))
        } catch {
            throw Unfit(why: "no name can be made below \(stage.corner): \(error)")
        }
    }

    func txt(_ value: String, at name: DomainName) throws(Unfit) -> RequiredRecord {
        do {
            return RequiredRecord(.txt(name: name, value: try TXTValue(value)))
        } catch {
            throw Unfit(why: "no such value can be asked for: \(error)")
        }
    }

    /// Of the kind that the hook knows best.
    func anyRecord() throws(Unfit) -> RequiredRecord {
        let name = try freshName()
        if description.kinds.contains(.txt) { return try txt(token(), at: name) }
        if description.kinds.contains(.cname) { return try cname(at: name) }
        return try http()
    }

    func cname(at name: DomainName) throws(Unfit) -> RequiredRecord {
        RequiredRecord(.cname(name: name, target: try self.name(["target-\(token())"])))
    }

    func http(body: String? = nil) throws(Unfit) -> RequiredRecord {
        places += 1
        do {
            let folder = HTTPTokenPath.folders[places % HTTPTokenPath.folders.count]
            return RequiredRecord(
                .http(
                    // A name of its own would have no address; the file's name is nobody's.
                    host: stage.zone,
                    path: try HTTPTokenPath(folder + "dnsproof-test-\(token())"),
                    body: try HTTPTokenBody(body ?? token())
                )
            )
        } catch {
            throw Unfit(why: "no such file can be asked for: \(error)")
        }
    }

    /// Begins with a letter; letters and digits.
    func token() -> String { "t" + ASCII.hex(random.bytes(8)) }

    func order(_ record: RequiredRecord, target: DomainName? = nil) -> PublishingOrder {
        PublishingOrder(
            id: token(),
            record: record,
            target: target ?? record.name,
            zone: stage.zone,
            ttlSeconds: Self.ttlSeconds
        )
    }

    // MARK: calls

    /// What is known of one call.
    struct Answer {
        let outcome: HookOutcome
        let verdict: HookVerdict
        /// Whether the record stood there before.
        let stoodBefore: Bool
        /// Whether the played world was asked or written to meanwhile.
        let hasMetStage: Bool
    }

    /// What a call did and said; nil when all is as it must be. Throws where nobody could see it.
    func fault(_ effect: HookVerdict.Effect, _ order: PublishingOrder) async throws(Unfit) -> String? {
        try fault(effect, await call(effect, order))
    }

    func fault(_ effect: HookVerdict.Effect, _ answer: Answer) throws(Unfit) -> String? {
        let (outcome, verdict) = (answer.outcome, answer.verdict)
        if Task.isCancelled { throw Unfit(why: Self.ended) }
        guard !verdict.isBlind else { throw Unfit(why: "no server of \(stage.zone) could be asked", isForNow: true) }
        // "Not now" says nothing of the hook where it was true and harmed nobody.
        if case .tryLater = outcome, !verdict.touchedOthers, !verdict.unsettled.isEmpty {
            throw Unfit(why: outcome.words, isForNow: true)
        }
        return verdict.fault(effect, outcome)
    }

    @discardableResult
    func call(_ effect: HookVerdict.Effect, _ order: PublishingOrder) async -> Answer {
        let before = await stage.rrset(of: order.record, at: order.target)
        let trace = await stage.trace()
        let outcome = effect == .publish ? await publish(order, through: hook) : await hook.withdraw(order)
        let hasMetStage = await stage.trace() != trace
        let start = clock.monotonicMilliseconds()
        while true {
            let after = await stage.rrset(of: order.record, at: order.target)
            let verdict = HookVerdict.judge(effect, record: order.record, before: before, after: after)
            let isSettled = verdict.unsettled.isEmpty && !verdict.isBlind
            let waited = clock.monotonicMilliseconds() - start
            // A hook that says it did nothing is not waited for.
            let isOver = outcome != .done || waited >= patienceMilliseconds
            var isEnded = false
            if !isSettled, !isOver {
                tell(.waiting(effect, forMilliseconds: waited, limitMilliseconds: patienceMilliseconds))
                isEnded = (try? await clock.sleep(milliseconds: Self.pollMilliseconds)) == nil
            }
            guard isSettled || isOver || isEnded else { continue }
            let stood = HookVerdict.judge(.publish, record: order.record, before: before, after: before)
            let answer = Answer(
                outcome: outcome,
                verdict: verdict,
                stoodBefore: !stood.settled.isEmpty,
                hasMetStage: hasMetStage
            )
            await remember(effect, order, answer)
            return answer
        }
    }

    private var patienceMilliseconds: Int64 {
        guard stage.isReal else { return 0 }
        let said = (description.takesSeconds ?? 0) * 1000
        return min(max(said, Self.leastPatienceMilliseconds), Self.mostPatienceMilliseconds)
    }

    /// Whether exactly this is shown by every server that answers.
    func shows(_ record: RequiredRecord, at target: DomainName? = nil) async -> Bool {
        let view = await stage.rrset(of: record, at: target ?? record.name)
        let verdict = HookVerdict.judge(.publish, record: record, before: view, after: view)
        return verdict.unsettled.isEmpty && !verdict.isBlind
    }

    /// Published and, where that is known to work, withdrawn.
    func trip(_ record: RequiredRecord) async throws(Unfit) -> String? {
        let order = order(record)
        if let fault = try await fault(.publish, order) { return fault }
        guard held(.withdraws) else { return nil }
        return try await fault(.withdraw, order).map { "withdrawn again: \($0)" }
    }
}

/// Starts as another does, and remembers how each start went.
final class WatchedChildren: ChildRunning {
    private let inner: any ChildRunning
    private let kept = Mutex<[ChildResult]>([])

    init(_ inner: any ChildRunning) { self.inner = inner }

    var results: [ChildResult] { kept.withLock { $0 } }

    func run(_ command: ChildCommand) async -> ChildResult {
        let result = await inner.run(command)
        kept.withLock { $0.append(result) }
        return result
    }
}

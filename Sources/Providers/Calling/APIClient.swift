// The only place from which requests go to a provider's API: keeps the pace and the provider's known limits, repeats reads within limits, and
// stops when told to stop.
import DCV
import Platform
import Synchronization

/// One call of a provider's API: what goes out, and what its answer means.
protocol APICall: Sendable {
    var kind: CallKind { get }
    /// Whether it changes something at the CA: such a call is sent once, whatever happens to its answer.
    var isEffect: Bool { get }
    /// What the credential must be allowed to do, by a name that all calls with the same need have; nil where no call needs more than
    /// another.
    var right: String? { get }
    /// Puts faults of this call into words.
    var faults: APIFaultWriter { get }
    /// Built anew for every attempt: a signed request holds the time.
    func request(at now: Instant) throws(HTTPFailure) -> HTTPRequest
    /// The document, its envelope checked and its content still unread; or what is wrong.
    func judge(_ response: HTTPResponse) -> Result<JSONValue, APIFault>
}

extension APICall {
    var right: String? { nil }
}

/// What a provider is known to bear, and what must not be seen.
struct APIManners: Sendable {
    /// From one request to the next at least, repetitions included: other tools share the account's limits.
    let requestGapMilliseconds: Int64
    let limits: [CallLimit]
    /// Removed from every answer before anything of it can reach a report.
    let secrets: [Secret]
}

/// Sends calls one at a time as its callers do; keeps only what every later call must know: that there is to be no later call.
final class APIClient: Sendable {
    /// Times a read is sent when the connection fails or the provider has a fault. Calls with an effect are sent once.
    static let readAttemptLimit = 3
    /// Before the first repetition at most; doubled for each further one, and each wait is drawn at random from zero up to it.
    static let repeatDelayMilliseconds: Int64 = 500
    /// A limit that is free again within this time is waited for; a longer wait is told to the caller.
    static let budgetPatienceMilliseconds: Int64 = 6_000
    /// Times one request may find its limit used up again: other processes count against the same.
    static let admissionAttemptLimit = 20

    private let provider: ProviderName
    private let manners: APIManners
    private let surroundings: ProviderSurroundings
    private let preparation: AnswerPreparation
    private let stop = Mutex<Stop?>(nil)
    private let refusedRights = Mutex(RefusedRights())
    /// When the next request may go, monotonic; nil before the first.
    private let nextTurn = Mutex<Int64?>(nil)

    /// Why nothing is sent at the moment.
    private struct Stop {
        let fault: APIFault
        /// Monotonic; nil for the rest of this process.
        let untilMilliseconds: Int64?
    }

    /// What the count of calls is told of the last request.
    private struct Ending {
        let outcome: CallOutcome
        /// When the provider wants to be asked again, whatever the call.
        let restUntil: Instant?

        init(_ answer: Result<JSONValue, APIFault>, at now: Instant) {
            guard case .failure(let fault) = answer else {
                outcome = .answered
                restUntil = nil
                return
            }
            outcome = fault.isProvidersFailure ? .failed : .answered
            restUntil =
                fault.reach == .everything ? fault.failure.retryAfterSeconds.map { now.adding(seconds: $0) } : nil
        }
    }

    init(_ provider: ProviderName, _ manners: APIManners, _ surroundings: ProviderSurroundings) {
        self.provider = provider
        self.manners = manners
        self.surroundings = surroundings
        preparation = AnswerPreparation(secrets: manners.secrets)
    }

    func send(_ call: some APICall) async -> Result<JSONValue, APIFault> {
        var ending: Ending?
        let answer = await attempts(call, &ending)
        // A call counts once however often it was repeated: two zones that fail must not close the way to all others. What ended because
        // this run was told to end says nothing about the provider.
        if let ending, !Task.isCancelled {
            let now = surroundings.clock.now()
            await surroundings.ledger.ended(ending.outcome, at: provider, at: now, restUntil: ending.restUntil)
        }
        return answer
    }

    /// - Parameter ending: of the last request that was sent; nil when none was.
    private func attempts(
        _ call: some APICall,
        _ ending: inout Ending?
    ) async -> Result<JSONValue, APIFault> {
        var attempt = 1
        while true {
            if let fault = standingFault(call) { return .failure(fault) }
            let answer = await sendOnce(call, &ending)
            guard case .failure(let fault) = answer else { return answer }
            if fault.reach == .everything { remember(fault) }
            guard !call.isEffect, fault.mayPassSoon, attempt < Self.readAttemptLimit else { return answer }
            do {
                try await surroundings.clock.sleep(milliseconds: delayMilliseconds(afterAttempt: attempt))
            } catch {
                return answer
            }
            attempt += 1
        }
    }

    private func sendOnce(
        _ call: some APICall,
        _ ending: inout Ending?
    ) async -> Result<JSONValue, APIFault> {
        let clock = surroundings.clock
        do {
            try await waitForTurn()
            if let fault = try await refusalOfTheLedger(call) { return .failure(fault) }
        } catch {
            return .failure(call.faults.judge(.unreachable("this run was told to end before the request was sent")))
        }
        // Another call may have been told to stop in the meantime.
        if let fault = standingFault(call) { return .failure(fault) }
        let answer: Result<JSONValue, APIFault>
        do {
            let response = try await surroundings.http.exchange(try call.request(at: clock.now()))
            answer = call.judge(preparation.prepared(response, at: clock.now()))
        } catch {
            answer = .failure(call.faults.judge(error))
        }
        ending = Ending(answer, at: clock.now())
        refusedRights.withLock { $0.learn(answer, to: call) }
        return answer
    }

    private func waitForTurn() async throws {
        let clock = surroundings.clock
        let now = clock.monotonicMilliseconds()
        let turn = nextTurn.withLock { next in
            let turn = max(now, next ?? now)
            next = turn + manners.requestGapMilliseconds
            return turn
        }
        if turn > now { try await clock.sleep(milliseconds: turn - now) }
    }

    /// Nil when the request is counted and may go. A short wait for a limit is slept here.
    private func refusalOfTheLedger(_ call: some APICall) async throws -> APIFault? {
        let clock = surroundings.clock
        var attempt = 1
        while true {
            let now = clock.now()
            switch await surroundings.ledger.admit(call.kind, to: provider, under: manners.limits, at: now) {
            case .granted: return nil
            case .open(let until, let failures):
                return call.faults.circuitOpen(failures: failures, restSeconds: Self.seconds(until, from: now))
            case .resting(let until):
                guard try await waited(for: until, from: now, attempt) else {
                    let saw = "it named a time to come back, to an earlier run or to another one of now"
                    return call.faults.rateLimited(saw, retryAfterSeconds: Self.seconds(until, from: now))
                }
            case .spent(let until, let limit):
                guard try await waited(for: until, from: now, attempt) else {
                    return call.faults.budgetSpent(limit, restSeconds: Self.seconds(until, from: now))
                }
            }
            attempt += 1
        }
    }

    /// False when the wait is not worth it.
    private func waited(for until: Instant, from now: Instant, _ attempt: Int) async throws -> Bool {
        let wait = max(until.milliseconds(since: now), 1)
        guard wait <= Self.budgetPatienceMilliseconds, attempt < Self.admissionAttemptLimit else { return false }
        try await surroundings.clock.sleep(milliseconds: wait)
        return true
    }

    private static func seconds(_ until: Instant, from now: Instant) -> Int64 {
        let limits = APIFaultWriter.retryAfterLimitsSeconds
        return min(max(until.secondsRoundedUp(since: now), limits.lowerBound), limits.upperBound)
    }

    private func standingFault(_ call: some APICall) -> APIFault? {
        stopFault() ?? refusedRights.withLock { $0.standingFault(call) }
    }

    private func stopFault() -> APIFault? {
        let now = surroundings.clock.monotonicMilliseconds()
        return stop.withLock { stop in
            guard let standing = stop else { return nil }
            guard let until = standing.untilMilliseconds else { return standing.fault }
            guard now < until else {
                stop = nil
                return nil
            }
            // Rounded up, so that nobody comes back a moment too early.
            let failure = standing.fault.failure
            let left = ProviderFailure(failure.kind, failure.finding, retryAfterSeconds: (until - now + 999) / 1000)
            return APIFault(failure: left, reach: .everything, mayPassSoon: false)
        }
    }

    private func remember(_ fault: APIFault) {
        let now = surroundings.clock.monotonicMilliseconds()
        let until = fault.failure.retryAfterSeconds.map { now + $0 * 1000 }
        stop.withLock { stop in
            // Of two stops that calls at once are told of the longer one stands.
            if let standing = stop {
                guard let standingUntil = standing.untilMilliseconds else { return }
                if let until, until < standingUntil { return }
            }
            stop = Stop(fault: fault, untilMilliseconds: until)
        }
    }

    private func delayMilliseconds(afterAttempt attempt: Int) -> Int64 {
        let most = Self.repeatDelayMilliseconds << Int64(attempt - 1)
        let drawn = surroundings.random.bytes(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return drawn % (most + 1)
    }
}

extension APIFaultWriter {
    /// The provider's known limit is used up, by this program's own count.
    fileprivate func budgetSpent(_ limit: CallLimit, restSeconds: Int64) -> APIFault {
        fault(
            .temporary,
            ProviderFindingCode.budgetSpent,
            .waiting,
            "\(limit.count) requests in \(limit.windowMilliseconds / 1000) s have been sent, which is its limit",
            "nothing: it is asked again in \(TimeText.span(milliseconds: restSeconds * 1000))",
            retryAfterSeconds: restSeconds,
            reach: .everything
        )
    }

    fileprivate func circuitOpen(failures: Int, restSeconds: Int64) -> APIFault {
        fault(
            .temporary,
            ProviderFindingCode.circuitOpen,
            .waiting,
            "not asked: \(failures) calls in a row failed, in earlier runs or in this one",
            "nothing: it is asked again in \(TimeText.span(milliseconds: restSeconds * 1000)); if it stays so, look at the "
                + "provider's status page; `dnsproof status` tells what failed",
            retryAfterSeconds: restSeconds,
            reach: .everything
        )
    }
}

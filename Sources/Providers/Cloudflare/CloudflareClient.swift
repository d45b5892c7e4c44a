// The only place from which requests go to Cloudflare: adds the credential, repeats reads within limits, and stops
// when told to stop.
import DCV
import Platform
import Synchronization

/// Sends calls one at a time as its callers do; keeps only what every later call must know: that there is to be no
/// later call.
final class CloudflareClient: Sendable {
    /// Times a read is sent when the connection fails or the provider has a fault. Calls with an effect are sent once.
    static let readAttemptLimit = 3
    /// Before the first repetition at most; doubled for each further one, and each wait is drawn at random from zero
    /// up to it.
    static let repeatDelayMilliseconds: Int64 = 500

    /// From one request to the next at least, repetitions included: 1,200 in five minutes are allowed to an account, and
    /// other tools share them.
    static let requestGapMilliseconds: Int64 = 250

    private let configuration: CloudflareConfiguration
    private let surroundings: ProviderSurroundings
    private let stop = Mutex<Stop?>(nil)
    /// When the next request may go, monotonic; nil before the first.
    private let nextTurn = Mutex<Int64?>(nil)

    /// Why nothing is sent at the moment.
    private struct Stop {
        let fault: CloudflareFault
        /// Monotonic; nil for the rest of this process.
        let untilMilliseconds: Int64?
    }

    init(_ configuration: CloudflareConfiguration, _ surroundings: ProviderSurroundings) {
        self.configuration = configuration
        self.surroundings = surroundings
    }

    /// The answer's document, its envelope checked; `result` is still unread.
    func send(_ call: CloudflareCall) async -> Result<JSONValue, CloudflareFault> {
        var attempt = 1
        while true {
            if let fault = standingFault() { return .failure(fault) }
            let answer = await sendOnce(call)
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

    private func sendOnce(_ call: CloudflareCall) async -> Result<JSONValue, CloudflareFault> {
        let judge = CloudflareJudge(provider: configuration.name, call: call)
        do {
            try await waitForTurn()
        } catch {
            return .failure(judge.judge(.unreachable("this run was told to end before the request was sent")))
        }
        // Another call may have been told to stop in the meantime.
        if let fault = standingFault() { return .failure(fault) }
        do {
            return judge.judge(scrubbed(try await surroundings.http.exchange(try request(for: call))))
        } catch {
            return .failure(judge.judge(error))
        }
    }

    private func waitForTurn() async throws {
        let clock = surroundings.clock
        let now = clock.monotonicMilliseconds()
        let turn = nextTurn.withLock { next in
            let turn = max(now, next ?? now)
            next = turn + Self.requestGapMilliseconds
            return turn
        }
        if turn > now { try await clock.sleep(milliseconds: turn - now) }
    }

    private func request(for call: CloudflareCall) throws(HTTPFailure) -> HTTPRequest {
        var headers = HTTPHeaders()
        switch configuration.credential {
        case .token(let token): try headers.add("Authorization", "Bearer " + token.revealed)
        case .emailAndKey(let email, let key):
            try headers.add("X-Auth-Email", email.revealed)
            try headers.add("X-Auth-Key", key.revealed)
        }
        try headers.add("Accept", "application/json")
        if call.body != nil { try headers.add("Content-Type", "application/json") }
        return HTTPRequest(
            call.method,
            try configuration.endpoint.url.appending(call.segments, query: call.query),
            headers: headers,
            body: call.body?.serialized() ?? [],
            bodyLimitBytes: CloudflareJudge.bodyLimitBytes
        )
    }

    /// An answer that quotes the credential loses it before anything of the answer can reach a report.
    private func scrubbed(_ response: HTTPResponse) -> HTTPResponse {
        let secrets: [Secret] =
            switch configuration.credential {
            case .token(let token): [token]
            case .emailAndKey(_, let key): [key]
            }
        let body = secrets.reduce(response.body) { $0.replacing(Array($1.revealed.utf8), with: "***".utf8) }
        return HTTPResponse(
            status: response.status,
            headers: response.headers,
            body: body,
            elapsedMilliseconds: response.elapsedMilliseconds
        )
    }

    private func standingFault() -> CloudflareFault? {
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
            return CloudflareFault(failure: left, reach: .everything, mayPassSoon: false)
        }
    }

    private func remember(_ fault: CloudflareFault) {
        let now = surroundings.clock.monotonicMilliseconds()
        let until = fault.failure.retryAfterSeconds.map { now + $0 * 1000 }
        stop.withLock { $0 = Stop(fault: fault, untilMilliseconds: until) }
    }

    private func delayMilliseconds(afterAttempt attempt: Int) -> Int64 {
        let most = Self.repeatDelayMilliseconds << Int64(attempt - 1)
        let drawn = surroundings.random.bytes(4).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return drawn % (most + 1)
    }
}

// Writes down every question and fetch of an explanation beside carrying it out; nothing else changes.
package import DCV
package import Platform
import Synchronization

/// Stands between the surveying code and the world.
package final class EvidenceRecorder: Asking, HTTPExchanging, RandomSource {
    private struct State {
        var dns: [EvidenceQuestion] = []
        var http: [EvidenceFetch] = []
        var random: [[UInt8]] = []
        var leftOut = 0
    }

    private let exchange: any Asking
    private let http: any HTTPExchanging
    private let clock: any Clock
    private let random: any RandomSource
    private let questionLimit: Int
    private let state = Mutex(State())

    package init(
        exchange: any Asking,
        http: any HTTPExchanging,
        clock: any Clock,
        random: any RandomSource,
        questionLimit: Int = Evidence.questionLimit
    ) {
        self.questionLimit = questionLimit
        self.exchange = exchange
        self.http = http
        self.clock = clock
        self.random = random
    }

    package func bytes(_ count: Int) -> [UInt8] {
        let drawn = random.bytes(count)
        state.withLock { state in
            if state.random.count < Evidence.randomLimit { state.random.append(drawn) } else { state.leftOut += 1 }
        }
        return drawn
    }

    package func ask(_ batch: [Query]) async -> [Answer] {
        let answers = await exchange.ask(batch)
        let at = clock.monotonicMilliseconds()
        state.withLock { state in
            let room = max(0, questionLimit - state.dns.count)
            state.leftOut += max(0, answers.count - room)
            state.dns += answers.prefix(room).map { EvidenceQuestion($0, atMilliseconds: at) }
        }
        return answers
    }

    package func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let result: Result<HTTPResponse, HTTPFailure>
        do throws(HTTPFailure) {
            result = .success(try await http.exchange(request))
        } catch {
            result = .failure(error)
        }
        let at = clock.monotonicMilliseconds()
        state.withLock { state in
            guard state.http.count < Evidence.fetchLimit else {
                state.leftOut += 1
                return
            }
            state.http.append(EvidenceFetch(request, result, atMilliseconds: at))
        }
        return try result.get()
    }

    package func evidence(
        of request: ExplainRequest,
        under configuration: SurveyorConfiguration,
        seenAt: Instant
    ) -> Evidence {
        state.withLock { state in
            Evidence(
                seenAt: seenAt,
                request: request,
                surroundings: configuration,
                dns: state.dns,
                http: state.http,
                random: state.random,
                leftOut: state.leftOut
            )
        }
    }
}

/// The wall clock stopped at one moment, so that an explanation has one "now"; deadlines go on running.
package struct StoppedClock: Clock {
    private let moment: Instant
    private let start: Int64
    private let base: any Clock

    package init(_ base: any Clock) {
        self.base = base
        moment = base.now()
        start = base.monotonicMilliseconds()
    }

    package func now() -> Instant { moment }
    package func monotonicMilliseconds() -> Int64 { base.monotonicMilliseconds() - start }
    package func sleep(milliseconds: Int64) async throws { try await base.sleep(milliseconds: milliseconds) }
}

// The world as a recording has it: the surveying code asks, the file answers, and no packet leaves.
package import DCV
package import Platform
import Synchronization

package final class EvidenceReplay: Asking, HTTPExchanging, Clock, RandomSource {
    /// What becomes of a question that the recording does not have.
    package static let notAsked = "was not asked then"

    private struct State {
        var dns: [EvidenceQuestion.Asked: [EvidenceQuestion]] = [:]
        var http: [EvidenceFetch.Asked: [EvidenceFetch]] = [:]
        var random: ArraySlice<[UInt8]> = []
        /// The latest moment of an answer that was given: deadlines pass as they did then.
        private(set) var monotonic: Int64 = 0

        /// A file may name any moment; nothing that is added to this one leaves the numbers.
        static let latestMilliseconds: Int64 = 1 << 52

        mutating func come(to milliseconds: Int64) {
            monotonic = max(monotonic, min(milliseconds, Self.latestMilliseconds))
        }
    }

    private let moment: Instant
    private let state: Mutex<State>

    package init(_ evidence: Evidence) {
        moment = evidence.seenAt
        var state = State()
        state.dns = Dictionary(grouping: evidence.dns, by: \.asked)
        state.http = Dictionary(grouping: evidence.http, by: \.asked)
        state.random = evidence.random.map(\.bytes)[...]
        self.state = Mutex(state)
    }

    package func ask(_ batch: [Query]) async -> [Answer] {
        state.withLock { state in
            batch.map { query in
                guard let seen = Self.next(&state.dns[EvidenceQuestion.Asked(query)]) else {
                    return Answer(query, .unreachable(reason: Self.notAsked))
                }
                state.come(to: seen.atMilliseconds)
                return seen.answer(to: query)
            }
        }
    }

    package func exchange(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        let seen = state.withLock { state -> EvidenceFetch? in
            guard let seen = Self.next(&state.http[EvidenceFetch.Asked(request)]) else { return nil }
            state.come(to: seen.atMilliseconds)
            return seen
        }
        guard let seen else { throw .unreachable(Self.notAsked) }
        return try seen.result().get()
    }

    /// The answers to one question in their order; the last of them stays for whoever asks more often.
    private static func next<Seen>(_ list: inout [Seen]?) -> Seen? {
        guard let first = list?.first else { return nil }
        if let count = list?.count, count > 1 { list?.removeFirst() }
        return first
    }

    /// What was drawn then; zeros for whoever asks for more.
    package func bytes(_ count: Int) -> [UInt8] {
        let drawn = state.withLock { $0.random.popFirst() } ?? []
        return Array(drawn.prefix(count)) + Array(repeating: 0, count: max(0, count - drawn.count))
    }

    package func now() -> Instant { moment }
    package func monotonicMilliseconds() -> Int64 { state.withLock { $0.monotonic } }

    package func sleep(milliseconds: Int64) async throws {
        state.withLock { $0.come(to: $0.monotonic + min(max(milliseconds, 0), 86_400_000)) }
    }
}

extension Answer {
    /// Whether a recording has no answer to the question: that says nothing about the server.
    var isUnrecorded: Bool {
        if case .unreachable(let reason) = outcome { reason == EvidenceReplay.notAsked } else { false }
    }
}

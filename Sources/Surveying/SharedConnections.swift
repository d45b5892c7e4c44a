// Questions for one resolver over TLS share connections: what comes up while one is in use goes over the next, together.
import DCV
import LDNS
import Platform

/// A handshake costs a resolver more than a hundred answers (RFC 7858 3.4). One connection at a time for each resolver, its questions
/// pipelined; a look at many records needs few of them.
actor SharedConnections {
    /// Where a connection leads.
    struct Door: Hashable, Sendable {
        let address: IPAddress
        let port: UInt16
        let name: DomainName
        let trust: HTTPRequest.Trust
    }

    private struct Batch {
        var left: Int
        var answers: [Answer] = []
        let done: CheckedContinuation<[Answer], Never>
    }

    private struct Waiting {
        let query: Query
        let batch: Int
        /// When it is not kept waiting any longer.
        let end: ContinuousClock.Instant
    }

    /// What came of one connection.
    struct Talk: Sendable {
        /// One for each question.
        let answers: [Answer]
        /// False where no connection came about: who waits would fare no better.
        let isConnected: Bool
    }

    private let limit: Int
    private let waitMilliseconds: Int64
    /// Puts different questions over one connection.
    private let converse: @Sendable ([Query], Door) async -> Talk
    private var batches: [Int: Batch] = [:]
    private var batchesMade = 0
    private var waiting: [Door: [Waiting]] = [:]
    private var busy: Set<Door> = []

    /// - Parameters:
    ///   - limit: questions on one connection.
    ///   - waitMilliseconds: how long a question waits for its connection while nothing is answered.
    init(
        limit: Int,
        waitMilliseconds: Int64,
        converse: @escaping @Sendable ([Query], Door) async -> Talk
    ) {
        self.limit = limit
        self.waitMilliseconds = waitMilliseconds
        self.converse = converse
    }

    func ask(_ queries: [Query], at door: Door) async -> [Answer] {
        if queries.isEmpty { return [] }
        return await withCheckedContinuation { done in
            batchesMade += 1
            let batch = batchesMade
            batches[batch] = Batch(left: queries.count, done: done)
            let end = ContinuousClock.now + .milliseconds(waitMilliseconds)
            waiting[door, default: []] += queries.map { Waiting(query: $0, batch: batch, end: end) }
            if busy.insert(door).inserted { Task { await serve(door) } }
        }
    }

    private func serve(_ door: Door) async {
        while let all = waiting[door], !all.isEmpty {
            let taken = all.prefix(limit)
            waiting[door] = Array(all.dropFirst(limit))
            var seen: Set<Query> = []
            let queries = taken.map(\.query).filter { seen.insert($0).inserted }
            let talk = await converse(queries, door)
            let byQuery = Dictionary(talk.answers.map { ($0.query, $0) }) { first, _ in first }
            for one in taken {
                give(byQuery[one.query] ?? Answer(one.query, .unreachable(reason: "no answer")), to: one)
            }
            guard let first = talk.answers.first, talk.answers.allSatisfy(\.isUnreachable) else { continue }
            // A server that was slow once may answer the next; where nobody is, nobody is kept waiting for one deadline after another.
            let now = ContinuousClock.now
            let left = waiting[door] ?? []
            let isOver: (Waiting) -> Bool = { !talk.isConnected || $0.end <= now }
            waiting[door] = left.filter { !isOver($0) }
            for one in left.filter(isOver) { give(Answer(one.query, first.outcome, manner: first.manner), to: one) }
        }
        waiting[door] = nil
        busy.remove(door)
    }

    private func give(_ answer: Answer, to one: Waiting) {
        guard var batch = batches[one.batch] else { return }
        batch.answers.append(answer)
        batch.left -= 1
        batches[one.batch] = batch.left > 0 ? batch : nil
        if batch.left == 0 { batch.done.resume(returning: batch.answers) }
    }
}

// The door between those who ask and the thread that sends: the only state of an exchange that two threads touch.

import Synchronization

/// Questions handed in, and where their answers go.
struct Batch: Sendable {
    let number: UInt64
    let queries: [ExchangeQuery]
    let answers: AsyncStream<ExchangeAnswer>.Continuation
}

/// Batches and cancellations on their way to the thread, with a wake-up.
final class Inbox: Sendable {
    struct Contents: Sendable {
        var batches: [Batch] = []
        var cancelled: [UInt64] = []
        var isStopping = false
        fileprivate var nextNumber: UInt64 = 0
    }

    private let contents = Mutex(Contents())
    let wake: WakeDescriptor
    let poller: Poller

    init() throws(Unreachability) {
        wake = try WakeDescriptor()
        poller = try Poller.watching(wake)
    }

    /// Hands in a batch. False when the exchange is stopping: nobody will take it.
    func submit(_ queries: [ExchangeQuery], _ answers: AsyncStream<ExchangeAnswer>.Continuation) -> Bool {
        let number = contents.withLock { contents -> UInt64? in
            guard !contents.isStopping else { return nil }
            contents.nextNumber += 1
            contents.batches.append(Batch(number: contents.nextNumber, queries: queries, answers: answers))
            return contents.nextNumber
        }
        guard let number else { return false }
        answers.onTermination = { [weak self] reason in
            if case .cancelled = reason { self?.cancel(number) }
        }
        wake.wake()
        return true
    }

    private func cancel(_ number: UInt64) {
        contents.withLock { $0.cancelled.append(number) }
        wake.wake()
    }

    func stop() {
        contents.withLock { $0.isStopping = true }
        wake.wake()
    }

    /// Takes everything out. Once it says `isStopping`, nothing comes after it.
    func take() -> Contents {
        contents.withLock { contents in
            let taken = contents
            contents.batches = []
            contents.cancelled = []
            return taken
        }
    }
}

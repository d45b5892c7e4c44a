// Questions to addresses, thousands at once: what the rest of the program sees of the network side of DNS.

package import DCV

/// Puts questions to servers and says what came back.
///
/// All sockets live on one thread that waits in epoll. Each try over UDP has a fresh connected socket (so a random port, and the
/// kernel drops other senders), a random id and random letter case; what comes back is compared octet for octet before anything
/// is parsed (RFC 5452 9, RFC 9267). What does not fit is dropped, counted and waited past. TCP follows on truncation, silence,
/// refusal, three mismatches or changed letter case. One absolute deadline covers all of it.
package final class Exchange: Sendable {
    private let inbox: Inbox

    /// Starts the thread. Throws `noSocket` when the system gives no descriptor or thread.
    package init(random: any RandomSource, limits: ExchangeLimits = ExchangeLimits()) throws {
        let templates = try QueryTemplates()
        let inbox = try Inbox()
        try NetworkThread.start {
            ExchangeLoop(inbox: inbox, limits: limits, templates: templates, random: random).run()
        }
        self.inbox = inbox
    }

    deinit { inbox.stop() }

    /// Asks; the stream gives exactly one answer a query, as they come, and ends after the last. Whoever stops reading (or is
    /// cancelled) stops the queries that are still under way. The stream buffers at most the batch's own number of answers.
    package func ask(_ batch: [ExchangeQuery]) -> AsyncStream<ExchangeAnswer> {
        let (stream, continuation) = AsyncStream.makeStream(of: ExchangeAnswer.self, bufferingPolicy: .unbounded)
        if !inbox.submit(batch, continuation) {
            for query in batch { continuation.yield(.notSent(query, .stopped)) }
            continuation.finish()
        }
        return stream
    }

    /// Ends the thread; queries under way and all later ones are answered `unreachable(.stopped)`.
    package func shutdown() { inbox.stop() }
}

// The thread of an exchange: it lets queries go as windows allow, waits, and looks after whoever has news or is due.

import DCV
import LDNS

/// Everything that happens on the one network thread. No other thread ever touches it.
final class ExchangeLoop {
    let inbox: Inbox
    let limits: ExchangeLimits
    let templates: QueryTemplates
    var random: RandomPool
    var servers: Servers
    var timers = TimerHeap()
    /// Large enough for any datagram, so that none is ever cut.
    var buffer = [UInt8](repeating: 0, count: 65_536)

    private var flights: [Flight?] = []
    private var freeSlots: [Int] = []
    private var flightCount = 0
    private var generation: UInt32 = 0
    private var batches: [UInt64: OpenBatch] = [:]
    /// The system has no socket left; until a flight ends no other starts.
    private var mustWaitForSockets = false

    private struct OpenBatch {
        let answers: AsyncStream<ExchangeAnswer>.Continuation
        var unanswered: Int
    }

    init(inbox: Inbox, limits: ExchangeLimits, templates: QueryTemplates, random: any RandomSource) {
        self.inbox = inbox
        self.limits = limits
        self.templates = templates
        self.random = RandomPool(random)
        servers = Servers(inFlightPerAddress: limits.inFlightPerAddress)
    }

    /// Runs until the inbox says stop; every query handed in until then has its answer.
    func run() {
        var tags = [UInt64](repeating: 0, count: Poller.eventsLimit)
        while true {
            let contents = inbox.take()
            for batch in contents.batches { open(batch) }
            for number in contents.cancelled { cancel(number) }
            if contents.isStopping {
                stop()
                return
            }
            startFlights()
            let count = inbox.poller.wait(into: &tags, milliseconds: millisecondsToNextTimer())
            for tag in tags.prefix(count) {
                if tag == Poller.wakeTag {
                    inbox.wake.consume()
                } else if let (slot, flight) = flight(tag: tag) {
                    news(of: flight, slot)
                }
            }
            runTimers()
        }
    }

    // MARK: Batches

    private func open(_ batch: Batch) {
        batches[batch.number] = OpenBatch(answers: batch.answers, unanswered: batch.queries.count)
        for query in batch.queries {
            if servers.waitingCount < ExchangeLimits.waitingQueriesLimit {
                servers.append(Waiting(query: query, batch: batch.number))
            } else {
                deliver(.notSent(query, .tooManyWaiting), to: batch.number)
            }
        }
        if batch.queries.isEmpty { batches.removeValue(forKey: batch.number)?.answers.finish() }
    }

    private func deliver(_ answer: ExchangeAnswer, to number: UInt64) {
        guard var batch = batches[number] else { return }
        batch.answers.yield(answer)
        batch.unanswered -= 1
        batches[number] = batch.unanswered > 0 ? batch : nil
        if batch.unanswered <= 0 { batch.answers.finish() }
    }

    /// Nobody listens any more: what is under way ends, what waits is skipped when its turn comes.
    private func cancel(_ number: UInt64) {
        guard batches.removeValue(forKey: number) != nil else { return }
        for (slot, flight) in flights.enumerated() {
            if let flight, flight.batch == number { release(slot, flight) }
        }
    }

    private func stop() {
        for (slot, flight) in flights.enumerated() {
            if let flight { finish(slot, flight, .unreachable(.stopped)) }
        }
        // A server's window must not keep its queries from being told.
        for waiting in servers.drain() { deliver(.notSent(waiting.query, .stopped), to: waiting.batch) }
    }

    // MARK: Flights

    private func startFlights() {
        while flightCount < limits.inFlightInTotal, !mustWaitForSockets, let waiting = servers.popNext() {
            guard batches[waiting.batch] != nil else {
                servers.release(waiting.query.address)
                continue
            }
            let flight = Flight(
                waiting,
                now: MonotonicClock.nowNanoseconds(),
                deadlineMilliseconds: limits.queryDeadlineMilliseconds
            )
            let slot = freeSlots.popLast() ?? flights.count
            if slot == flights.count { flights.append(flight) } else { flights[slot] = flight }
            flightCount += 1
            begin(flight, slot)
        }
    }

    /// No socket for a flight that was about to start. True when it goes back into the queue, to start once another has ended.
    func postpone(_ flight: Flight, _ slot: Int) -> Bool {
        guard flightCount > 1, flight.udpTries == 0, flight.tcpBecause == nil else { return false }
        mustWaitForSockets = true
        servers.append(Waiting(query: flight.query, batch: flight.batch))
        remove(slot, flight)
        return true
    }

    /// A new socket has been opened for the flight: what the old one may still say is void from now on.
    func nextGeneration() -> UInt32 {
        generation &+= 1
        return generation
    }

    func tag(_ slot: Int, _ flight: Flight) -> UInt64 { UInt64(slot) << 32 | UInt64(flight.generation) }

    private func flight(tag: UInt64) -> (Int, Flight)? {
        let slot = Int(tag >> 32)
        guard slot < flights.count, let flight = flights[slot], UInt64(flight.generation) == tag & 0xFFFF_FFFF else {
            return nil
        }
        return (slot, flight)
    }

    func finish(_ slot: Int, _ flight: Flight, _ outcome: ExchangeAnswer.Outcome) {
        let now = MonotonicClock.nowNanoseconds()
        var roundTrip: Int?
        if case .answered = outcome { roundTrip = Int((now - flight.tryStartedNanoseconds) / 1_000_000) }
        let answer = ExchangeAnswer(
            query: flight.query,
            outcome: outcome,
            transport: flight.phase == .udp ? .udp : .tcp,
            tcpBecause: flight.tcpBecause,
            usedEDNS: flight.usesEDNS,
            roundTripMilliseconds: roundTrip,
            elapsedMilliseconds: Int((now - flight.startedNanoseconds) / 1_000_000),
            droppedMismatches: flight.mismatches
        )
        release(slot, flight)
        deliver(answer, to: flight.batch)
    }

    private func release(_ slot: Int, _ flight: Flight) {
        mustWaitForSockets = false
        remove(slot, flight)
    }

    private func remove(_ slot: Int, _ flight: Flight) {
        flight.socket = nil
        flights[slot] = nil
        freeSlots.append(slot)
        flightCount -= 1
        servers.release(flight.query.address)
    }

    // MARK: Timers

    private func millisecondsToNextTimer() -> Int32? {
        guard let next = timers.next else { return nil }
        let now = MonotonicClock.nowNanoseconds()
        guard next.atNanoseconds > now else { return 0 }
        return Int32(clamping: (next.atNanoseconds - now + 999_999) / 1_000_000)
    }

    private func runTimers() {
        let now = MonotonicClock.nowNanoseconds()
        while let next = timers.next, next.atNanoseconds <= now {
            timers.removeNext()
            guard let flight = flights[next.slot], flight.generation == next.generation else { continue }
            due(flight, next.slot, now: now)
        }
    }
}

extension ExchangeAnswer {
    /// The end of a query that never left.
    static func notSent(_ query: ExchangeQuery, _ reason: Unreachability) -> ExchangeAnswer {
        ExchangeAnswer(
            query: query,
            outcome: .unreachable(reason),
            transport: query.transport == .tcp ? .tcp : .udp,
            tcpBecause: nil,
            usedEDNS: true,
            roundTripMilliseconds: nil,
            elapsedMilliseconds: 0,
            droppedMismatches: 0
        )
    }
}

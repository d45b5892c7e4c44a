// How one query goes: UDP first, again when it is lost, TCP when UDP is cut, silent or not to be believed.

import DCV
import LDNS

/// The four kinds of query message there are, made once.
struct QueryTemplates: Sendable {
    private let plain: [QueryTemplate]
    private let withEDNS: [QueryTemplate]

    init() throws(WireError) {
        plain = [
            try QueryTemplate(recursionDesired: false, edns: nil), try QueryTemplate(recursionDesired: true, edns: nil),
        ]
        withEDNS = [
            try QueryTemplate(recursionDesired: false, edns: EDNS()),
            try QueryTemplate(recursionDesired: true, edns: EDNS()),
        ]
    }

    func template(recursionDesired: Bool, usesEDNS: Bool) -> QueryTemplate {
        (usesEDNS ? withEDNS : plain)[recursionDesired ? 1 : 0]
    }
}

extension ExchangeLoop {
    /// Datagrams taken from one socket before others have their turn.
    private static let datagramsAtOnce = 16
    /// After so many datagrams that are no answer, somebody is guessing (BIND goes to TCP after the first).
    private static let mismatchesBeforeTCP = 3

    func begin(_ flight: Flight, _ slot: Int) {
        if flight.query.transport == .tcp { startTCP(flight, slot, because: nil) } else { startUDP(flight, slot) }
    }

    /// The socket has something to say, or room, or an error.
    func news(of flight: Flight, _ slot: Int) {
        switch flight.phase {
        case .udp: receiveUDP(flight, slot)
        case .connecting: sendTCP(flight, slot)
        case .receiving: receiveTCP(flight, slot)
        }
    }

    /// The try's time is up, or the whole query's.
    func due(_ flight: Flight, _ slot: Int, now: UInt64) {
        if now >= flight.deadlineNanoseconds {
            let received = flight.received.count
            finish(slot, flight, .unreachable(received > 0 ? .incomplete(receivedOctets: received) : .silence))
        } else if flight.udpTries < limits.udpTries, now < flight.halfTimeNanoseconds {
            startUDP(flight, slot)
        } else {
            startTCP(flight, slot, because: .silent)
        }
    }

    // MARK: UDP

    /// A try over UDP, each with a socket, a port, an id and a letter case of its own.
    private func startUDP(_ flight: Flight, _ slot: Int) {
        guard open(flight, slot, isStream: false) else { return }
        write(flight, nameOctets: random.mixedCase(flight.query.question.name.wire))
        flight.udpTries += 1
        let wait = servers.timeoutNanoseconds(
            flight.query.address,
            tries: flight.udpTries,
            first: limits.firstTimeoutMilliseconds
        )
        let now = flight.tryStartedNanoseconds
        let half = flight.halfTimeNanoseconds
        let end = now < half ? min(now + wait, half) : now + wait
        setTimer(flight, slot, at: min(end, flight.deadlineNanoseconds))
        guard watch(flight, slot, forOutput: false) else { return }
        // A full queue of the interface is a loss like any other: the timer sees to it.
        if let result = flight.socket?.send(flight.message), !result.isPassing, let failure = result.asUnreachable {
            finish(slot, flight, .unreachable(failure))
        }
    }

    private func receiveUDP(_ flight: Flight, _ slot: Int) {
        for _ in 0..<Self.datagramsAtOnce {
            guard let result = flight.socket?.receive(into: &buffer), !result.wouldBlock else { return }
            // An ICMP error can be forged; over TCP the same refusal comes at once if it is true.
            guard case .done(let count) = result else { return startTCP(flight, slot, because: .refused) }
            switch ReplyCheck.judge(buffer, count: count, query: flight.message, questionEnd: flight.questionEnd) {
            case .answer: return accept(Array(buffer[..<count]), flight, slot)
            case .otherLetterCase: return startTCP(flight, slot, because: .letterCase)
            case .bareRefusal where flight.usesEDNS:
                flight.usesEDNS = false
                return startUDP(flight, slot)
            case .bareRefusal, .foreign:
                flight.mismatches += 1
                if flight.mismatches >= Self.mismatchesBeforeTCP { return startTCP(flight, slot, because: .mismatches) }
            }
        }
    }

    // MARK: TCP

    /// From here to the deadline over TCP. Letter case is left alone: nobody can guess into a connection.
    private func startTCP(_ flight: Flight, _ slot: Int, because reason: TCPReason?) {
        flight.tcpBecause = flight.tcpBecause ?? reason
        flight.phase = .connecting
        flight.received = []
        guard open(flight, slot, isStream: true) else { return }
        write(flight, nameOctets: flight.query.question.name.wire)
        setTimer(flight, slot, at: flight.deadlineNanoseconds)
        _ = watch(flight, slot, forOutput: true)
    }

    private func sendTCP(_ flight: Flight, _ slot: Int) {
        if let failure = flight.socket?.takeError().asUnreachable {
            return finish(slot, flight, .unreachable(failure))
        }
        let count = flight.message.count
        let prefix = [UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
        // A query is smaller than the least send buffer: it goes as a whole or not at all.
        guard flight.socket?.send(prefix + flight.message) == .done(count + 2) else {
            return finish(slot, flight, .unreachable(.closedEarly))
        }
        flight.phase = .receiving
        _ = watch(flight, slot, forOutput: false)
    }

    private func receiveTCP(_ flight: Flight, _ slot: Int) {
        guard let result = flight.socket?.receive(into: &buffer), !result.wouldBlock else { return }
        guard case .done(let count) = result, count > 0 else {
            return finish(slot, flight, .unreachable(.closedEarly))
        }
        flight.received.append(contentsOf: buffer[..<count])
        guard flight.received.count >= 2 else { return }
        let length = Int(flight.received[0]) << 8 | Int(flight.received[1])
        guard length >= QueryTemplate.nameOffset, length <= Wire.acceptedOctets else {
            return finish(slot, flight, .hostile(.lengthOverTCP(octets: length)))
        }
        guard flight.received.count >= 2 + length else { return }
        let message = Array(flight.received[2..<(2 + length)])
        switch ReplyCheck.judge(message, count: length, query: flight.message, questionEnd: flight.questionEnd) {
        case .answer, .otherLetterCase:
            guard !ReplyCheck.isTruncated(message) else { return finish(slot, flight, .hostile(.truncatedOverTCP)) }
            accept(message, flight, slot)
        case .bareRefusal: accept(message, flight, slot)
        case .foreign: finish(slot, flight, .hostile(.foreignOverTCP))
        }
    }

    // MARK: Both

    /// Octets that belong to the query: only now are they parsed.
    private func accept(_ octets: [UInt8], _ flight: Flight, _ slot: Int) {
        let isUDP = flight.phase == .udp
        if isUDP {
            let roundTrip = MonotonicClock.nowNanoseconds() - flight.tryStartedNanoseconds
            servers.measured(flight.query.address, roundTripNanoseconds: roundTrip)
            if ReplyCheck.isTruncated(octets) { return startTCP(flight, slot, because: .truncated) }
        }
        let message: Message
        do throws(WireError) {
            message = try Wire.decode(octets)
        } catch {
            return finish(slot, flight, .hostile(.malformed(error)))
        }
        // Not BADVERS: Unbound, which CAs use, takes that for an empty answer and does not ask again without EDNS.
        let refusesEDNS = [Rcode.formatError, .notImplemented].contains(message.rcode)
        guard refusesEDNS, flight.usesEDNS else {
            return finish(slot, flight, .answered(message, octets: octets))
        }
        flight.usesEDNS = false
        if isUDP { startUDP(flight, slot) } else { startTCP(flight, slot, because: flight.tcpBecause) }
    }

    /// Closes the old socket and opens a new one; false when the flight has ended, or waits again.
    private func open(_ flight: Flight, _ slot: Int, isStream: Bool) -> Bool {
        flight.socket = nil
        flight.generation = nextGeneration()
        flight.tryStartedNanoseconds = MonotonicClock.nowNanoseconds()
        do throws(Unreachability) {
            flight.socket = try Socket.connected(
                isStream: isStream,
                to: flight.query.address,
                port: flight.query.port
            )
            return true
        } catch {
            if case .noSocket = error, postpone(flight, slot) { return false }
            finish(slot, flight, .unreachable(error))
            return false
        }
    }

    private func write(_ flight: Flight, nameOctets: [UInt8]) {
        let template = templates.template(
            recursionDesired: flight.query.recursionDesired,
            usesEDNS: flight.usesEDNS
        )
        flight.message = template.octets(id: random.id(), nameOctets: nameOctets, type: flight.query.question.type)
        flight.questionEnd = QueryTemplate.nameOffset + nameOctets.count + 4
    }

    private func watch(_ flight: Flight, _ slot: Int, forOutput: Bool) -> Bool {
        guard let descriptor = flight.socket?.descriptor else { return false }
        let watched = inbox.poller.watch(descriptor, forOutput: forOutput, tag: tag(slot, flight))
        guard case .done = watched else {
            finish(slot, flight, .unreachable(watched.asNoSocket))
            return false
        }
        return true
    }

    private func setTimer(_ flight: Flight, _ slot: Int, at nanoseconds: UInt64) {
        timers.add(TimerHeap.Entry(atNanoseconds: nanoseconds, slot: slot, generation: flight.generation))
    }
}

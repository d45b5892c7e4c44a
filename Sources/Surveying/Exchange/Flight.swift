// One query under way: what was sent, what is waited for, and until when.

import LDNS

/// The state of one query between its first packet and its answer. Lives on the exchange's thread only.
final class Flight {
    enum Phase: Hashable {
        case udp
        /// TCP, not yet connected.
        case connecting
        case receiving
    }

    let query: ExchangeQuery
    let batch: UInt64
    let startedNanoseconds: UInt64
    let deadlineNanoseconds: UInt64

    var phase = Phase.udp
    var socket: Socket?
    /// Grows with every socket: events and timers of an earlier one are told by it.
    var generation: UInt32 = 0
    /// The message as sent, without a length prefix.
    var message: [UInt8] = []
    var questionEnd = 0
    var tryStartedNanoseconds: UInt64 = 0
    var udpTries = 0
    var usesEDNS: Bool
    var mismatches = 0
    var tcpBecause: TCPReason?
    /// A TCP answer as far as it has come, with its length prefix.
    var received: [UInt8] = []

    init(_ waiting: Waiting, now: UInt64, deadlineMilliseconds: UInt64) {
        query = waiting.query
        usesEDNS = waiting.query.usesEDNS
        batch = waiting.batch
        startedNanoseconds = now
        deadlineNanoseconds = now + deadlineMilliseconds * 1_000_000
    }

    /// From here on UDP leaves the time to TCP.
    var halfTimeNanoseconds: UInt64 { startedNanoseconds + (deadlineNanoseconds - startedNanoseconds) / 2 }
}

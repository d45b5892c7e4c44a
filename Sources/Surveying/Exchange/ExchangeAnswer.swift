// What became of one query: an answer, no answer, or something nobody should believe.

package import LDNS

/// The end of one query. Every query has exactly one, whatever happens.
package struct ExchangeAnswer: Sendable {
    package enum Outcome: Sendable {
        /// A well-formed answer to this very question. REFUSED, SERVFAIL and a missing AA are answers too: judging is done elsewhere.
        /// `octets` are the message as received.
        case answered(Message, octets: [UInt8])
        /// Nothing that could be used arrived. Says nothing about the record.
        case unreachable(Unreachability)
        /// The peer itself sent what must not be believed. Says nothing about the record either.
        case hostile(Hostility)
    }

    package enum Transport: String, Hashable, Sendable { case udp, tcp, tls, https }

    package let query: ExchangeQuery
    package let outcome: Outcome
    /// How the last try went.
    package let transport: Transport
    /// Why UDP was left or not believed; nil when it was not, or when TCP was asked for.
    package let tcpBecause: TCPReason?
    /// False when the server did not understand EDNS and was asked again without it.
    package let usedEDNS: Bool
    /// From the last try's first packet to the answer; with TCP the handshake is included. Nil without an answer.
    package let roundTripMilliseconds: Int?
    /// From the query's first packet to its end.
    package let elapsedMilliseconds: Int
    /// UDP packets that were no answer to the query and were dropped: forged, late or mangled.
    package let droppedMismatches: Int
}

/// Why no answer was had.
package enum Unreachability: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing came before the deadline.
    case silence
    /// A TCP answer was not whole at the deadline.
    case incomplete(receivedOctets: Int)
    /// Nobody listens there: ICMP port unreachable, then TCP reset.
    case refused
    /// TCP was closed before an answer was whole.
    case closedEarly
    /// The network has no way there; the system's error number.
    case noRoute(code: Int32)
    /// This machine could not open a socket; the system's error number.
    case noSocket(code: Int32)
    case tooManyWaiting
    /// The exchange was shut down first.
    case stopped

    package var description: String {
        switch self {
        case .silence: "no answer before the deadline"
        case .incomplete(let received): "only \(received) octets of a TCP answer before the deadline"
        case .refused: "connection refused"
        case .closedEarly: "TCP closed before the answer was whole"
        case .noRoute(let code): "no route (\(SystemError.text(code)))"
        case .noSocket(let code): "no socket (\(SystemError.text(code)))"
        case .tooManyWaiting: "more than \(ExchangeLimits.waitingQueriesLimit) queries waiting"
        case .stopped: "stopped before an answer came"
        }
    }
}

/// What the peer did that no honest server does.
package enum Hostility: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed(WireError)
    /// TCP carried a message that does not belong to the query.
    case foreignOverTCP
    /// TC over TCP: part of the answer is missing and there is no way to get it.
    case truncatedOverTCP
    case lengthOverTCP(octets: Int)

    package var description: String {
        switch self {
        case .malformed(let error): "malformed answer: \(error)"
        case .foreignOverTCP: "an answer over TCP to something else than was asked"
        case .truncatedOverTCP: "a truncated answer over TCP"
        case .lengthOverTCP(let octets): "a TCP answer of \(octets) octets"
        }
    }
}

/// Why a query went on over TCP.
package enum TCPReason: String, Hashable, Sendable {
    case truncated = "the UDP answer was truncated"
    case silent = "UDP was silent"
    case refused = "the network refused the UDP packet"
    case mismatches = "UDP brought forged or mangled answers"
    case letterCase = "the UDP answer changed the letter case of the question"
}

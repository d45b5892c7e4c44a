// How the views reach name servers: questions to addresses go out together, answers come back. Exchange does it over
// sockets.
package import DCV
package import LDNS

/// One question for one address.
package struct Query: Hashable, Sendable {
    package let question: Question
    package let address: IPAddress
    package let port: UInt16
    /// RD: set for recursive resolvers only; a server asked without it must speak for the zone.
    package let recursionDesired: Bool
    /// TCP from the start: to learn whether a server speaks it, or for bulk.
    package let transport: ExchangeQuery.Transport
    /// False to learn whether a server is silent because of EDNS.
    package let usesEDNS: Bool
    /// Set: over this way instead of UDP and TCP.
    package let secured: SecureTransport?

    package init(
        _ question: Question,
        to address: IPAddress,
        port: UInt16,
        recursionDesired: Bool = false,
        transport: ExchangeQuery.Transport = .udpThenTCP,
        usesEDNS: Bool = true,
        secured: SecureTransport? = nil
    ) {
        self.question = question
        self.address = address
        self.port = port
        self.recursionDesired = recursionDesired
        self.transport = transport
        self.usesEDNS = usesEDNS
        self.secured = secured
    }
}

/// What became of one query.
package struct Answer: Sendable {
    package enum Outcome: Sendable {
        /// An answer to this very question, of any response code and with or without authority.
        case message(Message)
        case unreachable(reason: String)
        case hostile(reason: String)
    }

    /// How the answer came about.
    package struct Manner: Hashable, Sendable {
        /// How the last try went.
        package let transport: ExchangeAnswer.Transport
        /// Why UDP was left or not believed; nil when it was not.
        package let tcpBecause: TCPReason?
        /// False when the server did not understand EDNS and was asked again without it.
        package let usedEDNS: Bool

        package init(
            transport: ExchangeAnswer.Transport = .udp,
            tcpBecause: TCPReason? = nil,
            usedEDNS: Bool = true
        ) {
            self.transport = transport
            self.tcpBecause = tcpBecause
            self.usedEDNS = usedEDNS
        }
    }

    package let query: Query
    package let outcome: Outcome
    package let roundTripMilliseconds: Int64?
    package let manner: Manner
    /// The message as received; empty without one.
    package let octets: [UInt8]

    var isUnreachable: Bool { if case .unreachable = outcome { true } else { false } }

    package init(
        _ query: Query,
        _ outcome: Outcome,
        roundTripMilliseconds: Int64? = nil,
        manner: Manner = Manner(),
        octets: [UInt8] = []
    ) {
        self.query = query
        self.outcome = outcome
        self.roundTripMilliseconds = roundTripMilliseconds
        self.manner = manner
        self.octets = octets
    }
}

/// Asks a batch of different queries; every one gets exactly one answer, in any order, within a deadline of its own.
package protocol Asking: Sendable {
    func ask(_ batch: [Query]) async -> [Answer]
}

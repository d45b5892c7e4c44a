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

    package init(_ question: Question, to address: IPAddress, port: UInt16, recursionDesired: Bool = false) {
        self.question = question
        self.address = address
        self.port = port
        self.recursionDesired = recursionDesired
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

    package let query: Query
    package let outcome: Outcome
    package let roundTripMilliseconds: Int64?

    package init(_ query: Query, _ outcome: Outcome, roundTripMilliseconds: Int64? = nil) {
        self.query = query
        self.outcome = outcome
        self.roundTripMilliseconds = roundTripMilliseconds
    }
}

/// Asks a batch of different queries; every one gets exactly one answer, in any order, within a deadline of its own.
package protocol Asking: Sendable {
    func ask(_ batch: [Query]) async -> [Answer]
}

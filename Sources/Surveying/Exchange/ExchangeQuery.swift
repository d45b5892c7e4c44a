// One question to one address, and the limits under which many of them travel.

package import DCV
package import LDNS

/// A question to be put to one address of one server.
package struct ExchangeQuery: Hashable, Sendable {
    package enum Transport: Hashable, Sendable {
        /// UDP, and TCP where UDP is truncated, silent or suspicious (RFC 7766 5).
        case udpThenTCP
        case tcp
    }

    /// The asker's own mark: answers come in no order.
    package let tag: Int
    package let question: Question
    package let address: IPAddress
    package let port: UInt16
    /// RD: for recursive resolvers; never set towards name servers.
    package let recursionDesired: Bool
    package let transport: Transport
    /// False: asked without EDNS from the start.
    package let usesEDNS: Bool

    package init(
        tag: Int,
        question: Question,
        address: IPAddress,
        port: UInt16 = 53,
        recursionDesired: Bool = false,
        transport: Transport = .udpThenTCP,
        usesEDNS: Bool = true
    ) {
        self.tag = tag
        self.question = question
        self.address = address
        self.port = port
        self.recursionDesired = recursionDesired
        self.transport = transport
        self.usesEDNS = usesEDNS
    }
}

/// Bounds of an exchange. Values outside what is sane are brought to the nearest that is.
package struct ExchangeLimits: Hashable, Sendable {
    /// More in flight to one address overflow the socket buffer of a name server with default settings.
    package static let inFlightPerAddressLimit = 200
    /// Each query in flight holds one descriptor; 1024 is the usual limit of a process.
    package static let inFlightInTotalLimit = 900
    /// Queries accepted but not yet sent; what exceeds it is answered with `Unreachability.tooManyWaiting` at once.
    package static let waitingQueriesLimit = 200_000

    /// One query, from its first packet to its answer, all retries and TCP included. It does not run while a query waits for its
    /// turn in the window.
    package let queryDeadlineMilliseconds: UInt64
    package let inFlightInTotal: Int
    package let inFlightPerAddress: Int
    /// UDP packets sent for one query before TCP is tried; TCP keeps the second half of the deadline in any case.
    package let udpTries: Int
    /// Wait for the first answer of a server whose round trip is not known yet; doubles with every try.
    package let firstTimeoutMilliseconds: UInt64

    package init(
        queryDeadlineMilliseconds: UInt64 = 5000,
        inFlightInTotal: Int = 400,
        inFlightPerAddress: Int = 100,
        udpTries: Int = 3,
        firstTimeoutMilliseconds: UInt64 = 400
    ) {
        self.queryDeadlineMilliseconds = min(max(queryDeadlineMilliseconds, 10), 60_000)
        self.inFlightInTotal = min(max(inFlightInTotal, 1), Self.inFlightInTotalLimit)
        self.inFlightPerAddress = min(max(inFlightPerAddress, 1), Self.inFlightPerAddressLimit)
        self.udpTries = min(max(udpTries, 1), 10)
        self.firstTimeoutMilliseconds = min(max(firstTimeoutMilliseconds, 1), 10_000)
    }
}

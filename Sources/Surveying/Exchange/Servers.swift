// Who waits for which server, how many are under way to it, and how long it usually takes.

import DCV

/// One address that is asked: its window, its queue and its measured round trip.
struct Server {
    static let shortestTimeoutMilliseconds: UInt64 = 150
    static let longestTimeoutMilliseconds: UInt64 = 1000

    var inFlight = 0
    var waiting = Queue<Waiting>()
    /// Whether it stands in the ring of those who may send.
    var isInRing = false
    private var smoothedNanoseconds: UInt64?
    private var variationNanoseconds: UInt64 = 0

    /// RFC 6298 2, in integers. Every try has an id and a port of its own, so each sample is sure (Karn).
    mutating func measured(_ roundTripNanoseconds: UInt64) {
        guard let smoothed = smoothedNanoseconds else {
            smoothedNanoseconds = roundTripNanoseconds
            variationNanoseconds = roundTripNanoseconds / 2
            return
        }
        let difference =
            smoothed > roundTripNanoseconds ? smoothed - roundTripNanoseconds : roundTripNanoseconds - smoothed
        variationNanoseconds = (3 * variationNanoseconds + difference) / 4
        smoothedNanoseconds = (7 * smoothed + roundTripNanoseconds) / 8
    }

    /// How long to wait for the answer to a try; `tries` counts it.
    func timeoutNanoseconds(tries: Int, first firstMilliseconds: UInt64) -> UInt64 {
        var timeout = firstMilliseconds * 1_000_000
        if let smoothedNanoseconds {
            let estimate = smoothedNanoseconds + 4 * variationNanoseconds
            timeout = min(
                max(estimate, Self.shortestTimeoutMilliseconds * 1_000_000),
                Self.longestTimeoutMilliseconds * 1_000_000
            )
        }
        return timeout << UInt64(min(max(tries - 1, 0), 6))
    }
}

/// A query that has not been sent yet.
struct Waiting {
    let query: ExchangeQuery
    let batch: UInt64
}

/// First in, first out, without moving what stays.
struct Queue<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head == elements.count || head > 1024 && head > elements.count / 2 {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}

/// All servers, with a ring of those that have both a query waiting and room in their window, so that each gets its turn.
struct Servers {
    /// Round trips are remembered for so many; beyond that, idle ones are forgotten.
    static let rememberedLimit = 4096

    private var byAddress: [IPAddress: Server] = [:]
    private var ring = Queue<IPAddress>()
    private let inFlightPerAddress: Int
    private(set) var waitingCount = 0

    init(inFlightPerAddress: Int) { self.inFlightPerAddress = inFlightPerAddress }

    mutating func append(_ waiting: Waiting) {
        if byAddress.count >= Self.rememberedLimit, byAddress[waiting.query.address] == nil {
            byAddress = byAddress.filter { $0.value.inFlight > 0 || !$0.value.waiting.isEmpty }
        }
        byAddress[waiting.query.address, default: Server()].waiting.append(waiting)
        waitingCount += 1
        enterRing(waiting.query.address)
    }

    /// The next query whose server has room; it counts as in flight from now on.
    mutating func popNext() -> Waiting? {
        while let address = ring.popFirst() {
            byAddress[address]?.isInRing = false
            guard let waiting = byAddress[address]?.waiting.popFirst() else { continue }
            waitingCount -= 1
            byAddress[address]?.inFlight += 1
            enterRing(address)
            return waiting
        }
        return nil
    }

    /// Takes out everything that waits, windows or not.
    mutating func drain() -> [Waiting] {
        var drained: [Waiting] = []
        for address in byAddress.keys {
            while let waiting = byAddress[address]?.waiting.popFirst() { drained.append(waiting) }
        }
        waitingCount = 0
        return drained
    }

    /// A query towards this address has ended.
    mutating func release(_ address: IPAddress) {
        byAddress[address]?.inFlight -= 1
        enterRing(address)
    }

    mutating func measured(_ address: IPAddress, roundTripNanoseconds: UInt64) {
        byAddress[address]?.measured(roundTripNanoseconds)
    }

    func timeoutNanoseconds(_ address: IPAddress, tries: Int, first firstMilliseconds: UInt64) -> UInt64 {
        (byAddress[address] ?? Server()).timeoutNanoseconds(tries: tries, first: firstMilliseconds)
    }

    private mutating func enterRing(_ address: IPAddress) {
        guard let server = byAddress[address], !server.isInRing, !server.waiting.isEmpty,
            server.inFlight < inFlightPerAddress
        else { return }
        byAddress[address]?.isInRing = true
        ring.append(address)
    }
}

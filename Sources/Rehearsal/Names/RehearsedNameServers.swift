// Authoritative name servers on loopback, all at one port, each with a temper of its own.
package import DCV
package import LDNS
import NIOCore
import NIOPosix
import Synchronization

/// How one address of a name server answers.
package enum RehearsedBehaviour: Hashable, Sendable {
    case normal
    /// Sees changes of its zones so much later.
    case lag(milliseconds: Int64)
    /// Right answers without AA: the zone was never given to it.
    case lame
    case refused
    case servfail
    /// Takes questions and says nothing, over UDP and TCP.
    case silent
    /// This one value for every TXT question in its zones.
    case wrong(value: String)
    /// An empty answer with TC over UDP, the whole one over TCP.
    case truncated
    /// The right answer, so much later.
    case slow(milliseconds: Int64)
}

/// One question that reached a server.
package struct RehearsedQuestion: Sendable, CustomStringConvertible {
    package enum Transport: String, Sendable { case udp, tcp }

    package let atMilliseconds: Int64
    package let server: IPAddress
    package let transport: Transport
    package let question: Question
    package let recursionDesired: Bool
    package let dnssecOK: Bool

    package var description: String {
        "\(atMilliseconds) ms \(server) \(transport.rawValue) \(question)\(recursionDesired ? " +rd" : "")"
    }
}

/// Name servers, one for each address, on one port over UDP and TCP.
package final class RehearsedNameServers: Sendable {
    package let addresses: [IPAddress]
    package let port: Int
    package let history: History<RehearsedQuestion>
    private let group: MultiThreadedEventLoopGroup
    private let tempers: [IPAddress: NameServerTemper]

    private init(
        addresses: [IPAddress],
        port: Int,
        history: History<RehearsedQuestion>,
        group: MultiThreadedEventLoopGroup,
        tempers: [IPAddress: NameServerTemper]
    ) {
        self.addresses = addresses
        self.port = port
        self.history = history
        self.group = group
        self.tempers = tempers
    }

    /// - Parameters:
    ///   - servers: which zones each address serves.
    ///   - port: 0 takes one that is free at all addresses.
    ///   - signing: who may change zones that have a folder by DNS UPDATE; without it updates are not implemented.
    package static func start(
        _ servers: [IPAddress: [RehearsedZone]],
        port: Int = 0,
        signing: RehearsedSigning? = nil,
        stopwatch: Stopwatch = Stopwatch()
    ) async throws -> RehearsedNameServers {
        let history = History<RehearsedQuestion>()
        let tempers = Dictionary(
            uniqueKeysWithValues: servers.map { address, zones in
                (
                    address,
                    NameServerTemper(
                        address: address,
                        zones: zones,
                        signing: signing,
                        history: history,
                        stopwatch: stopwatch
                    )
                )
            }
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let openers = tempers.values.sorted { $0.address < $1.address }.flatMap { temper in
            [NameServerSockets.udp(temper, group), NameServerSockets.tcp(temper, group)]
        }
        do {
            let port = try await openOnOnePort(openers, port: port).port
            return RehearsedNameServers(
                addresses: servers.keys.sorted(),
                port: port,
                history: history,
                group: group,
                tempers: tempers
            )
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Changes how the server at `address` answers from now on; an address that is not served is ignored.
    package func behave(_ behaviour: RehearsedBehaviour, at address: IPAddress) {
        tempers[address]?.behaviour.withLock { $0 = behaviour }
    }

    /// Messages that came to all addresses, understood or not.
    package var received: Int { tempers.values.reduce(0) { $0 + $1.received.withLock { $0 } } }

    package func shutdown() async { try? await group.shutdownGracefully() }
}

/// What one address knows and how it feels today.
final class NameServerTemper: Sendable {
    let address: IPAddress
    let behaviour = Mutex<RehearsedBehaviour>(.normal)
    let received = Mutex(0)
    private let zones: [RehearsedZone]
    private let signing: RehearsedSigning?
    private let history: History<RehearsedQuestion>
    private let stopwatch: Stopwatch

    /// The answer over UDP when the question has no EDNS (RFC 1035 4.2.1).
    private static let plainUDPLimitOctets = 512

    init(
        address: IPAddress,
        zones: [RehearsedZone],
        signing: RehearsedSigning?,
        history: History<RehearsedQuestion>,
        stopwatch: Stopwatch
    ) {
        self.address = address
        self.zones = zones
        self.signing = signing
        self.history = history
        self.stopwatch = stopwatch
    }

    typealias Reply = (octets: [UInt8], delayMilliseconds: Int64)

    /// The octets to send and after which time; nil when nothing is said.
    func reply(to octets: [UInt8], over transport: RehearsedQuestion.Transport) -> Reply? {
        received.withLock { $0 += 1 }
        guard let signing else { return answer(to: octets, over: transport) }
        if behaviour.withLock({ $0 }) == .silent { return nil }
        switch MessageSigner.open(octets, signing) {
        case nil: return nil
        case .refused(let reply): return (reply, 0)
        case .unsigned:
            guard octets[2] >> 3 & 0x0F == ZoneUpdate.opcode else { return answer(to: octets, over: transport) }
            return (RawMessage.answer(to: octets, rcode: ZoneUpdate.Outcome.refused.rawValue), 0)
        case .signed(let body, let signer):
            guard body[2] >> 3 & 0x0F == ZoneUpdate.opcode else {
                return answer(to: body, over: transport).map { (signer.signed($0.octets), $0.delayMilliseconds) }
            }
            let outcome = ZoneUpdate.carryOut(body, in: zones)
            return (signer.signed(RawMessage.answer(to: body, rcode: outcome.rawValue)), 0)
        }
    }

    private func answer(to octets: [UInt8], over transport: RehearsedQuestion.Transport) -> Reply? {
        guard let query = try? Wire.decode(octets), !query.isResponse else { return nil }
        if let question = query.question {
            history.append(
                RehearsedQuestion(
                    atMilliseconds: stopwatch.milliseconds,
                    server: address,
                    transport: transport,
                    question: question,
                    recursionDesired: query.recursionDesired,
                    dnssecOK: query.edns?.dnssecOK ?? false
                )
            )
        }
        let behaviour = behaviour.withLock { $0 }
        if behaviour == .silent { return nil }
        var answer = answer(to: query, behaviour)
        if case .truncated = behaviour, transport == .udp { answer = Self.cut(answer) }
        guard var octets = try? Wire.encode(answer) else { return nil }
        let limit = max(Int(query.edns?.udpPayloadOctets ?? 0), Self.plainUDPLimitOctets)
        if transport == .udp, octets.count > limit {
            guard let short = try? Wire.encode(Self.cut(answer)) else { return nil }
            octets = short
        }
        if case .slow(let milliseconds) = behaviour { return (octets, milliseconds) }
        return (octets, 0)
    }

    private static func cut(_ answer: Message) -> Message {
        var short = answer
        short.isTruncated = true
        (short.answer, short.authority, short.additional) = ([], [], [])
        return short
    }

    private func answer(to query: Message, _ behaviour: RehearsedBehaviour) -> Message {
        func error(_ rcode: Rcode) -> Message { Message(answering: query, rcode: rcode, isAuthoritative: false) }
        if query.opcode != Message.opcodeQuery { return error(.notImplemented) }
        guard let question = query.question else { return error(.formatError) }
        if let edns = query.edns, edns.version > 0 { return error(.badVersion) }
        if behaviour == .refused { return error(.refused) }
        if behaviour == .servfail { return error(.serverFailure) }
        guard let zone = zone(for: question) else { return error(.refused) }
        var message = Message(answering: query)
        var lagMilliseconds: Int64 = 0
        if case .lag(let milliseconds) = behaviour { lagMilliseconds = milliseconds }
        zone.view(lagMilliseconds: lagMilliseconds).answer(question, into: &message)
        if case .wrong(let value) = behaviour, question.type == .txt, message.isAuthoritative {
            message = Message(answering: query)
            message.answer = [RehearsedRecord.txt(question.name, value).resource].compactMap { $0 }
        }
        if behaviour == .lame { message.isAuthoritative = false }
        return message
    }

    /// The deepest zone that holds the name; for DS the one above the cut (RFC 4035 3.1.4.1).
    private func zone(for question: Question) -> RehearsedZone? {
        let holding = zones.filter { question.name.isSubdomain(of: $0.apex) }
        let deepest = { (zones: [RehearsedZone]) in zones.max { $0.apex.labels.count < $1.apex.labels.count } }
        if question.type == .ds, let parent = deepest(holding.filter { $0.apex != question.name }) { return parent }
        return deepest(holding)
    }
}

// One question to one address with what became of it, as it is written down: the message as it came, or why none did.
import DCV
import LDNS

package struct EvidenceQuestion: Hashable, Sendable, Codable {
    /// What was asked; equal for two questions that no server could tell apart.
    struct Asked: Hashable, Sendable, Codable {
        let name: DomainName
        let type: UInt16
        let address: IPAddress
        let port: UInt16
        let recursionDesired: Bool
        let isTCP: Bool
        let usesEDNS: Bool

        init(_ query: Query) {
            name = query.question.name
            type = query.question.type.rawValue
            address = query.address
            port = query.port
            recursionDesired = query.recursionDesired
            isTCP = query.transport == .tcp
            usesEDNS = query.usesEDNS
        }

        private enum CodingKeys: String, CodingKey {
            case name, type, address, port
            case recursionDesired = "rd"
            case isTCP = "tcp"
            case usesEDNS = "edns"
        }
    }

    /// A DNS message has 16 bits for its length over TCP (RFC 1035 4.2.2).
    static let octetLimit = 65_535

    let asked: Asked
    /// After the explanation began.
    let atMilliseconds: Int64
    /// As received; nil without an answer.
    let message: HexOctets?
    let unreachable: String?
    let hostile: String?
    let roundTripMilliseconds: Int64?
    let answeredOverTCP: Bool
    let tcpBecause: String?
    let usedEDNS: Bool

    init(_ answer: Answer, atMilliseconds: Int64) {
        asked = Asked(answer.query)
        self.atMilliseconds = atMilliseconds
        switch answer.outcome {
        case .message: (message, unreachable, hostile) = (HexOctets(answer.octets), nil, nil)
        case .unreachable(let reason): (message, unreachable, hostile) = (nil, reason, nil)
        case .hostile(let reason): (message, unreachable, hostile) = (nil, nil, reason)
        }
        roundTripMilliseconds = answer.roundTripMilliseconds
        answeredOverTCP = answer.manner.transport == .tcp
        tcpBecause = answer.manner.tcpBecause?.rawValue
        usedEDNS = answer.manner.usedEDNS
    }

    /// The answer to the same question, read anew from its octets.
    func answer(to query: Query) -> Answer {
        let manner = Answer.Manner(
            transport: answeredOverTCP ? .tcp : .udp,
            tcpBecause: tcpBecause.flatMap { TCPReason(rawValue: $0) },
            usedEDNS: usedEDNS
        )
        let outcome: Answer.Outcome
        var octets: [UInt8] = []
        if let message {
            octets = Array(message.bytes.prefix(Self.octetLimit + 1))
            do {
                outcome = .message(try Wire.decode(octets))
            } catch {
                outcome = .hostile(reason: "malformed answer: \(error)")
            }
        } else if let hostile {
            outcome = .hostile(reason: hostile)
        } else {
            outcome = .unreachable(reason: unreachable ?? "no answer")
        }
        return Answer(
            query,
            outcome,
            roundTripMilliseconds: roundTripMilliseconds,
            manner: manner,
            octets: octets
        )
    }

    private enum CodingKeys: String, CodingKey {
        case asked
        case atMilliseconds = "at_ms"
        case message, unreachable, hostile
        case roundTripMilliseconds = "round_trip_ms"
        case answeredOverTCP = "answered_over_tcp"
        case tcpBecause = "tcp_because"
        case usedEDNS = "used_edns"
    }
}

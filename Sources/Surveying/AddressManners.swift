// How an address of a name server carries itself, whatever it is asked: over TCP, with EDNS, with mixed letter case.
import DCV

/// Nil where nothing has shown it yet.
struct AddressManners: Hashable, Sendable {
    private(set) var answersOverUDP: Bool?
    private(set) var answersOverTCP: Bool?
    private(set) var understandsEDNS: Bool?
    private(set) var keepsCase: Bool?

    /// What an answer, or the lack of one, shows.
    mutating func learn(from answer: Answer) {
        switch answer.outcome {
        case .message: learn(answer.query, answer.manner)
        // Only a question that was to go over TCP says that TCP fails; any other may have met a dead address.
        case .unreachable where answer.query.transport == .tcp: answersOverTCP = answersOverTCP ?? false
        case .unreachable, .hostile: break
        }
    }

    private mutating func learn(_ query: Query, _ manner: Answer.Manner) {
        if query.usesEDNS { understandsEDNS = manner.usedEDNS && understandsEDNS != false }
        switch manner.transport {
        case .tcp: answersOverTCP = true
        case .udp: (answersOverUDP, keepsCase) = (true, keepsCase ?? true)
        case .tls, .https: break
        }
        switch manner.tcpBecause {
        case .letterCase: (answersOverUDP, keepsCase) = (true, false)
        case .truncated, .mismatches: answersOverUDP = true
        case .silent, .refused: answersOverUDP = answersOverUDP ?? false
        case nil: break
        }
    }

    /// Whether nothing speaks against it.
    var isFlawless: Bool { ![answersOverUDP, answersOverTCP, understandsEDNS, keepsCase].contains(false) }

    /// It was silent to a question with EDNS, and answered the same one without.
    mutating func dropsEDNS() { understandsEDNS = false }
}

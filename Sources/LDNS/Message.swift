// A DNS message as a value: what a name server was asked, or what it said.

package import DCV

/// What is asked: one name and one type, in class IN (RFC 1035 4.1.2).
package struct Question: Hashable, Sendable, CustomStringConvertible {
    package let name: DomainName
    package let type: RecordType

    package init(_ name: DomainName, _ type: RecordType) {
        self.name = name
        self.type = type
    }

    package var description: String { "\(name) \(type)" }
}

/// What an OPT record says beside the extended response code (RFC 6891 6.1.3).
package struct EDNS: Hashable, Sendable {
    /// Largest UDP payload that crosses the Internet without fragments (RFC 9715; DNS flag day 2020).
    package static let udpPayloadOctets: UInt16 = 1232

    package var udpPayloadOctets: UInt16
    package var version: UInt8
    /// DO: DNSSEC records are wanted (RFC 3225).
    package var dnssecOK: Bool
    /// Why the answer is as it is, in the server's words; read, never written.
    package var errors: [ExtendedError]

    package init(
        udpPayloadOctets: UInt16 = Self.udpPayloadOctets,
        version: UInt8 = 0,
        dnssecOK: Bool = true,
        errors: [ExtendedError] = []
    ) {
        self.udpPayloadOctets = udpPayloadOctets
        self.version = version
        self.dnssecOK = dnssecOK
        self.errors = errors
    }
}

/// One DNS message (RFC 1035 4.1). Read with `Wire.decode`, written with `Wire.encode`.
package struct Message: Hashable, Sendable {
    /// A standard query; the only operation this program knows.
    package static let opcodeQuery: UInt8 = 0

    package var id: UInt16
    /// QR: an answer, not a question.
    package var isResponse: Bool
    package var opcode: UInt8
    /// AA: the server speaks for the zone.
    package var isAuthoritative: Bool
    /// TC: the sender left something out.
    package var isTruncated: Bool
    package var recursionDesired: Bool
    package var recursionAvailable: Bool
    /// AD: the answering resolver says it validated.
    package var authenticatedData: Bool
    package var checkingDisabled: Bool
    /// With the upper bits from OPT when there is one.
    package var rcode: Rcode
    /// None in some error answers.
    package var question: Question?
    /// The question's name as on the wire, letter case kept; empty without a question. A server answers with the same octets.
    package var questionNameOctets: [UInt8]
    package var answer: [ResourceRecord] = []
    package var authority: [ResourceRecord] = []
    /// Without the OPT record, which is `edns`.
    package var additional: [ResourceRecord] = []
    package var edns: EDNS?

    /// A query for `question`.
    package init(query question: Question, id: UInt16, recursionDesired: Bool = false, edns: EDNS? = EDNS()) {
        self.init(id: id)
        self.question = question
        questionNameOctets = question.name.wire
        self.recursionDesired = recursionDesired
        self.edns = edns
    }

    /// An answer to `query`: same id, opcode, RD and question, in the question's own letter case; EDNS if the query had it.
    package init(answering query: Message, rcode: Rcode = .noError, isAuthoritative: Bool = true) {
        self.init(id: query.id)
        isResponse = true
        opcode = query.opcode
        recursionDesired = query.recursionDesired
        question = query.question
        questionNameOctets = query.questionNameOctets
        edns = query.edns.map { EDNS(dnssecOK: $0.dnssecOK) }
        self.rcode = rcode
        self.isAuthoritative = isAuthoritative
    }

    /// An empty query without a question.
    init(id: UInt16) {
        self.id = id
        isResponse = false
        opcode = Self.opcodeQuery
        isAuthoritative = false
        isTruncated = false
        recursionDesired = false
        recursionAvailable = false
        authenticatedData = false
        checkingDisabled = false
        rcode = .noError
        questionNameOctets = []
    }
}

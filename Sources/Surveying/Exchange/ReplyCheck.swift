// The comparison that every received message must stand before anything in it is parsed (RFC 5452 9.1).

import DCV
import LDNS

/// Whether octets are the answer to a query, judged on octets alone.
enum ReplyCheck {
    enum Verdict: Hashable {
        case answer
        /// The answer, but for the letter case of the name: a server that changes it, or somebody who guessed.
        case otherLetterCase
        /// A header alone that says FORMERR or NOTIMP: how some servers refuse EDNS (RFC 6891 7).
        case bareRefusal
        case foreign
    }

    /// `received` holds a message in its first `count` octets; `query` is what was sent, its question ending at `questionEnd`.
    static func judge(_ received: [UInt8], count: Int, query: [UInt8], questionEnd: Int) -> Verdict {
        guard count >= QueryTemplate.nameOffset, received[0] == query[0], received[1] == query[1],
            received[2] & 0x80 != 0, received[2] & 0x78 == 0, received[4] == 0
        else { return .foreign }
        if received[5] == 0 {
            let rcode = Rcode(rawValue: UInt16(received[3] & 0x0F))
            let isRefusal = count == QueryTemplate.nameOffset && (rcode == .formatError || rcode == .notImplemented)
            return isRefusal && received[6..<count].allSatisfy { $0 == 0 } ? .bareRefusal : .foreign
        }
        guard received[5] == 1, count >= questionEnd else { return .foreign }
        // Type and class.
        guard received[(questionEnd - 4)..<questionEnd] == query[(questionEnd - 4)..<questionEnd] else {
            return .foreign
        }
        let name = QueryTemplate.nameOffset..<(questionEnd - 4)
        if received[name] == query[name] { return .answer }
        return name.allSatisfy { ASCII.lowercased(received[$0]) == ASCII.lowercased(query[$0]) }
            ? .otherLetterCase : .foreign
    }

    /// TC.
    static func isTruncated(_ message: [UInt8]) -> Bool { message[2] & 0x02 != 0 }
}

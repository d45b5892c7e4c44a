// Queries by the thousand: libldns builds one message per kind, each query splices its id, name and type into a copy.

import DCV

/// A query with everything in place but id and question. Building by libldns each time costs twenty times as much.
package struct QueryTemplate: Sendable {
    /// Where the question's name begins in every message.
    package static let nameOffset = MessageWalk.headerOctets

    /// The header.
    private let head: [UInt8]
    /// The question's class and, with EDNS, the OPT record.
    private let tail: [UInt8]

    package init(recursionDesired: Bool, edns: EDNS?) throws(WireError) {
        let model = Message(query: Question(.root, .a), id: 0, recursionDesired: recursionDesired, edns: edns)
        let octets = try Wire.encode(model)
        // The root's name is one octet, the type two.
        guard octets.count >= Self.nameOffset + 5 else { throw WireError(.tooShort) }
        head = Array(octets[..<Self.nameOffset])
        tail = Array(octets[(Self.nameOffset + 3)...])
    }

    /// The query; `nameOctets` is the wire form of a `DomainName` in any letter case.
    package func octets(id: UInt16, nameOctets: [UInt8], type: RecordType) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(head.count + nameOctets.count + 2 + tail.count)
        octets.append(UInt8(truncatingIfNeeded: id >> 8))
        octets.append(UInt8(truncatingIfNeeded: id))
        octets.append(contentsOf: head.dropFirst(2))
        octets.append(contentsOf: nameOctets)
        octets.append(UInt8(truncatingIfNeeded: type.rawValue >> 8))
        octets.append(UInt8(truncatingIfNeeded: type.rawValue))
        octets.append(contentsOf: tail)
        return octets
    }
}

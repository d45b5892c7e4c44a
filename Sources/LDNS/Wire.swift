// Octets to messages and back: the door through which everything of libldns goes.

import CLDNS
import DCV

/// The codec. Pure: no socket, no clock, no state.
package enum Wire {
    /// What a TCP length prefix can say (RFC 1035 4.2.2).
    package static let messageLimitOctets = 65_535

    /// The largest message that `decode` accepts.
    package static let acceptedOctets = MessageWalk.messageLimitOctets

    /// A type for private use (RFC 6895 3.1) under which libldns sees data that have no layout here: it keeps their octets as
    /// they are, and its parsers of rarer types never run.
    private static let opaqueType: (high: UInt8, low: UInt8) = (0xFF, 0x00)

    /// Reads one message. Strict: what is not whole and well-formed is refused before libldns sees it. Record data that are
    /// well-formed but of no use are `RData.unusable` and refuse nothing.
    package static func decode(_ octets: [UInt8]) throws(WireError) -> Message {
        let walk = try MessageWalk(octets)
        var veiled = octets
        for record in walk.records where record.isOpaque {
            veiled[record.typeOffset] = opaqueType.high
            veiled[record.typeOffset + 1] = opaqueType.low
        }
        let packet = try PacketHandle(parsing: veiled)
        var message = packet.header()
        message.edns?.errors = walk.errors
        if let (nameOctets, type) = packet.question() {
            do throws(NameError) {
                message.question = Question(try WireName.read(nameOctets), type)
            } catch {
                throw WireError(.questionName(error), at: MessageWalk.headerOctets)
            }
            message.questionNameOctets = nameOctets
        }
        message.answer = try compared(packet.records(.answer), walk, .answer)
        message.authority = try compared(packet.records(.authority), walk, .authority)
        message.additional = try compared(packet.records(.additional), walk, .additional)
        return message
    }

    /// Both readers must have seen the same records; gives those of libldns with their true types.
    private static func compared(
        _ parsed: [ResourceRecord],
        _ walk: MessageWalk,
        _ section: MessageWalk.Section
    ) throws(WireError) -> [ResourceRecord] {
        let walked = walk.records.filter { $0.section == section && $0.type != .opt }
        guard parsed.count == walked.count else { throw WireError(.readersDisagree) }
        var records: [ResourceRecord] = []
        for (record, seen) in zip(parsed, walked) {
            guard seen.isOpaque || record.type == seen.type, record.dataOctets.count == seen.expandedOctets else {
                throw WireError(.readersDisagree, at: seen.typeOffset)
            }
            records.append(seen.isOpaque ? record.retyped(seen.type) : record)
        }
        return records
    }

    /// Writes one message, query or answer, with compressed names. Throws for data without the fields of their type.
    package static func encode(_ message: Message) throws(WireError) -> [UInt8] {
        let packet = try PacketHandle()
        packet.setHeader(message)
        if let question = message.question {
            try MessageWalk.check(name: message.questionNameOctets)
            try packet.add(
                message.questionNameOctets + big(question.type.rawValue) + big(ResourceRecord.classInternet),
                to: LDNS_SECTION_QUESTION
            )
        }
        let sections = [
            (message.answer, LDNS_SECTION_ANSWER), (message.authority, LDNS_SECTION_AUTHORITY),
            (message.additional, LDNS_SECTION_ADDITIONAL),
        ]
        guard sections.reduce(0, { $0 + $1.0.count }) <= MessageWalk.recordLimit else {
            throw WireError(.tooManyRecords(limit: MessageWalk.recordLimit))
        }
        for (records, section) in sections {
            for record in records { try packet.add(try octets(record), to: section) }
        }
        let octets = try packet.octets()
        guard octets.count <= messageLimitOctets else { throw WireError(.tooLong(limitOctets: messageLimitOctets)) }
        return octets
    }

    private static func octets(_ record: ResourceRecord) throws(WireError) -> [UInt8] {
        guard let length = UInt16(exactly: record.dataOctets.count) else { throw WireError(.fieldTooLong(record.type)) }
        guard record.type != .opt else { throw WireError(.misplacedOPT) }
        guard record.type != .tsig else { throw WireError(.unexpectedTSIG) }
        try MessageWalk.check(name: record.ownerOctets)
        if record.recordClass == ResourceRecord.classInternet {
            try MessageWalk.check(record.dataOctets, of: record.type)
        }
        let ttl = [UInt16(truncatingIfNeeded: record.ttlSeconds >> 16), UInt16(truncatingIfNeeded: record.ttlSeconds)]
        return record.ownerOctets + big(record.type.rawValue) + big(record.recordClass) + ttl.flatMap(big) + big(length)
            + record.dataOctets
    }

    private static func big(_ number: UInt16) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    }
}

extension ResourceRecord {
    fileprivate func retyped(_ type: RecordType) -> ResourceRecord {
        ResourceRecord(
            ownerOctets: ownerOctets,
            type: type,
            recordClass: recordClass,
            ttlSeconds: ttlSeconds,
            dataOctets: dataOctets
        )
    }
}

// A DNS message taken apart octet by octet, for what the codec refuses by design: signatures, and records of the classes ANY and NONE.
import DCV
import LDNS

/// A message with its records where they stand (RFC 1035 4.1). Names are uncompressed, in lower case.
struct RawMessage {
    static let headerOctets = 12
    static let recordLimit = 256
    private static let pointerLimit = 64

    struct Record {
        /// Where it begins in the message.
        let start: Int
        /// In wire form.
        let owner: [UInt8]
        let type: RecordType
        let recordClass: UInt16
        let ttlSeconds: UInt32
        let data: [UInt8]
    }

    let octets: [UInt8]
    /// The name, type and class of the one question, which an update calls its zone.
    let question: (name: [UInt8], type: RecordType, recordClass: UInt16)?
    /// Answer, authority and additional; prerequisites, updates and additional of an update (RFC 2136 2).
    let sections: [[Record]]

    var id: UInt16 { UInt16(octets[0]) << 8 | UInt16(octets[1]) }
    var isResponse: Bool { octets[2] & 0x80 != 0 }
    var opcode: UInt8 { octets[2] >> 3 & 0x0F }

    /// Nil when the octets are no whole message.
    init?(_ octets: [UInt8]) {
        guard octets.count >= Self.headerOctets else { return nil }
        self.octets = octets
        var reader = Reader(octets: octets, position: 4)
        let counts = (0..<4).compactMap { _ in reader.number(octets: 2).map(Int.init) }
        guard counts.count == 4, counts[0] <= 1, counts[1...].reduce(0, +) <= Self.recordLimit else { return nil }
        if counts[0] == 1 {
            guard let name = reader.name(), let type = reader.number(octets: 2), let number = reader.number(octets: 2)
            else { return nil }
            question = (name, RecordType(rawValue: UInt16(type)), UInt16(number))
        } else {
            question = nil
        }
        var sections: [[Record]] = []
        for count in counts[1...] {
            var records: [Record] = []
            for _ in 0..<count {
                guard let record = reader.record() else { return nil }
                records.append(record)
            }
            sections.append(records)
        }
        guard reader.position == octets.count else { return nil }
        self.sections = sections
    }

    /// Reads fields in their order; nil where the octets end too early.
    struct Reader {
        let octets: [UInt8]
        var position: Int

        mutating func number(octets count: Int) -> UInt64? {
            bytes(count)?.reduce(0) { $0 << 8 | UInt64($1) }
        }

        mutating func bytes(_ count: Int) -> [UInt8]? {
            guard count >= 0, octets.count - position >= count else { return nil }
            defer { position += count }
            return Array(octets[position..<position + count])
        }

        /// In wire form without pointers, letters in lower case.
        mutating func name() -> [UInt8]? {
            var name: [UInt8] = []
            var place = position
            var end: Int?
            for _ in 0..<(Self.labelLimit + RawMessage.pointerLimit) {
                guard place < octets.count else { return nil }
                let length = Int(octets[place])
                if length == 0 {
                    position = end ?? place + 1
                    return name + [0]
                }
                if length >= 0xC0 {
                    guard place + 1 < octets.count else { return nil }
                    end = end ?? place + 2
                    place = (length & 0x3F) << 8 | Int(octets[place + 1])
                } else {
                    guard length < 0x40, place + length < octets.count, name.count + length < 254 else { return nil }
                    name.append(UInt8(length))
                    name += octets[place + 1...place + length].map { ASCII.lowercased($0) }
                    place += 1 + length
                }
            }
            return nil
        }

        private static let labelLimit = 128

        mutating func record() -> Record? {
            let start = position
            guard let owner = name(), let type = number(octets: 2), let number = number(octets: 2),
                let ttl = self.number(octets: 4), let length = self.number(octets: 2),
                octets.count - position >= Int(length)
            else { return nil }
            let end = position + Int(length)
            let kind = RecordType(rawValue: UInt16(type))
            var data: [UInt8]?
            // Data of these may hold a compressed name, whatever their class.
            if length > 0, [.cname, .ns, .ptr].contains(kind) { data = name() } else { data = bytes(Int(length)) }
            guard let data, position == end else { return nil }
            return Record(
                start: start,
                owner: owner,
                type: kind,
                recordClass: UInt16(number),
                ttlSeconds: UInt32(ttl),
                data: data
            )
        }
    }
}

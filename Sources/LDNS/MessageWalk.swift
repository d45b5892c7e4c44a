// The strict walk over a whole message that stands before every parse by libldns, which believes too much.

import DCV

/// Bounds and structure of a message, checked octet by octet (RFC 1035 4, RFC 9267). Nothing is allocated by what the
/// message claims, no octet is read twice except through at most `pointerLimit` pointers a name.
struct MessageWalk {
    /// The largest answer to a question asked here is far smaller; libldns needs 217 MiB for a bad one of this size.
    static let messageLimitOctets = 16_384
    static let recordLimit = 256
    static let stringLimit = 64
    /// More pointers than a name of 255 octets can have labels are of no use.
    static let pointerLimit = 126
    static let nameLimitOctets = 255
    static let headerOctets = 12

    /// What the walk saw of one record, for comparison with what libldns makes of it.
    struct Record {
        let type: RecordType
        let typeOffset: Int
        let section: Section
        /// Whether the data have no layout here and are to be kept from libldns.
        let isOpaque: Bool
        /// Length of the data once their names are uncompressed.
        let expandedOctets: Int
    }

    enum Section: Int, CaseIterable { case answer, authority, additional }

    private(set) var records: [Record] = []
    /// Out of the OPT record, in its order.
    private(set) var errors: [ExtendedError] = []
    private let octets: [UInt8]
    private var position = Self.headerOctets

    /// Walks the whole message; returning means that every name, count and field is whole.
    init(_ octets: [UInt8]) throws(WireError) {
        self.octets = octets
        guard octets.count >= Self.headerOctets else { throw WireError(.tooShort) }
        guard octets.count <= Self.messageLimitOctets else {
            throw WireError(.tooLong(limitOctets: Self.messageLimitOctets))
        }
        let questions = number(at: 4)
        guard questions <= 1 else { throw WireError(.questionCount(questions), at: 4) }
        let counts = [number(at: 6), number(at: 8), number(at: 10)]
        guard counts.reduce(0, +) <= Self.recordLimit else {
            throw WireError(.tooManyRecords(limit: Self.recordLimit), at: 6)
        }
        if questions == 1 { try walkQuestion() }
        for section in Section.allCases {
            for _ in 0..<counts[section.rawValue] { try walkRecord(section) }
        }
        guard position == octets.count else { throw WireError(.trailingOctets(octets.count - position), at: position) }
    }

    /// Record data that stand alone, as they are about to be written: the same fields, and no pointer.
    static func check(_ data: [UInt8], of type: RecordType) throws(WireError) {
        guard let layout = type.layout else { return }
        var walk = MessageWalk(alone: data)
        _ = try walk.walkData(layout, type, end: data.count)
    }

    /// A whole uncompressed name that stands alone.
    static func check(name: [UInt8]) throws(WireError) {
        let walk = MessageWalk(alone: name)
        let (next, _) = try walk.name(at: 0, bound: name.count)
        guard next == name.count else { throw WireError(.trailingOctets(name.count - next), at: next) }
    }

    private init(alone octets: [UInt8]) {
        self.octets = octets
        position = 0
    }

    private func number(at offset: Int) -> Int { Int(octets[offset]) << 8 | Int(octets[offset + 1]) }

    private func need(_ count: Int, before end: Int) throws(WireError) {
        guard end - position >= count else { throw WireError(.endsEarly, at: position) }
    }

    private mutating func walkQuestion() throws(WireError) {
        position = try name(at: position, bound: octets.count).next
        try need(4, before: octets.count)
        let questionClass = UInt16(number(at: position + 2))
        guard questionClass == ResourceRecord.classInternet else {
            throw WireError(.questionClass(questionClass), at: position + 2)
        }
        position += 4
    }

    private mutating func walkRecord(_ section: Section) throws(WireError) {
        let start = position
        let (next, ownerOctets) = try name(at: position, bound: octets.count)
        position = next
        try need(10, before: octets.count)
        let typeOffset = position
        let type = RecordType(rawValue: UInt16(number(at: position)))
        let recordClass = UInt16(number(at: position + 2))
        let dataOctets = number(at: position + 8)
        position += 10
        try need(dataOctets, before: octets.count)
        switch type {
        case .tsig: throw WireError(.unexpectedTSIG, at: start)
        case .opt:
            guard section == .additional, ownerOctets == 1, !records.contains(where: { $0.type == .opt }) else {
                throw WireError(.misplacedOPT, at: start)
            }
        // libldns ends the process over an NSEC3 that the root owns; its owner is always a hash and a zone (RFC 5155 3).
        case .nsec3 where ownerOctets == 1: throw WireError(.dataMalformed(type), at: start)
        default: break
        }
        // Data of another class have another form.
        let layout = type == .opt || recordClass == ResourceRecord.classInternet ? type.layout : nil
        let end = position + dataOctets
        var expanded = dataOctets
        if let layout { expanded = try walkData(layout, type, end: end) }
        position = end
        records.append(
            Record(
                type: type,
                typeOffset: typeOffset,
                section: section,
                isOpaque: layout == nil,
                expandedOctets: expanded
            )
        )
    }

    /// Walks the fields of one record, which must end exactly at `end`. Gives the length with names uncompressed.
    private mutating func walkData(_ layout: [DataField], _ type: RecordType, end: Int) throws(WireError) -> Int {
        var expanded = 0
        for field in layout {
            let start = position
            switch field {
            case .octets(let count): try skip(count, type, before: end)
            case .name, .plainName:
                let (next, length) = try name(at: position, bound: end)
                if case .plainName = field, next - position != length {
                    throw WireError(.pointerNotAllowed(type), at: position)
                }
                position = next
                expanded += length - (next - start)
            case .strings: try walkStrings(type, end: end)
            case .counted(let atLeast): _ = try walkCounted(atLeast: atLeast, type, end: end)
            case .bitmap(let atLeast): try walkBitmap(atLeastWindows: atLeast, type, end: end)
            case .options: try walkOptions(end: end)
            case .rest(let atLeast): try skip(max(atLeast, end - position), type, before: end)
            }
            expanded += position - start
        }
        guard position == end else { throw WireError(.dataMalformed(type), at: position) }
        return expanded
    }

    private mutating func skip(_ count: Int, _ type: RecordType, before end: Int) throws(WireError) {
        guard end - position >= count else { throw WireError(.dataMalformed(type), at: position) }
        position += count
    }

    @discardableResult
    private mutating func walkCounted(atLeast: Int, _ type: RecordType, end: Int) throws(WireError) -> Int {
        try skip(1, type, before: end)
        let count = Int(octets[position - 1])
        guard count >= atLeast else { throw WireError(.dataMalformed(type), at: position - 1) }
        try skip(count, type, before: end)
        return count
    }

    private mutating func walkStrings(_ type: RecordType, end: Int) throws(WireError) {
        var count = 0
        repeat {
            guard count < Self.stringLimit else {
                throw WireError(.tooManyStrings(limit: Self.stringLimit), at: position)
            }
            try walkCounted(atLeast: 0, type, end: end)
            count += 1
        } while position < end
    }

    private mutating func walkBitmap(atLeastWindows: Int, _ type: RecordType, end: Int) throws(WireError) {
        var windows = 0
        var last = -1
        while position < end {
            let window = Int(octets[position])
            guard window > last else { throw WireError(.dataMalformed(type), at: position) }
            last = window
            position += 1
            guard try walkCounted(atLeast: 1, type, end: end) <= 32 else {
                throw WireError(.dataMalformed(type), at: position)
            }
            windows += 1
        }
        guard windows >= atLeastWindows else { throw WireError(.dataMalformed(type), at: position) }
    }

    private mutating func walkOptions(end: Int) throws(WireError) {
        while position < end {
            try skip(4, .opt, before: end)
            let code = number(at: position - 4)
            let count = number(at: position - 2)
            try skip(count, .opt, before: end)
            guard code == ExtendedError.optionCode, errors.count < ExtendedError.perMessageLimit else { continue }
            if let error = ExtendedError(option: octets[(position - count)..<position]) { errors.append(error) }
        }
    }

    /// Walks a name; `bound` is where the region of its first part ends. Gives the index after it and its uncompressed length.
    ///
    /// A pointer must lead to before the part it stands in, so no name can lead back into itself.
    private func name(at start: Int, bound: Int) throws(WireError) -> (next: Int, length: Int) {
        var position = start
        var partStart = start
        var partBound = bound
        var next: Int?
        var length = 0
        var pointers = 0
        while true {
            guard position < partBound else { throw WireError(.endsEarly, at: position) }
            let octet = octets[position]
            switch octet >> 6 {
            case 0 where octet == 0: return (next ?? position + 1, length + 1)
            case 0:
                length += 1 + Int(octet)
                guard length < Self.nameLimitOctets else { throw WireError(.nameTooLong, at: position) }
                position += 1 + Int(octet)
            case 3:
                guard position + 1 < partBound else { throw WireError(.endsEarly, at: position) }
                let target = number(at: position) & 0x3FFF
                guard target >= Self.headerOctets, target < partStart else {
                    throw WireError(.pointerNotBackwards, at: position)
                }
                pointers += 1
                guard pointers <= Self.pointerLimit else {
                    throw WireError(.tooManyPointers(limit: Self.pointerLimit), at: position)
                }
                next = next ?? position + 2
                partStart = target
                partBound = octets.count
                position = target
            default: throw WireError(.labelKind(octet), at: position)
            }
        }
    }
}

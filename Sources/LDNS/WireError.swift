// Why octets are no message that this program reads, or a value none that it writes.

package import DCV

/// A refusal by the codec: what was wrong and at which octet of the message (0 when it is no place in a message).
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// A header of twelve octets is the least (RFC 1035 4.1.1).
        case tooShort
        case tooLong(limitOctets: Int)
        /// None or one question is read; more have never had a meaning (RFC 9619).
        case questionCount(Int)
        case tooManyRecords(limit: Int)
        /// A name, a field or a record goes on after the last octet of the message or of its record.
        case endsEarly
        case trailingOctets(Int)
        /// A label that is neither a label nor a pointer (RFC 1035 4.1.4; 01 and 10 are not in use).
        case labelKind(UInt8)
        case nameTooLong
        /// A compression pointer that does not point to an earlier name (RFC 9267 2).
        case pointerNotBackwards
        case tooManyPointers(limit: Int)
        /// A pointer where the type's own RFC forbids compression (RFC 3597 4, RFC 4034 3.1.7 and 4.1.1).
        case pointerNotAllowed(RecordType)
        /// The record's data do not have the fields that its type must have.
        case dataMalformed(RecordType)
        case tooManyStrings(limit: Int)
        /// OPT twice, outside the additional section, or not owned by the root (RFC 6891 6.1.1).
        case misplacedOPT
        /// A TSIG nobody asked for; this program signs no queries.
        case unexpectedTSIG
        case questionName(NameError)
        case questionClass(UInt16)
        /// libldns refused what the bounds check let pass, or would not build what it was given.
        case refusedByCodec(String)
        /// The bounds check and libldns read the same octets differently, so neither is believed.
        case readersDisagree
        /// A character-string is longer than 255 octets, or a value does not fit its field.
        case fieldTooLong(RecordType)
        /// Data that are not typed were to be written without their octets.
        case noWireForm
    }

    package let reason: Reason
    package let offset: Int

    package init(_ reason: Reason, at offset: Int = 0) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(text) (octet \(offset))" }

    private var text: String {
        switch reason {
        case .tooShort: "shorter than a DNS header"
        case .tooLong(let limit): "longer than \(limit) octets"
        case .questionCount(let count): "\(count) questions"
        case .tooManyRecords(let limit): "more than \(limit) records"
        case .endsEarly: "ends before a field does"
        case .trailingOctets(let count): "\(count) octets after the last record"
        case .labelKind(let octet): "a label of unknown kind (\(octet))"
        case .nameTooLong: "a name longer than 255 octets"
        case .pointerNotBackwards: "a compression pointer that does not point backwards"
        case .tooManyPointers(let limit): "a name with more than \(limit) compression pointers"
        case .pointerNotAllowed(let type): "a compressed name inside \(type) data"
        case .dataMalformed(let type): "\(type) data without the fields of that type"
        case .tooManyStrings(let limit): "more than \(limit) strings in one record"
        case .misplacedOPT: "an OPT record where none may stand"
        case .unexpectedTSIG: "a TSIG record that was not asked for"
        case .questionName(let error): "a question about a name that is not usable: \(error)"
        case .questionClass(let number): "a question in class \(number), not IN"
        case .refusedByCodec(let status): "refused by libldns: \(status)"
        case .readersDisagree: "read differently by the bounds check and by libldns"
        case .fieldTooLong(let type): "a value too long for a field of \(type)"
        case .noWireForm: "untyped record data without octets"
        }
    }
}

// Bytes from a provider or a program become a JSONValue here, or an error that says where and why: nothing is guessed
// or repaired.
import DCV

/// A strict JSON reader (RFC 8259, UTF-8 only). Beyond the grammar it refuses duplicate keys (RFC 8259 4 leaves their
/// meaning open), nesting over `depthLimit`, a byte order mark, lone surrogates and anything after the value.
package enum StrictJSON {
    /// Arrays and objects inside each other, at most.
    package static let depthLimit = 64

    /// Reads one document of at most `limitBytes` bytes.
    package static func parse(_ bytes: [UInt8], limitBytes: Int) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes: bytes)
        guard bytes.count <= limitBytes else {
            throw JSONError(reason: .tooLong(limitBytes: limitBytes), offsetBytes: limitBytes, path: "$")
        }
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { throw reader.error(.byteOrderMark) }
        return try reader.document()
    }
}

/// Why bytes are no JSON document of ours, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case byteOrderMark, controlByte, duplicateKey, invalidUTF8, loneSurrogate, tooDeep, trailingBytes,
            unknownEscape, badNumber
        case endsEarly
        case unexpectedByte(UInt8)
        case tooLong(limitBytes: Int)
    }

    package let reason: Reason
    /// Bytes before the place of the fault.
    package let offsetBytes: Int
    /// Where in the document: `$.result[3].status`, untrusted keys escaped.
    package let path: String

    package var description: String { "not the JSON we accept: \(wording) at byte \(offsetBytes), in \(path)" }

    private var wording: String {
        switch reason {
        case .byteOrderMark: "a byte order mark"
        case .controlByte: "a raw control byte in a string"
        case .duplicateKey: "a key that is there twice"
        case .invalidUTF8: "bytes that are not UTF-8 in the string"
        case .loneSurrogate: "half of a surrogate pair"
        case .tooDeep: "more than \(StrictJSON.depthLimit) levels of nesting"
        case .trailingBytes: "something after the end of the value"
        case .unknownEscape: "an escape that JSON does not have"
        case .badNumber: "a number that JSON does not allow"
        case .endsEarly: "the end, before the value is complete,"
        case .unexpectedByte(let byte): "\"\(OctetText([byte]))\", which may not stand there,"
        case .tooLong(let limitBytes): "a document longer than \(limitBytes) bytes"
        }
    }
}

private struct JSONReader {
    private enum Place {
        case key(String)
        case index(Int)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var path: [Place] = []

    init(bytes: [UInt8]) { self.bytes = bytes }

    func error(_ reason: JSONError.Reason, at offset: Int? = nil) -> JSONError {
        let steps = path.map { place in
            switch place {
            case .key(let key): "." + OctetText(key.utf8).shortened()
            case .index(let index): "[\(index)]"
            }
        }
        return JSONError(reason: reason, offsetBytes: offset ?? position, path: "$" + steps.joined())
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func unexpected() -> JSONError { error(next.map { .unexpectedByte($0) } ?? .endsEarly) }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// Takes `byte` if it comes next.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try value()
        skipSpace()
        guard next == nil else { throw error(.trailingBytes) }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch next {
        case 0x7B: return .object(try object())
        case 0x5B: return .array(try array())
        case 0x22: return .string(try string())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6E: return try word("null", .null)
        case .some(0x2D), .some(0x30...0x39): return .number(try number())
        default: throw unexpected()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in text.description.utf8 {
            guard take(byte) else { throw unexpected() }
        }
        return value
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        guard path.count < StrictJSON.depthLimit else { throw error(.tooDeep) }
        position += 1
        var members: [JSONObject.Member] = []
        var seen: Set<[UInt8]> = []
        skipSpace()
        if take(0x7D) { return JSONObject(unique: []) }
        while true {
            guard next == 0x22 else { throw unexpected() }
            let start = position
            let key = try string()
            path.append(.key(key))
            guard seen.insert(Array(key.utf8)).inserted else { throw error(.duplicateKey, at: start) }
            skipSpace()
            guard take(0x3A) else { throw unexpected() }
            skipSpace()
            members.append(JSONObject.Member(key: key, value: try value()))
            path.removeLast()
            skipSpace()
            if take(0x7D) { return JSONObject(unique: members) }
            guard take(0x2C) else { throw unexpected() }
            skipSpace()
        }
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        guard path.count < StrictJSON.depthLimit else { throw error(.tooDeep) }
        position += 1
        var values: [JSONValue] = []
        skipSpace()
        if take(0x5D) { return [] }
        while true {
            path.append(.index(values.count))
            values.append(try value())
            path.removeLast()
            skipSpace()
            if take(0x5D) { return values }
            guard take(0x2C) else { throw unexpected() }
            skipSpace()
        }
    }

    private mutating func number() throws(JSONError) -> JSONNumber {
        let start = position
        _ = take(0x2D)
        if !take(0x30) { try digits(from: start) }
        if take(0x2E) { try digits(from: start) }
        if take(0x65) || take(0x45) {
            if !take(0x2B) { _ = take(0x2D) }
            try digits(from: start)
        }
        // "01" and "1x" are faults of the number, not of what follows it.
        if let byte = next, ASCII.isDigit(byte) || ASCII.isLetter(byte) || byte == 0x2E {
            throw error(.badNumber, at: start)
        }
        return JSONNumber(checked: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func digits(from start: Int) throws(JSONError) {
        guard let first = next, ASCII.isDigit(first) else { throw error(.badNumber, at: start) }
        while let byte = next, ASCII.isDigit(byte) { position += 1 }
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        var decoded: [UInt8] = []
        var runStart = position
        while let byte = next {
            switch byte {
            case 0x22:
                decoded += bytes[runStart..<position]
                position += 1
                guard let text = String(validating: decoded, as: UTF8.self) else {
                    throw error(.invalidUTF8, at: start)
                }
                return text
            case 0x5C:
                decoded += bytes[runStart..<position]
                try escape(into: &decoded)
                runStart = position
            case 0x00..<0x20: throw error(.controlByte)
            default: position += 1
            }
        }
        throw error(.endsEarly)
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard let byte = next else { throw error(.endsEarly) }
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: decoded.append(byte)
        case 0x62: decoded.append(0x08)
        case 0x66: decoded.append(0x0C)
        case 0x6E: decoded.append(0x0A)
        case 0x72: decoded.append(0x0D)
        case 0x74: decoded.append(0x09)
        case 0x75: decoded += String(try escapedScalar(from: start)).utf8
        default: throw error(.unknownEscape, at: start)
        }
    }

    /// The scalar of `\uXXXX`, or of two of them that are a surrogate pair; the first `\u` has been taken.
    private mutating func escapedScalar(from start: Int) throws(JSONError) -> Unicode.Scalar {
        let unit = try fourHexDigits()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, take(0x5C), take(0x75) else { throw error(.loneSurrogate, at: start) }
        let low = try fourHexDigits()
        guard (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw error(.loneSurrogate, at: start) }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next else { throw error(.endsEarly) }
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: unit = unit << 4 | UInt32((byte | 0x20) - 0x61 + 10)
            default: throw error(.unexpectedByte(byte))
            }
            position += 1
        }
        return unit
    }
}

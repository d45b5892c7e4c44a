// A JSON document as a value: what StrictJSON reads, what mapping code looks into without trapping, what request bodies
// are made of.

/// One JSON value (RFC 8259 3). Strings may hold any Unicode scalar, NUL included: they are untrusted until a typed
/// parser took them.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// A JSON number as it was written. No floating point stands between the text and its reader, so nothing is rounded or
/// trapped on.
package struct JSONNumber: Equatable, Sendable {
    package let text: String

    package init(_ value: Int64) { text = String(value) }

    /// For StrictJSON, which has checked the grammar.
    init(checked text: String) { self.text = text }

    /// The value when it is written without fraction and exponent and fits; nil otherwise.
    package var int64: Int64? { Int64(text) }
}

/// An object's members in the order written. Keys are unique and compared byte for byte: Swift's own `==` holds U+212A
/// for "K".
package struct JSONObject: Equatable, Sendable {
    package struct Member: Equatable, Sendable {
        package let key: String
        package let value: JSONValue
    }

    package private(set) var members: [Member]

    /// Of two members with one key the later value wins, at the earlier place.
    package init(_ members: [(String, JSONValue)]) {
        self.members = []
        for (key, value) in members { self[key] = value }
    }

    /// For StrictJSON, which has refused duplicate keys.
    init(unique members: [Member]) { self.members = members }

    package var keys: [String] { members.map { $0.key } }

    package subscript(key: String) -> JSONValue? {
        get { members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value }
        set {
            let place = members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
            switch (place, newValue) {
            case (let place?, let value?): members[place] = Member(key: key, value: value)
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }
}

/// Lenient looks for mapping code: a shape that is not there is nil, never an error and never a trap.
extension JSONValue {
    /// The member of that key; nil when this is no object or has none.
    package subscript(key: String) -> JSONValue? { object?[key] }

    package var isNull: Bool { self == .null }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// A whole number in the range of Int64; a string never counts.
    package var int: Int64? { if case .number(let value) = self { value.int64 } else { nil } }

    /// As `int`, and a string of ASCII digits (with a sign) counts too: for providers that write "0" where they mean 0.
    package var intOrNumericString: Int64? {
        if case .string(let text) = self { Int64(text) } else { int }
    }

    /// What stands here, for messages: "a string", "an object" and so on.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .number(JSONNumber(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue {
    /// UTF-8 without white space, keys in their order. Control bytes are escaped, so the text is one line.
    package func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .number(let value): bytes += value.text.utf8
        case .string(let value): Self.write(value, to: &bytes)
        case .array(let values):
            bytes.append(0x5B)
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(0x2C) }
                value.write(to: &bytes)
            }
            bytes.append(0x5D)
        case .object(let object):
            bytes.append(0x7B)
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(0x2C) }
                Self.write(member.key, to: &bytes)
                bytes.append(0x3A)
                member.value.write(to: &bytes)
            }
            bytes.append(0x7D)
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x00..<0x20, 0x7F: bytes += [0x5C, 0x75, 0x30, 0x30, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }
}

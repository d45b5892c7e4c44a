// JSON in and out for tests, with sorted keys so that a shape can be compared as text.

import DCV
import Foundation

func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
}

func roundTrip<Value: Codable>(_ value: Value) throws -> Value { try decode(Value.self, from: json(value)) }

// JSON that came in a request: read with the ordinary decoder, then asked for by key.
import FoundationEssentials

extension JSONText: Decodable {
    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Members come sorted by key: the decoder does not tell their order.
    init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Key.self) {
            self = .object(
                try members.allKeys.map { ($0.stringValue, try members.decode(JSONText.self, forKey: $0)) }
                    .sorted { $0.0 < $1.0 }
            )
        } else if var elements = try? decoder.unkeyedContainer() {
            var array: [JSONText] = []
            while !elements.isAtEnd { array.append(try elements.decode(JSONText.self)) }
            self = .array(array)
        } else {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let flag = try? value.decode(Bool.self) {
                self = .bool(flag)
            } else if let number = try? value.decode(Int.self) {
                self = .integer(number)
            } else {
                self = .string(try value.decode(String.self))
            }
        }
    }

    /// nil for what is no JSON, or holds a number that is no integer: no call here takes one.
    static func parse(_ bytes: [UInt8]) -> JSONText? { try? JSONDecoder().decode(JSONText.self, from: Data(bytes)) }

    subscript(_ key: String) -> JSONText? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    var keys: [String]? { if case .object(let members) = self { members.map(\.key) } else { nil } }
    var elements: [JSONText]? { if case .array(let elements) = self { elements } else { nil } }
    var asString: String? { if case .string(let text) = self { text } else { nil } }
    var asInteger: Int? { if case .integer(let number) = self { number } else { nil } }
    var asBool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
}

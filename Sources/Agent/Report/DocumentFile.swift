// A document on disk that another program or person may have written: strict grammar, a bounded size, readable by its owner only.
import Foundation
import Platform

package enum DocumentFile {
    /// Why a file is no such document.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    package static func read<Value: Decodable>(
        _ type: Value.Type,
        from path: String,
        limitBytes: Int
    ) throws(Refusal) -> Value {
        do {
            let bytes = try Files.read(path, limitBytes: limitBytes)
            // JSONDecoder takes the first of two equal keys, and any depth.
            _ = try StrictJSON.parse(bytes, limitBytes: limitBytes)
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as FileFailure {
            throw Refusal(description: error.problem)
        } catch let error as DecodingError {
            throw Refusal(description: Self.wording(error))
        } catch {
            throw Refusal(description: "\(error)")
        }
    }

    /// Whole or not at all, mode 0600.
    package static func write(_ value: some Encodable, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Files.writeAtomically(Array(try encoder.encode(value)) + [0x0A], to: path)
    }

    private static func wording(_ error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.reduce("$") { text, key in
                key.intValue.map { "\(text)[\($0)]" } ?? "\(text).\(key.stringValue)"
            }
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "the field \"\(key.stringValue)\" is missing at \(place(context.codingPath))"
        case .typeMismatch(let type, let context):
            return "another kind of value than \(kind(type)) stands at \(place(context.codingPath))"
        case .valueNotFound(let type, let context):
            return "null stands at \(place(context.codingPath)), where \(kind(type)) is needed"
        // The words of our own types, which say what they saw.
        case .dataCorrupted(let context): return "\(context.debugDescription) at \(place(context.codingPath))"
        @unknown default: return "something in it cannot be used"
        }
    }

    /// A type in JSON's words.
    private static func kind(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type, is any BinaryFloatingPoint.Type: "a number"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}

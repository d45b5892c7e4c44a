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
    ) throws -> Value {
        let bytes = try Files.read(path, limitBytes: limitBytes)
        // JSONDecoder takes the first of two equal keys, and any depth.
        _ = try StrictJSON.parse(bytes, limitBytes: limitBytes)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw Refusal(description: Self.wording(error))
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
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return "\(context.debugDescription) at \(place(context.codingPath))"
        case .keyNotFound(let key, let context):
            return "no \"\(key.stringValue)\" at \(place(context.codingPath))"
        @unknown default: return "it is not what was wanted"
        }
    }
}

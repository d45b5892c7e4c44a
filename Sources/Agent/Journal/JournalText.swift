// Journal values as JSON text and back; always the same text for the same value, because it is hashed and compared.
import DCV
import Foundation

enum JournalText {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw JournalFailure(
                .stateRefused,
                "a row of the journal cannot be understood (\(OctetText(text.utf8).shortened(limitBytes: 120))); "
                    + "it was written by a newer dnsproof, or changed"
            )
        }
    }
}

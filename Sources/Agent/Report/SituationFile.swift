// A situation on disk: saved by `plan --save`, mailed, and decided upon again by `plan --situation`.
package import DCV
import Foundation
import Platform

package enum SituationFile {
    /// More than a situation of 10,000 authorizations needs.
    package static let limitBytes = 256 << 20

    package static func read(_ path: String) throws -> Situation {
        let bytes = try Files.read(path, limitBytes: limitBytes)
        return try JSONDecoder().decode(Situation.self, from: Data(bytes))
    }

    package static func write(_ situation: Situation, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Files.writeAtomically(Array(try encoder.encode(situation)), to: path)
    }
}

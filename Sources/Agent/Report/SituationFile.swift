// A situation on disk: saved by `plan --save`, mailed, and decided upon again by `plan --situation`.
package import DCV

package enum SituationFile {
    /// More than a situation of 10,000 authorizations needs.
    package static let limitBytes = 256 << 20

    package static func read(_ path: String) throws(DocumentFile.Refusal) -> Situation {
        try DocumentFile.read(Situation.self, from: path, limitBytes: limitBytes)
    }
}

// A credential in memory, in a type that cannot be printed, logged, encoded or compared by accident.

/// A secret text: UTF-8, not empty, no NUL. Every way of printing it gives `***`; it is not Codable, so no report can
/// carry it.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself, for the one place that needs it: a header, a signature, a hook's environment.
    package let revealed: String

    /// nil when the bytes are empty, no UTF-8, or hold a NUL.
    package init?(_ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty, !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        revealed = text
    }

    package var description: String { "***" }
    package var debugDescription: String { "***" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

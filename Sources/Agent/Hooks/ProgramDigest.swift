// Which file a test of a hook was about: its SHA-256.
import Crypto
package import DCV
import Platform

package enum ProgramDigest {
    /// Hooks are scripts, or single binaries of some megabytes.
    static let limitBytes = 256 << 20

    /// In hexadecimal digits; nil when the file cannot be read.
    package static func of(_ path: String) -> String? {
        guard let bytes = try? Files.read(path, limitBytes: limitBytes) else { return nil }
        return ASCII.hex(SHA256.hash(data: bytes))
    }

    /// What is known of each publisher's hook.
    /// - Parameter programs: publisher to path.
    package static func standings(_ programs: [String: String], _ tests: [HookTest]) -> [String: HookStanding] {
        let byPublisher = Dictionary(
            tests.compactMap { test in test.publisher.map { ($0, test) } },
            uniquingKeysWith: { _, last in last }
        )
        return Dictionary(
            uniqueKeysWithValues: programs.map { publisher, path in
                let test = byPublisher[publisher]
                return (publisher, HookStanding(test, digest: test.flatMap { _ in of(path) }))
            }
        )
    }
}

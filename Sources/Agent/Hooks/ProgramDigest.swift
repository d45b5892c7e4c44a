// Which hook a test was about: the SHA-256 of its file, and of all that decides what a hook of another tool does.
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

    /// Of a hook of another tool the shell or library that is started says nothing: its scripts do, and its own words for them.
    package static func of(_ path: String, as foreign: ForeignHook?) -> String? {
        guard let foreign else { return of(path) }
        let files = foreign.files.compactMap { of($0) }
        guard files.count == foreign.files.count else { return nil }
        return ASCII.hex(SHA256.hash(data: Array((foreign.words + files).joined(separator: "\n").utf8)))
    }

    /// What is known of each publisher's hook.
    /// - Parameters:
    ///   - programs: publisher to path.
    ///   - foreign: those of other tools, by publisher.
    package static func standings(
        _ programs: [String: String],
        foreign: [String: ForeignHook] = [:],
        _ tests: [HookTest]
    ) -> [String: HookStanding] {
        let byPublisher = Dictionary(
            tests.compactMap { test in test.publisher.map { ($0, test) } },
            uniquingKeysWith: { _, last in last }
        )
        return Dictionary(
            uniqueKeysWithValues: programs.map { publisher, path in
                let test = byPublisher[publisher]
                return (publisher, HookStanding(test, digest: test.flatMap { _ in of(path, as: foreign[publisher]) }))
            }
        )
    }
}

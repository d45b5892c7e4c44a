// How often what is tried again and again is tried: a few times among the unit tests, and in whole by `make integration`.
import Foundation

enum Rounds {
    /// DNSPROOF_HOOK_ROUNDS in the environment asks for all of it, and says how often bad hooks are started.
    private static let asked = ProcessInfo.processInfo.environment["DNSPROOF_HOOK_ROUNDS"].flatMap { Int($0) }

    static var ofBadHooks: Int { asked ?? 1 }
    static var areAll: Bool { asked != nil }

    /// Steps of a random story.
    static func steps(_ whole: Int) -> Int { areAll ? whole : max(8, whole / 4) }
}

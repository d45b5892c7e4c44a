// What every stock hook for DNS must keep to whatever is asked of it in whatever order, tried against a model.
import Agent
import DCV
import Foundation
import Testing

/// Random calls of a hook, and the sets of values that must stand after each of them. DNSPROOF_SEED in the environment
/// tells a story again.
struct HookModel {
    private static let values = [
        "-one", "two words", "a;b=c", "=x; y @ z", String(repeating: "v", count: 255),
        "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
    ]
    private static let names = ["_acme-challenge", "_acme-challenge.shop", "_dnsauth.a.b"].map { $0 + ".example.com" }
    /// Whoever else writes in the zone.
    static let stranger = "a stranger's"

    /// - Parameters:
    ///   - plant: writes a stranger's value at a name
    ///   - read: the values that stand at a name, in any order
    static func hold(
        _ hook: HookPublisher,
        steps: Int,
        plant: (String) async throws -> Void,
        read: (String) async throws -> [String]
    ) async throws {
        let again = ProcessInfo.processInfo.environment["DNSPROOF_SEED"].flatMap { UInt64($0) }
        let seed = again ?? UInt64.random(in: 0...UInt64.max)
        var random = SeededNumbers(seed: seed)
        var model: [String: Set<String>] = [:]
        for name in names {
            try await plant(name)
            model[name] = [stranger]
        }
        for step in 1...steps {
            let name = names[random.below(names.count)]
            let value = values[random.below(values.count)]
            let isPublished = random.below(5) < 3
            let order = try PublishingOrder.txt(value, at: name)
            let outcome = isPublished ? await hook.publish(order) : await hook.withdraw(order)
            if isPublished { model[name]?.insert(value) } else { model[name]?.remove(value) }
            let word = "step \(step) of seed \(seed): \(isPublished ? "publish" : "withdraw") \(value) at \(name)"
            try #require(outcome == .done, "\(word)")
            let found = try await read(name)
            try #require(found.sorted() == (model[name] ?? []).sorted(), "\(word)")
        }
        for name in names { #expect(try await read(name).sorted() == (model[name] ?? []).sorted(), "seed \(seed)") }
        print("seed \(seed): \(steps) steps kept to the model")
    }
}

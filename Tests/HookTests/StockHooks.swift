// Where the stock hooks of this clone are, for the tests that start them for real.
import Agent
import DCV
import Foundation
import Platform
import Testing

enum StockHooks {
    static let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/hooks"

    /// A copy of the hook where its folders can be trusted whoever owns the clone.
    static func copy(_ name: String, as other: String? = nil, into folder: HookFolder) async throws -> String {
        let copy = folder.path + "/" + (other ?? name)
        guard !folder.has(other ?? name) else { return copy }
        let bytes = try Files.read(Self.folder + "/" + name, limitBytes: 1 << 20)
        return try await folder.add(other ?? name, String(decoding: bytes, as: UTF8.self))
    }
}

extension HookOutcome {
    /// The case's name and the reason, for short expectations.
    var told: (kind: String, reason: String) {
        switch self {
        case .done: ("done", "")
        case .notMyZone(let reason): ("notMyZone", reason)
        case .tryLater(let reason): ("tryLater", reason)
        case .misconfigured(let reason): ("misconfigured", reason)
        case .failed(let reason): ("failed", reason)
        }
    }
}

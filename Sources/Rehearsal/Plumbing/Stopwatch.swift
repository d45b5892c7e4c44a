// When things happened in a rehearsed world, and the bounded list in which they are kept.
import Synchronization

/// Milliseconds since the world was started: the time line that all histories of one world share.
package struct Stopwatch: Sendable {
    private let start = ContinuousClock.now

    package init() {}

    package var milliseconds: Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

/// What was asked of a rehearsed server, oldest first. When full, later entries are counted and not kept.
package final class History<Entry: Sendable>: Sendable {
    /// Enough for every test that reads its entries; a flood must not fill the memory.
    package static var limitEntries: Int { 100_000 }

    private let kept = Mutex<(entries: [Entry], lost: Int)>(([], 0))

    package init() {}

    package var entries: [Entry] { kept.withLock { $0.entries } }
    /// How many entries came after the list was full.
    package var lost: Int { kept.withLock { $0.lost } }

    package func append(_ entry: Entry) {
        kept.withLock {
            if $0.entries.count < Self.limitEntries { $0.entries.append(entry) } else { $0.lost += 1 }
        }
    }

    package func clear() { kept.withLock { $0 = ([], 0) } }
}

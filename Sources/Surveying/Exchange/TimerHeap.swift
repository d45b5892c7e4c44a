// When to look at which flight again.

/// Moments in order, earliest first. A flight that has moved on since leaves its old entry behind, told by the generation.
struct TimerHeap {
    struct Entry {
        let atNanoseconds: UInt64
        let slot: Int
        let generation: UInt32
    }

    private var entries: [Entry] = []

    var next: Entry? { entries.first }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].atNanoseconds < entries[parent].atNanoseconds else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeNext() {
        guard let last = entries.popLast(), !entries.isEmpty else { return }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child].atNanoseconds < entries[least].atNanoseconds {
                least = child
            }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}

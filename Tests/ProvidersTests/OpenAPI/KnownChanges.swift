// What Cloudflare takes today and the description of 2024 does not have: the only faults of a request that may stand.

/// One fault that is none, and why.
struct KnownChange: Hashable, Sendable {
    let operation: String
    let place: String
    let keyword: String
    let reason: String
}

enum KnownChanges {
    /// Remove an entry with the call that needs it: one that nothing uses fails the test.
    static let table: [KnownChange] = []

    /// The faults that no entry explains, and the entries that explained one.
    static func judge(
        _ faults: [RequestFault],
        _ table: [KnownChange] = table
    ) -> (faults: [RequestFault], used: Set<KnownChange>) {
        var used: Set<KnownChange> = []
        let left = faults.filter { fault in
            let change = table.first {
                $0.operation == fault.operation && $0.place == fault.place && $0.keyword == fault.keyword
            }
            if let change { used.insert(change) }
            return change == nil
        }
        return (left, used)
    }
}

// Work that is given up when it takes too long: a provider that never ends costs a deadline, not the run.

enum Deadline {
    /// What `work` gives, or nil when `sleep` ended first; `work` is then cancelled and waited for.
    static func race<Value: Sendable>(
        sleep: @escaping @Sendable () async throws -> Void,
        _ work: @escaping @Sendable () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await sleep()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}

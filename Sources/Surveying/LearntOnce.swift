// What many records need and one of them finds out: asked once in a pass, whoever comes first.
import DCV

/// - A value that is final is found once, however many ask for it while it is being found and afterwards.
/// - One that is not (budget or time of the one who asked ran out, which says nothing about the world) is given to all who wait
///   for it; each of those asks again, on its own account.
///
/// Whoever finds a value out may wait for another key's only where no two keys can wait for each other.
actor LearntOnce<Key: Hashable & Sendable, Value: Sendable> {
    private var tasks: [Key: Task<Value, Never>] = [:]
    private let isFinal: @Sendable (Value) -> Bool

    init(isFinal: @escaping @Sendable (Value) -> Bool = { _ in true }) { self.isFinal = isFinal }

    func value(of key: Key, _ find: @escaping @Sendable () async -> Value) async -> Value {
        while let known = tasks[key] {
            let value = await result(of: known)
            if isFinal(value) { return value }
        }
        let task = Task {
            let value = await find()
            if !isFinal(value) { tasks[key] = nil }
            return value
        }
        tasks[key] = task
        return await result(of: task)
    }

    /// A pass is cancelled as a whole, so whoever is cancelled while waiting may end what all wait for.
    private func result(of task: Task<Value, Never>) async -> Value {
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

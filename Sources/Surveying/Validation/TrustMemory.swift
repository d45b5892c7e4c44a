// What is known of each zone's keys, learnt once, and which signatures were computed: shared by all who validate in a pass.
import DCV

actor TrustMemory {
    nonisolated let ledger: SignatureLedger
    private nonisolated let memory: ZoneMemory
    private var zones: [DomainName: Task<Learnt, Never>] = [:]

    init(_ memory: ZoneMemory) {
        ledger = SignatureLedger(memory.outcomes)
        self.memory = memory
    }

    /// What an attempt to learn a zone's keys came to.
    struct Learnt: Sendable {
        let trust: ZoneTrust
        /// False when budget or time of the one who asked ran out: then the next one asks again.
        let isFinal: Bool
        /// Monotonic reading at which the first of the answers that led to it ends, from the anchor down.
        var endsAtMilliseconds: Int64 = 0
    }

    /// The zone's place in the chain of trust; `learn` runs once for all who wait.
    ///
    /// A zone waits for its parent only, so two can never wait for each other.
    func trust(in apex: DomainName, _ learn: @escaping @Sendable () async -> Learnt) async -> Learnt {
        while let known = zones[apex] {
            let learnt = await value(of: known)
            if learnt.isFinal { return learnt }
        }
        if let learnt = memory.trust(in: apex) { return learnt }
        let task = Task {
            let learnt = await learn()
            if learnt.isFinal { self.memory.keep(learnt, for: apex) } else { self.zones[apex] = nil }
            return learnt
        }
        zones[apex] = task
        return await value(of: task)
    }

    private func value(of task: Task<Learnt, Never>) async -> Learnt {
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

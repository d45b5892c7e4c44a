// What is known of each zone's keys, learnt once, and which signatures were computed: shared by all who validate.
import DCV

actor TrustMemory {
    nonisolated let ledger: SignatureLedger
    private var zones: [DomainName: Task<Learnt, Never>] = [:]

    init(_ outcomes: SignatureOutcomes) { ledger = SignatureLedger(outcomes) }

    /// What an attempt to learn a zone's keys came to.
    struct Learnt: Sendable {
        let trust: ZoneTrust
        /// False when budget or time of the one who asked ran out: then the next one asks again.
        let isFinal: Bool
    }

    /// The zone's place in the chain of trust; `learn` runs once for all who wait.
    ///
    /// A zone waits for its parent only, so two can never wait for each other.
    func trust(in apex: DomainName, _ learn: @escaping @Sendable () async -> Learnt) async -> ZoneTrust {
        while let known = zones[apex] {
            let learnt = await value(of: known)
            if learnt.isFinal { return learnt.trust }
        }
        let task = Task {
            let learnt = await learn()
            if !learnt.isFinal { self.zones[apex] = nil }
            return learnt
        }
        zones[apex] = task
        return await value(of: task).trust
    }

    private func value(of task: Task<Learnt, Never>) async -> Learnt {
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

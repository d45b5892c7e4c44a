// What is known of each zone's keys, learnt once, and which signatures were computed: shared by all who validate in a pass.
import DCV

struct TrustMemory: Sendable {
    let ledger: SignatureLedger
    private let memory: ZoneMemory
    private let zones = LearntOnce<DomainName, Learnt> { $0.isFinal }

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

    /// The zone's place in the chain of trust. A zone waits for its parent only, so two can never wait for each other.
    func trust(in apex: DomainName, _ learn: @escaping @Sendable () async -> Learnt) async -> Learnt {
        await zones.value(of: apex) {
            if let known = memory.trust(in: apex) { return known }
            let learnt = await learn()
            if learnt.isFinal { memory.keep(learnt, for: apex) }
            return learnt
        }
    }
}

// Every signature is computed once, and no zone makes it cost more than its share of processor time.
import DCV
import LDNS
import Synchronization

/// Outcomes of signature arithmetic by their octets. They never change, so all passes of a run share them.
final class SignatureOutcomes: Sendable {
    private let outcomes = Mutex<[[UInt8]: Bool]>([:])

    subscript(fingerprint: [UInt8]) -> Bool? { outcomes.withLock { $0[fingerprint] } }

    func keep(_ outcome: Bool, for fingerprint: [UInt8]) {
        outcomes.withLock { outcomes in
            if outcomes.count < ValidationLimits.rememberedOutcomes { outcomes[fingerprint] = outcome }
        }
    }
}

/// The signatures computed in one pass, and the processor time they cost each zone. Shared by all who validate in it.
final class SignatureLedger: Sendable {
    /// A zone has used up its processor time.
    struct Overspent: Error, Hashable {}

    private struct Book {
        var spentNanoseconds: [DomainName: Int64] = [:]
        var computed = 0
    }

    private let book = Mutex(Book())
    private let outcomes: SignatureOutcomes
    /// Processor time of this thread.
    private let nanoseconds: @Sendable () -> Int64

    init(
        _ outcomes: SignatureOutcomes = SignatureOutcomes(),
        nanoseconds: @escaping @Sendable () -> Int64 = ThreadTime.nanoseconds
    ) {
        self.outcomes = outcomes
        self.nanoseconds = nanoseconds
    }

    /// Signatures computed so far; those known by their octets are not counted.
    var computed: Int { book.withLock { $0.computed } }

    /// Whether the signature holds with this key, from memory if the same octets were computed before.
    func holds(_ check: SignatureCheck, with key: DNSKEY, in zone: DomainName) throws(Overspent) -> Bool {
        let fingerprint = check.fingerprint(with: key)
        if let known = outcomes[fingerprint] { return known }
        let outcome = try spend(in: zone) { check.holds(with: key) }
        book.withLock { $0.computed += 1 }
        outcomes.keep(outcome, for: fingerprint)
        return outcome
    }

    /// Does the work on the zone's account. The time is looked at before, so one piece of work may go beyond it.
    func spend<Value>(in zone: DomainName, _ work: () -> Value) throws(Overspent) -> Value {
        let limit = ValidationLimits.zoneProcessorMilliseconds * 1_000_000
        let isOver = book.withLock { $0.spentNanoseconds[zone, default: 0] >= limit }
        if isOver { throw Overspent() }
        let start = nanoseconds()
        let value = work()
        let spent = max(0, nanoseconds() &- start)
        book.withLock { $0.spentNanoseconds[zone, default: 0] &+= spent }
        return value
    }
}

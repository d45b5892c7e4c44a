// Every signature is computed once, and no zone makes it cost more than its share of processor time.
import DCV
import LDNS
import Synchronization

/// Outcomes of signature arithmetic by their octets, and processor time by zone. Shared by all who validate in one pass.
final class SignatureLedger: Sendable {
    /// A zone has used up its processor time.
    struct Overspent: Error, Hashable {}

    private struct Book {
        var outcomes: [[UInt8]: Bool] = [:]
        var spentNanoseconds: [DomainName: Int64] = [:]
        var computed = 0
    }

    private let book = Mutex(Book())
    /// Processor time of this thread.
    private let nanoseconds: @Sendable () -> Int64

    init(nanoseconds: @escaping @Sendable () -> Int64 = ThreadTime.nanoseconds) { self.nanoseconds = nanoseconds }

    /// Signatures computed so far; those known by their octets are not counted.
    var computed: Int { book.withLock { $0.computed } }

    /// Whether the signature holds with this key, from memory if the same octets were computed before.
    func holds(_ check: SignatureCheck, with key: DNSKEY, in zone: DomainName) throws(Overspent) -> Bool {
        let fingerprint = check.fingerprint(with: key)
        if let known = book.withLock({ $0.outcomes[fingerprint] }) { return known }
        let outcome = try spend(in: zone) { check.holds(with: key) }
        book.withLock { book in
            book.computed += 1
            if book.outcomes.count < ValidationLimits.rememberedOutcomes { book.outcomes[fingerprint] = outcome }
        }
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

// The addresses of one host, as far as they could be found, and what kept the rest from being found.
import DCV
import LDNS

/// What is known of a host's addresses.
struct HostAddresses: Sendable {
    /// Why a type brought no addresses.
    private enum Lack: Hashable {
        /// The host's own zone says so, or a registry that there is none: a resolver passes such a host over.
        case settled(String)
        /// Nobody answered: somebody else may know them.
        case unknown(String)
        case budgetSpent(String)

        var reason: String {
            switch self {
            case .settled(let reason), .unknown(let reason), .budgetSpent(let reason): reason
            }
        }
    }

    private(set) var addresses: [IPAddress] = []
    /// What the host's name is an alias of; the addresses are those at the end.
    var alias: DomainName?
    private var lacks: [Lack] = []
    /// Whether the host's own zone answered for at least one type, be it that it has none.
    private(set) var isAnswered = false

    init() {}

    init(unknown reason: String) { lacks = [.unknown(reason)] }

    /// Why there are none, or fewer than there may be.
    var fault: String? { lacks.first?.reason }

    /// Why there may be more than is known; nil when the host's own zone has settled it, or the budget kept it from
    /// being asked.
    var unknown: String? {
        lacks.lazy.compactMap { if case .unknown(let reason) = $0 { reason } else { nil } }.first
    }

    var isBudgetSpent: Bool { lacks.contains { if case .budgetSpent = $0 { true } else { false } } }

    mutating func add(_ reading: Reading, _ question: Question) {
        switch reading {
        case .records(let records):
            isAnswered = true
            for record in records {
                if case .address(let address) = record.data, !addresses.contains(address) { addresses.append(address) }
            }
        case .nothing: isAnswered = true
        case .alias(let target, _): lack(.settled("the CNAMEs from it do not end: \(question.name) leads to \(target)"))
        case .aliasNotUsable(let why, _): lack(.settled(why))
        case .referral(let delegation), .cut(let delegation):
            lack(.unknown("the servers of \(delegation.apex) do not answer for it"))
        case .notServed(let reason), .hostile(let reason): lack(.unknown(reason))
        }
    }

    /// Notes why the search for one type ended without an answer about the host.
    mutating func lack(_ problem: Survey.Problem?) {
        let reason = problem?.text ?? "no answer"
        switch problem?.code {
        case .noSuchDomain: lack(.settled(reason))
        case .queryBudgetSpent: lack(.budgetSpent(reason))
        default: lack(.unknown(reason))
        }
    }

    private mutating func lack(_ lack: Lack) {
        if !lacks.contains(lack) { lacks.append(lack) }
    }
}

// Gathers one pass over domains and orders: a fault of one is a finding and the others go on, until a fault says that none may.
import DCV

struct DigiCertReading {
    /// Domains or orders that may refuse the key before the others are no longer asked.
    static let refusalLimit = RefusedRights.refusalLimit
    /// Names shown of a longer list.
    static let shownLimit = 3

    let provider: ProviderName
    /// Set by a fault that reaches every call, or by too many refusals.
    private(set) var mustStop = false

    private var authorizations: [Authorization] = []
    private var findings: [Finding] = []
    private var isComplete = true
    private var refusals = 0
    private var skipped: [String] = []
    private var unsubmitted: [DomainName] = []

    init(provider: ProviderName) { self.provider = provider }

    mutating func add(_ fault: APIFault) {
        add(fault.failure.finding)
        if fault.failure.kind == .unauthorized { refusals += 1 }
        if fault.reach == .everything || refusals >= Self.refusalLimit { mustStop = true }
    }

    mutating func add(_ finding: Finding) {
        findings.append(finding)
        isComplete = false
    }

    mutating func add(_ authorization: Authorization) { authorizations.append(authorization) }

    mutating func addUnsubmitted(_ domain: DomainName) { unsubmitted.append(domain) }

    /// Not asked, because the reading must stop.
    mutating func skip(_ name: String) { skipped.append(name) }

    var result: ProviderReading {
        var findings = findings
        if !unsubmitted.isEmpty {
            findings.append(
                Finding(
                    DigiCertFindingCode.neverSubmitted,
                    .notice,
                    subject: "\(provider): domains",
                    saw: "never submitted for validation: \(unsubmitted.map { $0.text }.listed(upTo: Self.shownLimit))",
                    wanted: "a type of validation (ov, ev), chosen by a person",
                    advice: "submit them for validation in CertCentral, or deactivate them"
                )
            )
        }
        if !skipped.isEmpty {
            findings.append(
                Finding(
                    DigiCertFindingCode.notRead,
                    .waiting,
                    subject: "\(provider): domains and orders",
                    saw: "not asked, because of the answers before: \(skipped.listed(upTo: Self.shownLimit))",
                    wanted: "every domain and order that waits for something",
                    advice: "mend what the other findings name"
                )
            )
        }
        return ProviderReading(
            provider: provider,
            authorizations: authorizations,
            findings: findings,
            isComplete: isComplete && skipped.isEmpty
        )
    }
}

// Gathers one pass over all zones: a fault of one zone is a finding and the others go on, until a fault says that
// none may.
import DCV

struct CloudflareReading {
    let provider: ProviderName
    let refusedZoneLimit: Int
    /// Set by a fault that reaches every call, or by too many zones that refuse the credential.
    private(set) var mustStop = false

    private var authorizations: [Authorization] = []
    private var keys: Set<AuthorizationKey> = []
    private var findings: [Finding] = []
    private var isComplete = true
    private var refusedZones = 0
    private var skippedZones = 0

    init(provider: ProviderName, refusedZoneLimit: Int) {
        self.provider = provider
        self.refusedZoneLimit = refusedZoneLimit
    }

    mutating func add(_ fault: APIFault) {
        add(fault.failure.finding)
        if fault.failure.kind == .unauthorized { refusedZones += 1 }
        if fault.reach == .everything || refusedZones >= refusedZoneLimit { mustStop = true }
    }

    mutating func add(_ finding: Finding) {
        findings.append(finding)
        isComplete = false
    }

    mutating func add(_ zone: CloudflareZoneReading) {
        findings += zone.findings
        isComplete = isComplete && zone.isComplete
        for authorization in zone.authorizations {
            // A handle stands for one authorization; two would share their journal entries.
            if keys.insert(authorization.key).inserted {
                authorizations.append(authorization)
            } else {
                add(repeated(authorization))
            }
        }
    }

    /// Zones that are not asked because the reading must stop.
    mutating func skip(_ count: Int) { skippedZones += count }

    mutating func addTooManyZones() {
        let limit = CloudflareZonePage.pageLimit * CloudflareZonePage.perPage
        add(
            Finding(
                ProviderFindingCode.zonesNotRead,
                .error,
                subject: "\(provider): zones",
                saw: "more than \(limit) zones",
                wanted: "at most \(limit) for one provider entry",
                advice: "list the zones to be read under zones"
            )
        )
    }

    var result: ProviderReading {
        var findings = findings
        if skippedZones > 0 {
            findings.append(
                Finding(
                    ProviderFindingCode.zonesNotRead,
                    .waiting,
                    subject: "\(provider): zones",
                    saw: "\(skippedZones) zones were not asked, because of the answers before",
                    wanted: "every configured zone",
                    advice: "mend what the other findings name"
                )
            )
        }
        return ProviderReading(
            provider: provider,
            authorizations: authorizations,
            findings: findings,
            isComplete: isComplete && skippedZones == 0
        )
    }

    private func repeated(_ authorization: Authorization) -> Finding {
        Finding(
            ProviderFindingCode.answerNotUnderstood,
            .error,
            subject: "\(authorization.key)",
            saw: "the same handle in a second zone (\(authorization.scope))",
            wanted: "a handle for one certificate of one zone",
            advice: "look at both zones in the dashboard; the first is used"
        )
    }
}

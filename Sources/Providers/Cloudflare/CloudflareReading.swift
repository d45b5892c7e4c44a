// Gathers one pass over all zones: a fault of one zone is a finding and the others go on, until a fault says that
// none may.
import DCV

struct CloudflareReading {
    /// A list that adds to `ssl/verification`: without it the rest goes on.
    enum SideList: String, Sendable {
        case packs = "certificate_packs"
        case hostnames = "custom_hostnames"
    }

    /// Zones that may refuse the credential before the others are no longer asked: the client would send no further call.
    static let refusedZoneLimit = RefusedRights.refusalLimit

    let provider: ProviderName
    /// Set by a fault that reaches every call, or by too many zones that refuse the credential.
    private(set) var mustStop = false

    private var authorizations: [Authorization] = []
    private var keys: Set<AuthorizationKey> = []
    private var findings: [Finding] = []
    private var isComplete = true
    private var refusedZones = 0
    private var skippedZones = 0
    private var closures: [SideList: Int] = [:]
    private var skippedLists: [SideList: Int] = [:]

    init(provider: ProviderName) { self.provider = provider }

    mutating func add(_ fault: APIFault) {
        add(fault.failure.finding)
        if fault.failure.kind == .unauthorized { refusedZones += 1 }
        if fault.reach == .everything || refusedZones >= Self.refusedZoneLimit { mustStop = true }
    }

    mutating func add(_ finding: Finding) {
        findings.append(finding)
        isComplete = false
    }

    /// Says something that takes nothing away from the reading.
    mutating func tell(_ finding: Finding) { findings.append(finding) }

    mutating func add(_ zone: CloudflareZoneReading) {
        findings += zone.findings
        isComplete = isComplete && zone.isComplete
        for authorization in zone.authorizations { add(authorization) }
    }

    mutating func add(_ authorization: Authorization) {
        // A handle stands for one authorization; two would share their journal entries.
        if keys.insert(authorization.key).inserted {
            authorizations.append(authorization)
        } else {
            add(repeated(authorization))
        }
    }

    /// Zones that are not asked because the reading must stop.
    mutating func skip(_ count: Int) { skippedZones += count }

    mutating func addTooManyZones() {
        let limit = CloudflarePage.pageLimit * CloudflarePage.perPage
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

    mutating func addTooManyHostnames(_ zone: CloudflareZone, _ limit: Int) {
        add(
            Finding(
                ProviderFindingCode.zonesNotRead,
                .error,
                subject: "\(provider): custom hostnames of \(zone.name)",
                saw: "more than \(limit) custom hostnames",
                wanted: "at most \(limit) for one zone",
                advice: "list those to be proved under custom_hostnames"
            )
        )
    }

    /// Whether a fault says for good that a list is not for this credential or this zone.
    static func isClosed(by fault: APIFault) -> Bool {
        fault.reach != .everything && [.unauthorized, .refused].contains(fault.failure.kind)
    }

    /// Writes down why a list beside `ssl/verification` was not read. False after a fault that may pass.
    mutating func close(_ list: SideList, by fault: APIFault, in zone: CloudflareZone) -> Bool {
        guard Self.isClosed(by: fault) else {
            add(fault)
            return false
        }
        let told = fault.failure.finding
        guard told.code != ProviderFindingCode.listNotOpen else {
            tell(told)
            return true
        }
        closures[list, default: 0] += 1
        // Custom hostnames are asked for by name in the configuration; the packs only add to what was read.
        add(
            Finding(
                list == .packs ? ProviderFindingCode.listNotOpen : told.code,
                list == .packs ? .notice : .error,
                subject: "\(provider): zone \(zone.name), \(list.rawValue)",
                saw: told.saw,
                wanted: told.wanted,
                advice: list == .packs
                    ? "certificates that ssl/verification lists are proved all the same, with fewer facts about them"
                    : told.advice
            )
        )
        return true
    }

    /// Repeated refusals lock an account: after some zones that refuse a list it is left alone.
    func isClosed(_ list: SideList) -> Bool { closures[list, default: 0] >= Self.refusedZoneLimit }

    mutating func skipClosed(_ list: SideList) {
        skippedLists[list, default: 0] += 1
        isComplete = false
    }

    var result: ProviderReading {
        var findings = findings
        for (list, count) in skippedLists.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            findings.append(
                Finding(
                    ProviderFindingCode.listNotOpen,
                    .notice,
                    subject: "\(provider): \(list.rawValue)",
                    saw: "\(count) zones were not asked for it, because \(Self.refusedZoneLimit) others refused it",
                    wanted: "the permission \"\(CloudflareCall.Permission.certificatesRead.rawValue)\" for every zone",
                    advice: "mend what the other findings name"
                )
            )
        }
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

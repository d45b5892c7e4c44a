// Whatever is listed of one certificate pack becomes one authorization: its entries of `ssl/verification`, its entry of
// `certificate_packs`, or both.
import DCV
import Platform

/// Usually one entry of each list; several for several host names or keys of one pack.
struct CloudflarePack {
    /// An entry with its records read.
    struct Part {
        let entry: CloudflareEntry
        let outcomes: [CloudflareRecordReader.Outcome]
        let status: Authorization.Status

        var refusals: [RecordRefusal] {
            var all = [entry.packRefusal, entry.itemsRefusal].compactMap { $0 } + outcomes.flatMap { $0.refusals }
            if case .refused(let refusal) = entry.hostname { all.append(refusal) }
            return all
        }

        var hasRecords: Bool { outcomes.contains { !$0.alternatives.isEmpty } }
    }

    /// Records of one pack that are read, and entries that it may have. A certificate has 50 hosts at most, with two
    /// tokens each, told by two lists; every record is held against the others, so that more would cost their square.
    static let recordLimit = 400

    let key: AuthorizationKey
    let zone: CloudflareZone
    let details: CloudflarePackDetails?
    let parts: [Part]
    /// The parts that decide: all that are in the most demanding state.
    let leading: [Part]
    let status: Authorization.Status
    /// Why none of its records is read.
    let refusal: RecordRefusal?
    private let knownHosts: [Identifier]?

    init(
        provider: ProviderName,
        zone: CloudflareZone,
        id: AuthorizationID,
        entries: [CloudflareEntry],
        details: CloudflarePackDetails?
    ) {
        key = AuthorizationKey(provider: provider, id: id)
        self.zone = zone
        self.details = details
        let hosts = Self.hosts(entries, details?.hosts)
        knownHosts = hosts
        let all = entries + [details?.entry].compactMap { $0 }
        let refusal = Self.refusal(of: all)
        self.refusal = refusal
        let names = hosts?.map { $0.name }
        parts = all.map { entry in
            let reader = CloudflareRecordReader(
                zone: zone.name,
                hosts: names,
                hasAllHosts: details?.hosts != nil,
                method: entry.method
            )
            let outcomes = refusal == nil ? entry.items.map { reader.read($0) } : []
            let hasRecords =
                refusal != nil && !entry.items.isEmpty
                || outcomes.contains { !$0.alternatives.isEmpty || !$0.refusals.isEmpty }
            return Part(entry: entry, outcomes: outcomes, status: entry.status(hasRecords: hasRecords))
        }
        let status = CloudflareStatus.mostDemanding(parts.map { $0.status })
        self.status = status
        leading = parts.filter { $0.status == status }
    }

    func authorization(now: Instant) -> Authorization {
        Authorization(
            key: key,
            scope: CloudflareScope(zone.id, .certificates).text,
            identifiers: identifiers,
            status: status,
            providerStatus: leading.first?.entry.statusWord ?? OctetText([]),
            method: method,
            capabilities: capabilities,
            challenges: challenges,
            needsManualReview: parts.contains { $0.entry.needsReview },
            issuers: (details?.authority ?? CloudflareAuthority(nil)).issuers,
            expiresAt: status == .pending
                ? details?.authority.tokenEnd(orderedAt: details?.orderedAt, now: now) : nil,
            placements: zone.placements,
            findings: findings
        )
    }

    private static func refusal(of entries: [CloudflareEntry]) -> RecordRefusal? {
        let count = entries.reduce(0) { $0 + $1.items.count }
        guard max(count, entries.count) > recordLimit else { return nil }
        return RecordRefusal(
            saw: "\(count) records in \(entries.count) entries",
            wanted: "at most \(recordLimit) for one certificate"
        )
    }

    /// Host names that the lists give; nil when none gives any. A refused one counts as given, so that nothing is
    /// derived from records.
    private static func hosts(_ entries: [CloudflareEntry], _ all: [Identifier]?) -> [Identifier]? {
        var hosts = Set(all ?? [])
        var isAbsent = all == nil
        for entry in entries {
            switch entry.hostname {
            case .absent: continue
            case .refused: isAbsent = false
            case .known(let identifier):
                isAbsent = false
                hosts.insert(identifier)
            }
        }
        return isAbsent ? nil : hosts.sorted()
    }

    private var identifiers: [Identifier] {
        let known = knownHosts ?? []
        // A host whose proof is asked for is in the certificate; unless it is a domain above one that is, which proves
        // that one, too (BR 1.6.1, Authorization Domain Name).
        let proved = Set(parts.flatMap { $0.outcomes.flatMap { $0.hosts } }).filter { host in
            !known.contains { $0.name.isSubdomain(of: host) }
        }
        return (known + proved.map { Identifier($0) }).sorted()
    }

    /// Both lists' records. One that both give is the same challenge, even where only one of them offers a file too.
    private var challenges: [Challenge] {
        let outcomes = leading.flatMap { $0.outcomes }.filter { !$0.alternatives.isEmpty }
        var atHost: [DomainName: [CloudflareRecordReader.Outcome]] = [:]
        for outcome in outcomes {
            for host in Set(outcome.hosts) { atHost[host, default: []].append(outcome) }
        }
        var challenges: [Challenge] = []
        /// The first challenge that a record stands in.
        var places: [RequiredRecord: Int] = [:]
        for outcome in outcomes {
            let place = outcome.alternatives.compactMap { places[$0] }.min() ?? challenges.count
            for record in outcome.alternatives { places[record] = min(places[record] ?? place, place) }
            guard place < challenges.count else {
                let identifier = identifier(of: outcome, among: atHost)
                challenges.append(Challenge(identifier: identifier, alternatives: outcome.alternatives))
                continue
            }
            let known = challenges[place]
            let more = outcome.alternatives.filter { !known.alternatives.contains($0) }
            guard !more.isEmpty else { continue }
            challenges[place] = Challenge(identifier: known.identifier, alternatives: known.alternatives + more)
        }
        return challenges
    }

    /// The identifier that an item proves, when only one comes into question: an apex and its wildcard share their
    /// records' name.
    private func identifier(
        of outcome: CloudflareRecordReader.Outcome,
        among atHost: [DomainName: [CloudflareRecordReader.Outcome]]
    ) -> Identifier? {
        guard let host = outcome.hosts.first, outcome.hosts.allSatisfy({ $0 == host }) else { return nil }
        let candidates = (knownHosts ?? []).filter { $0.name == host }
        let isShared = (atHost[host] ?? []).contains { other in
            !other.alternatives.contains { outcome.alternatives.contains($0) }
        }
        return candidates.count == 1 && !isShared ? candidates.first : nil
    }

    /// The method all leading entries agree on; a PATCH for the pack must name it.
    var method: ValidationMethod? {
        let methods = Set(leading.map { $0.entry.method })
        return methods.count == 1 ? methods.first ?? nil : nil
    }

    private var capabilities: Capabilities {
        let canPatch = leading.contains { $0.entry.pack != nil } && method != nil && method != .email
        guard canPatch else { return Capabilities(triggers: [.retry], methods: []) }
        // An active pack's method cannot be changed, and of other states no change is known to work.
        guard status == .pending else { return Capabilities(triggers: [.patch, .retry], methods: []) }
        return Capabilities(triggers: [.patch, .retry], methods: mayHaveWildcard ? [.txt] : [.txt, .http])
    }

    /// Wildcards cannot be proved over HTTP (BR 3.2.2.4.18 and .19). The host name given may be the apex alone; two
    /// values at one name are then the only sign of a wildcard beside it - where the pack's own list does not tell.
    private var mayHaveWildcard: Bool {
        if identifiers.contains(where: { $0.isWildcard }) { return true }
        if details?.hosts != nil { return false }
        let names = challenges.flatMap { $0.alternatives }.filter { $0.kind == .txt }.map { $0.name }
        return Set(names).count < names.count
    }
}

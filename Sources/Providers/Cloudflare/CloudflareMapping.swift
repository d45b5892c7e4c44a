// The whole answer of one zone becomes authorizations and findings. Pure: no socket, no clock, and no answer makes it
// fail.
import DCV
import Platform

/// What one zone's list held.
struct CloudflareZoneReading: Sendable {
    var authorizations: [Authorization] = []
    /// About entries that cannot be called anything.
    var findings: [Finding] = []
    /// Whether every entry became (part of) an authorization.
    var isComplete = true
}

struct CloudflareMapping: Sendable {
    /// Entries of one zone that are read; more are a fault.
    static let entryLimit = 10_000

    let provider: ProviderName
    let zone: CloudflareZone

    /// Nil when `result` is no list, or too long a one: then nothing may be concluded about the zone.
    func map(_ document: JSONValue) -> CloudflareZoneReading? {
        guard let values = document["result"]?.array, values.count <= Self.entryLimit else { return nil }
        var reading = CloudflareZoneReading()
        var groups: [AuthorizationID: [CloudflareEntry]] = [:]
        var order: [AuthorizationID] = []
        for (index, value) in values.enumerated() {
            let entry = CloudflareEntry(value, zone: zone.name)
            guard value.object != nil, let id = entry.id else {
                reading.findings.append(nameless(entry, at: index, isObject: value.object != nil))
                reading.isComplete = false
                continue
            }
            if groups[id] == nil { order.append(id) }
            groups[id, default: []].append(entry)
        }
        for id in order {
            let entries = groups[id] ?? []
            reading.authorizations.append(
                CloudflarePack(provider: provider, zone: zone, id: id, entries: entries).authorization
            )
        }
        return reading
    }

    private func nameless(_ entry: CloudflareEntry, at index: Int, isObject: Bool) -> Finding {
        var saw = isObject ? "neither a usable cert_pack_uuid nor a usable hostname" : "no object"
        if let refusal = entry.packRefusal { saw += "; \(refusal.saw)" }
        if case .refused(let refusal) = entry.hostname { saw += "; \(refusal.saw)" }
        // Only what waits for us is worth a person's time: an active certificate without a handle stays so for years.
        let isHarmless = isObject && entry.status(hasRecords: !entry.items.isEmpty) != .pending
        return Finding(
            ProviderFindingCode.answerNotUnderstood,
            isHarmless ? .notice : .error,
            subject: "\(provider): zone \(zone.name), entry \(index + 1)",
            saw: saw,
            wanted: "a cert_pack_uuid, or at least a hostname in \(zone.name)",
            advice: "look at this certificate in the dashboard; nothing is concluded about the zone's missing entries"
        )
    }
}

/// The entries that one handle covers: usually one; several for several host names or keys of one pack.
struct CloudflarePack {
    /// An entry with its records read.
    private struct Part {
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

    private let key: AuthorizationKey
    private let zone: CloudflareZone
    private let parts: [Part]
    /// The parts that decide: all that are in the most demanding state.
    private let leading: [Part]
    private let status: Authorization.Status
    private let knownHosts: [Identifier]?

    init(provider: ProviderName, zone: CloudflareZone, id: AuthorizationID, entries: [CloudflareEntry]) {
        key = AuthorizationKey(provider: provider, id: id)
        self.zone = zone
        let hosts = Self.hosts(entries)
        knownHosts = hosts
        parts = entries.map { entry in
            let reader = CloudflareRecordReader(zone: zone.name, hosts: hosts?.map { $0.name }, method: entry.method)
            let outcomes = entry.items.map { reader.read($0) }
            let hasRecords = outcomes.contains { !$0.alternatives.isEmpty || !$0.refusals.isEmpty }
            return Part(entry: entry, outcomes: outcomes, status: entry.status(hasRecords: hasRecords))
        }
        // Unknown before all, because nothing may be done then; then what waits for us.
        let demanding: [Authorization.Status] = [.unknown, .pending, .busy, .valid, .dead]
        let all = parts.map { $0.status }
        let status = demanding.first { all.contains($0) } ?? .unknown
        self.status = status
        leading = parts.filter { $0.status == status }
    }

    var authorization: Authorization {
        Authorization(
            key: key,
            scope: zone.id.text,
            identifiers: identifiers,
            status: status,
            providerStatus: leading.first?.entry.statusWord ?? OctetText([]),
            method: method,
            capabilities: capabilities,
            challenges: challenges,
            needsManualReview: parts.contains { $0.entry.needsReview },
            findings: findings
        )
    }

    /// Host names that the entries give; nil when none gives any. A refused one counts as given, so that nothing is
    /// derived from records.
    private static func hosts(_ entries: [CloudflareEntry]) -> [Identifier]? {
        var hosts: Set<Identifier> = []
        var isAbsent = true
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

    private var challenges: [Challenge] {
        let outcomes = leading.flatMap { $0.outcomes }.filter { !$0.alternatives.isEmpty }
        var challenges: [Challenge] = []
        for outcome in outcomes {
            let challenge = Challenge(
                identifier: identifier(of: outcome, among: outcomes),
                alternatives: outcome.alternatives
            )
            if !challenges.contains(challenge) { challenges.append(challenge) }
        }
        return challenges
    }

    /// The identifier that an item proves, when only one comes into question: an apex and its wildcard share their
    /// records' name.
    private func identifier(
        of outcome: CloudflareRecordReader.Outcome,
        among outcomes: [CloudflareRecordReader.Outcome]
    ) -> Identifier? {
        let hosts = Set(outcome.hosts)
        let candidates = (knownHosts ?? []).filter { hosts.contains($0.name) }
        let isShared = outcomes.contains {
            $0.alternatives != outcome.alternatives && !hosts.isDisjoint(with: $0.hosts)
        }
        return candidates.count == 1 && hosts.count == 1 && !isShared ? candidates.first : nil
    }

    /// The method all leading entries agree on; a PATCH for the pack must name it.
    private var method: ValidationMethod? {
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
    /// values at one name are then the only sign of a wildcard beside it.
    private var mayHaveWildcard: Bool {
        if identifiers.contains(where: { $0.isWildcard }) { return true }
        let names = challenges.flatMap { $0.alternatives }.filter { $0.kind == .txt }.map { $0.name }
        return Set(names).count < names.count
    }
}

extension CloudflarePack {
    /// Unknown states and reviews by people are not among them: the authorization's own fields say those.
    private var findings: [Finding] {
        let demand: Finding.Severity = status == .pending ? .error : .notice
        var findings: [Finding] = []
        for part in parts {
            let severity = part.status == .pending ? demand : .notice
            findings += part.refusals.map { refusal in
                let advice =
                    "not used and not published; compare with the dashboard, and tell the provider if it is no mistake"
                return finding(ProviderFindingCode.recordRefused, severity, part, refusal.saw, refusal.wanted, advice)
            }
            if let saw = notAutomatable(part) {
                let wanted = "validation by txt or http"
                let advice = "change the validation method to txt or http in the dashboard"
                findings.append(finding(ProviderFindingCode.notAutomatable, severity, part, saw, wanted, advice))
            }
        }
        return findings + generalFindings
    }

    private func notAutomatable(_ part: Part) -> String? {
        if part.entry.wantsMetaTag { return "verification_type \"meta tag\"" }
        guard !part.hasRecords else { return nil }
        let addresses = part.outcomes.reduce(0) { $0 + $1.mailAddresses }
        return part.entry.method == .email || addresses > 0 ? "validation by mail (\(addresses) addresses)" : nil
    }

    /// About the handle as a whole.
    private var generalFindings: [Finding] {
        guard let first = parts.first else { return [] }
        var findings: [Finding] = []
        if status == .pending, first.entry.pack == nil {
            let advice = "only the zone-wide retry can tell the provider to look"
            findings.append(
                finding(ProviderFindingCode.handleMissing, .notice, first, "no usable cert_pack_uuid", "a UUID", advice)
            )
        }
        if status == .pending, method == nil {
            let words = Set(leading.map { $0.entry.methodWord ?? "none" }).sorted().joined(separator: ", ")
            let advice = "the method is not changed, and only the zone-wide retry can tell the provider to look"
            let wanted = "one method: txt, http, cname"
            findings.append(
                finding(
                    ProviderFindingCode.methodUnknown,
                    .notice,
                    first,
                    "validation_method \(words)",
                    wanted,
                    advice
                )
            )
        }
        if parts.count > 1 {
            let saw = parts.map { "\(label($0)): \($0.entry.statusWord.shortened())" }.joined(separator: "; ")
            let advice = "nothing; they are proved together and triggered by one call"
            findings.append(finding(ProviderFindingCode.severalEntries, .notice, nil, saw, nil, advice))
        }
        return findings
    }

    /// Host name and signature: what tells entries of one pack apart.
    private func label(_ part: Part) -> String {
        var words: [String] = []
        if case .known(let identifier) = part.entry.hostname { words.append(identifier.text) }
        if let signature = part.entry.signature { words.append(signature) }
        return words.isEmpty ? "unnamed" : words.joined(separator: ", ")
    }

    private func finding(
        _ code: String,
        _ severity: Finding.Severity,
        _ part: Part?,
        _ saw: String,
        _ wanted: String?,
        _ advice: String
    ) -> Finding {
        let subject = part.map { "\(key) (\(label($0)))" } ?? "\(key)"
        return Finding(code, severity, subject: subject, saw: saw, wanted: wanted, advice: advice)
    }
}

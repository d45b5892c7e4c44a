// The two lists of one zone, merged by pack, become authorizations and findings. Pure: no socket, no clock, and no
// answer makes it fail.
import DCV
import Platform

/// What one zone's lists held.
struct CloudflareZoneReading: Sendable {
    var authorizations: [Authorization] = []
    /// About entries that cannot be called anything.
    var findings: [Finding] = []
    /// Whether every entry became (part of) an authorization.
    var isComplete = true
    /// What a later look at one of them must know.
    var known: [AuthorizationID: CloudflareKnown] = [:]
}

/// `ssl/verification` of one zone, by handle.
struct CloudflareVerification: Sendable {
    var groups: [AuthorizationID: [CloudflareEntry]] = [:]
    var order: [AuthorizationID] = []
    var findings: [Finding] = []
}

/// `certificate_packs` of one zone, from all its pages.
struct CloudflarePackList: Sendable {
    var packs: [CloudflarePackDetails] = []
    var findings: [Finding] = []
    private var places: [PackIdentifier: Int] = [:]

    /// False when the page held nothing new: then the pages after it need not be asked for.
    mutating func add(_ packs: [CloudflarePackDetails]) -> Bool {
        var isNew = false
        for pack in packs where places[pack.id] == nil {
            places[pack.id] = self.packs.count
            self.packs.append(pack)
            isNew = true
        }
        return isNew
    }

    subscript(id: PackIdentifier) -> CloudflarePackDetails? { places[id].map { packs[$0] } }
}

struct CloudflareMapping: Sendable {
    /// Entries of one zone that are read; more are a fault.
    static let entryLimit = 10_000

    let provider: ProviderName
    let zone: CloudflareZone
    /// Only for when tokens die.
    let now: Instant

    /// Nil when `result` is no list, or too long a one: then nothing may be concluded about the zone.
    func verification(_ document: JSONValue) -> CloudflareVerification? {
        let result = document["result"]
        guard let values = result?.isNull == true ? [] : result?.array, values.count <= Self.entryLimit else {
            return nil
        }
        var verification = CloudflareVerification()
        for (index, value) in values.enumerated() {
            let entry = CloudflareEntry(value, zone: zone.name)
            guard value.object != nil, let id = entry.id else {
                verification.findings.append(nameless(entry, at: index, isObject: value.object != nil))
                continue
            }
            if verification.groups[id] == nil { verification.order.append(id) }
            verification.groups[id, default: []].append(entry)
        }
        return verification
    }

    /// One page of packs.
    func packs(_ values: [JSONValue], into list: inout CloudflarePackList) -> Bool {
        var packs: [CloudflarePackDetails] = []
        for (index, value) in values.enumerated() {
            if let pack = CloudflarePackDetails(value, zone: zone.name) {
                packs.append(pack)
            } else {
                let entry = CloudflareEntry(value, from: .packs, zone: zone.name)
                list.findings.append(nameless(entry, at: index, isObject: value.object != nil))
            }
        }
        return list.add(packs)
    }

    /// - Parameter packs: nil when that list could not be read.
    func merge(_ verification: CloudflareVerification, _ packs: CloudflarePackList?) -> CloudflareZoneReading {
        var reading = CloudflareZoneReading()
        reading.findings = verification.findings + (packs?.findings ?? [])
        reading.isComplete = reading.findings.isEmpty
        var merged: Set<PackIdentifier> = []
        for id in verification.order {
            let entries = verification.groups[id] ?? []
            let pack = entries.first?.pack
            if let pack { merged.insert(pack) }
            let (authorization, known) = one(id, entries, pack.flatMap { packs?[$0] })
            reading.authorizations.append(authorization)
            reading.known[id] = known
        }
        for details in packs?.packs ?? [] where !merged.contains(details.id) && details.needsValidation {
            guard let id = try? AuthorizationID(details.id.text) else { continue }
            let (authorization, known) = one(id, [], details)
            reading.authorizations.append(authorization)
            reading.known[id] = known
        }
        return reading
    }

    /// One authorization, from whatever is listed of it.
    func one(
        _ id: AuthorizationID,
        _ entries: [CloudflareEntry],
        _ details: CloudflarePackDetails?
    ) -> (Authorization, CloudflareKnown) {
        func authorization(_ details: CloudflarePackDetails?) -> Authorization {
            CloudflarePack(provider: provider, zone: zone, id: id, entries: entries, details: details)
                .authorization(now: now)
        }
        let whole = authorization(details)
        // What is remembered of a pack has no entry: then the other list says how it stands.
        let standing = details?.entry.map { [$0] } ?? entries
        let awaitsRestart = details?.isAdvanced == true && !standing.isEmpty && standing.allSatisfy { $0.hasTimedOut }
        let lists: CloudflareKnown.Lists
        if entries.isEmpty {
            lists = .packs
        } else if details?.entry != nil,
            authorization(details?.remembered) != whole || awaitsRestart && !entries.allSatisfy({ $0.hasTimedOut })
        {
            // The packs' list shows records, a method or a state that the other one does not.
            lists = .both
        } else {
            lists = .verification
        }
        return (whole, CloudflareKnown(lists: lists, details: details?.remembered, awaitsRestart: awaitsRestart))
    }

    private func nameless(_ entry: CloudflareEntry, at index: Int, isObject: Bool) -> Finding {
        let isPack = entry.source == .packs
        let wantedHandle =
            isPack ? "a usable id" : "a cert_pack_uuid, or at least a hostname in \(zone.name)"
        var saw = "no object"
        if isObject { saw = isPack ? "no usable id" : "neither a usable cert_pack_uuid nor a usable hostname" }
        if let refusal = entry.packRefusal { saw += "; \(refusal.saw)" }
        if case .refused(let refusal) = entry.hostname { saw += "; \(refusal.saw)" }
        // Only what waits for us is worth a person's time: an active certificate without a handle stays so for years.
        let isHarmless = isObject && entry.status(hasRecords: !entry.items.isEmpty) != .pending
        return Finding(
            ProviderFindingCode.answerNotUnderstood,
            isHarmless ? .notice : .error,
            subject: "\(provider): zone \(zone.name), \(isPack ? "pack" : "entry") \(index + 1)",
            saw: saw,
            wanted: wantedHandle,
            advice: "look at this certificate in the dashboard; nothing is concluded about the zone's missing entries"
        )
    }
}

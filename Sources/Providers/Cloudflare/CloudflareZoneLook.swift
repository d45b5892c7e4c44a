// One zone's certificates: two calls for a full reading, one call for a later look at one of them.
import DCV
import Platform

extension CloudflareProvider {
    func read(_ zones: [CloudflareZone], into reading: inout CloudflareReading) async {
        for (index, zone) in zones.enumerated() {
            guard !reading.mustStop else {
                reading.skip(zones.count - index)
                return
            }
            if let notice = zone.notice(from: name) { reading.tell(notice) }
            switch await verification(zone) {
            case .failure(let fault):
                reading.add(fault)
                // The same permission opens both lists, and refusals that repeat lock an account.
                if fault.failure.kind == .unauthorized { continue }
            case .success(let verification): await readPacks(of: zone, beside: verification, into: &reading)
            }
            if !reading.mustStop { await readHostnames(of: zone, into: &reading) }
        }
    }

    private func readPacks(
        of zone: CloudflareZone,
        beside verification: CloudflareVerification,
        into reading: inout CloudflareReading
    ) async {
        let mapping = CloudflareMapping(provider: name, zone: zone, now: clock.now())
        guard !reading.isClosed(.packs) else {
            reading.skipClosed(.packs)
            let mapped = mapping.merge(verification, nil)
            memory.remember(mapped.known, in: zone.id)
            return reading.add(mapped)
        }
        switch await packs(mapping) {
        case .success(let packs):
            let mapped = mapping.merge(verification, packs)
            memory.remember(mapped.known, in: zone.id)
            reading.add(mapped)
        case .failure(let fault):
            let mapped = mapping.merge(verification, nil)
            // After a passing fault, a look at one certificate asks both lists anew.
            memory.remember(reading.close(.packs, by: fault, in: zone) ? mapped.known : nil, in: zone.id)
            reading.add(mapped)
        }
    }

    private func verification(_ zone: CloudflareZone) async -> Result<CloudflareVerification, APIFault> {
        let call = CloudflareCall.verification(zone.id)
        switch await send(call) {
        case .failure(let fault): return .failure(fault.about(zone.name.text))
        case .success(let document):
            let mapping = CloudflareMapping(provider: name, zone: zone, now: clock.now())
            if let verification = mapping.verification(document) { return .success(verification) }
            let kind = document["result"].map { $0.kind } ?? "nothing"
            let saw = "\(kind) in \"result\", or more than \(CloudflareMapping.entryLimit) entries"
            return .failure(notUnderstood(call, saw).about(zone.name.text))
        }
    }

    /// All pages, or the fault of one of them: half a list is none.
    private func packs(_ mapping: CloudflareMapping) async -> Result<CloudflarePackList, APIFault> {
        var list = CloudflarePackList()
        let zone = mapping.zone
        for page in 1...CloudflarePage.pageLimit {
            let call = CloudflareCall.packs(of: zone.id, page: page)
            switch await send(call) {
            case .failure(let fault): return .failure(fault.about(zone.name.text))
            case .success(let document):
                guard let content = CloudflarePage(document, page: page),
                    content.entries.count <= CloudflareMapping.entryLimit
                else {
                    let kind = document["result"].map { $0.kind } ?? "nothing"
                    return .failure(notUnderstood(call, "\(kind) in \"result\"").about(zone.name.text))
                }
                let isNew = mapping.packs(content.entries, into: &list)
                if content.isLast { return .success(list) }
                guard isNew else {
                    let saw = "page \(page) repeats the pages before it"
                    return .failure(notUnderstood(call, saw).about(zone.name.text))
                }
            }
        }
        let saw = "more than \(CloudflarePage.pageLimit) pages"
        let call = CloudflareCall.packs(of: zone.id, page: CloudflarePage.pageLimit)
        return .failure(notUnderstood(call, saw).about(zone.name.text))
    }
}

extension CloudflareProvider {
    /// Nil when no list has it any more.
    func freshCertificate(_ id: AuthorizationID, in zone: CloudflareZone) async throws(APIFault) -> Authorization? {
        let known = memory.certificate(id, in: zone.id)
        var entries: [CloudflareEntry] = []
        if known?.lists != .packs { entries = try await verification(zone).get().groups[id] ?? [] }
        var details = known?.details
        // In a new process, and where the lists differed, a look takes both.
        if known?.lists != .verification, let pack = PackIdentifier(id.text) {
            do throws(APIFault) {
                details = try await freshPack(pack, in: zone)
            } catch  where known == nil && CloudflareReading.isClosed(by: error) {
                details = nil
            }
        }
        guard !entries.isEmpty || details?.entry != nil else { return nil }
        let mapping = CloudflareMapping(provider: name, zone: zone, now: clock.now())
        let (authorization, fresh) = mapping.one(id, entries, details)
        // A look at one list alone knows no more of the pack than the reading did.
        let isWhole = known?.lists != .verification
        memory.remember(isWhole ? fresh : known?.restarting(fresh.awaitsRestart) ?? fresh, id, in: zone.id)
        return authorization
    }

    /// Nil when there is no such pack.
    private func freshPack(
        _ pack: PackIdentifier,
        in zone: CloudflareZone
    ) async throws(APIFault) -> CloudflarePackDetails? {
        let call = CloudflareCall.pack(pack, in: zone.id)
        switch await send(call) {
        case .failure(let fault):
            guard fault.failure.finding.code != ProviderFindingCode.authorizationGone else { return nil }
            throw fault.about(zone.name.text)
        case .success(let document):
            guard let result = document["result"], let details = CloudflarePackDetails(result, zone: zone.name),
                details.id == pack
            else { throw notUnderstood(call, "no pack of that id").about(zone.name.text) }
            return details
        }
    }
}

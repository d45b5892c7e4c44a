// Which zones are meant: by name, by id, or all that the credential sees, page by page.
import DCV
import Platform

extension CloudflareProvider {
    func zone(_ id: ZoneIdentifier) async -> Result<CloudflareZone, APIFault> {
        if let zone = memory.zone(id) { return .success(zone) }
        return await freshZone(id)
    }

    private func freshZone(_ id: ZoneIdentifier) async -> Result<CloudflareZone, APIFault> {
        let call = CloudflareCall.zone(id)
        switch await send(call) {
        case .failure(let fault): return .failure(fault)
        case .success(let document):
            guard let zone = document["result"].flatMap({ CloudflareZone($0) }), zone.id == id else {
                return .failure(notUnderstood(call, "no id and name of that zone"))
            }
            memory.meet([zone])
            return .success(zone)
        }
    }

    func zones(_ reference: CloudflareConfiguration.ZoneReference, _ reading: inout CloudflareReading) async
        -> [CloudflareZone]
    {
        switch reference {
        case .id(let id):
            switch await freshZone(id) {
            case .success(let zone): return [zone]
            case .failure(let fault): reading.add(fault)
            }
        case .name(let wanted):
            let call = CloudflareCall.zones(named: wanted)
            switch await send(call) {
            case .failure(let fault): reading.add(fault)
            case .success(let document):
                guard let page = CloudflarePage(document, page: 1) else {
                    reading.add(notUnderstood(call, "no list in \"result\"").failure.finding)
                    return []
                }
                let zones = page.entries.compactMap { CloudflareZone($0) }.filter { $0.name == wanted }
                if zones.isEmpty { reading.add(notFound(wanted)) }
                memory.meet(zones)
                return zones
            }
        }
        return []
    }

    func allZones(_ reading: inout CloudflareReading) async -> [CloudflareZone] {
        var zones: [CloudflareZone] = []
        var ids: Set<ZoneIdentifier> = []
        for page in 1...CloudflarePage.pageLimit {
            let call = CloudflareCall.zones(page: page)
            switch await send(call) {
            case .failure(let fault):
                reading.add(fault)
                return zones
            case .success(let document):
                guard let content = CloudflarePage(document, page: page) else {
                    reading.add(notUnderstood(call, "no list in \"result\"").failure.finding)
                    return zones
                }
                let read = content.entries.compactMap { CloudflareZone($0) }
                let unreadable = content.entries.count - read.count
                if unreadable > 0 {
                    let saw = "\(unreadable) zones without a usable id and name"
                    reading.add(notUnderstood(call, saw).failure.finding)
                }
                let new = read.filter { ids.insert($0.id).inserted }
                zones += new
                memory.meet(new)
                if content.isLast { return zones }
                guard !new.isEmpty else {
                    reading.add(notUnderstood(call, "page \(page) repeats the pages before it").failure.finding)
                    return zones
                }
            }
        }
        reading.addTooManyZones()
        return zones
    }

    /// A document that is not what the call is documented to give.
    func notUnderstood(_ call: CloudflareCall, _ saw: String) -> APIFault {
        CloudflareJudge(provider: name, call: call).faults.notUnderstood(saw: saw)
    }

    private func notFound(_ zone: DomainName) -> Finding {
        Finding(
            ProviderFindingCode.zoneNotFound,
            .error,
            subject: "\(name): zone \(zone)",
            saw: "no zone of that name is visible to this credential",
            wanted: "the zone, and a credential with the permission \"Zone Read\" for it",
            advice: "correct the name under zones, or give the credential access to the zone"
        )
    }
}

// Custom hostnames of one zone, page by page, and a later look at one of them.
import DCV
import Platform

extension CloudflareProvider {
    /// Pages of one list that are read at most: 10,000 custom hostnames.
    private static let hostnamePageLimit = 200

    func readHostnames(of zone: CloudflareZone, into reading: inout CloudflareReading) async {
        let names: [DomainName?]
        switch configuration.customHostnames {
        case .none: return
        case .all: names = [nil]
        case .listed(let listed): names = listed
        }
        for name in names where !reading.mustStop {
            guard !reading.isClosed(.hostnames) else { return reading.skipClosed(.hostnames) }
            await readHostnames(of: zone, named: name, into: &reading)
        }
    }

    private func readHostnames(
        of zone: CloudflareZone,
        named wanted: DomainName?,
        into reading: inout CloudflareReading
    ) async {
        var seen: Set<PackIdentifier> = []
        for page in 1...Self.hostnamePageLimit {
            let call = CloudflareCall.hostnames(of: zone.id, named: wanted, page: page)
            switch await send(call) {
            case .failure(let fault):
                _ = reading.close(.hostnames, by: fault.about(zone.name.text), in: zone)
                return
            case .success(let document):
                guard let content = CloudflarePage(document, page: page) else {
                    return reading.add(notUnderstood(call, "no list in \"result\"").about(zone.name.text))
                }
                let read = content.entries.compactMap { CloudflareHostname($0) }
                let unreadable = content.entries.count - read.count
                if unreadable > 0 {
                    let saw = "\(unreadable) custom hostnames without a usable id and hostname"
                    reading.add(notUnderstood(call, saw).about(zone.name.text))
                }
                let new = read.filter { seen.insert($0.id).inserted }
                // A filter that is passed over costs pages, and nothing else.
                for hostname in new where wanted == nil || hostname.hostname == wanted {
                    memory.remember(hostname.settings, hostname.handle)
                    reading.add(hostname.authorization(name, zone, now: clock.now()))
                }
                if content.isLast { return }
                guard !new.isEmpty else {
                    let saw = "page \(page) repeats the pages before it"
                    return reading.add(notUnderstood(call, saw).about(zone.name.text))
                }
            }
        }
        reading.addTooManyHostnames(zone, Self.hostnamePageLimit * CloudflarePage.perPage)
    }

    /// Nil when it is no longer there: Cloudflare deletes a custom hostname after 75 failed looks.
    func freshHostname(_ handle: AuthorizationID, in zone: CloudflareZone) async throws(APIFault) -> Authorization? {
        guard let id = CloudflareScope.hostname(handle) else { return nil }
        let call = CloudflareCall.hostname(id, in: zone.id)
        switch await send(call) {
        case .failure(let fault):
            guard fault.failure.finding.code != ProviderFindingCode.authorizationGone else { return nil }
            throw fault.about(zone.name.text)
        case .success(let document):
            guard let hostname = document["result"].flatMap({ CloudflareHostname($0) }), hostname.id == id else {
                throw notUnderstood(call, "no custom hostname of that id").about(zone.name.text)
            }
            memory.remember(hostname.settings, handle)
            return hostname.authorization(name, zone, now: clock.now())
        }
    }
}

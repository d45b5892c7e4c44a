// Cloudflare's zone certificates behind the Provider port: which calls are made for a reading, a look, a trigger, a
// change.
package import DCV
import Platform
import Synchronization

/// Certificates of Cloudflare zones, through `ssl/verification`.
///
/// Zones are read one after another: the API allows four requests a second and account, and other tools share them.
package final class CloudflareProvider: Provider {
    /// Zones that may refuse the credential before the others are no longer asked: repeated refusals lock an account.
    static let refusedZoneLimit = 3

    private let configuration: CloudflareConfiguration
    private let client: APIClient
    /// Zones met so far, so that a later look at one needs no second call for its name.
    private let met = Mutex<[ZoneIdentifier: CloudflareZone]>([:])

    package init(_ configuration: CloudflareConfiguration, _ surroundings: ProviderSurroundings) {
        self.configuration = configuration
        client = APIClient(configuration.name, configuration.manners, surroundings)
    }

    package var name: ProviderName { configuration.name }

    package func read() async -> ProviderReading {
        var reading = CloudflareReading(provider: name, refusedZoneLimit: Self.refusedZoneLimit)
        switch configuration.zones {
        case .all:
            let zones = await allZones(&reading)
            await read(zones, into: &reading)
        case .listed(let references):
            for (index, reference) in references.enumerated() {
                guard !reading.mustStop else {
                    reading.skip(references.count - index)
                    break
                }
                let zones = await zones(reference, &reading)
                await read(zones, into: &reading)
            }
        }
        return reading.result
    }

    package func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> {
        guard let id = ZoneIdentifier(authorization.scope) else { return .failure(foreign(authorization)) }
        switch await zone(id) {
        case .failure(let fault): return .failure(fault.failure)
        case .success(let zone):
            switch await mapped(zone) {
            case .failure(let fault): return .failure(fault.failure)
            case .success(let reading):
                let same = reading.authorizations.first { $0.key == authorization.key }
                return same.map { .success($0) } ?? .failure(gone(authorization, zone))
            }
        }
    }

    package func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        guard let zone = ZoneIdentifier(authorization.scope) else { return .failure(foreign(authorization)) }
        switch style {
        case .retry: return await perform(.retry(zone))
        case .patch:
            guard let method = authorization.method, method != .email,
                let pack = PackIdentifier(authorization.key.id.text)
            else {
                return .failure(
                    impossible(authorization, "a trigger by PATCH", "a certificate pack id and a known method")
                )
            }
            return await perform(.validate(pack, in: zone, by: method, as: .trigger))
        }
    }

    /// Cloudflare renews certificates by itself; there is nothing to begin early.
    package func revalidate(
        _ authorization: Authorization,
        by method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        .failure(impossible(authorization, "a revalidation", "a provider that offers one"))
    }

    package func examine() async -> ProviderExamination {
        ProviderExamination(provider: name, kind: "cloudflare", scope: nil, rights: [], findings: await read().findings)
    }

    package func changeMethod(
        of authorization: Authorization,
        to method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        guard let zone = ZoneIdentifier(authorization.scope) else { return .failure(foreign(authorization)) }
        guard let pack = PackIdentifier(authorization.key.id.text), authorization.method != method,
            authorization.capabilities.methods.contains(method)
        else {
            let offered = authorization.capabilities.methods.map { $0.rawValue }.joined(separator: ", ")
            let wanted = "another method than now, of: \(offered.isEmpty ? "none" : offered)"
            return .failure(impossible(authorization, "a change to \(method.rawValue)", wanted))
        }
        return await perform(.validate(pack, in: zone, by: method, as: .change))
    }

    private func send(_ call: CloudflareCall) async -> Result<JSONValue, APIFault> {
        await client.send(CloudflareRequest(configuration: configuration, call: call))
    }

    private func perform(_ call: CloudflareCall) async -> Result<Void, ProviderFailure> {
        switch await send(call) {
        case .success: .success(())
        case .failure(let fault): .failure(fault.failure)
        }
    }
}

extension CloudflareProvider {
    private func read(_ zones: [CloudflareZone], into reading: inout CloudflareReading) async {
        for (index, zone) in zones.enumerated() {
            guard !reading.mustStop else {
                reading.skip(zones.count - index)
                return
            }
            switch await mapped(zone) {
            case .failure(let fault): reading.add(fault)
            case .success(let mapped): reading.add(mapped)
            }
        }
    }

    private func mapped(_ zone: CloudflareZone) async -> Result<CloudflareZoneReading, APIFault> {
        let call = CloudflareCall.verification(zone.id)
        switch await send(call) {
        case .failure(let fault): return .failure(fault.about(zone.name.text))
        case .success(let document):
            if let mapped = CloudflareMapping(provider: name, zone: zone).map(document) { return .success(mapped) }
            let kind = document["result"].map { $0.kind } ?? "nothing"
            let saw = "\(kind) in \"result\", or more than \(CloudflareMapping.entryLimit) entries"
            return .failure(
                CloudflareJudge(provider: name, call: call).faults.notUnderstood(saw: saw).about(zone.name.text)
            )
        }
    }

    private func zone(_ id: ZoneIdentifier) async -> Result<CloudflareZone, APIFault> {
        if let zone = met.withLock({ $0[id] }) { return .success(zone) }
        let call = CloudflareCall.zone(id)
        switch await send(call) {
        case .failure(let fault): return .failure(fault)
        case .success(let document):
            guard let zone = document["result"].flatMap({ CloudflareZone($0) }), zone.id == id else {
                let fault = CloudflareJudge(provider: name, call: call).faults.notUnderstood(
                    saw: "no id and name of that zone"
                )
                return .failure(fault)
            }
            meet([zone])
            return .success(zone)
        }
    }

    private func zones(_ reference: CloudflareConfiguration.ZoneReference, _ reading: inout CloudflareReading) async
        -> [CloudflareZone]
    {
        switch reference {
        case .id(let id):
            switch await zone(id) {
            case .success(let zone): return [zone]
            case .failure(let fault): reading.add(fault)
            }
        case .name(let wanted):
            let call = CloudflareCall.zones(named: wanted)
            switch await send(call) {
            case .failure(let fault): reading.add(fault)
            case .success(let document):
                guard let page = CloudflareZonePage(document, page: 1) else {
                    let judge = CloudflareJudge(provider: name, call: call).faults
                    reading.add(judge.notUnderstood(saw: "no list in \"result\""))
                    return []
                }
                let zones = page.zones.filter { $0.name == wanted }
                if zones.isEmpty { reading.add(notFound(wanted)) }
                meet(zones)
                return zones
            }
        }
        return []
    }

    private func allZones(_ reading: inout CloudflareReading) async -> [CloudflareZone] {
        var zones: [CloudflareZone] = []
        for page in 1...CloudflareZonePage.pageLimit {
            let call = CloudflareCall.zones(page: page, perPage: CloudflareZonePage.perPage)
            switch await send(call) {
            case .failure(let fault):
                reading.add(fault)
                return zones
            case .success(let document):
                let judge = CloudflareJudge(provider: name, call: call).faults
                guard let content = CloudflareZonePage(document, page: page) else {
                    reading.add(judge.notUnderstood(saw: "no list in \"result\""))
                    return zones
                }
                if content.unreadable > 0 {
                    reading.add(judge.notUnderstood(saw: "\(content.unreadable) zones without a usable id and name"))
                }
                let new = content.zones.filter { !zones.contains($0) }
                zones += new
                meet(new)
                if content.isLast { return zones }
                guard !new.isEmpty else {
                    reading.add(judge.notUnderstood(saw: "page \(page) repeats zones of the pages before it"))
                    return zones
                }
            }
        }
        reading.addTooManyZones()
        return zones
    }

    private func meet(_ zones: [CloudflareZone]) {
        met.withLock { met in
            for zone in zones { met[zone.id] = zone }
        }
    }
}

extension CloudflareProvider {
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

    private func gone(_ authorization: Authorization, _ zone: CloudflareZone) -> ProviderFailure {
        let finding = Finding(
            ProviderFindingCode.authorizationGone,
            .waiting,
            subject: "\(authorization.key)",
            saw: "zone \(zone.name) no longer lists it",
            wanted: "the certificate that was listed before",
            advice: "nothing: it was replaced or deleted; the next run reads the list anew"
        )
        return ProviderFailure(.refused, finding)
    }

    private func foreign(_ authorization: Authorization) -> ProviderFailure {
        impossible(
            authorization,
            "scope \"\(OctetText(authorization.scope.utf8).shortened())\"",
            "a Cloudflare zone id"
        )
    }

    private func impossible(_ authorization: Authorization, _ saw: String, _ wanted: String) -> ProviderFailure {
        let finding = Finding(
            ProviderFindingCode.actionNotPossible,
            .error,
            subject: "\(authorization.key)",
            saw: saw,
            wanted: wanted,
            advice: "nothing was sent; read the provider anew"
        )
        return ProviderFailure(.refused, finding)
    }
}

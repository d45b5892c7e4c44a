// Cloudflare behind the Provider port: which calls are made for a look, a trigger, a change.
package import DCV
import Platform

/// Certificates of Cloudflare zones, through `ssl/verification` and `certificate_packs`; and where the configuration asks
/// for them, custom hostnames.
///
/// Zones are read one after another: the API allows four requests a second and account, and other tools share them.
package final class CloudflareProvider: Provider {
    let configuration: CloudflareConfiguration
    let memory = CloudflareMemory()
    let clock: any Clock
    private let client: APIClient

    package init(_ configuration: CloudflareConfiguration, _ surroundings: ProviderSurroundings) {
        self.configuration = configuration
        clock = surroundings.clock
        client = APIClient(configuration.name, configuration.manners, surroundings)
    }

    package var name: ProviderName { configuration.name }

    package func mayList(_ name: DomainName) -> Bool { configuration.mayList(name) }

    package func read() async -> ProviderReading {
        var reading = CloudflareReading(provider: name)
        switch configuration.zones {
        case .all:
            let zones = await allZones(&reading)
            await read(zones, into: &reading)
        case .listed(let references):
            // A zone may be named twice, by its name and by its id.
            var ids: Set<ZoneIdentifier> = []
            for (index, reference) in references.enumerated() {
                guard !reading.mustStop else {
                    reading.skip(references.count - index)
                    break
                }
                let zones = await zones(reference, &reading).filter { ids.insert($0.id).inserted }
                await read(zones, into: &reading)
            }
        }
        return reading.result
    }

    package func refresh(_ authorization: Authorization) async -> Result<Authorization, ProviderFailure> {
        guard let scope = CloudflareScope(authorization.scope) else { return .failure(foreign(authorization)) }
        do throws(APIFault) {
            let zone = try await zone(scope.zone).get()
            let fresh =
                scope.list == .hostnames
                ? try await freshHostname(authorization.key.id, in: zone)
                : try await freshCertificate(authorization.key.id, in: zone)
            return fresh.map { .success($0) } ?? .failure(gone(authorization, zone))
        } catch {
            return .failure(error.failure)
        }
    }

    package func trigger(_ authorization: Authorization, style: TriggerStyle) async -> Result<Void, ProviderFailure> {
        guard let scope = CloudflareScope(authorization.scope) else { return .failure(foreign(authorization)) }
        if style == .retry {
            guard scope.list == .certificates else {
                return .failure(
                    .notPossible(authorization, saw: "a retry", wanted: "a trigger for this custom hostname alone")
                )
            }
            return await perform(.retry(scope.zone))
        }
        guard let method = authorization.method, method != .email else {
            return .failure(.notPossible(authorization, saw: "a trigger by PATCH", wanted: "a known method"))
        }
        return await validate(authorization, scope, by: method, as: .trigger)
    }

    /// Cloudflare renews certificates by itself; there is nothing to begin early.
    package func revalidate(
        _ authorization: Authorization,
        by method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        .failure(.notPossible(authorization, saw: "a revalidation", wanted: "a provider that offers one"))
    }

    package func changeMethod(
        of authorization: Authorization,
        to method: ValidationMethod
    ) async -> Result<Void, ProviderFailure> {
        guard let scope = CloudflareScope(authorization.scope) else { return .failure(foreign(authorization)) }
        guard authorization.method != method, authorization.capabilities.methods.contains(method) else {
            let offered = authorization.capabilities.methods.map { $0.rawValue }.joined(separator: ", ")
            let wanted = "another method than now, of: \(offered.isEmpty ? "none" : offered)"
            return .failure(.notPossible(authorization, saw: "a change to \(method.rawValue)", wanted: wanted))
        }
        return await validate(authorization, scope, by: method, as: .change)
    }

    package func examine() async -> ProviderExamination { await CloudflareExamination(provider: self).result() }

    /// The PATCH that means both: with the method it has a certificate is looked at again, with another one its issuance
    /// starts anew.
    private func validate(
        _ authorization: Authorization,
        _ scope: CloudflareScope,
        by method: ValidationMethod,
        as kind: CallKind
    ) async -> Result<Void, ProviderFailure> {
        let handle = authorization.key.id
        switch scope.list {
        case .certificates:
            guard let pack = PackIdentifier(handle.text) else {
                return .failure(
                    .notPossible(authorization, saw: "a handle that is no pack", wanted: "a certificate pack id")
                )
            }
            let awaitsRestart = memory.certificate(handle, in: scope.zone)?.awaitsRestart == true
            return await perform(
                kind == .trigger && awaitsRestart
                    ? .restart(pack, in: scope.zone) : .validate(pack, in: scope.zone, by: method, as: kind)
            )
        case .hostnames:
            guard let id = CloudflareScope.hostname(handle), let settings = memory.hostname(handle),
                settings.areComplete
            else {
                let wanted = "a custom hostname whose settings were read, and can be sent back whole"
                return .failure(.notPossible(authorization, saw: "a PATCH of its ssl object", wanted: wanted))
            }
            return await perform(
                .validateHostname(id, in: scope.zone, with: settings.object(method: method), as: kind)
            )
        }
    }

    func send(_ call: CloudflareCall) async -> Result<JSONValue, APIFault> {
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
    private func gone(_ authorization: Authorization, _ zone: CloudflareZone) -> ProviderFailure {
        .gone(
            authorization,
            saw: "zone \(zone.name) no longer lists it",
            wanted: "the certificate that was listed before"
        )
    }

    private func foreign(_ authorization: Authorization) -> ProviderFailure {
        .notPossible(
            authorization,
            saw: "scope \"\(OctetText(authorization.scope.utf8).shortened())\"",
            wanted: "a Cloudflare zone id"
        )
    }
}

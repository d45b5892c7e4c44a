// What a Cloudflare credential may do, found out by reads alone: the token, the zones it opens, the certificates of some.
import DCV
import Platform

struct CloudflareExamination {
    /// Zones whose certificates are read: rights mostly hold for all zones of a credential or for none.
    static let sampleLimit = 3
    /// Configured zones that are looked up.
    static let zoneLimit = 50
    /// Zones that are named in one line.
    static let namesShownLimit = 10

    /// How the sample answered.
    private struct Sample {
        var open: [String] = []
        var closed: [String] = []
        var unclear: [String] = []
    }

    let provider: CloudflareProvider

    func result() async -> ProviderExamination {
        var reading = CloudflareReading(provider: provider.name)
        var sample = Sample()
        var zones: [CloudflareZone] = []
        var hostnames = Sample()
        if await isWorthGoingOn(&reading) {
            zones = await visibleZones(&reading)
            for zone in zones.prefix(Self.sampleLimit) where !reading.mustStop {
                await tryCertificates(of: zone, &sample, &reading)
            }
            if let zone = zones.first, !reading.mustStop { await tryHostnames(of: zone, &hostnames, &reading) }
        }
        let findings = reading.result.findings
        return ProviderExamination(
            provider: provider.name,
            kind: "cloudflare",
            scope: scope(zones),
            rights: [
                zoneRight(zones, findings), readRight(sample, for: "read what waits for validation"),
                writeRight(sample),
            ] + (wantsHostnames ? [readRight(hostnames, for: "read custom hostnames")] : []),
            findings: findings
        )
    }

    /// False when nothing more can be learnt. A token that an account owns is refused here and may be good all the same.
    private func isWorthGoingOn(_ reading: inout CloudflareReading) async -> Bool {
        guard case .token = provider.configuration.credential else { return true }
        switch await provider.send(.verifyToken) {
        case .failure(let fault):
            if [.unauthorized, .refused].contains(fault.failure.kind), fault.reach != .everything { return true }
            reading.add(fault)
            return false
        case .success(let document):
            if let text = document["result"]?["expires_on"]?.string, !text.isEmpty { reading.tell(ending(text)) }
            let status = document["result"]?["status"]?.string ?? ""
            guard status.isEmpty || status == "active" else {
                reading.add(unusable(status))
                return false
            }
            return true
        }
    }

    private func visibleZones(_ reading: inout CloudflareReading) async -> [CloudflareZone] {
        switch provider.configuration.zones {
        case .all: return await provider.allZones(&reading)
        case .listed(let references):
            var zones: [CloudflareZone] = []
            for reference in references.prefix(Self.zoneLimit) where !reading.mustStop {
                let found = await provider.zones(reference, &reading)
                zones += found.filter { zone in !zones.contains { $0.id == zone.id } }
            }
            return zones
        }
    }

    private func tryCertificates(
        of zone: CloudflareZone,
        _ sample: inout Sample,
        _ reading: inout CloudflareReading
    ) async {
        switch await provider.send(.verification(zone.id)) {
        case .success: sample.open.append(zone.name.text)
        case .failure(let fault):
            reading.add(fault.about(zone.name.text))
            if fault.failure.kind == .unauthorized {
                sample.closed.append(zone.name.text)
            } else {
                sample.unclear.append(zone.name.text)
            }
        }
    }

    private var wantsHostnames: Bool { provider.configuration.customHostnames != .none }

    private func tryHostnames(
        of zone: CloudflareZone,
        _ sample: inout Sample,
        _ reading: inout CloudflareReading
    ) async {
        guard wantsHostnames else { return }
        switch await provider.send(.hostnames(of: zone.id, named: nil, page: 1)) {
        case .success: sample.open.append(zone.name.text)
        case .failure(let fault):
            _ = reading.close(.hostnames, by: fault.about(zone.name.text), in: zone)
            if fault.failure.kind == .unauthorized {
                sample.closed.append(zone.name.text)
            } else {
                sample.unclear.append(zone.name.text)
            }
        }
    }
}

extension CloudflareExamination {
    private func scope(_ zones: [CloudflareZone]) -> String? {
        guard !zones.isEmpty else { return nil }
        let names = zones.map { $0.name.text }.listed(upTo: Self.namesShownLimit)
        let count = zones.count == 1 ? "1 zone" : "\(zones.count) zones"
        return "\(count): \(names)\(tried)"
    }

    /// Nothing where every configured zone was looked up.
    private var tried: String {
        guard case .listed(let references) = provider.configuration.zones, references.count > Self.zoneLimit else {
            return ""
        }
        return " (tried for \(Self.zoneLimit) of \(references.count))"
    }

    private func zoneRight(_ zones: [CloudflareZone], _ findings: [Finding]) -> ProviderExamination.Right {
        let isRefused = findings.contains { $0.code == ProviderFindingCode.unauthorized }
        let isUnread = findings.contains { $0.severity == .waiting }
        let state: ProviderExamination.Right.State = !zones.isEmpty ? .granted : isRefused ? .missing : .unknown
        let lack = isUnread ? "the zones could not be read" : "no zone is visible to it"
        return ProviderExamination.Right(
            CloudflareCall.Permission.zoneRead.rawValue,
            for: "find the zones",
            state,
            detail: zones.isEmpty ? lack : nil
        )
    }

    private func readRight(_ sample: Sample, for purpose: String) -> ProviderExamination.Right {
        let state: ProviderExamination.Right.State =
            !sample.closed.isEmpty ? .missing : sample.open.isEmpty || !sample.unclear.isEmpty ? .unknown : .granted
        let detail: String? =
            switch state {
            case .missing: "missing for " + sample.closed.joined(separator: ", ")
            case .granted: "tried for " + sample.open.joined(separator: ", ")
            case .unknown:
                sample.unclear.isEmpty
                    ? "no zone to try it with" : "no usable answer for " + sample.unclear.joined(separator: ", ")
            }
        return ProviderExamination.Right(
            CloudflareCall.Permission.certificatesRead.rawValue,
            for: purpose,
            state,
            detail: detail
        )
    }

    /// Who may write may read; more cannot be told without writing.
    private func writeRight(_ sample: Sample) -> ProviderExamination.Right {
        let isMissing = !sample.closed.isEmpty && sample.open.isEmpty && sample.unclear.isEmpty
        return ProviderExamination.Right(
            CloudflareCall.Permission.certificates.rawValue,
            for: "tell the provider to look, change the validation method",
            isMissing ? .missing : .unknown,
            detail: isMissing ? nil : "no read can tell, and the API does not list a token's permissions"
        )
    }

    private func ending(_ text: String) -> Finding {
        Finding(
            ProviderFindingCode.credentialExpires,
            .notice,
            subject: "\(provider.name): token",
            saw: "it expires at \(OctetText(text.utf8).shortened())",
            advice: "put a new token in place before that day"
        )
    }

    private func unusable(_ status: String) -> Finding {
        Finding(
            ProviderFindingCode.unauthorized,
            .error,
            subject: "\(provider.name): token",
            saw: "its status is \"\(OctetText(status.utf8).shortened())\"",
            wanted: "an active token",
            advice: "make a new token in the dashboard and put it in place of this one"
        )
    }
}

// The calls of Cloudflare's API that the rehearsed one has, and the right that each needs.

/// A call of the provider's API, by method and path; a name in braces stands for one segment.
package enum RehearsedRoute: String, Hashable, Sendable, CaseIterable {
    case zones = "GET /zones"
    case zone = "GET /zones/{zone}"
    case verification = "GET /zones/{zone}/ssl/verification"
    case retry = "GET /zones/{zone}/ssl/verification?retry=true"
    case patch = "PATCH /zones/{zone}/ssl/verification/{pack}"
    case certificatePacks = "GET /zones/{zone}/ssl/certificate_packs"
    case certificatePack = "GET /zones/{zone}/ssl/certificate_packs/{pack}"
    case restart = "PATCH /zones/{zone}/ssl/certificate_packs/{pack}"
    case universalSettings = "GET /zones/{zone}/ssl/universal/settings"
    case delegation = "GET /zones/{zone}/dcv_delegation/uuid"
    case hostnames = "GET /zones/{zone}/custom_hostnames"
    case hostname = "GET /zones/{zone}/custom_hostnames/{hostname}"
    case patchHostname = "PATCH /zones/{zone}/custom_hostnames/{hostname}"
    case records = "GET /zones/{zone}/dns_records"
    case createRecord = "POST /zones/{zone}/dns_records"
    case deleteRecord = "DELETE /zones/{zone}/dns_records/{record}"
    case verifyToken = "GET /user/tokens/verify"
    case verifyAccountToken = "GET /accounts/{account}/tokens/verify"
}

extension RehearsedRoute {
    /// Any one of these rights is enough; none is needed where there is none.
    /// That a read with `retry=true` needs the right to write is an inference: it has an effect.
    var rights: Set<RehearsedPermission> {
        switch self {
        case .zones, .zone: [.zoneRead]
        case .verification, .certificatePacks, .certificatePack, .universalSettings, .delegation, .hostnames, .hostname:
            [.certificatesRead, .certificatesWrite]
        case .retry, .patch, .restart, .patchHostname: [.certificatesWrite]
        case .records: [.dnsRead, .dnsWrite]
        case .createRecord, .deleteRecord: [.dnsWrite]
        case .verifyToken, .verifyAccountToken: []
        }
    }

    /// The route of a request below `/client/v4`, and what stands for the names in braces.
    static func find(method: String, segments: [String], isRetry: Bool) -> (route: Self, ids: [String: String])? {
        for route in allCases where route != .retry {
            guard let ids = route.ids(method: method, segments: segments) else { continue }
            return (route == .verification && isRetry ? .retry : route, ids)
        }
        return nil
    }

    private func ids(method: String, segments: [String]) -> [String: String]? {
        let words = rawValue.split(separator: " ")
        guard words.count == 2, words[0] == method else { return nil }
        let template = words[1].split(separator: "/")
        guard template.count == segments.count else { return nil }
        var ids: [String: String] = [:]
        for (wanted, segment) in zip(template, segments) {
            if wanted.utf8.first == 0x7B {
                guard !segment.isEmpty else { return nil }
                ids[String(wanted.dropFirst().dropLast())] = segment
            } else if wanted != segment {
                return nil
            }
        }
        return ids
    }
}

// What an operator may say about a Cloudflare account, with its meaning: which zones, which credential, which endpoint.
package import DCV
package import Platform

/// A zone's id: 32 hexadecimal digits, so that it can stand in a URL path.
package struct ZoneIdentifier: Hashable, Sendable, CustomStringConvertible {
    package static let lengthOctets = 32
    package let text: String

    package init?(_ text: String) {
        guard text.utf8.count == Self.lengthOctets, text.utf8.allSatisfy(ProofText.isHexDigit) else { return nil }
        self.text = text
    }

    package var description: String { text }
}

/// The id of a certificate pack or a custom hostname: a UUID, or the same 32 digits without hyphens, so that it can
/// stand in a URL path. Both ways of writing it name the same.
package struct PackIdentifier: Hashable, Sendable, CustomStringConvertible {
    private static let groupLengths = [8, 4, 4, 4, 12]
    package let text: String
    private let digits: [UInt8]

    package init?(_ text: String) {
        let groups = Array(text.utf8).split(separator: 0x2D, omittingEmptySubsequences: false)
        guard groups.map({ $0.count }) == Self.groupLengths || groups.map({ $0.count }) == [32],
            groups.joined().allSatisfy(ProofText.isHexDigit)
        else { return nil }
        self.text = text
        digits = groups.joined().map { ASCII.lowercased($0) }
    }

    package var description: String { text }

    package static func == (one: PackIdentifier, other: PackIdentifier) -> Bool { one.digits == other.digits }
    package func hash(into hasher: inout Hasher) { hasher.combine(digits) }
}

package struct CloudflareConfiguration: Sendable {
    package enum ZoneReference: Hashable, Sendable {
        case name(DomainName)
        case id(ZoneIdentifier)
    }

    package enum Zones: Hashable, Sendable {
        /// Every zone that the credential can see.
        case all
        case listed([ZoneReference])
    }

    /// An API token, or the pair of account e-mail and global key: never both.
    package enum Credential: Sendable {
        case token(Secret)
        case emailAndKey(email: Secret, key: Secret)
    }

    /// Which custom hostnames (SSL for SaaS) are read beside the zones' own certificates. It is a paid feature, and each
    /// page of it costs a call.
    package enum CustomHostnames: Hashable, Sendable {
        case none
        case all
        case listed([DomainName])
    }

    package static let productionEndpoint = "https://api.cloudflare.com/client/v4"
    /// Zones written by hand; more are better asked for with `zones: all`.
    package static let zoneLimit = 1000
    /// Custom hostnames written by hand: each costs a call for each zone.
    package static let hostnameLimit = 100

    /// Everything an operator can set.
    package static let keys = ["zones", "custom_hostnames", APIEndpoint.key, "token", "email", "key"]

    package let name: ProviderName
    package let endpoint: APIEndpoint
    package let zones: Zones
    package let customHostnames: CustomHostnames
    package let credential: Credential

    package init(
        name: ProviderName,
        endpoint: APIEndpoint,
        zones: Zones,
        customHostnames: CustomHostnames = .none,
        credential: Credential
    ) {
        self.name = name
        self.endpoint = endpoint
        self.zones = zones
        self.customHostnames = customHostnames
        self.credential = credential
    }

    /// Reads `zones`, `custom_hostnames`, `endpoint` and either `token` or `email` and `key`.
    package init(_ settings: ProviderSettings) throws(ProviderSettingsRefused) {
        var parts = SettingParts(settings, known: Self.keys)
        let endpoint = parts.read(Self.endpoint)
        let zones = parts.read(Self.zones)
        let hosts = parts.read(Self.customHostnames)
        let credential = parts.read(Self.credential)
        guard parts.areSound, let endpoint, let zones, let hosts, let credential else { throw parts.refusal }
        self.init(
            name: settings.name,
            endpoint: endpoint,
            zones: zones,
            customHostnames: hosts,
            credential: credential
        )
    }

    /// Certificates of a zone are for names in it; a custom hostname may be any name.
    package func mayList(_ name: DomainName) -> Bool {
        guard case .listed(let references) = zones else { return true }
        let isInZone = references.contains { reference in
            guard case .name(let apex) = reference else { return true }
            return name.isSubdomain(of: apex)
        }
        switch customHostnames {
        case .none: return isInZone
        case .listed(let hosts): return isInZone || hosts.contains { name.isSubdomain(of: $0) }
        case .all: return true
        }
    }

    private static func endpoint(_ settings: ProviderSettings) throws(ProviderSettingError) -> APIEndpoint {
        try APIEndpoint(settings.text(APIEndpoint.key) ?? productionEndpoint)
    }

    private static func zones(_ settings: ProviderSettings) throws(ProviderSettingError) -> Zones {
        let key = "zones"
        guard case .list(let list) = settings.values[key] else {
            guard try settings.text(key) == "all" else {
                throw ProviderSettingError(key: key, reason: "write all, or a list of zone names or zone ids")
            }
            return .all
        }
        guard !list.isEmpty, list.count <= zoneLimit else {
            throw ProviderSettingError(
                key: key,
                reason: "\(list.count) zones; 1 to \(zoneLimit) can be listed, or write all"
            )
        }
        var references: [ZoneReference] = []
        for text in list {
            let reference: ZoneReference
            if let id = ZoneIdentifier(text) {
                reference = .id(id)
            } else {
                do {
                    reference = .name(try DomainName(text))
                } catch {
                    throw ProviderSettingError(
                        key: key,
                        reason: "neither a zone name nor a zone id: \(error.told(as: .name))"
                    )
                }
            }
            if !references.contains(reference) { references.append(reference) }
        }
        return .listed(references)
    }

    private static func customHostnames(_ settings: ProviderSettings) throws(ProviderSettingError) -> CustomHostnames {
        let key = "custom_hostnames"
        guard case .list(let list) = settings.values[key] else {
            switch try settings.text(key) {
            case nil, "false": return .none
            case "true": return .all
            default: throw ProviderSettingError(key: key, reason: "write true, false, or a list of host names")
            }
        }
        guard !list.isEmpty, list.count <= hostnameLimit else {
            let reason = "\(list.count) names; 1 to \(hostnameLimit) can be listed, or write true"
            throw ProviderSettingError(key: key, reason: reason)
        }
        var names: [DomainName] = []
        for text in list {
            do {
                let name = try DomainName(text)
                if !names.contains(name) { names.append(name) }
            } catch {
                throw ProviderSettingError(key: key, reason: "not a host name: \(error.told(as: .name))")
            }
        }
        return .listed(names)
    }

    private static func credential(_ settings: ProviderSettings) throws(ProviderSettingError) -> Credential {
        switch (try settings.secret("token"), try email(settings), try settings.secret("key")) {
        case (let token?, nil, nil): return .token(token)
        case (nil, let email?, let key?): return .emailAndKey(email: email, key: key)
        case (nil, nil, nil): throw ProviderSettingError(key: "token", reason: "missing: write token, or email and key")
        case (.some, _, _):
            throw ProviderSettingError(key: "token", reason: "write token, or email and key: never both")
        case (nil, nil, .some): throw ProviderSettingError(key: "email", reason: "missing: a key goes with its e-mail")
        case (nil, .some, nil): throw ProviderSettingError(key: "key", reason: "missing: an e-mail goes with its key")
        }
    }

    /// The account's e-mail: no secret by itself, but one may keep it with the key.
    private static func email(_ settings: ProviderSettings) throws(ProviderSettingError) -> Secret? {
        if case .secret(let secret) = settings.values["email"] { return secret }
        guard let text = try settings.text("email") else { return nil }
        guard let email = Secret(text.utf8) else { throw ProviderSettingError(key: "email", reason: "empty") }
        return email
    }
}

// What an operator may say about a DigiCert CertCentral account, with its meaning: the key, the region, and whether orders are read.
package import DCV
package import Platform

package struct DigiCertConfiguration: Sendable {
    /// Where the account lives: a key of one region is unknown in the other.
    package enum Region: String, Hashable, Sendable, CaseIterable {
        case us, eu

        package var endpoint: String {
            switch self {
            case .us: "https://www.digicert.com/services/v2"
            case .eu: "https://certcentral.digicert.eu/services/v2"
            }
        }
    }

    /// Everything an operator can set.
    package static let keys = ["api_key", "region", APIEndpoint.key, "orders"]

    package let name: ProviderName
    package let endpoint: APIEndpoint
    package let apiKey: Secret
    /// Whether pending orders are read beside the domains: a call for their list, and one or two more for each of them.
    package let readsOrders: Bool

    /// Reads `api_key`, `region` (us unless said) or `endpoint`, and `orders` (true unless said).
    package init(_ settings: ProviderSettings) throws(ProviderSettingsRefused) {
        var parts = SettingParts(settings, known: Self.keys)
        let endpoint = parts.read(Self.endpoint)
        let key = parts.read(Self.apiKey)
        let orders = parts.read(Self.readsOrders)
        guard parts.areSound, let endpoint, let key, let orders else { throw parts.refusal }
        name = settings.name
        self.endpoint = endpoint
        apiKey = key
        readsOrders = orders
    }

    private static func apiKey(_ settings: ProviderSettings) throws(ProviderSettingError) -> Secret {
        guard let key = try settings.secret("api_key") else {
            throw ProviderSettingError(key: "api_key", reason: "missing: write where the CertCentral API key is found")
        }
        return key
    }

    private static func readsOrders(_ settings: ProviderSettings) throws(ProviderSettingError) -> Bool {
        switch try settings.text("orders") {
        case nil, "true": return true
        case "false": return false
        case .some: throw ProviderSettingError(key: "orders", reason: "write true or false")
        }
    }

    private static func endpoint(_ settings: ProviderSettings) throws(ProviderSettingError) -> APIEndpoint {
        let endpoint = try settings.text(APIEndpoint.key)
        guard let word = try settings.text("region") else {
            return try APIEndpoint(endpoint ?? Region.us.endpoint)
        }
        guard endpoint == nil else {
            throw ProviderSettingError(key: "region", reason: "write region or \(APIEndpoint.key): never both")
        }
        guard let region = Region(rawValue: word) else {
            let known = Region.allCases.map { $0.rawValue }.joined(separator: " or ")
            throw ProviderSettingError(key: "region", reason: "write \(known)")
        }
        return try APIEndpoint(region.endpoint)
    }
}

extension DigiCertConfiguration {
    /// From one request to the next at least: three a second, because other tools share the key's limits.
    static let requestGapMilliseconds: Int64 = 340
    /// For a key, in any window of that length.
    static let limits = [
        CallLimit(count: 100, windowMilliseconds: 5_000), CallLimit(count: 1000, windowMilliseconds: 180_000),
    ]

    var manners: APIManners {
        APIManners(requestGapMilliseconds: Self.requestGapMilliseconds, limits: Self.limits, secrets: [apiKey])
    }
}

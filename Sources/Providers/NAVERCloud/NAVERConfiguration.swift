// What an operator may say about a NAVER Cloud account, with its meaning: which key pair, which endpoint, which type
// the records have.
package import DCV
package import Platform

package struct NAVERConfiguration: Sendable {
    /// How a record's type is found: NAVER Cloud names it nowhere.
    package enum RecordChoice: String, Sendable, CaseIterable {
        /// From the value: a host name of a CA is a CNAME's target, everything else a TXT token.
        case auto
        case txt, cname
    }

    package static let productionEndpoint = "https://certificatemanager.apigw.ntruss.com"

    /// Everything an operator can set.
    package static let keys = ["access_key", "secret_key", "zone", "records", APIEndpoint.key]

    package let name: ProviderName
    package let endpoint: APIEndpoint
    package let accessKey: Secret
    package let secretKey: Secret
    package let records: RecordChoice

    /// Reads `access_key` and `secret_key`, and, where they stand, `zone`, `records` and `endpoint`.
    package init(_ settings: ProviderSettings) throws(ProviderSettingsRefused) {
        var parts = SettingParts(settings, known: Self.keys)
        let endpoint = parts.read(Self.endpoint)
        _ = parts.read(Self.checkZone)
        let access = parts.read { (settings) throws(ProviderSettingError) in try Self.secret("access_key", settings) }
        let secret = parts.read { (settings) throws(ProviderSettingError) in try Self.secret("secret_key", settings) }
        let records = parts.read(Self.records)
        guard parts.areSound, let endpoint, let access, let secret, let records else { throw parts.refusal }
        name = settings.name
        self.endpoint = endpoint
        accessKey = access
        secretKey = secret
        self.records = records
    }

    private static func endpoint(_ settings: ProviderSettings) throws(ProviderSettingError) -> APIEndpoint {
        try APIEndpoint(settings.text(APIEndpoint.key) ?? productionEndpoint)
    }

    private static func secret(_ key: String, _ settings: ProviderSettings) throws(ProviderSettingError) -> Secret {
        guard let secret = try settings.secret(key) else {
            throw ProviderSettingError(
                key: key,
                reason: "missing: write access_key and secret_key, an API authentication key of the main account"
            )
        }
        return secret
    }

    /// Validation records are in API 2.0 of Certificate Manager alone, and that exists in one of the three zones.
    private static func checkZone(_ settings: ProviderSettings) throws(ProviderSettingError) {
        let key = "zone"
        switch try settings.text(key) {
        case nil, "public": return
        case "government", "financial":
            throw ProviderSettingError(
                key: key,
                reason: "the government and financial zones have only API 1.0 of Certificate Manager, which names no "
                    + "validation record; API 2.0, which does, exists in the public zone alone"
            )
        case .some: throw ProviderSettingError(key: key, reason: "write public, the one zone that can be read")
        }
    }

    private static func records(_ settings: ProviderSettings) throws(ProviderSettingError) -> RecordChoice {
        let key = "records"
        guard let text = try settings.text(key) else { return .auto }
        guard let choice = RecordChoice(rawValue: text) else {
            let all = RecordChoice.allCases.map { $0.rawValue }.joined(separator: ", ")
            throw ProviderSettingError(key: key, reason: "write one of \(all)")
        }
        return choice
    }
}

extension NAVERConfiguration {
    /// From one request to the next at least, repetitions included. NAVER Cloud publishes no number for this API, so
    /// this is modesty, and there is no limit to count against: a 429 is obeyed when it comes.
    static let requestGapMilliseconds: Int64 = 250

    var manners: APIManners {
        APIManners(
            requestGapMilliseconds: Self.requestGapMilliseconds,
            limits: [],
            secrets: [accessKey, secretKey]
        )
    }
}

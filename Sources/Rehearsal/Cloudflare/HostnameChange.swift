// The body of a PATCH of a custom hostname: what may stand in it, and what it does to what it leaves out.

struct HostnameChange: Sendable {
    /// nil: the certificate is not spoken of, and nobody looks.
    let method: String?
    let bundleMethod: String?
    let settings: [String: RehearsedHostname.Setting]
    let customOriginServer: String?

    init(_ body: JSONText) {
        let certificate = body["ssl"]
        method = certificate?["method"]?.asString
        bundleMethod = certificate?["bundle_method"]?.asString
        var settings: [String: RehearsedHostname.Setting] = [:]
        for key in certificate?["settings"]?.keys ?? [] {
            let value = certificate?["settings"]?[key]
            if let text = value?.asString { settings[key] = .text(text) }
            if let texts = value?.elements?.compactMap(\.asString) { settings[key] = .list(texts) }
        }
        self.settings = settings
        customOriginServer = body["custom_origin_server"]?.asString
    }

    /// Writes down what needs no look. Settings that the certificate's object leaves out fall back to what they were
    /// before anybody set them.
    func apply(to hostname: inout RehearsedHostname) {
        if let customOriginServer { hostname.customOriginServer = customOriginServer }
        guard method != nil else { return }
        hostname.resets += hostname.settings.keys.filter { settings[$0] == nil }.sorted()
        hostname.settings = settings
        if let bundleMethod { hostname.bundleMethod = bundleMethod }
    }

    // MARK: The form, in the provider's words and numbers

    private static let memberNames: Set<String> = [
        "ssl", "custom_metadata", "custom_origin_server", "custom_origin_sni",
    ]
    private static let certificateNames: Set<String> = [
        "method", "type", "settings", "bundle_method", "wildcard", "certificate_authority", "cloudflare_branding",
    ]
    private static let switches: [String: Int] = ["http2": 1422, "tls_1_3": 1424, "early_hints": 1434]

    static func complaint(_ body: JSONText) -> Complaint? {
        if let key = body.keys?.first(where: { !memberNames.contains($0) }) {
            return Complaint("a member \(key), which this call does not take")
        }
        guard let certificate = body["ssl"] else { return nil }
        guard let keys = certificate.keys, keys.allSatisfy({ certificateNames.contains($0) }) else { return invalid }
        guard certificate["method"] != nil, certificate["type"] != nil else {
            return Complaint("Both validation type and validation method are required.", code: 1440)
        }
        guard let method = certificate["method"]?.asString, ["http", "email", "txt"].contains(method) else {
            return Complaint(
                "The validation method is not supported. Only `http`, `email`, or `txt` are accepted.",
                code: 1432
            )
        }
        guard certificate["type"]?.asString == "dv" else {
            return Complaint("The validation type is not supported. Only 'dv' is accepted.", code: 1433)
        }
        if let bundle = certificate["bundle_method"] {
            guard ["ubiquitous", "optimal", "force"].contains(bundle.asString) else {
                return Complaint("`bundle_method` must be one of: ubiquitous, optimal, force.", code: 1449)
            }
        }
        if let wildcard = certificate["wildcard"], wildcard.asBool == nil { return invalid }
        return certificate["settings"].flatMap(settingsComplaint)
    }

    private static let invalid = Complaint("The SSL attribute is invalid. Refer to the API documentation.", code: 1434)

    private static func settingsComplaint(_ settings: JSONText) -> Complaint? {
        guard let keys = settings.keys else { return invalid }
        for key in keys {
            let value = settings[key]
            if let code = switches[key] {
                guard ["on", "off"].contains(value?.asString) else {
                    return Complaint("Invalid `\(key)` setting. Only 'on' or 'off' is accepted.", code: code)
                }
            } else if key == "min_tls_version" {
                guard ["1.0", "1.1", "1.2", "1.3"].contains(value?.asString) else {
                    return Complaint("Invalid `min_tls_version` setting.", code: 1425)
                }
            } else if key == "ciphers" {
                guard let list = value?.elements, list.allSatisfy({ $0.asString != nil }) else {
                    return Complaint("Invalid `ciphers` setting.", code: 1442)
                }
            } else {
                return invalid
            }
        }
        return nil
    }
}

// The files of a world: a configuration that works as it is, the root hints and the providers' credentials.
import DCV
import FoundationEssentials

extension RehearsedWorld {
    static func zoneFolder(_ apex: DomainName, in folder: String) -> String { folder + "/zones/" + apex.text }
    static func webRoot(in folder: String) -> String { folder + "/webroot" }

    /// A configuration of `dnsproof` for this world.
    package var configurationPath: String { folder + "/config.yaml" }
    package var rootHintsPath: String { folder + "/root.hints" }
    package var tokenPath: String { folder + "/token" }
    private var accessKeyPath: String { folder + "/naver-access" }
    private var secretKeyPath: String { folder + "/naver-secret" }
    private var digiCertKeyPath: String { folder + "/digicert-key" }

    func writeFiles() throws {
        try write(tree.rootHints, to: rootHintsPath)
        try write(token + "\n", to: tokenPath)
        if naver != nil {
            try write(naverKey.accessKey + "\n", to: accessKeyPath)
            try write(naverKey.secretKey + "\n", to: secretKeyPath)
        }
        if digicert != nil { try write(digiCertKey + "\n", to: digiCertKeyPath) }
        try write(configuration, to: configurationPath)
    }

    /// DESIGN 6, with the laboratory block that opens this world's addresses and no others' ports.
    var configuration: String {
        var lines = [
            "# Written by the rehearsal \"\(scenario.name)\": \(scenario.summary).", "version: 1",
            "state: \(Self.quoted(folder + "/state"))", "providers:",
        ]
        lines += providerLines + ["publishers:"]
        lines += scenario.sites.map { site in
            "  \(Self.publisherName(site)): { hook: rehearsal,"
                + " settings: { folder: \(Self.quoted(Self.zoneFolder(site.apex, in: folder))) } }"
        }
        lines += ["  web: { hook: webroot, settings: { root: \(Self.quoted(Self.webRoot(in: folder))) } }", "zones:"]
        lines += scenario.sites.map { site in
            let publishers = site.means.map { means in
                switch means {
                case .dns: Self.publisherName(site)
                case .web: "web"
                }
            }
            return "  \(site.apex): { publishers: [\(publishers.joined(separator: ", "))], policy: default }"
        }
        lines.append(
            "laboratory: { dns_port: \(nameServers.port), http_port: \(web.port),"
                + " root_hints: \(Self.quoted(rootHintsPath)), allow_networks: [127.0.0.0/8] }"
        )
        return lines.joined(separator: "\n") + "\n"
    }

    private var providerLines: [String] {
        var lines = [
            "  - { name: cf, kind: cloudflare, token: { file: \(Self.quoted(tokenPath)) }, zones: all,"
                + " endpoint: \(Self.quoted(cloudflare.endpoint)) }"
        ]
        if let naver {
            lines.append(
                "  - { name: naver, kind: naver-cloud, access_key: { file: \(Self.quoted(accessKeyPath)) },"
                    + " secret_key: { file: \(Self.quoted(secretKeyPath)) },"
                    + " endpoint: \(Self.quoted(naver.endpoint)) }"
            )
        }
        if let digicert {
            lines.append(
                "  - { name: digicert, kind: digicert, api_key: { file: \(Self.quoted(digiCertKeyPath)) },"
                    + " endpoint: \(Self.quoted(digicert.endpoint)) }"
            )
        }
        return lines
    }

    private static func publisherName(_ site: RehearsalScenario.Site) -> String { "dns-" + site.apex.text }

    /// A YAML scalar in single quotes, in which only the quote itself has a meaning.
    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// Files for the user alone: the token is one, and one rule is enough.
    private func write(_ text: String, to path: String) throws {
        let isWritten = FileManager.default.createFile(
            atPath: path,
            contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        guard isWritten else { throw RehearsalError("\(path) cannot be written") }
    }
}

// config.yaml -> Configuration: the keys of the file stand here, and nowhere else.
import DCV
import Platform
import Yams

/// Reads the configuration file (DESIGN 6).
package enum ConfigurationFile {
    private static let topKeys = [
        "version", "state", "providers", "publishers", "resolvers", "zones", "via", "laboratory",
    ]

    /// - Parameters:
    ///   - file: the path as people know it; it stands in every fault.
    ///   - providerKinds: the kinds the catalog knows, each with its keys.
    /// - Returns: what could be understood, with every fault of the file. Only of a file without faults it is what its author meant.
    package static func read(
        _ bytes: [UInt8],
        file: String,
        providerKinds: [String: [String]]
    ) -> Understood<Configuration> {
        var reader = YAMLReader(file: file)
        var configuration = Configuration(file: file)
        if let root = reader.document(bytes) {
            configuration = read(root, file, providerKinds, &reader)
        }
        return Understood(configuration, reader.faults)
    }

    /// The names that stand as keys in a block, also those whose sections are not understood, so that nobody who names one of them is
    /// blamed; nil where the block is no mapping.
    private static func names(_ block: Node?) -> Set<String>? {
        guard let block else { return [] }
        return block.mapping.map { Set($0.keys.compactMap(\.string)) }
    }

    static func checkVersion(_ node: Node?, _ root: Node, _ reader: inout YAMLReader) {
        guard let node else {
            reader.fault(root, "has no `version: 1`", .keyMissing)
            return
        }
        if node.scalar?.string != "1" { reader.fault(node, "version must be 1: this program reads no other") }
    }

    private static func read(
        _ root: Node,
        _ file: String,
        _ providerKinds: [String: [String]],
        _ reader: inout YAMLReader
    ) -> Configuration {
        let top = reader.mapping(root, "the configuration", known: topKeys)
        checkVersion(top["version"], root, &reader)
        let folder = Paths.folder(of: file)
        let state = top["state"].flatMap { reader.text($0, "state") }
        let providers = top["providers"].map { readProviders($0, providerKinds, folder, &reader) } ?? []
        let publishers = top["publishers"].map { readPublishers($0, folder, &reader) } ?? []
        let resolvers = top["resolvers"].map { ResolverSections.read($0, folder, &reader) } ?? []
        let resolverNames = names(top["resolvers"])
        let zones = top["zones"].map { readZones($0, names(top["publishers"]), &reader) } ?? []
        let laboratory = top["laboratory"].map { LaboratorySection.read($0, folder, &reader) }
        return Configuration(
            file: file,
            statePath: state.map { Paths.resolve($0, in: folder) },
            providers: providers,
            publishers: publishers,
            resolvers: resolvers,
            resolverNames: resolverNames,
            zones: zones,
            via: top["via"].flatMap { readVia($0, resolvers, resolverNames, &reader) },
            laboratory: laboratory
        )
    }

    private static func readProviders(
        _ node: Node,
        _ kinds: [String: [String]],
        _ folder: String,
        _ reader: inout YAMLReader
    ) -> [Configuration.ProviderSection] {
        var seen: Set<ProviderName> = []
        var sections: [Configuration.ProviderSection] = []
        for item in reader.list(node, "providers") {
            guard item.mapping != nil else {
                reader.fault(item, "a provider must be a mapping with name and kind")
                continue
            }
            let name = providerName(item, &seen, &reader)
            guard let kindNode = item["kind"], let kind = reader.text(kindNode, "kind") else {
                if item["kind"] == nil { reader.fault(item, "the provider has no kind", .keyMissing) }
                continue
            }
            guard let keys = kinds[kind] else {
                let hint = Nearest.hint(kind, among: Array(kinds.keys))
                reader.fault(kindNode, "unknown kind of provider \"\(kind)\"\(hint)", .nameUnknown)
                continue
            }
            let section = readProvider(item, name, kind, keys, folder, &reader)
            if let section { sections.append(section) }
        }
        return sections
    }

    private static func providerName(
        _ item: Node,
        _ seen: inout Set<ProviderName>,
        _ reader: inout YAMLReader
    ) -> ProviderName? {
        guard let node = item["name"] else {
            reader.fault(item, "the provider has no name", .keyMissing)
            return nil
        }
        guard let text = reader.text(node, "name") else { return nil }
        guard let name = try? ProviderName(text) else {
            reader.fault(node, "a provider's name holds letters, digits, - _ . and begins with a letter or digit")
            return nil
        }
        if let client = ACMEClient(name) {
            let text =
                "\"\(name)\" is what the journal calls records of \(client.rawValue) when it calls `dnsproof hook`"
            reader.fault(node, "\(text); name the provider otherwise")
        }
        if !seen.insert(name).inserted { reader.fault(node, "two providers are named \"\(name)\"") }
        return name
    }

    private static func readProvider(
        _ item: Node,
        _ name: ProviderName?,
        _ kind: String,
        _ keys: [String],
        _ folder: String,
        _ reader: inout YAMLReader
    ) -> Configuration.ProviderSection? {
        let article = "aeiou".contains(kind.prefix(1)) ? "an" : "a"
        let values = reader.mapping(item, "\(article) \(kind) provider", known: ["name", "kind"] + keys)
        var fields: [String: Configuration.Field] = [:]
        for (key, value) in values where key != "name" && key != "kind" {
            fields[key] = VariableSections.field(value, key, folder, &reader)
        }
        // A misspelt key stands for the one it is nearest to.
        let written = item.mapping.map { $0.keys.compactMap(\.string) } ?? []
        let misspelt = written.filter { values[$0] == nil }.flatMap { Nearest.words($0, among: keys) }
        let spoilt = Set(values.keys.filter { fields[$0] == nil } + misspelt)
        return name.map { .init(name: $0, kind: kind, place: reader.place(item), fields: fields, spoilt: spoilt) }
    }

    private static func readPublishers(
        _ node: Node,
        _ folder: String,
        _ reader: inout YAMLReader
    ) -> [Configuration.PublisherSection] {
        reader.pairs(node, "publishers").compactMap { key, value -> Configuration.PublisherSection? in
            guard let name = reader.text(key, "a publisher's name") else { return nil }
            let keys = reader.mapping(
                value,
                "publisher \(name)",
                known: ["hook", "settings", "secrets", "user"] + DialectSections.keys
            )
            guard let hookNode = keys["hook"], let hook = reader.text(hookNode, "hook") else {
                if keys["hook"] == nil { reader.fault(key, "publisher \(name) has no hook", .keyMissing) }
                return nil
            }
            return .init(
                name: name,
                hook: hook.utf8.contains(0x2F) ? Paths.resolve(hook, in: folder) : hook,
                place: reader.place(hookNode),
                settings: VariableSections.settings(keys["settings"], &reader),
                secrets: VariableSections.secrets(keys["secrets"], folder, &reader),
                dialect: DialectSections.read(keys, key, "publisher \(name)", folder, &reader),
                user: keys["user"].flatMap { node in
                    reader.text(node, "user").map { .init(name: $0, place: reader.place(node)) }
                }
            )
        }
    }

    private static func readVia(
        _ node: Node,
        _ resolvers: [Configuration.ResolverSection],
        _ names: Set<String>?,
        _ reader: inout YAMLReader
    ) -> Configuration.ResolverSection? {
        guard let name = reader.text(node, "via") else { return nil }
        if let names, !names.contains(name) {
            reader.fault(
                node,
                "no resolver is named \"\(name)\"\(Nearest.hint(name, among: Array(names)))",
                .nameUnknown
            )
        }
        return resolvers.first { $0.name == name }
    }

    private static func readZones(
        _ node: Node,
        _ known: Set<String>?,
        _ reader: inout YAMLReader
    ) -> [Configuration.ZoneSection] {
        reader.pairs(node, "zones").map { key, value in
            // Whatever is wrong with the name, what it names is looked at, too.
            let apex = key.string == "*" ? nil : zoneName(key, &reader)
            let what = "zone \(apex?.text ?? key.string.map { OctetText($0.utf8).shortened() } ?? "*")"
            let keys = reader.mapping(value, what, known: ["publishers", "policy"])
            var publishers: [String] = []
            for node in reader.list(keys["publishers"], "publishers of \(what)") {
                guard let name = reader.text(node, "a publisher's name") else { continue }
                if let known, !known.contains(name) {
                    let hint = Nearest.hint(name, among: Array(known))
                    reader.fault(node, "no publisher is named \"\(name)\"\(hint)", .nameUnknown)
                }
                publishers.append(name)
            }
            let policy = keys["policy"].flatMap { reader.text($0, "policy of \(what)") } ?? "default"
            return .init(
                apex: apex,
                publishers: publishers,
                policy: policy,
                place: reader.place(keys["policy"] ?? key)
            )
        }
    }
}

extension ConfigurationFile {
    private static func zoneName(_ key: Node, _ reader: inout YAMLReader) -> DomainName? {
        guard let name = reader.name(key) else { return nil }
        // A single label is a top-level domain: a rule for all of it is a slip of the pen.
        guard name.labels.count >= 2 else {
            reader.fault(key, "\"\(name)\" is a public suffix, not a zone of yours; use \"*\" for all zones")
            return nil
        }
        return name
    }
}

/// The `laboratory:` block: the only thing that opens the guard against special-use addresses.
enum LaboratorySection {
    static func read(_ node: Node, _ folder: String, _ reader: inout YAMLReader) -> Configuration.Laboratory {
        let known = ["dns_port", "http_port", "https_port", "root_hints", "trust_anchors", "allow_networks"]
        let keys = reader.mapping(node, "laboratory", known: known)
        var laboratory = Configuration.Laboratory()
        func port(_ key: String) -> UInt16? {
            keys[key].flatMap { reader.integer($0, key, in: 1...65_535) }.map { UInt16(truncatingIfNeeded: $0) }
        }
        laboratory.dnsPort = port("dns_port") ?? laboratory.dnsPort
        laboratory.httpPort = port("http_port") ?? laboratory.httpPort
        laboratory.httpsPort = port("https_port") ?? laboratory.httpsPort
        laboratory.rootHintsPath = keys["root_hints"].flatMap { reader.text($0, "root_hints") }
            .map { Paths.resolve($0, in: folder) }
        laboratory.trustAnchorsPath = keys["trust_anchors"].flatMap { reader.text($0, "trust_anchors") }
            .map { Paths.resolve($0, in: folder) }
        for node in reader.list(keys["allow_networks"], "allow_networks") {
            guard let text = reader.text(node, "a network") else { continue }
            if let network = IPNetwork(text) {
                laboratory.allowedNetworks.append(network)
            } else {
                reader.fault(node, "\"\(text)\" is no network such as 127.0.0.0/8")
            }
        }
        return laboratory
    }
}

// `dialect:` of a publisher: which keys stand beside it, where its programs are, and what it cannot do for a zone.
import DCV
import Platform
import Yams

enum DialectSections {
    private typealias Dialect = ForeignHook.Dialect

    static let keys = ["dialect", "cleanup", "acme_sh", "lexicon"]
    static let lexiconPath = "/usr/bin/lexicon"

    /// The one key that a dialect has for itself.
    private static func companionKey(_ dialect: Dialect) -> String? {
        switch dialect {
        case .certbot: "cleanup"
        case .acmeSh: "acme_sh"
        case .lexicon: "lexicon"
        case .dehydrated, .lego, .legoRaw: nil
        }
    }

    static func read(
        _ values: [String: Node],
        _ key: Node,
        _ what: String,
        _ folder: String,
        _ reader: inout YAMLReader
    ) -> Configuration.DialectSection? {
        let dialect = values["dialect"].flatMap { reader.word($0, "dialect", Dialect.self) }
        let own = dialect.flatMap(companionKey)
        for (name, node) in values where keys.contains(name) && name != "dialect" && name != own {
            if values["dialect"] != nil, dialect == nil { continue }
            let owner = Dialect.allCases.first { companionKey($0) == name }.map(\.rawValue) ?? ""
            reader.fault(node, "\(what): \(name) belongs to dialect: \(owner)")
        }
        guard let dialect, let node = values["dialect"] else { return nil }
        if dialect == .legoRaw {
            reader.fault(
                node,
                "\(what): lego's raw mode hands over a key authorization, and its hook hashes it; providers tell the hash alone, from "
                    + "which nobody can make the other. Use the hook's default mode: dialect: lego"
            )
        }
        let companion = own.flatMap { values[$0] }.flatMap { reader.text($0, own ?? "") }
        if let own, companion == nil, dialect != .lexicon, values[own] == nil {
            reader.fault(key, "\(what): dialect \(dialect.rawValue) needs \(own):", .keyMissing)
        }
        return .init(
            dialect: dialect,
            place: reader.place(node),
            // A program's name alone is looked up as hooks are; the others are paths.
            companion: companion.map {
                dialect == .certbot && !$0.utf8.contains(0x2F) ? $0 : Paths.resolve($0, in: folder)
            }
        )
    }
}

extension ConfigurationLoader {
    /// The program of a publisher, found and checked, and how it is called where it was written for another tool. Nil where a key is
    /// missing, which is told already.
    func program(
        of publisher: Configuration.PublisherSection,
        _ folders: [String]
    ) throws -> (path: String, foreign: ForeignHook?)? {
        guard let section = publisher.dialect else { return (try hook(publisher.hook, folders), nil) }
        switch section.dialect {
        case .certbot:
            let auth = try hook(publisher.hook, folders)
            guard let companion = section.companion else { return nil }
            return (auth, .certbot(auth: auth, cleanup: try hook(companion, folders)))
        case .dehydrated:
            let path = try hook(publisher.hook, folders)
            return (path, .dehydrated(program: path))
        case .lego, .legoRaw:
            let path = try hook(publisher.hook, folders)
            return (path, .lego(program: path))
        case .acmeSh:
            let function = try word(
                publisher.hook,
                "the name of a file in acme.sh's dnsapi/ without .sh, such as dns_pdns"
            )
            guard let home = section.companion.map(absolute) else { return nil }
            let (acmeSh, script) = (home + "/acme.sh", "\(home)/dnsapi/\(function).sh")
            for file in [acmeSh, script] { try ProgramFile.check(file) }
            return (ForeignHook.shell, .acmeSh(acmeSh: acmeSh, script: script, function: function))
        case .lexicon:
            let provider = try word(publisher.hook, "a provider in lexicon's words, such as powerdns")
            let path = try hook(section.companion ?? DialectSections.lexiconPath, folders)
            return (path, .lexicon(program: path, provider: provider))
        }
    }

    private func hook(_ word: String, _ folders: [String]) throws -> String {
        let hook = word.utf8.contains(0x2F) ? absolute(word) : word
        let path = try HookLocation.path(of: hook, folders: folders, exists: exists)
        try ProgramFile.check(path)
        return path
    }

    /// A word that becomes a function's name or a subcommand: nothing in it may be anything else.
    private func word(_ text: String, _ what: String) throws(DialectWordError) -> String {
        let isWord =
            (1...HookLocation.nameLimitBytes).contains(text.utf8.count) && text.utf8.first != 0x2D
            && text.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "_-".utf8.contains($0) }
        guard isWord else { throw DialectWordError(text: text, wanted: what) }
        return text
    }

    /// Zones in which a dialect can do nothing that the policy lists: it would wait there for ever.
    static func unusableDialects(
        _ configuration: Configuration,
        _ foreign: [String: ForeignHook],
        _ policies: [String: PolicyDocument]
    ) -> [ConfigurationFault] {
        configuration.zones.flatMap { zone -> [ConfigurationFault] in
            let methods = policies[zone.policy]?.policy.methods ?? []
            guard !methods.isEmpty else { return [] }
            return zone.publishers.compactMap { name -> ConfigurationFault? in
                guard let hook = foreign[name],
                    let section = configuration.publishers.first(where: { $0.name == name }),
                    let dialect = section.dialect,
                    !hook.description.kinds.contains(where: { methods.contains($0.method) })
                else { return nil }
                let kinds = hook.description.kinds.sorted().map(\.rawValue).joined(separator: ", ")
                let wanted = methods.map(\.rawValue).joined(separator: ", ")
                return ConfigurationFault(
                    .value,
                    dialect.place,
                    "publisher \(name): dialect \(dialect.dialect.rawValue) publishes \(kinds) alone, and policy \(zone.policy) of "
                        + "zone \(zone.apex?.text ?? "*") allows \(wanted); take it out of that zone, or change methods"
                )
            }
        }
    }
}

/// A hook's word that is none: a fault of the configuration.
struct DialectWordError: Error, Hashable, Sendable, CustomStringConvertible {
    let text: String
    let wanted: String

    var description: String { "hook \"\(OctetText(text.utf8).shortened())\" is not \(wanted)" }
}

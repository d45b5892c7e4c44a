// Settings and secrets as they stand in the configuration, the same for publishers and providers.
import DCV
import Platform
import Yams

enum VariableSections {
    /// One key of a provider. `settings`, `secrets` and `program` mean the same for every kind of provider that has them.
    static func field(
        _ node: Node,
        _ key: String,
        _ folder: String,
        _ reader: inout YAMLReader
    ) -> Configuration.Field? {
        let value: Configuration.Field.Value? =
            switch key {
            case "settings": .texts(settings(node, &reader))
            case "secrets": .secrets(secrets(node, folder, &reader))
            case "program": reader.text(node, key).map { .program($0) }
            default: plain(node, key, folder, &reader)
            }
        return value.map { .init(value: $0, place: reader.place(node)) }
    }

    private static func plain(
        _ node: Node,
        _ key: String,
        _ folder: String,
        _ reader: inout YAMLReader
    ) -> Configuration.Field.Value? {
        if node.mapping != nil { return secret(node, key, folder, &reader).map { .secret($0) } }
        if node.sequence != nil {
            return .list(reader.list(node, key).compactMap { reader.text($0, "an item of \(key)") })
        }
        return reader.text(node, key).map { .text($0) }
    }

    static func settings(_ node: Node?, _ reader: inout YAMLReader) -> [String: String] {
        var settings: [String: String] = [:]
        for (key, value) in reader.pairs(node, "settings") {
            guard let setting = variableKey(key, "a setting", &reader) else { continue }
            settings[setting] = reader.text(value, "setting \(setting)")
        }
        return settings
    }

    static func secrets(
        _ node: Node?,
        _ folder: String,
        _ reader: inout YAMLReader
    ) -> [String: Configuration.PlacedSecret] {
        if let node, node.mapping == nil {
            reader.fault(node, "secrets must be a mapping (key: where the secret is found)")
        }
        var secrets: [String: Configuration.PlacedSecret] = [:]
        for (key, value) in node?.mapping.map(Array.init) ?? [] {
            guard let name = variableKey(key, "a secret", &reader) else { continue }
            secrets[name] = secret(value, "secret \(name)", folder, &reader).map {
                .init(source: $0, place: reader.place(value))
            }
        }
        return secrets
    }

    /// `{ env: NAME }`, `{ file: path }`, `{ command: [program, argument] }` or `{ credential: name }`; never the secret itself. What
    /// stands there instead may be the secret, so no fault repeats any of it.
    private static func secret(
        _ node: Node,
        _ what: String,
        _ folder: String,
        _ reader: inout YAMLReader
    ) -> SecretSource? {
        if let pair = node.mapping?.first, node.mapping?.count == 1 {
            switch (pair.key.string, pair.value.string, pair.value.sequence) {
            case ("env", let name?, _) where !name.isEmpty: return .environment(name)
            case ("file", let path?, _) where !path.isEmpty: return .file(Paths.resolve(path, in: folder))
            case ("credential", let name?, _) where !name.isEmpty: return .credential(name)
            case ("command", _, let items?):
                var words = items.compactMap(\.string).filter { !$0.isEmpty }
                guard let program = words.first, words.count == items.count else { break }
                // A name alone is looked up in the system's folders; a path is meant from the file's folder, wherever this runs.
                if program.utf8.contains(0x2F) { words[0] = Paths.resolve(program, in: folder) }
                return .command(words)
            default: break
            }
        }
        reader.fault(
            node,
            "\(what): write where the secret is found: { env: NAME }, { file: path }, { command: [...] } or { credential: name }"
        )
        return nil
    }

    /// Keys become names of environment variables: letters, digits, `-` and `_` only.
    private static func variableKey(_ node: Node, _ what: String, _ reader: inout YAMLReader) -> String? {
        guard let text = reader.text(node, "\(what)'s name") else { return nil }
        guard text.utf8.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2D || $0 == 0x5F }) else {
            reader.fault(node, "\(what)'s name holds letters, digits, - and _ only")
            return nil
        }
        return text
    }
}

// What an operator wrote about one provider, still without meaning: the configuration reader fills it, each
// provider's factory reads it.
package import DCV
package import Platform

/// One entry of `providers:` as plain values, by key. `name` and `kind` are read by everybody and stand apart.
package struct ProviderSettings: Sendable {
    package enum Value: Sendable {
        case text(String)
        case list([String])
        /// Found where the file says (env, file, command): already the secret itself.
        case secret(Secret)
        /// Texts by key, for a program's environment.
        case texts([String: String])
        /// Secrets by key, for a program's environment.
        case secrets([String: Secret])
    }

    package let name: ProviderName
    package let kind: String
    package let values: [String: Value]

    package init(name: ProviderName, kind: String, values: [String: Value]) {
        self.name = name
        self.kind = kind
        self.values = values
    }

    /// Refuses keys that the provider does not read: a misspelt key must not pass in silence.
    func allowOnly(_ known: [String]) throws(ProviderSettingError) {
        if let stranger = values.keys.sorted().first(where: { !known.contains($0) }) {
            throw ProviderSettingError(
                key: stranger,
                reason: "\(kind) has no such setting; it reads \(known.joined(separator: ", "))"
            )
        }
    }

    /// The plain text under `key`, if any.
    func text(_ key: String) throws(ProviderSettingError) -> String? {
        switch values[key] {
        case nil: return nil
        case .text(let text): return text
        case .list, .secret, .texts, .secrets:
            throw ProviderSettingError(key: key, reason: "one plain text belongs here")
        }
    }

    /// The texts under `key`; none where it is left out.
    func texts(_ key: String) throws(ProviderSettingError) -> [String: String] {
        switch values[key] {
        case nil: return [:]
        case .texts(let texts): return texts
        case .text, .list, .secret, .secrets:
            throw ProviderSettingError(key: key, reason: "a mapping of texts belongs here")
        }
    }

    /// The secrets under `key`; none where it is left out.
    func secrets(_ key: String) throws(ProviderSettingError) -> [String: Secret] {
        switch values[key] {
        case nil: return [:]
        case .secrets(let secrets): return secrets
        case .text, .list, .secret, .texts:
            throw ProviderSettingError(key: key, reason: "a mapping of places where secrets are found belongs here")
        }
    }

    /// The secret under `key`, if any. A text is refused: secrets do not stand in configuration files.
    func secret(_ key: String) throws(ProviderSettingError) -> Secret? {
        switch values[key] {
        case nil: return nil
        case .secret(let secret): return secret
        case .text, .list, .texts, .secrets:
            throw ProviderSettingError(
                key: key,
                reason: "write where the secret is found: env, file, command or credential"
            )
        }
    }
}

/// A setting that cannot be used, by its key, so that the configuration reader can point at the line.
package struct ProviderSettingError: Error, Equatable, Sendable, CustomStringConvertible {
    package let key: String
    package let reason: String

    package init(key: String, reason: String) {
        self.key = key
        self.reason = reason
    }

    package var description: String { "\(key): \(reason)" }
}

/// Every setting of one provider that cannot be used.
package struct ProviderSettingsRefused: Error, Equatable, Sendable, CustomStringConvertible {
    package let errors: [ProviderSettingError]

    package init(_ errors: [ProviderSettingError]) { self.errors = errors }

    package var description: String { errors.map(\.description).joined(separator: "; ") }
}

/// Reads a provider's settings part by part and keeps what is wrong with each, so that all of it can be told at once.
struct SettingParts {
    private let settings: ProviderSettings
    private var errors: [ProviderSettingError] = []

    /// - Parameter known: the keys that the provider reads.
    init(_ settings: ProviderSettings, known: [String]) {
        self.settings = settings
        _ = read { (settings) throws(ProviderSettingError) in try settings.allowOnly(known) }
    }

    mutating func read<Value>(_ part: (ProviderSettings) throws(ProviderSettingError) -> Value) -> Value? {
        do {
            return try part(settings)
        } catch {
            errors.append(error)
            return nil
        }
    }

    var areSound: Bool { errors.isEmpty }

    /// For a reader that lacks a part.
    var refusal: ProviderSettingsRefused { ProviderSettingsRefused(errors) }
}

/// The base address of a provider's API: https, or http to a loopback address (a rehearsed provider). No query.
package struct APIEndpoint: Hashable, Sendable, CustomStringConvertible {
    package let url: HTTPURL

    package init(_ text: String) throws(ProviderSettingError) {
        let url: HTTPURL
        do {
            url = try HTTPURL(text)
        } catch {
            throw ProviderSettingError(key: Self.key, reason: "\(error)")
        }
        guard !url.target.utf8.contains(0x3F) else {
            throw ProviderSettingError(key: Self.key, reason: "\"\(url)\" has a query; write the base path alone")
        }
        guard url.scheme == .https || Self.isLoopback(url.host) else {
            throw ProviderSettingError(
                key: Self.key,
                reason:
                    "\"\(url)\" would send the credential unencrypted; write https:// (http:// is for loopback)"
            )
        }
        self.url = url
    }

    package var description: String { url.description }

    /// The name under which an operator writes it.
    static let key = "endpoint"

    private static let loopback = [IPNetwork("127.0.0.0/8"), IPNetwork("::1")].compactMap { $0 }

    private static func isLoopback(_ host: HTTPURL.Host) -> Bool {
        guard case .address(let address) = host else { return false }
        return loopback.contains { $0.contains(address) }
    }
}

// The one list of providers: a kind's name and what builds it. A new provider adds one line here.
package import DCV
package import Platform

/// The world a provider is given: nothing else of the machine is in its reach.
package struct ProviderSurroundings: Sendable {
    package let http: any HTTPExchanging
    package let clock: any Clock
    package let random: any RandomSource
    /// Counts requests across runs.
    package let ledger: any CallLedger
    /// For providers that are programs.
    package let children: any ChildRunning
    /// The HOME that those programs get.
    package let home: String

    package init(
        http: any HTTPExchanging,
        clock: any Clock,
        random: any RandomSource,
        ledger: any CallLedger,
        children: any ChildRunning,
        home: String = "/"
    ) {
        self.http = http
        self.clock = clock
        self.random = random
        self.ledger = ledger
        self.children = children
        self.home = home
    }
}

package enum ProviderCatalog {
    private typealias Factory =
        @Sendable (ProviderSettings, ProviderSurroundings) throws(ProviderSettingsRefused) -> any Provider

    private typealias Check = @Sendable (ProviderSettings) throws(ProviderSettingsRefused) -> Void

    private static let entries: [(kind: String, keys: [String], check: Check, make: Factory)] = [
        (
            "cloudflare", CloudflareConfiguration.keys,
            { (settings) throws(ProviderSettingsRefused) in _ = try CloudflareConfiguration(settings) },
            { (settings, surroundings) throws(ProviderSettingsRefused) in
                CloudflareProvider(try CloudflareConfiguration(settings), surroundings)
            }
        ),
        (
            "digicert", DigiCertConfiguration.keys,
            { (settings) throws(ProviderSettingsRefused) in _ = try DigiCertConfiguration(settings) },
            { (settings, surroundings) throws(ProviderSettingsRefused) in
                DigiCertProvider(try DigiCertConfiguration(settings), surroundings)
            }
        ),
        (
            NAVERProvider.kind, NAVERConfiguration.keys,
            { (settings) throws(ProviderSettingsRefused) in _ = try NAVERConfiguration(settings) },
            { (settings, surroundings) throws(ProviderSettingsRefused) in
                NAVERProvider(try NAVERConfiguration(settings), surroundings)
            }
        ),
        (
            ExecutableProvider.kind, ExecutableConfiguration.keys,
            { (settings) throws(ProviderSettingsRefused) in
                _ = try ExecutableConfiguration(settings, home: "/", children: ChildProcess())
            },
            { (settings, surroundings) throws(ProviderSettingsRefused) in
                ExecutableProvider(
                    try ExecutableConfiguration(settings, home: surroundings.home, children: surroundings.children),
                    surroundings
                )
            }
        ),
    ]

    /// What can be written as `kind:`, each with the keys that it reads.
    package static var keys: [String: [String]] {
        Dictionary(entries.map { ($0.kind, $0.keys) }) { first, _ in first }
    }

    package static var kinds: [String] { entries.map { $0.kind } }

    /// Builds the provider that `settings` describe. Sends nothing.
    package static func make(
        _ settings: ProviderSettings,
        _ surroundings: ProviderSurroundings
    ) throws(ProviderSettingsRefused) -> any Provider {
        try entry(settings.kind).make(settings, surroundings)
    }

    /// Finds what is wrong with `settings`, without the world around them.
    package static func check(_ settings: ProviderSettings) throws(ProviderSettingsRefused) {
        try entry(settings.kind).check(settings)
    }

    private static func entry(_ kind: String) throws(ProviderSettingsRefused) -> (check: Check, make: Factory) {
        guard let entry = entries.first(where: { $0.kind == kind }) else {
            let reason = "no provider is called \"\(kind)\"; there is \(kinds.joined(separator: ", "))"
            throw ProviderSettingsRefused([ProviderSettingError(key: "kind", reason: reason)])
        }
        return (entry.check, entry.make)
    }
}

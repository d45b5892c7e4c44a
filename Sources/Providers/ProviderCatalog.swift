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
        @Sendable (ProviderSettings, ProviderSurroundings) throws(ProviderSettingError) -> any Provider

    private static let entries: [(kind: String, keys: [String], make: Factory)] = [
        (
            "cloudflare", CloudflareConfiguration.keys,
            { (settings, surroundings) throws(ProviderSettingError) in
                CloudflareProvider(try CloudflareConfiguration(settings), surroundings)
            }
        ),
        (
            "digicert", DigiCertConfiguration.keys,
            { (settings, surroundings) throws(ProviderSettingError) in
                DigiCertProvider(try DigiCertConfiguration(settings), surroundings)
            }
        ),
        (
            NAVERProvider.kind, NAVERConfiguration.keys,
            { (settings, surroundings) throws(ProviderSettingError) in
                NAVERProvider(try NAVERConfiguration(settings), surroundings)
            }
        ),
        (
            ExecutableProvider.kind, ExecutableConfiguration.keys,
            { (settings, surroundings) throws(ProviderSettingError) in
                ExecutableProvider(try ExecutableConfiguration(settings, surroundings), surroundings)
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
    ) throws(ProviderSettingError) -> any Provider {
        guard let entry = entries.first(where: { $0.kind == settings.kind }) else {
            throw ProviderSettingError(
                key: "kind",
                reason:
                    "no provider is called \"\(settings.kind)\"; there is \(kinds.joined(separator: ", "))"
            )
        }
        return try entry.make(settings, surroundings)
    }
}

// What an operator wrote, as values: sections that name each other are checked against each other before anything else happens.
package import DCV
package import Platform

/// One configuration file, read and checked; nothing in it has been opened or resolved yet.
package struct Configuration: Sendable {
    /// Stands where the file's path does when none was read.
    package static let noFile = "none"

    /// A configured CA side. Which fields a kind takes is known to the catalog of providers, not here.
    package struct ProviderSection: Sendable {
        package let name: ProviderName
        package let kind: String
        /// For faults found later.
        package let place: SourcePlace
        package let fields: [String: Field]
        /// Keys that stand there and were not understood: told of already, so that nobody calls them missing.
        package let spoilt: Set<String>
    }

    /// Where a secret is found, and where that is written.
    package struct PlacedSecret: Sendable {
        package let source: SecretSource
        package let place: SourcePlace
    }

    /// The value of one key of a provider.
    package struct Field: Sendable {
        package enum Value: Sendable {
            case text(String)
            case list([String])
            /// Where the secret is found, never the secret.
            case secret(SecretSource)
            /// `settings:` of a provider that is a program. Keys as a publisher's.
            case texts([String: String])
            /// `secrets:` of a provider that is a program: where each is found.
            case secrets([String: PlacedSecret])
            /// `program:` as it is written; looked up as hooks are.
            case program(String)
        }

        package let value: Value
        package let place: SourcePlace
    }

    /// A hook with what it is told at every call.
    package struct PublisherSection: Sendable {
        package let name: String
        /// A name looked up in the hooks folders, or an absolute path.
        package let hook: String
        package let place: SourcePlace
        /// Keys hold letters, digits, `-` and `_` only: they become names of environment variables.
        package let settings: [String: String]
        /// Where each secret is found, by a key of the same form.
        package let secrets: [String: PlacedSecret]
        /// How the hook is called, where it was written for another tool.
        package let dialect: DialectSection?
        /// Whom the hook is started as.
        package let user: PlacedUser?
    }

    /// `user:` of a publisher: the name of a user of this machine.
    package struct PlacedUser: Sendable {
        package let name: String
        package let place: SourcePlace
    }

    /// `dialect:` of a publisher, with the keys that belong to one dialect alone.
    package struct DialectSection: Sendable {
        package let dialect: ForeignHook.Dialect
        package let place: SourcePlace
        /// `cleanup:` (certbot), `acme_sh:` (acme-sh) or `lexicon:` (lexicon): another program beside the hook.
        package let companion: String?
    }

    /// A recursive resolver, and how it is reached.
    package struct ResolverSection: Sendable {
        package typealias Transport = Asked.Transport

        package let name: String
        package let address: IPAddress
        package let port: UInt16
        package let transport: Transport
        /// What the certificate is made out to; only with TLS and HTTPS, and always there.
        package let serverName: DomainName?
        /// The path of the HTTPS resource.
        package let path: String
        /// Whether its validation is believed, over loopback, TLS or HTTPS.
        package let isTrusted: Bool
        /// Certificates in PEM that count instead of the system's.
        package let caPath: String?
        package let place: SourcePlace
    }

    /// Who publishes in a zone, and by which rules.
    package struct ZoneSection: Sendable {
        /// nil for `"*"`: all zones not named.
        package let apex: DomainName?
        /// Names of publishers, in order of preference.
        package let publishers: [String]
        /// The policy file's name without `.yaml`.
        package let policy: String
        package let place: SourcePlace
    }

    /// A world on loopback or in a namespace: other ports, other roots, and special-use addresses opened. Said in every report.
    package struct Laboratory: Sendable {
        package var dnsPort: UInt16 = 53
        package var httpPort: UInt16 = 80
        package var httpsPort: UInt16 = 443
        package var rootHintsPath: String?
        /// DS or DNSKEY records of the laboratory's root, or of zones in it.
        package var trustAnchorsPath: String?
        package var allowedNetworks: [IPNetwork] = []
    }

    /// The path as people know it; relative paths in the file are meant from its folder.
    package let file: String
    /// `state:`, resolved against the file's folder; nil where the machine's usual place is meant.
    package let statePath: String?
    package let providers: [ProviderSection]
    package let publishers: [PublisherSection]
    package let resolvers: [ResolverSection]
    /// The names of all resolvers that are written, also of those that were not understood; nil where the block was not.
    package let resolverNames: Set<String>?
    package var zones: [ZoneSection]
    /// The resolver through which zone cuts are found where port 53 of the root servers cannot be reached.
    package let via: ResolverSection?
    package let laboratory: Laboratory?

    /// The rule of the closest zone at or above `name`, else that of all zones not named.
    package func zone(for name: DomainName) -> ZoneSection? {
        zones.closest(to: name, \.apex)
    }

    /// The folder against which relative paths, hooks and policies are looked up first.
    package var folder: String { Paths.folder(of: file) }

    package init(
        file: String,
        statePath: String? = nil,
        providers: [ProviderSection] = [],
        publishers: [PublisherSection] = [],
        resolvers: [ResolverSection] = [],
        resolverNames: Set<String>? = [],
        zones: [ZoneSection] = [],
        via: ResolverSection? = nil,
        laboratory: Laboratory? = nil
    ) {
        self.file = file
        self.statePath = statePath
        self.providers = providers
        self.publishers = publishers
        self.resolvers = resolvers
        self.resolverNames = resolverNames
        self.zones = zones
        self.via = via
        self.laboratory = laboratory
    }
}

/// The few path operations configuration needs, on text: no file is touched.
package enum Paths {
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `path` as it is when absolute, else below `folder`.
    package static func resolve(_ path: String, in folder: String) -> String {
        path.utf8.first == 0x2F ? path : folder + "/" + path
    }
}

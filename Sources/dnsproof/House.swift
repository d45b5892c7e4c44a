// The wiring: from a checked configuration to the parts of a run. Nothing is decided here.
import Agent
import DCV
import Foundation
import Platform
import Providers
import Surveying

/// Everything a command needs, built once.
struct House: Sendable {
    static let environment = ProcessInfo.processInfo.environment
    static let rootHintsLimitBytes = 1 << 16
    static let certificatesLimitBytes = 1 << 20

    let loaded: LoadedConfiguration
    let clock = SystemClock()
    let random = SystemRandom()
    let http: HTTPTransport
    let exchange: Exchange
    let children = ChildProcess()
    /// Where a journal exists, requests to providers are counted in it, also by commands that only look.
    let ledger: JournaledCalls
    let surveying: SurveyorConfiguration

    /// Reads and checks the configuration; touches no network.
    init(config: String?, zones: [DomainName] = []) throws {
        do {
            try self.init(Self.loader().load(explicit: config, zones: zones))
        } catch let refusal as ConfigurationRefused {
            throw Ending(.configuration, refusal.faults.map(\.description))
        }
    }

    /// For commands that need no configuration: the one that is found, else the public Internet.
    init(optionalConfig config: String?) throws {
        if Self.loader().file(explicit: config) != nil {
            try self.init(config: config)
        } else {
            try self.init(
                LoadedConfiguration(configuration: Configuration(file: "none"), policyDocuments: [:], programs: [:])
            )
        }
    }

    private init(_ loaded: LoadedConfiguration) throws {
        self.loaded = loaded
        surveying = try Self.surveying(loaded.configuration)
        ledger = JournaledCalls(folder: Self.statePath(loaded.configuration))
        do {
            exchange = try Exchange(random: random)
        } catch {
            throw Ending(.software, ["the DNS engine could not be started: \(error)"])
        }
        // Last, because it must be shut down: nothing may be thrown after it was made.
        http = HTTPTransport()
    }

    var configuration: Configuration { loaded.configuration }
    var isLaboratory: Bool { configuration.laboratory != nil }

    /// Questions over every way that a resolver may be reached by.
    private var asking: RoutedAsking { RoutedAsking(plain: exchange, tls: FramedTLS(), http: http) }

    var surveyor: LiveSurveyor {
        LiveSurveyor(configuration: surveying, exchange: asking, http: http, clock: clock, random: random)
    }

    /// Stands between the surveyor and the world, and writes down what passes.
    func recorder(_ clock: any Clock) -> EvidenceRecorder {
        EvidenceRecorder(exchange: asking, http: http, clock: clock, random: random)
    }

    func surveyor(asking recorder: EvidenceRecorder, _ clock: any Clock) -> LiveSurveyor {
        LiveSurveyor(configuration: surveying, exchange: recorder, http: recorder, clock: clock, random: recorder)
    }

    func state() throws -> StateFolder {
        guard let path = Self.statePath(configuration) else {
            throw Ending(.configuration, ["no place for the state: write state: in the configuration, or set HOME"])
        }
        return StateFolder(path: path)
    }

    private static func statePath(_ configuration: Configuration) -> String? {
        configuration.stateFolder(environment: environment, isRoot: getuid() == 0)
    }

    /// Ends the connections and threads that would outlive the command.
    func close() async {
        await http.shutdown()
        exchange.shutdown()
    }

    static func loader() -> ConfigurationLoader {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return ConfigurationLoader(
            environment: environment,
            shares: ConfigurationLoader.shares(ofProgramAt: program) { FileManager.default.fileExists(atPath: $0) },
            providerKinds: ProviderCatalog.keys,
            workingFolder: FileManager.default.currentDirectoryPath
        ) { FileManager.default.fileExists(atPath: $0) }
    }

    private static func resolver(_ section: Configuration.ResolverSection) throws -> SurveyorConfiguration.Resolver {
        let trust = try section.caPath.map { path in
            do {
                return HTTPRequest.Trust.roots(pem: try Files.read(path, limitBytes: certificatesLimitBytes))
            } catch {
                throw Ending(.configuration, ["\(section.place): \(path): ca_file cannot be read: \(error)"])
            }
        }
        let transport: SurveyorConfiguration.Resolver.Transport =
            switch (section.transport, section.serverName) {
            case (.tls, let name?): .secured(.tls(name: name, trust: trust ?? .systemRoots))
            case (.https, let name?): .secured(.https(name: name, path: section.path, trust: trust ?? .systemRoots))
            case (.tcp, _): .tcp
            case (.udp, _), (.tls, nil), (.https, nil): .udp
            }
        return .init(
            name: section.name,
            address: section.address,
            port: section.port,
            transport: transport,
            isTrusted: section.isTrusted
        )
    }

    private static func surveying(_ configuration: Configuration) throws -> SurveyorConfiguration {
        var surveying = SurveyorConfiguration(
            via: try configuration.via.map(resolver),
            resolvers: try configuration.resolvers.map(resolver)
        )
        guard let laboratory = configuration.laboratory else { return surveying }
        surveying.dnsPort = laboratory.dnsPort
        surveying.httpPort = laboratory.httpPort
        surveying.httpsPort = laboratory.httpsPort
        surveying.allowedNetworks = laboratory.allowedNetworks
        if let path = laboratory.rootHintsPath {
            do {
                let bytes = try Files.read(path, limitBytes: rootHintsLimitBytes)
                surveying.rootHints = try RootHints(file: String(decoding: bytes, as: UTF8.self))
                // Another root is signed with other keys, or not at all.
                surveying.trustAnchors = nil
            } catch {
                throw Ending(.configuration, ["\(path): root hints cannot be used: \(error)"])
            }
        }
        if let path = laboratory.trustAnchorsPath {
            do {
                let bytes = try Files.read(path, limitBytes: TrustAnchors.fileLimitOctets)
                surveying.trustAnchors = try TrustAnchors(file: String(decoding: bytes, as: UTF8.self))
            } catch {
                throw Ending(.configuration, ["\(path): trust anchors cannot be used: \(error)"])
            }
        }
        return surveying
    }
}

extension House {
    /// The configured providers, with their secrets fetched.
    func providers() async throws -> [any Provider] {
        let reader = SecretReader(environment: Self.environment, children: children)
        let surroundings = ProviderSurroundings(
            http: http,
            clock: clock,
            random: random,
            ledger: ledger,
            children: children,
            home: Self.environment["HOME"] ?? "/"
        )
        var providers: [any Provider] = []
        for section in configuration.providers {
            var values: [String: ProviderSettings.Value] = [:]
            for (key, field) in section.fields {
                switch field.value {
                case .text(let text): values[key] = .text(text)
                case .list(let items): values[key] = .list(items)
                case .secret(let source): values[key] = .secret(try await secret(source, field.place, reader))
                case .texts(let texts): values[key] = .texts(texts)
                case .secrets(let sources):
                    var secrets: [String: Secret] = [:]
                    for (key, source) in sources { secrets[key] = try await secret(source, field.place, reader) }
                    values[key] = .secrets(secrets)
                case .program: values[key] = loaded.providerPrograms[section.name].map { .text($0) }
                }
            }
            let settings = ProviderSettings(name: section.name, kind: section.kind, values: values)
            do {
                providers.append(try ProviderCatalog.make(settings, surroundings))
            } catch {
                let place = section.fields[error.key]?.place ?? section.place
                throw Ending(.configuration, ["\(place): provider \(section.name): \(error)"])
            }
        }
        return providers
    }

    /// The configured publishers by name, with their secrets fetched.
    func publishers() async throws -> [String: HookPublisher] {
        let reader = SecretReader(environment: Self.environment, children: children)
        var publishers: [String: HookPublisher] = [:]
        for section in configuration.publishers {
            guard let program = loaded.programs[section.name] else { continue }
            var secrets: [String: Secret] = [:]
            for (key, source) in section.secrets { secrets[key] = try await secret(source, section.place, reader) }
            do {
                publishers[section.name] = try HookPublisher(
                    name: section.name,
                    program: program,
                    settings: section.settings,
                    secrets: secrets,
                    home: Self.environment["HOME"] ?? "/",
                    children: children
                )
            } catch {
                throw Ending(.configuration, ["\(section.place): publisher \(section.name): \(error)"])
            }
        }
        return publishers
    }

    func rules(_ publishers: [String: HookPublisher]) -> HookCatalog {
        HookCatalog(
            zones: configuration.zones.map { zone in
                .init(
                    apex: zone.apex,
                    publishers: zone.publishers,
                    policy: loaded.policies[zone.policy] ?? .standard
                )
            },
            hooks: publishers
        )
    }

    /// The policy of the zone that the record lies in, as a run would choose it.
    func policy(for name: DomainName) -> Policy {
        rules([:]).undescribed.rule(for: name)?.policy ?? .standard
    }

    private func secret(_ source: SecretSource, _ place: String, _ reader: SecretReader) async throws -> Secret {
        do {
            return try await reader.read(source)
        } catch {
            throw Ending(.configuration, ["\(place): \(error)"])
        }
    }
}

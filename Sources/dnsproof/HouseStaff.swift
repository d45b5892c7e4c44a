// The wiring of the hands: providers and publishers built from what is written, their secrets fetched.
import Agent
import DCV
import Platform
import Providers

/// Who lists what is pending and who publishes, as far as they can be had, and what is wrong with the rest.
struct Staff: Sendable {
    var providers: [any Provider] = []
    /// By name.
    var publishers: [String: HookPublisher] = [:]
    var faults: [ConfigurationFault] = []

    /// For whoever needs all of them.
    func whole() throws -> Staff {
        guard faults.isEmpty else { throw Ending(ConfigurationRefused(faults)) }
        return self
    }
}

extension House {
    private typealias Section = Configuration.ProviderSection

    /// What is wrong with the settings of providers, as far as it shows before a secret is fetched.
    static func settingFaults(_ loaded: LoadedConfiguration) -> [ConfigurationFault] {
        loaded.configuration.providers.flatMap { section in
            let values = section.fields.compactMapValues { field -> ProviderSettings.Value? in
                switch field.value {
                case .text(let text): .text(text)
                case .list(let items): .list(items)
                case .secret: unfetched.map { .secret($0) }
                case .texts(let texts): .texts(texts)
                case .secrets(let sources): .secrets(sources.compactMapValues { _ in unfetched })
                // Whether the program is there is another question, and answered elsewhere.
                case .program(let word): .text(loaded.providerPrograms[section.name] ?? "/" + word)
                }
            }
            return faults(of: section) { () throws(ProviderSettingsRefused) in
                try ProviderCatalog.check(ProviderSettings(name: section.name, kind: section.kind, values: values))
            }
        }
    }

    /// Stands for a secret where only its being there counts.
    private static let unfetched = Secret("unfetched".utf8)

    private static func faults(
        of section: Section,
        _ work: () throws(ProviderSettingsRefused) -> Void
    ) -> [ConfigurationFault] {
        do {
            try work()
            return []
        } catch {
            return error.errors.filter { !section.spoilt.contains($0.key) }.map { error in
                let field = section.fields[error.key]
                let place = field?.place ?? section.place
                return ConfigurationFault(
                    field == nil ? .keyMissing : .value,
                    place,
                    "provider \(section.name): \(error)"
                )
            }
        }
    }

    /// Publishers that some zone names: no others are ever called.
    var publishersInUse: Set<String> { Set(configuration.zones.flatMap(\.publishers)) }

    /// The configured providers and publishers. Secrets are fetched one after another, because a command may ask a person.
    /// - Parameter needed: publishers; nil for all that are configured.
    func staff(_ needed: Set<String>? = nil) async -> Staff {
        let providers = await providerStaff()
        var staff = await publisherStaff(needed)
        staff.providers = providers.providers
        staff.faults = providers.faults + staff.faults
        return staff
    }

    /// The publishers alone, for who is asked by somebody that no configuration names. What is wrong with one that is not needed is no
    /// obstacle, and its secrets are not fetched.
    func publisherStaff(_ needed: Set<String>?) async -> Staff {
        var staff = Staff()
        for section in configuration.publishers where needed?.contains(section.name) ?? true {
            let secrets = await secrets(of: section, &staff.faults)
            guard let program = loaded.programs[section.name] else { continue }
            do {
                let publisher = try HookPublisher(
                    name: section.name,
                    program: program,
                    settings: section.settings,
                    secrets: secrets,
                    home: Self.environment["HOME"] ?? "/",
                    user: loaded.users[section.name],
                    foreign: loaded.foreign[section.name],
                    memory: hookMemory,
                    children: children
                )
                staff.publishers[section.name] = secrets.count == section.secrets.count ? publisher : nil
            } catch {
                staff.faults.append(ConfigurationFault(.value, section.place, "publisher \(section.name): \(error)"))
            }
        }
        return staff
    }

    /// Where hooks of other tools keep what they need again.
    var hookMemory: String? { (try? state().path).map { $0 + "/hooks" } }

    /// One publisher's secrets, for whoever needs all of them.
    func secrets(of section: Configuration.PublisherSection) async throws -> [String: Secret] {
        var faults: [ConfigurationFault] = []
        let secrets = await secrets(of: section, &faults)
        guard faults.isEmpty else { throw Ending(ConfigurationRefused(faults)) }
        return secrets
    }

    private func secrets(
        of section: Configuration.PublisherSection,
        _ faults: inout [ConfigurationFault]
    ) async -> [String: Secret] {
        var secrets: [String: Secret] = [:]
        for (key, placed) in section.secrets.sorted(by: { $0.key < $1.key }) {
            let what = "publisher \(section.name): secret \(key)"
            secrets[key] = await secret(placed.source, placed.place, what, &faults)
        }
        return secrets
    }

    /// The providers alone, for who only reads.
    func providerStaff() async -> Staff {
        var staff = Staff()
        let surroundings = ProviderSurroundings(
            http: http,
            clock: clock,
            random: random,
            ledger: ledger,
            children: children,
            home: Self.environment["HOME"] ?? "/"
        )
        for section in configuration.providers {
            guard let values = await values(of: section, &staff.faults) else { continue }
            let settings = ProviderSettings(name: section.name, kind: section.kind, values: values)
            staff.faults += Self.faults(of: section) { () throws(ProviderSettingsRefused) in
                staff.providers.append(try ProviderCatalog.make(settings, surroundings))
            }
        }
        return staff
    }

    /// Nil where a secret cannot be had or the program was not found.
    private func values(
        of section: Section,
        _ faults: inout [ConfigurationFault]
    ) async -> [String: ProviderSettings.Value]? {
        var values: [String: ProviderSettings.Value] = [:]
        var isWhole = true
        for (key, field) in section.fields.sorted(by: { $0.key < $1.key }) {
            let what = "provider \(section.name): "
            switch field.value {
            case .text(let text): values[key] = .text(text)
            case .list(let items): values[key] = .list(items)
            case .texts(let texts): values[key] = .texts(texts)
            case .program: values[key] = loaded.providerPrograms[section.name].map { .text($0) }
            case .secret(let source):
                values[key] = await secret(source, field.place, what + key, &faults).map { .secret($0) }
            case .secrets(let sources):
                var secrets: [String: Secret] = [:]
                for (name, placed) in sources.sorted(by: { $0.key < $1.key }) {
                    secrets[name] = await secret(placed.source, placed.place, what + "secret \(name)", &faults)
                }
                values[key] = secrets.count == sources.count ? .secrets(secrets) : nil
            }
            if values[key] == nil { isWhole = false }
        }
        return isWhole ? values : nil
    }

    private func secret(
        _ source: SecretSource,
        _ place: SourcePlace,
        _ what: String,
        _ faults: inout [ConfigurationFault]
    ) async -> Secret? {
        do {
            return try await SecretReader(environment: Self.environment, children: children).read(source)
        } catch {
            faults.append(ConfigurationFault(.secret, place, "\(what): \(error)"))
            return nil
        }
    }

    /// - Parameter tests: what tests of hooks found.
    func rules(_ publishers: [String: HookPublisher], tests: [HookTest] = []) -> HookCatalog {
        HookCatalog(
            zones: configuration.zones.map { zone in
                .init(
                    apex: zone.apex,
                    publishers: zone.publishers,
                    policy: loaded.policies[zone.policy] ?? .standard
                )
            },
            hooks: publishers,
            standings: ProgramDigest.standings(loaded.programs, foreign: loaded.foreign, tests)
        )
    }

    /// The policy of the zone that the record lies in, as a run would choose it.
    func policy(for name: DomainName, of authorization: Authorization? = nil) -> Policy {
        rules([:]).undescribed.policy(for: name, of: authorization)
    }
}

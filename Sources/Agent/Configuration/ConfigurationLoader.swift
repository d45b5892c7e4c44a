// Finds the configuration, reads it with everything it names, and checks all of it before anything touches the network.
package import DCV
import Platform

/// A configuration with its policies read and its hooks found and checked.
package struct LoadedConfiguration: Sendable {
    package let configuration: Configuration
    /// By name, as far as zones name them.
    package let policyDocuments: [String: PolicyDocument]
    /// Publisher name to the absolute path of its hook.
    package let programs: [String: String]
    /// Of providers that are programs: name to absolute path.
    package let providerPrograms: [ProviderName: String]

    /// By name, as far as zones name them.
    package var policies: [String: Policy] { policyDocuments.mapValues(\.policy) }

    package init(
        configuration: Configuration,
        policyDocuments: [String: PolicyDocument],
        programs: [String: String],
        providerPrograms: [ProviderName: String] = [:]
    ) {
        self.configuration = configuration
        self.policyDocuments = policyDocuments
        self.programs = programs
        self.providerPrograms = providerPrograms
    }
}

/// Looks up files in the order of DESIGN 6.
package struct ConfigurationLoader: Sendable {
    package static let machineFolder = "/etc/dnsproof"
    package static let tokenVariable = "CLOUDFLARE_API_TOKEN"

    private let environment: [String: String]
    /// Folders that hold the stock `hooks/` and `policies/`: the installed share, or a clone.
    private let shares: [String]
    private let providerKinds: [String: [String]]
    private let workingFolder: String
    private let exists: @Sendable (String) -> Bool

    /// - Parameters:
    ///   - workingFolder: the absolute path against which relative ones are meant; `$PWD` may be stale or somebody's invention.
    ///   - exists: whether something lies at a path.
    package init(
        environment: [String: String],
        shares: [String],
        providerKinds: [String: [String]],
        workingFolder: String,
        exists: @escaping @Sendable (String) -> Bool
    ) {
        self.environment = environment
        self.shares = shares
        self.providerKinds = providerKinds
        self.workingFolder = workingFolder
        self.exists = exists
    }

    /// Folders that may hold the stock files, for a program at this path: `PREFIX/share/dnsproof`, or the clone it was built in.
    package static func shares(ofProgramAt path: String, exists: (String) -> Bool) -> [String] {
        var folder = Paths.folder(of: path)
        var shares = [Paths.folder(of: folder) + "/share/dnsproof"]
        // A build folder lies at most this deep in its clone.
        for _ in 0..<5 {
            if exists(folder + "/Package.swift"), exists(folder + "/hooks"), exists(folder + "/policies") {
                shares.append(folder)
                break
            }
            folder = Paths.folder(of: folder)
        }
        return shares.filter(exists)
    }

    /// The configuration file to use; nil when there is none and none was asked for.
    package func file(explicit: String?) -> String? {
        if let path = explicit ?? environment["DNSPROOF_CONFIG"] { return path }
        let home = environment["XDG_CONFIG_HOME"] ?? environment["HOME"].map { $0 + "/.config" }
        let places = (home.map { [$0 + "/dnsproof/config.yaml"] } ?? []) + [Self.machineFolder + "/config.yaml"]
        return places.first(where: exists)
    }

    /// Reads the configuration file, or makes the smallest one from `CLOUDFLARE_API_TOKEN`.
    /// - Parameter zones: the zones a command names; they bound the smallest configuration.
    /// - Throws: `ConfigurationRefused` with every fault found.
    package func load(explicit: String?, zones: [DomainName]) throws(ConfigurationRefused) -> LoadedConfiguration {
        if let file = file(explicit: explicit) { return try load(file: file) }
        guard environment[Self.tokenVariable] != nil, let name = try? ProviderName("cloudflare") else {
            let fault = ConfigurationFault(
                place: "no configuration",
                text: "looked for --config, $DNSPROOF_CONFIG, $XDG_CONFIG_HOME/dnsproof/config.yaml and "
                    + "\(Self.machineFolder)/config.yaml; write one (README.md shows how), or set \(Self.tokenVariable)"
            )
            throw ConfigurationRefused([fault])
        }
        let place = "$\(Self.tokenVariable)"
        let zoneValue: Configuration.Field.Value = zones.isEmpty ? .text("all") : .list(zones.map(\.text))
        let provider = Configuration.ProviderSection(
            name: name,
            kind: "cloudflare",
            place: place,
            fields: [
                "token": .init(value: .secret(.environment(Self.tokenVariable)), place: place),
                "zones": .init(value: zoneValue, place: place),
            ]
        )
        let everywhere = Configuration.ZoneSection(apex: nil, publishers: [], policy: "default", place: place)
        return try complete(Configuration(file: place, providers: [provider], zones: [everywhere]), lookUp: nil)
    }

    private func load(file: String) throws(ConfigurationRefused) -> LoadedConfiguration {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(file, limitBytes: YAMLReader.fileLimitBytes)
        } catch {
            throw ConfigurationRefused([ConfigurationFault(place: file, text: "cannot be read: \(error.problem)")])
        }
        let configuration = try ConfigurationFile.parse(bytes, file: file, providerKinds: providerKinds)
        return try complete(configuration, lookUp: configuration.folder)
    }

    private func complete(
        _ configuration: Configuration,
        lookUp folder: String?
    ) throws(ConfigurationRefused) -> LoadedConfiguration {
        var faults: [ConfigurationFault] = []
        var policies: [String: PolicyDocument] = [:]
        for zone in configuration.zones where policies[zone.policy] == nil {
            do throws(ConfigurationRefused) {
                policies[zone.policy] = try policy(zone, folder, configuration)
            } catch {
                faults += error.faults
            }
        }
        var programs: [String: String] = [:]
        let hookFolders = HookLocation.folders(
            besideConfiguration: folder.map(absolute),
            installed: shares.map { $0 + "/hooks" }
        )
        for publisher in configuration.publishers {
            do {
                let hook = publisher.hook.utf8.contains(0x2F) ? absolute(publisher.hook) : publisher.hook
                let path = try HookLocation.path(of: hook, folders: hookFolders, exists: exists)
                try ProgramFile.check(path)
                programs[publisher.name] = path
            } catch {
                faults.append(ConfigurationFault(place: publisher.place, text: "publisher \(publisher.name): \(error)"))
            }
        }
        let providerPrograms = providerPrograms(configuration, folder, &faults)
        guard faults.isEmpty else { throw ConfigurationRefused(faults) }
        return LoadedConfiguration(
            configuration: configuration,
            policyDocuments: policies,
            programs: programs,
            providerPrograms: providerPrograms
        )
    }

    private func providerPrograms(
        _ configuration: Configuration,
        _ folder: String?,
        _ faults: inout [ConfigurationFault]
    ) -> [ProviderName: String] {
        let folders = (folder.map { [absolute($0)] } ?? []) + [Self.machineFolder] + shares.map { $0 + "/hooks" }
        var programs: [ProviderName: String] = [:]
        for provider in configuration.providers {
            for field in provider.fields.values {
                guard case .program(let word) = field.value else { continue }
                do {
                    let path = try HookLocation.path(ofProgram: word, folders: folders, exists: exists)
                    try ProgramFile.check(path)
                    programs[provider.name] = path
                } catch {
                    faults.append(ConfigurationFault(place: field.place, text: "provider \(provider.name): \(error)"))
                }
            }
        }
        return programs
    }

    private func policy(
        _ zone: Configuration.ZoneSection,
        _ folder: String?,
        _ configuration: Configuration
    ) throws(ConfigurationRefused) -> PolicyDocument {
        let document = try policy(named: zone.policy, besideConfiguration: folder, place: zone.place)
        let known = Set(configuration.resolvers.map(\.name))
        let strangers = document.policy.propagation.resolvers.filter { !known.contains($0) }
        if let stranger = strangers.first {
            throw ConfigurationRefused([
                ConfigurationFault(
                    place: document.file ?? zone.place,
                    text: "no resolver is named \"\(stranger)\" under resolvers: in \(configuration.file)"
                        + Nearest.hint(stranger, among: Array(known))
                )
            ])
        }
        return document
    }

    /// Folders in which policies are looked up, the first one first.
    package func policyFolders(besideConfiguration folder: String?) -> [String] {
        ((folder.map { [$0] } ?? []) + [Self.machineFolder] + shares).map { $0 + "/policies" }
    }

    /// The policy of that name, from the first folder that has it.
    /// - Parameter place: where it was named, for a fault.
    package func policy(
        named name: String,
        besideConfiguration folder: String?,
        place: String
    ) throws(ConfigurationRefused) -> PolicyDocument {
        guard name.utf8.first != 0x2E,
            name.utf8.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || "-_.".utf8.contains($0) })
        else {
            throw ConfigurationRefused([
                ConfigurationFault(place: place, text: "\"\(OctetText(name.utf8))\" is no policy's name")
            ])
        }
        let places = policyFolders(besideConfiguration: folder).map { $0 + "/\(name).yaml" }
        guard let file = places.first(where: exists) else {
            // The built-in default is the same as policies/default.yaml, so a lone binary works.
            if name == "default" { return PolicyDocument(.standard) }
            throw ConfigurationRefused([
                ConfigurationFault(
                    place: place,
                    text: "policy \"\(name)\" was not found; looked at \(places.joined(separator: ", "))"
                )
            ])
        }
        return try Self.policy(at: file, name: name)
    }

    /// One policy file.
    package static func policy(at file: String, name: String) throws(ConfigurationRefused) -> PolicyDocument {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(file, limitBytes: YAMLReader.fileLimitBytes)
        } catch {
            throw ConfigurationRefused([ConfigurationFault(place: file, text: "cannot be read: \(error.problem)")])
        }
        return try PolicyFile.parse(bytes, name: name, file: file)
    }

    private func absolute(_ path: String) -> String {
        path == "." ? workingFolder : Paths.resolve(path, in: workingFolder)
    }
}

extension Configuration {
    /// Where the state lies: `state:`, `$STATE_DIRECTORY`, `/var/lib/dnsproof` for root, else `$XDG_STATE_HOME/dnsproof`.
    package func stateFolder(environment: [String: String], isRoot: Bool) -> String? {
        if let path = statePath ?? environment["STATE_DIRECTORY"] { return path }
        if isRoot { return "/var/lib/dnsproof" }
        let home = environment["XDG_STATE_HOME"] ?? environment["HOME"].map { $0 + "/.local/state" }
        return home.map { $0 + "/dnsproof" }
    }
}

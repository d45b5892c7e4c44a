// Finds the configuration, reads it with everything it names, and checks all of it before anything touches the network.
package import DCV
package import Platform

/// A configuration with its policies read and its hooks found and checked.
package struct LoadedConfiguration: Sendable {
    package let configuration: Configuration
    /// By name, as far as zones name them.
    package let policyDocuments: [String: PolicyDocument]
    /// Publisher name to the absolute path of its hook.
    package let programs: [String: String]
    /// How publishers' hooks are called that were written for other tools, by the publisher's name.
    package let foreign: [String: ForeignHook]
    /// Whom publishers' hooks are started as, by the publisher's name; absent for the user of this process.
    package let users: [String: ProgramUser]
    /// Of providers that are programs: name to absolute path.
    package let providerPrograms: [ProviderName: String]

    /// Where none was found or none is needed.
    package static let none = LoadedConfiguration(
        configuration: Configuration(file: Configuration.noFile),
        policyDocuments: [:],
        programs: [:]
    )

    /// By name, as far as zones name them.
    package var policies: [String: Policy] { policyDocuments.mapValues(\.policy) }

    package init(
        configuration: Configuration,
        policyDocuments: [String: PolicyDocument],
        programs: [String: String],
        foreign: [String: ForeignHook] = [:],
        users: [String: ProgramUser] = [:],
        providerPrograms: [ProviderName: String] = [:]
    ) {
        self.configuration = configuration
        self.policyDocuments = policyDocuments
        self.programs = programs
        self.foreign = foreign
        self.users = users
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
    let exists: @Sendable (String) -> Bool

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

    /// Reads the configuration file, or makes the smallest one from `CLOUDFLARE_API_TOKEN`, with everything that it names.
    /// - Parameter zones: the zones a command names; they bound the smallest configuration.
    /// - Returns: what could be understood, with every fault found.
    package func load(explicit: String?, zones: [DomainName]) -> Understood<LoadedConfiguration> {
        if let file = file(explicit: explicit) { return load(file: file) }
        guard environment[Self.tokenVariable] != nil, let name = try? ProviderName("cloudflare") else {
            let fault = ConfigurationFault(
                .absent,
                SourcePlace("no configuration"),
                "looked for --config, $DNSPROOF_CONFIG, $XDG_CONFIG_HOME/dnsproof/config.yaml and "
                    + "\(Self.machineFolder)/config.yaml; write one (README.md shows how), or set \(Self.tokenVariable)"
            )
            return Understood(.none, [fault])
        }
        let place = SourcePlace("$\(Self.tokenVariable)")
        let zoneValue: Configuration.Field.Value = zones.isEmpty ? .text("all") : .list(zones.map(\.text))
        let provider = Configuration.ProviderSection(
            name: name,
            kind: "cloudflare",
            place: place,
            fields: [
                "token": .init(value: .secret(.environment(Self.tokenVariable)), place: place),
                "zones": .init(value: zoneValue, place: place),
            ],
            spoilt: []
        )
        let everywhere = Configuration.ZoneSection(apex: nil, publishers: [], policy: "default", place: place)
        return complete(
            Configuration(file: place.source, providers: [provider], zones: [everywhere]),
            lookUp: nil,
            faults: []
        )
    }

    private func load(file: String) -> Understood<LoadedConfiguration> {
        let bytes: [UInt8]
        do {
            bytes = try Files.read(file, limitBytes: YAMLReader.fileLimitBytes)
        } catch {
            return Understood(.none, [Self.unreadable(file, error)])
        }
        let read = ConfigurationFile.read(bytes, file: file, providerKinds: providerKinds)
        return complete(read.value, lookUp: read.value.folder, faults: read.faults)
    }

    private static func unreadable(_ file: String, _ error: FileFailure) -> ConfigurationFault {
        ConfigurationFault(.fileUnreadable, SourcePlace(file), "cannot be read: \(error.problem)")
    }

    /// The folders that a hook's name is looked up in.
    /// - Parameter folder: of the configuration file.
    package func hookFolders(beside folder: String?) -> [String] {
        HookLocation.folders(besideConfiguration: folder.map(absolute), installed: shares.map { $0 + "/hooks" })
    }

    /// The program that a word of the command line means: a path, from where the person stands, or the name of a hook.
    package func hook(_ word: String, beside folder: String?) throws(HookLocationError) -> String {
        let hook = word.utf8.contains(0x2F) ? absolute(word) : word
        return try HookLocation.path(of: hook, folders: hookFolders(beside: folder), exists: exists)
    }

    private func complete(
        _ configuration: Configuration,
        lookUp folder: String?,
        faults: [ConfigurationFault]
    ) -> Understood<LoadedConfiguration> {
        var faults = faults
        var programs: [String: String] = [:]
        var foreign: [String: ForeignHook] = [:]
        let hookFolders = hookFolders(beside: folder)
        for publisher in configuration.publishers {
            do {
                guard let found = try program(of: publisher, hookFolders) else { continue }
                programs[publisher.name] = found.path
                foreign[publisher.name] = found.foreign
            } catch {
                let hint = Self.hint(error, publisher.hook, hookFolders)
                let text = "publisher \(publisher.name): \(error)\(hint)"
                faults.append(ConfigurationFault(.program, publisher.place, text))
            }
        }
        let users = users(configuration, &faults)
        let providerPrograms = providerPrograms(configuration, folder, &faults)
        var configuration = configuration
        if let everywhere = everywhere(configuration, folder, &faults) { configuration.zones.append(everywhere) }
        var policies: [String: PolicyDocument] = [:]
        var tried: Set<String> = []
        for zone in configuration.zones where tried.insert(zone.policy).inserted {
            let read = policy(zone, folder, configuration)
            faults += read.faults
            policies[zone.policy] = read.value
        }
        faults += Self.unusableDialects(configuration, foreign, policies.compactMapValues(\.self))
        let loaded = LoadedConfiguration(
            configuration: configuration,
            policyDocuments: policies,
            programs: programs,
            foreign: foreign,
            users: users,
            providerPrograms: providerPrograms
        )
        return Understood(loaded, faults)
    }

    /// What holds for names that no zone fits: a `default` policy of the operator's own, also where no zone names it. Somebody may have
    /// forbidden in it what the built-in one does.
    private func everywhere(
        _ configuration: Configuration,
        _ folder: String?,
        _ faults: inout [ConfigurationFault]
    ) -> Configuration.ZoneSection? {
        if configuration.zones.contains(where: { $0.apex == nil }) { return nil }
        let place = SourcePlace(configuration.file)
        let read = policy(named: "default", besideConfiguration: folder, place: place)
        faults += read.faults
        guard let document = read.value, document.policy != .standard else { return nil }
        return .init(
            apex: nil,
            publishers: [],
            policy: "default",
            place: document.file.map { SourcePlace($0) } ?? place
        )
    }

    private func users(
        _ configuration: Configuration,
        _ faults: inout [ConfigurationFault]
    ) -> [String: ProgramUser] {
        var users: [String: ProgramUser] = [:]
        for publisher in configuration.publishers {
            guard let user = publisher.user else { continue }
            do {
                users[publisher.name] = try ProgramUser(user.name)
            } catch {
                let name = OctetText(user.name.utf8).shortened()
                faults.append(
                    ConfigurationFault(.value, user.place, "publisher \(publisher.name): user \"\(name)\" \(error)")
                )
            }
        }
        return users
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
                    let text = "provider \(provider.name): \(error)\(Self.hint(error, word, folders))"
                    faults.append(ConfigurationFault(.program, field.place, text))
                }
            }
        }
        return programs
    }

    /// The nearest name of a program in those folders, where one was not found.
    private static func hint(_ error: any Error, _ word: String, _ folders: [String]) -> String {
        guard case .notFound? = (error as? HookLocationError)?.fault else { return "" }
        return Nearest.proposal(word, among: folders.flatMap { Files.names(in: $0) })
    }

    private func policy(
        _ zone: Configuration.ZoneSection,
        _ folder: String?,
        _ configuration: Configuration
    ) -> Understood<PolicyDocument?> {
        let read = policy(named: zone.policy, besideConfiguration: folder, place: zone.place)
        guard let document = read.value, let known = configuration.resolverNames else { return read }
        let strangers = document.policy.propagation.resolvers.filter { !known.contains($0) }.map { stranger in
            ConfigurationFault(
                .nameUnknown,
                document.resolverPlaces[stranger] ?? zone.place,
                "no resolver is named \"\(stranger)\" under resolvers: in \(configuration.file)"
                    + Nearest.hint(stranger, among: Array(known))
            )
        }
        return Understood(document, read.faults + strangers)
    }

    /// Folders in which policies are looked up, the first one first.
    package func policyFolders(besideConfiguration folder: String?) -> [String] {
        ((folder.map { [$0] } ?? []) + [Self.machineFolder] + shares).map { $0 + "/policies" }
    }

    /// The names of all policies that can be found, sorted.
    package func policyNames(besideConfiguration folder: String?) -> [String] {
        let ending = ".yaml"
        let files = policyFolders(besideConfiguration: folder).flatMap { Files.names(in: $0) }
            .filter {
                $0.utf8.count > ending.utf8.count && $0.utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8)
            }
        return Set(files.map { String($0.dropLast(ending.count)) }).sorted()
    }

    /// The policy of that name, from the first folder that has it; nil where there is none.
    /// - Parameter place: where it was named, for a fault.
    package func policy(
        named name: String,
        besideConfiguration folder: String?,
        place: SourcePlace
    ) -> Understood<PolicyDocument?> {
        guard name.utf8.first != 0x2E,
            name.utf8.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || "-_.".utf8.contains($0) })
        else {
            let text =
                "\"\(OctetText(name.utf8))\" is no policy's name: a file's name without .yaml, of letters, digits, - _ and ."
            return Understood(nil, [ConfigurationFault(.value, place, text)])
        }
        let places = policyFolders(besideConfiguration: folder).map { $0 + "/\(name).yaml" }
        guard let file = places.first(where: exists) else {
            // The built-in default is the same as policies/default.yaml, so a lone binary works.
            if name == "default" { return Understood(PolicyDocument(.standard), []) }
            let hint = Nearest.proposal(name, among: policyNames(besideConfiguration: folder))
            let text = "policy \"\(name)\" was not found; looked at \(places.joined(separator: ", "))\(hint)"
            return Understood(nil, [ConfigurationFault(.nameUnknown, place, text)])
        }
        return Self.policy(at: file, name: name)
    }

    /// One policy file; nil where it cannot be read.
    package static func policy(at file: String, name: String) -> Understood<PolicyDocument?> {
        do {
            let bytes = try Files.read(file, limitBytes: YAMLReader.fileLimitBytes)
            let read = PolicyFile.read(bytes, name: name, file: file)
            return Understood(read.value, read.faults)
        } catch {
            return Understood(nil, [unreadable(file, error)])
        }
    }

    func absolute(_ path: String) -> String {
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

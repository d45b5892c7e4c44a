// What `dnsproof hook test` tries, and what it is given: a publisher of the configuration, or a program with words of the command line.
import Agent
import DCV
import Foundation
import Platform
import Rehearsal

/// `--set` and `--secret`.
struct HookExtras: Sendable {
    let settings: [String: String]
    private let sources: [String: SecretSource]

    var isEmpty: Bool { settings.isEmpty && sources.isEmpty }

    /// What stands in a `--secret` may be the secret itself, so no refusal repeats it.
    init(_ settings: [String], _ secrets: [String]) throws(Mistyped) {
        self.settings = try Self.pairs(settings) { text throws(Mistyped) in
            throw Mistyped(description: "--set \"\(OctetText(text.utf8).shortened())\": write name=value")
        }
        let wanted = "--secret: write name=env:VARIABLE or name=file:PATH, never the secret itself"
        let pairs = try Self.pairs(secrets) { _ throws(Mistyped) in throw Mistyped(description: wanted) }
        var sources: [String: SecretSource] = [:]
        for (name, source) in pairs {
            let word = source.prefix { $0 != ":" }
            let rest = String(source.dropFirst(word.count + 1))
            switch word {
            case "env" where !rest.isEmpty: sources[name] = .environment(rest)
            case "file" where !rest.isEmpty:
                sources[name] = .file(Paths.resolve(rest, in: FileManager.default.currentDirectoryPath))
            default: throw Mistyped(description: wanted)
            }
        }
        self.sources = sources
    }

    private static func pairs(
        _ words: [String],
        _ refuse: (String) throws(Mistyped) -> Never
    ) throws(Mistyped) -> [String: String] {
        var pairs: [String: String] = [:]
        for word in words {
            let name = String(word.prefix { $0 != "=" })
            let isName =
                !name.isEmpty
                && name.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2D || $0 == 0x5F }
            guard isName, name.count < word.count, pairs[name] == nil else { try refuse(word) }
            pairs[name] = String(word.dropFirst(name.count + 1))
        }
        return pairs
    }

    func secrets(_ house: House) async throws -> [String: Secret] {
        var secrets: [String: Secret] = [:]
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            do {
                secrets[name] = try await SecretReader(environment: House.environment, children: house.children)
                    .read(source)
            } catch {
                throw Ending(.configuration, ["secret \(name): \(error)"])
            }
        }
        return secrets
    }
}

/// What is tested: a publisher of the configuration, or a program.
struct HookSubject: Sendable {
    let publisher: String?
    let program: String
    let settings: [String: String]
    let secrets: [String: Secret]
    /// How it is called, where it was written for another tool, and the folder for what must be kept between two of its calls.
    let foreign: ForeignHook?
    /// Whom it is started as.
    let user: ProgramUser?
    private let memory: String?

    /// - Parameter extras: what a program is given that no configuration names.
    init(_ word: String, _ extras: HookExtras, in house: House) async throws {
        let section = house.configuration.publishers.first { $0.name == word }
        guard let section, let program = house.loaded.programs[word] else {
            (publisher, foreign, user, memory) = (nil, nil, nil, nil)
            do {
                self.program = try House.loader().hook(word, beside: house.configuration.folder)
                try ProgramFile.check(self.program)
            } catch {
                let folders = House.loader().hookFolders(beside: house.configuration.folder)
                let names = house.configuration.publishers.map(\.name) + folders.flatMap { Files.names(in: $0) }
                let hint = Nearest.proposal(word, among: Set(names).sorted())
                throw Ending(.usage, ["\(error)\(hint)", Self.publishers(of: house.configuration)])
            }
            settings = extras.settings
            secrets = try await extras.secrets(house)
            return
        }
        guard extras.isEmpty else {
            throw Ending(
                .usage,
                [
                    "publisher \(word) has its settings and secrets from the configuration; --set and --secret go with a path"
                ]
            )
        }
        publisher = word
        foreign = house.loaded.foreign[word]
        user = house.loaded.users[word]
        memory = house.hookMemory
        self.program = program
        settings = section.settings
        secrets = try await house.secrets(of: section)
    }

    /// Which publishers a name could have meant.
    private static func publishers(of configuration: Configuration) -> String {
        let names = configuration.publishers.map(\.name).sorted()
        if configuration.file == Configuration.noFile {
            return "no configuration was read, so that no publisher is known by its name; name one with --config"
        }
        return "\(configuration.file) was read; "
            + (names.isEmpty ? "it has no publisher" : "its publishers: \(names.joined(separator: ", "))")
    }

    /// What a played world does not hand over: with these the hook may reach a service of its own, whatever zone it is asked about.
    var ownService: [String] {
        (settings.keys.filter { !LoopbackStage.settingNames.contains($0) }
            + secrets.keys.filter { $0 != LoopbackStage.secretName }).sorted()
    }

    /// For a sentence.
    var title: String { publisher.map { "publisher \($0)" } ?? program }

    func hook(
        _ settings: [String: String],
        _ secrets: [String: Secret],
        _ deadlineMilliseconds: Int64,
        _ children: any ChildRunning
    ) throws(ContractVariableError) -> HookPublisher {
        try HookPublisher(
            name: publisher ?? "test",
            program: program,
            settings: settings,
            secrets: secrets,
            home: House.environment["HOME"] ?? "/",
            user: user,
            foreign: foreign,
            memory: memory,
            deadlineMilliseconds: deadlineMilliseconds,
            children: children
        )
    }
}

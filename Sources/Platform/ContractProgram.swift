// A program behind a contract of ours, be it a hook or a provider: what it is told, how it is started, and what its
// ending was, in words.
import DCV

/// The exit codes that the contracts give a meaning (sysexits.h).
package enum ContractExit {
    /// EX_USAGE: the verb is not offered.
    package static let verbUnknown: Int32 = 64
    /// EX_UNAVAILABLE: what is asked about is not the program's, or not there any more.
    package static let notMine: Int32 = 69
    /// EX_TEMPFAIL: nothing was done; later may do.
    package static let tryLater: Int32 = 75
    /// EX_NOPERM: the credential is refused or lacks a right.
    package static let credentialRefused: Int32 = 77
    /// EX_CONFIG: a person must act.
    package static let misconfigured: Int32 = 78
}

/// One datum of a call under its two names: a variable's, without `DNSPROOF_`, and a key's of the document.
package struct ContractField: Sendable {
    let variable: String
    let key: String
    let value: JSONValue
    /// The object of the document that holds it; nil for the document itself.
    let section: String?

    package init(variable: String, key: String, value: JSONValue, section: String? = nil) {
        self.variable = variable
        self.key = key
        self.value = value
        self.section = section
    }

    var text: String {
        if case .number(let number) = value { number.text } else { value.string ?? "" }
    }
}

/// A call in the words of another contract.
package struct ForeignCall: Sendable {
    /// Absolute path.
    package let program: String
    package let arguments: [String]
    package let variables: [String: String]

    package init(_ program: String, _ arguments: [String], _ variables: [String: String] = [:]) {
        self.program = program
        self.arguments = arguments
        self.variables = variables
    }
}

/// One configured program with what it is told at every start. Never a shell between; environment and document are made
/// from the same fields, so that they cannot differ.
package struct ContractProgram: Sendable {
    static let version: Int64 = 1
    /// What the names of all variables of a contract begin with.
    package static let prefix = "DNSPROOF_"
    /// The variable that holds the intent's id.
    package static let idVariable = "ID"
    static let searchPath = "/usr/sbin:/usr/bin:/sbin:/bin"

    /// What people call it: "hook", "program".
    private let noun: String
    private let path: String
    private let settings: ContractVariables
    private let secrets: ContractVariables
    private let home: String
    private let user: ProgramUser?
    private let children: any ChildRunning
    package let mask: SecretMask

    /// `path` is absolute; `home` is the HOME the program gets, unless it is started as a `user` with a home of its own. Throws what cannot be handed to any program.
    package init(
        _ noun: String,
        path: String,
        settings: [String: String],
        secrets: [String: Secret],
        home: String,
        user: ProgramUser? = nil,
        children: any ChildRunning
    ) throws(ContractVariableError) {
        self.noun = noun
        self.path = path
        self.settings = try ContractVariables(settings, kind: .setting)
        self.secrets = try ContractVariables(secrets.mapValues { $0.revealed }, kind: .secret)
        self.home = user?.home ?? home
        self.user = user
        self.children = children
        mask = SecretMask(secrets.values.map { Array($0.revealed.utf8) })
    }

    /// Starts it with the verb as its one argument, in a private folder. Throws when no such folder can be made: then
    /// nothing was started.
    package func start(
        _ verb: String,
        _ fields: [ContractField] = [],
        withSecrets: Bool = true,
        deadlineMilliseconds: Int64,
        outputLimitBytes: Int = ChildCommand.defaultOutputLimitBytes
    ) async throws(FileFailure) -> ChildResult {
        let call = Call(
            fields: [
                ContractField(variable: "API", key: "api", value: .number(JSONNumber(Self.version))),
                ContractField(variable: "ACTION", key: "action", value: .string(verb)),
                ContractField(
                    variable: "DEADLINE_S",
                    key: "deadline_s",
                    value: .number(JSONNumber(max(1, deadlineMilliseconds / 1000)))
                ),
            ] + fields,
            settings: settings,
            secrets: withSecrets ? secrets : .none
        )
        return try await PrivateFolder.with(for: user) { folder in
            await children.run(
                ChildCommand(
                    program: path,
                    arguments: [verb],
                    environment: call.environment(home: home, folder: folder),
                    directory: folder,
                    input: call.document(),
                    user: user,
                    deadlineMilliseconds: deadlineMilliseconds,
                    outputLimitBytes: outputLimitBytes
                )
            )
        }
    }

    /// Starts another program with the same settings and secrets, each under the name it has in the configuration: what programs expect that
    /// were written for others. Of our own contract there is the id alone, by which a later run would find it.
    package func start(
        _ call: ForeignCall,
        id: String,
        deadlineMilliseconds: Int64
    ) async throws(FileFailure) -> ChildResult {
        try await PrivateFolder.with(for: user) { folder in
            var environment = Call.base(home: home, folder: folder)
            environment.merge(settings.values) { _, theirs in theirs }
            environment.merge(secrets.values) { _, theirs in theirs }
            environment.merge(call.variables) { _, ours in ours }
            environment[Self.prefix + Self.idVariable] = id
            return await children.run(
                ChildCommand(
                    program: call.program,
                    arguments: call.arguments,
                    environment: environment,
                    directory: folder,
                    user: user,
                    deadlineMilliseconds: deadlineMilliseconds
                )
            )
        }
    }

    /// How it ended in words, with its own last words where there are some.
    package func reason(of result: ChildResult) -> String {
        let words = LastWords.line(of: result.errorOutput, mask: mask)
        switch result.ending {
        case .exited(let code):
            return words.map { "\($0) (exit code \(code))" }
                ?? "the \(noun) ended with exit code \(code) and no word on stderr"
        case .signaled(let signal): return "the \(noun) was ended by signal \(signal)" + last(words)
        case .timedOut:
            return "the \(noun) was not done after \(result.elapsedMilliseconds) ms and was ended" + last(words)
        case .cancelled: return "the \(noun) was ended because this run ends" + last(words)
        case .notStarted(let reason), .noRoom(let reason):
            return
                "the \(noun) was not started: "
                + OctetText(reason.utf8).shortened(limitBytes: LastWords.refusalLimitBytes)
        }
    }

    private func last(_ words: String?) -> String { words.map { "; its last words: \($0)" } ?? "" }
}

/// What one start is told.
private struct Call: Sendable {
    let fields: [ContractField]
    let settings: ContractVariables
    let secrets: ContractVariables

    /// The whole environment; `folder` is the start's private folder.
    func environment(home: String, folder: String) -> [String: String] {
        var variables = Self.base(home: home, folder: folder)
        for field in fields { variables[ContractProgram.prefix + field.variable] = field.text }
        variables.merge(settings.environment(prefix: ContractProgram.prefix + "SETTING_")) { mine, _ in mine }
        variables.merge(secrets.environment(prefix: ContractProgram.prefix + "SECRET_")) { mine, _ in mine }
        return variables
    }

    /// What every program gets.
    static func base(home: String, folder: String) -> [String: String] {
        ["PATH": ContractProgram.searchPath, "LANG": "C.UTF-8", "HOME": home, "TMPDIR": folder]
    }

    /// The same as one JSON document.
    func document() -> [UInt8] {
        var document = JSONObject(fields.filter { $0.section == nil }.map { ($0.key, $0.value) })
        for field in fields {
            guard let section = field.section else { continue }
            var object = document[section]?.object ?? JSONObject([])
            object[field.key] = field.value
            document[section] = .object(object)
        }
        document["settings"] = Self.object(settings)
        document["secrets"] = Self.object(secrets)
        return JSONValue.object(document).serialized()
    }

    private static func object(_ variables: ContractVariables) -> JSONValue {
        .object(JSONObject(variables.values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
}

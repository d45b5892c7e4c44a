// Where a credential comes from, and how it is fetched from there. Errors name the source and the cure, never the
// value.
import Glibc
import SystemPackage

/// A place that holds a secret, as the configuration names it.
package enum SecretSource: Hashable, Sendable, CustomStringConvertible {
    /// A variable of this process's environment.
    case environment(String)
    /// A file that only its owner may read; the owner is root or the user running this.
    case file(String)
    /// A program's standard output: its path, or a name in one of `SecretReader.programFolders`, then its arguments.
    case command([String])
    /// A file of systemd's `LoadCredential=`, in `$CREDENTIALS_DIRECTORY`.
    case credential(String)

    package var description: String {
        switch self {
        case .environment(let name): "environment variable \(name)"
        case .file(let path): "file \(path)"
        case .command(let words): "command \(words.first ?? "")"
        case .credential(let name): "credential \(name)"
        }
    }
}

package struct SecretFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let source: SecretSource
    package let problem: String
    package let cure: String

    package var description: String { "the secret from \(source) is not usable: \(problem); cure: \(cure)" }
}

package struct SecretReader: Sendable {
    package static let limitBytes = 64 << 10
    package static let commandDeadlineMilliseconds: Int64 = 30_000
    /// Where a command without a path is looked for. `$PATH` is not asked: cron's is different from a person's.
    package static let programFolders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"]
    /// What password managers need to find their store; a command gets these, PATH and LANG, and nothing else.
    package static let passedVariables = ["HOME", "USER", "GNUPGHOME", "PASSWORD_STORE_DIR", "XDG_RUNTIME_DIR"]

    private let environment: [String: String]
    private let children: any ChildRunning

    package init(environment: [String: String], children: any ChildRunning) {
        self.environment = environment
        self.children = children
    }

    package func read(_ source: SecretSource) async throws(SecretFailure) -> Secret {
        let bytes: [UInt8]
        switch source {
        case .environment(let name):
            guard let value = environment[name] else {
                throw SecretFailure(source: source, problem: "it is not set", cure: "set \(name) for this program")
            }
            bytes = Array(value.utf8)
        case .file(let path):
            bytes = try read(path, forbiddenMode: 0o077, source)
        case .credential(let name):
            // Always an absolute path where systemd sets it.
            guard let folder = environment["CREDENTIALS_DIRECTORY"], folder.utf8.first == 0x2F else {
                throw SecretFailure(
                    source: source,
                    problem: "$CREDENTIALS_DIRECTORY is not set",
                    cure: "add LoadCredential=\(name):PATH to the systemd unit"
                )
            }
            guard !name.isEmpty, !name.utf8.contains(0x2F), name.utf8.first != 0x2E else {
                throw SecretFailure(
                    source: source,
                    problem: "that is no credential name",
                    cure: "use the name of LoadCredential="
                )
            }
            // systemd lets a service's user in by an access list, which shows as the group's read bit.
            bytes = try read(folder + "/" + name, forbiddenMode: 0o037, source)
        case .command(let words):
            bytes = try await run(words, source)
        }
        guard let secret = Secret(Self.withoutLineEnd(bytes)) else {
            throw SecretFailure(
                source: source,
                problem: "it is empty, or not UTF-8 text without NUL",
                cure: "put the secret there as one line of text"
            )
        }
        return secret
    }

    private func read(_ path: String, forbiddenMode: UInt32, _ source: SecretSource) throws(SecretFailure) -> [UInt8] {
        do {
            // Not blocking: a named pipe in the file's place must not hold the run.
            let options: FileDescriptor.OpenOptions = [.closeOnExec, .noFollow, .nonBlocking]
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: options)
            defer { try? file.close() }
            let status = try System.status(file)
            guard status.isRegular else {
                throw SecretFailure(source: source, problem: "\(path) is no regular file", cure: "name a file")
            }
            guard TrustedOwners().contains(status.owner) else {
                throw SecretFailure(
                    source: source,
                    problem: "\(path) belongs to user \(status.owner), neither root nor the user running this",
                    cure: "chown \(geteuid()) \(path)"
                )
            }
            guard status.mode & forbiddenMode == 0 else {
                throw SecretFailure(
                    source: source,
                    problem: "others than its owner may use \(path) (mode \(String(status.mode & 0o7777, radix: 8)))",
                    cure: "chmod 600 \(path)"
                )
            }
            return try Files.read(file, path, limitBytes: Self.limitBytes)
        } catch let failure as SecretFailure {
            throw failure
        } catch Errno.tooManySymbolicLinkLevels {
            throw SecretFailure(source: source, problem: "\(path) is a symbolic link", cure: "name the file itself")
        } catch {
            let problem = (error as? FileFailure)?.problem ?? "\(error)"
            // A file's path is told with the source; a credential's is not.
            let place = source == .file(path) ? "" : "\(path): "
            throw SecretFailure(source: source, problem: place + problem, cure: "correct the path or the file")
        }
    }

    private func run(_ words: [String], _ source: SecretSource) async throws(SecretFailure) -> [UInt8] {
        guard let name = words.first, let program = Self.program(named: name) else {
            throw SecretFailure(
                source: source,
                problem: "there is no such program in \(Self.programFolders.joined(separator: ", "))",
                cure: "write the program's whole path"
            )
        }
        var variables = ["PATH": Self.programFolders.joined(separator: ":"), "LANG": "C.UTF-8"]
        for name in Self.passedVariables { variables[name] = environment[name] }
        let result = await children.run(
            ChildCommand(
                program: program,
                arguments: Array(words.dropFirst()),
                environment: variables,
                deadlineMilliseconds: Self.commandDeadlineMilliseconds
            )
        )
        guard result.ending == .exited(0) else {
            throw SecretFailure(
                source: source,
                problem: Self.wording(result.ending),
                cure: "run the command by hand as the user running this"
            )
        }
        guard !result.output.isTruncated else {
            throw SecretFailure(
                source: source,
                problem: "it printed more than \(ChildCommand.defaultOutputLimitBytes) bytes",
                cure: "let it print the secret alone"
            )
        }
        return result.output.bytes
    }

    private static func program(named name: String) -> String? {
        if name.utf8.contains(0x2F) { return name }
        return programFolders.map { $0 + "/" + name }.first { System.isExecutable($0) }
    }

    private static func wording(_ ending: ChildResult.Ending) -> String {
        switch ending {
        case .exited(let code): "it exited with \(code)"
        case .signaled(let signal): "signal \(signal) ended it"
        case .timedOut: "it did not end within \(commandDeadlineMilliseconds) ms"
        case .cancelled: "the run was ended meanwhile"
        case .notStarted(let reason), .noRoom(let reason): reason
        }
    }

    /// One line end is the editor's, not the secret's.
    private static func withoutLineEnd(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard bytes.last == 0x0A else { return bytes[...] }
        let line = bytes.dropLast()
        return line.last == 0x0D ? line.dropLast() : line
    }
}

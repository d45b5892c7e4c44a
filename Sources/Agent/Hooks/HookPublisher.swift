// A publisher that is a program: starts the hook by the contract (hooks/README.md) and says how it ended. Knows no DNS.
package import DCV
package import Platform

/// One configured publisher behind a hook.
package struct HookPublisher: Publisher {
    package static let defaultDeadlineMilliseconds: Int64 = 60_000
    /// `describe` changes nothing and asks nobody.
    package static let describeDeadlineMilliseconds: Int64 = 10_000

    /// The contract's exit codes (sysexits.h: EX_UNAVAILABLE, EX_TEMPFAIL, EX_CONFIG).
    private enum ExitCode {
        static let notMyZone: Int32 = 69
        static let tryLater: Int32 = 75
        static let misconfigured: Int32 = 78
    }

    package let name: String
    private let program: String
    private let settings: HookVariables
    private let secrets: HookVariables
    private let mask: SecretMask
    private let home: String
    private let deadlineMilliseconds: Int64
    private let children: any ChildRunning

    /// `program` is an absolute path (see `HookLocation`); `home` is the HOME the hook gets. Throws what cannot be
    /// handed to any program.
    package init(
        name: String,
        program: String,
        settings: [String: String] = [:],
        secrets: [String: Secret] = [:],
        home: String,
        deadlineMilliseconds: Int64 = defaultDeadlineMilliseconds,
        children: any ChildRunning
    ) throws(HookVariableError) {
        self.name = name
        self.program = program
        self.settings = try HookVariables(settings, kind: .setting)
        self.secrets = try HookVariables(secrets.mapValues { $0.revealed }, kind: .secret)
        mask = SecretMask(secrets.values.map { Array($0.revealed.utf8) })
        self.home = home
        self.deadlineMilliseconds = deadlineMilliseconds
        self.children = children
    }

    package func publish(_ order: PublishingOrder) async -> HookOutcome { await act(.publish, order) }

    package func withdraw(_ order: PublishingOrder) async -> HookOutcome { await act(.withdraw, order) }

    /// Asks the hook what it can do. It gets its settings and no secret; once it has answered, the answer does not change.
    package func describe() async -> Result<HookDescription, HookDescriptionError> {
        let result: ChildResult
        do {
            result = try await start(
                .describe,
                nil,
                secrets: .none,
                deadlineMilliseconds: Self.describeDeadlineMilliseconds
            )
        } catch {
            return .failure(HookDescriptionError("it could not be asked: \(error)"))
        }
        switch result.ending {
        case .exited(0) where result.output.bytes.isEmpty: return .success(.undescribed)
        case .exited(0):
            do {
                return .success(try HookDescription(answer: result.output.bytes))
            } catch {
                return .failure(error)
            }
        case .exited: return .success(.undescribed)
        case .notStarted, .signaled, .timedOut, .cancelled:
            return .failure(HookDescriptionError("it could not be asked: \(reason(of: result))"))
        }
    }

    private func act(_ verb: HookVerb, _ order: PublishingOrder) async -> HookOutcome {
        let result: ChildResult
        do {
            result = try await start(verb, order, secrets: secrets, deadlineMilliseconds: deadlineMilliseconds)
        } catch {
            return .tryLater(reason: "the hook was not started, it has no private folder: \(error)")
        }
        switch result.ending {
        case .exited(0): return .done
        case .exited(ExitCode.notMyZone): return .notMyZone(reason: reason(of: result))
        case .exited(ExitCode.tryLater), .signaled, .timedOut, .cancelled: return .tryLater(reason: reason(of: result))
        case .exited(ExitCode.misconfigured), .notStarted: return .misconfigured(reason: reason(of: result))
        case .exited: return .failed(reason: reason(of: result))
        }
    }

    private func start(
        _ verb: HookVerb,
        _ order: PublishingOrder?,
        secrets: HookVariables,
        deadlineMilliseconds: Int64
    ) async throws(FileFailure) -> ChildResult {
        let call = HookCall(
            verb: verb,
            order: order,
            settings: settings,
            secrets: secrets,
            deadlineSeconds: max(1, deadlineMilliseconds / 1000)
        )
        return try await PrivateFolder.with { folder in
            await children.run(
                ChildCommand(
                    program: program,
                    arguments: [verb.rawValue],
                    environment: call.environment(home: home, folder: folder),
                    directory: folder,
                    input: call.document(),
                    deadlineMilliseconds: deadlineMilliseconds
                )
            )
        }
    }

    /// How it ended in words, with the hook's own last words where there are some.
    private func reason(of result: ChildResult) -> String {
        let words = HookReason.lastLine(of: result.errorOutput, mask: mask)
        switch result.ending {
        case .exited(let code):
            return words.map { "\($0) (exit code \(code))" }
                ?? "the hook ended with exit code \(code) and no word on stderr"
        case .signaled(let signal): return "the hook was ended by signal \(signal)" + lastWords(words)
        case .timedOut:
            return "the hook was not done after \(result.elapsedMilliseconds) ms and was ended" + lastWords(words)
        case .cancelled: return "the hook was ended because this run ends" + lastWords(words)
        case .notStarted(let reason):
            return
                "the hook was not started: "
                + OctetText(reason.utf8).shortened(limitBytes: HookReason.refusalLimitBytes)
        }
    }

    private func lastWords(_ words: String?) -> String { words.map { "; its last words: \($0)" } ?? "" }
}

// A publisher that is a program: starts the hook by the contract (hooks/README.md) and says how it ended. Knows no DNS.
package import DCV
package import Platform

/// One configured publisher behind a hook.
package struct HookPublisher: Publisher {
    package static let defaultDeadlineMilliseconds: Int64 = 60_000
    /// `describe` changes nothing and asks nobody.
    package static let describeDeadlineMilliseconds: Int64 = 10_000

    /// Not now, misconfigured, and what a shell says of a program that it cannot start.
    private static let saysNothingOfVerbs: Set<Int32> = [ContractExit.tryLater, ContractExit.misconfigured, 126, 127]

    package let name: String
    private let program: ContractProgram
    private let foreign: ForeignHook?
    private let outputs: PublishedOutputs?
    private let deadlineMilliseconds: Int64

    /// `program` is an absolute path (see `HookLocation`); `home` is the HOME the hook gets; `memory` is a folder for what must be
    /// kept between two calls. Throws what cannot be handed to any program.
    /// - Parameter user: whom it is started as, where that is not the user of this process.
    /// - Parameter foreign: how it is called, where it was written for another tool.
    package init(
        name: String,
        program: String,
        settings: [String: String] = [:],
        secrets: [String: Secret] = [:],
        home: String,
        user: ProgramUser? = nil,
        foreign: ForeignHook? = nil,
        memory: String? = nil,
        deadlineMilliseconds: Int64 = defaultDeadlineMilliseconds,
        children: any ChildRunning
    ) throws(ContractVariableError) {
        self.name = name
        self.foreign = foreign
        outputs = foreign?.remembersOutput == true ? memory.map { PublishedOutputs(folder: $0, publisher: name) } : nil
        self.program = try ContractProgram(
            "hook",
            path: program,
            settings: settings,
            secrets: secrets,
            home: home,
            user: user,
            children: children
        )
        self.deadlineMilliseconds = deadlineMilliseconds
    }

    package func publish(_ order: PublishingOrder) async -> HookOutcome { await act(.publish, order) }

    package func withdraw(_ order: PublishingOrder) async -> HookOutcome { await act(.withdraw, order) }

    /// Asks the hook what it can do. It gets its settings and no secret; once it has answered, the answer does not change.
    package func describe() async -> Result<HookDescription, HookDescriptionError> {
        if let foreign { return .success(foreign.description) }
        let result: ChildResult
        do {
            result = try await program.start(
                HookVerb.describe.rawValue,
                withSecrets: false,
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
        case .exited(let code) where !Self.saysNothingOfVerbs.contains(code): return .success(.undescribed)
        case .exited, .notStarted, .noRoom, .signaled, .timedOut, .cancelled:
            return .failure(HookDescriptionError("it could not be asked: \(program.reason(of: result))"))
        }
    }

    /// Whether it was written for another tool, which knows done and failed, and nothing between.
    package var isForeign: Bool { foreign != nil }

    /// How the hook ended when it was asked for a verb that the contract does not have.
    package func unknownVerb() async -> ChildResult.Ending {
        let result = try? await program.start(
            HookVerb.unknown,
            deadlineMilliseconds: Self.describeDeadlineMilliseconds
        )
        return result?.ending ?? .notStarted("it has no private folder")
    }

    private func act(_ verb: HookVerb, _ order: PublishingOrder) async -> HookOutcome {
        if let foreign { return await act(verb, order, foreign) }
        let result: ChildResult
        do {
            result = try await program.start(
                verb.rawValue,
                order.fields,
                deadlineMilliseconds: deadlineMilliseconds
            )
        } catch {
            return .tryLater(reason: "the hook was not started, it has no private folder: \(error)")
        }
        return outcome(of: result)
    }

    private func outcome(of result: ChildResult) -> HookOutcome {
        switch result.ending {
        case .exited(0): .done
        case .exited(ContractExit.notMine) where !isForeign: .notMyZone(reason: program.reason(of: result))
        case .exited(ContractExit.tryLater) where !isForeign: .tryLater(reason: program.reason(of: result))
        case .exited(ContractExit.misconfigured) where !isForeign: .misconfigured(reason: program.reason(of: result))
        case .exited: .failed(reason: program.reason(of: result))
        case .signaled, .timedOut, .cancelled, .noRoom: .tryLater(reason: program.reason(of: result))
        case .notStarted: .misconfigured(reason: program.reason(of: result))
        }
    }

    private func act(_ verb: HookVerb, _ order: PublishingOrder, _ foreign: ForeignHook) async -> HookOutcome {
        guard let call = foreign.call(verb, order, output: outputs?.output(of: order)) else {
            return .misconfigured(reason: "this dialect cannot express \(order.record) at \(order.target)")
        }
        let result: ChildResult
        do {
            for file in foreign.runFiles { try ProgramFile.check(file) }
            result = try await program.start(call, id: order.id, deadlineMilliseconds: deadlineMilliseconds)
        } catch let refusal as ProgramRefusal {
            return .misconfigured(reason: "the hook was not started: \(refusal)")
        } catch {
            return .tryLater(reason: "the hook was not started, it has no private folder: \(error)")
        }
        let outcome = outcome(of: result)
        switch verb {
        // Whatever its exit code says, the record may be there, and has to be taken away.
        case .publish where outcome == .done || !result.output.bytes.isEmpty:
            outputs?.keep(result.output.bytes, of: order)
        case .withdraw where outcome == .done: outputs?.forget(order)
        case .publish, .withdraw, .describe: break
        }
        return outcome
    }
}

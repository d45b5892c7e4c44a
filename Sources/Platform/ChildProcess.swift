// Starts programs. The only file that knows the Subprocess library: it starts and reaps, everything in between is ChildSupervision.
import CLinux
import Subprocess
import Synchronization
import SystemPackage

/// Runs programs for real. Every child gets a session of its own, exactly the given environment, its standard input from a file in
/// memory, and no other descriptor. Two runs may go on at once.
package struct ChildProcess: ChildRunning {
    package init() {}

    package func run(_ command: ChildCommand) async -> ChildResult {
        let started = System.monotonicMilliseconds()
        let stop = StopFlag()
        return await withTaskCancellationHandler {
            guard !Task.isCancelled else { return Self.unstarted(.cancelled, started) }
            do {
                try Self.check(command)
                return try await Self.start(command, stop, started)
            } catch {
                return Self.unstarted(.notStarted("\(error)"), started)
            }
        } onCancel: {
            stop.raise()
        }
    }

    private static func start(_ command: ChildCommand, _ stop: StopFlag, _ started: Int64) async throws -> ChildResult {
        let input = try memoryFile(holding: command.input)
        let output = try FileDescriptor.pipe(options: .closeOnExec)
        let errorOutput = try FileDescriptor.pipe(options: .closeOnExec)
        defer {
            try? output.readEnd.close()
            try? errorOutput.readEnd.close()
        }
        let configuration = try configuration(of: command)
        ChildRegistry.shared.begin()
        // A task of its own: the library's answer to cancellation ends the leader alone, ours ends everything.
        let task = Task {
            try await Subprocess.run(
                configuration,
                input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                output: .fileDescriptor(output.writeEnd, closeAfterSpawningProcess: true),
                error: .fileDescriptor(errorOutput.writeEnd, closeAfterSpawningProcess: true)
            ) { execution in
                // The library reaps after this closure: until then the leader's number stays the leader's.
                let leader = execution.processIdentifier
                return await System.onOwnThread {
                    var supervision = ChildSupervision(
                        leader: leader.value,
                        leaderDescriptor: leader.processDescriptor,
                        output: output.readEnd,
                        errorOutput: errorOutput.readEnd,
                        limits: .init(
                            deadline: started + max(0, command.deadlineMilliseconds),
                            graceMilliseconds: command.graceMilliseconds
                        ),
                        stop: stop
                    )
                    return supervision.watch()
                }
            }
        }
        let outcome = await task.result
        await System.onOwnThread { ChildRegistry.shared.end() }
        let result = try outcome.get()
        return ChildResult(
            ending: result.closureResult.verdict ?? ending(of: result.terminationStatus),
            output: result.closureResult.output,
            errorOutput: result.closureResult.errorOutput,
            elapsedMilliseconds: System.monotonicMilliseconds() - started
        )
    }

    private static func ending(of status: TerminationStatus) -> ChildResult.Ending {
        switch status {
        case .exited(let code): .exited(code)
        case .signaled(let signal): .signaled(signal)
        }
    }

    private static func unstarted(_ ending: ChildResult.Ending, _ started: Int64) -> ChildResult {
        ChildResult(
            ending: ending,
            output: .init(),
            errorOutput: .init(),
            elapsedMilliseconds: System.monotonicMilliseconds() - started
        )
    }

    /// The kernel's interface ends texts at NUL and would pass on half of one; "=" in a name would make another variable.
    private static func check(_ command: ChildCommand) throws {
        try ProgramFile.check(command.program)
        for argument in command.arguments where argument.utf8.contains(0) {
            throw ChildRefusal(reason: "an argument for \(command.program) holds a NUL byte")
        }
        for (name, value) in command.environment {
            guard !name.isEmpty, !name.utf8.contains(0), !name.utf8.contains(0x3D), !value.utf8.contains(0) else {
                throw ChildRefusal(
                    reason: "an environment variable for \(command.program) is not usable: NUL byte or bad name"
                )
            }
        }
    }

    private static func configuration(of command: ChildCommand) throws -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        return Configuration(
            executable: .path(FilePath(command.program)),
            arguments: Arguments(command.arguments),
            environment: .custom(command.environment.map { Array("\($0.key)=\($0.value)".utf8) }),
            workingDirectory: FilePath(command.directory),
            platformOptions: options
        )
    }

    private static func memoryFile(holding bytes: [UInt8]) throws -> FileDescriptor {
        let number = clinux_memory_file()
        guard number >= 0 else { throw ChildRefusal(reason: "the system gives no file in memory for standard input") }
        let file = FileDescriptor(rawValue: number)
        do {
            try file.writeAll(bytes)
            try file.seek(offset: 0, from: .start)
        } catch {
            try? file.close()
            throw error
        }
        return file
    }
}

private struct ChildRefusal: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

/// Raised once, from any thread: end the child now.
final class StopFlag: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}

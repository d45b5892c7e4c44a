// Starts programs. The only file that knows the Subprocess library: it starts and reaps, everything in between is
// ChildSupervision.
import CLinux
import DCV
import Subprocess
import Synchronization
import SystemPackage

/// Runs programs for real. Every child gets a session of its own, exactly the given environment, its standard input
/// from a file in memory, and no other descriptor. Two runs may go on at once.
package struct ChildProcess: ChildRunning {
    private static let busyRetryLimit = 10
    /// What passes by itself, and says nothing of the program.
    private static let lacking: [Errno] = [
        .tooManyOpenFiles, .tooManyOpenFilesInSystem, .resourceTemporarilyUnavailable, .noMemory,
    ]
    private static let busyRetryMilliseconds: Int64 = 20

    package init() {}

    package func run(_ command: ChildCommand) async -> ChildResult {
        let started = System.monotonicMilliseconds()
        let stop = StopFlag()
        return await withTaskCancellationHandler {
            guard !Task.isCancelled else { return Self.unstarted(.cancelled, started) }
            do {
                try Self.check(command)
                return try await Self.startUnlessBusy(command, stop, started)
            } catch let error as SubprocessError where error.underlyingError.map(Self.lacking.contains) == true {
                return Self.unstarted(.noRoom("\(command.program) could not be started: \(error)"), started)
            } catch let refusal as LackingRefusal {
                return Self.unstarted(.noRoom(refusal.description), started)
            } catch let error as SubprocessError {
                let hint = "a script's first line must name a program that exists"
                return Self.unstarted(
                    .notStarted("\(command.program) could not be started: \(error) (\(hint))"),
                    started
                )
            } catch is CancellationError {
                return Self.unstarted(.cancelled, started)
            } catch {
                return Self.unstarted(.notStarted("\(error)"), started)
            }
        } onCancel: {
            stop.raise()
        }
    }

    /// A program file that somebody holds open for writing (ETXTBSY) is about to be free again.
    private static func startUnlessBusy(
        _ command: ChildCommand,
        _ stop: StopFlag,
        _ started: Int64
    ) async throws -> ChildResult {
        for _ in 0..<busyRetryLimit {
            do {
                return try await start(command, stop, started)
            } catch let error as SubprocessError where error.underlyingError == .textFileBusy {
                try await Task.sleep(for: .milliseconds(busyRetryMilliseconds))
            }
        }
        return try await start(command, stop, started)
    }

    private static func start(_ command: ChildCommand, _ stop: StopFlag, _ started: Int64) async throws -> ChildResult {
        let configuration = try configuration(of: command)
        let files = try ChildFiles(input: command.input)
        defer { files.closeReadEnds() }
        ChildRegistry.shared.begin()
        // A task of its own: the library's answer to cancellation ends the leader alone, ours ends everything.
        let task = Task {
            try await Subprocess.run(
                configuration,
                input: .fileDescriptor(files.input, closeAfterSpawningProcess: true),
                output: .fileDescriptor(files.output.writeEnd, closeAfterSpawningProcess: true),
                error: .fileDescriptor(files.errorOutput.writeEnd, closeAfterSpawningProcess: true)
            ) { execution in
                // The library reaps after this closure: until then the leader's number stays the leader's.
                let leader = execution.processIdentifier
                return await System.onOwnThread {
                    var supervision = ChildSupervision(
                        leader: leader.value,
                        leaderDescriptor: leader.processDescriptor,
                        output: files.output.readEnd,
                        errorOutput: files.errorOutput.readEnd,
                        limits: .init(
                            deadline: started + Self.clamped(command.deadlineMilliseconds),
                            graceMilliseconds: Self.clamped(command.graceMilliseconds),
                            outputBytes: command.outputLimitBytes
                        ),
                        stop: stop
                    )
                    return supervision.watch()
                }
            }
        }
        let outcome = await task.result
        let hadStrays = await System.onOwnThread { ChildRegistry.shared.end() }
        let result = try outcome.get()
        return ChildResult(
            ending: result.closureResult.verdict ?? ending(of: result.terminationStatus),
            output: result.closureResult.output,
            errorOutput: result.closureResult.errorOutput,
            elapsedMilliseconds: System.monotonicMilliseconds() - started,
            neededKill: result.closureResult.neededKill || hadStrays
        )
    }

    /// Within a day, so that no sum of times overflows.
    private static func clamped(_ milliseconds: Int64) -> Int64 { min(max(0, milliseconds), 86_400_000) }

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

    /// The kernel's interface ends texts at NUL and would pass on half of one; "=" in a name would make another
    /// variable.
    private static func check(_ command: ChildCommand) throws {
        try ProgramFile.check(command.program)
        if let changer = command.user?.changer { try ProgramFile.check(changer) }
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
        var variables: [Environment.Key: String] = [:]
        for (name, value) in command.environment {
            guard let key = Environment.Key(rawValue: name) else {
                throw ChildRefusal(
                    reason: "\"\(OctetText(name.utf8).shortened())\" is no name of an environment variable"
                )
            }
            variables[key] = value
        }
        let words = command.user?.words(starting: command.program) ?? [command.program]
        return Configuration(
            executable: .path(FilePath(words[0])),
            arguments: Arguments(words.dropFirst() + command.arguments),
            environment: .custom(variables),
            workingDirectory: FilePath(command.directory),
            platformOptions: options
        )
    }
}

/// What becomes the child's descriptors 0, 1 and 2. The library closes the child's ends, started or not.
private struct ChildFiles {
    typealias Pipe = (readEnd: FileDescriptor, writeEnd: FileDescriptor)

    let input: FileDescriptor
    let output: Pipe
    let errorOutput: Pipe

    init(input bytes: [UInt8]) throws {
        let number = clinux_memory_file()
        guard number >= 0 else { throw LackingRefusal(reason: "the system gives no file in memory for standard input") }
        var opened = [FileDescriptor(rawValue: number)]
        do {
            try opened[0].writeAll(bytes)
            try opened[0].seek(offset: 0, from: .start)
            let output = try FileDescriptor.pipe(options: .closeOnExec)
            opened += [output.readEnd, output.writeEnd]
            self.errorOutput = try FileDescriptor.pipe(options: .closeOnExec)
            self.output = output
            self.input = opened[0]
        } catch {
            for file in opened { try? file.close() }
            throw LackingRefusal(reason: "the system gives no more descriptors: \(error)")
        }
    }

    func closeReadEnds() {
        try? output.readEnd.close()
        try? errorOutput.readEnd.close()
    }
}

private struct ChildRefusal: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

private struct LackingRefusal: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

/// Raised once, from any thread: end the child now.
final class StopFlag: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}

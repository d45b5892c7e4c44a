// What is started outside this process and how it ended, as plain values: the words of ChildRunning, free of any
// process library.

/// Runs a program without a shell, with nothing inherited, under a deadline, and leaves nothing running afterwards.
package protocol ChildRunning: Sendable {
    /// Never throws: whatever a child does is a `ChildResult`.
    func run(_ command: ChildCommand) async -> ChildResult
}

package struct ChildCommand: Sendable {
    package static let defaultDeadlineMilliseconds: Int64 = 60_000
    /// Between TERM and KILL.
    package static let defaultGraceMilliseconds: Int64 = 5_000
    /// Kept of standard output unless the command says otherwise, and of standard error always; the rest is read and dropped.
    package static let defaultOutputLimitBytes = 64 << 10

    /// Absolute path; `ProgramFile` checks it before every start.
    package var program: String
    /// Without the program's own name. Any user of the machine can read them: no secret and no data of a stranger
    /// belongs here.
    package var arguments: [String]
    /// The child's whole environment.
    package var environment: [String: String]
    /// Absolute path of the working directory, private to this child.
    package var directory: String
    /// Given on standard input by a file descriptor, so a child that does not read it harms nobody.
    package var input: [UInt8]
    /// Whom it is started as; nil for the user of this process.
    package var user: ProgramUser?
    package var deadlineMilliseconds: Int64
    package var graceMilliseconds: Int64
    /// Kept of standard output.
    package var outputLimitBytes: Int

    package init(
        program: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        directory: String = "/",
        input: [UInt8] = [],
        user: ProgramUser? = nil,
        deadlineMilliseconds: Int64 = defaultDeadlineMilliseconds,
        graceMilliseconds: Int64 = defaultGraceMilliseconds,
        outputLimitBytes: Int = defaultOutputLimitBytes
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.input = input
        self.user = user
        self.deadlineMilliseconds = deadlineMilliseconds
        self.graceMilliseconds = graceMilliseconds
        self.outputLimitBytes = outputLimitBytes
    }
}

package struct ChildResult: Sendable {
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        /// Ended by a signal that we did not send.
        case signaled(Int32)
        /// The deadline passed; the child and what it left were ended.
        case timedOut
        /// The task was cancelled; the child and what it left were ended.
        case cancelled
        /// Nothing ran: the program may not be started, or could not be. The reason names path and cure.
        case notStarted(String)
        /// Nothing ran: the machine has no descriptor, process or memory left for it now.
        case noRoom(String)
    }

    /// What came on one of the two streams.
    package struct Output: Hashable, Sendable {
        package var bytes: [UInt8] = []
        /// Whether more came than is kept of this stream.
        package var isTruncated = false

        package init(bytes: [UInt8] = [], isTruncated: Bool = false) {
            self.bytes = bytes
            self.isTruncated = isTruncated
        }
    }

    package let ending: Ending
    package let output: Output
    package let errorOutput: Output
    package let elapsedMilliseconds: Int64
    /// Something had to be ended with KILL: what still ran after the program itself had ended, or whatever did not end within the grace
    /// after TERM.
    package let neededKill: Bool

    package init(
        ending: Ending,
        output: Output,
        errorOutput: Output,
        elapsedMilliseconds: Int64,
        neededKill: Bool = false
    ) {
        self.ending = ending
        self.output = output
        self.errorOutput = errorOutput
        self.elapsedMilliseconds = elapsedMilliseconds
        self.neededKill = neededKill
    }
}

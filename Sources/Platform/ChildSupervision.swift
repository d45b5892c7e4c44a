// One thread watches one child from its start to its end: drains what it prints, keeps its deadline, ends what it
// leaves.
import CLinux
import Glibc
import SystemPackage

/// The life of one child, as a loop over poll(2). It runs on a thread of its own and always comes to an end: at the
/// latest a grace after the deadline everything in the child's session has got KILL.
struct ChildSupervision {
    /// How long output is awaited after the leader has ended; a background child may hold the pipe for ever.
    static let drainMilliseconds: Int64 = 250
    /// What is about to end by itself gets this long after the leader has ended, before it is called left behind.
    private static let lingerMilliseconds: Int64 = 100
    private static let lingerStepMicroseconds: UInt32 = 10_000
    /// Longest sleep between two looks at the clock and at the stop flag.
    private static let stepMilliseconds: Int64 = 50
    private static let readLimitBytes = 64 << 10

    struct Limits {
        /// On the monotonic clock.
        let deadline: Int64
        let graceMilliseconds: Int64
        /// Kept of standard output.
        let outputBytes: Int
    }

    struct Report {
        /// Set when we ended the child.
        let verdict: ChildResult.Ending?
        let output: ChildResult.Output
        let errorOutput: ChildResult.Output
        /// Whether KILL had something to end in the child's session.
        let neededKill: Bool
    }

    private struct Stream {
        var file: FileDescriptor?
        let limitBytes: Int
        var kept = ChildResult.Output()

        /// What poll is to watch: nothing once the stream has ended.
        var watched: Int32 { file?.rawValue ?? -1 }

        mutating func drain() {
            guard let file, let bytes = try? System.read(file, limitBytes: ChildSupervision.readLimitBytes),
                !bytes.isEmpty
            else {
                self.file = nil
                return
            }
            let room = max(0, limitBytes - kept.bytes.count)
            kept.bytes += bytes.prefix(room)
            if bytes.count > room { kept.isTruncated = true }
        }
    }

    private let leader: Int32
    private let leaderDescriptor: Int32
    private let limits: Limits
    private let stop: StopFlag
    private var output: Stream
    private var errorOutput: Stream
    private var endedAt: Int64?
    private var terminatedAt: Int64?
    private var wasKilled = false
    private var verdict: ChildResult.Ending?

    init(
        leader: Int32,
        leaderDescriptor: Int32,
        output: FileDescriptor,
        errorOutput: FileDescriptor,
        limits: Limits,
        stop: StopFlag
    ) {
        self.leader = leader
        self.leaderDescriptor = leaderDescriptor
        self.limits = limits
        self.stop = stop
        self.output = Stream(file: output, limitBytes: limits.outputBytes)
        self.errorOutput = Stream(file: errorOutput, limitBytes: ChildCommand.defaultOutputLimitBytes)
    }

    mutating func watch() -> Report {
        while true {
            let ready = clinux_wait_readable(
                output.watched,
                errorOutput.watched,
                endedAt == nil ? leaderDescriptor : -1,
                Int32(clamping: waitMilliseconds())
            )
            if ready & 1 != 0 { output.drain() }
            if ready & 2 != 0 { errorOutput.drain() }
            let now = System.monotonicMilliseconds()
            if endedAt == nil, clinux_child_has_ended(leader) != 0 { endedAt = now }
            if isOver(now) { break }
            endIfDue(now)
        }
        let neededKill = wasKilled || staysOccupied()
        ChildRegistry.endSession(of: leader)
        return Report(verdict: verdict, output: output.kept, errorOutput: errorOutput.kept, neededKill: neededKill)
    }

    private func staysOccupied() -> Bool {
        let end = System.monotonicMilliseconds() + Self.lingerMilliseconds
        while ChildRegistry.sessionHasMembers(besides: leader) {
            if System.monotonicMilliseconds() >= end { return true }
            usleep(Self.lingerStepMicroseconds)
        }
        return false
    }

    private func waitMilliseconds() -> Int64 {
        let now = System.monotonicMilliseconds()
        let due: Int64
        if let terminatedAt, !wasKilled {
            due = terminatedAt + limits.graceMilliseconds
        } else if let endedAt {
            due = endedAt + Self.drainMilliseconds
        } else {
            due = wasKilled ? .max : limits.deadline
        }
        return min(max(due, now + 1) - now, Self.stepMilliseconds)
    }

    /// The leader has ended and nothing more is to be awaited: neither output nor, after TERM, the rest of its session.
    private func isOver(_ now: Int64) -> Bool {
        guard let endedAt else { return false }
        if let terminatedAt, !wasKilled, now < terminatedAt + limits.graceMilliseconds,
            ChildRegistry.sessionHasMembers(besides: leader)
        {
            return false
        }
        return output.file == nil && errorOutput.file == nil || now >= endedAt + Self.drainMilliseconds
    }

    private mutating func endIfDue(_ now: Int64) {
        if let terminatedAt {
            guard !wasKilled, now >= terminatedAt + limits.graceMilliseconds else { return }
            kill(-leader, SIGKILL)
            wasKilled = true
        } else if endedAt == nil, stop.isRaised || now >= limits.deadline {
            verdict = stop.isRaised ? .cancelled : .timedOut
            kill(-leader, SIGTERM)
            // A stopped process takes TERM only when it goes on.
            kill(-leader, SIGCONT)
            terminatedAt = now
        }
    }
}

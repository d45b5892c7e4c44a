// Which children are ours to wait for, and the end of everything else they leave behind.
import CLinux
import Glibc
import Synchronization

/// Ends what children of `ChildProcess` leave behind. What stays in a child's session is ended with the child. What
/// left the session (`setsid`, a double fork) falls to this process once it adopts orphans, and is ended when the last
/// running child has ended: before that nobody can say whose it is. A process that adopts orphans starts children in no
/// other way; those it had already when it began to, as a program has that a shell became by `exec`, are never touched.
///
/// The first process of a container gets everybody's orphans. There only what has the mark of a hook is ended.
final class ChildRegistry: Sendable {
    static let shared = ChildRegistry()

    /// Rounds of ending and looking again; an ended process may leave children of its own.
    private static let roundLimit = 50
    private static let roundPauseMicroseconds: UInt32 = 2_000

    private struct State {
        var adoptsOrphans = false
        /// Children that this process was born with.
        var inherited: Set<ProcessEntry.Identity> = []
        var running = 0
    }

    private let state = Mutex(State())

    /// From now on orphans of our children become ours (PR_SET_CHILD_SUBREAPER) and are ended. False when the kernel
    /// refuses.
    func adoptOrphans() -> Bool {
        state.withLock { state in
            state.inherited = Set(Self.children().map(\.identity))
            state.adoptsOrphans = clinux_adopt_orphans() == 0
            return state.adoptsOrphans
        }
    }

    /// Before a child is started; waits while a sweep goes on.
    func begin() { state.withLock { $0.running += 1 } }

    /// After a child was reaped, or could not be started. True when something that had left its session still ran.
    func end() -> Bool {
        state.withLock { state in
            state.running -= 1
            var hadStrays = false
            guard state.adoptsOrphans, state.running == 0 else { return hadStrays }
            for _ in 0..<Self.roundLimit {
                let strays = Self.children().filter { !state.inherited.contains($0.identity) && Self.isOurs($0) }
                guard !strays.isEmpty else { break }
                for stray in strays {
                    if !stray.hasEnded { hadStrays = true }
                    kill(stray.number, SIGKILL)
                    _ = clinux_reap(stray.number)
                }
                usleep(Self.roundPauseMicroseconds)
            }
            return hadStrays
        }
    }

    /// Ends every process in the session of a leader that has itself ended and is not reaped yet.
    static func endSession(of leader: Int32) {
        for _ in 0..<roundLimit {
            kill(-leader, SIGKILL)
            let members = ProcessEntry.living().filter { $0.session == leader && $0.number != leader }
            guard !members.isEmpty else { return }
            for member in members { kill(member.number, SIGKILL) }
            usleep(roundPauseMicroseconds)
        }
    }

    static func sessionHasMembers(besides leader: Int32) -> Bool {
        ProcessEntry.living().contains { $0.session == leader && $0.number != leader }
    }

    private static func isOurs(_ stray: ProcessEntry) -> Bool {
        let mark = Array((ContractProgram.prefix + ContractProgram.idVariable + "=").utf8)
        return getpid() != 1 || stray.hasEnded || stray.environment.contains { $0.starts(with: mark) }
    }

    private static func children() -> [ProcessEntry] {
        let own = getpid()
        return ProcessEntry.all().filter { $0.parent == own }
    }
}

// Ends what an earlier process started and could not end itself: it is known by a variable of its environment.
import Glibc

/// Children of a process that was killed. They carry on by themselves, and nothing of them is known but what they were given.
package enum ChildRemainder {
    private static let pauseMicroseconds: UInt32 = 20_000
    /// For SIGKILL to have its effect.
    private static let lastWaitMilliseconds: Int64 = 5_000

    package struct Found: Hashable, Sendable {
        /// Values of the variable that running processes had.
        package var values: Set<String> = []
        /// Whether all of these have ended.
        package var hasEnded = true

        package init() {}
    }

    /// Ends every process whose environment holds `variable` with one of `values`, and what it left in its session: TERM, a grace, KILL.
    /// Never this process, nor its own session. What another user's process may not be told stays, and has not ended.
    package static func end(
        _ variable: String,
        _ values: [String],
        graceMilliseconds: Int64 = ChildCommand.defaultGraceMilliseconds
    ) async -> Found {
        let marks = Dictionary(values.map { (Array("\(variable)=\($0)".utf8), $0) }) { first, _ in first }
        return await System.onOwnThread {
            var hunt = Hunt(marks: marks)
            hunt.look()
            guard !hunt.targets.isEmpty else { return hunt.found }
            for (signal, limit) in [(SIGTERM, graceMilliseconds), (SIGKILL, lastWaitMilliseconds)] {
                let began = System.monotonicMilliseconds()
                var told: Set<Int32> = []
                while !hunt.targets.isEmpty, System.monotonicMilliseconds() - began < limit {
                    for target in hunt.targets where signal == SIGKILL || told.insert(target).inserted {
                        kill(target, signal)
                        // A stopped process takes TERM only when it goes on.
                        kill(target, SIGCONT)
                    }
                    usleep(pauseMicroseconds)
                    hunt.look()
                }
            }
            hunt.found.hasEnded = hunt.targets.isEmpty
            return hunt.found
        }
    }

    private struct Hunt {
        let marks: [[UInt8]: String]
        var found = Found()
        private(set) var targets: [Int32] = []
        private var sessions: Set<Int32> = []

        init(marks: [[UInt8]: String]) { self.marks = marks }

        /// Looks at all processes anew. A session that began with a marked process, or whose first process is gone, is ended to its last
        /// member, whatever that has done to its environment or its user; in a session of somebody else's, a terminal where a hook is tried
        /// by hand, only what is marked.
        mutating func look() {
            let (own, ownSession) = (getpid(), getsid(0))
            let living = ProcessEntry.living()
            let others = living.filter { $0.number != own && $0.session != ownSession }
            var marked: Set<Int32> = []
            for process in others {
                let met = process.environment.compactMap { marks[Array($0)] }
                guard !met.isEmpty else { continue }
                found.values.formUnion(met)
                marked.insert(process.number)
            }
            let numbers = Set(living.map { $0.number })
            for process in others where marked.contains(process.number) {
                if marked.contains(process.session) || !numbers.contains(process.session) {
                    sessions.insert(process.session)
                }
            }
            targets = others.filter { sessions.contains($0.session) || marked.contains($0.number) }.map { $0.number }
        }
    }
}

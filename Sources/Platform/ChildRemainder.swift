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

    /// Ends every process of this user whose environment holds `variable` with one of `values`, and all in its session: TERM, a grace, KILL.
    /// Never this process, nor its own session.
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

        /// Looks at all processes anew; a session once met is ended to its last member, whatever that has done to its environment.
        mutating func look() {
            let (own, ownSession) = (getpid(), getsid(0))
            let others = ProcessEntry.living().filter {
                $0.number != own && $0.session != ownSession && $0.isOfThisUser
            }
            for process in others {
                let met = process.environment.compactMap { marks[Array($0)] }
                guard !met.isEmpty else { continue }
                found.values.formUnion(met)
                sessions.insert(process.session)
            }
            targets = others.filter { sessions.contains($0.session) }.map { $0.number }
        }
    }
}

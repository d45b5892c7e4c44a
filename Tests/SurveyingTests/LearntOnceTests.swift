// Many ask, one finds out; what one could not find out, the next one may.
import Synchronization
import Testing

@testable import Surveying

@Suite("What is learnt once in a pass", .timeLimit(.minutes(1)))
struct LearntOnceTests {
    private final class Finder: Sendable {
        private let found = Mutex(0)
        var count: Int { found.withLock { $0 } }

        /// The first one comes to nothing.
        func find() async -> Int {
            let number = found.withLock { count in
                count += 1
                return count
            }
            await Task.yield()
            return number
        }
    }

    @Test func aValueIsFoundOnceForAllWhoAskTogetherAndLater() async {
        let finder = Finder()
        let values = LearntOnce<String, Int>()
        let together = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { await values.value(of: "a") { await finder.find() } } }
            return await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(together == [1])
        #expect(await values.value(of: "a") { await finder.find() } == 1)
        #expect(await values.value(of: "b") { await finder.find() } == 2, "each key has its own")
        #expect(finder.count == 2)
    }

    @Test func whatIsNotFinalIsAskedAgainByWhoeverComesNext() async {
        let finder = Finder()
        let values = LearntOnce<String, Int> { $0 > 1 }
        let together = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { await values.value(of: "a") { await finder.find() } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(together.sorted() == [1] + Array(repeating: 2, count: 19), "who asked in vain does not ask twice")
        #expect(finder.count == 2)
    }
}

// Requests of one client keep their distance: an account that asks too often is shut out for minutes.
import DCV
import Platform
import Providers
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CloudflarePaceTests {
    @Test func requestsAreAtLeastTheGapApartAndTheFirstGoesAtOnce() async throws {
        let clock = LeapingClock()
        let again = [ScriptedHTTP.Answer](repeating: .result([Sample.entry()]), count: 3)
        let (provider, http, read) = try await Sample.afterReading(again, clock: clock)
        #expect(clock.sleeps == [250, 250], "zones at once, then the zone's two lists")
        clock.leap(milliseconds: 100)
        _ = await provider.refresh(read)
        #expect(clock.sleeps == [250, 250, 150], "what has passed already counts")
        clock.leap(milliseconds: 1000)
        _ = await provider.refresh(read)
        #expect(clock.sleeps == [250, 250, 150], "who comes late enough waits for nothing")
        _ = await provider.refresh(read)
        #expect(clock.sleeps == [250, 250, 150, 250], "an idle time saves up no burst")
        #expect(http.requests.count == Sample.readCalls + 3)
    }

    @Test func callsAtOnceQueueUp() async throws {
        let clock = StandingClock()
        let again = [ScriptedHTTP.Answer](repeating: .result([Sample.entry()]), count: 8)
        let (provider, http, read) = try await Sample.afterReading(again, clock: clock)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = await provider.refresh(read) } }
        }
        #expect(http.requests.count == Sample.readCalls + 8)
        #expect(clock.sleeps.sorted() == (1...10).map { 250 * $0 }, "each of them waits for its own turn")
    }

    @Test func whoIsToldToEndWhileWaitingHasSentNothing() async throws {
        let clock = StandingClock()
        let (provider, http, read) = try await Sample.afterReading([.result([])], clock: clock)
        clock.end()
        let failure = await provider.trigger(read, style: .patch).failure
        #expect(failure?.kind == .temporary, "nothing was sent, so the effect is known")
        #expect(failure?.finding.saw.contains("before the request was sent") == true)
        #expect(http.requests.count == Sample.readCalls)
    }
}

/// Its time never moves: sleeps are written down, and refused once it is told to end.
final class StandingClock: Clock {
    private let state = Mutex<(sleeps: [Int64], hasEnded: Bool)>(([], false))

    var sleeps: [Int64] { state.withLock { $0.sleeps } }
    func end() { state.withLock { $0.hasEnded = true } }
    func now() -> Instant { Instant(millisecondsSinceEpoch: 1_800_000_000_000) }
    func monotonicMilliseconds() -> Int64 { 1_000 }

    func sleep(milliseconds: Int64) async throws {
        let hasEnded = state.withLock { state in
            state.sleeps.append(milliseconds)
            return state.hasEnded
        }
        if hasEnded { throw CancellationError() }
    }
}

// The time to come back that a provider named: kept for later runs, bounded, and harmless when the clock jumps. Real files.
import DCV
import Testing

@testable import Agent

@Suite("Named rests", .timeLimit(.minutes(1)))
struct CallRestTests {
    private static let day = CallRules.namedRestLimitMilliseconds

    private let folder: JournalFolder
    private let provider: ProviderName
    private let start = Instant(millisecondsSinceEpoch: 1_800_000_000_000)

    init() throws {
        folder = try JournalFolder()
        _ = try folder.open()
        provider = try ProviderName("cf")
    }

    /// A handle as a further process would open it.
    private func handle() -> JournaledCalls { JournaledCalls(folder: folder.path) }

    private func at(_ milliseconds: Int64) -> Instant { start.adding(milliseconds: milliseconds) }

    private func read(_ calls: JournaledCalls, at milliseconds: Int64) async -> CallAdmission {
        await calls.admit(.read, to: provider, under: [], at: at(milliseconds))
    }

    private func end(
        _ outcome: CallOutcome = .answered,
        in calls: JournaledCalls,
        at milliseconds: Int64,
        restUntil: Int64? = nil
    ) async {
        await calls.ended(outcome, at: provider, at: at(milliseconds), restUntil: restUntil.map(at))
    }

    @Test("it holds for every later run, to the millisecond, and for no other provider")
    func acrossRuns() async throws {
        let calls = handle()
        await end(in: calls, at: 0, restUntil: 60_000)
        let resting = CallAdmission.resting(until: at(60_000))
        #expect(await read(calls, at: 1) == resting)
        #expect(await read(handle(), at: 59_999) == resting)
        #expect(await handle().admit(.read, to: try ProviderName("other"), under: [], at: at(1)) == .granted)
        #expect(try folder.count("SELECT count(*) FROM calls") == 1, "a rest counts nothing")
        #expect(await read(handle(), at: 60_000) == .granted)
        let memory = JournaledCalls(folder: nil)
        await end(in: memory, at: 0, restUntil: 60_000)
        #expect(await read(memory, at: 1) == resting, "memory alone keeps the same rule")
    }

    @Test("of two times the later one stands, and an answer to another call does not end it")
    func laterOne() async throws {
        let calls = handle()
        await end(in: calls, at: 0, restUntil: 60_000)
        await end(in: calls, at: 1, restUntil: 5_000)
        await end(in: calls, at: 2)
        #expect(await read(handle(), at: 3) == .resting(until: at(60_000)))
        await end(in: calls, at: 4, restUntil: 90_000)
        #expect(await read(calls, at: 5) == .resting(until: at(90_000)))
    }

    @Test("beside an open circuit the longer of the two is told")
    func besideTheCircuit() async throws {
        let rest = Circuit.restSeconds * 1000
        let calls = handle()
        for _ in 0..<Circuit.failureLimit { await end(.failed, in: calls, at: 0, restUntil: 60_000) }
        #expect(await read(calls, at: 1) == .open(until: at(rest), failures: Circuit.failureLimit))
        await end(.failed, in: calls, at: 2, restUntil: rest + 3)
        #expect(await read(calls, at: 3) == .resting(until: at(rest + 3)))
        #expect(await read(calls, at: rest + 3) == .granted)
    }

    @Test("a day at most, and a clock that jumps blocks nobody for longer")
    func bounds() async throws {
        let calls = handle()
        let year: Int64 = 365 * 86_400_000
        await end(in: calls, at: 0, restUntil: year)
        #expect(await read(calls, at: 1) == .resting(until: at(Self.day)))
        #expect(await read(calls, at: 0) == .resting(until: at(Self.day)))
        #expect(await read(calls, at: -1) == .granted, "further ahead than any rest: another clock wrote it")
        #expect(await read(calls, at: year) == .granted)
        // What another clock wrote does not stand beside a new word.
        await end(in: calls, at: year, restUntil: year + 60_000)
        #expect(await read(calls, at: 0) == .granted)
        await end(in: calls, at: 0, restUntil: 60_000)
        #expect(await read(calls, at: 1) == .resting(until: at(60_000)))
        for instant in [Instant(millisecondsSinceEpoch: .max), Instant(millisecondsSinceEpoch: .min)] {
            await calls.ended(.answered, at: provider, at: instant, restUntil: instant.adding(seconds: 60))
            _ = await calls.admit(.read, to: provider, under: [], at: instant)
        }
        #expect(await calls.trouble == nil)
    }

    @Test("a rest outlives the rows of the calls that led to it")
    func pruning() async throws {
        let calls = handle()
        #expect(await read(calls, at: 0) == .granted)
        await end(in: calls, at: 0, restUntil: Self.day)
        let later = 2 * ProviderUse.lookBackMilliseconds
        let other = try ProviderName("other")
        for _ in 0..<(2 * CallRules.pruneEveryRows) {
            _ = await calls.admit(.read, to: other, under: [], at: at(later))
        }
        #expect(try folder.count("SELECT count(*) FROM calls WHERE provider = 'cf'") == 0)
        #expect(await read(calls, at: later) == .resting(until: at(Self.day)))
    }

    @Test("a table of an earlier program gets the column and keeps its rows")
    func earlierTable() async throws {
        try folder.tamper(
            """
            CREATE TABLE callees (
                provider TEXT PRIMARY KEY, limits TEXT NOT NULL DEFAULT '[]', failures INTEGER NOT NULL DEFAULT 0,
                failed_ms INTEGER, probe_ms INTEGER
            ) STRICT;
            INSERT INTO callees (provider, failures, failed_ms)
            VALUES ('cf', \(Circuit.failureLimit), \(start.millisecondsSinceEpoch))
            """
        )
        let calls = handle()
        let open = CallAdmission.open(until: at(Circuit.restSeconds * 1000), failures: Circuit.failureLimit)
        #expect(await read(calls, at: 1) == open)
        await end(in: calls, at: 2, restUntil: 60_000)
        #expect(await read(handle(), at: 3) == .resting(until: at(60_000)))
        #expect(await calls.trouble == nil)
    }

    @Test("when the file can be written no more the rest goes on in memory")
    func unwritable() async throws {
        let calls = handle()
        await end(in: calls, at: 0, restUntil: 60_000)
        try folder.tamper("CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(FAIL, 'disk full'); END")
        #expect(await calls.admit(.read, to: try ProviderName("other"), under: [], at: at(1)) == .granted)
        #expect(await calls.trouble != nil)
        #expect(await read(calls, at: 2) == .resting(until: at(60_000)))
    }
}

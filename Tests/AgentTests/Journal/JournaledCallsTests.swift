// The count of calls that all runs share: limits, the circuit, clocks that jump, files that fail. Real files.
import DCV
import Foundation
import GRDB
import Platform
import Testing

@testable import Agent

@Suite("Journaled calls", .timeLimit(.minutes(1)))
struct JournaledCallsTests {
    private let folder: JournalFolder
    private let provider: ProviderName
    private let other: ProviderName
    private let start = Instant(millisecondsSinceEpoch: 1_800_000_000_000)
    private let limits = [CallLimit(count: 3, windowMilliseconds: 1_000)]

    init() throws {
        folder = try JournalFolder()
        provider = try ProviderName("cf")
        other = try ProviderName("other")
    }

    /// A handle as a further process would open it, on a folder that has its journal.
    private func handle() throws -> JournaledCalls {
        if !folder.has("journal.sqlite") { _ = try folder.open() }
        return JournaledCalls(folder: folder.path)
    }

    private func at(_ milliseconds: Int64) -> Instant { start.adding(milliseconds: milliseconds) }

    private func read(_ calls: JournaledCalls, at milliseconds: Int64) async -> CallAdmission {
        await calls.admit(.read, to: provider, under: limits, at: at(milliseconds))
    }

    private func fail(_ calls: JournaledCalls, times: Int = Circuit.failureLimit, at milliseconds: Int64) async {
        for _ in 0..<times { await calls.ended(.failed, at: provider, at: at(milliseconds)) }
    }

    private static let rest = Circuit.restSeconds * 1000

    @Test("a limit holds over handles, kinds and reopening, to the edge of its window")
    func windowEdges() async throws {
        let one = try handle()
        let two = try handle()
        #expect(await one.admit(.read, to: provider, under: limits, at: at(0)) == .granted)
        #expect(await two.admit(.trigger, to: provider, under: limits, at: at(400)) == .granted)
        #expect(await one.admit(.change, to: provider, under: limits, at: at(900)) == .granted)
        let spent = CallAdmission.spent(until: at(1_000), limit: limits[0])
        #expect(await two.admit(.revalidate, to: provider, under: limits, at: at(900)) == spent)
        #expect(await read(try handle(), at: 999) == spent)
        #expect(
            await two.admit(.read, to: other, under: limits, at: at(999)) == .granted,
            "another provider's is its own"
        )
        #expect(await read(one, at: 1_000) == .granted)
        #expect(await read(two, at: 1_001) == .spent(until: at(1_400), limit: limits[0]))
        #expect(await read(two, at: 1_400) == .granted)
        #expect(await one.trouble == nil)
    }

    @Test("of several limits the one that is free last is told, and a refusal counts nothing")
    func severalLimits() async throws {
        let calls = try handle()
        let short = CallLimit(count: 1, windowMilliseconds: 100)
        let long = CallLimit(count: 2, windowMilliseconds: 10_000)
        func admit(_ milliseconds: Int64) async -> CallAdmission {
            await calls.admit(.read, to: provider, under: [short, long], at: at(milliseconds))
        }
        #expect(await admit(0) == .granted)
        for moment: Int64 in 0..<50 { #expect(await admit(moment) == .spent(until: at(100), limit: short)) }
        #expect(await admit(100) == .granted)
        #expect(await admit(150) == .spent(until: at(10_000), limit: long))
        #expect(await admit(10_000) == .granted)
        #expect(
            await calls.admit(.read, to: other, under: [CallLimit(count: 0, windowMilliseconds: 50)], at: at(0))
                == .spent(until: at(50), limit: CallLimit(count: 0, windowMilliseconds: 50))
        )
        #expect(await calls.admit(.read, to: other, under: [], at: at(0)) == .granted)
    }

    @Test("two connections at once never pass a limit")
    func twoAtOnce() async throws {
        let handles = [try handle(), try handle()]
        let limit = [CallLimit(count: 40, windowMilliseconds: 60_000)]
        let granted = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<160 {
                group.addTask { [provider, start] in
                    let now = start.adding(milliseconds: Int64(number % 7))
                    return await handles[number % 2].admit(.read, to: provider, under: limit, at: now) == .granted
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(granted == 40)
        #expect(try folder.count("SELECT count(*) FROM calls") == 40)
        for handle in handles { #expect(await handle.trouble == nil) }
    }

    @Test("failures in a row open the circuit; after the rest one request tries it, and closes or opens it again")
    func circuit() async throws {
        let calls = try handle()
        await fail(calls, times: Circuit.failureLimit - 1, at: 0)
        #expect(await read(calls, at: 1) == .granted)
        await calls.ended(.answered, at: provider, at: at(2))
        await fail(calls, times: Circuit.failureLimit - 1, at: 10)
        #expect(await read(calls, at: 11) == .granted, "an answer began the count anew")
        await fail(calls, times: 1, at: 20)
        let open = CallAdmission.open(until: at(20 + Self.rest), failures: Circuit.failureLimit)
        #expect(await read(calls, at: 21) == open)
        #expect(await read(try handle(), at: 19 + Self.rest) == open, "it is remembered")
        #expect(await calls.admit(.read, to: other, under: limits, at: at(21)) == .granted)

        let later = 20 + Self.rest
        #expect(await read(try handle(), at: later) == .granted)
        guard case .open(let until, _) = await read(calls, at: later + 1) else {
            Issue.record("a second request tried it too")
            return
        }
        #expect(until == at(later + CallRules.probeMilliseconds))
        await fail(calls, times: 1, at: later + 50)
        let again = CallAdmission.open(until: at(later + 50 + Self.rest), failures: Circuit.failureLimit + 1)
        #expect(await read(calls, at: later + 60) == again)

        let last = later + 50 + Self.rest
        #expect(await read(calls, at: last) == .granted)
        await calls.ended(.answered, at: provider, at: at(last + 10))
        #expect(await read(try handle(), at: last + 11) == .granted)
        #expect(await read(calls, at: last + 12) == .granted)
    }

    @Test("a trial whose process died is followed by another; a spent limit uses up no trial")
    func lostTrial() async throws {
        let calls = try handle()
        await fail(calls, at: 0)
        #expect(await read(calls, at: Self.rest) == .granted)
        let free = Self.rest + CallRules.probeMilliseconds
        #expect(await read(calls, at: free - 1) == .open(until: at(free), failures: Circuit.failureLimit))
        let none = [CallLimit(count: 0, windowMilliseconds: 10)]
        guard case .spent = await calls.admit(.read, to: provider, under: none, at: at(free)) else {
            Issue.record("a limit of nothing granted something")
            return
        }
        #expect(await read(calls, at: free) == .granted)
    }

    @Test("a clock set back or far ahead blocks nobody for longer than a window")
    func clockJumps() async throws {
        let calls = try handle()
        let year: Int64 = 365 * 86_400_000
        for _ in 0..<3 { #expect(await read(calls, at: year) == .granted) }
        #expect(await read(calls, at: 0) == .granted, "what lies a year ahead does not count")
        for _ in 0..<2 { #expect(await read(calls, at: 0) == .granted) }
        // Set back by less than the window: the wait is still no longer than one.
        #expect(await read(calls, at: -900) == .spent(until: at(100), limit: limits[0]))
        #expect(await read(calls, at: -1_001) == .granted)
        #expect(await read(calls, at: -year) == .granted)

        await fail(calls, at: year)
        #expect(await read(calls, at: 2_000) == .granted, "a rest that begins in a year is none")
        await fail(calls, at: 3_000)
        #expect(
            await read(calls, at: 2_500) == .open(until: at(2_500 + Self.rest), failures: 2 * Circuit.failureLimit)
        )
        for instant in [Instant(millisecondsSinceEpoch: .max), Instant(millisecondsSinceEpoch: .min)] {
            _ = await calls.admit(.read, to: provider, under: limits, at: instant)
            await calls.ended(.failed, at: provider, at: instant)
            _ = await calls.uses(at: instant)
        }
        #expect(await calls.trouble == nil)
    }

    @Test("rows beyond every window are forgotten, and the table is bounded")
    func pruning() async throws {
        let calls = try handle()
        let window = [CallLimit(count: 1_000_000, windowMilliseconds: 2 * ProviderUse.lookBackMilliseconds)]
        func admit(_ count: Int, _ milliseconds: Int64) async {
            for _ in 0..<count {
                #expect(await calls.admit(.read, to: provider, under: window, at: at(milliseconds)) == .granted)
            }
        }
        let batch = Int(CallRules.pruneEveryRows)
        await admit(batch, 0)
        await admit(batch, 2 * ProviderUse.lookBackMilliseconds)
        #expect(try folder.count("SELECT count(*) FROM calls") == 2 * batch, "the longest window holds them")
        await admit(batch, 2 * ProviderUse.lookBackMilliseconds + 1)
        #expect(try folder.count("SELECT count(*) FROM calls") == 2 * batch)
        try folder.tamper(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100500)
            INSERT INTO calls (provider, kind, at_ms)
            SELECT 'bulk', 'read', \(at(2 * ProviderUse.lookBackMilliseconds).millisecondsSinceEpoch) FROM n
            """
        )
        await admit(batch, 2 * ProviderUse.lookBackMilliseconds + 2)
        #expect(try folder.count("SELECT count(*) FROM calls") <= CallRules.rowLimit + batch)
        await fail(calls, times: 1, at: 0)
        await admit(1, 0)
        _ = await calls.admit(.read, to: other, under: [], at: at(0))
        // A month and a half later nothing of the past is left but what was asked now.
        let late = CallRules.calleeRetentionMilliseconds + 1
        for _ in 0..<batch { _ = await calls.admit(.read, to: other, under: [], at: at(late)) }
        #expect(try folder.count("SELECT count(*) FROM calls WHERE provider = 'cf'") == 0)
        #expect(try folder.count("SELECT count(*) FROM callees") == 1)
    }

    @Test("a journal of an earlier program gets the table; the audit chain and its settings stay as they are")
    func earlierJournal() async throws {
        let journal = try folder.open()
        try await journal.begin(.publish("a", at: 1))
        #expect(try folder.count("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'call%'") == 0)
        let calls = try handle()
        #expect(await read(calls, at: 0) == .granted)
        #expect(await calls.trouble == nil)
        #expect(try folder.count("SELECT count(*) FROM calls") == 1)
        #expect(try folder.count("PRAGMA user_version") == 1)
        try await journal.end(.of("a", at: 2))
        #expect(try await journal.verify() == 2)
        #expect(try await folder.open().verify() == 2)
        #expect(await read(calls, at: 1) == .granted)
    }

    @Test("where there is no journal none is made, and memory counts")
    func noJournal() async throws {
        let places = [folder.path, folder.path + "/absent", nil]
        for place in places {
            let calls = JournaledCalls(folder: place)
            for _ in 0..<3 { #expect(await read(calls, at: 0) == .granted) }
            #expect(await read(calls, at: 0) == .spent(until: at(1_000), limit: limits[0]))
            #expect(await calls.trouble == nil)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test("a file that can be written no more: memory goes on from what is there, and says so once")
    func unwritable() async throws {
        let calls = try handle()
        #expect(await read(calls, at: 0) == .granted)
        await fail(calls, at: 0)
        try folder.tamper("CREATE TRIGGER full BEFORE INSERT ON calls BEGIN SELECT RAISE(FAIL, 'disk full'); END")
        #expect(await calls.admit(.read, to: other, under: limits, at: at(1)) == .granted)
        #expect(await calls.admit(.read, to: other, under: limits, at: at(2)) == .granted)
        #expect(await calls.admit(.read, to: other, under: limits, at: at(3)) == .granted)
        #expect(
            await calls.admit(.read, to: other, under: limits, at: at(3)) == .spent(until: at(1_001), limit: limits[0])
        )
        guard case .open = await read(calls, at: 4) else {
            Issue.record("the open circuit was forgotten with the file")
            return
        }
        let trouble = try #require(await calls.trouble)
        #expect(trouble.saw.contains(folder.database) && trouble.saw.contains("disk full"))
        #expect(try folder.count("SELECT count(*) FROM calls") == 1)
    }

    @Test("a file that is no journal of this program is left alone")
    func foreign() async throws {
        try folder.write("Dear diary, ...", to: "journal.sqlite")
        let calls = JournaledCalls(folder: folder.path)
        for _ in 0..<3 { #expect(await read(calls, at: 0) == .granted) }
        #expect(await read(calls, at: 0) == .spent(until: at(1_000), limit: limits[0]))
        #expect(await calls.trouble != nil)
        #expect(try folder.text("journal.sqlite") == "Dear diary, ...")
        try folder.remove("journal.sqlite")
        try folder.tamper("CREATE TABLE notes (text TEXT)")
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        let others = JournaledCalls(folder: folder.path)
        #expect(await read(others, at: 0) == .granted)
        #expect(await others.trouble?.saw.contains("no journal of this dnsproof") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == before)
    }

    @Test("a full disk stops no request")
    func fullDisk() async throws {
        try await SmallDisk.with(kibibytes: 300) { path in
            _ = try SQLiteJournal.open(folder: path)
            let calls = JournaledCalls(folder: path)
            #expect(await read(calls, at: 0) == .granted)
            let filler = try #require(
                FileManager.default.createFile(atPath: path + "/filler", contents: nil) ? path : nil
            )
            let handle = try #require(FileHandle(forWritingAtPath: filler + "/filler"))
            while (try? handle.write(contentsOf: Data(count: 1 << 10))) != nil {}
            var granted = 1
            for moment in 0..<600 {
                let now = at(Int64(moment))
                let limit = [CallLimit(count: 500, windowMilliseconds: 60_000)]
                if await calls.admit(.read, to: provider, under: limit, at: now) == .granted { granted += 1 }
            }
            #expect(granted == 500)
            #expect(await calls.trouble?.code == "calls-not-counted")
        }
    }

    @Test("status sees the last hour by kind, the windows and an open circuit")
    func uses() async throws {
        let calls = try handle()
        #expect(await calls.uses(at: at(0)).isEmpty)
        _ = await read(calls, at: 0)
        _ = await calls.admit(.trigger, to: provider, under: limits, at: at(500))
        await fail(calls, at: 600)
        let use = ProviderUse(
            provider: provider,
            lastHour: ["read": 1, "trigger": 1],
            limits: [.init(limit: limits[0], count: 1)],
            failures: Circuit.failureLimit,
            openUntil: at(600 + Self.rest)
        )
        let seen = await (try handle()).uses(at: at(1_200))
        #expect(seen == [use])
        #expect(
            StatusText.lines(.empty, seen, at: at(1_200)) == [
                "provider cf: 2 requests in the last hour (1 read, 1 trigger), 1 of 3 in 1 s",
                "provider cf: left alone for 10 min, 5 calls in a row failed",
            ]
        )
        let hour = await calls.uses(at: at(ProviderUse.lookBackMilliseconds))
        #expect(hour.first?.lastHour == ["trigger": 1] && hour.first?.openUntil == nil)
    }
}

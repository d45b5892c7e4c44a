// The count of calls against a model of few lines, in random stories: requests, failures, clocks that jump, handles that come and go.
import DCV
import Testing

@testable import Agent

@Suite("Call model", .timeLimit(.minutes(2)))
struct CallModelTests {
    /// Everything ever said, looked through anew for each question; nothing is forgotten and nothing is clever.
    private struct Model {
        var granted: [(provider: ProviderName, at: Int64)] = []
        var failures: [ProviderName: Int] = [:]
        var failedAt: [ProviderName: Int64] = [:]
        var triedAt: [ProviderName: Int64] = [:]
        var rests: [ProviderName: Int64] = [:]

        mutating func admit(_ provider: ProviderName, _ limits: [CallLimit], _ now: Int64) -> CallAdmission {
            let failed = failures[provider] ?? 0
            let rest = self.rest(provider, now)
            if failed >= 5 {
                for (start, span) in [(failedAt[provider], 600_000), (triedAt[provider], 120_000)] as [(Int64?, Int64)]
                {
                    guard let start, start <= now + span, start + span > now else { continue }
                    let until = Instant(millisecondsSinceEpoch: min(start, now) + span)
                    if rest >= until.millisecondsSinceEpoch { break }
                    return .open(until: until, failures: failed)
                }
            }
            if rest > now { return .resting(until: Instant(millisecondsSinceEpoch: rest)) }
            var refusal: (until: Int64, limit: CallLimit)?
            for limit in limits {
                let window = limit.windowMilliseconds
                let inside = granted.filter { $0.provider == provider && abs($0.at - now) <= window }
                    .map(\.at).filter { $0 > now - window }.sorted()
                guard inside.count >= limit.count else { continue }
                let until = min(inside[inside.count - limit.count], now) + window
                if until > refusal?.until ?? .min { refusal = (until, limit) }
            }
            if let refusal {
                return .spent(until: Instant(millisecondsSinceEpoch: refusal.until), limit: refusal.limit)
            }
            granted.append((provider, now))
            if failed >= 5 { triedAt[provider] = now }
            return .granted
        }

        /// `now` when there is none.
        func rest(_ provider: ProviderName, _ now: Int64) -> Int64 {
            let rest = rests[provider] ?? now
            return rest > now + 86_400_000 ? now : max(rest, now)
        }

        mutating func ended(_ outcome: CallOutcome, _ provider: ProviderName, _ now: Int64, restUntil: Int64?) {
            if let restUntil { rests[provider] = max(restUntil, rest(provider, now)) }
            triedAt[provider] = nil
            failures[provider] = outcome == .answered ? 0 : (failures[provider] ?? 0) + 1
            failedAt[provider] = outcome == .answered ? nil : now
        }
    }

    @Test("no story tells the two apart", arguments: 1...8 as ClosedRange<UInt64>)
    func story(seed: UInt64) async throws {
        let folder = try JournalFolder()
        _ = try folder.open()
        var random = SeededGenerator(seed: seed)
        // One of three stories is told by memory alone.
        let place = seed % 3 == 0 ? nil : folder.path
        var handles = [JournaledCalls(folder: place), JournaledCalls(folder: place)]
        if place == nil { handles = [handles[0], handles[0]] }
        let providers = [try ProviderName("one"), try ProviderName("two")]
        // No two windows end at once, so which limit is told is never a matter of order.
        let limits = [
            CallLimit(count: 4, windowMilliseconds: 5_003), CallLimit(count: 30, windowMilliseconds: 180_007),
        ]
        var model = Model()
        var now: Int64 = 1_800_000_000_000
        var seen: Set<String> = []
        for step in 0..<600 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<2: now -= Int64.random(in: 0..<700_000, using: &random)
            case 2..<4: now += Int64.random(in: 0..<700_000, using: &random)
            case 4..<30: now += Int64.random(in: 0..<4_000, using: &random)
            case 30..<34 where place != nil:
                handles[Int.random(in: 0..<2, using: &random)] = JournaledCalls(folder: place)
            default: break
            }
            let provider = providers[Int.random(in: 0..<2, using: &random)]
            let calls = handles[Int.random(in: 0..<2, using: &random)]
            let instant = Instant(millisecondsSinceEpoch: now)
            if Int.random(in: 0..<10, using: &random) < 4 {
                // Bad times and good ones take turns, so that five in a row happen.
                let isBad = step / 60 % 2 == 0
                let outcome: CallOutcome =
                    Int.random(in: 0..<10, using: &random) < (isBad ? 9 : 2) ? .failed : .answered
                let rest =
                    Int.random(in: 0..<15, using: &random) == 0
                    ? now + Int64.random(in: 1..<60_000, using: &random) : nil
                let restUntil = rest.map { Instant(millisecondsSinceEpoch: $0) }
                await calls.ended(outcome, at: provider, at: instant, restUntil: restUntil)
                model.ended(outcome, provider, now, restUntil: rest)
            } else {
                let kind = CallKind.allCases[Int.random(in: 0..<4, using: &random)]
                let expected = model.admit(provider, limits, now)
                let found = await calls.admit(kind, to: provider, under: limits, at: instant)
                #expect(found == expected, "seed \(seed), step \(step)")
                guard found == expected else { return }
                switch found {
                case .granted: seen.insert("granted")
                case .spent: seen.insert("spent")
                case .open: seen.insert("open")
                case .resting: seen.insert("resting")
                }
            }
        }
        #expect(seen.count == 4, "the story was too tame: \(seen)")
        for handle in handles { #expect(await handle.trouble == nil) }
    }
}

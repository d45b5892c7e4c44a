// Zones made to be expensive: many keys of one tag, many signatures. They cost little, and nobody else waits for them.
import DCV
import Foundation
import LDNS
import Platform
import Synchronization
import Testing

@testable import Surveying

@Suite(.timeLimit(.minutes(1)))
struct HostileZoneTests {
    private static let now = Instant(millisecondsSinceEpoch: 1_795_000_000_000)

    private struct LateClock: Clock {
        func now() -> Instant { HostileZoneTests.now }
        func monotonicMilliseconds() -> Int64 { 0 }
        func sleep(milliseconds: Int64) async throws {}
    }

    /// RSA keys of 4,096 bits with the dearest exponent, all of one tag: two words of the modulus change places, which
    /// the sum does not see.
    private static func keys(_ count: Int) -> [[UInt8]] {
        var state: UInt32 = 7
        func random() -> UInt8 {
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        let modulus = [0xC1] + (0..<510).map { _ in random() } + [0x0F]
        let model = [1, 1, 3, 8, 8] + [UInt8](repeating: 0xFF, count: 8) + modulus
        var keys: [[UInt8]] = []
        for first in 10..<200 {
            for second in (first + 1)..<200 where keys.count < count {
                var key = model
                key.swapAt(2 * first, 2 * second)
                key.swapAt(2 * first + 1, 2 * second + 1)
                if !keys.contains(key) { keys.append(key) }
            }
        }
        return keys
    }

    private static func signatures(over type: RecordType, _ count: Int, tag: UInt16) -> [[UInt8]] {
        let seconds = UInt32(now.millisecondsSinceEpoch / 1000)
        func four(_ number: UInt32) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) }
        }
        return (0..<count)
            .map { index in
                [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 0xFF), 8, 1] + four(60) + four(seconds + 1000)
                    + four(seconds - 1000) + [UInt8(tag >> 8), UInt8(tag & 0xFF), 4] + Array("trap".utf8) + [0]
                    + [1, UInt8(index >> 8), UInt8(index & 0xFF)] + [UInt8](repeating: 5, count: 509)
            }
    }

    private static func records(_ type: RecordType, _ data: [[UInt8]]) -> [ResourceRecord] {
        data.map {
            ResourceRecord(ownerOctets: [4] + Array("trap".utf8) + [0], type: type, ttlSeconds: 60, dataOctets: $0)
        }
    }

    private static func answer(keys: Int, signatures count: Int) throws -> [ResourceRecord] {
        let keys = Self.keys(keys)
        let tag = try #require(keys.first.flatMap { DNSKEY($0) }).keyTag
        #expect(keys.allSatisfy { DNSKEY($0)?.keyTag == tag })
        return records(.dnskey, keys) + records(.rrsig, signatures(over: .dnskey, count, tag: tag))
    }

    private func configuration(_ anchors: [ResourceRecord]) throws -> SurveyorConfiguration {
        let lines = anchors.filter { $0.type == .dnskey }
            .map { "trap. IN DNSKEY 257 3 8 \(Data($0.dataOctets.dropFirst(4)).base64EncodedString())" }
        let root = RootHints.Server(try DomainName("root.test"), [IPAddress("5.0.0.1")].compactMap { $0 })
        return SurveyorConfiguration(
            rootHints: RootHints([root]),
            trustAnchors: try TrustAnchors(file: lines.prefix(16).joined(separator: "\n"))
        )
    }

    private func world(_ keys: [ResourceRecord]) throws -> ScriptedWorld {
        let root = try ScriptedZone(
            ".",
            "trap NS ns.trap\nns.trap A 5.0.0.2\nhonest NS ns.honest\nns.honest A 5.0.0.3"
        )
        let trap = try ScriptedZone("trap", "trap NS ns.trap\nns.trap A 5.0.0.2\n_acme-challenge.trap TXT token")
        let honest = try ScriptedZone(
            "honest",
            "honest NS ns.honest\nns.honest A 5.0.0.3\n_acme-challenge.honest TXT token"
        )
        return try ScriptedWorld([
            "5.0.0.1": .honest([root]), "5.0.0.3": .honest([honest]),
            "5.0.0.2": .changed([trap]) { message in
                if message.question?.type == .dnskey {
                    message.answer = keys
                    message.authority = []
                }
            },
        ])
    }

    @Test(arguments: [(300, 280, "indeterminate"), (16, 100, "bogus"), (4, 2, "bogus")])
    func collidingKeys(_ keys: Int, _ signatures: Int, _ status: String) async throws {
        let answer = try Self.answer(keys: keys, signatures: signatures)
        let configuration = try configuration(answer)
        let world = try world(answer)
        let pass = SurveyPass(
            configuration: configuration,
            exchange: world,
            clock: LateClock(),
            random: ScriptedRandom(),
            memory: ZoneMemory(clock: LateClock(), limitSeconds: 0)
        )
        let trap = try DomainName("trap")
        let trust = await Validation(cuts: ZoneCuts(pass: pass)).trust(in: trap, for: pass.errand(forRecord: 0))
        #expect(trust.status?.code == status, "\(trust.status?.reason ?? "")")
        #expect(pass.trust.ledger.computed <= ValidationLimits.signatureChecksPerRRset)
        if keys == 16 {
            #expect(trust.status?.reason?.contains("more than 8 signatures to try") == true)
            #expect(pass.trust.ledger.computed == 8)
        }
        let surveyor = LiveSurveyor(
            configuration: configuration,
            exchange: world,
            http: ScriptedWeb(),
            clock: LateClock(),
            random: ScriptedRandom()
        )
        let requests = try ["trap", "honest"]
            .map { SurveyRequest(try .txt("_acme-challenge.\($0)", "token"), under: Policy.standard.propagation) }
        let surveys = await surveyor.survey(requests)
        #expect(surveys.map { $0.security?.code } == [status, "insecure"])
        #expect(surveys.map { Propagation.judge($0, Policy.standard.propagation) == .complete } == [false, true])
    }

    @Test func checksAreBoundedAndCountedByOctets() throws {
        let keys = Self.keys(16).compactMap { DNSKEY($0) }
        let tag = try #require(keys.first).keyTag
        let text = ResourceRecord(
            ownerOctets: [4] + Array("trap".utf8) + [0],
            type: .txt,
            ttlSeconds: 60,
            dataOctets: [1, 0x78]
        )
        let set = [text] + Self.records(.rrsig, Self.signatures(over: .txt, 100, tag: tag))
        let name = CanonicalName(try DomainName("trap"))
        let rrset = try #require(RRset(name, .txt, among: set))
        let outcomes = SignatureOutcomes()
        let ledger = SignatureLedger(outcomes)
        let judge = AnswerJudge(zone: try DomainName("trap"), keys: keys, now: Self.now, ledger: ledger)
        let start = ThreadTime.nanoseconds()
        for _ in 0..<50 { if case .fails = judge.verify(rrset) {} else { Issue.record("not refused") } }
        // Eight different sums, however often they are asked for.
        #expect(ledger.computed == 8)
        // The next pass of the run knows them.
        let next = SignatureLedger(outcomes)
        let again = AnswerJudge(zone: try DomainName("trap"), keys: keys, now: Self.now, ledger: next).verify(rrset)
        #expect(again == judge.verify(rrset))
        #expect(next.computed == 0)
        #expect(ThreadTime.nanoseconds() - start < ValidationLimits.zoneProcessorMilliseconds * 1_000_000)
    }

    @Test func processorTimeIsBounded() throws {
        let ticks = Ticks()
        let ledger = SignatureLedger { ticks.next() }
        let zone = try DomainName("trap")
        // Each piece of work takes 0.6 s by this clock.
        for _ in 0..<4 { _ = try ledger.spend(in: zone) { true } }
        #expect(throws: SignatureLedger.Overspent.self) { try ledger.spend(in: zone) { true } }
        #expect(try ledger.spend(in: try DomainName("other")) { true })
        let keys = Self.keys(1).compactMap { DNSKEY($0) }
        let tag = try #require(keys.first).keyTag
        var message = Message(query: Question(zone, .txt), id: 1)
        message.answer =
            [
                ResourceRecord(
                    ownerOctets: [4] + Array("trap".utf8) + [0],
                    type: .txt,
                    ttlSeconds: 60,
                    dataOctets: [1, 0x78]
                )
            ] + Self.records(.rrsig, Self.signatures(over: .txt, 1, tag: tag))
        let judge = AnswerJudge(zone: zone, keys: keys, now: Self.now, ledger: ledger)
        #expect(judge.judge(message, Question(zone, .txt)).code == "indeterminate")
    }

    private final class Ticks: Sendable {
        private let reading = Mutex<Int64>(0)

        func next() -> Int64 {
            reading.withLock { reading in
                reading += 600_000_000
                return reading
            }
        }
    }
}

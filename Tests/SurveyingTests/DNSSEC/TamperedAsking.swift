// Real servers behind somebody who changes or swallows their answers.
import DCV
import LDNS
import Surveying
import Synchronization

final class TamperedAsking: Asking {
    /// False: the answer is lost.
    typealias Tamper = @Sendable (Query, inout Message) -> Bool

    private let base: any Asking
    private let tamper: Tamper
    private let asked = Mutex<[Query]>([])

    init(_ base: any Asking, _ tamper: @escaping Tamper = { _, _ in true }) {
        self.base = base
        self.tamper = tamper
    }

    var history: [Query] { asked.withLock { $0 } }

    func ask(_ batch: [Query]) async -> [Answer] {
        asked.withLock { $0 += batch }
        return await base.ask(batch)
            .map { answer in
                guard case .message(var message) = answer.outcome else { return answer }
                guard tamper(answer.query, &message) else { return Answer(answer.query, .unreachable(reason: "lost")) }
                return Answer(answer.query, .message(message), manner: answer.manner)
            }
    }
}

extension Message {
    /// Takes away what a server or a middlebox without DNSSEC does not show.
    mutating func stripSignatures() {
        let types: Set<RecordType> = [.rrsig, .nsec, .nsec3]
        answer.removeAll { types.contains($0.type) }
        authority.removeAll { types.contains($0.type) }
    }

    /// Flips one bit in the data of one DNSSEC record, or of the record asked for, that the proof needs. Never the bit
    /// between capitals and small letters, which names do not count.
    mutating func flipBit(at choice: Int, type: RecordType) {
        var section = answer.isEmpty ? authority : answer
        let needed = section.indices.filter { index in
            let kind = section[index].type
            return kind == .rrsig || kind == .nsec || kind == .nsec3 || kind == type
        }
        guard !needed.isEmpty else { return }
        let index = needed[choice % needed.count]
        let record = section[index]
        var data = record.dataOctets
        let masks: [UInt8] = [0x01, 0x02, 0x04, 0x08, 0x10, 0x40, 0x80]
        data[choice / needed.count % data.count] ^= masks[choice % masks.count]
        section[index] = ResourceRecord(
            ownerOctets: record.ownerOctets,
            type: record.type,
            ttlSeconds: record.ttlSeconds,
            dataOctets: data
        )
        if answer.isEmpty { authority = section } else { answer = section }
    }
}

/// A clock that is wrong by a known time.
struct ShiftedClock: Clock {
    let base: any Clock
    let seconds: Int64

    func now() -> Instant { base.now().adding(seconds: seconds) }
    func monotonicMilliseconds() -> Int64 { base.monotonicMilliseconds() }
    func sleep(milliseconds: Int64) async throws { try await base.sleep(milliseconds: milliseconds) }
}

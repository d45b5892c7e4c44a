// Changes to a rehearsed zone by DNS UPDATE (RFC 2136): prerequisites first, then the changes, read as a whole before the first is made.
import DCV
import LDNS

/// One update. The zone's folder is what is changed, so that a hook that writes there and one that sends updates see the same zone.
struct ZoneUpdate {
    static let opcode: UInt8 = 5
    private static let classNone: UInt16 = 254
    private static let classAny: UInt16 = 255

    /// Response codes (RFC 2136 2.2).
    enum Outcome: UInt8, Error {
        case done = 0
        case formatError = 1
        case serverFailure = 2
        case nameError = 3
        case refused = 5
        case nameExists = 6
        case setExists = 7
        case setMissing = 8
        case notAuthoritative = 9
        case notInZone = 10
    }

    private let zone: RehearsedZone
    private let folder: String

    static func carryOut(_ octets: [UInt8], in zones: [RehearsedZone]) -> Outcome {
        guard let message = RawMessage(octets), let question = message.question, question.type == .soa else {
            return .formatError
        }
        guard let zone = zones.first(where: { $0.apex.wire == question.name }) else { return .notAuthoritative }
        guard let folder = zone.folder else { return .refused }
        do throws(Outcome) {
            let update = ZoneUpdate(zone: zone, folder: folder)
            try update.check(message.sections[0])
            // Read as a whole before the first of them is made.
            for change in try message.sections[1].map({ record throws(Outcome) in try update.change(record) }) {
                try update.make(change)
            }
            return .done
        } catch {
            return error
        }
    }

    // MARK: prerequisites

    private func check(_ prerequisites: [RawMessage.Record]) throws(Outcome) {
        var wanted: [DomainName: [RecordType: Set<RData>]] = [:]
        for record in prerequisites {
            let name = try name(of: record)
            guard record.ttlSeconds == 0 else { throw .formatError }
            let here = records(at: name)
            let isThere = here.contains { record.type == .any || $0.type == record.type }
            switch record.recordClass {
            case Self.classAny where record.data.isEmpty:
                if !isThere { throw record.type == .any ? .nameError : .setMissing }
            case Self.classNone where record.data.isEmpty:
                if isThere { throw record.type == .any ? .nameExists : .setExists }
            case ResourceRecord.classInternet:
                wanted[name, default: [:]][record.type, default: []].insert(try data(of: record))
            default: throw .formatError
            }
        }
        for (name, sets) in wanted {
            for (type, values) in sets where Set(records(at: name).filter { $0.type == type }.map(\.data)) != values {
                throw .setMissing
            }
        }
    }

    // MARK: changes

    private enum Change {
        case add(RehearsedRecord)
        case remove(RehearsedRecord)
        case removeAll(at: DomainName, type: RecordType)
    }

    private func change(_ record: RawMessage.Record) throws(Outcome) -> Change {
        let name = try name(of: record)
        switch record.recordClass {
        case ResourceRecord.classInternet: return .add(RehearsedRecord(name, try data(of: record)))
        case Self.classNone where record.ttlSeconds == 0: return .remove(RehearsedRecord(name, try data(of: record)))
        case Self.classAny where record.ttlSeconds == 0 && record.data.isEmpty:
            return .removeAll(at: name, type: record.type)
        default: throw .formatError
        }
    }

    private func make(_ change: Change) throws(Outcome) {
        switch change {
        case .add(let record):
            // What cannot stand beside a CNAME is passed over without a word (RFC 2136 3.4.2.2).
            let here = records(at: record.name)
            let hasAlias = here.contains { $0.type == .cname }
            guard !here.contains(where: { $0.data == record.data }) else { return }
            if record.type == .cname {
                guard here.allSatisfy({ $0.type == .cname }) else { return }
                RecordFolder.remove(from: folder) { $0.name == record.name && $0.type == .cname }
            } else if hasAlias {
                return
            }
            // A value that a file of one line cannot hold.
            guard RecordFolder.add(record, to: folder) else { throw .serverFailure }
        case .remove(let record):
            RecordFolder.remove(from: folder) { $0.name == record.name && $0.data == record.data }
        case .removeAll(let name, let type):
            RecordFolder.remove(from: folder) { $0.name == name && (type == .any || $0.type == type) }
        }
    }

    // MARK: what is there, what is said

    private func records(at name: DomainName) -> [RehearsedRecord] {
        zone.view(lagMilliseconds: 0).records[name, default: []]
    }

    private func name(of record: RawMessage.Record) throws(Outcome) -> DomainName {
        guard let name = resource(record).owner else { throw .formatError }
        guard name.isSubdomain(of: zone.apex) else { throw .notInZone }
        return name
    }

    private func data(of record: RawMessage.Record) throws(Outcome) -> RData {
        switch resource(record).data {
        case .other, .unusable: throw .refused
        case let data: return data
        }
    }

    private func resource(_ record: RawMessage.Record) -> ResourceRecord {
        ResourceRecord(
            ownerOctets: record.owner,
            type: record.type,
            ttlSeconds: record.ttlSeconds,
            dataOctets: record.data
        )
    }
}

// A zone whose records change while it is served, with its past kept: a lagging server shows the zone as it was.
package import DCV
import LDNS
import Synchronization

/// A name server: its name and the addresses it is asked at.
package struct RehearsedServer: Hashable, Sendable {
    package let name: DomainName
    package let addresses: [IPAddress]

    package init(_ name: DomainName, _ addresses: [IPAddress]) {
        self.name = name
        self.addresses = addresses
    }

    var addressRecords: [RehearsedRecord] { addresses.map { .address(name, $0) } }
}

/// One zone, shared by all servers that serve it.
package final class RehearsedZone: Sendable {
    /// Short, so that a wait for the negative cache is seconds in a rehearsal.
    package static let defaultNegativeTTLSeconds: UInt32 = 2

    package let apex: DomainName
    package let servers: [RehearsedServer]
    package let negativeTTLSeconds: UInt32
    /// The folder in which each file is one record; nil without one.
    package let folder: String?
    private let stopwatch: Stopwatch
    private let past: Mutex<Past>

    private struct Past: Sendable {
        struct Entry: Sendable {
            let record: RehearsedRecord
            let fromFolder: Bool
            let addedAt: Int64
            var removedAt: Int64?
        }

        /// Views kept of earlier states; lagging servers need a few.
        static let viewLimit = 16

        var entries: [Entry] = []
        /// When each change was made, oldest first: how many are not after a moment names the state of that moment.
        var changes: [Int64] = []
        var views: [Int: ZoneView] = [:]
        var problems: [String] = []

        func has(_ record: RehearsedRecord) -> Bool {
            entries.contains { $0.record == record && $0.removedAt == nil }
        }

        mutating func add(_ record: RehearsedRecord, fromFolder: Bool, at now: Int64) {
            guard !has(record) else { return }
            entries.append(Entry(record: record, fromFolder: fromFolder, addedAt: now, removedAt: nil))
            noteChange(at: now)
        }

        mutating func addFromTheBeginning(_ records: [RehearsedRecord]) {
            for record in records where !has(record) {
                entries.append(Entry(record: record, fromFolder: false, addedAt: .min, removedAt: nil))
            }
            views = [:]
        }

        mutating func remove(at now: Int64, where isGone: (Entry) -> Bool) {
            for index in entries.indices where entries[index].removedAt == nil && isGone(entries[index]) {
                entries[index].removedAt = now
                noteChange(at: now)
            }
        }

        private mutating func noteChange(at now: Int64) {
            changes.append(now)
            // Several changes in one millisecond are one state more each: none of them may be answered from an older
            // view.
            views = [:]
        }
    }

    /// A zone with its SOA, its NS set and the addresses of those servers that lie in it.
    /// - Parameters:
    ///   - records: there from the beginning, at lagging servers too.
    ///   - folder: read at each question; a lagging server counts from the first question after a change.
    package init(
        _ apex: DomainName,
        servers: [RehearsedServer],
        records: [RehearsedRecord] = [],
        negativeTTLSeconds: UInt32 = RehearsedZone.defaultNegativeTTLSeconds,
        folder: String? = nil,
        stopwatch: Stopwatch = Stopwatch()
    ) {
        self.apex = apex
        self.servers = servers
        self.negativeTTLSeconds = negativeTTLSeconds
        self.folder = folder
        self.stopwatch = stopwatch
        let own =
            servers.map { RehearsedRecord(apex, .ns($0.name)) }
            + servers.flatMap(\.addressRecords).filter { $0.name.isSubdomain(of: apex) }
        var past = Past()
        past.addFromTheBeginning(own + records)
        self.past = Mutex(past)
    }

    /// Adds a record beside what is there; the same record twice is one.
    package func add(_ record: RehearsedRecord) {
        past.withLock { $0.add(record, fromFolder: false, at: stopwatch.milliseconds) }
    }

    /// Takes exactly this record away.
    package func remove(_ record: RehearsedRecord) {
        past.withLock { $0.remove(at: stopwatch.milliseconds) { $0.record == record } }
    }

    /// Hands the zone `child` to its servers, with the addresses of those that lie in this zone as glue. It counts as
    /// if it had been so from the beginning.
    package func delegate(_ child: RehearsedZone) {
        let glue = child.servers.flatMap(\.addressRecords).filter { $0.name.isSubdomain(of: apex) }
        let delegation = child.servers.map { RehearsedRecord(child.apex, .ns($0.name)) } + glue
        past.withLock { $0.addFromTheBeginning(delegation) }
    }

    /// The records of this moment.
    package var records: [RehearsedRecord] { view(lagMilliseconds: 0).records.values.flatMap { $0 } }

    /// What stands in the folder now.
    var folderRecords: Set<RehearsedRecord> { folder.map { RecordFolder.read($0, zone: apex).records } ?? [] }

    /// What was wrong with files of the folder when it was last read.
    package var problems: [String] { past.withLock { $0.problems } }

    /// The zone as it was `lagMilliseconds` ago.
    func view(lagMilliseconds: Int64) -> ZoneView {
        let seen = folder.map { RecordFolder.read($0, zone: apex) }
        return past.withLock { past in
            let now = stopwatch.milliseconds
            if let seen {
                past.problems = seen.problems
                past.remove(at: now) { $0.fromFolder && !seen.records.contains($0.record) }
                for record in seen.records { past.add(record, fromFolder: true, at: now) }
            }
            let then = now - lagMilliseconds
            let state = (past.changes.lastIndex { $0 <= then } ?? -1) + 1
            if let view = past.views[state] { return view }
            let visible = past.entries.filter { $0.addedAt <= then && ($0.removedAt ?? .max) > then }
            let view = ZoneView(
                apex: apex,
                soa: soa(serial: UInt32(clamping: 1 + state)),
                records: visible.map(\.record)
            )
            if past.views.count >= Past.viewLimit { past.views = [:] }
            past.views[state] = view
            return view
        }
    }

    private func soa(serial: UInt32) -> RehearsedRecord {
        let primary = servers.first?.name ?? apex
        return RehearsedRecord(
            apex,
            .soa(SOA(primary: primary, mailbox: apex, serial: serial, minimumSeconds: negativeTTLSeconds)),
            ttlSeconds: negativeTTLSeconds
        )
    }
}

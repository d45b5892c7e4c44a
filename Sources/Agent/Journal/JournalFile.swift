// The file under the journal: made once, recognised every time, never made anew over something that went missing.
import DCV
import Foundation
import GRDB
import Platform

struct JournalFile: Sendable {
    static let fileName = "journal.sqlite"
    /// "dnsP" in the SQLite header: this file is ours.
    static let applicationID: UInt32 = 0x646E_7350
    static let schemaVersion = 1
    /// How long another process may hold the write lock.
    static let busySeconds = 5.0
    /// Longer than any token lives (30 days) and any budget looks back.
    static let retentionMilliseconds: Int64 = 40 * 86_400_000
    /// Pruning writes standing rows anew, so it waits until it is worth it.
    static let pruneBatchRows = 500

    let queue: DatabaseQueue
    let path: String

    static func open(folder: String) throws(JournalFailure) -> JournalFile {
        let path = folder + "/" + fileName
        do {
            let mark = try JournalMark.read(folder: folder)
            if !isPresent(path) {
                try refuseTraces(of: path, mark)
                try create(path)
            }
            try checkHeader(path)
            let file = JournalFile(queue: try DatabaseQueue(path: path, configuration: configuration()), path: path)
            try file.checkInside(mark, folder: folder)
            return file
        } catch {
            throw JournalFailure(error, path: path)
        }
    }

    private static func isPresent(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Where a journal once was, an absent file is a loss and no beginning.
    private static func refuseTraces(of path: String, _ mark: JournalMark?) throws {
        guard mark != nil || isPresent(path + "-wal") else { return }
        let trace = mark == nil ? fileName + "-wal" : JournalMark.fileName
        throw JournalFailure(
            .stateRefused,
            "the file is missing, but \(trace) beside it says that there was one. Without it nobody knows which "
                + "records were published. Restore it from a backup, or remove \(trace) to begin without memory"
        )
    }

    /// Made whole under another name and then moved: a crash leaves either nothing or a complete journal.
    private static func create(_ path: String) throws {
        let draft = path + ".new"
        for leftover in [draft, draft + "-journal"] where isPresent(leftover) {
            try FileManager.default.removeItem(atPath: leftover)
        }
        let database = try DatabaseQueue(path: draft)
        try database.write { database in
            try database.execute(sql: AuditChain.schema)
            try AuditChain.begin(
                instance: ASCII.hex(SystemRandom().bytes(16)),
                in: database
            )
            try database.execute(
                sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(schemaVersion)"
            )
        }
        try database.close()
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: draft)
        try FileManager.default.moveItem(atPath: draft, toPath: path)
    }

    /// Looks at the first bytes before SQLite does, because opening a database may already change it.
    private static func checkHeader(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw JournalFailure(.storeIO, "the file cannot be opened; let the user running dnsproof read and write it")
        }
        defer { try? handle.close() }
        let header = Array(try handle.read(upToCount: 100) ?? Data())
        func number(at offset: Int) -> UInt32 { header[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        guard !header.isEmpty else { throw refusal("the file is empty") }
        guard header.count == 100, header.starts(with: "SQLite format 3\0".utf8) else {
            throw refusal("the file is no SQLite database")
        }
        guard number(at: 68) == applicationID else { throw refusal("the file is a database of another program") }
        try checkVersion(Int(number(at: 60)))
    }

    private static func checkVersion(_ found: Int) throws {
        guard found != schemaVersion else { return }
        throw JournalFailure(
            .stateRefused,
            "the file has schema version \(found), this dnsproof knows \(schemaVersion); use the dnsproof that wrote it"
        )
    }

    private static func refusal(_ seen: String) -> JournalFailure {
        JournalFailure(
            .stateRefused,
            seen + ". Restore it from a backup; or move it and \(JournalMark.fileName) away to begin without memory "
                + "(what was published before then stays until somebody removes it)"
        )
    }

    private static func configuration() -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(busySeconds)
        // A disk on which not even a rollback succeeds must end in a JournalFailure, not in GRDB's stopping the
        // process.
        configuration.allowsUnsafeTransactions = true
        // Here and not by `journalMode`: that would set synchronous back to NORMAL, and a commit could vanish at a
        // power loss.
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
        }
        return configuration
    }

    /// Reads the settings back, looks for damage, compares the journal with its mark, forgets what is long settled, and
    /// renews the mark.
    private func checkInside(_ mark: JournalMark?, folder: String) throws {
        let found = try queue.writeWithoutTransaction { database in
            let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
            let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
            guard mode == "wal", synchronous == 2 else {
                throw JournalFailure(
                    .storeIO,
                    "SQLite keeps journal_mode \(mode ?? "?") and synchronous \(synchronous ?? -1) here, wanted wal "
                        + "and 2; put the state folder on a local file system"
                )
            }
            // The file's header lags behind the log.
            try Self.checkVersion(try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0)
            let damage = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
            guard damage == "ok" else { throw Self.refusal("the file is damaged (\(damage ?? "no answer"))") }
            return try database.atomically { database in
                let found = try JournalMark(of: database)
                try found.refuse(unlike: mark)
                try JournalQueries.prune(database)
                return try JournalMark(of: database)
            }
        }
        if found != mark { try found.write(folder: folder) }
    }
}

/// A second witness beside the database: which journal belongs here, and how far it had come when it was last opened.
struct JournalMark: Equatable {
    static let fileName = "journal.identity"
    private static let limitBytes = 200
    private static let heading = "dnsproof-journal"

    let instance: String
    let sequence: Int64

    init(of database: Database) throws {
        guard let instance = try String.fetchOne(database, sql: "SELECT instance FROM journal") else {
            throw JournalFailure(.stateRefused, "the journal has lost its own description")
        }
        self.instance = instance
        sequence = try AuditChain.point("head", in: database).sequence
    }

    private init(instance: String, sequence: Int64) {
        self.instance = instance
        self.sequence = sequence
    }

    /// Nil when there is none.
    static func read(folder: String) throws -> JournalMark? {
        let path = folder + "/" + fileName
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let text = String(decoding: try Files.read(path, limitBytes: limitBytes), as: UTF8.self)
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard words.count == 3, words[0] == heading, let sequence = Int64(words[2]) else {
            throw JournalFailure(
                .stateRefused,
                "\(fileName) beside it cannot be read; wanted one line \"\(heading) INSTANCE NUMBER\". If the journal "
                    + "is the right one, remove \(fileName) and it is written again"
            )
        }
        return JournalMark(instance: String(words[1]), sequence: sequence)
    }

    func write(folder: String) throws {
        try Files.writeAtomically(
            Array("\(Self.heading) \(instance) \(sequence)\n".utf8),
            to: folder + "/" + Self.fileName
        )
    }

    /// Refuses another journal in this one's place, and an older copy of it.
    func refuse(unlike mark: JournalMark?) throws {
        guard let mark else { return }
        guard instance == mark.instance else {
            throw JournalFailure(
                .stateRefused,
                "the file is the journal \(instance), but \(Self.fileName) names \(mark.instance). Put the right one "
                    + "back; if this one is right, remove \(Self.fileName)"
            )
        }
        guard sequence >= mark.sequence else {
            throw JournalFailure(
                .stateRefused,
                "the file ends at row \(sequence), but it once had row \(mark.sequence): it is an older copy. Put the "
                    + "newer one back; if that is lost, remove \(Self.fileName) to go on without the rows between"
            )
        }
    }
}

// The one table of the journal: rows that are only added, each carrying the hash of everything before it.
import Crypto
import DCV
import Foundation
import GRDB

/// One row before it has its place in the chain.
struct AuditEntry {
    enum Kind: String { case intent, receipt, quarantine, trust }

    let kind: Kind
    /// An intent's id, or a publisher's name.
    let subject: String
    let atMilliseconds: Int64
    let body: String
    /// The place in the order of events, for a row that is written again by pruning; nil for a new one.
    let ordinal: Int64?

    init(_ kind: Kind, subject: String, at: Instant, body: String, ordinal: Int64? = nil) {
        self.kind = kind
        self.subject = subject
        self.atMilliseconds = at.millisecondsSinceEpoch
        self.body = body
        self.ordinal = ordinal
    }
}

/// A place in the chain and the hash up to there.
struct ChainPoint {
    let sequence: Int64
    let hash: Data
}

enum AuditChain {
    /// `audit` holds the rows. What queries need beyond the row itself is computed from `body` by SQLite, so it cannot
    /// disagree with it. `journal` has one row: who this journal is, where the chain begins (after pruning) and where
    /// it ends.
    static let schema = """
        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY,
            ordinal INTEGER NOT NULL,
            at_ms INTEGER NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            body TEXT NOT NULL,
            hash BLOB NOT NULL,
            effect TEXT AS (CASE kind WHEN 'intent' THEN json_extract(body, '$.effect.effect') END),
            outcome TEXT AS (CASE kind WHEN 'receipt' THEN json_extract(body, '$.outcome') END),
            publication TEXT AS (CASE kind WHEN 'intent' THEN json_extract(body, '$.effect.record') || ' '
                || json_extract(body, '$.effect.target') || ' ' || json_extract(body, '$.effect.publisher') END)
        ) STRICT;
        CREATE UNIQUE INDEX audit_once ON audit (kind, subject) WHERE kind IN ('intent', 'receipt');
        CREATE INDEX audit_subject ON audit (subject, kind);
        CREATE INDEX audit_at ON audit (at_ms);
        CREATE INDEX audit_publication ON audit (publication, effect) WHERE publication IS NOT NULL;
        CREATE TABLE journal (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            instance TEXT NOT NULL,
            anchor_sequence INTEGER NOT NULL,
            anchor_hash BLOB NOT NULL,
            head_sequence INTEGER NOT NULL,
            head_hash BLOB NOT NULL
        ) STRICT;
        """

    static func begin(instance: String, in database: Database) throws {
        let nothing = Data(count: SHA256.byteCount)
        try database.execute(
            sql: "INSERT INTO journal VALUES (1, ?, 0, ?, 0, ?)",
            arguments: [instance, nothing, nothing]
        )
    }

    static func contains(_ kind: AuditEntry.Kind, _ subject: String, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: "SELECT EXISTS (SELECT 1 FROM audit WHERE kind = ? AND subject = ?)",
            arguments: [kind.rawValue, subject]
        ) ?? false
    }

    static func append(_ entry: AuditEntry, to database: Database) throws {
        let head = try point("head", in: database)
        let sequence = head.sequence + 1
        let ordinal = entry.ordinal ?? sequence
        let hash = digest(
            head.hash,
            numbers: [sequence, ordinal, entry.atMilliseconds],
            texts: [entry.kind.rawValue, entry.subject, entry.body]
        )
        try database.execute(
            sql: "INSERT INTO audit (sequence, ordinal, at_ms, kind, subject, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                sequence, ordinal, entry.atMilliseconds, entry.kind.rawValue, entry.subject, entry.body, hash,
            ]
        )
        try setPoint("head", ChainPoint(sequence: sequence, hash: hash), in: database)
    }

    /// `name` is `head` or `anchor`.
    static func point(_ name: String, in database: Database) throws -> ChainPoint {
        let row = try Row.fetchOne(database, sql: "SELECT \(name)_sequence, \(name)_hash FROM journal")
        guard let row else { throw JournalFailure(.stateRefused, "the journal has lost its own description") }
        return ChainPoint(sequence: row[0], hash: row[1])
    }

    static func setPoint(_ name: String, _ point: ChainPoint, in database: Database) throws {
        try database.execute(
            sql: "UPDATE journal SET \(name)_sequence = ?, \(name)_hash = ?",
            arguments: [point.sequence, point.hash]
        )
    }

    /// The number of rows, when each follows from the one before it and the last is the last that was written.
    static func verify(_ database: Database) throws -> Int {
        var last = try point("anchor", in: database)
        var count = 0
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT sequence, ordinal, at_ms, kind, subject, body, hash FROM audit ORDER BY sequence"
        )
        while let row = try rows.next() {
            let sequence: Int64 = row[0]
            let hash = digest(last.hash, numbers: [sequence, row[1], row[2]], texts: [row[3], row[4], row[5]])
            guard sequence == last.sequence + 1, row[6] == hash else { throw broken(at: last.sequence + 1) }
            last = ChainPoint(sequence: sequence, hash: hash)
            count += 1
        }
        let head = try point("head", in: database)
        guard head.sequence == last.sequence, head.hash == last.hash else { throw broken(at: last.sequence + 1) }
        return count
    }

    private static func broken(at sequence: Int64) -> JournalFailure {
        JournalFailure(
            .stateRefused,
            "the journal's audit chain is broken: row \(sequence) was changed, removed or added by another program"
        )
    }

    /// SHA-256 over the previous hash and every field with its length, so that no two rows look the same.
    private static func digest(_ previous: Data, numbers: [Int64], texts: [String]) -> Data {
        var hash = SHA256()
        hash.update(data: previous)
        for number in numbers { hash.update(data: octets(number)) }
        for text in texts {
            hash.update(data: octets(Int64(text.utf8.count)))
            hash.update(data: Array(text.utf8))
        }
        return Data(hash.finalize())
    }

    private static func octets(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }
}

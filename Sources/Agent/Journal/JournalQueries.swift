// What is asked of the journal, and what may be forgotten.
import DCV
import Foundation
import GRDB

enum JournalQueries {
    /// Whether row `row` is the intent of a publication that no later, successful withdrawal took away again.
    private static func isStanding(_ row: String) -> String {
        """
        \(row).effect = 'publish' AND NOT EXISTS (
            SELECT 1 FROM audit w JOIN audit d ON d.kind = 'receipt' AND d.subject = w.subject
            WHERE w.effect = 'withdraw' AND w.publication = \(row).publication AND w.ordinal > \(row).ordinal
            AND d.outcome = 'done')
        """
    }

    /// A publisher that nobody has trusted (or accused) again since; `i` is the quarantine row.
    private static let isInForce = """
        i.kind = 'quarantine' AND NOT EXISTS (
            SELECT 1 FROM audit t
            WHERE t.kind IN ('quarantine', 'trust') AND t.subject = i.subject AND t.ordinal > i.ordinal)
        """

    /// In the order in which things happened, which a wall clock that was set back cannot change.
    static func entries(since: Instant, in database: Database) throws -> [JournalEntry] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT i.body, r.body FROM audit i LEFT JOIN audit r ON r.kind = 'receipt' AND r.subject = i.subject
                WHERE i.kind = 'intent' AND (i.at_ms >= ? OR (\(isStanding("i")))) ORDER BY i.ordinal
                """,
            arguments: [since.millisecondsSinceEpoch]
        )
        return try rows.map { row in
            let receipt: String? = row[1]
            return JournalEntry(
                intent: try JournalText.decode(Intent.self, row[0]),
                receipt: try receipt.map { try JournalText.decode(Receipt.self, $0) }
            )
        }
    }

    static func quarantined(in database: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(database, sql: "SELECT i.subject, i.body FROM audit i WHERE \(isInForce)")
        var reasons: [String: String] = [:]
        for row in rows { reasons[row[0]] = try JournalText.decode([String: String].self, row[1])["reason"] ?? "" }
        return reasons
    }

    /// Forgets settled rows older than the retention, counted back from the newest row. What still stands is written
    /// again at the end of the chain, in its old order; the chain then begins after the last row that was removed.
    static func prune(_ database: Database) throws {
        let keeps = """
            (i.kind = 'intent' AND \(isStanding("i"))) OR (\(isInForce)) OR (i.kind = 'receipt' AND EXISTS (
                SELECT 1 FROM audit p WHERE p.kind = 'intent' AND p.subject = i.subject
                AND \(isStanding("p"))))
            """
        let newest = try Int64.fetchOne(database, sql: "SELECT max(at_ms) FROM audit") ?? 0
        let cutoff = Instant(millisecondsSinceEpoch: newest).adding(milliseconds: -JournalFile.retentionMilliseconds)
        let firstKept = try Int64.fetchOne(
            database,
            sql: "SELECT min(sequence) FROM audit WHERE at_ms >= ?",
            arguments: [cutoff.millisecondsSinceEpoch]
        )
        guard let last = firstKept.map({ $0 - 1 }) else { return }
        let settled = try Int.fetchOne(
            database,
            sql: "SELECT count(*) FROM audit i WHERE i.sequence <= ? AND NOT (\(keeps))",
            arguments: [last]
        )
        guard let settled, settled >= JournalFile.pruneBatchRows else { return }
        let standing = try Row.fetchAll(
            database,
            sql:
                """
                SELECT kind, subject, at_ms, body, ordinal FROM audit i
                WHERE i.sequence <= ? AND (\(keeps)) ORDER BY i.sequence
                """,
            arguments: [last]
        )
        try database.execute(
            sql: """
                UPDATE journal SET anchor_sequence = ?, anchor_hash = (SELECT hash FROM audit WHERE sequence = ?)
                """,
            arguments: [last, last]
        )
        try database.execute(sql: "DELETE FROM audit WHERE sequence <= ?", arguments: [last])
        for row in standing {
            guard let kind = AuditEntry.Kind(rawValue: row[0]) else { continue }
            try AuditChain.append(
                AuditEntry(
                    kind,
                    subject: row[1],
                    at: Instant(millisecondsSinceEpoch: row[2]),
                    body: row[3],
                    ordinal: row[4]
                ),
                to: database
            )
        }
    }
}

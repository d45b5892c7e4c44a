// What tests of hooks have written in real zones and not yet taken away, kept beside the audit chain: one row a record.
import DCV
import Foundation
import GRDB

/// The table is no part of the chain and its schema has no number: a journal without it gets it, a program without it passes it over.
enum JournaledTrials {
    static let rowLimit = 1000

    private static let schema = """
        CREATE TABLE IF NOT EXISTS hook_trials (
            number INTEGER PRIMARY KEY,
            id TEXT UNIQUE NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
        """

    /// Rows that cannot be read are passed over.
    static func read(_ database: Database) throws -> [TrialWrite] {
        try database.execute(sql: schema)
        let bodies = try String.fetchAll(
            database,
            sql: "SELECT body FROM hook_trials ORDER BY number LIMIT ?",
            arguments: [rowLimit]
        )
        return bodies.compactMap { try? JournalText.decode(TrialWrite.self, $0) }
    }

    /// The same record once more is the same row.
    static func begin(_ write: TrialWrite, in database: Database) throws {
        try database.execute(sql: schema)
        try database.execute(
            sql: "INSERT OR IGNORE INTO hook_trials (id, body) VALUES (?, ?)",
            arguments: [write.order.id, try JournalText.encode(write)]
        )
    }

    static func end(_ id: String, in database: Database) throws {
        try database.execute(sql: schema)
        try database.execute(sql: "DELETE FROM hook_trials WHERE id = ?", arguments: [id])
    }
}

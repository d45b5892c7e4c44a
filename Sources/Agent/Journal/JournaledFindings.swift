// What was told to people, kept beside the audit chain: a table that every run replaces as a whole.
import DCV
import Foundation
import GRDB

/// The table is no part of the chain and its schema has no number: a journal without it gets it, a program without it passes it over.
enum JournaledFindings {
    private static let schema = """
        CREATE TABLE IF NOT EXISTS findings_told (
            id INTEGER PRIMARY KEY,
            body TEXT NOT NULL
        ) STRICT;
        """

    /// Rows that cannot be read are passed over: the worst that comes of it is a finding that is told twice.
    static func read(_ database: Database) throws -> [ToldFinding] {
        try database.execute(sql: schema)
        let bodies = try String.fetchAll(
            database,
            sql: "SELECT body FROM findings_told ORDER BY id LIMIT ?",
            arguments: [FindingMemory.rowLimit]
        )
        return bodies.compactMap { try? JournalText.decode(ToldFinding.self, $0) }
    }

    static func replace(with findings: [ToldFinding], in database: Database) throws {
        try database.execute(sql: schema)
        try database.execute(sql: "DELETE FROM findings_told")
        for finding in findings.prefix(FindingMemory.rowLimit) {
            try database.execute(
                sql: "INSERT INTO findings_told (body) VALUES (?)",
                arguments: [try JournalText.encode(finding)]
            )
        }
    }
}

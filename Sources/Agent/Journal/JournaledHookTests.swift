// What tests of hooks found, kept beside the audit chain: one row a publisher.
import DCV
import Foundation
import GRDB

/// The table is no part of the chain and its schema has no number: a journal without it gets it, a program without it passes it over.
enum JournaledHookTests {
    static let rowLimit = 1000

    private static let schema = """
        CREATE TABLE IF NOT EXISTS hook_tests (
            publisher TEXT PRIMARY KEY,
            body TEXT NOT NULL
        ) STRICT;
        """

    /// Rows that cannot be read are passed over: their hooks count as never tested.
    static func read(_ database: Database) throws -> [HookTest] {
        try database.execute(sql: schema)
        let bodies = try String.fetchAll(
            database,
            sql: "SELECT body FROM hook_tests ORDER BY publisher LIMIT ?",
            arguments: [rowLimit]
        )
        return bodies.compactMap { try? JournalText.decode(HookTest.self, $0) }
    }

    /// A test that could not try something takes nothing from what is known of the same file.
    static func keep(_ test: HookTest, in database: Database) throws {
        guard let publisher = test.publisher else { return }
        let earlier = try read(database).first { $0.publisher == publisher }
        try database.execute(
            sql: """
                INSERT INTO hook_tests (publisher, body) VALUES (?1, ?2)
                ON CONFLICT (publisher) DO UPDATE SET body = ?2
                """,
            arguments: [publisher, try JournalText.encode(test.merged(over: earlier))]
        )
    }
}

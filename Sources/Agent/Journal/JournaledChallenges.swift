// What ACME clients have handed over call by call, kept beside the audit chain: the last call of a certificate waits for all of it.
import DCV
import Foundation
import GRDB

/// The table is no part of the chain and its schema has no number: a journal without it gets it, a program without it passes it over.
enum JournaledChallenges {
    static let rowLimit = 10_000

    private static let schema = """
        CREATE TABLE IF NOT EXISTS challenges_awaited (
            id INTEGER PRIMARY KEY,
            authorization TEXT NOT NULL UNIQUE,
            at_ms INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
        """

    static func change(
        adding challenges: [AwaitedChallenge],
        forgetting: Set<AuthorizationKey>,
        since: Instant,
        in database: Database
    ) throws -> [AwaitedChallenge] {
        try database.execute(sql: schema)
        try database.execute(
            sql: "DELETE FROM challenges_awaited WHERE at_ms < ?",
            arguments: [since.millisecondsSinceEpoch]
        )
        for key in forgetting.union(challenges.map(\.authorization)) {
            try database.execute(
                sql: "DELETE FROM challenges_awaited WHERE authorization = ?",
                arguments: [key.description]
            )
        }
        for challenge in challenges {
            try database.execute(
                sql: "INSERT INTO challenges_awaited (authorization, at_ms, body) VALUES (?, ?, ?)",
                arguments: [
                    challenge.authorization.description, challenge.at.millisecondsSinceEpoch,
                    try JournalText.encode(challenge),
                ]
            )
        }
        let bodies = try String.fetchAll(
            database,
            sql: "SELECT body FROM challenges_awaited ORDER BY id DESC LIMIT ?",
            arguments: [rowLimit]
        )
        return bodies.reversed().compactMap { try? JournalText.decode(AwaitedChallenge.self, $0) }
    }
}

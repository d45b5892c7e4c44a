// What the count of calls says about the next request: limits in sliding windows, and the circuit of a provider that fails. SQL inside
// a transaction of the caller's.
import DCV
import Foundation
import GRDB

/// Times are the wall clock's, because they are compared across processes, and the wall clock may jump. So whatever lies further ahead than
/// its window counts as never, and no wait is longer than its window.
enum CallRules {
    /// `calls` has a row a request; `callees` what is known of a provider beside them: its limits as last told, its failures in
    /// a row, and the time to come back that it named.
    private static let schema = """
        CREATE TABLE IF NOT EXISTS calls (
            id INTEGER PRIMARY KEY,
            provider TEXT NOT NULL,
            kind TEXT NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX IF NOT EXISTS calls_at ON calls (provider, at_ms);
        CREATE TABLE IF NOT EXISTS callees (
            provider TEXT PRIMARY KEY,
            limits TEXT NOT NULL DEFAULT '[]',
            failures INTEGER NOT NULL DEFAULT 0,
            failed_ms INTEGER,
            probe_ms INTEGER,
            rest_until_ms INTEGER
        ) STRICT;
        """

    /// Inside a transaction: of two programs that begin at once only one may add the column.
    static func prepare(_ database: Database) throws {
        try database.execute(sql: schema)
        // A table of an earlier program lacks it.
        guard try !database.columns(in: "callees").contains(where: { $0.name == "rest_until_ms" }) else { return }
        try database.execute(sql: "ALTER TABLE callees ADD COLUMN rest_until_ms INTEGER")
    }

    /// The request that tries an open circuit has ended by then, or its process has.
    static let probeMilliseconds: Int64 = 120_000
    /// Rows beyond this are forgotten from the oldest on: more requests than any hour has seen.
    static let rowLimit = 100_000
    /// Forgetting reads the whole table, so it waits for this many new rows.
    static let pruneEveryRows: Int64 = 64
    /// A provider that was not called for so long is forgotten with its failures.
    static let calleeRetentionMilliseconds: Int64 = 40 * 86_400_000

    /// No provider is left alone for longer because it named a time; a time that lies further ahead was written by another clock.
    static let namedRestLimitMilliseconds: Int64 = 86_400_000

    private static let restMilliseconds = Circuit.restSeconds * 1000

    static func admit(
        _ call: CallKind,
        to provider: ProviderName,
        under limits: [CallLimit],
        at now: Instant,
        in database: Database
    ) throws -> CallAdmission {
        let health = try Health(provider, in: database)
        let open = health.restEnd(at: now) ?? health.probeEnd(at: now)
        if let until = health.namedRestEnd(at: now), until >= open ?? until { return .resting(until: until) }
        if let until = open {
            return .open(until: until, failures: health.failures)
        }
        let spent = try limits.compactMap { limit in
            try freeAgain(limit, of: provider, at: now, in: database).map { (until: $0, limit: limit) }
        }
        if let longest = spent.max(by: { $0.until < $1.until }) {
            return .spent(until: longest.until, limit: longest.limit)
        }
        try count(call, to: provider, under: limits, isProbe: health.isOpen, at: now, in: database)
        return .granted
    }

    static func ended(
        _ outcome: CallOutcome,
        at provider: ProviderName,
        at now: Instant,
        restUntil: Instant?,
        in database: Database
    ) throws {
        if let restUntil { try rest(provider, until: restUntil, at: now, in: database) }
        switch outcome {
        case .answered:
            try database.execute(
                sql: """
                    UPDATE callees SET failures = 0, failed_ms = NULL, probe_ms = NULL
                    WHERE provider = ? AND failures > 0
                    """,
                arguments: [provider.text]
            )
        case .failed:
            try database.execute(
                sql: """
                    INSERT INTO callees (provider, failures, failed_ms) VALUES (?1, 1, ?2)
                    ON CONFLICT (provider) DO UPDATE SET
                        failures = min(failures + 1, 1000000), failed_ms = ?2, probe_ms = NULL
                    """,
                arguments: [provider.text, now.millisecondsSinceEpoch]
            )
        }
    }

    /// Of two times that calls at once are told the later one stands.
    private static func rest(
        _ provider: ProviderName,
        until: Instant,
        at now: Instant,
        in database: Database
    ) throws {
        let latest = now.adding(milliseconds: namedRestLimitMilliseconds)
        let standing = try Health(provider, in: database).namedRestEnd(at: now)
        let end = max(min(until, latest), standing ?? now)
        try database.execute(
            sql: """
                INSERT INTO callees (provider, rest_until_ms) VALUES (?1, ?2)
                ON CONFLICT (provider) DO UPDATE SET rest_until_ms = ?2
                """,
            arguments: [provider.text, end.millisecondsSinceEpoch]
        )
    }

    /// Nil while the limit leaves room for one more request now.
    private static func freeAgain(
        _ limit: CallLimit,
        of provider: ProviderName,
        at now: Instant,
        in database: Database
    ) throws -> Instant? {
        let windowEnd = now.adding(milliseconds: limit.windowMilliseconds)
        guard limit.count > 0 else { return windowEnd }
        // As soon as the oldest of the newest `count` leaves the window there is room.
        let oldest = try Int64.fetchOne(
            database,
            sql: """
                SELECT at_ms FROM calls WHERE provider = ? AND at_ms > ? AND at_ms <= ?
                ORDER BY at_ms DESC LIMIT 1 OFFSET ?
                """,
            arguments: [
                provider.text, now.adding(milliseconds: -limit.windowMilliseconds).millisecondsSinceEpoch,
                windowEnd.millisecondsSinceEpoch, limit.count - 1,
            ]
        )
        return oldest.map {
            min(Instant(millisecondsSinceEpoch: $0).adding(milliseconds: limit.windowMilliseconds), windowEnd)
        }
    }

    private static func count(
        _ call: CallKind,
        to provider: ProviderName,
        under limits: [CallLimit],
        isProbe: Bool,
        at now: Instant,
        in database: Database
    ) throws {
        try database.execute(
            sql: "INSERT INTO calls (provider, kind, at_ms) VALUES (?, ?, ?)",
            arguments: [provider.text, call.rawValue, now.millisecondsSinceEpoch]
        )
        let row = database.lastInsertedRowID
        let known = try JournalText.encode(limits)
        try database.execute(
            sql: """
                INSERT INTO callees (provider, limits) VALUES (?1, ?2)
                ON CONFLICT (provider) DO UPDATE SET limits = ?2 WHERE limits <> ?2
                """,
            arguments: [provider.text, known]
        )
        if isProbe {
            try database.execute(
                sql: "UPDATE callees SET probe_ms = ? WHERE provider = ?",
                arguments: [now.millisecondsSinceEpoch, provider.text]
            )
        }
        if row % pruneEveryRows == 0 { try prune(at: now, in: database) }
    }

    /// What no window can reach and `status` does not show; then whatever is too much.
    static func prune(at now: Instant, in database: Database) throws {
        let windows = try String.fetchAll(database, sql: "SELECT limits FROM callees")
            .flatMap { try JournalText.decode([CallLimit].self, $0) }.map(\.windowMilliseconds)
        let retention = max(windows.max() ?? 0, ProviderUse.lookBackMilliseconds)
        try database.execute(
            sql: "DELETE FROM calls WHERE at_ms NOT BETWEEN ? AND ?",
            arguments: [
                now.adding(milliseconds: -retention).millisecondsSinceEpoch,
                now.adding(milliseconds: retention).millisecondsSinceEpoch,
            ]
        )
        try database.execute(
            sql: "DELETE FROM calls WHERE id <= (SELECT max(id) FROM calls) - ?",
            arguments: [rowLimit]
        )
        try database.execute(
            sql: """
                DELETE FROM callees WHERE provider NOT IN (SELECT provider FROM calls)
                AND (failed_ms IS NULL OR failed_ms NOT BETWEEN ? AND ?)
                AND (rest_until_ms IS NULL OR rest_until_ms NOT BETWEEN ? AND ?)
                """,
            arguments: [
                now.adding(milliseconds: -calleeRetentionMilliseconds).millisecondsSinceEpoch,
                now.adding(milliseconds: calleeRetentionMilliseconds).millisecondsSinceEpoch,
                now.millisecondsSinceEpoch,
                now.adding(milliseconds: namedRestLimitMilliseconds).millisecondsSinceEpoch,
            ]
        )
    }

    static func uses(at now: Instant, in database: Database) throws -> [ProviderUse] {
        try Row.fetchAll(database, sql: "SELECT provider, limits FROM callees ORDER BY provider").map { row in
            let provider = try ProviderName(row[0])
            func between(_ milliseconds: Int64) -> StatementArguments {
                [
                    provider.text, now.adding(milliseconds: -milliseconds).millisecondsSinceEpoch,
                    now.adding(milliseconds: milliseconds).millisecondsSinceEpoch,
                ]
            }
            let kinds = try Row.fetchAll(
                database,
                sql: """
                    SELECT kind, count(*) FROM calls WHERE provider = ? AND at_ms > ? AND at_ms <= ? GROUP BY kind
                    """,
                arguments: between(ProviderUse.lookBackMilliseconds)
            )
            let limits = try JournalText.decode([CallLimit].self, row[1]).map { limit in
                ProviderUse.Spent(
                    limit: limit,
                    count: try Int.fetchOne(
                        database,
                        sql: "SELECT count(*) FROM calls WHERE provider = ? AND at_ms > ? AND at_ms <= ?",
                        arguments: between(limit.windowMilliseconds)
                    ) ?? 0
                )
            }
            let health = try Health(provider, in: database)
            return ProviderUse(
                provider: provider,
                lastHour: Dictionary(kinds.map { ($0[0], $0[1]) }, uniquingKeysWith: +),
                limits: limits,
                failures: health.failures,
                openUntil: health.restEnd(at: now)
            )
        }
    }

    /// What `file` holds, for counting on without it.
    static func copy(from file: DatabaseQueue, to memory: DatabaseQueue) throws {
        let (calls, callees) = try file.inDatabase { database in
            (
                try Row.fetchAll(database, sql: "SELECT id, provider, kind, at_ms FROM calls"),
                try Row.fetchAll(
                    database,
                    sql: "SELECT provider, limits, failures, failed_ms, probe_ms, rest_until_ms FROM callees"
                )
            )
        }
        try memory.inDatabase { database in
            try database.atomically { database in
                for row in calls {
                    try database.execute(
                        sql: "INSERT INTO calls VALUES (?, ?, ?, ?)",
                        arguments: StatementArguments(row.databaseValues)
                    )
                }
                for row in callees {
                    try database.execute(
                        sql: "INSERT INTO callees VALUES (?, ?, ?, ?, ?, ?)",
                        arguments: StatementArguments(row.databaseValues)
                    )
                }
            }
        }
    }

    /// A provider's failures in a row. From `Circuit.failureLimit` on it rests after each one, and then one request at a time tries it.
    private struct Health {
        let failures: Int
        private let failedAt: Instant?
        private let probeAt: Instant?
        private let namedRest: Instant?

        init(_ provider: ProviderName, in database: Database) throws {
            let row = try Row.fetchOne(
                database,
                sql: "SELECT failures, failed_ms, probe_ms, rest_until_ms FROM callees WHERE provider = ?",
                arguments: [provider.text]
            )
            failures = row?[0] ?? 0
            failedAt = (row?[1] as Int64?).map { Instant(millisecondsSinceEpoch: $0) }
            probeAt = (row?[2] as Int64?).map { Instant(millisecondsSinceEpoch: $0) }
            namedRest = (row?[3] as Int64?).map { Instant(millisecondsSinceEpoch: $0) }
        }

        /// When the provider wants to be asked again, by its own word.
        func namedRestEnd(at now: Instant) -> Instant? {
            let latest = now.adding(milliseconds: namedRestLimitMilliseconds)
            return namedRest.flatMap { $0 > now && $0 <= latest ? $0 : nil }
        }

        var isOpen: Bool { failures >= Circuit.failureLimit }

        func restEnd(at now: Instant) -> Instant? {
            isOpen ? failedAt.flatMap { CallRules.end(of: restMilliseconds, from: $0, at: now) } : nil
        }

        /// Set while another request is trying the provider.
        func probeEnd(at now: Instant) -> Instant? {
            isOpen ? probeAt.flatMap { CallRules.end(of: probeMilliseconds, from: $0, at: now) } : nil
        }
    }

    /// When a span that began at `start` ends; nil when it has, or when it begins further ahead than it is long.
    private static func end(of milliseconds: Int64, from start: Instant, at now: Instant) -> Instant? {
        let latest = now.adding(milliseconds: milliseconds)
        let end = min(start.adding(milliseconds: milliseconds), latest)
        return end > now && start <= latest ? end : nil
    }
}

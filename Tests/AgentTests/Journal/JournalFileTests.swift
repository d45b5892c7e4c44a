// The file under the journal: crashes, damage, strangers, full disks. Real files, really damaged.
import DCV
import Foundation
import GRDB
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct JournalFileTests {
    private let folder: JournalFolder

    init() throws { folder = try JournalFolder() }

    /// Three pairs of rows in a journal that was closed.
    private func filled() async throws {
        let journal = try folder.open()
        for number in 0..<3 {
            try await journal.begin(.publish("p\(number)", value: "v\(number)", at: Int64(number)))
            try await journal.end(.of("p\(number)", at: Int64(number)))
        }
    }

    private func refusal(_ words: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let failure = folder.failure()
        #expect(failure?.kind == .stateRefused, sourceLocation: sourceLocation)
        #expect(
            failure?.text.contains(words) == true,
            "saw \(failure?.text ?? "no failure")",
            sourceLocation: sourceLocation
        )
        #expect(failure?.text.contains(folder.path) == true, sourceLocation: sourceLocation)
    }

    @Test func aNewJournalIsMarkedAndPrivate() async throws {
        try await filled()
        let mode = try FileManager.default.attributesOfItem(atPath: folder.database)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try folder.text("journal.identity").hasPrefix("dnsproof-journal "))
        #expect(try folder.count("PRAGMA application_id") == 0x646E_7350)
        let header = try Data(contentsOf: URL(fileURLWithPath: folder.database)).prefix(20)
        #expect(header[18] == 2 && header[19] == 2, "the header says WAL")
    }

    /// The disk as a power cut would leave it: everything that was written is there, nothing was closed.
    @Test func aCrashBetweenIntentAndReceipt() async throws {
        let journal = try folder.open()
        try await journal.begin(.publish("a", at: 1))
        let crashed = try folder.snapshot()
        try await journal.end(.of("a", at: 2))
        let history = try await crashed.open().history(since: Instant(millisecondsSinceEpoch: 0))
        #expect(history.entries == [JournalEntry(intent: try .publish("a", at: 1), receipt: nil)])
        #expect(history.published.map(\.isConfirmed) == [false])
        try await crashed.open().end(.of("a", .unknown, at: 3))
    }

    /// Any part of the log may be what reached the disk: each such state must open, with a beginning of what happened.
    @Test func aLogCutAnywhereLosesOnlyItsEnd() async throws {
        let journal = try folder.open()
        for number in 0..<6 { try await journal.begin(.trigger("t\(number)", at: Int64(number))) }
        let whole = try folder.snapshot()
        let length = try #require(
            FileManager.default.attributesOfItem(atPath: whole.database + "-wal")[.size] as? NSNumber
        ).uint64Value
        #expect(length > 4096)
        var seen: Set<Int> = []
        for cut in stride(from: 0, through: length, by: 1_371) {
            let torn = try whole.snapshot()
            try torn.truncate("journal.sqlite-wal", toBytes: cut)
            let entries = try await torn.open().history(since: Instant(millisecondsSinceEpoch: 0)).entries
            #expect(entries.map(\.intent.id) == (0..<entries.count).map { "t\($0)" })
            #expect(try await torn.open().verify() == entries.count)
            seen.insert(entries.count)
        }
        #expect(seen.count > 3)
        _ = try await journal.verify()
    }

    @Test func aDraftOfACrashedBeginningIsNoJournal() async throws {
        try folder.write("half a database", to: "journal.sqlite.new")
        try await filled()
        #expect(!folder.has("journal.sqlite.new"))
    }

    @Test func anEmptyFileIsRefused() async throws {
        try folder.write("", to: "journal.sqlite")
        refusal("the file is empty")
        try folder.remove("journal.sqlite")
        try await filled()
        try folder.truncate("journal.sqlite", toBytes: 0)
        refusal("the file is empty")
    }

    @Test(arguments: [50, 100, 4096, 8192, 12_000])
    func aTruncatedFileIsRefused(bytes: UInt64) async throws {
        try await filled()
        try folder.truncate("journal.sqlite", toBytes: bytes)
        let failure = folder.failure()
        #expect(failure?.kind == .stateRefused, "\(String(describing: failure))")
    }

    @Test func aForeignFileIsRefusedAndLeftAlone() throws {
        try folder.write("Dear diary, ...", to: "journal.sqlite")
        refusal("no SQLite database")
        #expect(try folder.text("journal.sqlite") == "Dear diary, ...")
        try folder.remove("journal.sqlite")
        try folder.tamper("CREATE TABLE notes (text TEXT)")
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.database))
        refusal("another program")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.database)) == before)
    }

    @Test func aNewerSchemaIsRefused() async throws {
        try await filled()
        // While another handle is open the new number stands in the log only.
        let open = try folder.open()
        try folder.tamper("PRAGMA user_version = 2")
        refusal("schema version 2")
        _ = try await open.verify()
        try folder.tamper("PRAGMA wal_checkpoint(TRUNCATE)")
        refusal("schema version 2")
    }

    @Test func aMissingFileIsRefused() async throws {
        try await filled()
        let identity = try folder.text("journal.identity")
        for file in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"] where folder.has(file) {
            try folder.remove(file)
        }
        refusal("the file is missing")
        #expect(!folder.has("journal.sqlite"))
        #expect(try folder.text("journal.identity") == identity)
        try folder.remove("journal.identity")
        try folder.write("log", to: "journal.sqlite-wal")
        refusal("the file is missing, but journal.sqlite-wal")
        try folder.remove("journal.sqlite-wal")
        #expect(folder.failure() == nil)
    }

    @Test func anotherJournalInItsPlaceIsRefused() async throws {
        try await filled()
        let other = try JournalFolder()
        _ = try other.open()
        try folder.write(try other.text("journal.identity"), to: "journal.identity")
        refusal("names")
        try folder.write("something else\n", to: "journal.identity")
        refusal("cannot be read")
        try folder.remove("journal.identity")
        #expect(folder.failure() == nil)
        #expect(folder.has("journal.identity"))
    }

    @Test func anOlderCopyIsRefused() async throws {
        try await filled()
        let backup = try folder.snapshot()
        try await folder.open().begin(.trigger("later", at: 9))
        _ = try folder.open()
        try backup.write(try folder.text("journal.identity"), to: "journal.identity")
        let failure = backup.failure()
        #expect(failure?.kind == .stateRefused)
        #expect(failure?.text.contains("ends at row 6, but it once had row 7") == true)
    }

    @Test func damageInsideIsFound() async throws {
        let journal = try folder.open()
        for number in 0..<60 { try await journal.begin(.trigger("t\(number)", at: Int64(number))) }
        try folder.tamper("PRAGMA wal_checkpoint(TRUNCATE)")
        let torn = try folder.snapshot()
        let handle = try #require(FileHandle(forUpdatingAtPath: torn.database))
        try handle.seek(toOffset: 4096 * 3)
        try handle.write(contentsOf: Data(repeating: 0xA5, count: 4096))
        try handle.close()
        #expect(torn.failure()?.kind == .stateRefused)
        _ = try await journal.verify()
    }

    @Test(arguments: [
        "UPDATE audit SET body = replace(body, 'v1', 'v9') WHERE sequence = 3",
        "UPDATE audit SET at_ms = 7 WHERE sequence = 1",
        "UPDATE audit SET ordinal = 99 WHERE sequence = 2", "UPDATE audit SET kind = 'trust' WHERE sequence = 4",
        "DELETE FROM audit WHERE sequence = 1", "DELETE FROM audit WHERE sequence = 3",
        "DELETE FROM audit WHERE sequence = 6",
        """
        INSERT INTO audit (sequence, ordinal, at_ms, kind, subject, body, hash)
        VALUES (7, 7, 7, 'trust', 'x', '{}', zeroblob(32))
        """,
    ])
    func whatAnotherProgramChangedIsFound(sql: String) async throws {
        try await filled()
        #expect(try await folder.open().verify() == 6)
        try folder.tamper(sql)
        let failure = await #expect(throws: JournalFailure.self) { try await folder.open().verify() }
        #expect(failure?.kind == .stateRefused)
        #expect(failure?.text.contains("audit chain is broken") == true)
    }

    /// A row that is right in another journal is wrong here: it carries the hash of what came before it there.
    @Test func aRowOfAnotherJournalIsFound() async throws {
        try await filled()
        let other = try JournalFolder()
        let journal = try other.open()
        for number in 3..<6 { try await journal.begin(.publish("p\(number)", at: Int64(number))) }
        try folder.tamper(
            """
            ATTACH '\(other.database)' AS other; DELETE FROM main.audit WHERE sequence = 2;
            INSERT INTO main.audit (sequence, ordinal, at_ms, kind, subject, body, hash)
            SELECT sequence, ordinal, at_ms, kind, subject, body, hash FROM other.audit WHERE sequence = 2
            """
        )
        let failure = await #expect(throws: JournalFailure.self) { try await folder.open().verify() }
        #expect(failure?.text.contains("row 2") == true)
        _ = try await journal.verify()
    }

    @Test func aRowThatMakesNoSenseIsRefused() async throws {
        try await filled()
        try folder.tamper("UPDATE audit SET body = replace(body, 'publish', 'perish') WHERE sequence = 1")
        let journal = try folder.open()
        let failure = await #expect(throws: JournalFailure.self) {
            try await journal.history(since: Instant(millisecondsSinceEpoch: 0))
        }
        #expect(failure?.kind == .stateRefused)
    }

    @Test func aFolderThatCannotBeWrittenIsAFaultOfTheStore() {
        // Not even root can make a file there.
        let failure = #expect(throws: JournalFailure.self) { try SQLiteJournal.open(folder: "/proc/self/fdinfo") }
        #expect(failure?.kind == .storeIO)
        #expect(failure?.text.contains("/proc/self/fdinfo") == true)
    }

    @Test func aFolderInTheLogsPlaceIsAFaultOfTheStore() async throws {
        try await filled()
        try? folder.remove("journal.sqlite-wal")
        try FileManager.default.createDirectory(atPath: folder.database + "-wal", withIntermediateDirectories: false)
        #expect(folder.failure()?.kind == .storeIO)
    }

    @Test func aFullDiskIsAFaultOfTheStoreAndLosesNothing() async throws {
        try await SmallDisk.with(kibibytes: 256) { disk in
            let journal = try SQLiteJournal.open(folder: disk)
            let fill = disk + "/fill"
            try await journal.begin(.trigger("first", at: 1))
            #expect(FileManager.default.createFile(atPath: fill, contents: nil))
            let handle = try #require(FileHandle(forWritingAtPath: fill))
            while (try? handle.write(contentsOf: Data(count: 4096))) != nil {}
            var written = ["first"]
            var failure: JournalFailure?
            while failure == nil, written.count < 500 {
                let intent = try Intent.trigger("t\(written.count)", at: 2)
                do throws(JournalFailure) {
                    try await journal.begin(intent)
                    written.append(intent.id)
                } catch { failure = error }
            }
            #expect(failure?.kind == .storeIO)
            #expect(failure?.text.contains("disk is full") == true, "\(String(describing: failure))")
            // Cut, not removed: a program that another test starts just now may still hold the file, and its room.
            try handle.truncate(atOffset: 0)
            try handle.close()
            try await journal.begin(.trigger("last", at: 3))
            let history = try await journal.history(since: Instant(millisecondsSinceEpoch: 0))
            #expect(history.entries.map(\.intent.id) == written + ["last"])
        }
    }

    /// The same on machines where no small disk can be had, and the codes that no test can bring about.
    @Test func everyCodeHasItsKind() {
        for code: ResultCode in [
            .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PERM,
            .SQLITE_NOMEM, .SQLITE_IOERR_FSYNC, .SQLITE_READONLY_DIRECTORY,
        ] {
            #expect(JournalFailure(DatabaseError(resultCode: code), path: "/x").kind == .storeIO)
        }
        for code: ResultCode in [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_SCHEMA, .SQLITE_CONSTRAINT] {
            #expect(JournalFailure(DatabaseError(resultCode: code), path: "/x").kind == .stateRefused)
        }
    }

    @Test func aLockHeldTooLongIsAFaultOfTheStore() async throws {
        let journal = try folder.open()
        var configuration = GRDB.Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.database, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let failure = await #expect(throws: JournalFailure.self) { try await journal.begin(.trigger("a", at: 1)) }
        #expect(failure?.kind == .storeIO)
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try await journal.begin(.trigger("a", at: 1))
    }
}

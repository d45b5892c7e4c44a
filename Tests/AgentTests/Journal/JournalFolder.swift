// A folder with a journal for tests: real files, and the means to damage them.
import Agent
import DCV
import Foundation
import GRDB
import Platform
import Testing

final class JournalFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/dnsproof-journal-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/journal.sqlite" }
    var identity: String { path + "/journal.identity" }

    func open() throws(JournalFailure) -> SQLiteJournal { try SQLiteJournal.open(folder: path) }

    /// The failure that opening ends with; nil when it opens.
    func failure() -> JournalFailure? {
        do {
            _ = try open()
            return nil
        } catch {
            return error
        }
    }

    func text(_ file: String) throws -> String { try String(contentsOfFile: path + "/" + file, encoding: .utf8) }

    func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + file))
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: path + "/" + file) }

    func truncate(_ file: String, toBytes count: UInt64) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path + "/" + file))
        try handle.truncate(atOffset: count)
        try handle.close()
    }

    /// A copy of the folder as it is on the disk now, with whatever is open in it.
    func snapshot() throws -> JournalFolder {
        let copy = try JournalFolder()
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            try FileManager.default.copyItem(atPath: path + "/" + name, toPath: copy.path + "/" + name)
        }
        return copy
    }

    func has(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + file) }

    /// What another program does to the file.
    func tamper(_ sql: String) throws {
        let queue = try DatabaseQueue(path: database)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    func count(_ sql: String) throws -> Int {
        let queue = try DatabaseQueue(path: database)
        defer { try? queue.close() }
        return try queue.read { try Int.fetchOne($0, sql: sql) ?? -1 }
    }
}

/// A file system of a few kibibytes, to be filled. Only root can make one; elsewhere the reason is printed and nothing
/// is tried.
enum SmallDisk {
    static func with(kibibytes: Int, _ work: (String) async throws -> Void) async throws {
        let folder = try JournalFolder()
        let mounted = await run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(kibibytes)k", "none", folder.path])
        guard mounted.ending == .exited(0) else {
            print(
                "no full disk was tried, none can be mounted: \(OctetText(mounted.errorOutput.bytes)) \(mounted.ending)"
            )
            return
        }
        let result: Result<Void, any Error>
        do { result = .success(try await work(folder.path)) } catch { result = .failure(error) }
        _ = await run("/bin/umount", ["-l", folder.path])
        try result.get()
    }

    private static func run(_ program: String, _ arguments: [String]) async -> ChildResult {
        await ChildProcess().run(
            ChildCommand(program: program, arguments: arguments, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        )
    }
}

extension Intent {
    static func publish(_ id: String, value: String = "v1", publisher: String = "bind", at: Int64) throws -> Intent {
        try intent(id, .publish(record: .txt(value), target: .shop, zone: .zone, publisher: publisher), at)
    }

    static func withdraw(_ id: String, value: String = "v1", publisher: String = "bind", at: Int64) throws -> Intent {
        try intent(id, .withdraw(record: .txt(value), target: .shop, zone: .zone, publisher: publisher), at)
    }

    static func trigger(_ id: String, at: Int64) throws -> Intent { try intent(id, .trigger(style: .patch), at) }

    private static func intent(_ id: String, _ effect: Effect, _ at: Int64) throws -> Intent {
        Intent(
            id: id,
            authorization: try AuthorizationKey("cf:9b3c7d24"),
            scope: "zone-1",
            effect: effect,
            generation: ["token"],
            at: Instant(millisecondsSinceEpoch: at)
        )
    }
}

extension Receipt {
    static func of(_ intent: String, _ outcome: Outcome = .done, at: Int64) -> Receipt {
        Receipt(
            intent: intent,
            outcome: outcome,
            code: outcome == .failed ? "hook-failed" : nil,
            reason: outcome == .failed ? "line\n\"quoted\" \u{0}" : nil,
            at: Instant(millisecondsSinceEpoch: at),
            notBefore: outcome == .failed ? Instant(millisecondsSinceEpoch: at + 60_000) : nil
        )
    }
}

extension DomainName {
    static var shop: DomainName { get throws { try DomainName("_acme-challenge.shop.example.com") } }
    static var zone: DomainName { get throws { try DomainName("example.com") } }
}

extension RequiredRecord {
    static func txt(_ value: String) throws -> RequiredRecord {
        RequiredRecord(.txt(name: try .shop, value: try TXTValue(value)))
    }
}

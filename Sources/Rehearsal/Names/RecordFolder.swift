// A folder in which each file is one record: how a shell hook publishes into a rehearsed zone.
import Crypto
import DCV
import FoundationEssentials
import LDNS

/// Reads a folder of records, bounded in files and bytes.
enum RecordFolder {
    static let limitFiles = 1000
    static let fileLimitBytes = 1024

    /// The records of all files whose first line is `name type value`, and what was wrong with the others. Names that
    /// begin with a dot are files still being written.
    static func read(_ folder: String, zone: DomainName) -> (records: Set<RehearsedRecord>, problems: [String]) {
        var records: Set<RehearsedRecord> = []
        var problems: [String] = []
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        let files = names.filter { $0.utf8.first != 0x2E }
        if files.count > limitFiles {
            problems.append("\(folder): more than \(limitFiles) files, the rest is not read")
        }
        for file in files.prefix(limitFiles) {
            // A file may be withdrawn between the listing and the reading.
            guard let content = FileManager.default.contents(atPath: folder + "/" + file) else { continue }
            guard content.count <= fileLimitBytes else {
                problems.append("\(folder)/\(file): longer than \(fileLimitBytes) bytes")
                continue
            }
            do {
                let record = try RehearsedRecord(line: content.prefix { $0 != 0x0A })
                if record.name.isSubdomain(of: zone) {
                    records.insert(record)
                } else {
                    problems.append("\(folder)/\(file): \(record.name) is not in \(zone)")
                }
            } catch {
                problems.append("\(folder)/\(file): \(error)")
            }
        }
        return (records, problems)
    }

    /// Puts TXT records there, each into a file of its own.
    static func write(_ records: [RehearsedRecord], to folder: String) throws {
        for (index, record) in records.enumerated() {
            guard case .txt = record.data, let line = record.line else {
                throw RehearsalError("\(record) is no TXT record")
            }
            guard write(line, to: "\(folder)/from-the-start-\(index)") else {
                throw RehearsalError("\(folder) cannot be written")
            }
        }
    }

    /// Puts one record there, once. False for one that no line can say, and where the folder cannot be written.
    static func add(_ record: RehearsedRecord, to folder: String) -> Bool {
        guard let line = record.line, line.count < fileLimitBytes else { return false }
        let digest = SHA256.hash(data: line).prefix(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        return write(line, to: "\(folder)/updated-\(digest.joined())")
    }

    /// Takes away every file whose record is meant, whoever wrote it.
    static func remove(from folder: String, where isMeant: (RehearsedRecord) -> Bool) {
        for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where file.utf8.first != 0x2E {
            let path = folder + "/" + file
            guard let content = FileManager.default.contents(atPath: path), content.count <= fileLimitBytes,
                let record = try? RehearsedRecord(line: content.prefix { $0 != 0x0A }), isMeant(record)
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    private static func write(_ line: [UInt8], to path: String) -> Bool {
        FileManager.default.createFile(atPath: path, contents: Data(line + [0x0A]))
    }
}

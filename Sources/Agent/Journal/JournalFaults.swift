// Which of the two journal failures an error of SQLite or the file system is.
import DCV
import Foundation
import GRDB
import Platform

extension JournalFailure {
    /// What the disk, the file system or another process did not allow; everything else says that the file is not what
    /// it should be.
    private static let storeCodes: [ResultCode] = [
        .SQLITE_PERM, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM, .SQLITE_READONLY, .SQLITE_INTERRUPT, .SQLITE_IOERR,
        .SQLITE_FULL, .SQLITE_CANTOPEN, .SQLITE_PROTOCOL, .SQLITE_NOLFS, .SQLITE_AUTH,
    ]

    init(_ error: any Error, path: String) {
        switch error {
        case let failure as JournalFailure: self.init(failure.kind, "\(path): \(failure.text)")
        case let failure as DatabaseError where Self.storeCodes.contains(failure.resultCode):
            self.init(
                .storeIO,
                "\(path): \(Self.wording(failure)); free space, make the state folder writable, or stop whatever "
                    + "holds the file"
            )
        case let failure as DatabaseError:
            self.init(
                .stateRefused,
                "\(path): \(Self.wording(failure)); the file is damaged or was changed: restore it from a backup"
            )
        case let failure as FileFailure: self.init(.storeIO, "\(failure)")
        default: self.init(.storeIO, "\(path): \((error as NSError).localizedDescription)")
        }
    }

    /// Without the statement and its arguments, which hold nothing a person could act on.
    private static func wording(_ error: DatabaseError) -> String {
        "SQLite says \"\(error.message ?? error.resultCode.description)\" (code \(error.extendedResultCode.rawValue))"
    }
}

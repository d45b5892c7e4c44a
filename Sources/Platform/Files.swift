// Small files read whole and written whole: never half of one and never more than wanted.
import Glibc
import SystemPackage

/// Why a file could not be read or written.
package struct FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    package let problem: String

    package var description: String { "\(path): \(problem)" }
}

package enum Files {
    /// The whole file, when it has at most `limitBytes` bytes.
    package static func read(_ path: String, limitBytes: Int) throws(FileFailure) -> [UInt8] {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            defer { try? file.close() }
            return try read(file, path, limitBytes: limitBytes)
        } catch {
            throw failure(path, error)
        }
    }

    /// The names in a folder, unsorted; none when it cannot be read.
    package static func names(in folder: String) -> [String] { System.entries(folder) }

    /// Writes the file anew, so that a reader and a crash see the old or the new content, whole: a temporary file
    /// beside it, fsync, rename, fsync of the folder. `mode` holds whatever the umask is.
    package static func writeAtomically(
        _ bytes: [UInt8],
        to path: String,
        mode: UInt32 = 0o600
    ) throws(FileFailure) {
        let temporary = path + ".\(getpid()).\(UInt64.random(in: .min ... .max)).new"
        do {
            let file = try FileDescriptor.open(
                FilePath(temporary),
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec, .noFollow],
                permissions: .ownerReadWrite
            )
            do {
                defer { try? file.close() }
                try file.writeAll(bytes)
                try check(fchmod(file.rawValue, mode))
                try check(fsync(file.rawValue))
            }
            try System.rename(temporary, to: path)
            try syncFolder(of: path)
        } catch {
            try? System.unlink(temporary)
            throw failure(path, error)
        }
    }

    /// Writes a file that was not there before; whatever stands at the path, be it a link, is left alone and refused.
    package static func writeNew(_ bytes: [UInt8], to path: String, mode: UInt32) throws(FileFailure) {
        do {
            let file = try FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec, .noFollow],
                permissions: .ownerReadWrite
            )
            defer { try? file.close() }
            try file.writeAll(bytes)
            try check(fchmod(file.rawValue, mode))
        } catch let error as Errno where error == .fileExists {
            throw FileFailure(path: path, problem: "exists already and is left as it is")
        } catch {
            throw failure(path, error)
        }
    }

    static func read(_ file: FileDescriptor, _ path: String, limitBytes: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let chunk = try System.read(file, limitBytes: min(64 << 10, limitBytes + 1))
            guard !chunk.isEmpty else { return bytes }
            bytes += chunk
            guard bytes.count <= limitBytes else {
                throw FileFailure(path: path, problem: "is longer than \(limitBytes) bytes")
            }
        }
    }

    static func failure(_ path: String, _ error: any Error) -> FileFailure {
        error as? FileFailure ?? FileFailure(path: path, problem: "\(error)")
    }

    private static func syncFolder(of path: String) throws {
        let folder = FilePath(path).removingLastComponent()
        let file = try FileDescriptor.open(
            folder.isEmpty ? "." : folder,
            .readOnly,
            options: [.directory, .closeOnExec]
        )
        defer { try? file.close() }
        try check(fsync(file.rawValue))
    }

    private static func check(_ result: Int32) throws(Errno) {
        guard result == 0 else { throw Errno(rawValue: errno) }
    }
}

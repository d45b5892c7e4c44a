// The system calls that take pointers. The only file of Platform in which `unsafe` may stand; all others build on it.
import CLinux
import DCV
import Foundation
import Glibc
import SystemPackage

enum System {
    static func wallMilliseconds() -> Int64 { clinux_wall_milliseconds() }
    static func monotonicMilliseconds() -> Int64 { clinux_boot_milliseconds() }

    /// Reads once, at most `limitBytes`; empty at the end of the file.
    static func read(_ file: FileDescriptor, limitBytes: Int) throws -> [UInt8] {
        try unsafe [UInt8](unsafeUninitializedCapacity: limitBytes) { buffer, count in
            count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// What stands at a path; a symbolic link itself, not what it points to.
    static func status(_ path: String) throws(Errno) -> FileStatus {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw Errno(rawValue: errno) }
        return FileStatus(mode: status.st_mode, owner: status.st_uid, sizeBytes: Int64(status.st_size))
    }

    static func status(_ file: FileDescriptor) throws(Errno) -> FileStatus {
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
        return FileStatus(mode: status.st_mode, owner: status.st_uid, sizeBytes: Int64(status.st_size))
    }

    /// The text of a symbolic link.
    static func linkTarget(_ path: String) throws -> String {
        let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            let length = unsafe buffer.withMemoryRebound(to: CChar.self) { text in
                unsafe text.baseAddress.map { unsafe readlink(path, $0, text.count) } ?? -1
            }
            guard length >= 0 else { throw Errno(rawValue: errno) }
            count = length
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func rename(_ old: String, to new: String) throws(Errno) {
        guard unsafe Glibc.rename(old, new) == 0 else { throw Errno(rawValue: errno) }
    }

    static func unlink(_ path: String) throws(Errno) {
        guard unsafe Glibc.unlink(path) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Takes a folder away with all that is in it, and follows no link, whoever changes it meanwhile.
    static func removeTree(_ path: String) throws(Errno) {
        guard unsafe clinux_remove_tree(path) == 0 else { throw Errno(rawValue: errno) }
    }

    static func give(_ path: String, user: UInt32, group: UInt32) throws(Errno) {
        guard unsafe lchown(path, user, group) == 0 else { throw Errno(rawValue: errno) }
    }

    /// What the machine's user database has of a name.
    static func user(_ name: String, groupLimit: Int) throws(Errno) -> (
        user: UInt32, group: UInt32, groups: [UInt32], home: String
    ) {
        var user: UInt32 = 0
        var group: UInt32 = 0
        var groups = [UInt32](repeating: 0, count: groupLimit)
        var count = Int32(groupLimit)
        var home = [CChar](repeating: 0, count: Int(PATH_MAX))
        let error = unsafe groups.withUnsafeMutableBufferPointer { groups in
            unsafe home.withUnsafeMutableBufferPointer { home in
                unsafe clinux_user(name, &user, &group, groups.baseAddress, &count, home.baseAddress, Int32(home.count))
            }
        }
        guard error == 0 else { throw Errno(rawValue: error) }
        let path = home.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return (user, group, Array(groups.prefix(Int(max(0, count)))), String(decoding: path, as: UTF8.self))
    }

    /// Whether this process may execute the file (`access`, which knows ACLs and read-only mounts with noexec).
    static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// An error number in the system's words, to stand within a sentence: `connection refused`.
    static func words(_ code: Int32) -> String {
        let text = Errno(rawValue: code).description
        guard let first = text.utf8.first, !text.utf8.dropFirst().prefix(1).allSatisfy(isUpper) else { return text }
        return String(decoding: [ASCII.lowercased(first)] + text.utf8.dropFirst(), as: UTF8.self)
    }

    private static func isUpper(_ octet: UInt8) -> Bool { ASCII.lowercased(octet) != octet }

    /// The entries of a folder, unsorted; none when it cannot be read.
    static func entries(_ folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    /// Any port will do: connecting a datagram socket sends nothing. That of the discard service (RFC 863).
    private static let discardPort: UInt16 = 9

    /// Whether a call's result, a negated errno, says that the way is lacking: no such protocol, no route, no address to send from.
    /// Anything else, such as no descriptor left, says nothing about ways.
    static func meansNoRoute(_ result: Int32) -> Bool {
        [EAFNOSUPPORT, ENETUNREACH, EADDRNOTAVAIL].contains(-result)
    }

    /// Whether this machine may know a way to an address: a route, and an address of its own to send from. Nothing is sent.
    static func hasRoute(to address: IPAddress) -> Bool {
        let socket = clinux_socket(address.isV6 ? 1 : 0, 0)
        guard socket >= 0 else { return !meansNoRoute(socket) }
        defer { _ = clinux_close(socket) }
        let octets = address.octets
        return unsafe octets.withUnsafeBufferPointer {
            !meansNoRoute(unsafe clinux_connect(socket, $0.baseAddress, Int32($0.count), discardPort))
        }
    }

    /// Runs blocking work on a thread of its own, so that no thread of the concurrency pool waits in a system call.
    static func onOwnThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: work()) }
        }
    }
}

/// What lstat says, as far as trust depends on it.
struct FileStatus {
    let mode: UInt32
    let owner: UInt32
    let sizeBytes: Int64

    var isFolder: Bool { mode & S_IFMT == S_IFDIR }
    var isRegular: Bool { mode & S_IFMT == S_IFREG }
    var isLink: Bool { mode & S_IFMT == S_IFLNK }
    /// Deleting and renaming in such a folder is left to each entry's owner.
    var isSticky: Bool { mode & S_ISVTX != 0 }
    var isWritableByOthers: Bool { mode & (S_IWGRP | S_IWOTH) != 0 }
}

// Who could have changed a program: it is started only when nobody but root and the user could.
import Glibc
import SystemPackage

/// The ownership rule for hooks and for every other program that is started: the program, its folder and all their
/// parents, through every symbolic link, belong to root or to the effective user and can be written by nobody else. A
/// root-owned sticky folder (/tmp) may stand further up.
package enum ProgramFile {
    /// As many links as the kernel follows in one path.
    package static let linkLimit = 40

    /// Returns quietly when the program may be started.
    package static func check(_ path: String) throws(ProgramRefusal) {
        guard path.utf8.first == 0x2F, !path.utf8.contains(0) else {
            throw ProgramRefusal(path, "is no absolute path", cure: "write the program's whole path, beginning with /")
        }
        var walk = PathWalk(owners: TrustedOwners())
        try walk.walk(to: path)
    }
}

/// Why a program is not started: the exact path at fault, what is wrong there, and what a person can do about it.
package struct ProgramRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    package let problem: String
    package let cure: String

    init(_ path: String, _ problem: String, cure: String) {
        self.path = path
        self.problem = problem
        self.cure = cure
    }

    package var description: String { "\(path) \(problem); cure: \(cure)" }
}

/// Root and the effective user. In a user namespace that does not map the machine's root, its files belong to the
/// overflow user. Where no user inside has that number, nobody can become that user, and it counts as root.
struct TrustedOwners {
    private let effectiveUser: UInt32
    private let roots: Set<UInt32>

    init(
        effectiveUser: UInt32 = geteuid(),
        userMap: String = Self.text(of: "/proc/self/uid_map"),
        overflowUser: String = Self.text(of: "/proc/sys/kernel/overflowuid")
    ) {
        self.effectiveUser = effectiveUser
        var roots: Set<UInt32> = [0]
        // Each line: the first number inside, the first outside, and how many (user_namespaces(7)).
        let lines = userMap.split(separator: "\n").map { $0.split(separator: " ").compactMap { UInt64($0) } }
        if let overflow = UInt32(overflowUser.prefix { $0 != "\n" }), !lines.isEmpty,
            lines.allSatisfy({ $0.count == 3 && !($0[0] <= overflow && UInt64(overflow) - $0[0] < $0[2]) })
        {
            roots.insert(overflow)
        }
        self.roots = roots
    }

    func isRoot(_ owner: UInt32) -> Bool { roots.contains(owner) }
    func contains(_ owner: UInt32) -> Bool { owner == effectiveUser || isRoot(owner) }

    private static func text(of path: String) -> String {
        String(decoding: (try? Files.read(path, limitBytes: 4096)) ?? [], as: UTF8.self)
    }
}

/// One walk along a path as the kernel would go, looking at every folder and link on the way.
private struct PathWalk {
    let owners: TrustedOwners
    private var folder = "/"
    private var linksSeen = 0

    init(owners: TrustedOwners) { self.owners = owners }

    mutating func walk(to path: String) throws(ProgramRefusal) {
        try checkFolder("/", try status("/"))
        // The names still to go, the next one last.
        var names = Self.names(of: path)
        while let name = names.popLast() {
            if name == ".." {
                folder = Self.parent(of: folder)
                continue
            }
            let next = folder == "/" ? "/" + name : folder + "/" + name
            let status = try status(next)
            guard owners.contains(status.owner) else {
                throw ProgramRefusal(
                    next,
                    "belongs to user \(status.owner), neither root nor the user running this",
                    cure: "chown root \(next)"
                )
            }
            if status.isLink {
                names += try follow(next)
            } else if status.isFolder {
                try checkFolder(next, status)
                folder = next
            } else {
                guard names.isEmpty else {
                    throw ProgramRefusal(next, "is no folder", cure: "correct the program's path")
                }
                return try checkProgram(next, status)
            }
        }
        throw ProgramRefusal(folder, "is a folder, not a program", cure: "name the program itself")
    }

    private mutating func follow(_ link: String) throws(ProgramRefusal) -> [String] {
        linksSeen += 1
        guard linksSeen <= ProgramFile.linkLimit, let target = try? System.linkTarget(link) else {
            throw ProgramRefusal(link, "is a symbolic link that leads nowhere", cure: "rm \(link)")
        }
        if target.utf8.first == 0x2F { folder = "/" }
        return Self.names(of: target)
    }

    private func checkFolder(_ path: String, _ status: FileStatus) throws(ProgramRefusal) {
        guard owners.contains(status.owner) else {
            throw ProgramRefusal(
                path,
                "belongs to user \(status.owner), neither root nor the user running this",
                cure: "chown root \(path)"
            )
        }
        guard status.isWritableByOthers, !(status.isSticky && owners.isRoot(status.owner)) else { return }
        throw ProgramRefusal(path, "is a folder that others than its owner may write to", cure: "chmod go-w \(path)")
    }

    private func checkProgram(_ path: String, _ program: FileStatus) throws(ProgramRefusal) {
        guard program.isRegular else {
            throw ProgramRefusal(path, "is no regular file", cure: "put a program there")
        }
        guard !program.isWritableByOthers else {
            throw ProgramRefusal(path, "may be written by others than its owner", cure: "chmod go-w \(path)")
        }
        guard try !status(folder).isWritableByOthers else {
            throw ProgramRefusal(
                folder,
                "holds the program and may be written by others than its owner",
                cure: "move the program to a folder of its own"
            )
        }
        guard System.isExecutable(path) else {
            throw ProgramRefusal(path, "is not executable", cure: "chmod u+x \(path)")
        }
    }

    private func status(_ path: String) throws(ProgramRefusal) -> FileStatus {
        do {
            return try System.status(path)
        } catch {
            switch error {
            case .noSuchFileOrDirectory where linksSeen > 0:
                throw ProgramRefusal(path, "does not exist, but a symbolic link leads there", cure: "correct the link")
            case .noSuchFileOrDirectory:
                throw ProgramRefusal(path, "does not exist", cure: "install the program or correct its path")
            default:
                throw ProgramRefusal(
                    path,
                    "cannot be looked at: \(error)",
                    cure: "let the user running this read the folder"
                )
            }
        }
    }

    private static func names(of path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.reversed().map { String($0) }
    }

    private static func parent(of folder: String) -> String {
        let names = folder.split(separator: "/").dropLast()
        return "/" + names.joined(separator: "/")
    }
}

// How the word after `hook:` or `program:` in the configuration becomes the path of a program.
import DCV

/// Where hooks are looked for. Pure: the folders are handed in, and so is the question whether a file is there.
package enum HookLocation {
    /// The administrator's own hooks, for every configuration of this machine.
    package static let machineFolder = "/etc/dnsproof/hooks"
    package static let nameLimitBytes = 64
    /// Names in one word after `program:`.
    package static let depthLimit = 8

    /// The folders a hook's name is looked up in, in this order: beside the configuration file, the machine's, the
    /// installed ones.
    package static func folders(besideConfiguration: String?, installed: [String]) -> [String] {
        (besideConfiguration.map { [$0 + "/hooks"] } ?? []) + [machineFolder] + installed
    }

    /// The path of the first file found. Whether it may be started is asked later, before every start: a hook found
    /// first but not executable must be refused, not silently replaced by a namesake further down.
    package static func path(
        of hook: String,
        folders: [String],
        exists: (String) -> Bool
    ) throws(HookLocationError) -> String {
        try path(.hook, hook, isName(hook), folders, exists)
    }

    /// The same for a provider's program, whose word may hold folders: `providers/aws-acm`.
    package static func path(
        ofProgram program: String,
        folders: [String],
        exists: (String) -> Bool
    ) throws(HookLocationError) -> String {
        let names = program.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        return try path(.program, program, names.count <= depthLimit && names.allSatisfy(isName), folders, exists)
    }

    private static func path(
        _ role: HookLocationError.Role,
        _ word: String,
        _ isName: Bool,
        _ folders: [String],
        _ exists: (String) -> Bool
    ) throws(HookLocationError) -> String {
        func error(_ fault: HookLocationError.Fault) -> HookLocationError {
            HookLocationError(role: role, word: word, fault: fault)
        }
        if word.utf8.first == 0x2F {
            guard exists(word) else { throw error(.notFound(looked: [word])) }
            return word
        }
        guard isName else { throw error(.noName) }
        let places = folders.map { $0 + "/" + word }
        guard let place = places.first(where: exists) else { throw error(.notFound(looked: places)) }
        return place
    }

    static func isName(_ hook: String) -> Bool {
        (1...nameLimitBytes).contains(hook.utf8.count) && hook.utf8.first != 0x2E && hook.utf8.first != 0x2D
            && hook.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-._".utf8.contains($0) }
    }
}

/// A hook or a provider's program that cannot be found: a fault of the configuration (exit 78).
package struct HookLocationError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Role: String, Hashable, Sendable { case hook, program }

    package enum Fault: Hashable, Sendable {
        /// Neither a name nor an absolute path.
        case noName
        case notFound(looked: [String])
    }

    package let role: Role
    package let word: String
    package let fault: Fault

    package var description: String {
        let subject = "\(role.rawValue) \"\(OctetText(word.utf8).shortened())\""
        switch fault {
        case .noName:
            let names = role == .hook ? "a name" : "names, with / between them,"
            return "\(subject) is neither an absolute path nor \(names) of letters, digits, \"-\", \"_\" and \".\""
        case .notFound(let looked):
            let places = looked.map { OctetText($0.utf8).shortened(limitBytes: 300) }.joined(separator: ", ")
            return "\(subject) was not found; looked at \(places)"
        }
    }
}

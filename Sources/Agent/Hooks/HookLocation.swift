// How the word after `hook:` in the configuration becomes the path of a program.
import DCV

/// Where hooks are looked for. Pure: the folders are handed in, and so is the question whether a file is there.
package enum HookLocation {
    /// The administrator's own hooks, for every configuration of this machine.
    package static let machineFolder = "/etc/dnsproof/hooks"
    package static let nameLimitBytes = 64

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
        if hook.utf8.first == 0x2F {
            guard exists(hook) else { throw HookLocationError(hook: hook, fault: .notFound(looked: [hook])) }
            return hook
        }
        guard isName(hook) else { throw HookLocationError(hook: hook, fault: .noName) }
        let places = folders.map { $0 + "/" + hook }
        guard let place = places.first(where: exists) else {
            throw HookLocationError(hook: hook, fault: .notFound(looked: places))
        }
        return place
    }

    private static func isName(_ hook: String) -> Bool {
        (1...nameLimitBytes).contains(hook.utf8.count) && hook.utf8.first != 0x2E && hook.utf8.first != 0x2D
            && hook.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-._".utf8.contains($0) }
    }
}

/// A hook that cannot be found: a fault of the configuration (exit 78).
package struct HookLocationError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Fault: Hashable, Sendable {
        /// Neither a name nor an absolute path.
        case noName
        case notFound(looked: [String])
    }

    package let hook: String
    package let fault: Fault

    package var description: String {
        let shown = OctetText(hook.utf8).shortened()
        switch fault {
        case .noName:
            return "hook \"\(shown)\" is neither an absolute path nor a name of letters, digits, \"-\", \"_\" and \".\""
        case .notFound(let looked):
            let places = looked.map { OctetText($0.utf8).shortened(limitBytes: 300) }.joined(separator: ", ")
            return "hook \"\(shown)\" was not found; looked at \(places)"
        }
    }
}

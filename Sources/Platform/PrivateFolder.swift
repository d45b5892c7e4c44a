// A folder that exists for the length of one piece of work, for one user: a child's working directory and TMPDIR.
import Foundation

/// An empty folder below `$TMPDIR` or `/tmp`, mode 0700, removed with everything in it when the work is done.
package enum PrivateFolder {
    /// Calls `work` with the folder's absolute path. Throws before `work` when no folder can be made.
    /// - Parameter user: whose folder it is, where that is not the user of this process.
    package static func with<Value: Sendable>(
        for user: ProgramUser? = nil,
        _ work: (String) async -> Value
    ) async throws(FileFailure) -> Value {
        let name = SystemRandom().bytes(16).map { String($0, radix: 16) }.joined()
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("dnsproof-" + name).path
        do {
            // Without intermediate folders an existing one is an error: nobody can have prepared it.
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw FileFailure(path: path, problem: "cannot be made: \((error as NSError).localizedDescription)")
        }
        do {
            try user?.own(path)
        } catch {
            try? System.removeTree(path)
            throw error
        }
        let value = await work(path)
        // What a child made unremovable stays in the temporary folder; that is no reason to call its work failed.
        _ = await System.onOwnThread { try? System.removeTree(path) }
        return value
    }
}

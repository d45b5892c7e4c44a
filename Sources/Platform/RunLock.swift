// One run at a time makes effects: a lock on a file, which the kernel takes back when the process ends, however it
// ends.
import Glibc
import SystemPackage

/// An flock(2) on a file that stays. No child can hold on to it: the descriptor is close-on-exec.
package final class RunLock: Sendable {
    /// Between two tries while waiting.
    package static let pollMilliseconds: Int64 = 100

    private let path: String
    private let file: FileDescriptor

    /// Opens or creates the lock file (mode 0600); the lock is not taken yet. A symbolic link in its place is refused.
    package init(path: String) throws(FileFailure) {
        self.path = path
        do {
            file = try FileDescriptor.open(
                FilePath(path),
                .readWrite,
                options: [.create, .closeOnExec, .noFollow],
                permissions: .ownerReadWrite
            )
        } catch {
            throw Files.failure(path, error)
        }
    }

    deinit { try? file.close() }

    /// Takes the lock; false when another run has it.
    package func tryAcquire() throws(FileFailure) -> Bool {
        if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 { return true }
        let error = Errno(rawValue: errno)
        guard error == .wouldBlock || error == .interrupted else { throw Files.failure(path, error) }
        return false
    }

    /// Tries again until the lock is taken or that much time has passed; false then. Cancelling the task ends the wait.
    package func acquire(withinMilliseconds limit: Int64) async throws -> Bool {
        let start = System.monotonicMilliseconds()
        while true {
            if try tryAcquire() { return true }
            let left = limit - (System.monotonicMilliseconds() - start)
            guard left > 0 else { return false }
            try await Task.sleep(for: .milliseconds(min(left, Self.pollMilliseconds)))
        }
    }

    package func release() { flock(file.rawValue, LOCK_UN) }
}

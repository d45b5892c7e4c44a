// What started hooks may leave behind in the machine: processes and descriptors.
import DCV
import Foundation
import Platform
import Testing

extension HookFolder {
    /// Processes that were started by a hook of this test: they carry its folder's name in their environment.
    func leftOvers() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { entry in
            guard Int32(entry) != nil, let bytes = try? Files.read("/proc/\(entry)/environ", limitBytes: 1 << 20)
            else { return false }
            return String(decoding: bytes, as: UTF8.self).contains(path)
        }
    }

    /// While another suite's child runs, nobody can say whose a process is that left its session: it is ended after
    /// that.
    func expectNothingLeft() async throws {
        for _ in 0..<300 where !(try leftOvers()).isEmpty { try await Task.sleep(for: .milliseconds(100)) }
        #expect(try leftOvers() == [])
    }
}

enum HookTraces {
    /// What a start opens: pipes, files in memory, handles of processes, and the private folder. Sockets and event
    /// queues belong to tests that run at the same time.
    static func descriptors() throws -> Int {
        let files = FileManager.default
        return try files.contentsOfDirectory(atPath: "/proc/self/fd").count { number in
            guard let target = try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + number) else {
                return false
            }
            return ["pipe:", "/memfd:", "anon_inode:[pidfd]", "pidfd:"].contains { target.hasPrefix($0) }
                || target.contains("/dnsproof-")
        }
    }

    /// The fewest of some moments: hooks of other tests come and go meanwhile.
    static func fewestDescriptors(atMost wanted: Int = 0) async throws -> Int {
        var fewest = try descriptors()
        for _ in 0..<50 where fewest > wanted {
            try await Task.sleep(for: .milliseconds(20))
            fewest = min(fewest, try descriptors())
        }
        return fewest
    }
}

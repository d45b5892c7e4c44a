// The machine's processes as /proc tells of them.
/// One process (proc(5)).
struct ProcessEntry {
    /// The kernel gives no program more than three quarters of 8 MiB for arguments and environment (execve(2)).
    private static let environmentLimitBytes = 8 << 20

    let number: Int32
    let parent: Int32
    let session: Int32
    /// A zombie: it only waits to be reaped.
    let hasEnded: Bool
    /// In clock ticks since the machine started. A number is given again, but not to two that began at once.
    let began: UInt64

    struct Identity: Hashable, Sendable {
        let number: Int32
        let began: UInt64
    }

    var identity: Identity { Identity(number: number, began: began) }

    /// `/proc/PID/stat`: the fields after the name in parentheses.
    static func all() -> [ProcessEntry] {
        System.entries("/proc").compactMap { entry in
            guard let number = Int32(entry), let bytes = try? Files.read("/proc/\(entry)/stat", limitBytes: 4096),
                let nameEnd = bytes.lastIndex(of: 0x29)
            else { return nil }
            let fields = bytes[(nameEnd + 1)...].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            guard fields.count > 19, let began = UInt64(fields[19]), let parent = Int32(fields[1]),
                let session = Int32(fields[3])
            else { return nil }
            return ProcessEntry(
                number: number,
                parent: parent,
                session: session,
                hasEnded: fields[0] == "Z" || fields[0] == "X",
                began: began
            )
        }
    }

    static func living() -> [ProcessEntry] { all().filter { !$0.hasEnded } }

    /// The environment it was started with, `NAME=value` each; empty where it may not be read.
    var environment: [ArraySlice<UInt8>] {
        let bytes = try? Files.read("/proc/\(number)/environ", limitBytes: Self.environmentLimitBytes)
        return bytes?.split(separator: 0) ?? []
    }
}

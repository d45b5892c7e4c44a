// What this machine gives the tests: a namespace or loopback, the daemons, a folder, and the program under test.
import DCV
import Foundation
import Platform
import Testing

/// Told by `in-laboratory.sh`; without it the tests run on loopback.
enum Surroundings {
    static let environment = ProcessInfo.processInfo.environment

    /// Whether every address and port of the laboratory is its own.
    static let isNamespace = environment["DNSPROOF_LAB"] == "namespace"
    static let hasIPv6 = isNamespace && environment["DNSPROOF_LAB_IPV6"] == "yes"

    static let rootAddress = IPAddress.v4(0x7F00_0003)
    /// BIND listens only on addresses that an interface has, which on plain loopback is this one alone.
    static let primaryAddresses = addresses("127.0.0.1", "fd00:53::1")
    static let secondaryAddresses = addresses("127.0.0.2", "fd00:53::2")
    static let webAddresses = addresses("127.0.0.80", "fd00:53::80")

    /// Debian's places, in the packages bind9, bind9-dnsutils, nsd and ldnsutils.
    enum Tool: String, CaseIterable {
        case named = "/usr/sbin/named"
        case nsd = "/usr/sbin/nsd"
        case dig = "/usr/bin/dig"
        case nsupdate = "/usr/bin/nsupdate"
        case notify = "/usr/bin/ldns-notify"
    }

    static let missing = Tool.allCases.map(\.rawValue).filter { !FileManager.default.isExecutableFile(atPath: $0) }

    /// A machine without the daemons says so and passes the stories over; where the project is judged they must be there.
    static var mayRun: Bool { missing.isEmpty || environment["CI"] == "true" }
    static var excuse: String {
        missing.isEmpty
            ? "the daemons are there" : "not installed: \(missing.joined(separator: ", ")) (try: make setup)"
    }

    /// The program, built beside the bundle of the tests.
    static let program: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: bundle).deletingLastPathComponent().appending(path: "dnsproof").path
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : clone + "/.build/debug/dnsproof"
    }()

    static let clone = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// A new private folder.
    static func makeFolder() throws -> String {
        let base = environment["DNSPROOF_LAB_FOLDER"] ?? FileManager.default.temporaryDirectory.path
        let folder = base + "/lab-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        return folder
    }

    /// 53 in a namespace; on loopback one that no socket of this machine has, below those that the kernel gives out.
    static func dnsPort() throws -> Int {
        if isNamespace { return 53 }
        let tables = ["udp", "udp6", "tcp", "tcp6"].compactMap {
            try? String(contentsOfFile: "/proc/net/\($0)", encoding: .ascii)
        }
        let taken = Set(
            tables.flatMap { $0.split(separator: "\n").dropFirst() }.compactMap { line -> Int? in
                let words = line.split(separator: " ")
                return words.count > 1 ? words[1].split(separator: ":").last.flatMap { Int($0, radix: 16) } : nil
            }
        )
        let port = (20_000..<32_000).shuffled().first { !taken.contains($0) }
        return try #require(port, "no free port")
    }

    private static func addresses(_ v4: String, _ v6: String) -> [IPAddress] {
        ([v4] + (hasIPv6 ? [v6] : [])).compactMap { IPAddress($0) }
    }
}

/// A thing of the laboratory that did not come about.
struct LaboratoryFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Looks again and again until it is so; throws with `what` when it never is.
func eventually(
    _ what: String,
    within seconds: Int64 = 20,
    everyMilliseconds pause: Int64 = 25,
    _ isSo: () async throws -> Bool
) async throws {
    let clock = SystemClock()
    let limit = clock.monotonicMilliseconds() + seconds * 1000
    while try await !isSo() {
        guard clock.monotonicMilliseconds() < limit else {
            throw LaboratoryFailure("waited \(seconds) s in vain for: \(what)")
        }
        try await clock.sleep(milliseconds: pause)
    }
}

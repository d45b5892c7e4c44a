// A world of signed zones before real servers: NSD and BIND, and a validating Unbound as second opinion.
import DCV
import Foundation
import LDNS
import Platform
import Surveying
import Testing

private let programs = [
    "/usr/sbin/nsd", "/usr/sbin/named", "/usr/sbin/unbound", "/usr/bin/dnssec-signzone", "/usr/bin/ldns-signzone",
    "/usr/bin/ldns-keygen", "/usr/bin/ldns-key2ds",
]

/// Temporary folder, zones and the servers while `run` lasts.
struct SignedWorld {
    static let missing = programs.filter { !FileManager.default.isExecutableFile(atPath: $0) }
    static let readyDeadlineMilliseconds: Int64 = 30_000

    let folder: URL
    let port = UInt16.freeOfClients()
    let exchange: Exchange

    private static var script: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/dnssec/signed-world.sh").path(percentEncoded: false)
    }

    /// Makes the world, runs its servers, and `body` once all answer.
    static func run(_ body: (SignedWorld) async throws -> Void) async throws {
        let world = try SignedWorld()
        defer {
            world.exchange.shutdown()
            try? FileManager.default.removeItem(at: world.folder)
        }
        let here = world.folder.path(percentEncoded: false)
        let made = await world.command("/bin/sh", [script, "\(world.port)"])
        try #require(made.isSuccess, "\(OctetText(made.errorOutput.bytes).shortened(limitBytes: 2000))")
        try await withThrowingTaskGroup(of: ChildResult.self) { group in
            group.addTask { await world.command("/usr/sbin/nsd", ["-d", "-c", here + "/nsd.conf"]) }
            group.addTask { await world.command("/usr/sbin/named", ["-g", "-n", "1", "-c", here + "/named.conf"]) }
            group.addTask { await world.command("/usr/sbin/unbound", ["-d", "-c", here + "/unbound.conf"]) }
            let isReady = try await world.waitUntilReady()
            if isReady { try await body(world) }
            group.cancelAll()
            for try await result in group where !isReady {
                Issue.record("not ready: \(OctetText(result.errorOutput.bytes).shortened(limitBytes: 4000))")
            }
        }
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "dnsproof-signed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        exchange = try Exchange(random: SystemRandom())
    }

    private func command(_ program: String, _ arguments: [String]) async -> ChildResult {
        await ChildProcess()
            .run(
                ChildCommand(
                    program: program,
                    arguments: arguments,
                    environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
                    directory: folder.path(percentEncoded: false),
                    deadlineMilliseconds: 55_000,
                    graceMilliseconds: 2000
                )
            )
    }

    private func waitUntilReady() async throws -> Bool {
        let question = Question(.root, .soa)
        let queries = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"].compactMap { IPAddress($0) }
            .map { Query(question, to: $0, port: port, recursionDesired: true) }
        let clock = SystemClock()
        let end = clock.monotonicMilliseconds() + Self.readyDeadlineMilliseconds
        while clock.monotonicMilliseconds() < end {
            let answers = await exchange.ask(queries)
            if answers.allSatisfy({ if case .message = $0.outcome { true } else { false } }) { return true }
            try await clock.sleep(milliseconds: 50)
        }
        return false
    }

    /// Eyes that begin at the world's root and believe its key.
    func surveyor(
        clock: any Clock = SystemClock(),
        asking: (any Asking)? = nil,
        configure: (inout SurveyorConfiguration) -> Void = { _ in }
    ) throws -> LiveSurveyor {
        var configuration = try configuration()
        configure(&configuration)
        return LiveSurveyor(
            configuration: configuration,
            exchange: asking ?? exchange,
            http: ScriptedWeb(),
            clock: clock,
            random: SystemRandom()
        )
    }

    func configuration() throws -> SurveyorConfiguration {
        let root = RootHints.Server(try DomainName("ns.test"), [IPAddress("127.0.0.2")].compactMap { $0 })
        let anchor = try String(contentsOf: folder.appending(path: "root.anchor"), encoding: .utf8)
        return SurveyorConfiguration(
            dnsPort: port,
            rootHints: RootHints([root]),
            trustAnchors: try TrustAnchors(file: anchor),
            allowedNetworks: [IPNetwork("127.0.0.0/8")].compactMap { $0 }
        )
    }

    /// What Unbound says of a name: `secure`, `insecure`, `bogus`; nil without an answer.
    func secondOpinion(_ name: String, _ type: RecordType = .txt) async throws -> String? {
        let address = try #require(IPAddress("127.0.0.4"))
        let query = Query(Question(try DomainName(name), type), to: address, port: port, recursionDesired: true)
        guard case .message(let message)? = await exchange.ask([query]).first?.outcome else { return nil }
        if message.rcode == .serverFailure { return "bogus" }
        return message.authenticatedData ? "secure" : "insecure"
    }
}

extension ChildResult {
    fileprivate var isSuccess: Bool { if case .exited(0) = ending { true } else { false } }
}

// The stock hooks that write records, each with the real server it is tried against, in one form for the tests that all
// of them have to pass.
import Agent
import DCV
import Foundation
import Platform
import Testing

/// A real server with the stock hook that changes it, and another way to change it, which is nobody's hook.
protocol StockRecordServer: AnsweringServer {
    var folder: HookFolder { get }
    var hookName: String { get }
    var settings: [String: String] { get }
    var secrets: [String: String] { get }

    func signal(_ number: Int32) throws

    /// What a stranger does at the server: the value in zone-file form.
    func addOutside(_ value: String, at name: String) async throws
    func removeOutside(_ value: String, at name: String) async throws
}

extension StockRecordServer {
    var secrets: [String: String] { [:] }

    func hook(
        settings changes: [String: String] = [:],
        secrets other: [String: String]? = nil,
        deadlineMilliseconds: Int64 = 20_000
    ) async throws -> HookPublisher {
        try HookPublisher.test(
            try await StockHooks.copy(hookName, into: folder),
            settings: settings.merging(changes) { _, new in new },
            secrets: other ?? secrets,
            deadlineMilliseconds: deadlineMilliseconds
        )
    }
}

/// The same server, changed by DNS UPDATE instead of its own tools.
struct ByUpdate: StockRecordServer {
    let server: any StockRecordServer
    let port: Int
    let key: String

    var folder: HookFolder { server.folder }
    var hookName: String { "nsupdate" }
    var settings: [String: String] { ["server": "127.0.0.1", "port": "\(port)"] }
    var secrets: [String: String] { ["tsig_key": key] }

    func values(_ name: String, _ type: String) async throws -> [String] { try await server.values(name, type) }
    func signal(_ number: Int32) throws { try server.signal(number) }
    func addOutside(_ value: String, at name: String) async throws { try await server.addOutside(value, at: name) }
    func removeOutside(_ value: String, at name: String) async throws {
        try await server.removeOutside(value, at: name)
    }
}

enum StockRecordHook: String, CaseIterable, CustomTestStringConvertible {
    case nsupdate, nsupdateAtKnot, nsupdateAtPowerDNS, knotc, powerdns

    var testDescription: String { rawValue }

    func with(_ work: (any StockRecordServer) async throws -> Void) async throws {
        switch self {
        case .nsupdate: try await BINDServer.with { try await work($0) }
        case .nsupdateAtKnot:
            try await KnotServer.with { try await work(ByUpdate(server: $0, port: $0.port, key: $0.key)) }
        case .nsupdateAtPowerDNS:
            try await PowerDNSServer.with { try await work(ByUpdate(server: $0, port: $0.port, key: $0.updateKey)) }
        case .knotc: try await KnotServer.with { try await work($0) }
        case .powerdns: try await PowerDNSServer.with { try await work($0) }
        }
    }
}

extension BINDServer: StockRecordServer {
    var hookName: String { "nsupdate" }
    var settings: [String: String] { ["server": "127.0.0.1", "port": "\(port)"] }
    var secrets: [String: String] { ["tsig_key": key] }

    func addOutside(_ value: String, at name: String) async throws { try await update("add \(name). 60 TXT \(value)") }

    func removeOutside(_ value: String, at name: String) async throws {
        try await update("delete \(name). TXT \(value)")
    }

    private func update(_ change: String) async throws {
        let parts = key.split(separator: ":")
        try await run(
            "/usr/bin/nsupdate",
            ["-v"],
            input: """
                server 127.0.0.1 \(port)
                key \(parts[0]):\(parts[1]) \(parts[2])
                update \(change)
                send

                """
        )
    }
}

extension KnotServer: StockRecordServer {
    var hookName: String { "knotc" }
    var settings: [String: String] { ["socket": socket] }

    func addOutside(_ value: String, at name: String) async throws {
        try await transaction("zone-set", "example.com", name + ".", "60", "TXT", value)
    }

    func removeOutside(_ value: String, at name: String) async throws {
        try await transaction("zone-unset", "example.com", name + ".", "TXT", value)
    }

    private func transaction(_ words: String...) async throws {
        try await control("zone-begin", "example.com")
        try await run("/usr/sbin/knotc", ["-s", socket, "--"] + words)
        try await control("zone-commit", "example.com")
    }
}

extension PowerDNSServer: StockRecordServer {
    var hookName: String { "powerdns" }
    var settings: [String: String] { ["url": url] }
    var secrets: [String: String] { ["api_key": key] }

    func addOutside(_ value: String, at name: String) async throws { try await addOutside(value, at: name, "TXT") }

    func addOutside(_ value: String, at name: String, _ type: String, isDisabled: Bool = false) async throws {
        try await sql(
            """
            insert into records (domain_id, name, type, content, ttl, disabled, auth)
            values (1, '\(name)', '\(type)', '\(value)', 60, \(isDisabled ? 1 : 0), 1);
            """
        )
    }

    func removeOutside(_ value: String, at name: String) async throws {
        try await sql("delete from records where name = '\(name)' and type = 'TXT' and content = '\(value)';")
    }
}

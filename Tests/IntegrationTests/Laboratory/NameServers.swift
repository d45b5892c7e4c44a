// The laboratory's name servers: NSD for the root and the top-level domain, BIND as primary, NSD as its secondary.
import DCV
import Foundation
import LDNS
import Platform
import Rehearsal

/// Three daemons on one port, at addresses of their own. Ask them with code that is not the program's.
struct NameServers {
    let folder: String
    let port: Int
    let zones: [LaboratoryPlan.Zone]
    let primary: Daemon
    let secondary: Daemon
    let root: Daemon

    static func start(_ files: ServerFiles) async throws -> NameServers {
        let folder = files.folder
        try write(files.bind, folder + "/named.conf")
        try write(files.secondary, folder + "/secondary.conf")
        try write(files.root, folder + "/root.conf")
        try write(files.rootZone, folder + "/root.zone")
        try write(files.topLevelZone, folder + "/test.zone")
        for zone in files.zones { try write(files.zone(zone), folder + "/\(zone.apex).zone") }
        // Distributions confine the installed file by AppArmor to its usual places; a copy is not confined.
        let named = folder + "/named"
        try FileManager.default.copyItem(atPath: Surroundings.Tool.named.rawValue, toPath: named)
        func start(_ name: String, _ command: [String]) async throws -> Daemon {
            try await Daemon.start(name, command, folder: folder, log: "\(folder)/\(name).log")
        }
        let root = try await start("root", [Surroundings.Tool.nsd.rawValue, "-d", "-c", folder + "/root.conf"])
        let primary = try await start("primary", [named, "-c", folder + "/named.conf", "-g"])
        do {
            try await answering(Surroundings.primaryAddresses, files, "primary")
            try await answering([Surroundings.rootAddress], files, "root", apexes: ["test"])
            // Only now: a first transfer that fails is tried again half a minute later.
            let nsd = [Surroundings.Tool.nsd.rawValue, "-d", "-c", folder + "/secondary.conf"]
            let secondary = try await start("secondary", nsd)
            let servers = NameServers(
                folder: folder,
                port: files.port,
                zones: files.zones,
                primary: primary,
                secondary: secondary,
                root: root
            )
            do {
                try await answering(Surroundings.secondaryAddresses, files, "secondary")
                return servers
            } catch {
                await secondary.end()
                throw error
            }
        } catch {
            await primary.end()
            await root.end()
            throw error
        }
    }

    func end() async {
        for daemon in [secondary, primary, root] { await daemon.end() }
    }

    /// The TXT values or CNAME targets at a name, as one server tells them.
    func values(_ name: String, _ type: RecordType, at address: IPAddress) async throws -> [String] {
        let question = Question(try DomainName(name), type)
        let answer = try await SmallDNSClient.ask(question, at: address, port: port, deadlineMilliseconds: 1000)
        return answer.answer.filter { $0.owner == question.name }.compactMap { record in
            switch record.data {
            case .txt(let strings): String(decoding: strings.joined(), as: UTF8.self)
            case .cname(let target): target.text
            default: nil
            }
        }.sorted()
    }

    func primaryValues(_ name: String, _ type: RecordType = .txt) async throws -> [String] {
        try await values(name, type, at: .v4(0x7F00_0001))
    }

    /// Whether every address of the secondary shows the value.
    func secondaryShows(_ name: String, _ value: String, type: RecordType = .txt) async throws -> Bool {
        for address in Surroundings.secondaryAddresses
        where try await !values(name, type, at: address).contains(value) { return false }
        return true
    }

    /// All records of a zone as the primary holds them, less the SOA, whose serial counts changes.
    func dump(_ apex: String) async throws -> [String] {
        let text = try await tool(
            .dig,
            ["+noall", "+answer", "+time=5", "+tries=1", "-p", "\(port)", "@127.0.0.1", apex, "AXFR"]
        )
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: "\t").flatMap { $0.split(separator: " ") }.joined(separator: " ")
        }
        return lines.filter { !$0.contains(" IN SOA ") }.sorted()
    }

    /// The NOTIFY that a laboratory with a lag does not send by itself.
    func tellSecondaries() async throws {
        for zone in zones {
            _ = try await tool(.notify, ["-z", zone.apex, "-p", "\(port)", "127.0.0.2"])
        }
    }

    private func tool(_ tool: Surroundings.Tool, _ arguments: [String]) async throws -> String {
        let result = await ChildProcess().run(
            ChildCommand(program: tool.rawValue, arguments: arguments, directory: folder, deadlineMilliseconds: 20_000)
        )
        guard result.ending == .exited(0) else {
            let words = String(decoding: result.errorOutput.bytes + result.output.bytes, as: UTF8.self)
            throw LaboratoryFailure("\(tool.rawValue) \(arguments): \(result.ending): \(words)")
        }
        return String(decoding: result.output.bytes, as: UTF8.self)
    }

    private static func answering(
        _ addresses: [IPAddress],
        _ files: ServerFiles,
        _ name: String,
        apexes: [String]? = nil
    ) async throws {
        do {
            for address in addresses {
                for apex in apexes ?? files.zones.map(\.apex) {
                    let question = Question(try DomainName(apex), .soa)
                    try await eventually("an answer of \(address) for \(apex)", within: 30) {
                        let answer = try? await SmallDNSClient.ask(
                            question,
                            at: address,
                            port: files.port,
                            deadlineMilliseconds: 500
                        )
                        return answer.map { $0.isAuthoritative && !$0.answer.isEmpty } ?? false
                    }
                }
            }
        } catch {
            let log = (try? String(contentsOfFile: "\(files.folder)/\(name).log", encoding: .utf8)) ?? "no log"
            throw LaboratoryFailure("\(error); its log ends:\n\(log.suffix(3000))")
        }
    }

    private static func write(_ text: String, _ path: String) throws {
        try Files.writeAtomically(Array(text.utf8), to: path)
    }
}

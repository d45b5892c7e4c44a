// A world in which a hook is tried: one zone that takes updates and reads a folder, and a web server with a document root on disk.
package import DCV
import FoundationEssentials
import LDNS

/// A name server and a web server on loopback over a folder, for one test.
package final class LoopbackStage: HookStage {
    private static let address = IPAddress.v4(0x7F00_0001)
    private static let deadlineMilliseconds: Int64 = 5000

    package static let zoneName = "hook.test"
    /// What the stage hands over, and the key under `secretName`.
    package static let settingNames: Set<String> = ["server", "port", "folder", "root"]
    package static let secretName = "tsig_key"

    package let zone: DomainName
    package var corner: DomainName { zone }
    package var isReal: Bool { false }
    /// What a hook is told to reach it: `server`, `port`, `folder` and `root`.
    package let settings: [String: String]
    /// Its secret `tsig_key`.
    package let key: RehearsedKey
    private let folder: String
    private let root: String
    private let servers: RehearsedNameServers
    private let web: RehearsedWeb

    private init(
        zone: DomainName,
        folder: String,
        root: String,
        key: RehearsedKey,
        servers: RehearsedNameServers,
        web: RehearsedWeb
    ) {
        self.zone = zone
        self.folder = folder
        self.root = root
        self.key = key
        self.servers = servers
        self.web = web
        settings = [
            "server": Self.address.description, "port": "\(servers.port)", "folder": folder, "root": root,
        ]
    }

    /// - Parameter place: an empty folder of the test's own.
    package static func start(in place: String, clock: any Clock, random: any RandomSource) async throws
        -> LoopbackStage
    {
        let (folder, root) = (place + "/zone", place + "/web")
        for path in [folder, root] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        let apex = try DomainName(Self.zoneName)
        let zone = RehearsedZone(
            apex,
            servers: [RehearsedServer(try apex.prepending("ns"), [address])],
            folder: folder
        )
        // Shorter than any word that is taken for a secret.
        let key = RehearsedKey(try DomainName("hook-test"), secret: random.bytes(32))
        let servers = try await RehearsedNameServers.start(
            [address: [zone]],
            signing: RehearsedSigning(keys: [key], clock: clock)
        )
        do {
            let web = try await RehearsedWeb.start(addresses: [address], root: root)
            return LoopbackStage(zone: apex, folder: folder, root: root, key: key, servers: servers, web: web)
        } catch {
            await servers.shutdown()
            throw error
        }
    }

    package func shutdown() async {
        await servers.shutdown()
        await web.shutdown()
    }

    package func rrset(of record: RequiredRecord, at target: DomainName) async -> RRsetView {
        let values: [OctetText]?
        switch record.content {
        case .txt: values = await look(target, .txt)
        case .cname: values = await look(target, .cname)
        case .http(_, let path, _): values = await body(at: path)
        }
        let seen = values.map { [IPAddressText(Self.address): $0.sorted { $0.description < $1.description }] }
        return RRsetView(name: target, kind: record.kind, values: seen ?? [:])
    }

    package func trace() async -> String? {
        let names = [folder, root].flatMap { (try? FileManager.default.subpathsOfDirectory(atPath: $0)) ?? [] }
        return "\(servers.received) " + names.sorted().joined(separator: "/")
    }

    package func plant(_ record: RequiredRecord) async -> Bool {
        switch record.content {
        case .txt(let name, let value):
            RecordFolder.add(.txt(name, value.text), to: folder)
        case .cname(let name, let target):
            RecordFolder.add(RehearsedRecord(name, .cname(target)), to: folder)
        case .http: false
        }
    }

    package func fallSilent(_ isSilent: Bool) async -> Bool {
        servers.behave(isSilent ? .silent : .normal, at: Self.address)
        return true
    }

    private func look(_ name: DomainName, _ type: RecordType) async -> [OctetText]? {
        let answer = try? await SmallDNSClient.ask(
            Question(name, type),
            at: Self.address,
            port: servers.port,
            deadlineMilliseconds: Self.deadlineMilliseconds
        )
        guard let answer, answer.isAuthoritative, [.noError, .nameError].contains(answer.rcode) else { return nil }
        return answer.answer.filter { $0.owner == name }.compactMap { record in
            switch record.data {
            case .txt(let strings): OctetText(Array(strings.joined()))
            case .cname(let target): OctetText(target.text.utf8)
            default: nil
            }
        }
    }

    private func body(at path: HTTPTokenPath) async -> [OctetText]? {
        let answer = try? await SmallHTTPClient.fetch(
            "GET",
            path.text,
            host: zone.text,
            at: Self.address,
            port: web.port,
            deadlineMilliseconds: Self.deadlineMilliseconds
        )
        guard let answer else { return nil }
        return answer.status == 200 ? [OctetText(answer.body)] : []
    }
}

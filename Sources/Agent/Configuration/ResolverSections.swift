// The `resolvers:` block: recursive resolvers by name, each with its address and the way to it.
import DCV
import Yams

enum ResolverSections {
    private static let keys = ["address", "port", "transport", "name", "path", "trusted", "ca_file"]
    private static let standardPath = "/dns-query"
    private static let pathLimitOctets = 256

    static func read(_ node: Node, _ folder: String, _ reader: inout YAMLReader) -> [Configuration.ResolverSection] {
        reader.pairs(node, "resolvers").compactMap { key, value in one(key, value, folder, &reader) }
    }

    private static func one(
        _ key: Node,
        _ value: Node,
        _ folder: String,
        _ reader: inout YAMLReader
    ) -> Configuration.ResolverSection? {
        guard let name = reader.text(key, "a resolver's name") else { return nil }
        let values = reader.mapping(value, "resolver \(name)", known: keys)
        guard let node = values["address"], let text = reader.text(node, "address") else {
            if values["address"] == nil { reader.fault(key, "resolver \(name) has no address", .keyMissing) }
            return nil
        }
        guard let address = IPAddress(text) else {
            reader.fault(node, "\"\(text)\" is no IP address")
            return nil
        }
        var transport = Configuration.ResolverSection.Transport.udp
        if let node = values["transport"] {
            transport = reader.word(node, "transport", Configuration.ResolverSection.Transport.self) ?? transport
        }
        let serverName = values["name"].flatMap { reader.name($0) }
        if transport.isSecured && values["name"] == nil {
            reader.fault(
                key,
                "resolver \(name) has no name: what its certificate is made out to, such as dns.quad9.net",
                .keyMissing
            )
        }
        for unused in ["name", "ca_file"] where !transport.isSecured {
            if let node = values[unused] { reader.fault(node, "\(unused) belongs to transport tls or https") }
        }
        if transport != .https, let node = values["path"] { reader.fault(node, "path belongs to transport https") }
        let port = values["port"].flatMap { reader.integer($0, "port", in: 1...65_535) } ?? Int(transport.standardPort)
        let isTrusted = values["trusted"].flatMap { reader.flag($0, "trusted") } ?? false
        if isTrusted, !transport.isSecured, !address.isLoopback, let node = values["trusted"] {
            reader.fault(
                node,
                "trusted needs transport tls or https, or a loopback address: else anybody can forge its answers"
            )
        }
        return .init(
            name: name,
            address: address,
            port: UInt16(truncatingIfNeeded: port),
            transport: transport,
            serverName: serverName,
            path: values["path"].flatMap { path($0, &reader) } ?? standardPath,
            isTrusted: isTrusted,
            caPath: values["ca_file"].flatMap { reader.text($0, "ca_file") }.map { Paths.resolve($0, in: folder) },
            place: reader.place(key)
        )
    }

    /// A path of letters, digits and the marks that need no encoding.
    private static func path(_ node: Node, _ reader: inout YAMLReader) -> String? {
        guard let text = reader.text(node, "path") else { return nil }
        let isPath =
            text.utf8.first == 0x2F && text.utf8.count <= pathLimitOctets
            && text.utf8.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-._~/".utf8.contains($0) }
        if !isPath { reader.fault(node, "path must be a plain path such as \(standardPath)") }
        return isPath ? text : nil
    }
}

// A root and top-level domains over a set of zones, so that a client can start at the root as it does in the world.
package import DCV

/// Zones with everything above them: who serves which zone at which address.
package struct RehearsedTree: Sendable {
    /// The root's only server.
    package let root: RehearsedServer
    /// All zones, with the root and the top-level domains.
    package let zones: [RehearsedZone]

    /// Builds `example`, `test` and the root, and delegates each zone from the nearest one above it.
    package init(
        _ zones: [RehearsedZone],
        rootAddress: IPAddress,
        topLevelAddress: IPAddress,
        stopwatch: Stopwatch
    ) throws {
        let root = RehearsedServer(try DomainName("a.root-servers.test"), [rootAddress])
        var topLevels: Set<DomainName> = [try DomainName("example"), try DomainName("test")]
        for zone in zones {
            guard let label = zone.apex.labels.last else { throw RehearsalError("the root is built by the tree") }
            topLevels.insert(try DomainName(String(label)))
        }
        let above = try topLevels.sorted().map { name in
            let server = RehearsedServer(try name.prepending("ns"), [topLevelAddress])
            // The root's server has its name in a zone of its own world.
            let records =
                root.name.isSubdomain(of: name) ? root.addresses.map { RehearsedRecord.address(root.name, $0) } : []
            return RehearsedZone(name, servers: [server], records: records, stopwatch: stopwatch)
        }
        let top = RehearsedZone(.root, servers: [root], stopwatch: stopwatch)
        let all = [top] + above + zones
        for zone in above + zones {
            let parent =
                all
                .filter { $0.apex != zone.apex && zone.apex.isSubdomain(of: $0.apex) }
                .max { $0.apex.labels.count < $1.apex.labels.count }
            parent?.delegate(zone)
        }
        self.root = root
        self.zones = all
    }

    /// The zones at each address, for `RehearsedNameServers.start`.
    package var served: [IPAddress: [RehearsedZone]] {
        var served: [IPAddress: [RehearsedZone]] = [:]
        for zone in zones {
            for address in zone.servers.flatMap(\.addresses) { served[address, default: []].append(zone) }
        }
        return served
    }

    /// In the form of IANA's `named.root`.
    package var rootHints: String {
        ". 3600000 NS \(root.name).\n"
            + root.addresses.map { "\(root.name). 3600000 \($0.isV6 ? "AAAA" : "A") \($0)\n" }.joined()
    }
}

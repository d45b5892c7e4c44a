// Where every search begins: the root's name servers, built in, or read from a file in a laboratory.
package import DCV

/// Names and addresses of the root's name servers.
package struct RootHints: Hashable, Sendable {
    package struct Server: Hashable, Sendable {
        package let name: DomainName
        package let addresses: [IPAddress]

        package init(_ name: DomainName, _ addresses: [IPAddress]) {
            self.name = name
            self.addresses = addresses
        }
    }

    /// Why a file gives no hints; `line` counts from 1 and is 0 when no single line is at fault.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let line: Int
        package let reason: String
        package var description: String { line == 0 ? reason : "line \(line): \(reason)" }
    }

    /// A longer file is no hints file: IANA's has about 3,300 octets.
    package static let fileLimitOctets = 65_536

    package let servers: [Server]

    package init(_ servers: [Server]) { self.servers = servers }

    /// Reads the form of IANA's `named.root`: `owner TTL type data` a line, `;` begins a comment, a class `IN` may
    /// stand before the type. A and AAAA records of the names that NS records of the root name are taken; any other
    /// line is a fault.
    package init(file text: String) throws(Fault) {
        guard text.utf8.count <= Self.fileLimitOctets else {
            throw Fault(line: 0, reason: "longer than \(Self.fileLimitOctets) octets: not a root hints file")
        }
        var names: [DomainName] = []
        var addresses: [DomainName: [IPAddress]] = [:]
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let fields = line.prefix { $0 != 0x3B }
                .split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
                .map { String(decoding: $0, as: UTF8.self) }
            if fields.isEmpty { continue }
            switch try Self.entry(fields, line: index + 1) {
            case .server(let name): if !names.contains(name) { names.append(name) }
            case .address(let name, let address): addresses[name, default: []].append(address)
            }
        }
        servers = names.compactMap { name in addresses[name].map { Server(name, $0) } }
        if servers.isEmpty { throw Fault(line: 0, reason: "no NS record of the root with an address") }
    }

    private enum Entry {
        case server(DomainName)
        case address(DomainName, IPAddress)
    }

    private static func entry(_ fields: [String], line: Int) throws(Fault) -> Entry {
        var rest = fields.dropFirst()
        if let first = rest.first, first.utf8.allSatisfy(ASCII.isDigit) { rest = rest.dropFirst() }
        if let first = rest.first, ASCII.lowercased(first) == "in" { rest = rest.dropFirst() }
        guard rest.count == 2, let kind = rest.first, let data = rest.last, let owner = fields.first else {
            throw Fault(line: line, reason: "not \"owner TTL type data\"")
        }
        do {
            let name = try DomainName(owner)
            switch ASCII.lowercased(kind) {
            case "ns" where name.isRoot: return .server(try DomainName(data))
            case "a", "aaaa":
                guard let address = IPAddress(data), address.isV6 == (ASCII.lowercased(kind) == "aaaa") else {
                    throw Fault(
                        line: line,
                        reason: "\"\(OctetText(data.utf8).shortened())\" is no address of that type"
                    )
                }
                return .address(name, address)
            default:
                throw Fault(line: line, reason: "only NS of the root, A and AAAA may stand in root hints")
            }
        } catch let error as NameError {
            throw Fault(line: line, reason: error.description)
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(line: line, reason: "not readable")
        }
    }

    /// IANA's named.root of 18 April 2024 (root zone 2024041801), the newest change of an address so far.
    package static let builtIn = RootHints(
        [
            ("a", "198.41.0.4", "2001:503:ba3e::2:30"), ("b", "170.247.170.2", "2801:1b8:10::b"),
            ("c", "192.33.4.12", "2001:500:2::c"), ("d", "199.7.91.13", "2001:500:2d::d"),
            ("e", "192.203.230.10", "2001:500:a8::e"), ("f", "192.5.5.241", "2001:500:2f::f"),
            ("g", "192.112.36.4", "2001:500:12::d0d"), ("h", "198.97.190.53", "2001:500:1::53"),
            ("i", "192.36.148.17", "2001:7fe::53"), ("j", "192.58.128.30", "2001:503:c27::2:30"),
            ("k", "193.0.14.129", "2001:7fd::1"), ("l", "199.7.83.42", "2001:500:9f::42"),
            ("m", "202.12.27.33", "2001:dc3::35"),
        ].compactMap { letter, v4, v6 in
            guard let name = try? DomainName(letter + ".root-servers.net") else { return nil }
            return Server(name, [IPAddress(v4), IPAddress(v6)].compactMap { $0 })
        }
    )
}

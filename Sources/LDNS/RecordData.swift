// Record data between their uncompressed octets and their typed form.

import DCV

/// Names in uncompressed wire form (RFC 1035 3.1).
enum WireName {
    /// The labels that begin at the slice's start, and the index after the closing zero octet; nil when there is no whole name.
    static func labels(_ octets: ArraySlice<UInt8>) -> (labels: [[UInt8]], end: Int)? {
        var labels: [[UInt8]] = []
        var rest = octets
        while let length = rest.popFirst() {
            if length == 0 { return (labels, rest.startIndex) }
            guard length <= 63, rest.count >= Int(length) else { return nil }
            labels.append(Array(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        return nil
    }

    /// The name that the octets are, all of them.
    static func read(_ octets: [UInt8]) throws(NameError) -> DomainName {
        guard let (labels, end) = labels(octets[...]), end == octets.count else {
            throw NameError(.empty, OctetText(octets))
        }
        return try DomainName(labels: labels)
    }
}

extension RData {
    /// Takes record data apart. Total: what cannot be used says why.
    init(_ type: RecordType, _ octets: [UInt8]) {
        do throws(NameError) {
            self = try Self.read(type, octets) ?? .unusable(why: "\(type) data without the fields of that type")
        } catch {
            self = .unusable(why: "\(type) data with a name that is not usable: \(error)")
        }
    }

    private static func read(_ type: RecordType, _ octets: [UInt8]) throws(NameError) -> RData? {
        switch type {
        case .a: return octets.count == 4 ? IPAddress(octets: octets).map(RData.address) : nil
        case .aaaa: return octets.count == 16 ? IPAddress(octets: octets).map(RData.address) : nil
        case .ns: return .ns(try WireName.read(octets))
        case .cname: return .cname(try WireName.read(octets))
        case .dname: return .dname(try WireName.read(octets))
        case .txt: return strings(octets).map { .txt(strings: $0) }
        case .soa: return SOA(octets).map(RData.soa)
        case .caa: return caa(octets)
        default: return .other
        }
    }

    private static func strings(_ octets: [UInt8]) -> [[UInt8]]? {
        var strings: [[UInt8]] = []
        var rest = octets[...]
        while let length = rest.popFirst() {
            guard rest.count >= Int(length) else { return nil }
            strings.append(Array(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        return strings.isEmpty ? nil : strings
    }

    private static func caa(_ octets: [UInt8]) -> RData? {
        guard octets.count >= 3, octets[1] > 0, octets.count >= 2 + Int(octets[1]) else { return nil }
        let tagEnd = 2 + Int(octets[1])
        return .caa(flags: octets[0], tag: Array(octets[2..<tagEnd]), value: Array(octets[tagEnd...]))
    }

    /// The type that belongs to typed data, and their uncompressed wire form.
    func wire() throws(WireError) -> (type: RecordType, octets: [UInt8]) {
        switch self {
        case .address(let address): return (address.isV6 ? .aaaa : .a, address.octets)
        case .ns(let name): return (.ns, name.wire)
        case .cname(let name): return (.cname, name.wire)
        case .dname(let name): return (.dname, name.wire)
        case .soa(let soa): return (.soa, soa.octets)
        case .txt(let strings):
            guard strings.allSatisfy({ $0.count <= 255 }) else { throw WireError(.fieldTooLong(.txt)) }
            return (.txt, strings.flatMap { [UInt8(truncatingIfNeeded: $0.count)] + $0 })
        case .caa(let flags, let tag, let value):
            guard tag.count <= 255 else { throw WireError(.fieldTooLong(.caa)) }
            return (.caa, [flags, UInt8(truncatingIfNeeded: tag.count)] + tag + value)
        case .other, .unusable: throw WireError(.noWireForm)
        }
    }
}

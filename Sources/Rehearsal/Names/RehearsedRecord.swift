// One record of a rehearsed zone, and the line of text that means one.
package import DCV
package import LDNS

/// A record as a value: owner, data, TTL.
package struct RehearsedRecord: Hashable, Sendable, CustomStringConvertible {
    /// Short, so that a rehearsal of waiting for old values stays watchable.
    package static let defaultTTLSeconds: UInt32 = 5

    package let name: DomainName
    package let data: RData
    package let ttlSeconds: UInt32

    package init(_ name: DomainName, _ data: RData, ttlSeconds: UInt32 = Self.defaultTTLSeconds) {
        self.name = name
        self.data = data
        self.ttlSeconds = ttlSeconds
    }

    /// A TXT record of one string.
    package static func txt(_ name: DomainName, _ value: String, ttlSeconds: UInt32 = defaultTTLSeconds) -> Self {
        Self(name, .txt(strings: [Array(value.utf8)]), ttlSeconds: ttlSeconds)
    }

    package static func address(_ name: DomainName, _ address: IPAddress) -> Self { Self(name, .address(address)) }

    /// From `name type value`, one blank between: TXT (one string, as it stands), CNAME, A or AAAA.
    package init(line: some Sequence<UInt8>) throws {
        let words = Array(line).split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count == 3 else {
            throw RehearsalError("\"\(OctetText(line).shortened())\" is not \"name type value\"")
        }
        let value = String(decoding: words[2], as: UTF8.self)
        let data: RData? =
            switch String(decoding: words[1], as: UTF8.self) {
            case "TXT": .txt(strings: [Array(words[2])])
            case "CNAME": .cname(try DomainName(value))
            case "A": IPAddress(value).flatMap { $0.isV6 ? nil : .address($0) }
            case "AAAA": IPAddress(value).flatMap { $0.isV6 ? .address($0) : nil }
            default: nil
            }
        guard let data else {
            throw RehearsalError("\"\(OctetText(line).shortened())\" has a type or value that is not taken here")
        }
        self.init(try DomainName(words[0]), data)
    }

    /// `name type value`, as it is read back; nil for what one line cannot say: other types, several strings, a line end.
    var line: [UInt8]? {
        let value: [UInt8]
        switch data {
        case .txt(let strings) where strings.count == 1: value = strings[0]
        case .cname(let target): value = Array(target.text.utf8)
        case .address(let address): value = Array(address.description.utf8)
        default: return nil
        }
        return value.contains(0x0A) ? nil : Array("\(name) \(type) ".utf8) + value
    }

    package var type: RecordType {
        switch data {
        case .address(let address): address.isV6 ? .aaaa : .a
        case .ns: .ns
        case .cname: .cname
        case .dname: .dname
        case .txt: .txt
        case .soa: .soa
        case .caa: .caa
        case .other, .unusable: RecordType(rawValue: 0)
        }
    }

    /// For sending; nil for data without a wire form, which then are as if they were not there.
    var resource: ResourceRecord? { try? ResourceRecord(name, ttlSeconds: ttlSeconds, data) }

    package var description: String { "\(name) \(ttlSeconds) \(type) \(data)" }
}

// One resource record: who owns it, how long it may be kept, what it says, and its octets for those who check signatures.

package import DCV

/// A resource record (RFC 1035 4.1.3). Equality is that of octets: letter case counts.
package struct ResourceRecord: Hashable, Sendable {
    /// Class IN. A record of any other class has unusable data.
    package static let classInternet: UInt16 = 1
    package static let ttlLimitSeconds: UInt32 = 0x7FFF_FFFF

    /// The owner as a name; nil when its octets are no usable name (the wildcard of an NSEC, a space, a dot inside a label). A
    /// record without a usable owner answers no question that can be asked here, so comparing `owner == name` skips it.
    package let owner: DomainName?
    /// The owner in wire form, never compressed, letter case as received.
    package let ownerOctets: [UInt8]
    package let type: RecordType
    package let recordClass: UInt16
    /// 0 when the top bit was set (RFC 2181 8).
    package let ttlSeconds: UInt32
    package let data: RData
    /// The record data in wire form; names in them are not compressed where `data` is typed or DNSSEC needs them so.
    package let dataOctets: [UInt8]

    /// A record to be sent. Throws `fieldTooLong` for a string over 255 octets, `noWireForm` for `other` and `unusable`: give those
    /// as octets.
    package init(_ owner: DomainName, ttlSeconds: UInt32, _ data: RData) throws(WireError) {
        let (type, octets) = try data.wire()
        self.init(ownerOctets: owner.wire, type: type, ttlSeconds: ttlSeconds, dataOctets: octets)
    }

    /// A record from its octets, as received or as they shall be sent.
    package init(
        ownerOctets: [UInt8],
        type: RecordType,
        recordClass: UInt16 = Self.classInternet,
        ttlSeconds: UInt32,
        dataOctets: [UInt8]
    ) {
        self.ownerOctets = ownerOctets
        self.type = type
        self.recordClass = recordClass
        self.dataOctets = dataOctets
        self.ttlSeconds = ttlSeconds > Self.ttlLimitSeconds ? 0 : ttlSeconds
        owner = try? WireName.read(ownerOctets)
        data =
            recordClass == Self.classInternet
            ? RData(type, dataOctets) : .unusable(why: "class \(recordClass) instead of IN")
    }
}

/// What a record says, for the types this program judges.
package enum RData: Hashable, Sendable {
    /// A or AAAA.
    case address(IPAddress)
    case ns(DomainName)
    case cname(DomainName)
    case dname(DomainName)
    /// The character-strings in their order; join them before comparing (RFC 7208 3.3, CAs do so).
    case txt(strings: [[UInt8]])
    case soa(SOA)
    /// RFC 8659 4.1; tag and value as they stand, compare the tag without regard to ASCII case.
    case caa(flags: UInt8, tag: [UInt8], value: [UInt8])
    /// A type that is not taken apart here (DS, DNSKEY, RRSIG, NSEC, NSEC3 ...): see `ResourceRecord.dataOctets`.
    case other
    /// Something is there, but it cannot be used: a target that is no usable name, another class. It is neither absence nor
    /// presence; say why.
    case unusable(why: String)
}

/// The data of an SOA record (RFC 1035 3.3.13).
package struct SOA: Hashable, Sendable {
    /// The primary's name and the mailbox in wire form: a mailbox may hold a dot inside a label and is no `DomainName` then.
    package let primaryOctets: [UInt8]
    package let mailboxOctets: [UInt8]
    package let serial: UInt32
    package let refreshSeconds: UInt32
    package let retrySeconds: UInt32
    package let expireSeconds: UInt32
    /// With the SOA's own TTL the negative cache TTL: the smaller one counts (RFC 2308 5).
    package let minimumSeconds: UInt32

    package init(
        primary: DomainName,
        mailbox: DomainName,
        serial: UInt32,
        refreshSeconds: UInt32 = 3600,
        retrySeconds: UInt32 = 600,
        expireSeconds: UInt32 = 604_800,
        minimumSeconds: UInt32
    ) {
        primaryOctets = primary.wire
        mailboxOctets = mailbox.wire
        self.serial = serial
        self.refreshSeconds = refreshSeconds
        self.retrySeconds = retrySeconds
        self.expireSeconds = expireSeconds
        self.minimumSeconds = minimumSeconds
    }

    /// From record data in wire form without compression; nil when they are incomplete.
    init?(_ octets: [UInt8]) {
        guard let primary = WireName.labels(octets[...]), let mailbox = WireName.labels(octets[primary.end...]),
            octets.count == mailbox.end + 20
        else { return nil }
        primaryOctets = Array(octets[..<primary.end])
        mailboxOctets = Array(octets[primary.end..<mailbox.end])
        let numbers = (0..<5).map { index in
            octets[(mailbox.end + 4 * index)..<(mailbox.end + 4 * index + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        serial = numbers[0]
        refreshSeconds = numbers[1]
        retrySeconds = numbers[2]
        expireSeconds = numbers[3]
        minimumSeconds = numbers[4]
    }

    /// The primary as a name; nil when its octets are no usable name.
    package var primary: DomainName? { try? WireName.read(primaryOctets) }

    var octets: [UInt8] {
        primaryOctets + mailboxOctets
            + [serial, refreshSeconds, retrySeconds, expireSeconds, minimumSeconds].flatMap { number in
                (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32($0))) }
            }
    }
}

// The numbers that DNS gives to record types and response codes, with the names people know them by.

/// A record or question type (IANA "Resource Record (RR) TYPEs"). Any number may arrive; only some have a name here.
package struct RecordType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let a = RecordType(rawValue: 1)
    package static let ns = RecordType(rawValue: 2)
    package static let cname = RecordType(rawValue: 5)
    package static let soa = RecordType(rawValue: 6)
    package static let ptr = RecordType(rawValue: 12)
    package static let mx = RecordType(rawValue: 15)
    package static let txt = RecordType(rawValue: 16)
    package static let aaaa = RecordType(rawValue: 28)
    package static let srv = RecordType(rawValue: 33)
    package static let dname = RecordType(rawValue: 39)
    package static let opt = RecordType(rawValue: 41)
    package static let ds = RecordType(rawValue: 43)
    package static let rrsig = RecordType(rawValue: 46)
    package static let nsec = RecordType(rawValue: 47)
    package static let dnskey = RecordType(rawValue: 48)
    package static let nsec3 = RecordType(rawValue: 50)
    package static let nsec3param = RecordType(rawValue: 51)
    package static let tsig = RecordType(rawValue: 250)
    package static let any = RecordType(rawValue: 255)
    package static let caa = RecordType(rawValue: 257)

    private static let names: [RecordType: String] = [
        .a: "A", .ns: "NS", .cname: "CNAME", .soa: "SOA", .ptr: "PTR", .mx: "MX", .txt: "TXT", .aaaa: "AAAA",
        .srv: "SRV", .dname: "DNAME", .opt: "OPT", .ds: "DS", .rrsig: "RRSIG", .nsec: "NSEC", .dnskey: "DNSKEY",
        .nsec3: "NSEC3", .nsec3param: "NSEC3PARAM", .tsig: "TSIG", .any: "ANY", .caa: "CAA",
    ]

    /// The mnemonic, or `TYPE65280` for a type without one (RFC 3597 5).
    package var description: String { Self.names[self] ?? "TYPE\(rawValue)" }
}

/// A response code with the extension bits of EDNS (RFC 6895 2.3, RFC 6891 6.1.3): 0 to 4095.
package struct Rcode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let noError = Rcode(rawValue: 0)
    package static let formatError = Rcode(rawValue: 1)
    package static let serverFailure = Rcode(rawValue: 2)
    /// NXDOMAIN: the name does not exist.
    package static let nameError = Rcode(rawValue: 3)
    package static let notImplemented = Rcode(rawValue: 4)
    package static let refused = Rcode(rawValue: 5)
    /// YXDOMAIN: a DNAME makes a name that is too long (RFC 6672 2.2).
    package static let nameTooLong = Rcode(rawValue: 6)
    package static let notAuthoritative = Rcode(rawValue: 9)
    /// Carried only with EDNS (RFC 6891 9).
    package static let badVersion = Rcode(rawValue: 16)

    private static let names: [Rcode: String] = [
        .noError: "NOERROR", .formatError: "FORMERR", .serverFailure: "SERVFAIL", .nameError: "NXDOMAIN",
        .notImplemented: "NOTIMP", .refused: "REFUSED", .nameTooLong: "YXDOMAIN", .notAuthoritative: "NOTAUTH",
        .badVersion: "BADVERS",
    ]

    /// The mnemonic of the IANA registry, or `RCODE11` for a code without one here.
    package var description: String { Self.names[self] ?? "RCODE\(rawValue)" }
}

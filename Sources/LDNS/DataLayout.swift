// Which fields the data of a record type must have. A type that is not in the table is never taken apart, here or by libldns.

/// One field of record data in its wire form.
enum DataField {
    case octets(Int)
    /// A name that may be compressed (RFC 3597 4: the types of RFC 1035; SRV and DNAME are tolerated).
    case name
    /// A name that must not be compressed (RFC 4034 3.1.7, 4.1.1).
    case plainName
    /// One or more character-strings.
    case strings
    /// A length octet and that many octets, at least so many.
    case counted(atLeast: Int)
    /// The windows of a type bitmap (RFC 4034 4.1.2), at least so many.
    case bitmap(atLeastWindows: Int)
    /// EDNS options: code, length, octets (RFC 6891 6.1.2).
    case options
    /// All that is left, at least so many octets.
    case rest(atLeast: Int)
}

extension RecordType {
    /// The fields in their order; nil for a type whose data stay opaque.
    var layout: [DataField]? {
        switch self {
        case .a: [.octets(4)]
        case .aaaa: [.octets(16)]
        case .ns, .cname, .ptr, .dname: [.name]
        case .mx: [.octets(2), .name]
        case .srv: [.octets(6), .name]
        case .soa: [.name, .name, .octets(20)]
        case .txt: [.strings]
        case .opt: [.options]
        case .ds: [.octets(4), .rest(atLeast: 1)]
        case .dnskey: [.octets(4), .rest(atLeast: 1)]
        case .rrsig: [.octets(18), .plainName, .rest(atLeast: 1)]
        case .nsec: [.plainName, .bitmap(atLeastWindows: 1)]
        // An empty non-terminal has no types: its NSEC3 has no window (RFC 5155 7.1).
        case .nsec3: [.octets(4), .counted(atLeast: 0), .counted(atLeast: 1), .bitmap(atLeastWindows: 0)]
        case .nsec3param: [.octets(4), .counted(atLeast: 0)]
        // An empty value is well-formed and is published: it names no issuer.
        case .caa: [.octets(1), .counted(atLeast: 1), .rest(atLeast: 0)]
        default: nil
        }
    }
}

// The order of SOA serials: which of two versions of a zone is the newer one (RFC 1982).

/// The serial of a zone's version. Serials go round: after 2^32 - 1 comes 0, so they have no first and no last.
package struct ZoneSerial: Hashable, Sendable, CustomStringConvertible {
    /// Two serials exactly this far apart stand in no order (RFC 1982 3.2).
    private static let halfWay: UInt32 = 1 << 31

    package let number: UInt32

    package init(_ number: UInt32) { self.number = number }

    package var description: String { "\(number)" }

    /// Whether this version comes after `other`: false for the same one, and for two that stand in no order.
    package func isNewer(than other: ZoneSerial) -> Bool {
        let distance = number &- other.number
        return distance != 0 && distance < Self.halfWay
    }

    /// The newest of some versions; nil of none.
    ///
    /// The order of RFC 1982 may run in a circle. Then the one that is newer than most others counts, and of equals the largest
    /// number, so that the answer depends on the serials alone.
    package static func newest(of serials: some Sequence<ZoneSerial>) -> ZoneSerial? {
        let distinct = Set(serials)
        func rank(_ serial: ZoneSerial) -> (Int, UInt32) {
            (distinct.count { serial.isNewer(than: $0) }, serial.number)
        }
        return distinct.max { rank($0) < rank($1) }
    }
}

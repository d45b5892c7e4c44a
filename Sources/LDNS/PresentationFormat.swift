// One record as people write it, such as a trust anchor in the operator's file.

import CLDNS

package enum PresentationFormat {
    /// The longest line: a record of 4,096-bit keys has about 800 characters.
    private static let lineLimitOctets = 16_384

    /// Reads `owner [TTL] [class] type data` on one line (RFC 1035 5.1), every name in full. Nil for anything else, and for
    /// data without the fields of their type. Only for text of the operator: libldns' reader is not made for strangers.
    package static func record(_ line: String) -> ResourceRecord? {
        let octets = Array(line.utf8)
        guard octets.count <= lineLimitOctets, let first = octets.first, first > 0x20, !octets.contains(0) else {
            return nil
        }
        var parsed: UnsafeMutablePointer<ldns_rr>?
        let status = unsafe line.withCString { unsafe ldns_rr_new_frm_str(&parsed, $0, 0, nil, nil) }
        guard let record = unsafe parsed else { return nil }
        defer { unsafe ldns_rr_free(record) }
        guard status == LDNS_STATUS_OK else { return nil }
        let value = unsafe PacketHandle.value(of: record)
        do throws(WireError) {
            try MessageWalk.check(name: value.ownerOctets)
            try MessageWalk.check(value.dataOctets, of: value.type)
        } catch {
            return nil
        }
        return value
    }
}

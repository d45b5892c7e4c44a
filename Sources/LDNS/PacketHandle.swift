// The one owner of a libldns message: no pointer of the library outlives it or leaves this room.

import CLDNS

/// A message in libldns' form, freed with everything in it when it goes out of scope.
@safe
struct PacketHandle: ~Copyable {
    private let packet: UnsafeMutablePointer<ldns_pkt>

    /// A message without anything in it.
    init() throws(WireError) {
        guard let packet = unsafe ldns_pkt_new() else { throw WireError(.refusedByCodec("out of memory")) }
        unsafe self.packet = packet
    }

    /// Parses octets that `MessageWalk` has let pass.
    init(parsing octets: [UInt8]) throws(WireError) {
        var parsed: UnsafeMutablePointer<ldns_pkt>?
        let status = unsafe octets.withUnsafeBufferPointer { unsafe ldns_wire2pkt(&parsed, $0.baseAddress, $0.count) }
        guard status == LDNS_STATUS_OK, let packet = unsafe parsed else {
            throw WireError(.refusedByCodec(Self.text(status)))
        }
        unsafe self.packet = packet
    }

    deinit { unsafe ldns_pkt_free(packet) }

    // MARK: Reading

    /// The header and what OPT says, without question and records.
    func header() -> Message {
        var message = Message(id: unsafe ldns_pkt_id(packet))
        message.isResponse = unsafe ldns_pkt_qr(packet)
        message.opcode = UInt8(truncatingIfNeeded: unsafe ldns_pkt_get_opcode(packet).rawValue)
        message.isAuthoritative = unsafe ldns_pkt_aa(packet)
        message.isTruncated = unsafe ldns_pkt_tc(packet)
        message.recursionDesired = unsafe ldns_pkt_rd(packet)
        message.recursionAvailable = unsafe ldns_pkt_ra(packet)
        message.authenticatedData = unsafe ldns_pkt_ad(packet)
        message.checkingDisabled = unsafe ldns_pkt_cd(packet)
        var rcode = UInt16(truncatingIfNeeded: unsafe ldns_pkt_get_rcode(packet).rawValue)
        if unsafe ldns_pkt_edns(packet) {
            rcode |= UInt16(unsafe ldns_pkt_edns_extended_rcode(packet)) << 4
            message.edns = EDNS(
                udpPayloadOctets: unsafe ldns_pkt_edns_udp_size(packet),
                version: unsafe ldns_pkt_edns_version(packet),
                dnssecOK: unsafe ldns_pkt_edns_do(packet)
            )
        }
        message.rcode = Rcode(rawValue: rcode)
        return message
    }

    /// The question's name in uncompressed wire form and its type; nil without a question.
    func question() -> (nameOctets: [UInt8], type: RecordType)? {
        guard let list = unsafe ldns_pkt_question(packet), let record = unsafe ldns_rr_list_rr(list, 0) else {
            return nil
        }
        return (unsafe Self.octets(ldns_rr_owner(record)), unsafe Self.type(record))
    }

    /// The records of one section, OPT left out.
    func records(_ section: MessageWalk.Section) -> [ResourceRecord] {
        let list =
            switch section {
            case .answer: unsafe ldns_pkt_answer(packet)
            case .authority: unsafe ldns_pkt_authority(packet)
            case .additional: unsafe ldns_pkt_additional(packet)
            }
        guard let list = unsafe list else { return [] }
        let count = unsafe ldns_rr_list_rr_count(list)
        return (0..<count).compactMap { index in
            guard let record = unsafe ldns_rr_list_rr(list, index) else { return nil }
            return unsafe Self.value(of: record)
        }
    }

    /// One record of the library as a value.
    static func value(of record: UnsafeMutablePointer<ldns_rr>) -> ResourceRecord {
        var data: [UInt8] = []
        let fields = unsafe ldns_rr_rd_count(record)
        for field in 0..<fields { unsafe data += octets(ldns_rr_rdf(record, field)) }
        return ResourceRecord(
            ownerOctets: unsafe octets(ldns_rr_owner(record)),
            type: unsafe type(record),
            recordClass: UInt16(truncatingIfNeeded: unsafe ldns_rr_get_class(record).rawValue),
            ttlSeconds: unsafe ldns_rr_ttl(record),
            dataOctets: data
        )
    }

    // MARK: Writing

    func setHeader(_ message: Message) {
        unsafe ldns_pkt_set_id(packet, message.id)
        unsafe ldns_pkt_set_qr(packet, message.isResponse)
        unsafe ldns_pkt_set_opcode(packet, ldns_pkt_opcode(rawValue: UInt32(message.opcode & 0x0F)))
        unsafe ldns_pkt_set_aa(packet, message.isAuthoritative)
        unsafe ldns_pkt_set_tc(packet, message.isTruncated)
        unsafe ldns_pkt_set_rd(packet, message.recursionDesired)
        unsafe ldns_pkt_set_ra(packet, message.recursionAvailable)
        unsafe ldns_pkt_set_ad(packet, message.authenticatedData)
        unsafe ldns_pkt_set_cd(packet, message.checkingDisabled)
        unsafe ldns_pkt_set_rcode(packet, UInt8(message.rcode.rawValue & 0x0F))
        guard let edns = message.edns else { return }
        unsafe packet.pointee._edns_present = 1
        unsafe ldns_pkt_set_edns_udp_size(packet, edns.udpPayloadOctets)
        unsafe ldns_pkt_set_edns_version(packet, edns.version)
        unsafe ldns_pkt_set_edns_do(packet, edns.dnssecOK)
        unsafe ldns_pkt_set_edns_extended_rcode(packet, UInt8(truncatingIfNeeded: message.rcode.rawValue >> 4))
    }

    /// Adds one record (or the question) given in wire form; the packet owns it afterwards.
    func add(_ octets: [UInt8], to section: ldns_pkt_section) throws(WireError) {
        var record: UnsafeMutablePointer<ldns_rr>?
        var position = 0
        let status = unsafe octets.withUnsafeBufferPointer {
            unsafe ldns_wire2rr(&record, $0.baseAddress, $0.count, &position, section)
        }
        guard status == LDNS_STATUS_OK, let record = unsafe record else {
            throw WireError(.refusedByCodec(Self.text(status)))
        }
        guard unsafe ldns_pkt_push_rr(packet, section, record) else {
            unsafe ldns_rr_free(record)
            throw WireError(.refusedByCodec("out of memory"))
        }
    }

    /// The message in wire form, names compressed.
    func octets() throws(WireError) -> [UInt8] {
        var wire: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = unsafe ldns_pkt2wire(&wire, packet, &count)
        guard status == LDNS_STATUS_OK, let wire = unsafe wire else {
            throw WireError(.refusedByCodec(Self.text(status)))
        }
        defer { unsafe free(wire) }
        return unsafe Array(UnsafeBufferPointer(start: wire, count: count))
    }

    // MARK: Values of the library

    private static func octets(_ field: UnsafeMutablePointer<ldns_rdf>?) -> [UInt8] {
        guard let field = unsafe field, let data = unsafe ldns_rdf_data(field) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: data, count: ldns_rdf_size(field)))
    }

    private static func type(_ record: UnsafeMutablePointer<ldns_rr>) -> RecordType {
        RecordType(rawValue: UInt16(truncatingIfNeeded: unsafe ldns_rr_get_type(record).rawValue))
    }

    private static func text(_ status: ldns_status) -> String {
        guard let text = unsafe ldns_get_errorstr_by_id(status) else { return "status \(status.rawValue)" }
        return unsafe String(cString: text)
    }
}

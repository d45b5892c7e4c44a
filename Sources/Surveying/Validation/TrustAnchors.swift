// Where every chain of trust begins: the root's keys, built in, or those of a laboratory's own zones.
import DCV
import LDNS

/// Keys, or digests of keys, that are believed without anybody's word for them.
package struct TrustAnchors: Hashable, Sendable {
    enum Anchor: Hashable, Sendable {
        case digest(DS)
        case key(DNSKEY)
    }

    /// One anchor as it is written down: read back, no text of a stranger reaches libldns' reader.
    struct Record: Hashable, Sendable, Codable {
        enum Kind: String, Hashable, Sendable, Codable {
            case ds = "DS"
            case dnskey = "DNSKEY"
        }

        let owner: DomainName
        let type: Kind
        let data: HexOctets

        /// Nil for data without the fields of their type.
        fileprivate var anchor: Anchor? {
            switch type {
            case .ds: DS(data.bytes).map(Anchor.digest)
            case .dnskey: DNSKEY(data.bytes).map(Anchor.key)
            }
        }
    }

    /// Why a file gives no anchors; `line` counts from 1 and is 0 when no single line is at fault.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let line: Int
        package let reason: String
        package var description: String { line == 0 ? reason : "line \(line): \(reason)" }
    }

    /// A longer file is no list of anchors.
    package static let fileLimitOctets = 65_536

    /// In their order.
    let records: [Record]
    private let anchors: [DomainName: [Anchor]]

    /// Reads one DS or DNSKEY record a line, as `/usr/share/dns/root.key` or a `dsset-` file has them; `;` begins a
    /// comment. Any other line is a fault.
    package init(file text: String) throws(Fault) {
        guard text.utf8.count <= Self.fileLimitOctets else {
            throw Fault(line: 0, reason: "longer than \(Self.fileLimitOctets) octets: not a file of trust anchors")
        }
        var records: [Record] = []
        for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let content = line.prefix { $0 != 0x3B }
            if content.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            guard let record = PresentationFormat.record(String(decoding: content, as: UTF8.self)),
                let owner = record.owner, let kind = Self.kind(record.type)
            else { throw Fault(line: index + 1, reason: "not a DS or DNSKEY record on one line, its owner first") }
            records.append(Record(owner: owner, type: kind, data: HexOctets(record.dataOctets)))
        }
        try self.init(records)
    }

    /// Every record's data must have the fields of its type.
    init(_ records: [Record]) throws(Fault) {
        guard !records.isEmpty else { throw Fault(line: 0, reason: "no DS or DNSKEY record") }
        var anchors: [DomainName: [Anchor]] = [:]
        for record in records {
            guard let anchor = record.anchor else {
                throw Fault(line: 0, reason: "the data of a \(record.type.rawValue) record of \(record.owner) are none")
            }
            anchors[record.owner, default: []].append(anchor)
        }
        self.anchors = anchors
        self.records = records
    }

    private static func kind(_ type: RecordType) -> Record.Kind? {
        switch type {
        case .ds: .ds
        case .dnskey: .dnskey
        default: nil
        }
    }

    /// The anchors of exactly this zone; nil without any.
    func anchors(of apex: DomainName) -> [Anchor]? { anchors[apex] }

    /// Whether a chain can lead to this name at all.
    func cover(_ name: DomainName) -> Bool { name.selfAndAncestors.contains { anchors[$0] != nil } }

    /// IANA's anchors of the root: the key-signing keys of 2017 and 2024 (root-anchors.xml; Debian's dns-root-data
    /// 2024071801).
    package static let builtIn = try? TrustAnchors(
        file: """
            . IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
            . IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
            """
    )
}

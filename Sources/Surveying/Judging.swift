// From what one answer says to what it means for one required record. Pure.
import DCV
import LDNS

extension RequiredRecord {
    /// The record type that shows this record in DNS; nil for a file.
    var type: RecordType? {
        switch content {
        case .txt: .txt
        case .cname: .cname
        case .http: nil
        }
    }

    /// The sighting that an answer about this record's name (or the name its CNAME chain ends at) amounts to.
    func sighting(_ reading: Reading, valueLimit: Int) -> Sighting {
        switch reading {
        case .records(let records): sighting(records, valueLimit: valueLimit)
        case .nothing(let negative): .absent(negativeTTLSeconds: negative.ttlSeconds)
        case .alias(let target, let seconds): .wrong(saw: [RRsetView.aliasText(target)], ttlSeconds: seconds)
        case .aliasNotUsable(let why, let seconds): .wrong(saw: [RRsetView.aliasText("(\(why))")], ttlSeconds: seconds)
        case .referral(let delegation), .cut(let delegation):
            .notServed(reason: "refers to the servers of \(delegation.apex) instead of answering")
        case .notServed(let reason): .notServed(reason: reason)
        case .hostile(let reason): .hostile(reason: reason)
        }
    }

    private func sighting(_ records: [ResourceRecord], valueLimit: Int) -> Sighting {
        guard records.count <= valueLimit else {
            return .hostile(reason: "\(records.count) records of one type, more than \(valueLimit)")
        }
        let wanted = OctetText(value.utf8)
        let values = records.map(\.shownValue)
        if values.contains(wanted) { return .present(others: Set(values).subtracting([wanted]).sorted()) }
        let seconds = records.map { Int64($0.ttlSeconds) }.max() ?? 0
        return .wrong(saw: Set(values).sorted(), ttlSeconds: seconds)
    }
}

extension ResourceRecord {
    /// What the record holds: the strings of a TXT joined as CAs join them, the target of a CNAME in lower case without
    /// a dot.
    var shownValue: OctetText {
        switch data {
        case .txt(let strings): OctetText(strings.joined())
        case .cname(let target): OctetText(target.text.utf8)
        case .unusable(let why): OctetText("(\(why))".utf8)
        default: OctetText(dataOctets)
        }
    }
}

extension Sequence<OctetText> {
    func sorted() -> [OctetText] { sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) } }
}

// The answer of `getVerificationInfo` for one name: the entries of its history, counted against what the answer says,
// and the newest of them.
import DCV
import Platform

/// One validation of one name, as sent.
struct NAVERVerification: Equatable, Sendable {
    enum State: Equatable, Sendable {
        /// `VALID_STATUS_REG` and not yet proved: its record is to be shown.
        case registered
        case succeeded
        case timedOut
        /// A word this version does not know, or one that the entry's own `validYn` contradicts.
        case unknown(String)
    }

    /// Bytes shown of one field.
    private static let fieldLimitBytes = 40

    let state: State
    let serial: Int64?
    let registered: Instant?
    let recordName: String?
    let recordValue: String?
    /// Which validation is meant, for people at the provider's support.
    let label: String

    init(_ value: JSONValue) {
        serial = value["validSn"]?.intOrNumericString
        registered = value["registDate"]?.string.flatMap { NAVERTime.instant($0) }
        recordName = Self.text(value["txtName"])
        recordValue = Self.text(value["txtValue"])
        state = Self.state(value["validStatusCode"], value["validYn"])
        let fields = [
            ("validation", "validSn"), ("request", "requestSn"), ("record", "txtId"), ("registered", "registDate"),
            ("validated", "validDate"),
        ]
        label = fields.compactMap { word, key in Self.field(value[key]).map { "\(word) \($0)" } }.joined(
            separator: ", "
        )
    }

    private static func state(_ code: JSONValue?, _ flag: JSONValue?) -> State {
        let isProved: Bool?
        switch flag {
        case .some(.string("Y")): isProved = true
        case .some(.string("N")), nil, .some(.null): isProved = false
        default: isProved = nil
        }
        let word = field(code) ?? "none"
        switch (code?.string, isProved) {
        case ("VALID_STATUS_REG", false): return .registered
        case ("VALID_STATUS_TIMEOUT", false): return .timedOut
        case ("VALID_STATUS_SUCCESS", true): return .succeeded
        case ("VALID_STATUS_SUCCESS", false) where flag == nil || flag?.isNull == true: return .succeeded
        default: return .unknown("validStatusCode \(word), validYn \(field(flag) ?? "none")")
        }
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return text
    }

    private static func field(_ value: JSONValue?) -> String? {
        guard let value, !value.isNull, value != .string("") else { return nil }
        let text = value.string.map { Array($0.utf8) } ?? value.serialized()
        return OctetText(text).shortened(limitBytes: fieldLimitBytes)
    }
}

/// All that the provider says about one name.
struct NAVERVerificationAnswer: Sendable {
    /// Entries of one name's history that are read; more are a fault.
    static let entryLimit = 200

    /// Why an answer means nothing.
    struct Mismatch: Error, Equatable {
        let saw: String
    }

    let entries: [NAVERVerification]
    /// Validations by mail: counted, never read.
    let mails: Int

    var isEmpty: Bool { entries.isEmpty && mails == 0 }

    /// The counts in the answer must be those of its lists: half a history may hide the newest entry.
    init(_ document: JSONValue) throws(Mismatch) {
        let values = document["dnsVerificationList"]?.array ?? []
        let mailList = document["emailVerificationList"]
        guard mailList == nil || mailList?.isNull == true || mailList?.array != nil else {
            throw Mismatch(saw: "\(mailList?.kind ?? "") in emailVerificationList")
        }
        mails = mailList?.array?.count ?? 0
        guard values.count <= Self.entryLimit else {
            throw Mismatch(saw: "\(values.count) entries in dnsVerificationList, more than \(Self.entryLimit)")
        }
        if let stranger = values.first(where: { $0.object == nil }) {
            throw Mismatch(saw: "\(stranger.kind) in dnsVerificationList")
        }
        let both = values.count + mails
        for (key, allowed) in [
            ("dnsVerificationCount", [values.count]), ("emailVerificationCount", [mails]),
            ("totalRows", [values.count, both]),
        ] {
            guard let value = document[key], !value.isNull else { continue }
            guard let count = value.intOrNumericString, allowed.contains(where: { Int64($0) == count }) else {
                let said = OctetText(value.string.map { Array($0.utf8) } ?? value.serialized()).shortened()
                throw Mismatch(saw: "\(key) \(said), and lists of \(values.count) DNS and \(mails) mail entries")
            }
        }
        entries = values.map { NAVERVerification($0) }
    }

    /// The entry that counts: the newest by its date, then by its number; nil when there is none.
    func newest() throws(Mismatch) -> NAVERVerification? {
        guard entries.count > 1 else { return entries.first }
        let isDated = entries.allSatisfy { $0.registered != nil }
        guard isDated || entries.allSatisfy({ $0.serial != nil }) else {
            throw Mismatch(saw: "\(entries.count) entries, not all with a registDate or all with a validSn")
        }
        let oldest = Instant(millisecondsSinceEpoch: .min)
        let sorted = entries.sorted { one, other in
            let first = isDated ? one.registered ?? oldest : oldest
            let second = isDated ? other.registered ?? oldest : oldest
            return first == second ? (one.serial ?? .min) > (other.serial ?? .min) : first > second
        }
        let (first, second) = (sorted[0], sorted[1])
        let isTie = first.serial == second.serial && (!isDated || first.registered == second.registered)
        let isSame =
            first.state == second.state && first.recordName == second.recordName
            && first.recordValue == second.recordValue
        guard !isTie || isSame else {
            throw Mismatch(saw: "two entries of one age and number that differ: \(first.label)")
        }
        return first
    }
}

// The validations of a domain, one a type: what each says about the proof, about the organization, and how many people were verified.
import DCV
import Platform

/// One entry of `validations`. `verified_users` holds people's names, addresses and telephone numbers: they are counted here and read
/// nowhere.
struct DigiCertValidation: Hashable, Sendable {
    enum State: Hashable, Sendable {
        case pending, complete, expired
        /// A word this version does not know.
        case unknown(String)
        /// The entry does not say.
        case unsaid
    }

    /// Entries of one domain that are read.
    static let countLimit = 20
    static let typeLimitOctets = 32

    let type: String
    let name: String?
    let description: String?
    let createdAt: Instant?
    let until: Instant?
    let statusWord: String?
    let dcvWord: String?
    let orgWord: String?
    let verifiedUsers: Int?

    /// Nil without a type that can be named in a request.
    init?(_ value: JSONValue) {
        guard let type = value["type"]?.string, (1...Self.typeLimitOctets).contains(type.utf8.count),
            type.utf8.allSatisfy({ (0x61...0x7A).contains($0) || ASCII.isDigit($0) || $0 == 0x5F || $0 == 0x2D })
        else { return nil }
        self.type = type
        name = Self.shown(value["name"])
        description = Self.shown(value["description"])
        createdAt = DigiCertTime.instant(value["date_created"]?.string)
        until = DigiCertTime.instant(value["validated_until"]?.string)
        statusWord = Self.shown(value["status"]).map { ASCII.lowercased($0) }
        dcvWord = Self.shown(value["dcv_status"]).map { ASCII.lowercased($0) }
        orgWord = Self.shown(value["org_status"]).map { ASCII.lowercased($0) }
        verifiedUsers = value["verified_users"]?.array?.count
    }

    fileprivate init(_ one: DigiCertValidation, completedBy other: DigiCertValidation) {
        type = one.type
        name = one.name ?? other.name
        description = one.description ?? other.description
        createdAt = one.createdAt ?? other.createdAt
        until = one.until ?? other.until
        statusWord = one.statusWord ?? other.statusWord
        dcvWord = one.dcvWord ?? other.dcvWord
        orgWord = one.orgWord ?? other.orgWord
        verifiedUsers = one.verifiedUsers ?? other.verifiedUsers
    }

    /// What the proof of control is in; the entry's own `status` waits for the organization, too, and only says something when it is
    /// there.
    func state(at now: Instant) -> State {
        let said: State =
            switch (dcvWord, statusWord) {
            case ("pending", _): .pending
            case ("complete", _), (nil, "active"): .complete
            case ("expired", _), (nil, "expired"): .expired
            case (let word?, _): .unknown(word)
            case (nil, _): .unsaid
            }
        guard said == .complete, let until, until <= now else { return said }
        return .expired
    }

    /// `ev (Extended Organization Validation (EV))`
    var label: String { (description ?? name).map { "\(type) (\($0))" } ?? type }

    private static func shown(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return OctetText(text.utf8).shortened()
    }
}

/// All of a domain's validations, each type once and in the order of their names: DigiCert's order means nothing.
struct DigiCertValidations: Hashable, Sendable {
    private(set) var entries: [DigiCertValidation] = []
    /// What could not be read as an entry, in words.
    private(set) var faults: [String] = []
    /// Whether there was a list at all.
    let isListed: Bool

    init(_ value: JSONValue?) {
        isListed = value?.array != nil
        guard let values = value?.array else {
            if let value, !value.isNull { faults.append("\(value.kind) for validations") }
            return
        }
        guard values.count <= DigiCertValidation.countLimit else {
            faults.append("\(values.count) validations of one domain")
            return
        }
        for value in values {
            guard let entry = DigiCertValidation(value) else {
                faults.append("a validation without a usable type")
                continue
            }
            if entries.contains(where: { $0.type == entry.type }) {
                faults.append("two validations of the type \(entry.type)")
            } else {
                entries.append(entry)
            }
        }
        entries.sort { $0.type < $1.type }
    }

    /// With what `other` says where this says nothing.
    func completed(by other: DigiCertValidations) -> DigiCertValidations {
        var result = self
        result.entries = entries.map { entry in
            other.entries.first { $0.type == entry.type }.map { DigiCertValidation(entry, completedBy: $0) } ?? entry
        }
        result.entries += other.entries.filter { stranger in !entries.contains { $0.type == stranger.type } }
        result.entries.sort { $0.type < $1.type }
        result.faults += other.faults.filter { !faults.contains($0) }
        return result
    }
}

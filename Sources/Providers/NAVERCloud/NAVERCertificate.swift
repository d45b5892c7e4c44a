// One entry of the list of certificates, with its state sorted and its names typed.
import DCV
import Platform

struct NAVERCertificate: Sendable {
    /// Names of one certificate that are asked for; more are a fault.
    static let nameLimit = 200
    /// Bytes kept of a status word.
    static let wordLimitBytes = 64
    /// For the pace between calls: an account has one Certificate Manager.
    static let scope = "certificates"

    let number: Int64
    let id: AuthorizationID
    let statusCode: Int64?
    let statusWord: OctetText
    /// The common name first, then the other names in their order.
    let names: [Identifier]
    /// How the provider writes each of them: whether it compares without regard to case is not documented.
    let spellings: [Identifier: String]
    let refusals: [RecordRefusal]
    /// A CAA name of the CA behind it; none for Advanced certificates, whose CA is not documented, and where the kind is not told.
    let issuers: [DomainName]

    /// Nil when there is no number that a call could name.
    init?(_ value: JSONValue) {
        guard let number = value["certificateNo"]?.intOrNumericString, number > 0,
            let id = try? AuthorizationID(String(number))
        else { return nil }
        self.number = number
        self.id = id
        statusCode = value["statusCode"]?.intOrNumericString
        let words = [Self.word(value["statusCode"]), Self.word(value["statusName"])].compactMap { $0 }
        statusWord = OctetText(words.joined(separator: " ").utf8.prefix(Self.wordLimitBytes))
        (names, spellings, refusals) = Self.names(value)
        let kind = value["certificateType"]?.string ?? value["certificateTypeCode"]?.string
        let isOwn = kind.map { !$0.isEmpty && !$0.utf8.starts(with: Self.advanced.utf8) } ?? false
        issuers = isOwn ? Self.ownIssuers : []
    }

    /// How the kinds of Advanced certificates begin.
    private static let advanced = "NCP_PAID"
    /// NAVER Cloud Trust Services CP/CPS 4.2.4.
    private static let ownIssuers = CertificateAuthorities.keyed("naver").map { Array($0.names.prefix(1)) } ?? []

    var status: Authorization.Status {
        switch statusCode {
        case 0: .pending
        case 1, 2, 3: .valid
        case Self.failed, Self.expired, -1, -2, -5, -6, -7, -11: .dead
        default: .unknown
        }
    }

    /// `VALIDATION_FAILED` and `VALIDATION_EXPIRE`: nothing that this program could do helps.
    var needsPerson: Bool { statusCode == Self.failed || statusCode == Self.expired }
    var isExpired: Bool { statusCode == Self.expired }

    /// A state that is documented by its number alone: nobody says what it means, and certificates stay in it.
    var isUnexplained: Bool { statusCode.map { Self.unexplained.contains($0) } ?? false }

    private static let failed: Int64 = -3
    private static let expired: Int64 = -4
    private static let unexplained: Set<Int64> = [-12, -20]

    private static func word(_ value: JSONValue?) -> String? {
        let text = value?.string ?? value?.int.map { String($0) }
        return text?.isEmpty == true ? nil : text
    }

    /// `commonName`, and `dnsName` as a list or as one text with commas or spaces between.
    private static func names(_ value: JSONValue) -> ([Identifier], [Identifier: String], [RecordRefusal]) {
        var names: [Identifier] = []
        var spellings: [Identifier: String] = [:]
        var refusals: [RecordRefusal] = []
        // A common name is one name: what stands beside a blank in it would be another's.
        let common = value["commonName"]?.string.map { $0.isEmpty ? [] : [$0] }
        for text in (common ?? texts(value["commonName"], "commonName", &refusals))
            + texts(value["dnsName"], "dnsName", &refusals)
        {
            do {
                let identifier = try Identifier(text)
                guard spellings[identifier] == nil else { continue }
                names.append(identifier)
                spellings[identifier] = text
            } catch {
                refusals.append(RecordRefusal(saw: "name \(error)", wanted: "a domain name, perhaps with *. before it"))
            }
        }
        guard names.count <= nameLimit else {
            let wanted = "at most \(nameLimit) for one certificate"
            return ([], [:], refusals + [RecordRefusal(saw: "\(names.count) names", wanted: wanted)])
        }
        return (names, spellings, Array(refusals.prefix(refusalLimit)))
    }

    /// Refusals of one certificate's names that are told.
    private static let refusalLimit = 10

    private static func texts(_ value: JSONValue?, _ key: String, _ refusals: inout [RecordRefusal]) -> [String] {
        switch value {
        case nil, .some(.null): return []
        case .some(.string(let text)):
            return text.split { $0 == "," || $0 == " " }.prefix(nameLimit + 1).map { String($0) }
        case .some(.array(let items)):
            let texts = items.prefix(nameLimit + 1).compactMap { $0.string }.filter { !$0.isEmpty }
            let strangers = items.prefix(nameLimit + 1).filter { $0.string == nil }
            if let first = strangers.first {
                refusals.append(RecordRefusal(saw: "\(first.kind) in \(key)", wanted: "names as texts"))
            }
            return texts
        case .some(let other):
            refusals.append(RecordRefusal(saw: "\(other.kind) in \(key)", wanted: "names as texts"))
            return []
        }
    }
}

// DigiCert's words for validation methods, and the random value that its tokens are made of.
import DCV
import Platform

enum DigiCertMethod: String, Hashable, Sendable {
    case txt = "dns-txt-token"
    case cname = "dns-cname-token"
    case file = "http-token"
    /// What filters call `http-token`.
    case staticFile = "http-token-static"
    /// A file whose name is drawn, too.
    case dynamicFile = "http-token-dynamic"
    case email

    /// The method as every provider calls it.
    var common: ValidationMethod {
        switch self {
        case .txt: .txt
        case .cname: .cname
        case .file, .staticFile, .dynamicFile: .http
        case .email: .email
        }
    }

    /// The word to ask for; nil for mail, which no program can answer.
    init?(asking method: ValidationMethod) {
        switch method {
        case .txt: self = .txt
        case .cname: self = .cname
        case .http: self = .file
        case .email: return nil
        }
    }

    /// Methods a domain or order can be asked to use.
    static let askable: [ValidationMethod] = [.txt, .cname, .http]
}

/// A method as it was sent: one that is known, a word that is not, or nothing.
struct DigiCertMethodWord: Hashable, Sendable {
    let method: DigiCertMethod?
    /// Escaped; nil when there was none.
    let word: String?

    init(_ value: JSONValue?) {
        let text = value?.string
        method = text.flatMap { DigiCertMethod(rawValue: ASCII.lowercased($0)) }
        word = text.map { OctetText($0.utf8).shortened() }
    }

    var isEmail: Bool { method == .email }
}

/// A random value: letters, digits, hyphens and underscores, so that no text from outside becomes another kind of record (`v=spf1 ...`)
/// at a domain's own name.
struct DigiCertToken: Hashable, Sendable {
    static let limitOctets = 255
    let text: String

    /// A string; or a number, as one page of the documentation says.
    init?(_ value: JSONValue?) {
        let text: String
        switch value {
        case .string(let string): text = string
        case .number(let number): text = number.text
        default: return nil
        }
        guard (1...Self.limitOctets).contains(text.utf8.count),
            text.utf8.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2D || $0 == 0x5F })
        else { return nil }
        self.text = text
    }
}

/// The token of a domain (`dcv_token`) or of an order (`dcv_random_value`), as far as it was understood.
struct DigiCertProof: Hashable, Sendable {
    let token: DigiCertToken?
    /// What stands where the token should, when that is none; escaped.
    let refused: String?
    let expiresAt: Instant?
    let saysExpired: Bool
    /// Whether the token's own status says that its proof is waited for.
    let saysPending: Bool
    /// Where a file with a drawn name must stand.
    let fileURL: String?
    /// What DigiCert says the CNAME must lead to; compared, never published.
    let target: String?

    /// Nil when the answer shows none at all.
    init?(_ value: JSONValue?, tokenKey: String) {
        guard let value, let shown = value[tokenKey], !shown.isNull, shown != "" else { return nil }
        token = DigiCertToken(shown)
        refused = token == nil ? Self.words(shown) : nil
        expiresAt = DigiCertTime.instant(value["expiration_date"]?.string)
        let word = value["status"]?.string.map { ASCII.lowercased($0) }
        saysExpired = word == "expired"
        saysPending = word == "pending"
        fileURL = Self.text(value["http_token_url"])
        target = Self.text(value["verification_value"])
    }

    func isExpired(at now: Instant) -> Bool { saysExpired || expiresAt.map { $0 <= now } ?? false }

    private static func text(_ value: JSONValue?) -> String? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        return text
    }

    private static func words(_ value: JSONValue) -> String {
        value.string.map { "\"\(OctetText($0.utf8).shortened())\"" } ?? value.kind
    }
}

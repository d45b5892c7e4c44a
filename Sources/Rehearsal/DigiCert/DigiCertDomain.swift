// Domains and orders at the rehearsed DigiCert: their state, their tokens, and the places where a token may stand.
package import DCV

/// A random value with an end.
package struct RehearsedDigiCertToken: Sendable {
    /// 30 days.
    package static let lifeSeconds: Int64 = 2_592_000

    package var value = ""
    package var expires = Instant(millisecondsSinceEpoch: 0)
    /// How many values were issued; each one voids the one before.
    package internal(set) var generation = 0
    private let seed: String

    init(seed: String) { self.seed = seed }

    package func isAlive(at now: Instant) -> Bool { generation > 0 && now < expires }

    mutating func issue(at now: Instant) {
        generation += 1
        var seed = TokenSeed("\(seed)/\(generation)")
        // A CNAME holds it in a name, where case does not count.
        value = seed.hex(32)
        expires = now.adding(seconds: Self.lifeSeconds)
    }

    /// Every record, or the file, that would prove the name by the method: a file proves one host and no wildcard.
    package func places(_ name: String, method: String) -> [RehearsedToken] {
        let isWildcard = Self.isWildcard(name)
        let base = isWildcard ? String(name.dropFirst(2)) : name
        return switch method {
        case "dns-txt-token": [.txt(name: "_dnsauth.\(base)", value: value), .txt(name: base, value: value)]
        case "dns-cname-token":
            [
                .cname(name: "_dnsauth.\(base)", target: "\(value).dcv.digicert.com"),
                .cname(name: "_\(value).\(base)", target: "dcv.digicert.com"),
            ]
        case "http-token": isWildcard ? [] : [.http(url: Self.url(base), body: value)]
        default: []
        }
    }

    static func isWildcard(_ name: String) -> Bool { name.utf8.starts(with: "*.".utf8) }

    static func url(_ name: String) -> String { "http://\(name)/.well-known/pki-validation/fileauth.txt" }
}

/// A domain of the account. All fields may be changed while the server runs (`RehearsedDigiCert.updateDomain`).
package struct RehearsedDigiCertDomain: Sendable {
    package static let methods: Set<String> = ["dns-txt-token", "dns-cname-token", "http-token", "email"]

    package let id: Int
    package var name: String
    package var method: String
    package var isActive = true
    /// `ov` and `ev`, or fewer.
    package var types = ["ov", "ev"]
    /// pending, complete, expired - or any other word.
    package var dcvStatus = "pending"
    package var orgStatus = "complete"
    /// Ends of an older validation, which stays usable while a new one is pending.
    package var validatedUntil: Instant?
    package var token: RehearsedDigiCertToken

    package init(id: Int, name: String, method: String = "dns-txt-token", validatedUntil: Instant? = nil) {
        self.id = id
        self.name = name
        self.method = method
        self.validatedUntil = validatedUntil
        dcvStatus = validatedUntil == nil ? "pending" : "complete"
        token = RehearsedDigiCertToken(seed: "digicert/domain/\(id)")
    }

    package var isComplete: Bool { dcvStatus == "complete" }
    var awaitsProof: Bool { dcvStatus == "pending" }

    /// Where the proof may stand now; empty when none is waited for.
    package var places: [RehearsedToken] { awaitsProof ? token.places(name, method: method) : [] }
}

/// A certificate order. All fields may be changed while the server runs (`RehearsedDigiCert.updateOrder`).
package struct RehearsedDigiCertOrder: Sendable {
    package let id: Int
    package var commonName: String
    package var dnsNames: [String]
    package var method: String
    /// pending, issued, needs_approval ...
    package var status = "pending"
    package var product: String
    package var approvedNames: Set<String> = []
    package var token: RehearsedDigiCertToken

    package init(
        id: Int,
        commonName: String,
        dnsNames: [String] = [],
        method: String = "dns-txt-token",
        product: String = "ssl_dv_geotrust"
    ) {
        self.id = id
        self.commonName = commonName
        self.dnsNames = dnsNames
        self.method = method
        self.product = product
        token = RehearsedDigiCertToken(seed: "digicert/order/\(id)")
    }

    /// The common name and every other name, once each.
    package var names: [String] {
        dnsNames.reduce(into: [commonName]) { names, name in if !names.contains(name) { names.append(name) } }
    }

    package var isIssued: Bool { status == "issued" }
    package var certificateID: Int { id + 1_000_000 }
}

/// The ways in which the same answer has been seen or documented.
package struct RehearsedDigiCertShape: Sendable {
    package enum Errors: Sendable, CaseIterable {
        /// `{"errors": [{"code", "message"}]}`
        case array
        /// `{"errors": {"code", "message"}}`
        case object
        /// `{"error": {"code", "message"}}`
        case singular
    }

    package var errors = Errors.array
    /// `organization.is_active` "1" instead of true.
    package var isActiveIsText = false
    package var listsEVFirst = true
    /// No `date_created`, `validated_until` and `org_status` while a validation is pending.
    package var omitsKeysWhilePending = true
    /// A check that succeeded tells the token again.
    package var repeatsToken = true

    package init() {}
}

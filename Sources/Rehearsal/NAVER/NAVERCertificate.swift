// A certificate at the rehearsed NAVER Cloud: what it waits for, and the history that stands beside it.
package import DCV

/// One certificate. All fields may be changed while the server runs (`RehearsedNAVER.update`).
package struct RehearsedNAVERCertificate: Sendable {
    package enum Family: Sendable {
        /// CNAME records, `_<hex>.<name>` to `_<hex>.cm.naverncp.com`.
        case cloudBasic
        /// TXT records at `_dnsvalidation.<name>`.
        case advanced
    }

    /// One validation of one name; an order adds one for each name and the old ones stay.
    package struct Entry: Sendable {
        package var validSn: Int
        package var requestSn: Int
        /// VALID_STATUS_REG, VALID_STATUS_SUCCESS, VALID_STATUS_TIMEOUT - or any other word.
        package var status: String
        package var token: RehearsedToken
        package var registered: Instant
        package var validated: Instant?

        package var isWaiting: Bool { status == "VALID_STATUS_REG" }
    }

    package static let normal = 1
    package static let ongoing = 0
    package static let validationExpired = -4

    package let number: Int
    package var certificateName: String
    package var family: Family
    package var commonName: String
    package var dnsNames: [String]
    package var statusCode = ongoing
    /// Orders before the first one of the rehearsal that came to nothing.
    package var earlierTimeouts: Int
    /// By name as it stands in `commonName` and `dnsNames`, oldest first.
    package var entries: [String: [Entry]] = [:]
    private var orders = 0

    package init(
        number: Int,
        family: Family,
        commonName: String,
        dnsNames: [String] = [],
        certificateName: String? = nil,
        earlierTimeouts: Int = 0
    ) {
        self.number = number
        self.certificateName = certificateName ?? "certificate-\(number)"
        self.family = family
        self.commonName = commonName
        self.dnsNames = dnsNames
        self.earlierTimeouts = earlierTimeouts
    }

    /// The common name and every other name, once each.
    package var names: [String] {
        dnsNames.reduce(into: [commonName]) { names, name in if !names.contains(name) { names.append(name) } }
    }

    package var isNormal: Bool { statusCode == Self.normal }

    package var statusName: String {
        switch statusCode {
        case 0: "ONGOING"
        case 1: "NORMAL"
        case -1: "FAILED"
        case -2: "EXPIRE"
        case -3: "VALIDATION_FAILED"
        case -4: "VALIDATION_EXPIRE"
        case -5: "REVOKE"
        default: "UNKNOWN"
        }
    }

    /// The latest validation of a name.
    package func newest(_ name: String) -> Entry? { entries[name]?.max { $0.validSn < $1.validSn } }

    /// What is waited for now.
    package var tokens: [RehearsedToken] {
        names.compactMap { newest($0) }.filter(\.isWaiting).map(\.token)
    }

    /// A day and a half: longer than any one validation was waited for.
    private static let orderIntervalSeconds: Int64 = 129_600

    /// A new validation for each name; those of earlier orders have timed out.
    mutating func order(at now: Instant) {
        let timeouts = orders == 0 ? earlierTimeouts : 0
        for back in (0...max(0, timeouts)).reversed() {
            let registered = now.adding(seconds: -Self.orderIntervalSeconds * Int64(back) - 60)
            for (index, name) in names.enumerated() {
                entries[name, default: []].append(
                    Entry(
                        validSn: number * 10_000 + orders * 100 + index + 1,
                        requestSn: number * 100 + orders,
                        status: back == 0 ? "VALID_STATUS_REG" : "VALID_STATUS_TIMEOUT",
                        token: token(name),
                        registered: registered
                    )
                )
            }
            orders += 1
        }
        statusCode = Self.ongoing
    }

    mutating func timeOut() {
        for name in names {
            guard let last = entries[name]?.indices.max(by: { validSn(name, $0) < validSn(name, $1) }),
                entries[name]?[last].isWaiting == true
            else { continue }
            entries[name]?[last].status = "VALID_STATUS_TIMEOUT"
            statusCode = Self.validationExpired
        }
    }

    private func validSn(_ name: String, _ index: Int) -> Int { entries[name]?[index].validSn ?? 0 }

    /// The entry was found in the DNS; with the last name the certificate is issued.
    mutating func prove(_ name: String, validSn: Int, at now: Instant) {
        guard let index = entries[name]?.firstIndex(where: { $0.validSn == validSn && $0.isWaiting }) else { return }
        entries[name]?[index].status = "VALID_STATUS_SUCCESS"
        entries[name]?[index].validated = now
        if names.allSatisfy({ newest($0)?.status == "VALID_STATUS_SUCCESS" }) { statusCode = Self.normal }
    }

    /// A wildcard is proved at the name below its asterisk.
    private func token(_ name: String) -> RehearsedToken {
        var seed = TokenSeed("naver/\(number)/\(orders)/\(name)")
        let base = name.utf8.starts(with: "*.".utf8) ? String(name.dropFirst(2)) : name
        switch family {
        case .cloudBasic:
            return .cname(name: "_\(seed.hex(32)).\(base)", target: "_\(seed.hex(32)).cm.naverncp.com")
        case .advanced: return .txt(name: "_dnsvalidation.\(base)", value: "_" + seed.base64url(32))
        }
    }
}

/// A name that was registered for validation before any order (Advanced certificates only).
package struct RehearsedNAVERDomain: Sendable {
    package var id: Int
    package var name: String
    /// TXT or PTXT.
    package var dcvType: String
    /// PENDING, VALID or INVALID.
    package var validState: String

    package init(id: Int, name: String, dcvType: String = "TXT", validState: String = "VALID") {
        self.id = id
        self.name = name
        self.dcvType = dcvType
        self.validState = validState
    }
}

/// The ways in which the same answer has been seen or documented.
package struct RehearsedNAVERShape: Sendable {
    package enum DNSNames: Sendable {
        case array
        case text(separator: String)
    }

    /// Numbers and counts in quotes.
    package var numbersAreText = false
    /// `statusCode` without quotes.
    package var statusCodeIsNumber = false
    /// `totalRows` for `totalCount`, `certificateTypeCode` for `certificateType`; no `txtId`, nothing about e-mail.
    package var usesOldNames = false
    package var dnsNames = DNSNames.text(separator: ",")
    package var listsNewestFirst = false
    /// Whether a wildcard is asked for without its asterisk.
    package var knowsWildcardsByBase = false
    /// What a name that the certificate does not hold is answered with: an empty list, or returnCode 2201.
    package var refusesUnknownNames = false
    package var targetsEndInDot = false

    package init() {}
}

// What is to be explained, found out before anything is looked at: saved as it is, so that the same explanation can be had again.

package struct ExplainRequest: Hashable, Sendable, Codable {
    /// An authorization as far as an explanation tells it: nothing of it is a credential.
    package struct Subject: Hashable, Sendable, Codable {
        package let key: AuthorizationKey
        package let identifiers: [Identifier]
        package let status: Authorization.Status
        package let providerStatus: OctetText
        package let method: ValidationMethod?
        package let expiresAt: Instant?
        package let records: [RequiredRecord]
        package let findings: [Finding]

        package init(_ authorization: Authorization) {
            key = authorization.key
            identifiers = authorization.identifiers
            status = authorization.status
            providerStatus = authorization.providerStatus
            method = authorization.method
            expiresAt = authorization.expiresAt
            records = authorization.records
            findings = authorization.namedFindings
        }

        private enum CodingKeys: String, CodingKey {
            case key, identifiers, status
            case providerStatus = "provider_status"
            case method
            case expiresAt = "expires_at_ms"
            case records, findings
        }
    }

    /// Whether the same looks answer both.
    package func asksTheSame(as other: ExplainRequest) -> Bool {
        names == other.names && wanted == other.wanted && issuance == other.issuance
    }

    /// One record to look for, under the policy that judges it.
    package struct Wanted: Hashable, Sendable, Codable {
        package let record: RequiredRecord
        package let propagation: Policy.Propagation
        /// With which the record would be published.
        package let ttlSeconds: Int64

        package init(_ record: RequiredRecord, under policy: Policy) {
            self.record = record
            propagation = policy.propagation
            ttlSeconds = policy.publish.ttlSeconds
        }

        package init(from decoder: any Decoder) throws {
            let keyed = try decoder.container(keyedBy: CodingKeys.self)
            record = try keyed.decode(RequiredRecord.self, forKey: .record)
            propagation = try keyed.decode(Policy.Propagation.self, forKey: .propagation)
            // Evidence that an earlier version saved has none.
            ttlSeconds =
                try keyed.decodeIfPresent(Int64.self, forKey: .ttlSeconds) ?? Policy.standard.publish.ttlSeconds
        }

        private enum CodingKeys: String, CodingKey {
            case record, propagation
            case ttlSeconds = "ttl_s"
        }

        package var survey: SurveyRequest { SurveyRequest(record, under: propagation) }
    }

    /// A name whose CAA records are looked for, and by whom and how its certificate would be issued.
    package struct Issuance: Hashable, Sendable, Codable {
        package let identifier: Identifier
        /// CAs that may be used; empty when that is not known.
        package let issuers: [DomainName]
        package let methods: [String]
        /// The account at the CA; nil when not known.
        package let account: String?
        /// False where the policy only reports what CAA says.
        package let isEnforced: Bool

        package init(_ request: CAARequest, isEnforced: Bool) {
            self.isEnforced = isEnforced
            identifier = request.identifier
            issuers = request.issuers.flatMap { $0.names.prefix(1) }
            methods = request.methods
            account = request.accountURI
        }

        private enum CodingKeys: String, CodingKey {
            case identifier, issuers, methods, account
            case isEnforced = "enforced"
        }

        var request: CAARequest {
            CAARequest(
                identifier,
                issuers: issuers.map { CertificateAuthorities.named($0) },
                methods: methods,
                accountURI: account
            )
        }
    }

    /// More than one certificate names: what is beyond is left out, and said.
    package static let recordLimit = 100
    package static let nameLimit = 20

    /// As it was typed.
    package let asked: String
    /// Names whose zones are looked at.
    package let names: [DomainName]
    package let subjects: [Subject]
    package let wanted: [Wanted]
    package let issuance: [Issuance]
    /// Faults of reading the providers.
    package let findings: [Finding]
    /// Providers that could not be read in full; nil in evidence of earlier versions.
    package let unread: [ProviderName]?
    package let isLaboratory: Bool

    package init(
        asked: String,
        names: [DomainName],
        subjects: [Subject] = [],
        wanted: [Wanted] = [],
        issuance: [Issuance] = [],
        findings: [Finding] = [],
        unread: [ProviderName] = [],
        isLaboratory: Bool = false
    ) {
        self.unread = unread
        self.asked = asked
        self.names = Array(names.prefix(Self.nameLimit))
        self.subjects = subjects
        self.wanted = Array(wanted.prefix(Self.recordLimit))
        self.issuance = Array(issuance.prefix(Self.nameLimit))
        let leftOut = [
            (names.count - Self.nameLimit, "names"), (wanted.count - Self.recordLimit, "records"),
            (issuance.count - Self.nameLimit, "names' CAA records"),
        ].filter { $0.0 > 0 }
        self.findings = findings + (leftOut.isEmpty ? [] : [Self.cut(asked, leftOut)])
        self.isLaboratory = isLaboratory
    }

    private static func cut(_ asked: String, _ leftOut: [(count: Int, what: String)]) -> Finding {
        Finding(
            "explained-in-part",
            .notice,
            subject: OctetText(asked.utf8).shortened(),
            saw: "left out: " + leftOut.map { "\($0.count) \($0.what)" }.joined(separator: ", "),
            wanted: "at most \(nameLimit) names and \(recordLimit) records at once",
            advice: "explain one of the names, or one record with its value"
        )
    }

    private enum CodingKeys: String, CodingKey {
        case asked, names, subjects, wanted, issuance, findings, unread
        case isLaboratory = "laboratory"
    }
}

extension Authorization {
    /// Whether a person who types this means it: one of its names, a wildcard's base, the name of a record it waits for, its handle.
    package func isMeant(by text: String) -> Bool {
        if key.description == text || key.id.text == text { return true }
        if let name = try? Identifier(text).name, identifiers.contains(where: { $0.name == name }) { return true }
        guard let name = try? DomainName(text) else { return false }
        return records.contains { $0.name == name }
    }
}

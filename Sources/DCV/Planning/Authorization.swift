// What a provider waits for, in one shape for all providers: the planner asks these values, never "which provider is it".

/// The name an operator gave to a configured provider: 1 to 64 letters, digits, `-`, `_`, `.`; first a letter or digit.
package struct ProviderName: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    package static let limitOctets = 64
    package let text: String

    package init(_ text: String) throws(NameError) { self.text = try checkedToken(text, limitOctets: Self.limitOctets) }

    package var description: String { text }
    package static func < (one: ProviderName, other: ProviderName) -> Bool { one.text < other.text }

    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in try ProviderName(text) }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: text) }
}

/// The handle of an authorization at its provider (for example a certificate pack's UUID): opaque, of harmless octets, safe in a URL path.
package struct AuthorizationID: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    package static let limitOctets = 200
    package let text: String

    package init(_ text: String) throws(NameError) { self.text = try checkedToken(text, limitOctets: Self.limitOctets) }

    package var description: String { text }
    package static func < (one: AuthorizationID, other: AuthorizationID) -> Bool { one.text < other.text }

    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in try AuthorizationID(text) }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: text) }
}

private func checkedToken(_ text: String, limitOctets: Int) throws(NameError) -> String {
    let bytes = Array(text.utf8)
    guard let first = bytes.first else { throw NameError(.empty, OctetText(bytes)) }
    guard bytes.count <= limitOctets else { throw NameError(.tooLong, OctetText(bytes)) }
    guard ASCII.isLetter(first) || ASCII.isDigit(first),
        bytes.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || "-_.".utf8.contains($0) })
    else { throw NameError(.octetNotAllowed, OctetText(bytes)) }
    return text
}

/// Which authorization is meant, across all providers of a run: written `provider:id`.
package struct AuthorizationKey: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    package let provider: ProviderName
    package let id: AuthorizationID

    package init(provider: ProviderName, id: AuthorizationID) {
        self.provider = provider
        self.id = id
    }

    /// Reads `provider:id`; throws when either side is none.
    package init(_ text: String) throws(NameError) {
        guard let colon = text.firstIndex(of: ":") else { throw NameError(.octetNotAllowed, OctetText(text.utf8)) }
        self.init(
            provider: try ProviderName(String(text[..<colon])),
            id: try AuthorizationID(String(text[text.index(after: colon)...]))
        )
    }

    package var description: String { "\(provider):\(id)" }

    package static func < (one: AuthorizationKey, other: AuthorizationKey) -> Bool {
        one.provider == other.provider ? one.id < other.id : one.provider < other.provider
    }

    package init(from decoder: any Decoder) throws {
        self = try decoder.untrusted { (text) throws(NameError) in try AuthorizationKey(text) }
    }

    package func encode(to encoder: any Encoder) throws { try encoder.encode(text: description) }
}

/// How the provider may be told to look (DESIGN 5). Both are effects at the CA and cost quota.
package enum TriggerStyle: String, Hashable, Sendable, Codable, CaseIterable {
    /// One call for this authorization (Cloudflare: PATCH with the same method).
    case patch
    /// One call for the whole zone at the provider, which counts for each of its authorizations (Cloudflare: GET ?retry=true).
    case retry
}

/// What can be asked of a provider about one authorization.
package struct Capabilities: Hashable, Sendable, Codable {
    /// Empty: the provider looks by itself and cannot be told to.
    package let triggers: [TriggerStyle]
    /// Methods it can be changed to; empty when a change is impossible.
    package let methods: [ValidationMethod]
    /// Methods by which a proof can be begun anew before it runs out; empty when the provider does not offer that.
    package let revalidations: [ValidationMethod]

    package init(
        triggers: [TriggerStyle],
        methods: [ValidationMethod],
        revalidations: [ValidationMethod] = []
    ) {
        self.triggers = triggers
        self.methods = methods
        self.revalidations = revalidations
    }
}

/// Where a provider shows its tokens itself, so that nobody else must.
package enum ProviderPlacement: Hashable, Sendable, Codable {
    /// In this very zone, whose name servers are the provider's; not in a zone that is delegated from it.
    case zone(apex: DomainName)
    /// At every name at or below this one: where a delegation CNAME of the provider leads.
    case below(name: DomainName)

    package func covers(target: DomainName, in zone: DomainName?) -> Bool {
        switch self {
        case .zone(let apex): zone == apex
        case .below(let name): target.isSubdomain(of: name)
        }
    }
}

/// How long a proof holds (BR 4.2.1: reuse of a validation).
package struct ProofPeriod: Hashable, Sendable, Codable {
    /// When it was given; nil when the provider does not say.
    package let from: Instant?
    package let until: Instant

    package init(from: Instant?, until: Instant) {
        self.from = from
        self.until = until
    }

    private enum CodingKeys: String, CodingKey {
        case from = "from_ms"
        case until = "until_ms"
    }
}

/// One thing to be shown for an authorization: any one of the alternatives proves it (RFC 8555 7.1.4: an authorization offers several).
package struct Challenge: Hashable, Sendable, Codable {
    /// The identifier this token proves; nil when the provider does not say.
    package let identifier: Identifier?
    package let alternatives: [RequiredRecord]

    package init(identifier: Identifier? = nil, alternatives: [RequiredRecord]) {
        self.identifier = identifier
        self.alternatives = alternatives
    }
}

/// One certificate's (or hostname's) pending proof at one provider, as read in this run.
package struct Authorization: Hashable, Sendable, Codable {
    /// The provider's state, sorted into what can be done about it. The provider's own word is kept for people.
    package enum Status: String, Hashable, Sendable, Codable {
        /// It waits for proof: the only state in which anything is published or triggered.
        case pending
        /// The provider is busy (initialising, issuing, deploying); nothing to do but look again.
        case busy
        /// Proved and, where the provider says so, active.
        case valid
        /// It will never be proved under these tokens: expired, deleted, inactive.
        case dead
        /// A word this version does not know: nothing is published, triggered or withdrawn.
        case unknown
    }

    package let key: AuthorizationKey
    /// The provider's own zone or account scope that `TriggerStyle.retry` covers. Pacing counts by what stands before a `/`.
    package let scope: String
    /// The names it proves control of; the first one chooses the policy.
    package let identifiers: [Identifier]
    package let status: Status
    /// The provider's own status word, escaped.
    package let providerStatus: OctetText
    /// The present validation method; nil when the provider names none that is known.
    package let method: ValidationMethod?
    package let capabilities: Capabilities
    /// All of them have to be answered; empty while the provider has named no record.
    package let challenges: [Challenge]
    /// The provider demands a review by people (`brand_check`): everything but reporting is blocked.
    package let needsManualReview: Bool
    /// A CAA name of each CA that the provider may use for it; empty when that is not known.
    package let issuers: [DomainName]
    /// When the tokens die, if known.
    package let expiresAt: Instant?
    /// The proof that holds now, with its end; nil when there is none or the provider does not say.
    package let proof: ProofPeriod?
    /// Where the provider shows its tokens itself.
    package let placements: [ProviderPlacement]
    /// What the mapping refused or could not read. An error among them blocks this authorization: a half-understood one is never proved.
    package let findings: [Finding]

    package init(
        key: AuthorizationKey,
        scope: String,
        identifiers: [Identifier],
        status: Status,
        providerStatus: OctetText,
        method: ValidationMethod?,
        capabilities: Capabilities,
        challenges: [Challenge],
        needsManualReview: Bool = false,
        issuers: [DomainName] = [],
        expiresAt: Instant? = nil,
        proof: ProofPeriod? = nil,
        placements: [ProviderPlacement] = [],
        findings: [Finding] = []
    ) {
        self.key = key
        self.scope = scope
        self.identifiers = identifiers
        self.status = status
        self.providerStatus = providerStatus
        self.method = method
        self.capabilities = capabilities
        self.challenges = challenges
        self.needsManualReview = needsManualReview
        self.issuers = issuers
        self.expiresAt = expiresAt
        self.proof = proof
        self.placements = placements
        self.findings = findings
    }

    /// Every record any challenge could be answered with.
    package var records: [RequiredRecord] { challenges.flatMap(\.alternatives) }

    /// Whether it is understood and nobody else has to look first: only then is anything done about it.
    package var mayBeActedOn: Bool {
        status != .unknown && !needsManualReview && !findings.contains { $0.severity == .error }
    }

    /// The tokens of this moment as one comparable value: a fresh read with another generation voids every earlier conclusion.
    package var tokenGeneration: [String] { records.map(\.description).sorted() }

    private enum CodingKeys: String, CodingKey {
        case key, scope, identifiers, status
        case providerStatus = "provider_status"
        case method, capabilities, challenges
        case needsManualReview = "needs_manual_review"
        case issuers
        case expiresAt = "expires_at_ms"
        case proof, placements, findings
    }
}

extension Authorization {
    /// What situations that an earlier version saved call `issuers`.
    private enum EarlierKeys: String, CodingKey { case issuer }

    package init(from decoder: any Decoder) throws {
        let keyed = try decoder.container(keyedBy: CodingKeys.self)
        let earlier = try decoder.container(keyedBy: EarlierKeys.self)
        let issuer = try earlier.decodeIfPresent(DomainName.self, forKey: .issuer)
        self.init(
            key: try keyed.decode(AuthorizationKey.self, forKey: .key),
            scope: try keyed.decode(String.self, forKey: .scope),
            identifiers: try keyed.decode([Identifier].self, forKey: .identifiers),
            status: try keyed.decode(Status.self, forKey: .status),
            providerStatus: try keyed.decode(OctetText.self, forKey: .providerStatus),
            method: try keyed.decodeIfPresent(ValidationMethod.self, forKey: .method),
            capabilities: try keyed.decode(Capabilities.self, forKey: .capabilities),
            challenges: try keyed.decode([Challenge].self, forKey: .challenges),
            needsManualReview: try keyed.decode(Bool.self, forKey: .needsManualReview),
            issuers: try keyed.decodeIfPresent([DomainName].self, forKey: .issuers) ?? [issuer].compactMap { $0 },
            expiresAt: try keyed.decodeIfPresent(Instant.self, forKey: .expiresAt),
            proof: try keyed.decodeIfPresent(ProofPeriod.self, forKey: .proof),
            placements: try keyed.decode([ProviderPlacement].self, forKey: .placements),
            findings: try keyed.decode([Finding].self, forKey: .findings)
        )
    }
}

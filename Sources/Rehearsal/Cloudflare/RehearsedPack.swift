// A certificate pack at the rehearsed provider: its state, and the shape in which the provider writes it down.

/// One certificate pack. All fields may be changed while the server runs (`RehearsedCloudflare.update`).
package struct RehearsedPack: Sendable {
    /// The shapes of `verification_info` found in the wild; all of them are still sent today.
    package enum Shape: Sendable, CaseIterable {
        /// A list of token objects, each with a `status`.
        case array
        /// One token object; of several tokens only the first can be told.
        case object
        /// `record_name` and `record_target`; of several tokens only the first can be told.
        case recordTarget
        case null
        case absent
    }

    /// How a pack goes on once its tokens were found.
    package enum Issuance: Sendable {
        case atOnce
        /// `pending_issuance` for so many reads, then active.
        case afterReads(Int)
        case afterMilliseconds(Int64)
    }

    package let id: String
    package var hosts: [String]
    package var method: String
    package var status: String
    package var shape: Shape
    package var issuance: Issuance
    /// The methods it may be changed to. `email` is refused always, and `http` for a wildcard.
    package var offers: Set<String> = ["txt", "http"]
    /// How many reads after tokens were issued show none yet ("ready after a few seconds").
    package var readsBeforeTokens = 0
    package var showsPackID = true
    package var showsHostname = true
    package var brandCheck: Bool? = false
    package var verificationType: String?
    package var verificationStatus: Bool?
    package var tokens: [RehearsedToken]

    /// How often a validation failed and voided the tokens.
    package internal(set) var failures = 0
    /// The reasons of the last failed validation.
    package internal(set) var validationErrors: [String] = []
    /// Counts the sets of tokens issued: a change means that the older ones are void.
    package internal(set) var generation = 0
    private var readsSinceTokens = 0
    private var readsSinceProof = 0
    private var provedAtMilliseconds: Int64?

    /// - Parameter tokens: nil lets the provider make them.
    package init(
        id: String,
        hosts: [String],
        method: String = "txt",
        status: String = "pending_validation",
        shape: Shape = .array,
        issuance: Issuance = .atOnce,
        tokens: [RehearsedToken]? = nil
    ) {
        self.id = id
        self.hosts = hosts
        self.method = method
        self.status = status
        self.shape = shape
        self.issuance = issuance
        self.tokens = tokens ?? TokenMint.tokens(packID: id, generation: 0, method: method, hosts: hosts)
    }

    package var isActive: Bool { status == "active" }
    /// Whether the provider is ready to look: the documented and the seen words for it.
    package var awaitsProof: Bool {
        ["pending_validation", "authorizing", "validation_timed_out", "timing_out"].contains(status)
            && provedAtMilliseconds == nil
    }
    var hasWildcard: Bool { hosts.contains { $0.utf8.starts(with: "*.".utf8) } }

    /// Voids the tokens and issues new ones.
    package mutating func issueTokens() {
        generation += 1
        readsSinceTokens = 0
        tokens = TokenMint.tokens(packID: id, generation: generation, method: method, hosts: hosts)
    }

    mutating func fail(_ reasons: [String]) {
        failures += 1
        validationErrors = reasons
        issueTokens()
    }

    mutating func prove(atMilliseconds now: Int64) {
        provedAtMilliseconds = now
        readsSinceProof = 0
        validationErrors = []
        advance(atMilliseconds: now)
    }

    /// Moves a proved pack on; called before each read.
    mutating func advance(atMilliseconds now: Int64) {
        guard let proved = provedAtMilliseconds, !isActive else { return }
        let isDone =
            switch issuance {
            case .atOnce: true
            case .afterReads(let reads): readsSinceProof >= reads
            case .afterMilliseconds(let milliseconds): now - proved >= milliseconds
            }
        status = isDone ? "active" : "pending_issuance"
    }

    mutating func countRead() {
        readsSinceTokens += 1
        if provedAtMilliseconds != nil { readsSinceProof += 1 }
    }

    // MARK: How it is written

    /// The entry of `GET /zones/{zone}/ssl/verification`.
    var verificationEntry: JSONText {
        var members: [(key: String, value: JSONText)] = [("certificate_status", .string(status))]
        if showsPackID { members.append(("cert_pack_uuid", .string(id))) }
        members.append(("validation_method", .string(method)))
        members.append(("validation_type", .string("dv")))
        if let info { members.append(("verification_info", info)) }
        if showsHostname, let host = hosts.first { members.append(("hostname", .string(host))) }
        members.append(("signature", .string("ECDSAWithSHA256")))
        if let brandCheck { members.append(("brand_check", .bool(brandCheck))) }
        if let verificationType { members.append(("verification_type", .string(verificationType))) }
        if let verificationStatus { members.append(("verification_status", .bool(verificationStatus))) }
        return .object(members)
    }

    /// The entry of `GET /zones/{zone}/ssl/certificate_packs`.
    var packEntry: JSONText {
        .members([
            "id": .string(id), "type": .string("universal"), "hosts": .array(hosts.map(JSONText.string)),
            "primary_certificate": .string("0"), "status": .string(status), "certificates": .array([]),
            "created_on": .string("2026-01-01T05:20:00.114782Z"), "validity_days": .integer(90),
            "validation_method": .string(method),
            "validation_records": showsTokens ? .array(tokens.map(Self.pending)) : nil,
            "validation_errors": validationErrors.isEmpty
                ? nil : .array(validationErrors.map { .members(["message": .string($0)]) }),
            "certificate_authority": .string("google"),
        ])
    }

    private var showsTokens: Bool {
        awaitsProof && !tokens.isEmpty && readsSinceTokens >= readsBeforeTokens
    }

    private var info: JSONText? {
        guard showsTokens else { return nil }
        switch shape {
        case .array: return .array(tokens.map(Self.pending))
        case .object: return tokens.first.map { .object($0.members) }
        case .recordTarget: return tokens.first.map { .object($0.oldMembers) }
        case .null: return .null
        case .absent: return nil
        }
    }

    private static func pending(_ token: RehearsedToken) -> JSONText {
        .object([("status", .string("pending"))] + token.members)
    }
}

/// A zone at the rehearsed provider. Its DNS is elsewhere, so it is of type `partial`.
package struct RehearsedProviderZone: Sendable {
    /// 32 hexadecimal digits.
    package let id: String
    package let name: String
    package var packs: [RehearsedPack]

    package init(id: String, name: String, packs: [RehearsedPack]) {
        self.id = id
        self.name = name
        self.packs = packs
    }

    var entry: JSONText {
        .members([
            "id": .string(id), "name": .string(name), "status": .string("active"), "paused": .bool(false),
            "type": .string("partial"), "verification_key": .string("284344499-1084221259"),
            "account": .members(["id": .string("0123456789abcdef0123456789abcdef"), "name": .string("Rehearsal")]),
        ])
    }
}

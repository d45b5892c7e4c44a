// One certificate order: its names, and the random value that proves each of them. Pure.
import DCV
import Platform

struct DigiCertOrder: Sendable {
    /// Names of one certificate that are read; more are a fault.
    static let nameLimit = 500

    let id: Int64
    /// Lower-case and escaped; empty when there is none.
    let statusWord: String
    /// Common name and further names, once each, sorted.
    let identifiers: [Identifier]
    /// Names that are none, in words.
    let faults: [String]
    /// Whether it is an order for a TLS certificate: others prove no domain, and their common name may be a person's.
    let isTLS: Bool
    /// Whether proofs of the account's domains serve it. For DV each order proves its names again.
    let reusesDomains: Bool
    let method: DigiCertMethodWord
    private(set) var proof: DigiCertProof?

    /// Nil without a number.
    init?(_ value: JSONValue) {
        guard let id = value["id"]?.intOrNumericString, id > 0 else { return nil }
        self.id = id
        statusWord = OctetText(ASCII.lowercased(value["status"]?.string ?? "").utf8).shortened()
        let product = value["product"]
        isTLS = Self.isTLS(product)
        reusesDomains = Self.reusesDomains(product)
        method = DigiCertMethodWord(value["dcv_method"])
        proof = DigiCertProof(value, tokenKey: "dcv_random_value")
        (identifiers, faults) = isTLS ? Self.names(value["certificate"]) : ([], [])
    }

    var handle: DigiCertHandle { .order(id) }
    var isPending: Bool { statusWord == "pending" }

    /// Whether the random value must be asked for: DigiCert seldom shows it with the order.
    func lacksToken(at now: Instant) -> Bool {
        isPending && method.method != nil && !method.isEmail && proof?.isExpired(at: now) ?? true
    }

    /// With the answer of `PUT .../dcv-random-value`.
    func showing(_ document: JSONValue) -> DigiCertOrder {
        var order = self
        order.proof = DigiCertProof(document, tokenKey: "dcv_random_value")
        return order
    }

    private static func isTLS(_ product: JSONValue?) -> Bool {
        guard let word = product?["type"]?.string ?? product?["name_id"]?.string else { return true }
        let lowered = ASCII.lowercased(word)
        return lowered.contains("ssl") || lowered.contains("tls")
    }

    private static func reusesDomains(_ product: JSONValue?) -> Bool {
        if let word = product?["validation_type"]?.string { return ["ov", "ev"].contains(ASCII.lowercased(word)) }
        guard let id = product?["name_id"]?.string else { return false }
        return !ASCII.lowercased(id).split(separator: "_").contains("dv")
    }

    private static func names(_ certificate: JSONValue?) -> ([Identifier], [String]) {
        let texts = [certificate?["common_name"]].compactMap { $0 } + (certificate?["dns_names"]?.array ?? [])
        guard texts.count <= nameLimit else { return ([], ["\(texts.count) names in one certificate"]) }
        var identifiers: Set<Identifier> = []
        var faults: [String] = []
        for value in texts where !value.isNull {
            do {
                identifiers.insert(try Identifier(value.string ?? ""))
            } catch {
                faults.append(value.string == nil ? "\(value.kind) for a name" : "name \(error)")
            }
        }
        return (identifiers.sorted(), faults)
    }
}

/// A domain of the account whose proof serves orders for names at and below it.
struct DigiCertCover: Hashable, Sendable {
    let name: DomainName
    /// A file proves its own host alone (BR 3.2.2.4.18).
    let isExact: Bool

    func covers(_ identifier: Identifier) -> Bool {
        isExact ? identifier == Identifier(name) : identifier.name.isSubdomain(of: name)
    }
}

extension DigiCertOrder {
    /// Names that no domain of the account proves or is about to prove.
    func uncovered(by covers: [DigiCertCover]) -> [Identifier] {
        guard reusesDomains else { return identifiers }
        return identifiers.filter { identifier in !covers.contains { $0.covers(identifier) } }
    }

    func authorization(_ key: AuthorizationKey, besides covers: [DigiCertCover]) -> Authorization {
        let status = status
        let names = uncovered(by: covers)
        let (challenges, refusals) = status == .pending ? challenges(names) : ([], [])
        let words = DigiCertFinding(subject: subject(key), status: status)
        var findings = faults.map { words.refused(RecordRefusal(saw: $0, wanted: "host names and wildcards")) }
        findings += refusals.map { words.refused($0) }
        if status == .pending { findings += words.aboutMethod(method) }
        return Authorization(
            key: key,
            scope: handle.text,
            identifiers: names,
            status: status,
            providerStatus: OctetText(statusWord.utf8),
            method: method.method?.common,
            capabilities: capabilities(status, names),
            challenges: challenges,
            issuers: DigiCertFinding.issuers,
            expiresAt: status == .pending ? proof?.expiresAt : nil,
            findings: findings
        )
    }

    private var status: Authorization.Status {
        switch statusWord {
        case "pending": .pending
        case "processing", "needs_approval", "waiting_pickup", "needs_csr", "reissue_pending": .busy
        case "issued": .valid
        case "rejected", "canceled", "cancelled", "expired", "revoked", "renewed": .dead
        default: .unknown
        }
    }

    private func subject(_ key: AuthorizationKey) -> String {
        identifiers.first.map { "\($0) (\(key))" } ?? "\(key)"
    }

    /// One challenge a name; a domain and the wildcard over it are proved by the same records.
    private func challenges(_ names: [Identifier]) -> ([Challenge], [RecordRefusal]) {
        guard let method = method.method, method != .email, let proof else { return ([], []) }
        guard let token = proof.token else {
            let wanted = "letters, digits, - and _, at most \(DigiCertToken.limitOctets)"
            return ([], [RecordRefusal(saw: "dcv_random_value \(proof.refused ?? "")", wanted: wanted)])
        }
        let records = DigiCertRecords(method: method, token: token, proof: proof)
        var challenges: [Challenge] = []
        var refusals: [RecordRefusal] = []
        for name in names {
            let (alternatives, refusal) = records.alternatives(for: name)
            // A wildcard by file is no mistake of the answer's: the planner changes the method where a challenge has no record.
            if let refusal, !name.isWildcard { refusals.append(refusal) }
            if !alternatives.isEmpty, challenges.contains(where: { $0.alternatives == alternatives }) { continue }
            challenges.append(Challenge(identifier: name, alternatives: alternatives))
        }
        return (challenges, refusals)
    }

    private func capabilities(_ status: Authorization.Status, _ names: [Identifier]) -> Capabilities {
        guard status == .pending else { return Capabilities(triggers: [], methods: []) }
        let hasWildcard = names.contains { $0.isWildcard }
        return Capabilities(
            triggers: method.method == nil || method.isEmail ? [] : [.patch],
            methods: DigiCertMethod.askable.filter { $0 != .http || !hasWildcard }
        )
    }
}

// One domain of the account, from the list or from its own page: what it waits for, and how long its proof holds. Pure.
import DCV
import Platform

struct DigiCertDomain: Sendable {
    /// Before the end of a proof at most: no policy renews earlier.
    private static let longestLeadSeconds: Int64 = 90 * 86_400
    /// Of the time that a proof holds: no policy renews earlier than in its last third.
    private static let remainingShare: Int64 = 3
    /// So that a clock that is a little wrong changes nothing.
    private static let marginSeconds: Int64 = 86_400

    let id: Int64
    let name: DomainName
    let isActive: Bool
    /// What decides about status and proof.
    private(set) var validations: DigiCertValidations
    /// The same with everything that was told.
    private(set) var told: DigiCertValidations
    private let method: DigiCertMethodWord
    private let proof: DigiCertProof?
    /// `is_pending_validation`: after a resubmission the types stay complete while the new proof is waited for.
    private let isResubmitted: Bool
    private let approvedAt: Instant?
    private let expiresAt: Instant?
    /// `dcv_expiration` by type.
    private let expirations: JSONValue?

    /// Nil without a number and a name.
    init?(_ value: JSONValue) {
        guard let id = value["id"]?.intOrNumericString, id > 0, let text = value["name"]?.string,
            let name = try? DomainName(text), !name.isRoot
        else { return nil }
        self.id = id
        self.name = name
        isActive = ![JSONValue.bool(false), .string("0"), .string("false"), .number(JSONNumber(0))]
            .contains(value["is_active"])
        validations = DigiCertValidations(value["validations"])
        told = validations
        method = DigiCertMethodWord(value["dcv_method"])
        proof = DigiCertProof(value["dcv_token"], tokenKey: "token")
        isResubmitted = [JSONValue.bool(true), .string("1"), .string("true"), .number(JSONNumber(1))]
            .contains(value["is_pending_validation"])
        approvedAt = DigiCertTime.instant(value["dcv_approval_datetime"]?.string)
        expiresAt = DigiCertTime.instant(value["dcv_expiration_datetime"]?.string)
        expirations = value["dcv_expiration"]
    }

    var handle: DigiCertHandle { .domain(id) }
    var types: [String] { validations.entries.map { $0.type } }

    /// With the answer of `GET /domain/{id}/validation`. It decides only where the domain's own page does not say enough, so that a look
    /// without it gives the same status and the same proof.
    func detailed(by document: JSONValue) -> DigiCertDomain {
        let details = DigiCertValidations(document["validations"])
        var domain = self
        if needsDetails { domain.validations = validations.completed(by: details) }
        domain.told = validations.completed(by: details)
        return domain
    }

    /// Whether the validations' own page must be read to know the state of the proof.
    var needsDetails: Bool {
        guard validations.isListed, validations.faults.isEmpty else { return true }
        return validations.entries.contains { entry in
            (entry.dcvWord == nil && entry.statusWord != "active") || (entry.isComplete && end(of: entry) == nil)
        }
    }

    /// Added to the account and never submitted for validation: it waits for nothing, and nothing is concluded from it.
    var isUnsubmitted: Bool { validations.isListed && validations.entries.isEmpty && told.faults.isEmpty }

    /// Whether some type waits for something: for the proof, or for people at DigiCert.
    var isPending: Bool { validations.entries.contains { $0.dcvWord == "pending" || $0.statusWord == "pending" } }

    /// Whether the list says everything that any policy could need: valid, and not about to be renewed.
    func isQuiet(at now: Instant) -> Bool {
        guard !needsDetails, !isPending, !isResubmitted,
            validations.entries.allSatisfy({ $0.state(at: now) == .complete })
        else {
            return false
        }
        guard let period else { return false }
        var lead = Self.longestLeadSeconds
        if let from = period.from {
            lead = min(lead, period.until.milliseconds(since: from) / 1000 / Self.remainingShare)
        }
        return period.until.adding(seconds: -lead).adding(seconds: -Self.marginSeconds) > now
    }

    /// The proof of all types together: it ends with the first of them.
    private var period: ProofPeriod? {
        let periods = validations.entries.compactMap { entry -> ProofPeriod? in
            guard let until = end(of: entry) else { return nil }
            let from = (entry.createdAt ?? approvedAt).flatMap { $0 < until ? $0 : nil }
            return ProofPeriod(from: from, until: until)
        }
        return periods.min { $0.until < $1.until }
    }

    /// The earliest that is said: the validation's own end, or that of the look that it rests on.
    private func end(of entry: DigiCertValidation) -> Instant? {
        let ofType = DigiCertTime.instant(expirations?[entry.type]?.string)
        return [entry.until, ofType, entry.isComplete ? expiresAt : nil].compactMap { $0 }.min()
    }

    func status(at now: Instant) -> Authorization.Status {
        let states = validations.entries.map { state(of: $0, at: now) }
        if states.isEmpty || states.contains(where: \.isUnknown) { return .unknown }
        if states.contains(.pending) { return isTokenExpired(at: now) ? .dead : .pending }
        if awaitsNewProof(at: now) { return .pending }
        return states.contains(.expired) ? .dead : .valid
    }

    private func state(of entry: DigiCertValidation, at now: Instant) -> DigiCertValidation.State {
        let state = entry.state(at: now)
        guard state == .complete, let end = end(of: entry), end <= now else { return state }
        return .expired
    }

    private func isTokenExpired(at now: Instant) -> Bool { proof?.isExpired(at: now) ?? false }

    /// The next validation is begun, and its token lives: it is proved by that token, and another revalidation would void it.
    private func awaitsNewProof(at now: Instant) -> Bool {
        guard isResubmitted, let proof, proof.saysPending else { return false }
        return !proof.isExpired(at: now)
    }
}

extension DigiCertValidation {
    fileprivate var isComplete: Bool { dcvWord == "complete" || dcvWord == nil && statusWord == "active" }
}

extension DigiCertValidation.State {
    fileprivate var isUnknown: Bool {
        switch self {
        case .unknown, .unsaid: true
        case .pending, .complete, .expired: false
        }
    }

    fileprivate var word: String {
        switch self {
        case .pending: "pending"
        case .complete: "complete"
        case .expired: "expired"
        case .unknown(let word): word
        case .unsaid: ""
        }
    }
}

extension DigiCertDomain {
    /// - Parameter key: of this very domain.
    func authorization(_ key: AuthorizationKey, at now: Instant) -> Authorization {
        let status = status(at: now)
        let (records, refusal) = status == .pending ? self.records : ([], nil)
        return Authorization(
            key: key,
            scope: handle.text,
            identifiers: [Identifier(name)],
            status: status,
            providerStatus: OctetText(word(at: now).utf8),
            method: method.method?.common,
            capabilities: capabilities(status),
            challenges: records.isEmpty ? [] : [Challenge(identifier: Identifier(name), alternatives: records)],
            issuers: DigiCertFinding.issuers,
            expiresAt: status == .pending ? proof?.expiresAt : nil,
            proof: proofPeriod(status, at: now),
            findings: findings(DigiCertFinding(subject: "\(name) (\(key))", status: status), refusal, at: now)
        )
    }

    /// A token that has ended ends the attempt as a proof that has run out does: a new validation is begun, which brings a new token. So
    /// no token that lives is ever voided to get another one.
    private func proofPeriod(_ status: Authorization.Status, at now: Instant) -> ProofPeriod? {
        guard status == .dead, validations.entries.contains(where: { state(of: $0, at: now) == .pending }) else {
            return period
        }
        // Where the token itself says that it has ended, no time is known to be that of its end.
        let end = proof?.expiresAt.flatMap { $0 <= now ? $0 : nil }
        return ProofPeriod(from: nil, until: end ?? Instant(millisecondsSinceEpoch: 0))
    }

    /// The word of the type that decides.
    private func word(at now: Instant) -> String {
        let states = validations.entries.map { state(of: $0, at: now) }
        let deciding =
            states.first(where: \.isUnknown) ?? states.first { $0 == .pending } ?? states.first { $0 == .expired }
        let word = (deciding ?? states.first)?.word ?? ""
        let isAnew = !states.contains { $0.isUnknown || $0 == .pending } && awaitsNewProof(at: now)
        return isAnew ? "\(word), is_pending_validation" : word
    }

    private var records: ([RequiredRecord], RecordRefusal?) {
        guard let method = method.method, method != .email, let proof else { return ([], nil) }
        guard let token = proof.token else {
            let wanted = "letters, digits, - and _, at most \(DigiCertToken.limitOctets)"
            return ([], RecordRefusal(saw: "token \(proof.refused ?? "")", wanted: wanted))
        }
        return DigiCertRecords(method: method, token: token, proof: proof).alternatives(for: Identifier(name))
    }

    private func capabilities(_ status: Authorization.Status) -> Capabilities {
        switch status {
        case .pending:
            return Capabilities(
                triggers: method.method == nil || method.isEmail ? [] : [.patch],
                methods: DigiCertMethod.askable
            )
        case .valid, .dead:
            return Capabilities(triggers: [], methods: [], revalidations: types.isEmpty ? [] : DigiCertMethod.askable)
        case .busy, .unknown: return Capabilities(triggers: [], methods: [])
        }
    }

    private func findings(_ words: DigiCertFinding, _ refusal: RecordRefusal?, at now: Instant) -> [Finding] {
        var findings: [Finding] = []
        for fault in told.faults { findings.append(words.notUnderstood(fault)) }
        if let refusal { findings.append(words.refused(refusal)) }
        if words.status == .pending {
            findings += words.aboutMethod(method)
            if method.method != nil, !method.isEmail, proof == nil { findings.append(words.tokenMissing()) }
        }
        if words.status == .dead, validations.entries.contains(where: { state(of: $0, at: now) == .pending }) {
            findings.append(words.tokenExpired())
        }
        return findings + told.entries.compactMap { words.organization($0) }
    }
}

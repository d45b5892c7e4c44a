// One entry of a program's list becomes an Authorization; whatever of it is not what the contract has becomes a finding
// that blocks it.
import DCV
import Platform

/// Reads one entry key by key. A fault never hides the others: all are told.
struct ExecutableAuthorizationReader {
    static let keys = [
        "id", "scope", "identifiers", "status", "provider_status", "method", "capabilities", "challenges",
        "needs_manual_review", "issuer", "expires_at_s", "proof", "findings",
    ]
    static let identifierLimit = 500
    static let challengeLimit = 500
    static let alternativeLimit = 8
    /// Bytes kept of the provider's status word.
    static let wordLimitBytes = 64

    private let entry: DocumentValue
    private let key: AuthorizationKey

    /// Throws when there is no handle: nothing can be said about an entry that cannot be named.
    init(_ provider: ProviderName, _ entry: DocumentValue) throws(DocumentFault) {
        guard entry.value.object != nil else { throw entry.fault(wanted: "an authorization: an object with an id") }
        let wanted = "a handle of 1 to \(AuthorizationID.limitOctets) letters, digits, \"-\", \"_\" and \".\""
        let id = try entry.member("id", wanted: wanted).made(wanted) { (text) throws(NameError) in
            try AuthorizationID(text)
        }
        key = AuthorizationKey(provider: provider, id: id)
        self.entry = entry
    }

    func read() -> Authorization {
        var faults = DocumentFaults()
        faults.take { () throws(DocumentFault) in try entry.checkKeys(Self.keys) }
        let identifiers = identifiers(&faults)
        let status = status(&faults)
        let review = faults.take { () throws(DocumentFault) in try entry["needs_manual_review"]?.flag() } ?? nil
        let method = faults.take { () throws(DocumentFault) in try entry["method"]?.word(ValidationMethod.self) } ?? nil
        let expiresAt = faults.take { () throws(DocumentFault) in try entry["expires_at_s"]?.instant() } ?? nil
        let scope = scope(&faults)
        let capabilities = capabilities(&faults)
        let challenges = challenges(identifiers, &faults)
        let issuer = issuer(&faults)
        let proof = proof(&faults)
        let told = findings(&faults)
        return Authorization(
            key: key,
            scope: scope ?? key.provider.text,
            identifiers: identifiers,
            status: status.status,
            providerStatus: status.word,
            method: method,
            capabilities: capabilities,
            challenges: challenges,
            needsManualReview: review ?? false,
            issuers: [issuer].compactMap { $0 },
            expiresAt: expiresAt,
            proof: proof,
            findings: faults.all.findings(
                subject: "\(key)",
                advice: "correct the program (hooks/providers/README.md); nothing is done about it until then"
            ) + told
        )
    }

    private func identifiers(_ faults: inout DocumentFaults) -> [Identifier] {
        let items = faults.take { () throws(DocumentFault) in
            let items = try entry.member("identifiers", wanted: "a list of names")
                .items(limit: Self.identifierLimit, of: "names")
            guard !items.isEmpty else {
                throw DocumentFault(path: entry.path + ".identifiers", saw: "none", wanted: "at least one name")
            }
            return items
        }
        var identifiers: [Identifier] = []
        var seen: Set<Identifier> = []
        for item in items ?? [] {
            let identifier = faults.take { () throws(DocumentFault) in
                try item.made("a domain name, or *. and one") { (text) throws(NameError) in try Identifier(text) }
            }
            if let identifier, seen.insert(identifier).inserted { identifiers.append(identifier) }
        }
        return identifiers
    }

    /// A word that the contract does not have is `unknown`: then nothing is published, triggered or withdrawn.
    private func status(_ faults: inout DocumentFaults) -> (status: Authorization.Status, word: OctetText) {
        let known = faults.take { () throws(DocumentFault) in
            try entry.member("status", wanted: "pending, busy, valid, dead").word(DocumentStatus.self)
        }
        let own = faults.take { () throws(DocumentFault) in try entry["provider_status"]?.text("a text") } ?? nil
        let word = own ?? entry["status"]?.value.string ?? ""
        return (known?.status ?? .unknown, OctetText(word.utf8.prefix(Self.wordLimitBytes)))
    }

    private func scope(_ faults: inout DocumentFaults) -> String? {
        let scope = faults.take { () throws(DocumentFault) in
            try entry["scope"]?.made("letters, digits, \"-\", \"_\" and \".\"") { (text) throws(NameError) in
                try AuthorizationID(text)
            }
        }
        return scope??.text
    }

    private func issuer(_ faults: inout DocumentFaults) -> DomainName? {
        faults.take { () throws(DocumentFault) in
            try entry["issuer"]?.made("the CA's domain name in CAA records") { (text) throws(NameError) in
                try DomainName(text)
            }
        } ?? nil
    }

    private func proof(_ faults: inout DocumentFaults) -> ProofPeriod? {
        faults.take { () throws(DocumentFault) in
            guard let proof = entry["proof"] else { return nil }
            try proof.checkKeys(["from_s", "until_s"])
            let until = try proof.member("until_s", wanted: "whole seconds since 1970")
            return ProofPeriod(from: try proof["from_s"]?.instant(), until: try until.instant())
        } ?? nil
    }

    private func capabilities(_ faults: inout DocumentFaults) -> Capabilities {
        let none = Capabilities(triggers: [], methods: [])
        return faults.take { () throws(DocumentFault) in
            guard let offered = entry["capabilities"] else { return none }
            try offered.checkKeys(["trigger", "change", "revalidate"])
            return Capabilities(
                triggers: try offered["trigger"]?.flag() == true ? [.patch] : [],
                methods: try Self.methods(offered["change"]),
                revalidations: try Self.methods(offered["revalidate"])
            )
        } ?? none
    }

    private static func methods(_ list: DocumentValue?) throws(DocumentFault) -> [ValidationMethod] {
        var methods: [ValidationMethod] = []
        for item in try list?.items(limit: ValidationMethod.allCases.count, of: "methods") ?? [] {
            methods.append(try item.word(ValidationMethod.self))
        }
        return methods
    }

    private func challenges(_ identifiers: [Identifier], _ faults: inout DocumentFaults) -> [Challenge] {
        let items = faults.take { () throws(DocumentFault) in
            try entry["challenges"]?.items(limit: Self.challengeLimit, of: "challenges")
        }
        var challenges: [Challenge] = []
        for item in (items ?? nil) ?? [] {
            let challenge = challenge(item, identifiers, &faults)
            if let challenge, !challenges.contains(challenge) { challenges.append(challenge) }
        }
        return challenges
    }

    private func challenge(
        _ item: DocumentValue,
        _ identifiers: [Identifier],
        _ faults: inout DocumentFaults
    ) -> Challenge? {
        let opened = faults.take { () throws(DocumentFault) -> (Identifier?, [DocumentValue]) in
            try item.checkKeys(["identifier", "alternatives"])
            let alternatives = try item.member("alternatives", wanted: "a list of records")
                .items(limit: Self.alternativeLimit, of: "records")
            guard !alternatives.isEmpty else {
                throw DocumentFault(path: item.path + ".alternatives", saw: "none", wanted: "at least one record")
            }
            guard let place = item["identifier"] else { return (nil, alternatives) }
            let wanted = "one of the authorization's identifiers"
            let identifier = try place.made(wanted) { (text) throws(NameError) in try Identifier(text) }
            guard identifiers.contains(identifier) else { throw place.fault(wanted: wanted) }
            return (identifier, alternatives)
        }
        guard let (identifier, alternatives) = opened else { return nil }
        let reader = ExecutableRecordReader(identifiers: identifier.map { [$0] } ?? identifiers)
        var records: [RequiredRecord] = []
        for alternative in alternatives {
            let record = faults.take { () throws(DocumentFault) in try reader.read(alternative) }
            if let record, !records.contains(record) { records.append(record) }
        }
        return records.isEmpty ? nil : Challenge(identifier: identifier, alternatives: records)
    }

    private func findings(_ faults: inout DocumentFaults) -> [Finding] {
        faults.take { () throws(DocumentFault) in
            try ExecutableFindings.read(entry["findings"], subject: "\(key)")
        } ?? []
    }
}

/// The words for a status; there is none for `unknown`.
private enum DocumentStatus: String, CaseIterable {
    case pending, busy, valid, dead

    var status: Authorization.Status {
        switch self {
        case .pending: .pending
        case .busy: .busy
        case .valid: .valid
        case .dead: .dead
        }
    }
}

/// What a program has to say to people.
enum ExecutableFindings {
    static let limit = 20
    /// Bytes kept of each text.
    static let textLimitBytes = 300

    private enum Severity: String, CaseIterable { case notice, waiting, error }

    static func read(_ list: DocumentValue?, subject: String) throws(DocumentFault) -> [Finding] {
        var findings: [Finding] = []
        for item in try list?.items(limit: limit, of: "findings") ?? [] {
            try item.checkKeys(["severity", "saw", "wanted", "advice"])
            let severity = try item.member("severity", wanted: "notice, waiting, error").word(Severity.self)
            let advice = try item["advice"].map { (place) throws(DocumentFault) in try text(place) }
            findings.append(
                Finding(
                    ProviderFindingCode.toldByProgram,
                    Finding.Severity(rawValue: severity.rawValue) ?? .error,
                    subject: subject,
                    saw: try text(item.member("saw", wanted: "a text")),
                    wanted: try item["wanted"].map { (place) throws(DocumentFault) in try text(place) },
                    advice: advice ?? "look at the provider's console"
                )
            )
        }
        return findings
    }

    private static func text(_ place: DocumentValue) throws(DocumentFault) -> String {
        OctetText(try place.text("a text").utf8).shortened(limitBytes: textLimitBytes)
    }
}

// A custom hostname (SSL for SaaS): a customer's name with a certificate of its own. Two things may wait for a proof
// there: the certificate, and whose name it is.
import DCV
import Platform

/// One entry of `GET /zones/{zone}/custom_hostnames`, read.
struct CloudflareHostname: Sendable {
    /// The form of the record objects that stands at `ssl` itself in older answers.
    private static let recordKeys = [
        "txt_name", "txt_value", "http_url", "http_body", "cname", "cname_target", "emails",
    ]

    let id: PackIdentifier
    let handle: AuthorizationID
    let hostname: DomainName
    let settings: CloudflareHostnameSettings
    private let word: OctetText
    private let certificateWord: OctetText?
    private let method: ValidationMethod?
    private let isWildcard: Bool
    private let outcomes: [CloudflareRecordReader.Outcome]
    private let itemsRefusal: RecordRefusal?
    private let ownership: CloudflareRecordReader.Outcome
    private let errors: [CloudflareValidationError]
    private let authority: CloudflareAuthority
    private let orderedAt: Instant?

    /// Nil without a usable id or hostname.
    init?(_ value: JSONValue) {
        guard let id = value["id"]?.string.flatMap({ PackIdentifier($0) }),
            let handle = CloudflareScope.handle(ofHostname: id), let text = value["hostname"]?.string,
            let hostname = try? DomainName(text), !hostname.isRoot
        else { return nil }
        (self.id, self.handle, self.hostname) = (id, handle, hostname)
        let certificate = value["ssl"]?.object == nil ? nil : value["ssl"]
        word = Self.word(value["status"])
        certificateWord = certificate.map { Self.word($0["status"]) }
        let method = certificate?["method"]?.string.flatMap { ValidationMethod(rawValue: $0) }
        self.method = method
        isWildcard = ![nil, .null, .bool(false)].contains(certificate?["wildcard"])
        // It lies in a customer's zone: nothing but the name itself bounds its records.
        let reader = CloudflareRecordReader(zone: hostname, hosts: [hostname], hasAllHosts: true, method: method)
        let (items, refusal) = Self.items(certificate)
        outcomes = items.map { reader.read($0) }
        itemsRefusal = refusal
        ownership = Self.ownership(value, reader)
        errors =
            CloudflareValidationError.list(value["verification_errors"])
            + CloudflareValidationError.list(certificate?["validation_errors"])
        authority = CloudflareAuthority(certificate?["certificate_authority"])
        orderedAt = CloudflareTime.parse(value["created_at"])
        settings = CloudflareHostnameSettings(certificate)
    }

    func authorization(_ provider: ProviderName, _ zone: CloudflareZone, now: Instant) -> Authorization {
        let key = AuthorizationKey(provider: provider, id: handle)
        return Authorization(
            key: key,
            scope: CloudflareScope(zone.id, .hostnames).text,
            identifiers: [Identifier(hostname)] + (isWildcard ? [Identifier(hostname, isWildcard: true)] : []),
            status: status,
            providerStatus: providerStatus,
            method: method,
            capabilities: capabilities,
            challenges: challenges,
            needsManualReview: CloudflareStatus.blockedHostnames.contains(word.description),
            issuers: authority.issuers,
            expiresAt: certificateStatus == .pending ? authority.tokenEnd(orderedAt: orderedAt, now: now) : nil,
            placements: CloudflareZone.delegation.map { [.below(name: $0)] } ?? [],
            findings: findings(key)
        )
    }

    private static func word(_ value: JSONValue?) -> OctetText {
        OctetText((value?.string ?? "").utf8.prefix(CloudflareEntry.wordLimitBytes))
    }

    /// The list, or where there is none the older form.
    private static func items(_ certificate: JSONValue?) -> ([JSONValue], RecordRefusal?) {
        guard let certificate else { return ([], nil) }
        if ![nil, .null].contains(certificate["validation_records"]) {
            return CloudflareEntry.items(certificate, "validation_records")
        }
        let members = recordKeys.compactMap { key in certificate[key].map { (key, $0) } }
        return (members.isEmpty ? [] : [.object(JSONObject(members))], nil)
    }

    /// A TXT record or a file, either of which is enough.
    private static func ownership(
        _ value: JSONValue,
        _ reader: CloudflareRecordReader
    ) -> CloudflareRecordReader.Outcome {
        var members: [(String, JSONValue)] = []
        if let told = value["ownership_verification"], told["type"]?.string.map({ ASCII.lowercased($0) }) == "txt" {
            members += [("txt_name", told["name"] ?? .null), ("txt_value", told["value"] ?? .null)]
        }
        if let told = value["ownership_verification_http"], told.object != nil {
            members += [("http_url", told["http_url"] ?? .null), ("http_body", told["http_body"] ?? .null)]
        }
        return members.isEmpty ? CloudflareRecordReader.Outcome() : reader.read(.object(JSONObject(members)))
    }
}

extension CloudflareHostname {
    private var hostnameStatus: Authorization.Status {
        CloudflareStatus.hostname(word, asksForProof: !ownership.alternatives.isEmpty || !ownership.refusals.isEmpty)
    }

    /// Nil without a certificate.
    private var certificateStatus: Authorization.Status? {
        let hasRecords = outcomes.contains { !$0.alternatives.isEmpty || !$0.refusals.isEmpty }
        return certificateWord.map { CloudflareStatus.certificate($0, hasRecords: hasRecords) }
    }

    /// In service when both are; without a future when the hostname is gone, or when nothing else is left to wait for.
    private var status: Authorization.Status {
        let all = [hostnameStatus, certificateStatus].compactMap { $0 }
        if all.contains(.unknown) { return .unknown }
        if hostnameStatus == .dead { return .dead }
        for status in [Authorization.Status.pending, .busy, .dead] where all.contains(status) { return status }
        return .valid
    }

    private var providerStatus: OctetText {
        guard let certificateWord else { return word }
        return OctetText(word.bytes + Array(", certificate ".utf8) + certificateWord.bytes)
    }

    private var challenges: [Challenge] {
        var challenges: [Challenge] = []
        // What is proved already is not told any more, or told as a leftover.
        let certificate = certificateStatus == status ? outcomes : []
        for outcome in certificate + (hostnameStatus == status ? [ownership] : []) {
            // Apex and wildcard are proved at one name: which value is whose is not told.
            let challenge = Challenge(
                identifier: isWildcard ? nil : Identifier(hostname),
                alternatives: outcome.alternatives
            )
            if !challenge.alternatives.isEmpty, !challenges.contains(challenge) { challenges.append(challenge) }
        }
        return challenges
    }

    /// The one PATCH makes Cloudflare look at the certificate's tokens and for the owner. Where there is no certificate, it
    /// would order one.
    private var capabilities: Capabilities {
        guard status == .pending, let method, [.txt, .http].contains(method), settings.areComplete else {
            return Capabilities(triggers: [], methods: [])
        }
        let mayChange = certificateStatus == .pending
        return Capabilities(triggers: [.patch], methods: mayChange ? (isWildcard ? [.txt] : [.txt, .http]) : [])
    }

    private func findings(_ key: AuthorizationKey) -> [Finding] {
        func finding(_ code: String, _ severity: Finding.Severity, _ saw: String, _ wanted: String, _ advice: String)
            -> Finding
        {
            Finding(code, severity, subject: "\(hostname) (\(key))", saw: saw, wanted: wanted, advice: advice)
        }
        var findings: [Finding] = []
        let refusals = outcomes.flatMap { $0.refusals } + [itemsRefusal].compactMap { $0 }
        let isWaiting = certificateStatus == .pending && status == .pending
        // One alternative of a proof that can be given by the other is no loss.
        let isOwnershipLost = hostnameStatus == .pending && ownership.alternatives.isEmpty && status == .pending
        let told = refusals.map { ($0, isWaiting) } + ownership.refusals.map { ($0, isOwnershipLost) }
        for (refusal, isError) in told {
            let advice =
                "not used and not published; compare with the dashboard, and tell the provider if it is no mistake"
            let severity: Finding.Severity = isError ? .error : .notice
            findings.append(
                finding(ProviderFindingCode.recordRefused, severity, refusal.saw, refusal.wanted, advice)
            )
        }
        let addresses = outcomes.reduce(0) { $0 + $1.mailAddresses }
        if isWaiting, method == .email || addresses > 0, !outcomes.contains(where: { !$0.alternatives.isEmpty }) {
            let advice = "change the validation method to txt or http in the dashboard"
            let saw = "validation by mail (\(addresses) addresses)"
            findings.append(
                finding(ProviderFindingCode.notAutomatable, .error, saw, "validation by txt or http", advice)
            )
        }
        if status != .valid { findings += errors.map { $0.finding("\(hostname) (\(key))", status) } }
        if isWaiting, !settings.areComplete {
            let advice = "it is not told to look: a call would reset what it leaves out"
            let saw = "an ssl object that cannot be sent back whole"
            findings.append(finding(ProviderFindingCode.methodUnknown, .notice, saw, "ssl settings", advice))
        }
        return findings + [authority.notice("\(key)")].compactMap { $0 }
    }
}

/// The certificate's own settings, to be sent back with every PATCH: what is left out is reset.
struct CloudflareHostnameSettings: Sendable {
    /// More would be no settings.
    static let limitBytes = 8 << 10
    private static let texts = ["bundle_method", "certificate_authority"]
    private static let switches = ["wildcard", "cloudflare_branding"]

    private let kept: [(String, JSONValue)]
    /// Whether everything that would be reset was understood.
    let areComplete: Bool

    init(_ certificate: JSONValue?) {
        var kept: [(String, JSONValue)] = []
        for key in Self.texts {
            if let text = certificate?[key]?.string, !text.isEmpty { kept.append((key, .string(text))) }
        }
        for key in Self.switches {
            if let isOn = certificate?[key]?.bool { kept.append((key, .bool(isOn))) }
        }
        let settings = certificate?["settings"]
        if let object = settings?.object, !object.members.isEmpty {
            let members = object.members.filter { !$0.value.isNull }.map { ($0.key, $0.value) }
            kept.append(("settings", .object(JSONObject(members))))
        }
        self.kept = kept
        let isReadable = [nil, .null].contains(settings) || settings?.object != nil
        areComplete = isReadable && JSONValue.object(JSONObject(kept)).serialized().count <= Self.limitBytes
    }

    /// The `ssl` object of a PATCH. Method and type must both be there.
    func object(method: ValidationMethod) -> JSONValue {
        .object(JSONObject([("method", .string(method.rawValue)), ("type", "dv")] + kept))
    }
}

// A certificate, and what was learned about each of its names, become one authorization. Pure: no socket, no clock.
import DCV
import Platform

/// What is known about one name of a pending certificate.
enum NAVERNameState: Sendable {
    /// Its validation has succeeded.
    case proved
    /// There is no entry of its own, and a pre-validated domain covers it.
    case covered
    case record(RequiredRecord)
    case refused(RecordRefusal)
    case timedOut(label: String)
    case unknown(word: String)
    /// Mails alone, so many.
    case mail(Int)
    /// The provider has no entry for it.
    case absent
    /// It could not be read.
    case unread(Finding)
    /// It was not asked, because of the answers before.
    case notAsked

    /// What an understood answer says about the name that was asked for.
    init(
        _ answer: NAVERVerificationAnswer,
        reader: NAVERRecordReader,
        isCovered: Bool
    ) throws(NAVERVerificationAnswer.Mismatch) {
        guard let newest = try answer.newest() else {
            self = answer.mails > 0 ? .mail(answer.mails) : isCovered ? .covered : .absent
            return
        }
        switch newest.state {
        case .succeeded: self = .proved
        case .timedOut: self = .timedOut(label: newest.label)
        case .unknown(let word): self = .unknown(word: word)
        case .registered:
            do {
                self = .record(try reader.read(name: newest.recordName, value: newest.recordValue))
            } catch {
                self = .refused(error.refusal)
            }
        }
    }
}

struct NAVERMapping: Sendable {
    /// NAVER Cloud looks by itself, and a validation can be neither repeated nor changed.
    static let capabilities = Capabilities(triggers: [], methods: [])

    let provider: ProviderName
    let certificate: NAVERCertificate
    /// In the order of the certificate's names; empty unless it is pending.
    var states: [(name: Identifier, state: NAVERNameState)] = []
    /// The first fault met while its names were asked for.
    var fault: APIFault?

    var authorization: Authorization {
        Authorization(
            key: key,
            scope: NAVERCertificate.scope,
            identifiers: certificate.names,
            status: status,
            providerStatus: certificate.statusWord,
            method: method,
            capabilities: Self.capabilities,
            challenges: challenges,
            issuers: certificate.issuers,
            findings: findings
        )
    }

    private var key: AuthorizationKey { AuthorizationKey(provider: provider, id: certificate.id) }

    /// A pending certificate of which something could not be read counts as busy: what is shown for it stays, and
    /// nothing is begun on half an answer.
    private var status: Authorization.Status {
        guard certificate.status == .pending else { return certificate.status }
        if states.contains(where: { if case .unknown = $0.state { true } else { false } }) { return .unknown }
        if states.isEmpty || isBeforeTheFirstRecord { return .pending }
        let isWaited = states.contains { entry in
            switch entry.state {
            case .absent: !isProvedAbove(entry.name)
            case .unread, .notAsked: true
            default: false
            }
        }
        let hasWork = states.contains { entry in
            switch entry.state {
            case .record, .refused, .timedOut, .mail: true
            default: false
            }
        }
        return isWaited || !hasWork ? .busy : .pending
    }

    /// Right after a request no name has an entry yet.
    private var isBeforeTheFirstRecord: Bool {
        states.allSatisfy { if case .absent = $0.state { true } else { false } }
    }

    /// A CA may prove a name by a name above it (BR 3.2.2.4, Authorization Domain Name): then it has no entry of its
    /// own.
    private func isProvedAbove(_ name: Identifier) -> Bool {
        states.contains { entry in
            guard entry.name != name, name.name.isSubdomain(of: entry.name.name) else { return false }
            switch entry.state {
            case .record, .proved, .covered: return true
            default: return false
            }
        }
    }

    private var challenges: [Challenge] {
        var challenges: [Challenge] = []
        for (name, state) in states {
            guard case .record(let record) = state else { continue }
            if let place = challenges.firstIndex(where: { $0.alternatives == [record] }) {
                // One record for two names, an apex and its wildcard mostly.
                challenges[place] = Challenge(alternatives: [record])
            } else {
                challenges.append(Challenge(identifier: name, alternatives: [record]))
            }
        }
        return challenges
    }

    private var method: ValidationMethod? {
        let methods = Set(challenges.flatMap { $0.alternatives }.map { $0.kind.method })
        if methods.isEmpty {
            return states.contains { if case .mail = $0.state { true } else { false } } ? .email : nil
        }
        return methods.count == 1 ? methods.first : nil
    }
}

extension NAVERMapping {
    /// What a person can do where this API has no call for it.
    private static let wayOut =
        "NAVER Cloud has no call that validates again: reissue the certificate in the console, or request a new one"

    private var findings: [Finding] {
        var findings = certificate.refusals.map { refusal in
            finding(
                ProviderFindingCode.recordRefused,
                certificate.status == .pending ? .error : .notice,
                saw: refusal.saw,
                wanted: refusal.wanted,
                "this name is not asked for; look at the certificate in the console"
            )
        }
        if certificate.needsPerson { findings.append(ended) }
        guard certificate.status == .pending else { return findings }
        if certificate.names.isEmpty {
            findings.append(
                finding(
                    ProviderFindingCode.answerNotUnderstood,
                    .error,
                    saw: "no usable name in commonName and dnsName",
                    wanted: "the names to validate",
                    "look at the certificate in the console"
                )
            )
        }
        return findings + states.compactMap { finding($0.name, $0.state) } + waitingFindings
    }

    private var ended: Finding {
        let code =
            certificate.isExpired ? ProviderFindingCode.validationTimedOut : ProviderFindingCode.validationFailed
        return finding(
            code,
            .error,
            saw: "status \(certificate.statusWord)",
            wanted: "a certificate, or a validation in progress",
            Self.wayOut + "; delete this one when it is no longer needed"
        )
    }

    private func finding(_ name: Identifier, _ state: NAVERNameState) -> Finding? {
        switch state {
        case .proved, .covered, .record, .absent, .notAsked, .unknown: return nil
        case .unread(let finding): return finding
        case .refused(let refusal):
            return finding(
                ProviderFindingCode.recordRefused,
                .error,
                name,
                saw: refusal.saw,
                wanted: refusal.wanted,
                "not used and not published; compare with the console, and tell the provider if it is no mistake"
            )
        case .timedOut(let label):
            return finding(
                ProviderFindingCode.validationTimedOut,
                .error,
                name,
                saw: "VALID_STATUS_TIMEOUT" + (label.isEmpty ? "" : " (\(label))"),
                wanted: "a validation in progress",
                Self.wayOut
            )
        case .mail(let count):
            return finding(
                ProviderFindingCode.notAutomatable,
                .error,
                name,
                saw: "validation by mail (\(count) requests)",
                wanted: "validation by a DNS record",
                "answer the mail, or request the certificate anew with DNS validation"
            )
        }
    }

    private var waitingFindings: [Finding] {
        var findings: [Finding] = []
        for (name, state) in states {
            if case .unknown(let word) = state {
                let advice = "nothing is done about this certificate until the word changes"
                let wanted = "VALID_STATUS_REG, VALID_STATUS_SUCCESS or VALID_STATUS_TIMEOUT"
                findings.append(
                    finding(ProviderFindingCode.answerNotUnderstood, .waiting, name, saw: word, wanted: wanted, advice)
                )
            }
        }
        let absent = names { if case .absent = $0 { true } else { false } }.filter { !isProvedAbove($0) }
        if !absent.isEmpty, !isBeforeTheFirstRecord {
            findings.append(
                waiting(absent, "no validation entry, while other names have one", "nothing: it is asked again")
            )
        }
        let notAsked = names { if case .notAsked = $0 { true } else { false } }
        if !notAsked.isEmpty {
            findings.append(
                waiting(notAsked, "not asked, because of the answers before", "mend what the other findings name")
            )
        }
        return findings
    }

    private func names(_ isMeant: (NAVERNameState) -> Bool) -> [Identifier] {
        states.filter { isMeant($0.state) }.map { $0.name }
    }

    private func waiting(_ names: [Identifier], _ saw: String, _ advice: String) -> Finding {
        let listed = names.map { $0.text }.listed(upTo: 3)
        return finding(
            ProviderFindingCode.namesNotRead,
            .waiting,
            saw: "\(listed): \(saw)",
            wanted: "an answer for every name",
            advice + "; nothing is published before every name is known"
        )
    }

    private func finding(
        _ code: String,
        _ severity: Finding.Severity,
        _ name: Identifier? = nil,
        saw: String,
        wanted: String,
        _ advice: String
    ) -> Finding {
        let subject = name.map { "\($0) (\(key))" } ?? "\(key)"
        return Finding(code, severity, subject: subject, saw: saw, wanted: wanted, advice: advice)
    }
}

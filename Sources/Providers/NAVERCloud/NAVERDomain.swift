// A domain that is validated before any certificate asks for it: its own authorization, and a cover for the names below
// it.
import DCV
import Platform

struct NAVERDomain: Sendable {
    /// Handles of domains and certificates are both numbers; this tells them apart.
    static let idPrefix = "domain."
    static let scope = "domains"

    let authorization: Authorization
    /// Set while the domain is validated: certificates of the Advanced kind for it, for names below it and for
    /// wildcards need no validation of their own.
    let covers: DomainName?

    /// Nil when there is no number that a call could name.
    init?(_ value: JSONValue, _ configuration: NAVERConfiguration) {
        guard let number = value["dmnId"]?.intOrNumericString, number > 0,
            let id = try? AuthorizationID(Self.idPrefix + String(number))
        else { return nil }
        let key = AuthorizationKey(provider: configuration.name, id: id)
        let word = value["validState"]?.string
        let status: Authorization.Status =
            switch word {
            case "PENDING": .pending
            case "VALID": .valid
            case "INVALID": .dead
            default: .unknown
            }
        var findings: [Finding] = []
        var challenges: [Challenge] = []
        var name: Identifier?
        do {
            name = try Identifier(value["domainAddress"]?.string ?? "")
        } catch {
            findings.append(Self.refused(key, status, "domainAddress \(error)", "a domain name"))
        }
        if status == .pending, let name {
            (challenges, findings) = Self.challenge(value, key, name, configuration)
        }
        if status == .dead { findings.append(Self.invalid(key)) }
        covers = status == .valid ? name?.name : nil
        authorization = Authorization(
            key: key,
            scope: Self.scope,
            identifiers: [name].compactMap { $0 },
            status: status,
            providerStatus: OctetText((word ?? "").utf8.prefix(NAVERCertificate.wordLimitBytes)),
            method: challenges.first?.alternatives.first?.kind.method,
            capabilities: NAVERMapping.capabilities,
            challenges: challenges,
            proof: covers == nil ? nil : Self.proof(value),
            findings: findings
        )
    }

    /// How long the validation holds, where the list says it.
    private static func proof(_ value: JSONValue) -> ProofPeriod? {
        value["expireDate"]?.string.flatMap { NAVERTime.instant($0) }.map { ProofPeriod(from: nil, until: $0) }
    }

    /// The record of a pending domain, where the list shows one: which fields it has is not documented in full.
    private static func challenge(
        _ value: JSONValue,
        _ key: AuthorizationKey,
        _ name: Identifier,
        _ configuration: NAVERConfiguration
    ) -> ([Challenge], [Finding]) {
        guard isThere(value["txtName"]) || isThere(value["txtValue"]) else { return ([], [unshown(key)]) }
        let isPersistent = value["dcvType"]?.string == "PTXT"
        let reader = NAVERRecordReader(host: name.name, choice: configuration.records, isPersistent: isPersistent)
        do {
            let record = try reader.read(name: value["txtName"]?.string, value: value["txtValue"]?.string)
            return ([Challenge(identifier: name, alternatives: [record])], [])
        } catch {
            return ([], [refused(key, .pending, error.refusal.saw, error.refusal.wanted)])
        }
    }

    private static func isThere(_ value: JSONValue?) -> Bool {
        guard let value else { return false }
        return !value.isNull && value != .string("")
    }

    private static func unshown(_ key: AuthorizationKey) -> Finding {
        Finding(
            ProviderFindingCode.notAutomatable,
            .error,
            subject: "\(key)",
            saw: "a domain that waits for validation, and no record in the list (txtName, txtValue)",
            wanted: "its record",
            advice: "copy the record from the console (Certificate Manager > Domains) into the zone; "
                + "NAVER Cloud looks by itself"
        )
    }

    private static func invalid(_ key: AuthorizationKey) -> Finding {
        Finding(
            ProviderFindingCode.validationFailed,
            .error,
            subject: "\(key)",
            saw: "validState INVALID",
            wanted: "a validated domain, or a validation in progress",
            advice: "NAVER Cloud has no call that validates again: register the domain anew in the console, "
                + "or delete it when it is no longer needed"
        )
    }

    private static func refused(
        _ key: AuthorizationKey,
        _ status: Authorization.Status,
        _ saw: String,
        _ wanted: String
    ) -> Finding {
        Finding(
            ProviderFindingCode.recordRefused,
            status == .pending ? .error : .notice,
            subject: "\(key)",
            saw: saw,
            wanted: wanted,
            advice: "not used and not published; compare with the console"
        )
    }
}
